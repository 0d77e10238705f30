package wirebook.kernel.maven;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static wirebook.kernel.maven.FolderRepository.dependency;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.kernel.maven.MavenLookup.Jar;
import wirebook.kernel.maven.MavenLookup.Repository;

class MavenLookupTest {
  @TempDir private static Path folder;

  private static FolderRepository central;
  private static FolderRepository other;

  @BeforeAll
  static void fill() throws IOException {
    central = new FolderRepository(folder.resolve("central"));
    other = new FolderRepository(folder.resolve("other"));
    central.add("acme", "leaf", "1.0", "");
    central.add("acme", "leaf", "2.0", "");
    central.add("acme", "optional", "1.0", "");
    central.add(
        "acme",
        "tree",
        "1.0",
        dependency("acme", "leaf", "1.0", "compile")
            + dependency("acme", "optional", "1.0", "test"));
    central.add("acme", "broken", "1.0", dependency("acme", "nosuch", "1.0", "compile"));
    other.add("acme", "elsewhere", "1.0", "");
    settings("mirrored", mirror(central.url()));
  }

  private static String mirror(String url) {
    return "<mirrors><mirror><id>mine</id><mirrorOf>central</mirrorOf><url>"
        + url
        + "</url></mirror></mirrors>";
  }

  /**
   * A Maven home of one's own, so that neither the machine's settings nor its files play a part.
   */
  private static Path settings(String name, String text) throws IOException {
    Path home = Files.createDirectories(folder.resolve(name));
    Files.writeString(home.resolve("settings.xml"), "<settings>" + text + "</settings>");
    return home;
  }

  private static MavenLookup lookup(String home, List<Repository> extra, List<String> told) {
    return lookup(home, extra, false, told);
  }

  private static MavenLookup lookup(
      String home, List<Repository> extra, boolean offline, List<String> told) {
    return new MavenLookup(
        extra,
        offline,
        new MavenLookup.Progress() {
          @Override
          public void downloading(String file, int files, long bytes) {
            synchronized (told) {
              told.add(file);
            }
          }

          @Override
          public boolean cancelled() {
            return false;
          }
        },
        builder ->
            builder
                .withMavenUserHomeOverride(folder.resolve(home))
                .withLocalRepositoryOverride(folder.resolve(home).resolve("repository")));
  }

  private static MavenLookup lookup() {
    return lookup("mirrored", List.of(), new ArrayList<>());
  }

  private static Coordinates at(String text) {
    return Coordinates.parse(text).orElseThrow();
  }

  private static List<String> names(List<Jar> jars) {
    return jars.stream().map(jar -> jar.file().getFileName().toString()).toList();
  }

  private static MavenException failure(MavenLookup lookup, String coordinates) {
    return catchThrowableOfType(MavenException.class, () -> lookup.jars(List.of(at(coordinates))));
  }

  @Test
  void anArtifactComesWithWhatItNeedsToRun() throws Exception {
    List<String> told = new ArrayList<>();
    List<Jar> jars = lookup("mirrored", List.of(), told).jars(List.of(at("acme:tree:1.0")));
    assertThat(names(jars)).containsExactly("tree-1.0.jar", "leaf-1.0.jar");
    assertThat(jars.getFirst().file()).exists();
  }

  @Test
  void whatIsDownloadedIsTold() throws Exception {
    Path home = settings("fresh", mirror(central.url()));
    List<String> told = new ArrayList<>();
    lookup(home.getFileName().toString(), List.of(), told).jars(List.of(at("acme:leaf:2.0")));
    assertThat(told).contains("leaf-2.0.pom", "leaf-2.0.jar");
  }

  @Test
  void oneVersionOfEachArtifactIsTaken() throws Exception {
    List<Jar> jars = lookup().jars(List.of(at("acme:leaf:2.0"), at("acme:tree:1.0")));
    assertThat(names(jars)).containsExactlyInAnyOrder("leaf-2.0.jar", "tree-1.0.jar");
  }

  @Test
  void theNewestVersionCanBeAskedFor() throws Exception {
    assertThat(names(lookup().jars(List.of(at("acme:leaf:RELEASE")))))
        .containsExactly("leaf-2.0.jar");
    assertThat(names(lookup().jars(List.of(at("acme:leaf:[1,2)")))))
        .containsExactly("leaf-1.0.jar");
  }

  @Test
  void iJavasIvySyntaxNamesTheSameArtifact() {
    assertThat(at("acme#leaf;1.0")).isEqualTo(at("acme:leaf:1.0"));
    assertThat(at("acme:leaf:jar:sources:1.0").classifier()).isEqualTo("sources");
    assertThat(Coordinates.parse("acme:leaf")).isEmpty();
  }

  @Test
  void anotherRepositoryIsAskedAsWell() throws Exception {
    Repository more = new Repository("more", other.url());
    List<Jar> jars =
        lookup("mirrored", List.of(more), new ArrayList<>())
            .jars(List.of(at("acme:elsewhere:1.0"), at("acme:leaf:1.0")));
    assertThat(names(jars)).containsExactly("elsewhere-1.0.jar", "leaf-1.0.jar");
  }

  @Test
  void aPomsDependenciesComeWithItsManagedVersionsAndItsOwnRepositories() throws Exception {
    Path pom =
        Files.writeString(
            folder.resolve("some.pom"),
            "<project><modelVersion>4.0.0</modelVersion><groupId>g</groupId><artifactId>a</artifactId>"
                + "<version>1</version><properties><v>2.0</v></properties><repositories><repository>"
                + "<id>its-own</id><url>"
                + other.url()
                + "</url></repository></repositories><dependencyManagement><dependencies>"
                + dependency("acme", "leaf", "${v}", "compile")
                + "</dependencies></dependencyManagement><dependencies>"
                + "<dependency><groupId>acme</groupId><artifactId>tree</artifactId><version>1.0</version></dependency>"
                + dependency("acme", "elsewhere", "1.0", "runtime")
                + dependency("acme", "optional", "1.0", "test")
                + "</dependencies></project>");
    assertThat(names(lookup().jarsOfPom(pom, MavenLookup.RUN_SCOPES)))
        .containsExactlyInAnyOrder("tree-1.0.jar", "leaf-2.0.jar", "elsewhere-1.0.jar");
    assertThat(names(lookup().jarsOfPom(pom, Set.of("test")))).containsExactly("optional-1.0.jar");
  }

  @Test
  void anUnknownArtifactIsSaidToBeInNoneOfThePlaces() {
    MavenException failure = failure(lookup(), "acme:nosuch:1.0");
    assertThat(failure)
        .hasMessageContaining("no acme:nosuch in mine (" + central.url())
        .hasMessageContaining("the mirror of central");
    assertThat(failure.fix()).contains("%mavenRepo");
  }

  @Test
  void anUnknownVersionIsAnsweredWithThoseThatExist() {
    MavenException failure = failure(lookup(), "acme:leaf:3.0");
    assertThat(failure).hasMessageContaining("no version 3.0 of acme:leaf");
    assertThat(failure.fix()).contains("2.0, 1.0");
  }

  @Test
  void whatADependencyLacksIsNamed() {
    assertThat(failure(lookup(), "acme:broken:1.0")).hasMessageContaining("acme:nosuch");
  }

  @Test
  void aRepositoryThatDoesNotAnswerIsNamed() throws IOException {
    int port;
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = closed.getLocalPort();
    }
    settings("down", mirror("http://127.0.0.1:" + port + "/"));
    MavenException failure = failure(lookup("down", List.of(), new ArrayList<>()), "acme:leaf:1.0");
    assertThat(failure)
        .hasMessageContaining("Cannot get acme:leaf:1.0 from mine (http://127.0.0.1:" + port)
        .hasMessageContaining("it does not answer");
    assertThat(failure.fix()).contains("settings.xml");
  }

  @Test
  void settingsThatCannotBeReadAreTheCause() throws IOException {
    settings("spoilt", "<mirrors>");
    assertThat(failure(lookup("spoilt", List.of(), new ArrayList<>()), "acme:leaf:1.0"))
        .hasMessageStartingWith("Maven's settings cannot be read: ");
  }

  /** Serves the files of {@code central} to who has the password, as a mirror or as a proxy. */
  private static HttpServer server(String challenge, String header, int refusal)
      throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    String credentials =
        "Basic "
            + Base64.getEncoder().encodeToString("user:secret".getBytes(StandardCharsets.UTF_8));
    server.createContext(
        "/",
        exchange -> {
          Path file =
              folder.resolve("central").resolve(exchange.getRequestURI().getPath().substring(1));
          if (!credentials.equals(exchange.getRequestHeaders().getFirst(header))) {
            exchange.getResponseHeaders().set(challenge, "Basic realm=\"lab\"");
            exchange.sendResponseHeaders(refusal, -1);
          } else if (Files.isRegularFile(file)) {
            byte[] bytes = Files.readAllBytes(file);
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
          } else {
            exchange.sendResponseHeaders(404, -1);
          }
          exchange.close();
        });
    server.start();
    return server;
  }

  private static String login(String password) {
    return "<servers><server><id>mine</id><username>user</username><password>"
        + password
        + "</password></server></servers>";
  }

  @Test
  void aMirrorWithAPasswordIsAskedWithThatOfTheSettings() throws Exception {
    HttpServer server = server("WWW-Authenticate", "Authorization", 401);
    try {
      String mirror = mirror("http://127.0.0.1:" + server.getAddress().getPort());
      settings("known", mirror + login("secret"));
      settings("unknown", mirror + login("another"));
      assertThat(
              names(
                  lookup("known", List.of(), new ArrayList<>()).jars(List.of(at("acme:leaf:1.0")))))
          .containsExactly("leaf-1.0.jar");
      MavenException failure =
          failure(lookup("unknown", List.of(), new ArrayList<>()), "acme:leaf:1.0");
      assertThat(failure).hasMessageContaining("it wants to know who asks (401)");
      assertThat(failure.fix()).contains("<id>mine</id>", "settings.xml");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void aProxyOfTheSettingsIsAskedWithItsPassword() throws Exception {
    HttpServer server = server("Proxy-Authenticate", "Proxy-Authorization", 407);
    try {
      String proxy =
          mirror("http://repository.invalid")
              + "<proxies><proxy><protocol>http</protocol><host>127.0.0.1</host><port>"
              + server.getAddress().getPort()
              + "</port><username>user</username><password>%s</password></proxy></proxies>";
      settings("behind", proxy.formatted("secret"));
      settings("outside", proxy.formatted("another"));
      assertThat(
              names(
                  lookup("behind", List.of(), new ArrayList<>())
                      .jars(List.of(at("acme:leaf:1.0")))))
          .containsExactly("leaf-1.0.jar");
      MavenException failure =
          failure(lookup("outside", List.of(), new ArrayList<>()), "acme:leaf:1.0");
      assertThat(failure).hasMessageContaining("the proxy wants to know who asks (407)");
      assertThat(failure.fix()).contains("<proxy>");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void offlineWhatWasDownloadedBeforeIsUsedAndNothingElse() throws Exception {
    settings("travel", mirror(central.url()));
    lookup("travel", List.of(), new ArrayList<>()).jars(List.of(at("acme:leaf:1.0")));
    MavenLookup offline = lookup("travel", List.of(), true, new ArrayList<>());
    assertThat(names(offline.jars(List.of(at("acme:leaf:1.0"))))).containsExactly("leaf-1.0.jar");
    MavenException failure = failure(offline, "acme:leaf:2.0");
    assertThat(failure).hasMessageContaining("acme:leaf:2.0 was not downloaded before");
    assertThat(failure.fix()).contains("without -o");
    settings("away", mirror(central.url()) + "<offline>true</offline>");
    assertThat(failure(lookup("away", List.of(), new ArrayList<>()), "acme:leaf:1.0"))
        .hasMessageContaining("the work is offline");
  }

  @Test
  void whatCameDamagedIsNotUsed() throws Exception {
    central.add("acme", "damaged", "1.0", "");
    Files.writeString(
        folder.resolve("central/acme/damaged/1.0/damaged-1.0.jar.sha1"), "0".repeat(40));
    assertThat(failure(lookup(), "acme:damaged:1.0")).hasMessageContaining("what came is damaged");
  }
}

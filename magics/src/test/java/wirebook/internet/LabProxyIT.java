package wirebook.internet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.engine.http.server.HttpServer;
import wirebook.engine.http.server.HttpServers;
import wirebook.engine.http.server.Response;
import wirebook.engine.http.server.StaticFiles;
import wirebook.internet.sites.PackageIndex;
import wirebook.net.Wire;
import wirebook.peer.Peer;
import wirebook.peer.PeerIsThere;
import wirebook.trace.Capture;

/** Other people's programs reach the lab by the environment that the kernel gives its children. */
class LabProxyIT {
  @TempDir private Path folder = Path.of("");

  private final Internets internets = new Internets("lab");
  private final HttpServers servers = new HttpServers();
  private Map<String, String> variables = Map.of();

  @BeforeEach
  void start() throws IOException {
    variables = internets.variables();
  }

  @AfterEach
  void close() throws IOException {
    Wire.use(Optional.empty());
    servers.closeAll();
    internets.close();
  }

  /** What a program prints on both of its outputs; its home is an empty folder. */
  private String run(String... command) throws IOException, InterruptedException {
    Path log = folder.resolve("log");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .redirectInput(Path.of("/dev/null").toFile());
    builder
        .environment()
        .keySet()
        .removeIf(
            name ->
                Set.of("http_proxy", "https_proxy", "all_proxy", "no_proxy")
                        .contains(name.toLowerCase(java.util.Locale.ROOT))
                    || name.startsWith("PIP_"));
    builder.environment().putAll(variables);
    builder.environment().put("HOME", folder.toString());
    Process process = builder.start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    return Files.readString(log, UTF_8);
  }

  private HttpServer publish(String name, wirebook.engine.http.server.Endpoint endpoint)
      throws Exception {
    HttpServer server =
        servers.start(HttpServers.Plan.on(0, name, endpoint), internets.lab().clock()).server();
    internets.lab().ports().publish(internets.lab().place(name, 80).at(), server.port());
    return server;
  }

  @Test
  @Peer("curl")
  void curlGetsTheLabsPagesOverHttpAndTlsAndSocks() throws Exception {
    String curl = PeerIsThere.path("curl");
    assertThat(run(curl, "-sS", "http://httpbin.org/get"))
        .contains("\"url\": \"http://httpbin.org/get\"");
    assertThat(run(curl, "-sS", "https://httpbin.org/get"))
        .contains("\"url\": \"https://httpbin.org/get\"");
    assertThat(run(curl, "-sS", "-d", "a=1", "http://httpbin.org/post")).contains("\"a\": \"1\"");
    String socks = variables.getOrDefault("all_proxy", "").replace("http://", "socks5h://");
    assertThat(run(curl, "-sS", "-x", socks, "https://httpbin.org/get")).contains("httpbin.org");
    assertThat(
            run(
                curl,
                "-sS",
                "-x",
                "socks5h://lab:wrong@" + socks.split("@")[1],
                "https://httpbin.org/get"))
        .contains("curl: (97)");
    assertThat(
            run(
                curl,
                "-sS",
                "-x",
                "http://lab:wrong@" + socks.split("@")[1],
                "http://httpbin.org/get"))
        .contains("its http_proxy has the token");
  }

  @Test
  @Peer("wget")
  void wgetTrustsTheLabsAuthority() throws Exception {
    assertThat(run(PeerIsThere.path("wget"), "-q", "-O", "-", "https://httpbin.org/get"))
        .contains("\"url\": \"https://httpbin.org/get\"");
  }

  @Test
  @Peer("curl")
  void whatTheLabDoesNotHaveIsSaidAndNeverAskedForOutside() throws Exception {
    String curl = PeerIsThere.path("curl");
    assertThat(run(curl, "-sS", "http://nowhere.class.example/"))
        .contains("the lab has no host nowhere.class.example");
    assertThat(run(curl, "-sS", "http://www.class.example:81/")).contains("Connection refused");
    assertThat(run(curl, "-sS", "--noproxy", "", "http://127.0.0.1:1/"))
        .contains("this proxy leads to the lab only");
  }

  @Test
  @Peer(value = "setpriv", of = "util-linux")
  @Peer("curl")
  void anotherUserIsRefusedWithoutTheToken() throws Exception {
    String curl = PeerIsThere.path("curl");
    String setpriv = PeerIsThere.path("setpriv");
    assumeTrue(
        Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid")),
        "only root can be somebody else");
    String bare = "127.0.0.1:" + variables.getOrDefault("http_proxy", "").replaceAll(".*:", "");
    String[] other = {setpriv, "--reuid", "65534", "--clear-groups", curl, "-sS", "-x"};
    assertThat(run(with(other, "http://" + bare, "http://httpbin.org/get")))
        .contains("has the token");
    assertThat(run(with(other, "socks5h://" + bare, "http://httpbin.org/get")))
        .contains("curl: (97)");
    assertThat(run(curl, "-sS", "-x", "http://" + bare, "http://httpbin.org/get"))
        .as("this user's own programs need none")
        .contains("httpbin.org");
  }

  private static String[] with(String[] words, String... more) {
    return java.util.stream.Stream.concat(
            java.util.Arrays.stream(words), java.util.Arrays.stream(more))
        .toArray(String[]::new);
  }

  @Test
  @Peer("python3")
  @Peer("curl")
  void aServerOfTheStudentIsReachedWithoutTheProxy() throws Exception {
    HttpServer own =
        servers
            .start(
                HttpServers.Plan.on(0, "own", request -> Response.text("mine\n")),
                internets.lab().clock())
            .server();
    assertThat(run(PeerIsThere.path("curl"), "-sS", "http://localhost:" + own.port() + "/"))
        .isEqualTo("mine\n");
    assertThat(
            run(PeerIsThere.path("python3"), "-c", urllib("http://127.0.0.1:" + own.port() + "/")))
        .isEqualTo("mine\n\n");
  }

  private static String urllib(String url) {
    return "import urllib.request; print(urllib.request.urlopen('" + url + "').read().decode())";
  }

  @Test
  @Peer("python3")
  void pythonGetsThemToo() throws Exception {
    String python = PeerIsThere.path("python3");
    assertThat(run(python, "-c", urllib("http://httpbin.org/get"))).contains("Python-urllib");
    assertThat(run(python, "-c", urllib("https://httpbin.org/get"))).contains("Python-urllib");
    String requests =
        """
        try:
          import requests
        except ImportError:
          from pip._vendor import requests
        print(requests.post('https://httpbin.org/post', json={'a': 1}).json()['json'])
        """;
    assertThat(run(python, "-c", requests)).isEqualTo("{'a': 1}\n");
  }

  @Test
  @Peer("git")
  void gitClonesFromAServerOfTheLab() throws Exception {
    String git = PeerIsThere.path("git");
    Path repository = folder.resolve("made");
    run(git, "init", "-q", repository.toString());
    run(
        git,
        "-C",
        "made",
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@b",
        "commit",
        "-qm",
        "One",
        "--allow-empty");
    run(git, "clone", "-q", "--bare", "made", "site/repo.git");
    run(git, "-C", "site/repo.git", "update-server-info");
    publish("code.class.example", new StaticFiles(folder.resolve("site"), false));
    run(git, "clone", "-q", "http://code.class.example/repo.git", "copy");
    assertThat(run(git, "-C", "copy", "log", "--format=%s")).isEqualTo("One\n");
  }

  @Test
  @Peer("python3")
  void pipAsksTheClassesPackageIndexOnTheWire() throws Exception {
    String python = PeerIsThere.path("python3");
    assumeTrue(run(python, "-m", "pip", "--version").startsWith("pip "), "this Python has no pip");
    assumeTrue(PackageIndex.folder().isPresent(), "no wheels: binder/wheels fetches them");
    Capture capture = new Capture(internets.lab().clock(), 1 << 24);
    Wire.use(Optional.of(capture));
    assertThat(run(python, "-m", "pip", "download", "--no-deps", "-d", "wheels", "flask"))
        .contains("https://packages.class.example/simple/")
        .contains("Saved ./wheels/flask-3.1.3-py3-none-any.whl");
    assertThat(capture.packets().packets().toString())
        .as("pip's connection, between its ends in the lab")
        .containsAnyOf("203.0.113.12", "2001:db8:113:0:0:0:0:12");
    assertThat(
            run(
                python,
                "-m",
                "pip",
                "download",
                "--no-deps",
                "-d",
                "wheels",
                "-i",
                "https://pypi.org/simple/",
                "click"))
        .contains("Saved ./wheels/click-8.1.8");
  }

  @Test
  @Peer({"chromium", "chromium-browser", "google-chrome"})
  void aBrowserShowsThem() throws Exception {
    String chromium = PeerIsThere.path("chromium", "chromium-browser", "google-chrome");
    assertThat(
            run(
                chromium,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--user-data-dir=" + folder.resolve("profile"),
                "--dump-dom",
                "http://www.google.com/"))
        .contains("A search page of the lab");
  }

  @Test
  void theRealInternetTakesTheVariablesAway() throws Exception {
    internets.use("real");
    assertThat(internets.variables()).isEmpty();
  }
}

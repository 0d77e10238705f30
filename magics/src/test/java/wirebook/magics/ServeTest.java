package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.engine.http.server.HttpServer;
import wirebook.engine.http.server.HttpServers;
import wirebook.net.Network;
import wirebook.net.Networks;
import wirebook.net.RealNetwork;
import wirebook.spi.Display;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicException;
import wirebook.spi.MimeBundle;
import wirebook.spi.Span;
import wirebook.spi.Word;

class ServeTest {
  private static final String PIXEL =
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

  @TempDir Path directory;
  private final HttpServers servers = new HttpServers();
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final List<MimeBundle> shown = new CopyOnWriteArrayList<>();

  @AfterEach
  void closeAll() {
    servers.closeAll();
  }

  private final class Call implements MagicCall {
    private final List<Word> words = new ArrayList<>();

    Call(String line) {
      int at = 0;
      for (String word : line.split(" ")) {
        words.add(new Word(word, new Span(at, at + word.length())));
        at += word.length() + 1;
      }
    }

    @Override
    public List<Word> words() {
      return words;
    }

    @Override
    public Optional<String> body() {
      return Optional.empty();
    }

    @Override
    public PrintStream out() {
      return new PrintStream(printed, true, StandardCharsets.UTF_8);
    }

    @Override
    public PrintStream err() {
      return out();
    }

    @Override
    public InputStream in() {
      return InputStream.nullInputStream();
    }

    @Override
    public Display display() {
      return new Display() {
        @Override
        public String show(MimeBundle bundle) {
          shown.add(bundle);
          return "1";
        }

        @Override
        public void update(String id, MimeBundle bundle) {}

        @Override
        public void clear(boolean wait) {}
      };
    }

    @Override
    public Networks networks() {
      return new Networks() {
        private final Network real = new RealNetwork();

        @Override
        public Network current() {
          return real;
        }

        @Override
        public List<String> names() {
          return List.of("real");
        }

        @Override
        public Network use(String name) {
          return real;
        }
      };
    }

    @Override
    public Path directory() {
      return directory;
    }

    @Override
    public Map<String, String> environment() {
      return Map.of();
    }

    @Override
    public boolean inCell() {
      return true;
    }

    @Override
    public <T> T service(Class<T> type, Supplier<T> maker) {
      return type.cast(servers);
    }
  }

  private Object serve(String line) throws InterruptedException {
    printed.reset();
    return new Serve().run(new Call(line)).value().orElse("nothing");
  }

  private HttpServer start(String line) throws InterruptedException {
    return (HttpServer) serve(line);
  }

  private static HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          request.version(HttpClient.Version.HTTP_1_1).build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  private static HttpResponse<String> get(HttpServer server, String path) throws Exception {
    return send(HttpRequest.newBuilder(URI.create(server.url()).resolve(path)));
  }

  private String printed() {
    return printed.toString(StandardCharsets.UTF_8);
  }

  @Test
  void theClassesServiceIsWhatItStartsByItself() throws Exception {
    HttpServer server = start("0");
    assertThat(printed()).startsWith("http://127.0.0.1:" + server.port() + "/ serves");
    assertThat(get(server, "/html").body()).contains("Herman Melville - Moby-Dick");
  }

  @Test
  void anUploadedPictureIsShownBelowTheCell() throws Exception {
    HttpServer server = start("0 --upload up");
    byte[] head =
        "--b\r\nContent-Disposition: form-data; name=file; filename=p.png\r\n\r\n"
            .getBytes(StandardCharsets.US_ASCII);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.write(head);
    body.write(Base64.getDecoder().decode(PIXEL));
    body.write("\r\n--b--".getBytes(StandardCharsets.US_ASCII));
    HttpResponse<String> response =
        send(
            HttpRequest.newBuilder(URI.create(server.url() + "api/upload"))
                .header("Content-Type", "multipart/form-data; boundary=b")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray())));
    assertThat(response.statusCode()).isEqualTo(201);
    assertThat(shown.getFirst().data()).containsEntry("image/png", PIXEL);
    assertThat(directory.resolve("up/p.png")).exists();
  }

  @Test
  void httpbinOnAFreePortPrintsItsAddress() throws Exception {
    HttpServer server = start("0 --httpbin");
    assertThat(printed()).containsPattern("http://127\\.0\\.0\\.1:[1-9][0-9]*/");
    assertThat(get(server, "/status/418").statusCode()).isEqualTo(418);
  }

  @Test
  void tlsIsToldWithWhoSignedAndHowOthersMayTrustIt() throws Exception {
    HttpServer server = start("0 --tls");
    assertThat(printed())
        .contains("https://127.0.0.1:", "signed by CN=Wirebook lab root", "curl --cacert /");
    assertThat(get(server, "/").statusCode()).isEqualTo(200);
    assertThat(
            Path.of(
                printed()
                    .lines()
                    .filter(l -> l.contains("--cacert"))
                    .findFirst()
                    .orElseThrow()
                    .replaceFirst(".*--cacert ", "")))
        .content()
        .startsWith("-----BEGIN CERTIFICATE-----");
  }

  @Test
  void theSameLineAgainTakesThePlaceAndThePortOfTheFirst() throws Exception {
    HttpServer first = start("0 --httpbin");
    get(first, "/get");
    HttpServer second = start("0 --httpbin");
    assertThat(second.port()).isEqualTo(first.port());
    assertThat(printed()).contains("in place of httpbin", "1 request");
    assertThat(servers.list()).hasSize(1);
    assertThat(start("0").port()).isNotEqualTo(first.port());
  }

  @Test
  void requestsAreListedLoggedAndShownAndTheServerStops() throws Exception {
    HttpServer server = start("0");
    get(server, "/nope?x=1");
    // The line is written when the response is out, so the client may be ahead of it.
    await().untilAsserted(() -> assertThat(printed()).contains("\"GET /nope?x=1 HTTP/1.1\" 404 "));
    serve("list");
    assertThat(printed()).contains(server.url(), "1 request");
    serve("log " + server.port());
    assertThat(printed()).contains("\"GET /nope?x=1 HTTP/1.1\" 404 ");
    serve("show");
    assertThat(printed()).contains("> GET /nope?x=1 HTTP/1.1\n", "< HTTP/1.1 404 Not Found\n");
    serve("restart");
    assertThat(get(server, "/").statusCode()).isEqualTo(200);
    serve("stop");
    assertThat(printed()).contains("port " + server.port() + " is free");
    assertThat(servers.list()).isEmpty();
  }

  @Test
  void filesOfAFolderAreServed() throws Exception {
    Files.writeString(directory.resolve("a.txt"), "A");
    HttpServer server = start("0 --dir .");
    assertThat(get(server, "/a.txt").body()).isEqualTo("A");
  }

  @Test
  void knobsAreToldInWords() throws Exception {
    start(
        "0 --keep-alive 5s --latency=10ms-20ms --error-rate 100% --max-body 64k --max-connections 9"
            + " --rate 100");
    assertThat(printed())
        .contains(
            "idle connections kept for 5 s, a latency of 10 ms to 20 ms, 100 % failing, content up"
                + " to 65536 bytes, at most 9 connections, at most 100 requests a second");
    assertThat(get(servers.list().getFirst(), "/").statusCode()).isEqualTo(503);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "frob", "70000", "--frob", "--latency", "--latency x", "--latency 2s-1s",
            "--error-rate 200%",
        "--max-body 1x", "--rate 0", "--bind here", "--dir none", "8080 8081", "stop", "log 1"
      })
  void whatCannotBeMeantIsRefusedAtItsPlace(String line) {
    assertThatThrownBy(() -> serve(line))
        .isInstanceOfSatisfying(
            MagicException.class,
            e -> {
              assertThat(e.diagnostic().id()).startsWith("SERVE0");
              assertThat(e.diagnostic().fix()).isNotEmpty();
              assertThat(e.diagnostic().span().end()).isPositive();
            });
  }

  @Test
  void aPortThatIsTakenIsExplained() throws Exception {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> serve(String.valueOf(other.getLocalPort())))
          .isInstanceOfSatisfying(
              MagicException.class,
              e -> {
                assertThat(e.diagnostic().message()).contains("port " + other.getLocalPort());
                assertThat(e.diagnostic().fix()).contains("%serve 0");
              });
    }
  }

  @Test
  void nothingOfJettyIsLoadedBeforeTheFirstServer() throws Exception {
    Set<String> loaded = ConcurrentHashMap.newKeySet();
    List<URL> path = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(java.io.File.pathSeparator)) {
      path.add(Path.of(entry).toUri().toURL());
    }
    try (URLClassLoader loader =
        new URLClassLoader(path.toArray(URL[]::new), ClassLoader.getPlatformClassLoader()) {
          @Override
          protected Class<?> findClass(String name) throws ClassNotFoundException {
            loaded.add(name);
            return super.findClass(name);
          }
        }) {
      Class<?> magic = loader.loadClass(Serve.class.getName());
      Object serve = magic.getConstructor().newInstance();
      Object spec = magic.getMethod("spec").invoke(serve);
      assertThat(spec.toString()).contains("--httpbin");
      Class.forName(HttpServers.class.getName(), true, loader).getConstructor().newInstance();
    }
    assertThat(loaded).contains(Serve.class.getName()).noneMatch(n -> n.contains("jetty"));
  }
}

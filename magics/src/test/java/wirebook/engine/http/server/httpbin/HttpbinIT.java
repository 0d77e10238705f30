package wirebook.engine.http.server.httpbin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.engine.http.server.HttpServers;
import wirebook.net.NetworkClock;
import wirebook.peer.PeerPort;

/** The same requests to our httpbin and to the real one under gunicorn, answers side by side. */
class HttpbinIT {
  private static final Path VENV =
      Path.of(
          Optional.ofNullable(System.getenv("WIREBOOK_PEERS"))
              .orElse(System.getProperty("user.home") + "/.cache/wirebook-peers/venv"));

  /** What is each server's own, or a matter of chance. */
  private static final List<String> OWN =
      List.of("server", "date", "connection", "keep-alive", "content-length", "transfer-encoding");

  private static final HttpServers SERVERS = new HttpServers();
  private static Optional<Process> gunicorn = Optional.empty();
  private static int theirs;
  private static int ours;

  private record Answer(int status, NavigableMap<String, List<String>> headers, String body) {}

  @BeforeAll
  static void start() throws IOException {
    Path program = VENV.resolve("bin/gunicorn");
    if (!"true".equals(System.getenv("CI"))) {
      assumeTrue(Files.isExecutable(program), "httpbin under gunicorn is not installed in " + VENV);
    }
    theirs = PeerPort.find();
    gunicorn =
        Optional.of(
            new ProcessBuilder(
                    program.toString(),
                    "-b",
                    "127.0.0.1:" + theirs,
                    "--threads",
                    "4",
                    "httpbin:app")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start());
    ours =
        SERVERS
            .start(
                HttpServers.Plan.on(0, "httpbin", new Httpbin(NetworkClock.SYSTEM)),
                NetworkClock.SYSTEM)
            .server()
            .port();
    Awaitility.await()
        .ignoreExceptions()
        .until(() -> ask(theirs, "GET /get HTTP/1.1").status() == 200);
  }

  @AfterAll
  static void stop() {
    SERVERS.closeAll();
    gunicorn.ifPresent(
        process -> {
          process.descendants().forEach(ProcessHandle::destroyForcibly);
          process.destroyForcibly();
        });
  }

  /** Request line, header lines and perhaps a body behind {@code |}, all joined by {@code ~}. */
  private static Answer ask(int port, String request) throws IOException {
    int bar = request.indexOf('|');
    String head = (bar < 0 ? request : request.substring(0, bar)).replace("~", "\r\n");
    byte[] body =
        bar < 0
            ? new byte[0]
            : request.substring(bar + 1).replace("~", "\r\n").getBytes(StandardCharsets.UTF_8);
    String length = bar < 0 ? "" : "Content-Length: " + body.length + "\r\n";
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      socket.setSoTimeout(30_000);
      socket
          .getOutputStream()
          .write(
              (head
                      + "\r\nHost: httpbin.test\r\nUser-Agent: t\r\nConnection: close\r\n"
                      + length
                      + "\r\n")
                  .getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().write(body);
      return answer(socket.getInputStream().readAllBytes());
    }
  }

  private static Answer answer(byte[] wire) throws IOException {
    String text = new String(wire, StandardCharsets.ISO_8859_1);
    int end = text.indexOf("\r\n\r\n");
    List<String> lines = text.substring(0, end).lines().toList();
    NavigableMap<String, List<String>> headers =
        lines.stream()
            .skip(1)
            .map(line -> line.split(": ?", 2))
            .collect(
                Collectors.groupingBy(
                    field -> field[0].toLowerCase(Locale.ROOT),
                    TreeMap::new,
                    Collectors.mapping(field -> field[1], Collectors.toList())));
    byte[] content = Arrays.copyOfRange(wire, end + 4, wire.length);
    if (headers.getOrDefault("transfer-encoding", List.of()).contains("chunked")) {
      content = unchunked(content);
    }
    String coding = headers.getOrDefault("content-encoding", List.of("")).getFirst();
    try (InputStream in =
        switch (coding) {
          case "gzip" -> new GZIPInputStream(new ByteArrayInputStream(content));
          case "deflate" -> new InflaterInputStream(new ByteArrayInputStream(content));
          default -> new ByteArrayInputStream(content);
        }) {
      content = in.readAllBytes();
    }
    OWN.forEach(headers::remove);
    return new Answer(
        Integer.parseInt(lines.getFirst().split(" ")[1]),
        headers,
        new String(content, StandardCharsets.UTF_8));
  }

  private static byte[] unchunked(byte[] content) {
    StringBuilder out = new StringBuilder();
    String rest = new String(content, StandardCharsets.ISO_8859_1);
    while (true) {
      int line = rest.indexOf("\r\n");
      int size = Integer.parseInt(rest.substring(0, line).strip(), 16);
      if (size == 0) {
        return out.toString().getBytes(StandardCharsets.ISO_8859_1);
      }
      out.append(rest, line + 2, line + 2 + size);
      rest = rest.substring(line + 2 + size + 2);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /get?a=1&a=2&b=&c&d=%20+x&e=%C3%A9&=v&f=a=b&& HTTP/1.1",
        "GET /get?x=%26%3D%23%25%2B%41&%7e=1 HTTP/1.1",
        "GET /get?a[]=1&b={}^`\\<\">&c=%5B%0d%ff HTTP/1.1",
        "GET /anything/%22%5B%5D%7B%7D HTTP/1.1",
        "HEAD /get HTTP/1.1",
        "GET /anything/a%20b/%C3%A9/%2525/x;y=1,2@:!$&'()*+ HTTP/1.1",
        "PUT /anything?x=1 HTTP/1.1~Content-Type: text/plain|hi",
        "POST /post HTTP/1.1~Content-Type: application/x-www-form-urlencoded|a=1&a=2&b=%20",
        "POST /post HTTP/1.1~Content-Type: application/json|{\"a\": [1, 2.50, 1e5, null, \"é\"]}",
        "POST /post HTTP/1.1~Content-Type: application/json|{bad",
        "POST /post HTTP/1.1~Content-Type: application/json|[0.0001, 0.00001, 100000.0]",
        "POST /post HTTP/1.1~Content-Type: APPLICATION/X-WWW-FORM-URLENCODED|a=%ff",
        "GET /user-agent HTTP/1.1~User-Agent: b",
        "GET /drip?code=204&duration=0 HTTP/1.1",
        "GET /cookies HTTP/1.1~Cookie: a=\"\\303\\251\"",
        "GET /cookies/set/a/b HTTP/1.1~X-Forwarded-Proto: https",
        "GET /redirect-to?url=x%22%3C HTTP/1.1",
        "POST /post HTTP/1.1~Content-Type: multipart/form-data; boundary=b|--b~Content-Disposition:"
            + " form-data; name=\"a\"~~1~--b~Content-Disposition: form-data; name=\"f\";"
            + " filename=\"x\"~~hey~--b--~",
        "DELETE /delete HTTP/1.1|x",
        "PATCH /patch HTTP/1.1|x",
        "GET /headers HTTP/1.1~X-Two: a~X-Two: b~x-lower-case: 1~X-Forwarded-For: 1.2.3.4~Via: v",
        "GET /headers?show_env=1 HTTP/1.1~X-Forwarded-For: 1.2.3.4~Via: v",
        "GET /ip HTTP/1.1~X-Forwarded-For: 1.2.3.4",
        "GET /user-agent HTTP/1.1",
        "GET /html HTTP/1.1",
        "GET /json HTTP/1.1",
        "GET /robots.txt HTTP/1.1",
        "GET /gzip HTTP/1.1",
        "GET /deflate HTTP/1.1",
        "GET /relative-redirect/2 HTTP/1.1",
        "GET /redirect-to?url=/a&status_code=307 HTTP/1.1",
        "GET /redirect-to?url=http://x/%C3%A9%20y HTTP/1.1",
        "GET /status/204 HTTP/1.1",
        "GET /status/301 HTTP/1.1",
        "GET /status/401 HTTP/1.1",
        "GET /status/406 HTTP/1.1",
        "GET /status/999 HTTP/1.1",
        "GET /status/abc HTTP/1.1",
        "GET /status/200,x HTTP/1.1",
        "GET /response-headers?a=b&a=c&X-Y=z HTTP/1.1",
        "GET /cookies HTTP/1.1~Cookie: a=1; b=\"x\\054y\"; a=2; c",
        "GET /basic-auth/u/p HTTP/1.1~Authorization: Basic dTpw",
        "GET /basic-auth/u/p HTTP/1.1~Authorization: Basic dTpx",
        "GET /hidden-basic-auth/u/p HTTP/1.1",
        "GET /bearer HTTP/1.1~Authorization: Bearer x y",
        "GET /bearer HTTP/1.1",
        "GET /delay/0.1 HTTP/1.1",
        "GET /drip?duration=0.1&numbytes=3&code=202 HTTP/1.1",
        "GET /drip?numbytes=0 HTTP/1.1",
        "GET /base64/SFRUUEJJTiBpcyBhd2Vzb21l HTTP/1.1",
        "GET /base64/x HTTP/1.1",
        "GET /stream/3 HTTP/1.1",
        "GET /bytes/10?seed=5 HTTP/1.1",
        "GET /bytes/10?Seed=-7 HTTP/1.1",
        "GET /stream-bytes/20?seed=3&chunk_size=7 HTTP/1.1",
        "GET /range/26 HTTP/1.1~Range: bytes=3-5",
        "GET /range/26 HTTP/1.1~Range: bytes=-5",
        "GET /range/26 HTTP/1.1~Range: bytes=30-40",
        "GET /cookies HTTP/1.1~Cookie: a=x; __utma=3",
        "GET /cookies?show_env=1 HTTP/1.1~Cookie: __utma=3",
        "GET /range/200000 HTTP/1.1",
        "GET /links/5/2 HTTP/1.1",
        "GET /cache HTTP/1.1~If-None-Match: x",
        "GET /cache/60 HTTP/1.1",
        "GET /etag/a HTTP/1.1~If-None-Match: W/\"a\", \"b\"",
        "GET /etag/a HTTP/1.1~If-Match: b",
        "GET /image HTTP/1.1~Accept: text/html",
        "OPTIONS /get HTTP/1.1~Access-Control-Request-Headers: x"
      })
  void ourAnswerIsTheRealOnes(String request) throws IOException {
    Answer our = ask(ours, request);
    Answer real = ask(theirs, request);
    // The methods that Allow lists are a set.
    our.headers().computeIfPresent("allow", (name, values) -> sorted(values));
    real.headers().computeIfPresent("allow", (name, values) -> sorted(values));
    assertThat(our).isEqualTo(real);
  }

  private static List<String> sorted(List<String> values) {
    return Arrays.stream(values.getFirst().split(", ")).sorted().toList();
  }
}

package wirebook.engine.http.curl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.server.handler.ConnectHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.engine.http.HttpTransfer;
import wirebook.engine.http.server.HttpServers;
import wirebook.engine.http.server.Routes;
import wirebook.net.NetworkClock;
import wirebook.trust.LabTrust;

/** A proxy that speaks HTTP/2 over TLS: Jetty's. */
@Tag("slow")
class CurlHttp2ProxyTest {
  private static final int LARGE = 700_000;

  @TempDir Path directory;
  private final Server proxy = new Server();
  private final HttpServers servers = new HttpServers();
  private String password = "";
  private String proxyUrl = "";
  private String url = "";

  @BeforeEach
  void aProxyAndAServer() throws Exception {
    HttpConfiguration config = new HttpConfiguration();
    // A proxy is asked about others' names.
    config.addCustomizer(new SecureRequestCustomizer(false));
    SslContextFactory.Server tls = new SslContextFactory.Server();
    tls.setSslContext(LabTrust.issue(List.of("localhost")).context());
    ALPNServerConnectionFactory alpn = new ALPNServerConnectionFactory();
    alpn.setDefaultProtocol("http/1.1");
    ServerConnector connector =
        new ServerConnector(
            proxy,
            new SslConnectionFactory(tls, alpn.getProtocol()),
            alpn,
            new HTTP2ServerConnectionFactory(config),
            new HttpConnectionFactory(config));
    connector.setHost(InetAddress.getLoopbackAddress().getHostAddress());
    proxy.addConnector(connector);
    ConnectHandler tunnels =
        new ConnectHandler() {
          @Override
          protected boolean handleAuthentication(
              Request request, Response response, String address) {
            boolean fine =
                password.isEmpty()
                    || Optional.ofNullable(request.getHeaders().get("Proxy-Authorization"))
                        .filter(("Basic " + password)::equals)
                        .isPresent();
            if (!fine) {
              response.getHeaders().put("Proxy-Authenticate", "Basic realm=\"x\"");
            }
            return fine;
          }
        };
    tunnels.setHandler(
        new Handler.Abstract() {
          @Override
          public boolean handle(Request request, Response response, Callback callback) {
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/plain");
            String said =
                request.getConnectionMetaData().getHttpVersion().asString()
                    + " "
                    + request.getHttpURI();
            response.write(true, StandardCharsets.UTF_8.encode(said), callback);
            return true;
          }
        });
    proxy.setHandler(tunnels);
    proxy.start();
    proxyUrl = "https://localhost:" + connector.getLocalPort();
    Routes routes =
        new Routes()
            .get("/", request -> wirebook.engine.http.server.Response.text("hello\n"))
            .get("/large", r -> wirebook.engine.http.server.Response.text("x".repeat(LARGE)))
            .post("/", r -> wirebook.engine.http.server.Response.text("got " + r.text().length()));
    url =
        "https://localhost:"
            + servers
                .start(
                    HttpServers.Plan.on(0, "site", routes)
                        .with(LabTrust.issue(List.of("localhost"))),
                    NetworkClock.SYSTEM)
                .server()
                .port();
  }

  @AfterEach
  void closeAll() throws Exception {
    servers.closeAll();
    proxy.stop();
  }

  private Setting curl(String... words) throws InterruptedException {
    Setting setting = new Setting(directory);
    String[] all = new String[words.length + 4];
    System.arraycopy(new String[] {"-q", "-sS", "-x", proxyUrl}, 0, all, 0, 4);
    System.arraycopy(words, 0, all, 4, words.length);
    HttpTransfer value = setting.curl(all);
    setting.variables.put("exit", String.valueOf(value.exitCode()));
    return setting;
  }

  @Test
  void aStreamOfTheProxyIsTheConnectionToTheServer() throws Exception {
    Setting setting = curl("--proxy-http2", "-v", url + "/", url + "/");
    assertThat(setting.err())
        .contains("* CONNECT: 'h2' negotiated\n* Establishing HTTP/2 proxy tunnel to localhost:")
        .contains("* CONNECT Response Status 200\n")
        .contains("* CONNECT phase completed for HTTP/2 proxy\n")
        .contains("* using HTTP/2\n")
        .contains("* Reusing existing https: connection with proxy localhost\n");
    assertThat(setting.out()).isEqualTo("hello\nhello\n");
  }

  @Test
  void whatGoesThroughMayBeHttp1AndLargerThanTheWindows() throws Exception {
    Files.writeString(directory.resolve("up"), "y".repeat(LARGE));
    for (String version : List.of("--http1.1", "--http2")) {
      assertThat(curl("--proxy-http2", version, url + "/large").out()).hasSize(LARGE);
      assertThat(curl("--proxy-http2", version, "--data-binary", "@up", url + "/").out())
          .isEqualTo("got " + LARGE);
    }
  }

  @Test
  void withoutItTheProxyIsAskedInHttp1() throws Exception {
    Setting setting = curl("-v", url + "/");
    assertThat(setting.err())
        .contains("* CONNECT: 'http/1.1' negotiated\n", "> CONNECT localhost:")
        .contains("* CONNECT phase completed for HTTP proxy\n");
    assertThat(setting.out()).isEqualTo("hello\n");
  }

  @Test
  void requestsThatNeedNoTunnelGoAsTheyAre() throws Exception {
    assertThat(curl("--proxy-http2", "http://somewhere.test/a?b").out())
        .isEqualTo("HTTP/2.0 http://somewhere.test/a?b");
  }

  @Test
  void aProxyThatWantsAPasswordGetsItOrTheFailureIsSaid() throws Exception {
    password = Base64.getEncoder().encodeToString("me:secret".getBytes(StandardCharsets.UTF_8));
    assertThat(curl("--proxy-http2", "-U", "me:secret", url + "/").out()).isEqualTo("hello\n");
    Setting setting = curl("--proxy-http2", url + "/");
    assertThat(setting.err()).isEqualTo("curl: (7) CONNECT tunnel failed, response 407\n");
    assertThat(setting.variables).containsEntry("exit", "7");
  }

  @Test
  void aServerThatCannotBeReachedIsTheProxysToSay() throws Exception {
    int free;
    try (java.net.ServerSocket socket = new java.net.ServerSocket(0)) {
      free = socket.getLocalPort();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    assertThat(curl("--proxy-http2", "https://localhost:" + free + "/").variables)
        .containsEntry("exit", "7");
  }
}

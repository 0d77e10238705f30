package wirebook.engine.http.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.engine.http.CookieJar;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpExchange;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.HttpUrl;
import wirebook.engine.http.Surroundings;
import wirebook.engine.http.server.HttpServers;
import wirebook.engine.http.server.Response;
import wirebook.net.Network;
import wirebook.net.NetworkClock;
import wirebook.net.RealNetwork;

/** The client and its parts without a command line. */
class HttpCallTest {
  private final HttpServers servers = new HttpServers();
  private final List<Socket> sockets = new ArrayList<>();
  private final HttpClient client =
      new HttpClient(
          observed(new RealNetwork()),
          around(Map.of()),
          CallLog.NONE,
          1 << 20,
          false,
          new CookieJar(NetworkClock.SYSTEM, line -> {}));

  private static Surroundings around(Map<String, String> variables) {
    return new Surroundings() {
      @Override
      public Path path(String name) {
        return Path.of(name);
      }

      @Override
      public String variable(String name) {
        return variables.getOrDefault(name, "");
      }
    };
  }

  private Network observed(Network network) {
    return (Network)
        Proxy.newProxyInstance(
            Network.class.getClassLoader(),
            new Class<?>[] {Network.class},
            (proxy, method, arguments) -> {
              try {
                Object result = method.invoke(network, arguments);
                if (result instanceof Socket socket) {
                  sockets.add(socket);
                }
                return result;
              } catch (InvocationTargetException e) {
                throw e.getTargetException();
              }
            });
  }

  @AfterEach
  void closeAll() {
    client.end();
    servers.closeAll();
  }

  private String start(HttpServers.Plan plan) throws Exception {
    return "http://127.0.0.1:" + servers.start(plan, NetworkClock.SYSTEM).server().port();
  }

  private void get(String url, CallOptions options) throws Exception {
    new HttpCall(
            client,
            options,
            new CallRequest(url, RequestKind.GET, new Upload.None(), ""),
            Sink.NONE,
            new TransferInfo())
        .perform();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatIsSentWaitsForNoAcknowledgementUnlessItMay(boolean noDelay) throws Exception {
    String server = start(HttpServers.Plan.on(0, "test", request -> Response.text("")));
    CallOptions options = new CallOptions();
    options.noDelay = noDelay;
    get(server, options);
    assertThat(sockets).hasSize(1);
    assertThat(sockets.getFirst().getTcpNoDelay()).isEqualTo(noDelay);
  }

  @Test
  void aCallFollowsAndSendsTheCookieThatItGotOnTheWay() throws Exception {
    String server =
        start(
            HttpServers.Plan.on(
                0,
                "test",
                request ->
                    request.path().equals("/")
                        ? Response.redirect("/in").with("Set-Cookie", "a=1; Path=/")
                        : Response.text("cookie " + request.header("Cookie").orElse("none"))));
    CallOptions options = new CallOptions();
    options.follow = CallOptions.Follow.ALL;
    options.cookieEngine = true;
    get(server + "/", options);
    assertThat(client.exchanges())
        .extracting(HttpExchange::url)
        .containsExactly(server + "/", server + "/in");
    assertThat(client.exchanges().getLast().response().orElseThrow().content().text())
        .isEqualTo("cookie a=1");
    // The connection is used again, and nothing is named that nobody gave a name.
    assertThat(client.exchanges().getLast().reused()).isTrue();
    assertThat(client.exchanges().getLast().request().header("User-Agent")).isEmpty();
  }

  @Test
  void whatNobodyListensForIsAFailureWithItsCode() {
    CallOptions options = new CallOptions();
    options.connectTimeout = 10_000;
    assertThatThrownBy(() -> get("http://127.0.0.1:1/", options))
        .isInstanceOfSatisfying(
            HttpFailure.class, e -> assertThat(e.code()).isEqualTo(CurlCode.COULDNT_CONNECT));
  }

  @Test
  void namesResolveAloneAndAsTheyWereGiven() throws Exception {
    CallOptions options = new CallOptions();
    options.resolve.add("shop.example:80:192.0.2.7,2001:db8::7");
    List<String> told = new ArrayList<>();
    Connector connector =
        new Connector(client.network, client.recorder, client.resolved, options, told::add);
    connector.loadResolve();
    assertThat(connector.resolve("Shop.Example", 80, false))
        .extracting(HttpUrl::text)
        .containsExactly("192.0.2.7", "2001:db8::7");
    assertThat(told).last().isEqualTo("Hostname Shop.Example was found in DNS cache");
  }

  @Test
  void aRouteGoesThroughTheProxyOfTheEnvironment() throws Exception {
    CallOptions options = new CallOptions();
    Surroundings around = around(Map.of("https_proxy", "p.example:3128", "no_proxy", "in.example"));
    Route out = new RouteFinder(options, around, "https", "a.example", 443, l -> {}).find();
    assertThat(out.first()).isEqualTo(new Route.Peer("p.example", 3128));
    assertThat(out.tunnel()).isTrue();
    Route direct = new RouteFinder(options, around, "https", "in.example", 443, l -> {}).find();
    assertThat(direct.proxy()).isEmpty();
  }

  @Test
  void whoACallIsComesFromTheOptionsBeforeTheUrl() throws Exception {
    CallOptions options = new CallOptions();
    HttpUrl url = HttpUrl.parse("http://ann:secret@a.example/", HttpUrl.Flag.ANY_SCHEME);
    CredentialFinder.Found found =
        CredentialFinder.find(options, around(Map.of()), url, "a.example", true, l -> {});
    assertThat(found.creds()).contains(new Creds("ann", "secret", "", Creds.Source.URL));
    options.user = "bob:other";
    assertThat(
            CredentialFinder.find(options, around(Map.of()), url, "a.example", true, l -> {})
                .creds()
                .map(Creds::user))
        .isEqualTo(Optional.of("bob"));
    assertThat(
            CredentialFinder.find(options, around(Map.of()), url, "b.example", false, l -> {})
                .creds()
                .map(Creds::user))
        .isEqualTo(Optional.of("ann"));
  }

  @ParameterizedTest
  @CsvSource({
    "host.example, host.example, true",
    "sub.host.example, host.example, true",
    "sub.host.example, .host.example, true",
    "badhost.example, host.example, false",
    "any, '*', true",
    "b.example, 'a.example, b.example', true",
    "192.168.1.7, 192.168.0.0/16, true",
    "192.169.1.7, 192.168.0.0/16, false",
    "127.0.0.1, 127.0.0.1, true",
    "host.example., host.example, true"
  })
  void someHostsNeedNoProxy(String host, String list, boolean direct) {
    assertThat(NoProxy.matches(host, list)).isEqualTo(direct);
  }
}

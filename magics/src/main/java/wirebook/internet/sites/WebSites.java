package wirebook.internet.sites;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import wirebook.engine.http.server.Endpoint;
import wirebook.engine.http.server.HttpServer;
import wirebook.engine.http.server.HttpServers;
import wirebook.engine.http.server.Request;
import wirebook.engine.http.server.Response;
import wirebook.engine.http.server.Routes;
import wirebook.engine.http.server.httpbin.ClassApi;
import wirebook.engine.http.server.httpbin.Httpbin;
import wirebook.internet.time.LabClock;
import wirebook.internet.topology.World;
import wirebook.net.Wire;
import wirebook.trace.Event;
import wirebook.trust.LabTrust;

/**
 * The lab's web sites: what its hosts answer on ports 80 and 443. Each starts on loopback when
 * someone first connects to it.
 */
public final class WebSites {
  private static final String EXAMPLE =
      """
      <!DOCTYPE html>
      <html lang="en">
      <title>Example Domain</title>
      <h1>Example Domain</h1>
      <p>This name is kept free for examples in texts, as RFC 2606 says.
      <a href="https://www.iana.org/domains/example">More about it</a></p>
      </html>
      """;

  private static final String SEARCH =
      """
      <!DOCTYPE html>
      <html lang="en">
      <title>A search page of the lab</title>
      <h1>Search</h1>
      <form action="/search"><input name="q"> <button>Search</button></form>
      </html>
      """;

  private static final String CODE =
      """
      <!DOCTYPE html>
      <html lang="en">
      <title>A code host of the lab</title>
      <h1>Code</h1>
      <p>Over TLS only: its port 80 sends you here.</p>
      </html>
      """;

  private static final String NOT_FOUND =
      """
      <!DOCTYPE html>
      <html lang="en">
      <title>Nothing found</title>
      <p>The lab has no index of the web.</p>
      </html>
      """;

  /** What a host answers, and whether that was asked over TLS. */
  private interface Maker {
    Endpoint endpoint(LabClock clock, boolean secure);
  }

  private static final Map<String, Maker> SITES =
      Map.of(
          "httpbin.org",
          (clock, secure) -> new Httpbin(clock),
          "www.class.example",
          (clock, secure) -> new ClassApi(Optional.empty(), upload -> {}),
          "example.com",
          (clock, secure) -> new Routes().get("/", request -> Response.html(EXAMPLE)),
          "google.com",
          (clock, secure) ->
              request ->
                  moved((secure ? "https" : "http") + "://www.google.com" + request.target()),
          "www.google.com",
          (clock, secure) ->
              new Routes()
                  .get("/", request -> Response.html(SEARCH))
                  .get("/search", request -> Response.html(NOT_FOUND)),
          "github.com",
          (clock, secure) ->
              request ->
                  secure ? Response.html(CODE) : moved("https://github.com" + request.target()),
          "packages.class.example",
          (clock, secure) -> packages("packages.class.example", secure),
          "pypi.org",
          (clock, secure) -> packages("pypi.org", secure));

  /** Of the hosts that are sites. */
  public static final List<String> NAMES = SITES.keySet().stream().sorted().toList();

  private static Endpoint packages(String host, boolean secure) {
    return secure
        ? PackageIndex.endpoint()
        : request -> moved("https://" + host + request.target());
  }

  private static final int HTTP = 80;
  private static final int HTTPS = 443;

  private final LabClock clock;
  private final World world;
  private final BiConsumer<Integer, Long> answers;
  private final HttpServers servers = new HttpServers();
  private final Map<Address, HttpServer> started = new HashMap<>();

  /**
   * @param world whose services are answered, besides the sites
   * @param answers told, before an answer leaves, its client's loopback port and its lab time
   */
  WebSites(LabClock clock, World world, BiConsumer<Integer, Long> answers) {
    this.clock = clock;
    this.world = world;
    this.answers = answers;
  }

  private record Address(String host, int port) {}

  /** Whether a host answers HTTP from the start. */
  static boolean isSite(String host) {
    return SITES.containsKey(host) || StandIns.NAMES.contains(host);
  }

  /** Well-known sites that are here only so that they can be reached. */
  private static final class StandIns {
    static final Set<String> NAMES =
        Set.of(
            "wikipedia.org",
            "youtube.com",
            "amazon.com",
            "cloudflare.com",
            "facebook.com",
            "microsoft.com",
            "apple.com",
            "iana.org");
  }

  private static Maker standIn(String host) {
    String page =
        """
        <!DOCTYPE html>
        <html lang="en">
        <title>%1$s</title>
        <h1>%1$s</h1>
        <p>This is the lab, where only the name and the addresses of %1$s are as outside.
        <code>%%internet real</code> leads to the real one.</p>
        </html>
        """
            .formatted(host);
    return (clock, secure) ->
        request ->
            secure
                ? request.path().equals("/") ? Response.html(page) : Response.status(404)
                : moved("https://" + host + request.target());
  }

  /** The loopback port of something that is no site, at port 443 of a host. */
  synchronized OptionalInt port(String host, List<String> certified, Endpoint endpoint)
      throws IOException {
    return OptionalInt.of(started(new Address(host, HTTPS), () -> endpoint, certified));
  }

  /** The loopback port behind a port of a host; empty when nothing listens there. */
  synchronized OptionalInt port(String host, int port) throws IOException {
    Address address = new Address(host, port);
    Optional<Supplier<Endpoint>> site = Optional.empty();
    if (world.topology().service(host, port).isPresent()) {
      site = Optional.of(() -> _ -> says(address));
    } else if (port == HTTP || port == HTTPS) {
      Optional<Maker> maker = Optional.ofNullable(SITES.get(host));
      site =
          maker
              .or(() -> StandIns.NAMES.contains(host) ? Optional.of(standIn(host)) : maker)
              .map(m -> () -> m.endpoint(clock, port == HTTPS));
    }
    return site.isEmpty()
        ? OptionalInt.empty()
        : OptionalInt.of(started(address, site.get(), port == HTTPS ? names(host) : List.of()));
  }

  private int started(Address address, Supplier<Endpoint> maker, List<String> certified)
      throws IOException {
    HttpServer server = started.get(address);
    if (server == null) {
      Endpoint site = maker.get();
      HttpServers.Plan plan =
          HttpServers.Plan.on(
              0, address.host + ":" + address.port, request -> answer(site, request));
      server =
          servers
              .start(certified.isEmpty() ? plan : plan.with(LabTrust.issue(certified)), clock)
              .server();
      started.put(address, server);
      // What its clients send is written down as it is in the lab.
      Wire.hide(Event.Transport.TCP, server.port());
    }
    return server.port();
  }

  private Response says(Address at) {
    return world
        .topology()
        .service(at.host, at.port)
        .map(service -> Response.text(service.answer() + "\n"))
        .orElseGet(() -> Response.status(404));
  }

  /** Each request has its own time: what it takes is not over for others before it is for it. */
  private Response answer(Endpoint site, Request request) throws Exception {
    int port = request.remote().getPort();
    LabClock.Activity own = LabClock.Activity.apart(clock.shared());
    Response response =
        ScopedValue.where(LabClock.CURRENT, own)
            .call(
                () ->
                    site.handle(
                        request.from(
                            new InetSocketAddress(world.here().addresses().getFirst(), port))));
    switch (response.content()) {
      case Response.Content.Whole _, Response.Content.Part _ -> answers.accept(port, own.now());
      case Response.Content.Streamed _,
          Response.Content.Trailed _,
          Response.Content.Upgrade _,
          Response.Content.Tunnelled _ ->
          // Its pieces come one after the other, on everybody's clock.
          clock.moveTo(own.now());
    }
    return response;
  }

  /** What the certificate of a site is good for: its name and all directly below it. */
  private static List<String> names(String host) {
    return host.startsWith("www.") ? List.of(host, host.substring(4)) : List.of(host, "*." + host);
  }

  synchronized void close() {
    started.values().forEach(server -> Wire.unhide(Event.Transport.TCP, server.port()));
    servers.closeAll();
    started.clear();
  }

  private static Response moved(String location) {
    return Response.html("<!DOCTYPE html><title>301 Moved</title><h1>301 Moved</h1>\n")
        .withStatus(301)
        .with("Location", location);
  }
}

package wirebook.engine.http.server;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.io.EofException;
import wirebook.net.Network;

/**
 * Several servers behind one address: hands each request on to the next of them (RFC 9110 §7.6),
 * and leaves one out for a while that could not be reached. A request that none could have begun to
 * answer is given to another; one that may have been is 502, unless twice would be as once
 * (§9.2.2).
 */
public final class Balancer implements Endpoint {
  private static final Duration LEFT_OUT = Duration.ofSeconds(2);
  private static final Duration CONNECTING = Duration.ofSeconds(2);
  private static final int KEPT = 16;
  private static final Duration KEPT_FOR = Duration.ofSeconds(10);
  private static final Set<String> WITH_CONTENT = Set.of("POST", "PUT", "PATCH");
  private static final Set<String> IDEMPOTENT =
      Set.of("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE");

  /** Of one connection, never handed on (RFC 9110 §7.6.1); what is sent anew is here, too. */
  private static final List<String> OF_THE_CONNECTION =
      List.of(
          "Connection",
          "Proxy-Connection",
          "Keep-Alive",
          "TE",
          "Trailer",
          "Transfer-Encoding",
          "Upgrade",
          "Content-Length",
          "Host",
          "Expect",
          "HTTP2-Settings",
          "traceparent",
          // What a client says of where it comes from is not believed.
          "Forwarded",
          "X-Forwarded-For",
          "X-Forwarded-Host",
          "X-Forwarded-Proto");

  private final Network network;
  private final List<Backend> backends;
  private final AtomicInteger turn = new AtomicInteger();

  /** By which it knows a request that comes back to it (RFC 8586 §2). */
  private final String id = "id=" + TraceContext.randomHex(8);

  /**
   * One of the servers.
   *
   * @param downSince since when it is known not to be there, in nanoseconds
   * @param idle connections to it that wait for a request
   */
  private record Backend(
      URI url, AtomicBoolean down, AtomicLong downSince, BlockingDeque<Idle> idle) {
    Backend(URI url) {
      this(url, new AtomicBoolean(), new AtomicLong(), new LinkedBlockingDeque<>(KEPT));
    }

    String name() {
      return url.getAuthority();
    }
  }

  /**
   * @param since in nanoseconds
   */
  private record Idle(Upstream connection, long since) {}

  /**
   * @param urls of the servers; a path in front of all is kept
   */
  public Balancer(Network network, List<URI> urls) {
    this.network = network;
    backends = urls.stream().map(Backend::new).toList();
  }

  @Override
  public Response handle(Request request) throws Exception {
    if (request.headers().all("CDN-Loop").stream().anyMatch(line -> line.contains(id))) {
      request.note("loop");
      return ErrorPage.of(
          request,
          508,
          "this request has come here before: the servers that this address hands on to hand it"
              + " back (%serve list shows who hands on to whom)");
    }
    List<String> tried = new ArrayList<>();
    for (Backend backend : inTurn()) {
      Upstream connection;
      try {
        connection = connection(backend);
      } catch (IOException e) {
        backend.downSince().set(network.clock().nanoTime());
        backend.down().set(true);
        tried.add(backend.name());
        request.note(backend.name() + " is not there");
        continue;
      }
      try {
        Response response = ask(backend, connection, request);
        backend.down().set(false);
        request.note("to " + backend.name());
        return response;
      } catch (IOException e) {
        connection.close();
        tried.add(backend.name());
        request.note(backend.name() + " broke off");
        if (!mayAskAgain(request)) {
          return ErrorPage.of(request, 502, backend.name() + " broke off: " + e.getMessage());
        }
      }
    }
    return ErrorPage.of(
            request,
            503,
            "none of the servers behind this address answers: " + String.join(", ", tried))
        .with("Retry-After", String.valueOf(LEFT_OUT.toSeconds()));
  }

  /** The next one first; those that are left out come last, in case all are. */
  private List<Backend> inTurn() {
    int first = Math.floorMod(turn.getAndIncrement(), backends.size());
    List<Backend> up = new ArrayList<>();
    List<Backend> out = new ArrayList<>();
    long now = network.clock().nanoTime();
    for (int i = 0; i < backends.size(); i++) {
      Backend backend = backends.get((first + i) % backends.size());
      boolean leftOut =
          backend.down().get() && now - backend.downSince().get() < LEFT_OUT.toNanos();
      (leftOut ? out : up).add(backend);
    }
    up.addAll(out);
    return up;
  }

  private static boolean mayAskAgain(Request request) {
    return IDEMPOTENT.contains(request.method()) && !hasContent(request);
  }

  private static boolean hasContent(Request request) {
    return request.headers().has("Transfer-Encoding")
        || request.header("Content-Length").filter(length -> !length.equals("0")).isPresent();
  }

  // ---------------------------------------------------------------------- the way there

  /** One that waits, if it is still good, or a new one. */
  private Upstream connection(Backend backend) throws IOException {
    for (Idle idle = backend.idle().poll(); idle != null; idle = backend.idle().poll()) {
      long waited = network.clock().nanoTime() - idle.since();
      if (waited < KEPT_FOR.toNanos() && idle.connection().isIdle()) {
        return idle.connection();
      }
      idle.connection().close();
    }
    return Upstream.open(network, backend.url(), CONNECTING);
  }

  private void keep(Backend backend, Upstream connection) {
    if (!connection.persists()
        || !backend.idle().offerFirst(new Idle(connection, network.clock().nanoTime()))) {
      connection.close();
    }
  }

  private Response ask(Backend backend, Upstream connection, Request request) throws IOException {
    boolean upgrade = asksForWebSocket(request);
    boolean content = hasContent(request);
    OptionalLong length =
        !content
            ? OptionalLong.of(0)
            : request.headers().has("Transfer-Encoding")
                ? OptionalLong.empty()
                : OptionalLong.of(Long.parseLong(request.header("Content-Length").orElse("0")));
    String before = backend.url().getRawPath();
    String target =
        (before.endsWith("/") ? before.substring(0, before.length() - 1) : before)
            + request.target();
    try {
      connection.send(
          request.method(),
          target,
          headers(backend, request, upgrade, content, length),
          request.content(),
          length);
    } catch (EofException | HttpError e) {
      // The client's fault, not the server's.
      connection.close();
      throw e;
    } catch (IOException e) {
      if (!content) {
        throw e;
      }
      // A server may answer, and hang up, before it has taken all: what it said is still there.
    }
    return response(backend, connection, request, upgrade);
  }

  private static boolean asksForWebSocket(Request request) {
    return request.header("Upgrade").filter("websocket"::equalsIgnoreCase).isPresent()
        && String.join(",", request.headers().all("Connection"))
            .toLowerCase(Locale.ROOT)
            .contains("upgrade");
  }

  private Headers headers(
      Backend backend, Request request, boolean upgrade, boolean content, OptionalLong length) {
    Set<String> dropped = dropped(request.headers());
    List<Headers.Field> fields = new ArrayList<>();
    fields.add(new Headers.Field("Host", backend.name()));
    for (Headers.Field field : request.headers().fields()) {
      if (!dropped.contains(field.name())) {
        fields.add(field);
      }
    }
    if (upgrade) {
      fields.add(new Headers.Field("Connection", "Upgrade"));
      fields.add(new Headers.Field("Upgrade", "websocket"));
    }
    if (content) {
      fields.add(
          length.isPresent()
              ? new Headers.Field("Content-Length", String.valueOf(length.getAsLong()))
              : new Headers.Field("Transfer-Encoding", "chunked"));
    } else if (WITH_CONTENT.contains(request.method())) {
      fields.add(new Headers.Field("Content-Length", "0"));
    }
    fields.add(new Headers.Field("CDN-Loop", "wirebook; " + id));
    TraceContext trace = TraceContext.of(request);
    fields.add(new Headers.Field("traceparent", trace.next()));
    if (!request.headers().has("X-Request-Id")) {
      fields.add(new Headers.Field("X-Request-Id", trace.traceId()));
    }
    Origin here = Origin.of(request, Set.of());
    fields.add(new Headers.Field("Via", request.protocol().replace("HTTP/", "") + " wirebook"));
    fields.add(
        new Headers.Field(
            "Forwarded",
            new Forwarded(
                    Optional.of(
                        here.client().contains(":") ? "[" + here.client() + "]" : here.client()),
                    Optional.empty(),
                    Optional.of(here.host()).filter(host -> !host.isEmpty()),
                    Optional.of(here.scheme()))
                .element()));
    fields.add(new Headers.Field("X-Forwarded-For", here.client()));
    fields.add(new Headers.Field("X-Forwarded-Proto", here.scheme()));
    if (!here.host().isEmpty()) {
      fields.add(new Headers.Field("X-Forwarded-Host", here.host()));
    }
    return new Headers(fields);
  }

  private static Set<String> dropped(Headers headers) {
    Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    names.addAll(OF_THE_CONNECTION);
    for (String line : headers.all("Connection")) {
      for (String name : line.split(",")) {
        names.add(name.strip());
      }
    }
    return names;
  }

  // ---------------------------------------------------------------------- the way back

  private Response response(Backend backend, Upstream connection, Request request, boolean upgrade)
      throws IOException {
    Upstream.Head head = connection.head();
    Set<String> dropped = dropped(head.headers());
    // Ours is added when it is sent.
    dropped.add("Date");
    dropped.add("Server");
    List<Headers.Field> fields = new ArrayList<>();
    for (Headers.Field field : head.headers().fields()) {
      if (!dropped.contains(field.name())) {
        fields.add(field);
      }
    }
    if (head.status() == 101) {
      if (!upgrade) {
        throw new IOException("it left HTTP, which nobody had asked for");
      }
      return new Response(101, new Headers(fields), new Response.Content.Tunnelled(connection));
    }
    fields.add(new Headers.Field("Via", "1.1 wirebook"));
    Headers headers = new Headers(fields);
    if (head.status() == 204 || head.status() == 304) {
      keep(backend, connection);
      return Response.status(head.status()).withHeaders(headers);
    }
    if (request.method().equals("HEAD")) {
      OptionalLong length = Upstream.length(head);
      keep(backend, connection);
      return new Response(head.status(), headers, new Response.Content.Streamed(length, out -> {}));
    }
    return new Response(
        head.status(),
        headers,
        new Response.Content.Streamed(
            Upstream.length(head),
            out -> {
              boolean whole = false;
              try {
                connection.content(head, out);
                whole = true;
              } finally {
                if (whole) {
                  keep(backend, connection);
                } else {
                  connection.close();
                }
              }
            }));
  }
}

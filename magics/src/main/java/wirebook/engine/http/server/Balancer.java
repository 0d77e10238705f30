package wirebook.engine.http.server;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import okhttp3.ConnectionPool;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.RequestBody;
import okhttp3.ResponseBody;
import okio.BufferedSink;
import okio.Okio;
import wirebook.net.Network;
import wirebook.net.NetworkSocketFactory;
import wirebook.net.TappedSocket;
import wirebook.trace.Recorder;

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
          // What a client says of where it comes from is not believed.
          "Forwarded",
          "X-Forwarded-For",
          "X-Forwarded-Host",
          "X-Forwarded-Proto");

  private final Network network;
  private final List<Backend> backends;
  private final AtomicInteger turn = new AtomicInteger();
  private final OkHttpClient client;

  /** One of the servers, and since when it is known not to be there, in nanoseconds. */
  private record Backend(URI url, AtomicBoolean down, AtomicLong downSince) {
    String name() {
      return url.getAuthority();
    }
  }

  /**
   * @param urls of the servers; a path in front of all is kept
   */
  public Balancer(Network network, List<URI> urls) {
    this.network = network;
    backends =
        urls.stream().map(url -> new Backend(url, new AtomicBoolean(), new AtomicLong())).toList();
    client =
        new OkHttpClient.Builder()
            .proxy(java.net.Proxy.NO_PROXY)
            .dns(network::lookUp)
            .socketFactory(
                new NetworkSocketFactory(
                    () -> network,
                    () -> new TappedSocket(network, new Recorder(() -> network.clock().instant()))))
            .connectionPool(new ConnectionPool(KEPT, KEPT_FOR.toSeconds(), TimeUnit.SECONDS))
            .followRedirects(false)
            .followSslRedirects(false)
            .retryOnConnectionFailure(false)
            .connectTimeout(CONNECTING)
            .readTimeout(Duration.ZERO)
            .build();
  }

  @Override
  public Response handle(Request request) throws Exception {
    List<String> tried = new ArrayList<>();
    for (Backend backend : inTurn()) {
      try {
        Response response = ask(backend, request);
        backend.down().set(false);
        request.note("to " + backend.name());
        return response;
      } catch (IOException e) {
        boolean unreached = neverReached(e);
        if (unreached) {
          backend.downSince().set(network.clock().nanoTime());
          backend.down().set(true);
        }
        tried.add(backend.name());
        request.note(backend.name() + (unreached ? " is not there" : " broke off"));
        if (!unreached && !mayAskAgain(request)) {
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

  private static boolean neverReached(IOException e) {
    return e instanceof ConnectException
        || e instanceof UnknownHostException
        || e instanceof java.net.NoRouteToHostException
        || (e instanceof SocketTimeoutException
            && String.valueOf(e.getMessage()).contains("connect"));
  }

  private static boolean mayAskAgain(Request request) {
    return IDEMPOTENT.contains(request.method()) && !hasContent(request);
  }

  private static boolean hasContent(Request request) {
    return request.headers().has("Transfer-Encoding")
        || request.header("Content-Length").filter(length -> !length.equals("0")).isPresent();
  }

  // ---------------------------------------------------------------------- the way there

  private Response ask(Backend backend, Request request) throws IOException {
    okhttp3.Request.Builder asked =
        new okhttp3.Request.Builder()
            .url(backend.url().toString().replaceFirst("/$", "") + request.target())
            .headers(headers(request));
    asked.method(request.method(), body(request));
    return response(request, client.newCall(asked.build()).execute());
  }

  private static okhttp3.Headers headers(Request request) {
    Set<String> dropped = dropped(request.headers());
    okhttp3.Headers.Builder headers = new okhttp3.Headers.Builder();
    for (Headers.Field field : request.headers().fields()) {
      if (!dropped.contains(field.name())) {
        headers.addUnsafeNonAscii(field.name(), field.value());
      }
    }
    // Else OkHttp would ask for gzip, and unpack it.
    if (!request.headers().has("Accept-Encoding")) {
      headers.add("Accept-Encoding", "identity");
    }
    if (!request.headers().has("User-Agent")) {
      headers.add("User-Agent", "");
    }
    Origin here = Origin.of(request, Set.of());
    headers.add("Via", request.protocol().replace("HTTP/", "") + " wirebook");
    headers.add(
        "Forwarded",
        new Forwarded(
                Optional.of(
                    here.client().contains(":") ? "[" + here.client() + "]" : here.client()),
                Optional.empty(),
                Optional.of(here.host()).filter(host -> !host.isEmpty()),
                Optional.of(here.scheme()))
            .element());
    headers.add("X-Forwarded-For", here.client());
    headers.set("X-Forwarded-Proto", here.scheme());
    if (!here.host().isEmpty()) {
      headers.set("X-Forwarded-Host", here.host());
    }
    return headers.build();
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

  @SuppressWarnings("NullAway") // OkHttp takes null for none.
  private static RequestBody body(Request request) {
    boolean needsOne = Set.of("POST", "PUT", "PATCH").contains(request.method());
    if (!hasContent(request) || Set.of("GET", "HEAD").contains(request.method())) {
      return needsOne ? RequestBody.create(new byte[0], null) : null;
    }
    long length =
        request.headers().has("Transfer-Encoding")
            ? -1
            : Long.parseLong(request.header("Content-Length").orElse("-1"));
    MediaType type = request.header("Content-Type").map(MediaType::parse).orElse(null);
    return new RequestBody() {
      @Override
      public MediaType contentType() {
        return type;
      }

      @Override
      public long contentLength() {
        return length;
      }

      @Override
      public boolean isOneShot() {
        return true;
      }

      @Override
      public void writeTo(BufferedSink sink) throws IOException {
        sink.writeAll(Okio.source(request.content()));
      }
    };
  }

  // ---------------------------------------------------------------------- the way back

  private static Response response(Request request, okhttp3.Response answer) {
    List<Headers.Field> fields = new ArrayList<>();
    List<Headers.Field> all = new ArrayList<>();
    answer.headers().forEach(pair -> all.add(new Headers.Field(pair.getFirst(), pair.getSecond())));
    Set<String> dropped = dropped(new Headers(all));
    // Ours is added when it is sent.
    dropped.add("Date");
    dropped.add("Server");
    for (Headers.Field field : all) {
      if (!dropped.contains(field.name())) {
        fields.add(field);
      }
    }
    String version = answer.protocol().toString().toLowerCase(Locale.ROOT).replace("http/", "");
    fields.add(new Headers.Field("Via", version + " wirebook"));
    ResponseBody body = answer.body();
    String length = answer.header("Content-Length");
    boolean empty = request.method().equals("HEAD") || answer.code() == 204 || answer.code() == 304;
    if (empty) {
      answer.close();
      return Response.status(answer.code()).withHeaders(new Headers(fields));
    }
    OptionalLong known =
        length == null ? OptionalLong.empty() : OptionalLong.of(body.contentLength());
    return new Response(
        answer.code(),
        new Headers(fields),
        new Response.Content.Streamed(
            known,
            out -> {
              try (answer;
                  InputStream in = body.byteStream()) {
                byte[] piece = new byte[16 * 1024];
                for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
                  out.write(piece, 0, n);
                  out.flush();
                }
              }
            }));
  }
}

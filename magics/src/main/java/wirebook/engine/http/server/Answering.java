// Above 500 lines: one request from its arrival to its line in the log, with all that may refuse
// it.
package wirebook.engine.http.server;

import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.RequestLog;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import wirebook.net.NetworkClock;
import wirebook.spi.Plural;
import wirebook.trace.Bytes;

/**
 * Has the endpoint of the site answer, unless a knob does in its place, and logs what went over the
 * wire.
 */
final class Answering extends Handler.Abstract implements RequestLog {
  private static final String SERVED = "wirebook.served";
  private static final String SERVER_TIMING = "Server-Timing";
  private static final String MAX_BODY = "max-body";
  private static final String PATIENCE = "patience";

  /** A note of an exchange that the end of its server ended. */
  static final String STOPPED = "ended when the server was stopped";

  private final Supplier<Optional<Site>> site;
  private final NetworkClock clock;
  private final boolean encrypted;
  private final ResponseSender sender;

  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

  /** A request that is being answered. */
  private static final class Served {
    private final Site site;
    private final Instant at;
    private final long nanos;
    private final List<String> notes = new ArrayList<>(2);

    /** Whether the connection ends with the response. */
    private boolean last;

    private Optional<Throwable> thrown = Optional.empty();
    private final Supplier<UnderWay> underWay;

    Served(Site site, NetworkClock clock, org.eclipse.jetty.server.Request jetty) {
      this.site = site;
      at = clock.instant();
      nanos = clock.nanoTime();
      last = site.knobs().keepAlive().isZero();
      underWay = underWay(jetty, at, nanos, clock);
    }
  }

  Answering(
      Supplier<Optional<Site>> site, NetworkClock clock, boolean encrypted, ResponseSender sender) {
    this.site = site;
    this.clock = clock;
    this.encrypted = encrypted;
    this.sender = sender;
  }

  @Override
  public boolean handle(
      org.eclipse.jetty.server.Request jetty,
      org.eclipse.jetty.server.Response out,
      Callback callback) {
    Optional<Site> current = site.get();
    if (current.isEmpty()) {
      out.getHeaders().put(ResponseSender.CLOSE);
      out.setStatus(503);
      callback.succeeded();
      return true;
    }
    Site here = current.get();
    Served served = new Served(here, clock, jetty);
    here.inFlight().incrementAndGet();
    here.log().begun(served.underWay);
    jetty.setAttribute(SERVED, served);
    here.log().run(() -> answer(jetty, out, callback, served));
    return true;
  }

  private void answer(
      org.eclipse.jetty.server.Request jetty,
      org.eclipse.jetty.server.Response out,
      Callback callback,
      Served served) {
    Optional<TappedConnector.Connection> connection = TappedConnector.connection(jetty);
    boolean http1 = !ResponseSender.isHttp2(jetty);
    Optional<WireTap.Capture> capture = connection.filter(c -> http1).map(c -> c.tap().current());
    LimitedContent content = new LimitedContent(jetty, served.site.knobs());
    Request request =
        request(
            jetty,
            content,
            new Request.Way() {
              @Override
              public void note(String remark) {
                served.notes.add(remark);
              }

              @Override
              public boolean isGone() {
                return connection.filter(TappedConnector.Connection::isGone).isPresent();
              }
            });
    Thread thread = Thread.currentThread();
    threads.add(thread);
    try {
      Response response =
          (http1 ? malformed(request, served, capture) : malformed(request, served, jetty))
              .or(() -> refusal(request, jetty, served, connection))
              .orElseGet(() -> answer(request, served));
      if (content.exceeded()) {
        served.last = true;
        served.notes.add(MAX_BODY);
        response = response.with(SERVER_TIMING, MAX_BODY);
      }
      sender.send(response, request, jetty, out, callback, http1, served.last);
    } catch (InterruptedException e) {
      callback.failed(e);
    } catch (Throwable e) {
      if (causedBy(e, TimeoutException.class)) {
        served.notes.add(PATIENCE);
      } else if (site.get().isEmpty()) {
        served.notes.add(STOPPED);
      } else if (!(e instanceof EofException)
          && (http1 || !(e instanceof ClosedChannelException))) {
        // Those two say that the client has hung up, in HTTP/2 perhaps with the whole answer.
        failed(served, e, "cut off: ");
      }
      callback.failed(e);
    } finally {
      threads.remove(thread);
    }
  }

  /** The threads on which endpoints answer. */
  Set<Thread> threads() {
    return Collections.unmodifiableSet(threads);
  }

  /** The endpoint's own fault. */
  private static void failed(Served served, Throwable thrown, String words) {
    served.notes.add(words + thrown);
    served.thrown = Optional.of(thrown);
  }

  /**
   * What could be read in two ways though Jetty lets it pass: the connection ends with the answer.
   */
  private static Optional<Response> malformed(
      Request request, Served served, Optional<WireTap.Capture> capture) {
    // What comes in the clear where TLS is spoken is not watched.
    if (capture.filter(c -> c.requestLength() > 0).isEmpty()) {
      return Optional.empty();
    }
    Optional<Response> refused = Optional.empty();
    if (!capture.get().hasExactLine()) {
      refused =
          Optional.of(
              ErrorPage.of(
                  request,
                  400,
                  "a request line is a method, a target and HTTP/1.1, with one space between"));
    } else if (request.headers().has("Transfer-Encoding")) {
      refused = unknownCoding(request);
    }
    refused.ifPresent(
        response -> {
          served.notes.add("malformed");
          served.last = true;
        });
    return refused;
  }

  /** An answer may go before, or in place of, the reset of its stream (RFC 9113 §8.1.1). */
  private static Optional<Response> malformed(
      Request request, Served served, org.eclipse.jetty.server.Request jetty) {
    return Http2Rules.fault(jetty)
        .map(
            fault -> {
              served.notes.add("malformed");
              return ErrorPage.of(request, 400, fault);
            });
  }

  /** RFC 9112 §6.1 */
  private static Optional<Response> unknownCoding(Request request) {
    if (request.protocol().equals("HTTP/1.0")) {
      return Optional.of(
          ErrorPage.of(request, 400, "HTTP/1.0 has no Transfer-Encoding: its framing is faulty"));
    }
    String codings = String.join(",", request.headers().all("Transfer-Encoding"));
    return codings.strip().equalsIgnoreCase("chunked")
        ? Optional.empty()
        : Optional.of(
            ErrorPage.of(
                request,
                501,
                "of the transfer codings "
                    + codings.strip()
                    + " this server knows chunked, which stands alone"));
  }

  /** What the knobs answer in place of the endpoint. */
  private Optional<Response> refusal(
      Request request,
      org.eclipse.jetty.server.Request jetty,
      Served served,
      Optional<TappedConnector.Connection> connection) {
    Knobs knobs = served.site.knobs();
    if (encrypted && !jetty.isSecure()) {
      served.notes.add("not encrypted");
      served.last = true;
      return Optional.of(
          ErrorPage.of(request, 400, "this port speaks TLS: ask https://" + request.host() + "/"));
    }
    if (connection.isPresent() && connection.get().tooMany()) {
      served.last = true;
      return refuse(
          request,
          served,
          503,
          "max-connections",
          "this server takes "
              + Plural.of(knobs.maxConnections().orElse(0), "connection")
              + " at a time (--max-connections)");
    }
    if (!served.site.rateLimit().allows(served.nanos)) {
      return refuse(
          request,
          served,
          429,
          "rate",
          "this server takes "
              + Plural.of(knobs.rate().orElse(0), "request")
              + " a second (--rate)");
    }
    if (HttpMethod.CONNECT.is(request.method())) {
      // No endpoint can answer it: whoever gets a 2xx sends what is for somebody else.
      served.notes.add("no proxy");
      served.last = true;
      return Optional.of(
          ErrorPage.of(request, 501, "this server is no proxy: it opens no tunnel (CONNECT)"));
    }
    if (knobs.maxBody().isPresent() && jetty.getLength() > knobs.maxBody().getAsLong()) {
      return refuse(
          request,
          served,
          413,
          MAX_BODY,
          "this server takes content up to "
              + knobs.maxBody().getAsLong()
              + " bytes (--max-body), this one has "
              + jetty.getLength());
    }
    if (knobs.errorRate() > 0 && ThreadLocalRandom.current().nextDouble() < knobs.errorRate()) {
      return refuse(
          request,
          served,
          503,
          "error-rate",
          "this server lets "
              + Math.round(knobs.errorRate() * 100)
              + " % of its requests fail (--error-rate)");
    }
    return Optional.empty();
  }

  private Optional<Response> refuse(
      Request request, Served served, int status, String knob, String reason) {
    served.notes.add(knob);
    Response page = ErrorPage.of(request, status, reason).with(SERVER_TIMING, knob);
    return Optional.of(status == 413 ? page : page.with("Retry-After", "1"));
  }

  private Response answer(Request request, Served served) {
    try {
      Optional<Duration> delay = served.site.knobs().latency().map(Answering::draw);
      if (delay.isPresent()) {
        clock.sleep(delay.get());
      }
      Response response =
          honest(
              request,
              served,
              FileResponse.conditional(request, served.site.endpoint().handle(request)));
      return delay.isEmpty()
          ? response
          : response.plus(SERVER_TIMING, "latency;dur=" + noted(served, delay.get()));
    } catch (HttpError e) {
      return ErrorPage.of(request, e.status(), e.reason());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return stopped(request, served);
    } catch (EofException e) {
      served.notes.add("the content ended early");
      served.last = true;
      return ErrorPage.of(
          request, 400, "the content ended early, or its chunks are not framed as such");
    } catch (Throwable e) {
      if (causedBy(e, TimeoutException.class)) {
        served.notes.add(PATIENCE);
        served.last = true;
        return ErrorPage.of(request, 408, "the content came too slowly (--patience)");
      }
      if (site.get().isEmpty()) {
        return stopped(request, served);
      }
      failed(served, e, "");
      return ErrorPage.of(request, 500, "the endpoint failed: " + e);
    }
  }

  /** Jetty would send none whose Content-Length is not that of its content, nor say why. */
  private static Response honest(Request request, Served served, Response response) {
    Optional<String> said = response.headers().first("Content-Length");
    if (said.isEmpty()
        || !(response.content() instanceof Response.Content.Whole(Bytes bytes))
        || said.get().strip().equals(String.valueOf(bytes.length()))
        || response.status() == 304
        || request.method().equals("HEAD")) {
      return response;
    }
    String fault =
        "the endpoint says Content-Length: "
            + said.get()
            + ", and its content has "
            + Plural.of(bytes.length(), "byte");
    served.notes.add(fault);
    return ErrorPage.of(request, 500, fault);
  }

  private static Response stopped(Request request, Served served) {
    served.notes.add(STOPPED);
    return ErrorPage.of(request, 503, "the server was stopped");
  }

  private static boolean causedBy(Throwable thrown, Class<? extends Throwable> type) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return true;
      }
    }
    return false;
  }

  /** A header section that trickles in would hold its connection for ever. */
  void endTooSlow(TappedConnector.Connection connection, WireTap.Capture request) {
    Optional<Site> here = site.get();
    String text = "408 Request Timeout: the header section came too slowly (--patience)\n";
    Bytes answer =
        Bytes.utf8(
            "HTTP/1.1 408 Request Timeout\r\nServer: Wirebook\r\nConnection: close\r\n"
                + "Content-Type: text/plain; charset=utf-8\r\nContent-Length: "
                + text.length()
                + "\r\n\r\n"
                + text);
    here.ifPresent(
        s ->
            s.log()
                .add(
                    new Exchange(
                        clock.instant().minus(s.knobs().patience()),
                        connection.number(),
                        0,
                        connection.remote(),
                        HttpVersion.HTTP_1_1.asString(),
                        408,
                        request.request(),
                        request.requestLength(),
                        answer,
                        answer.length(),
                        s.knobs().patience(),
                        List.of(PATIENCE))));
    connection.end(answer);
  }

  private static long noted(Served served, Duration delay) {
    served.notes.add("latency " + delay.toMillis() + " ms");
    return delay.toMillis();
  }

  private static Duration draw(Knobs.Latency latency) {
    long span = latency.most().minus(latency.least()).toNanos();
    return span <= 0
        ? latency.least()
        : latency.least().plusNanos(ThreadLocalRandom.current().nextLong(span + 1));
  }

  private static Request request(
      org.eclipse.jetty.server.Request jetty, InputStream content, Request.Way way) {
    Headers headers = headers(jetty.getHeaders());
    if (ResponseSender.isHttp2(jetty)) {
      headers = Http2Rules.withOneCookieLine(headers);
    }
    if (jetty.getHttpURI().hasAuthority() && !headers.has("Host")) {
      // HTTP/2 has it in :authority (RFC 9113 §8.3.1).
      List<Headers.Field> fields = new ArrayList<>();
      fields.add(new Headers.Field("Host", jetty.getHttpURI().getAuthority()));
      fields.addAll(headers.fields());
      headers = new Headers(fields);
    }
    return new Request(
        jetty.getMethod(),
        Http2Rules.target(jetty),
        jetty.getConnectionMetaData().getHttpVersion().asString(),
        jetty.isSecure(),
        headers,
        remote(jetty),
        content,
        () -> headers(jetty.getTrailers()),
        way);
  }

  private static Headers headers(@Nullable HttpFields jetty) {
    List<Headers.Field> fields = new ArrayList<>();
    if (jetty != null) {
      for (HttpField field : jetty) {
        fields.add(
            new Headers.Field(field.getName(), field.getValue() == null ? "" : field.getValue()));
      }
    }
    return new Headers(fields);
  }

  /** Made when somebody looks; what it is made of is taken now, as Jetty uses its objects again. */
  private static Supplier<UnderWay> underWay(
      org.eclipse.jetty.server.Request jetty, Instant at, long nanos, NetworkClock clock) {
    String method = jetty.getMethod();
    String target = Http2Rules.target(jetty);
    String stream = ResponseSender.isHttp2(jetty) ? ", stream " + ResponseSender.stream(jetty) : "";
    InetSocketAddress remote = remote(jetty);
    long connection =
        TappedConnector.connection(jetty).map(TappedConnector.Connection::number).orElse(0L);
    return () ->
        new UnderWay(
            at,
            Duration.ofNanos(clock.nanoTime() - nanos),
            connection,
            remote,
            Exchange.brief(Exchange.shown(method + " " + target)) + stream);
  }

  private static InetSocketAddress remote(org.eclipse.jetty.server.Request jetty) {
    return jetty.getConnectionMetaData().getRemoteSocketAddress() instanceof InetSocketAddress inet
        ? inet
        : new InetSocketAddress(0);
  }

  /** Nothing is in flight any more once it stands in the log. */
  @Override
  public void log(
      org.eclipse.jetty.server.Request jetty, org.eclipse.jetty.server.Response response) {
    Optional<Served> served =
        jetty.getAttribute(SERVED) instanceof Served s ? Optional.of(s) : Optional.empty();
    try {
      log(jetty, response, served);
    } finally {
      served.ifPresent(
          s -> {
            s.site.log().ended(s.underWay);
            s.site.inFlight().decrementAndGet();
          });
    }
  }

  private void log(
      org.eclipse.jetty.server.Request jetty,
      org.eclipse.jetty.server.Response response,
      Optional<Served> served) {
    Optional<TappedConnector.Connection> connection = TappedConnector.connection(jetty);
    HttpVersion version = jetty.getConnectionMetaData().getHttpVersion();
    boolean http1 = !ResponseSender.isHttp2(jetty);
    Optional<WireTap.Capture> capture =
        http1 ? connection.map(c -> c.tap().end()) : Optional.empty();
    Optional<Site> here = served.map(s -> s.site).or(site);
    if (here.isEmpty() || connection.filter(TappedConnector.Connection::ended).isPresent()) {
      return;
    }
    Instant now = clock.instant();
    Bytes request = capture.map(WireTap.Capture::request).orElseGet(() -> asText(jetty));
    Bytes answer = capture.map(WireTap.Capture::response).orElseGet(() -> asText(response));
    Exchange exchange =
        new Exchange(
            served.map(s -> s.at).orElse(now),
            connection.map(TappedConnector.Connection::number).orElse(0L),
            http1 ? 0 : ResponseSender.stream(jetty),
            remote(jetty),
            version.asString(),
            response.getStatus(),
            request,
            capture
                .map(WireTap.Capture::requestLength)
                .orElseGet(() -> request.length() + Math.max(0, jetty.getLength())),
            answer,
            capture
                .map(WireTap.Capture::responseLength)
                .orElseGet(() -> answer.length() + contentSent(jetty, response)),
            served.map(s -> Duration.ofNanos(clock.nanoTime() - s.nanos)).orElse(Duration.ZERO),
            served.map(s -> s.notes).orElseGet(() -> refused(jetty)));
    AccessLog log = here.get().log();
    served
        .flatMap(s -> s.thrown)
        .ifPresentOrElse(thrown -> log.add(exchange, thrown), () -> log.add(exchange));
  }

  private static long contentSent(
      org.eclipse.jetty.server.Request jetty, org.eclipse.jetty.server.Response response) {
    return jetty.getMethod().equals("HEAD")
        ? 0
        : org.eclipse.jetty.server.Response.getContentBytesWritten(response);
  }

  /** Jetty refused it before an endpoint saw it. */
  private static List<String> refused(org.eclipse.jetty.server.Request jetty) {
    return List.of(
        jetty.getAttribute(Refusals.REASON) instanceof String reason ? reason : "refused");
  }

  /** An HTTP/2 request as HTTP/1.1 would have it. */
  private static Bytes asText(org.eclipse.jetty.server.Request jetty) {
    String line = jetty.getMethod() + " " + Http2Rules.target(jetty) + " HTTP/2.0";
    boolean named = !jetty.getHeaders().contains(HttpHeader.HOST);
    return asText(
        named ? line + "\r\nhost: " + jetty.getHttpURI().getAuthority() : line, jetty.getHeaders());
  }

  private static Bytes asText(org.eclipse.jetty.server.Response response) {
    return asText("HTTP/2.0 " + response.getStatus(), response.getHeaders());
  }

  private static Bytes asText(String line, HttpFields fields) {
    StringBuilder text = new StringBuilder(line).append("\r\n");
    fields.forEach(f -> text.append(f.getName()).append(": ").append(f.getValue()).append("\r\n"));
    // As which Jetty read them.
    return Bytes.of(text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
  }
}

package wirebook.engine.http.server;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.websocket.core.Configuration;
import org.eclipse.jetty.websocket.core.server.WebSocketMappings;
import org.eclipse.jetty.websocket.core.server.WebSocketServerComponents;
import org.jspecify.annotations.Nullable;
import wirebook.net.NetworkClock;
import wirebook.net.trust.ServerIdentity;
import wirebook.trace.Bytes;

/**
 * Jetty on one port: HTTP/1.0, HTTP/1.1 and, to clients that begin with it, HTTP/2 in the clear.
 * Jetty parses and frames, strictly (RFC 9112: conflicting lengths, folded lines and the like are
 * 400); requests are answered on virtual threads.
 */
final class JettyListener implements HttpListener {
  private static final Duration LONGEST_STOP = Duration.ofSeconds(3);
  static final int LONGEST_HEADER_SECTION = 16 * 1024;
  private static final String SERVED = "wirebook.served";

  /**
   * Jetty leaves this out in HTTP/1.1, where it is the rule; a lesson wants to see it said. Without
   * a known header Jetty sends the field as it is.
   */
  private static final HttpField KEEP_ALIVE = new HttpField(null, "Connection", "keep-alive");

  private static final Configuration.ConfigurationCustomizer WEB_SOCKET =
      new Configuration.ConfigurationCustomizer();

  static {
    WEB_SOCKET.setIdleTimeout(Duration.ofMinutes(5));
    WEB_SOCKET.setAutoFragment(false);
  }

  private static final HttpField CLOSE = new HttpField(HttpHeader.CONNECTION, "close");
  static final HttpField SERVER = new HttpField(HttpHeader.SERVER, "Wirebook");

  private final NetworkClock clock;
  private final boolean encrypted;
  private final Server server;
  private final TappedConnector connector;
  private final InetSocketAddress address;
  private final WebSocketMappings webSockets;
  private volatile Optional<Site> site;
  private volatile HttpField idleTime;

  /** A request that is being answered. */
  private record Served(Site site, Instant at, long nanos, List<String> notes) {}

  JettyListener(InetSocketAddress bind, Optional<ServerIdentity> tls, Site site, NetworkClock clock)
      throws IOException {
    this.clock = clock;
    this.encrypted = tls.isPresent();
    this.site = Optional.of(site);
    this.idleTime = idleTime(site);
    QueuedThreadPool threads = new QueuedThreadPool(16, 2);
    threads.setName("serve");
    threads.setDaemon(true);
    threads.setVirtualThreadsExecutor(VirtualThreads.getNamedVirtualThreadsExecutor("serve-"));
    server = new Server(threads);
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setSendDateHeader(true);
    http.setRequestHeaderSize(LONGEST_HEADER_SECTION);
    http.setHttpCompliance(
        HttpCompliance.STRICT.with("as sent", HttpCompliance.Violation.CASE_SENSITIVE_FIELD_NAME));
    // The path is taken apart by the routes, part by part, and by nothing else.
    http.setUriCompliance(UriCompliance.UNSAFE);
    connector =
        new TappedConnector(
            server, http, tls.map(ServerIdentity::context), () -> this.site, this::endTooSlow);
    connector.setHost(bind.getAddress().getHostAddress());
    connector.setPort(bind.getPort());
    connector.setIdleTimeout(idleMillis(site));
    connector.setAcceptQueueSize(1024);
    server.addConnector(connector);
    webSockets = new WebSocketMappings(WebSocketServerComponents.ensureWebSocketComponents(server));
    GracefulHandler graceful = new GracefulHandler();
    graceful.setHandler(new Answer());
    server.setHandler(graceful);
    server.setStopTimeout(LONGEST_STOP.toMillis());
    server.setErrorHandler(new Refusals());
    server.setRequestLog(this::log);
    try {
      server.start();
    } catch (Exception e) {
      stop();
      throw startFailure(e);
    }
    address = new InetSocketAddress(bind.getAddress(), connector.getLocalPort());
  }

  private static IOException startFailure(Exception failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof BindException bind) {
        return bind;
      }
    }
    return failure instanceof IOException io ? io : new IOException(failure.toString(), failure);
  }

  private static HttpField idleTime(Site site) {
    return new HttpField("Keep-Alive", "timeout=" + site.knobs().keepAlive().toSeconds());
  }

  private static long idleMillis(Site site) {
    return Math.max(100, site.knobs().keepAlive().toMillis());
  }

  @Override
  public InetSocketAddress address() {
    return address;
  }

  @Override
  public boolean serves(Site asked) {
    return site.filter(asked::equals).isPresent();
  }

  @Override
  public void use(Site next) {
    site = Optional.of(next);
    idleTime = idleTime(next);
    connector.setIdleTimeout(idleMillis(next));
  }

  @Override
  public void close() {
    site = Optional.empty();
    stop();
  }

  private void stop() {
    try {
      server.stop();
    } catch (Exception e) {
      // The port is freed before anything that can fail here.
    }
  }

  private final class Answer extends Handler.Abstract {
    @Override
    public boolean handle(
        org.eclipse.jetty.server.Request jetty,
        org.eclipse.jetty.server.Response out,
        Callback callback) {
      Optional<TappedConnector.Connection> connection = TappedConnector.connection(jetty);
      boolean http1 = jetty.getConnectionMetaData().getHttpVersion().getVersion() < 20;
      connection.filter(c -> http1).ifPresent(c -> c.tap().begin());
      Optional<Site> current = site;
      if (current.isEmpty()) {
        out.getHeaders().put(CLOSE);
        out.setStatus(503);
        callback.succeeded();
        return true;
      }
      Site here = current.get();
      Served served = new Served(here, clock.instant(), clock.nanoTime(), new ArrayList<>(2));
      here.inFlight().incrementAndGet();
      jetty.setAttribute(SERVED, served);
      Limited content = new Limited(jetty, here.knobs());
      Request request = request(jetty, content);
      try {
        Response response =
            refusal(request, jetty, served, connection)
                .orElseGet(() -> answer(request, here, served));
        boolean close =
            here.knobs().keepAlive().isZero()
                || (encrypted && !jetty.isSecure())
                || content.exceeded
                || (connection.isPresent() && connection.get().tooMany());
        send(response, request, jetty, out, callback, http1, close);
      } catch (InterruptedException e) {
        callback.failed(e);
      } catch (IOException | RuntimeException e) {
        if (!(e instanceof EofException)) {
          served.notes().add("cut off: " + e);
        }
        callback.failed(e);
      }
      return true;
    }

    /** What the knobs answer in place of the endpoint. */
    private Optional<Response> refusal(
        Request request,
        org.eclipse.jetty.server.Request jetty,
        Served served,
        Optional<TappedConnector.Connection> connection) {
      Knobs knobs = served.site().knobs();
      if (encrypted && !jetty.isSecure()) {
        served.notes().add("not encrypted");
        return Optional.of(
            ErrorPage.of(
                request, 400, "this port speaks TLS: ask https://" + request.host() + "/"));
      }
      if (connection.isPresent() && connection.get().tooMany()) {
        return refuse(
            request,
            served,
            503,
            "max-connections",
            "this server takes "
                + knobs.maxConnections().orElse(0)
                + " connections at a time (--max-connections)");
      }
      if (!served.site().rateLimit().allows(served.nanos())) {
        return refuse(
            request,
            served,
            429,
            "rate",
            "this server takes " + knobs.rate().orElse(0) + " requests a second (--rate)");
      }
      if (knobs.maxBody().isPresent() && jetty.getLength() > knobs.maxBody().getAsLong()) {
        return refuse(
            request,
            served,
            413,
            "max-body",
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
      served.notes().add(knob);
      Response page = ErrorPage.of(request, status, reason).with("Server-Timing", knob);
      return Optional.of(status == 413 ? page : page.with("Retry-After", "1"));
    }

    private Response answer(Request request, Site here, Served served) {
      try {
        Optional<Duration> delay = here.knobs().latency().map(JettyListener::draw);
        if (delay.isPresent()) {
          clock.sleep(delay.get());
        }
        Response response = here.endpoint().handle(request);
        return delay.isEmpty()
            ? response
            : response.plus("Server-Timing", "latency;dur=" + noted(served, delay.get()));
      } catch (HttpError e) {
        return ErrorPage.of(request, e.status(), e.reason());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return ErrorPage.of(request, 503, "the server is stopping");
      } catch (EofException e) {
        served.notes().add("the content ended early");
        return ErrorPage.of(
            request, 400, "the content ended early, or its chunks are not framed as such");
      } catch (Exception e) {
        if (causedBy(e, TimeoutException.class)) {
          served.notes().add("patience");
          return ErrorPage.of(request, 408, "the content came too slowly (--patience)");
        }
        served.notes().add(e.toString());
        return ErrorPage.of(request, 500, "the endpoint failed: " + e);
      }
    }
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
  private void endTooSlow(TappedConnector.Connection connection, WireTap.Capture request) {
    Optional<Site> here = site;
    String text = "408 Request Timeout: the header section came too slowly (--patience)\n";
    Bytes answer =
        Bytes.utf8(
            "HTTP/1.1 408 Request Timeout\r\nServer: Wirebook\r\nConnection: close\r\n"
                + "Content-Type: text/plain; charset=utf-8\r\nContent-Length: "
                + text.length()
                + "\r\n\r\n"
                + text);
    connection.end(answer);
    here.ifPresent(
        s ->
            s.log()
                .add(
                    new Exchange(
                        clock.instant(),
                        connection.remote(),
                        HttpVersion.HTTP_1_1.asString(),
                        408,
                        request.request(),
                        request.requestLength(),
                        answer,
                        answer.length(),
                        s.knobs().patience(),
                        List.of("patience"))));
  }

  private static long noted(Served served, Duration delay) {
    served.notes().add("latency " + delay.toMillis() + " ms");
    return delay.toMillis();
  }

  private static Duration draw(Knobs.Latency latency) {
    long span = latency.most().minus(latency.least()).toNanos();
    return span <= 0
        ? latency.least()
        : latency.least().plusNanos(ThreadLocalRandom.current().nextLong(span + 1));
  }

  private static Request request(org.eclipse.jetty.server.Request jetty, InputStream content) {
    List<Headers.Field> fields = new ArrayList<>();
    if (!jetty.getHeaders().contains(HttpHeader.HOST) && jetty.getHttpURI().hasAuthority()) {
      // HTTP/2 has it in :authority (RFC 9113 §8.3.1).
      fields.add(new Headers.Field("Host", jetty.getHttpURI().getAuthority()));
    }
    fields.addAll(headers(jetty.getHeaders()).fields());
    SocketAddress remote = jetty.getConnectionMetaData().getRemoteSocketAddress();
    return new Request(
        jetty.getMethod(),
        jetty.getHttpURI().getPathQuery(),
        jetty.getConnectionMetaData().getHttpVersion().asString(),
        jetty.isSecure(),
        new Headers(fields),
        remote instanceof InetSocketAddress inet ? inet : new InetSocketAddress(0),
        content,
        () -> headers(jetty.getTrailers()));
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

  private void send(
      Response response,
      Request request,
      org.eclipse.jetty.server.Request jetty,
      org.eclipse.jetty.server.Response out,
      Callback callback,
      boolean http1,
      boolean close)
      throws IOException, InterruptedException {
    out.setStatus(response.status());
    out.getHeaders().add(SERVER);
    for (Headers.Field field : response.headers().fields()) {
      out.getHeaders().add(field.name(), field.value());
    }
    if (http1) {
      if (close) {
        out.getHeaders().put(CLOSE);
      } else if (persists(jetty)) {
        out.getHeaders().add(KEEP_ALIVE);
        out.getHeaders().add(idleTime);
      }
    }
    switch (response.content()) {
      case Response.Content.Whole whole -> {
        if (response.status() == 304 && whole.bytes().isEmpty()) {
          // Sent at once, Jetty would tell a length of 0; it would have to be that of the
          // representation (RFC 9110 §8.6).
          out.write(
              false, whole.bytes().buffer(), Callback.from(callback::succeeded, callback::failed));
        } else {
          out.write(true, whole.bytes().buffer(), callback);
        }
      }
      case Response.Content.Streamed streamed -> {
        if (streamed.length().isPresent()) {
          out.getHeaders().put(HttpHeader.CONTENT_LENGTH, streamed.length().getAsLong());
        } else if (jetty.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1) {
          // Else Jetty would end the content with the connection where that is closed anyway, and a
          // client could not tell the end from a failure.
          out.getHeaders().put(HttpHeader.TRANSFER_ENCODING, "chunked");
        }
        if (!jetty.getMethod().equals("HEAD")) {
          try (OutputStream stream =
              new BufferedOutputStream(Content.Sink.asOutputStream(out), 16 * 1024)) {
            streamed.writer().write(stream);
          }
        }
        callback.succeeded();
      }
      case Response.Content.Trailed trailed -> {
        AtomicReference<HttpFields> trailers = new AtomicReference<>();
        out.setTrailersSupplier(trailers::get);
        if (http1) {
          out.getHeaders().put(HttpHeader.TRANSFER_ENCODING, "chunked");
        }
        if (!jetty.getMethod().equals("HEAD")) {
          OutputStream stream =
              new BufferedOutputStream(Content.Sink.asOutputStream(out), 16 * 1024);
          trailed.writer().write(stream);
          stream.flush();
          HttpFields.Mutable fields = HttpFields.build();
          trailed.trailers().get().fields().forEach(f -> fields.add(f.name(), f.value()));
          trailers.set(fields);
        }
        out.write(true, BufferUtil.EMPTY_BUFFER, callback);
      }
      case Response.Content.Upgrade upgrade -> {
        JettyWebSocket socket = new JettyWebSocket(request, upgrade.handler());
        out.reset();
        if (!webSockets.upgrade(
            (asked, answer, done) -> socket, jetty, out, callback, WEB_SOCKET)) {
          send(
              ErrorPage.of(request, 426, "this is a WebSocket: ask for an upgrade to it")
                  .with("Upgrade", "websocket"),
              request,
              jetty,
              out,
              callback,
              http1,
              close);
        }
      }
      case Response.Content.Part part -> {
        out.getHeaders().put(HttpHeader.CONTENT_LENGTH, part.length());
        if (!jetty.getMethod().equals("HEAD")) {
          try (OutputStream stream = Content.Sink.asOutputStream(out)) {
            copy(part, stream);
          }
        }
        callback.succeeded();
      }
    }
  }

  private static boolean persists(org.eclipse.jetty.server.Request jetty) {
    boolean http11 = jetty.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1;
    return http11
        ? !jetty.getHeaders().contains(HttpHeader.CONNECTION, "close")
        : jetty.getHeaders().contains(HttpHeader.CONNECTION, "keep-alive");
  }

  private static void copy(Response.Content.Part part, OutputStream out) throws IOException {
    try (FileChannel file = FileChannel.open(part.file(), StandardOpenOption.READ)) {
      byte[] piece = new byte[64 * 1024];
      long position = part.offset();
      long end = part.offset() + part.length();
      while (position < end) {
        int read =
            file.read(
                ByteBuffer.wrap(piece, 0, (int) Math.min(piece.length, end - position)), position);
        if (read < 0) {
          throw new IOException(part.file().getFileName() + " has become shorter");
        }
        out.write(piece, 0, read);
        position += read;
      }
    }
  }

  /** The content of a request up to the length that is taken; most requests have none to open. */
  private static final class Limited extends InputStream {
    private final Content.Source source;
    private final long most;
    private long left;
    private boolean exceeded;
    private Optional<InputStream> opened = Optional.empty();

    Limited(Content.Source source, Knobs knobs) {
      this.source = source;
      most = knobs.maxBody().orElse(Long.MAX_VALUE);
      left = most;
    }

    private InputStream in() {
      if (opened.isEmpty()) {
        opened = Optional.of(Content.Source.asInputStream(source));
      }
      return opened.get();
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int read = in().read(into, offset, length);
      left -= Math.max(0, read);
      if (left < 0) {
        exceeded = true;
        throw new HttpError(413, "this server takes content up to " + most + " bytes (--max-body)");
      }
      return read;
    }
  }

  private void log(
      org.eclipse.jetty.server.Request jetty, org.eclipse.jetty.server.Response response) {
    Optional<TappedConnector.Connection> connection = TappedConnector.connection(jetty);
    HttpVersion version = jetty.getConnectionMetaData().getHttpVersion();
    Optional<WireTap.Capture> capture =
        version.getVersion() < 20 ? connection.map(c -> c.tap().end()) : Optional.empty();
    Optional<Served> served =
        jetty.getAttribute(SERVED) instanceof Served s ? Optional.of(s) : Optional.empty();
    served.ifPresent(s -> s.site().inFlight().decrementAndGet());
    Optional<Site> here = served.map(Served::site).or(() -> this.site);
    if (here.isEmpty() || connection.filter(TappedConnector.Connection::ended).isPresent()) {
      return;
    }
    Instant now = clock.instant();
    SocketAddress remote = jetty.getConnectionMetaData().getRemoteSocketAddress();
    here.get()
        .log()
        .add(
            new Exchange(
                served.map(Served::at).orElse(now),
                remote instanceof InetSocketAddress inet ? inet : new InetSocketAddress(0),
                version.asString(),
                response.getStatus(),
                capture.map(WireTap.Capture::request).orElseGet(() -> asText(jetty)),
                capture
                    .map(WireTap.Capture::requestLength)
                    .orElseGet(() -> Math.max(0, jetty.getLength())),
                capture.map(WireTap.Capture::response).orElse(Bytes.EMPTY),
                capture
                    .map(WireTap.Capture::responseLength)
                    .orElseGet(
                        () -> org.eclipse.jetty.server.Response.getContentBytesWritten(response)),
                served
                    .map(s -> Duration.ofNanos(clock.nanoTime() - s.nanos()))
                    .orElse(Duration.ZERO),
                served.map(Served::notes).orElseGet(() -> List.of("refused"))));
  }

  /** An HTTP/2 request as HTTP/1.1 would have it. */
  private static Bytes asText(org.eclipse.jetty.server.Request jetty) {
    StringBuilder text = new StringBuilder();
    text.append(jetty.getMethod())
        .append(' ')
        .append(jetty.getHttpURI().getPathQuery())
        .append(" HTTP/2.0\r\n");
    jetty
        .getHeaders()
        .forEach(f -> text.append(f.getName()).append(": ").append(f.getValue()).append("\r\n"));
    return Bytes.utf8(text.append("\r\n").toString());
  }
}

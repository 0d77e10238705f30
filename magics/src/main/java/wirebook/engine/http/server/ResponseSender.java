package wirebook.engine.http.server;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.Configuration;
import org.eclipse.jetty.websocket.core.server.WebSocketMappings;
import org.eclipse.jetty.websocket.core.server.WebSocketNegotiator;
import org.eclipse.jetty.websocket.core.server.WebSocketServerComponents;
import org.jspecify.annotations.Nullable;

/** Hands responses to Jetty, which frames them. */
final class ResponseSender {
  /**
   * Jetty leaves this out in HTTP/1.1, where it is the rule; a lesson wants to see it said. Without
   * a known header Jetty sends the field as it is.
   */
  private static final HttpField KEEP_ALIVE = new HttpField(null, "Connection", "keep-alive");

  private static final Configuration.ConfigurationCustomizer WEB_SOCKET =
      new Configuration.ConfigurationCustomizer();

  static {
    WEB_SOCKET.setIdleTimeout(Duration.ofMinutes(5));
    // Browsers send a message in one frame: it comes here in pieces, and JettyWebSocket counts
    // them.
    WEB_SOCKET.setAutoFragment(true);
  }

  static final HttpField CLOSE = new PreEncodedHttpField(HttpHeader.CONNECTION, "close");
  static final HttpField SERVER = new PreEncodedHttpField(HttpHeader.SERVER, "Wirebook");

  private final WebSocketMappings webSockets;
  private final Set<JettyWebSocket> open = ConcurrentHashMap.newKeySet();
  private volatile HttpField idleTime;

  ResponseSender(Server server, Knobs knobs) {
    webSockets = new WebSocketMappings(WebSocketServerComponents.ensureWebSocketComponents(server));
    idleTime = idleTime(knobs);
  }

  private static HttpField idleTime(Knobs knobs) {
    return new HttpField("Keep-Alive", "timeout=" + knobs.keepAlive().toSeconds());
  }

  /** Responses tell of these knobs from now on. */
  void use(Knobs knobs) {
    idleTime = idleTime(knobs);
  }

  /** The server stops. */
  void goAway() {
    open.forEach(JettyWebSocket::goAway);
  }

  /**
   * @param close whether the connection ends with it
   */
  void send(
      Response response,
      Request request,
      org.eclipse.jetty.server.Request jetty,
      org.eclipse.jetty.server.Response out,
      Callback callback,
      boolean http1,
      boolean close)
      throws IOException, InterruptedException {
    out.setStatus(response.status());
    if (!response.headers().has("Server")) {
      out.getHeaders().add(SERVER);
    }
    for (Headers.Field field : response.headers().fields()) {
      out.getHeaders().add(field.name(), onTheWire(field.value()));
    }
    nameStatus(jetty, response.status());
    if (http1 && response.status() != 101) {
      if (close || !isWholeRead(jetty, response)) {
        out.getHeaders().put(CLOSE);
      } else if (jetty.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1) {
        if (!jetty.getHeaders().contains(HttpHeader.CONNECTION, "close")) {
          out.getHeaders().add(KEEP_ALIVE);
          out.getHeaders().add(idleTime);
        }
      } else if (jetty.getHeaders().contains(HttpHeader.CONNECTION, "keep-alive")) {
        // Connection itself comes from Jetty.
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
          // When the writer fails nothing is closed: that would make what came so far look whole.
          OutputStream stream =
              new BufferedOutputStream(Content.Sink.asOutputStream(out), 16 * 1024);
          streamed.writer().write(stream);
          stream.close();
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
        JettyWebSocket socket = new JettyWebSocket(request, upgrade.handler(), open);
        WebSocketNegotiator agreed =
            (asked, answer, done) -> {
              asked.getSubProtocols().stream()
                  .filter(upgrade.protocols()::contains)
                  .findFirst()
                  .ifPresent(answer::setAcceptedSubProtocol);
              return socket;
            };
        out.reset();
        if (!webSockets.upgrade(agreed, jetty, out, callback, WEB_SOCKET)) {
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
      case Response.Content.Tunnelled tunnelled -> {
        out.getHeaders().put(HttpHeader.CONNECTION, "Upgrade");
        out.getHeaders().put(HttpHeader.UPGRADE, "websocket");
        jetty.setAttribute(
            HttpStream.UPGRADE_CONNECTION_ATTRIBUTE,
            new TunnelConnection(
                jetty.getTunnelSupport().getEndPoint(),
                jetty.getComponents().getExecutor(),
                tunnelled.upstream()));
        out.write(true, BufferUtil.EMPTY_BUFFER, callback);
      }
      case Response.Content.Part part -> {
        out.getHeaders().put(HttpHeader.CONTENT_LENGTH, part.length());
        if (!jetty.getMethod().equals("HEAD")) {
          OutputStream stream = Content.Sink.asOutputStream(out);
          FileResponse.copy(part, stream);
          stream.close();
        }
        callback.succeeded();
      }
    }
  }

  /** Jetty writes fields in ISO 8859-1, and blanks for what that lacks: UTF-8 goes through it. */
  private static String onTheWire(String value) {
    return value.chars().allMatch(c -> c <= 0xff)
        ? value
        : new String(value.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  /** Whether the next request can be found: behind all content, if there is any. */
  private static boolean isWholeRead(org.eclipse.jetty.server.Request jetty, Response response) {
    HttpFields headers = jetty.getHeaders();
    boolean content = jetty.getLength() > 0 || headers.contains(HttpHeader.TRANSFER_ENCODING);
    // A writer may still read it.
    return !content
        || !(response.content() instanceof Response.Content.Whole)
        || jetty.consumeAvailable();
  }

  /** Whether it came in frames; what a request line says can be a lie. */
  static boolean isHttp2(org.eclipse.jetty.server.Request jetty) {
    return jetty.getConnectionMetaData().getConnection() instanceof HTTP2Connection;
  }

  /** The number of its stream in HTTP/2, where Jetty has it as the request's identity. */
  static int stream(org.eclipse.jetty.server.Request jetty) {
    return jetty.getId().matches("[0-9]{1,9}") ? Integer.parseInt(jetty.getId()) : 0;
  }

  /** Has the status line say the code's name of today, where Jetty knows an older one. */
  static void nameStatus(org.eclipse.jetty.server.Request jetty, int status) {
    if (StatusNames.of(status).equals(HttpStatus.getMessage(status)) || isHttp2(jetty)) {
      return;
    }
    jetty.addHttpStreamWrapper(
        stream ->
            new HttpStream.Wrapper(stream) {
              @Override
              public void send(
                  MetaData.Request request,
                  MetaData.@Nullable Response response,
                  boolean last,
                  @Nullable ByteBuffer content,
                  Callback callback) {
                MetaData.Response named =
                    response != null && response.getStatus() == status ? named(response) : response;
                super.send(request, named, last, content, callback);
              }
            });
  }

  private static MetaData.Response named(MetaData.Response response) {
    return new MetaData.Response(
        response.getStatus(),
        StatusNames.of(response.getStatus()),
        response.getHttpVersion(),
        response.getHttpFields(),
        response.getContentLength(),
        response.getTrailersSupplier());
  }
}

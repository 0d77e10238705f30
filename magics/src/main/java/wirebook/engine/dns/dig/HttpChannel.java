package wirebook.engine.dns.dig;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import wirebook.codec.Http2Frame;
import wirebook.codec.Quietly;
import wirebook.engine.dns.Inet;
import wirebook.trace.Bytes;
import wirebook.trace.HostPort;

/** DNS over HTTPS (RFC 8484), on HTTP/2 (RFC 9113) cut down to one request at a time. */
final class HttpChannel implements MessageChannel {
  private static final int LONGEST_FRAME = 16_384;

  private final Socket socket;
  private final Step.Open open;
  private int stream = -1;

  private HttpChannel(Socket socket, Step.Open open) {
    this.socket = socket;
    this.open = open;
  }

  static HttpChannel open(Socket socket, Step.Open open) throws IOException {
    HttpChannel http = new HttpChannel(socket, open);
    try {
      http.socket.getOutputStream().write(Http2Frame.PREFACE.getBytes(StandardCharsets.US_ASCII));
      http.frame(Http2Frame.SETTINGS, 0, 0, new byte[0]);
      return http;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  @Override
  public InetSocketAddress local() {
    return (InetSocketAddress) socket.getLocalSocketAddress();
  }

  @Override
  public InetSocketAddress remote() {
    return open.server();
  }

  @Override
  public void send(Bytes message) throws IOException {
    stream += 2;
    Encryption encryption = open.encryption();
    String path = encryption.path().orElse("/dns-query");
    if (encryption.get()) {
      path += "?dns=" + Base64.getUrlEncoder().withoutPadding().encodeToString(message.toArray());
    }
    ByteArrayOutputStream headers = new ByteArrayOutputStream();
    header(headers, ":method", encryption.get() ? "GET" : "POST");
    header(headers, ":scheme", encryption.plain() ? "http" : "https");
    String host = Inet.text(open.server().getAddress());
    header(headers, ":authority", HostPort.of(host, open.server().getPort()));
    header(headers, ":path", path);
    header(headers, "accept", "application/dns-message");
    if (encryption.get()) {
      frame(
          Http2Frame.HEADERS,
          Http2Frame.END_HEADERS | Http2Frame.END_STREAM,
          stream,
          headers.toByteArray());
    } else {
      header(headers, "content-type", "application/dns-message");
      header(headers, "content-length", Integer.toString(message.length()));
      frame(Http2Frame.HEADERS, Http2Frame.END_HEADERS, stream, headers.toByteArray());
      frame(Http2Frame.DATA, Http2Frame.END_STREAM, stream, message.toArray());
    }
  }

  /** A header field without indexing, as a literal (RFC 7541, 6.2.2). */
  private static void header(ByteArrayOutputStream out, String name, String value) {
    out.write(0);
    for (String text : new String[] {name, value}) {
      byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
      int length = bytes.length;
      if (length < 127) {
        out.write(length);
      } else {
        out.write(127);
        length -= 127;
        while (length >= 128) {
          out.write(length % 128 + 128);
          length /= 128;
        }
        out.write(length);
      }
      out.writeBytes(bytes);
    }
  }

  private void frame(int type, int flags, int id, byte[] payload) throws IOException {
    if (payload.length > LONGEST_FRAME) {
      throw new IOException("a message too long for one HTTP/2 frame");
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new Http2Frame(payload.length, type, flags, id).write(out, payload, 0);
    OutputStream to = socket.getOutputStream();
    to.write(out.toByteArray());
    to.flush();
  }

  @Override
  public Bytes receive(Duration timeout) throws IOException {
    socket.setSoTimeout(Math.toIntExact(Math.clamp(timeout.toMillis(), 1, Integer.MAX_VALUE)));
    Bytes body = Bytes.EMPTY;
    while (true) {
      Http2Frame head = Http2Frame.read(read(Http2Frame.SIZE), 0);
      byte[] payload = read(head.length());
      boolean ours = head.stream() == stream;
      switch (head.type()) {
        case Http2Frame.SETTINGS -> {
          if ((head.flags() & Http2Frame.ACK) == 0) {
            frame(Http2Frame.SETTINGS, Http2Frame.ACK, 0, new byte[0]);
          }
        }
        case Http2Frame.PING -> {
          if ((head.flags() & Http2Frame.ACK) == 0) {
            frame(Http2Frame.PING, Http2Frame.ACK, 0, payload);
          }
        }
        case Http2Frame.DATA -> {
          if (ours) {
            int padding = (head.flags() & Http2Frame.PADDED) == 0 ? 0 : (payload[0] & 0xff) + 1;
            int from = padding == 0 ? 0 : 1;
            body = body.plus(Bytes.of(payload, from, payload.length - padding));
          }
        }
        case Http2Frame.RST_STREAM, Http2Frame.GOAWAY -> throw new EOFException();
        default -> {
          // Headers: a reply with another status has no DNS message, which shows soon enough.
        }
      }
      boolean last = head.type() == Http2Frame.DATA || head.type() == Http2Frame.HEADERS;
      if (last && ours && (head.flags() & Http2Frame.END_STREAM) != 0) {
        if (body.isEmpty()) {
          throw new IOException("an HTTP response without a DNS message");
        }
        return body;
      }
    }
  }

  private byte[] read(int length) throws IOException {
    InputStream in = socket.getInputStream();
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException();
    }
    return bytes;
  }

  @Override
  public void close() {
    Quietly.close(socket);
  }
}

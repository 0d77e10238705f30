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
import wirebook.engine.dns.Inet;
import wirebook.trace.Bytes;
import wirebook.trace.HostPort;

/** DNS over HTTPS (RFC 8484), on HTTP/2 (RFC 9113) cut down to one request at a time. */
final class HttpChannel implements Driver.Channel {
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int GOAWAY = 7;
  private static final int END_STREAM = 1;
  private static final int ACK = 1;
  private static final int END_HEADERS = 4;
  private static final int PADDED = 8;
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
      http.socket
          .getOutputStream()
          .write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      http.frame(SETTINGS, 0, 0, new byte[0]);
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
      frame(HEADERS, END_HEADERS | END_STREAM, stream, headers.toByteArray());
    } else {
      header(headers, "content-type", "application/dns-message");
      header(headers, "content-length", Integer.toString(message.length()));
      frame(HEADERS, END_HEADERS, stream, headers.toByteArray());
      frame(DATA, END_STREAM, stream, message.toArray());
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
    out.write(payload.length >> 16);
    out.write(payload.length >> 8);
    out.write(payload.length);
    out.write(type);
    out.write(flags);
    for (int shift = 24; shift >= 0; shift -= 8) {
      out.write(id >> shift);
    }
    out.writeBytes(payload);
    OutputStream to = socket.getOutputStream();
    to.write(out.toByteArray());
    to.flush();
  }

  @Override
  public Bytes receive(Duration timeout) throws IOException {
    socket.setSoTimeout(Math.toIntExact(Math.clamp(timeout.toMillis(), 1, Integer.MAX_VALUE)));
    Bytes body = Bytes.EMPTY;
    while (true) {
      byte[] head = read(9);
      int length = (head[0] & 0xff) << 16 | (head[1] & 0xff) << 8 | (head[2] & 0xff);
      int flags = head[4] & 0xff;
      int id = (head[5] & 0x7f) << 24 | (head[6] & 0xff) << 16 | (head[7] & 0xff) << 8;
      id |= head[8] & 0xff;
      byte[] payload = read(length);
      switch (head[3]) {
        case SETTINGS -> {
          if ((flags & ACK) == 0) {
            frame(SETTINGS, ACK, 0, new byte[0]);
          }
        }
        case PING -> {
          if ((flags & ACK) == 0) {
            frame(PING, ACK, 0, payload);
          }
        }
        case DATA -> {
          if (id == stream) {
            int padding = (flags & PADDED) == 0 ? 0 : (payload[0] & 0xff) + 1;
            int from = padding == 0 ? 0 : 1;
            body = body.plus(Bytes.of(payload, from, length - padding));
          }
        }
        case RST_STREAM, GOAWAY -> throw new EOFException();
        default -> {
          // Headers: a reply with another status has no DNS message, which shows soon enough.
        }
      }
      boolean last = head[3] == DATA || head[3] == HEADERS;
      if (last && id == stream && (flags & END_STREAM) != 0) {
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
    try {
      socket.close();
    } catch (IOException e) {
      // Closed is closed.
    }
  }
}

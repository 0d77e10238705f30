package wirebook.engine.http.server;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import wirebook.codec.Quietly;
import wirebook.net.Network;
import wirebook.trust.TlsAround;

/**
 * A connection to another server, over which requests go as they came: with any method, target and
 * content (RFC 9112). Of a response that could be read in two ways nothing is handed on. Used by
 * one thread at a time; in a tunnel one reads and another writes.
 */
final class UpstreamConnection implements Closeable {
  private static final int LONGEST_HEAD = 64 * 1024;
  private static final int PIECE = 16 * 1024;
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.([01]) ([1-5][0-9]{2})(?: .*)?");

  private final Socket socket;
  private final Lines in;
  private final OutputStream out;
  private boolean persists;
  private boolean used;
  private boolean heard;
  private final AtomicReference<Runnable> whenClosed = new AtomicReference<>(() -> {});

  /** A status line and the header section behind it. */
  record Head(int status, Headers headers) {}

  private UpstreamConnection(Socket socket) throws IOException {
    this.socket = socket;
    in = new Lines(socket.getInputStream());
    out = new BufferedOutputStream(socket.getOutputStream(), PIECE);
  }

  /**
   * Connects to the first of the host's addresses that takes it.
   *
   * @param timeout how long the connection may take to come about
   * @param handshake how long the server may say nothing while TLS comes about
   * @throws IOException when none does, or TLS does not come about
   */
  static UpstreamConnection open(Network network, URI url, Duration timeout, Duration handshake)
      throws IOException {
    boolean tls = url.getScheme().equals("https");
    int port = url.getPort() > 0 ? url.getPort() : tls ? 443 : 80;
    String host = url.getHost().replaceAll("[\\[\\]]", "");
    IOException failure = new IOException(host + " has no address");
    for (InetAddress address : network.lookUp(host)) {
      try {
        Socket plain =
            network.connect(new InetSocketAddress(address, port), Optional.empty(), timeout);
        plain.setTcpNoDelay(true);
        if (!tls) {
          return new UpstreamConnection(plain);
        }
        plain.setSoTimeout(Math.toIntExact(handshake.toMillis()));
        UpstreamConnection upstream = new UpstreamConnection(TlsAround.of(plain, host, port));
        upstream.patience(Duration.ZERO);
        return upstream;
      } catch (IOException e) {
        failure = e;
      }
    }
    throw failure;
  }

  /** How long the server may say nothing; zero is for ever. */
  void patience(Duration longest) throws IOException {
    socket.setSoTimeout(Math.toIntExact(longest.toMillis()));
  }

  /** An exchange is over, and another will come. */
  void used() {
    used = true;
    heard = false;
  }

  /**
   * Whether a server may have hung up on it while it waited: it has been used before, and has said
   * nothing since.
   */
  boolean mayHaveBeenStale() {
    return used && !heard;
  }

  /** Whether the server has neither hung up nor said anything unasked. */
  boolean isIdle() {
    try {
      socket.setSoTimeout(1);
      in.mark(1);
      in.read();
      return false;
    } catch (SocketTimeoutException e) {
      return unlimited();
    } catch (IOException e) {
      return false;
    }
  }

  private boolean unlimited() {
    try {
      socket.setSoTimeout(0);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Sends a request whole. What the server says before it has all of it is for {@link #head}.
   *
   * @param content without framing
   * @param length of the content; empty when it is not known, and is sent in chunks
   */
  void send(String method, String target, Headers headers, InputStream content, OptionalLong length)
      throws IOException {
    StringBuilder head = new StringBuilder(method).append(' ').append(target);
    head.append(" HTTP/1.1\r\n");
    for (Headers.Field field : headers.fields()) {
      head.append(field.name()).append(": ").append(field.value()).append("\r\n");
    }
    out.write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
    byte[] piece = new byte[PIECE];
    long sent = 0;
    boolean chunked = length.isEmpty();
    if (chunked || length.getAsLong() > 0) {
      for (int n = content.read(piece); n >= 0; n = content.read(piece)) {
        if (chunked && n > 0) {
          out.write((Integer.toHexString(n) + "\r\n").getBytes(StandardCharsets.US_ASCII));
        }
        out.write(piece, 0, n);
        if (chunked && n > 0) {
          out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
          out.flush();
        }
        sent += n;
      }
      if (chunked) {
        out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      }
    }
    out.flush();
    if (!chunked && sent != length.getAsLong()) {
      throw new EOFException("the request's content ended early");
    }
  }

  /** The next head that is not interim; 101 is none. */
  Head head() throws IOException {
    while (true) {
      String status = line(LONGEST_HEAD);
      Matcher matcher = STATUS.matcher(status);
      if (!matcher.matches()) {
        throw new IOException("what it answers begins with no status line");
      }
      List<Headers.Field> fields = new ArrayList<>();
      int room = LONGEST_HEAD - status.length();
      for (String line = line(room); !line.isEmpty(); line = line(room)) {
        int colon = line.indexOf(':');
        if (colon < 1 || !isToken(line, colon)) {
          throw new IOException("its header section has a line that is no field");
        }
        fields.add(new Headers.Field(line.substring(0, colon), line.substring(colon + 1).strip()));
        room -= line.length() + 2;
      }
      Head head = new Head(Integer.parseInt(matcher.group(2)), new Headers(fields));
      if (head.status() >= 200 || head.status() == 101) {
        String connection =
            String.join(",", head.headers().all("Connection")).toLowerCase(Locale.ROOT);
        persists =
            matcher.group(1).equals("1")
                ? !connection.contains("close")
                : connection.contains("keep-alive");
        return head;
      }
    }
  }

  private static boolean isToken(String line, int length) {
    for (int i = 0; i < length; i++) {
      char c = line.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!letter && "!#$%&'*+.^_`|~-".indexOf(c) < 0) {
        return false;
      }
    }
    return true;
  }

  /** A line without its end, as ISO 8859-1. */
  private String line(int most) throws IOException {
    String line = in.line(most);
    heard = true;
    return line;
  }

  /** Looks for the ends of lines in what is there, not byte by byte. */
  private static final class Lines extends BufferedInputStream {
    Lines(InputStream from) {
      super(from, PIECE);
    }

    String line(int most) throws IOException {
      StringBuilder before = new StringBuilder();
      while (true) {
        for (int i = pos; i < count; i++) {
          if (buf[i] == '\n') {
            String line = before + new String(buf, pos, i - pos, StandardCharsets.ISO_8859_1);
            pos = i + 1;
            return line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
          }
        }
        before.append(new String(buf, pos, count - pos, StandardCharsets.ISO_8859_1));
        pos = count;
        if (before.length() > most) {
          throw new IOException("its header section is longer than " + LONGEST_HEAD + " bytes");
        }
        int next = read();
        if (next < 0) {
          throw new EOFException("it hung up");
        }
        pos--;
      }
    }
  }

  /** How long the content of a response is; empty when only its end tells. */
  static OptionalLong length(Head head) throws IOException {
    if (head.headers().has("Transfer-Encoding")) {
      return OptionalLong.empty();
    }
    Set<String> lengths = Set.copyOf(head.headers().all("Content-Length"));
    if (lengths.isEmpty()) {
      return OptionalLong.empty();
    }
    String length = lengths.iterator().next();
    if (lengths.size() > 1 || !length.matches("[0-9]{1,18}")) {
      throw new IOException("its Content-Length is no number: " + String.join(", ", lengths));
    }
    return OptionalLong.of(Long.parseLong(length));
  }

  /**
   * Writes the content of the response that {@code head} begins.
   *
   * @throws IOException when it ends early, or its framing is not right
   */
  void content(Head head, OutputStream to) throws IOException {
    List<String> codings = head.headers().all("Transfer-Encoding");
    OptionalLong length = length(head);
    if (!codings.isEmpty()) {
      if (!String.join(",", codings).strip().equalsIgnoreCase("chunked")
          || head.headers().has("Content-Length")) {
        throw new IOException("the framing of its content can be read in two ways");
      }
      chunks(to);
    } else if (length.isPresent()) {
      copy(length.getAsLong(), to);
    } else {
      persists = false;
      byte[] piece = new byte[PIECE];
      for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
        to.write(piece, 0, n);
        to.flush();
      }
    }
  }

  private void chunks(OutputStream to) throws IOException {
    while (true) {
      String size = line(LONGEST_HEAD).replaceAll(";.*", "").strip();
      if (!size.matches("[0-9a-fA-F]{1,15}")) {
        throw new IOException("a chunk of its content has no size");
      }
      long left = Long.parseLong(size, 16);
      if (left == 0) {
        while (!line(LONGEST_HEAD).isEmpty()) {
          // Trailers are of the connection's end that knows them.
        }
        return;
      }
      copy(left, to);
      if (!line(LONGEST_HEAD).isEmpty()) {
        throw new IOException("a chunk of its content is longer than it says");
      }
    }
  }

  private void copy(long length, OutputStream to) throws IOException {
    byte[] piece = new byte[PIECE];
    long left = length;
    while (left > 0) {
      int n = in.read(piece, 0, (int) Math.min(piece.length, left));
      if (n < 0) {
        throw new EOFException("its content ended early");
      }
      to.write(piece, 0, n);
      to.flush();
      left -= n;
    }
  }

  /** Whether another request can follow, once the content has been read. */
  boolean persists() {
    return persists;
  }

  /** What comes behind a response that leaves HTTP. */
  InputStream in() {
    return in;
  }

  OutputStream out() {
    return out;
  }

  /** Tells the server that no more comes. */
  void endOutput() throws IOException {
    out.flush();
    socket.shutdownOutput();
  }

  /** Has something done once, at the end of the exchange or of the connection. */
  void whenClosed(Runnable action) {
    whenClosed.set(action);
  }

  /** The exchange is over. */
  void over() {
    whenClosed.getAndSet(() -> {}).run();
  }

  @Override
  public void close() {
    over();
    Quietly.close(socket);
  }
}

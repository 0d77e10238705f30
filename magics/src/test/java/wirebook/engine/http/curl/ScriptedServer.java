package wirebook.engine.http.curl;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A server on a loopback port that answers requests with given bytes, one after the other, the last
 * one again and again, and keeps what it got. An answer that begins with {@link #CLOSE} ends the
 * connection.
 */
final class ScriptedServer implements AutoCloseable {
  static final String CLOSE = "\0";
  private static final Pattern LENGTH = Pattern.compile("\ncontent-length: *(\\d+)");

  private final ServerSocket listening;
  private final Deque<String> replies = new ArrayDeque<>();
  private final List<String> requests = new ArrayList<>();
  private final List<Socket> open = new ArrayList<>();
  private int connections;

  ScriptedServer(String... replies) throws IOException {
    this.replies.addAll(List.of(replies));
    listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return listening.getLocalPort();
  }

  String url(String path) {
    return "http://127.0.0.1:" + port() + path;
  }

  /** The requests so far, with {@code PORT} in place of the port. */
  synchronized List<String> requests() {
    return requests.stream().map(r -> r.replace(":" + port(), ":PORT")).toList();
  }

  synchronized int connections() {
    return connections;
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listening.accept();
        synchronized (this) {
          connections++;
          open.add(socket);
        }
        Thread.ofVirtual().start(() -> serve(socket));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      OutputStream out = socket.getOutputStream();
      while (true) {
        String head = head(in);
        String lower = head.toLowerCase(Locale.ROOT);
        if (lower.contains("\nexpect: 100-continue")) {
          send(out, "HTTP/1.1 100 Continue\r\n\r\n");
        }
        String body;
        if (lower.contains("\ntransfer-encoding: chunked")) {
          body = chunks(in);
        } else {
          Matcher length = LENGTH.matcher(lower);
          body = length.find() ? text(in.readNBytes(Integer.parseInt(length.group(1)))) : "";
        }
        String reply;
        synchronized (this) {
          requests.add(head + body);
          reply = replies.size() > 1 ? replies.removeFirst() : replies.getFirst();
        }
        boolean close = reply.startsWith(CLOSE);
        send(out, (close ? reply.substring(1) : reply).replace("PORT", String.valueOf(port())));
        if (close) {
          return;
        }
      }
    } catch (IOException e) {
      // The client went.
    }
  }

  private static void send(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static String head(InputStream in) throws IOException {
    return upTo(in, "\r\n\r\n");
  }

  private static String chunks(InputStream in) throws IOException {
    return upTo(in, "0\r\n\r\n");
  }

  private static String upTo(InputStream in, String end) throws IOException {
    StringBuilder text = new StringBuilder();
    while (text.length() < end.length() || text.lastIndexOf(end) != text.length() - end.length()) {
      int b = in.read();
      if (b < 0) {
        throw new EOFException();
      }
      text.append((char) b);
    }
    return text.toString();
  }

  @Override
  public void close() throws IOException {
    listening.close();
    synchronized (this) {
      for (Socket socket : open) {
        socket.close();
      }
    }
  }
}

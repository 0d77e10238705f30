package wirebook.engine.http.load;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import wirebook.codec.ChunkedDecoder;
import wirebook.codec.Quietly;
import wirebook.trace.Bytes;

/** A connection that asks one thing after the other (HTTP/1.1 with keep-alive). */
final class Http1Load implements LoadConnection {
  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private final LongAdder bytes;
  private final byte[] request;
  private final boolean isHead;
  private final byte[] buffer = new byte[16 * 1024];
  private int at;
  private int end;
  private boolean persists = true;

  Http1Load(Socket socket, LoadPlan plan, LongAdder bytes) throws IOException {
    this.socket = socket;
    this.bytes = bytes;
    in = socket.getInputStream();
    out = socket.getOutputStream();
    request = request(plan);
    isHead = plan.method().equals("HEAD");
  }

  private static byte[] request(LoadPlan plan) {
    StringBuilder head =
        new StringBuilder(plan.method()).append(' ').append(plan.target()).append(" HTTP/1.1\r\n");
    head.append("Host: ").append(plan.authority()).append("\r\n");
    plan.fields().forEach(f -> head.append(f.name() + ": " + f.value() + "\r\n"));
    return Bytes.of(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8))
        .plus(plan.body())
        .toArray();
  }

  @Override
  public boolean persists() {
    return persists;
  }

  @Override
  public int exchange() throws IOException {
    out.write(request);
    int status = head();
    while (status >= 100 && status < 200) {
      status = head();
    }
    return status;
  }

  private int head() throws IOException {
    String line = line();
    if (!line.startsWith("HTTP/1.") || line.length() < 12) {
      throw new IOException("the answer is not HTTP/1");
    }
    int status = Integer.parseInt(line, 9, 12, 10);
    persists = line.charAt(7) != '0';
    long length = -1;
    boolean chunked = false;
    for (line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      if (colon == 14 && line.regionMatches(true, 0, "content-length", 0, 14)) {
        length = Long.parseLong(line.substring(15).strip());
      } else if (colon == 17 && line.regionMatches(true, 0, "transfer-encoding", 0, 17)) {
        chunked = line.toLowerCase(java.util.Locale.ROOT).endsWith("chunked");
      } else if (colon == 10 && line.regionMatches(true, 0, "connection", 0, 10)) {
        persists = !line.toLowerCase(java.util.Locale.ROOT).contains("close");
      }
    }
    if (isHead || status < 200 || status == 204 || status == 304) {
      return status;
    }
    if (chunked) {
      chunks();
    } else if (length >= 0) {
      skip(length);
    } else {
      persists = false;
      while (fill()) {
        at = end;
      }
    }
    return status;
  }

  private void chunks() throws IOException {
    ChunkedDecoder chunks = new ChunkedDecoder();
    while (!chunks.done()) {
      if (at == end && !fill()) {
        throw new EOFException("the answer ended early");
      }
      at += chunks.feed(buffer, at, end - at, ChunkedDecoder.NOTHING);
    }
  }

  private void skip(long count) throws IOException {
    long left = count;
    while (left > 0) {
      if (at == end && !fill()) {
        throw new EOFException("the answer ended early");
      }
      int here = (int) Math.min(left, end - at);
      at += here;
      left -= here;
    }
  }

  private String line() throws IOException {
    @Nullable StringBuilder before = null;
    while (true) {
      for (int i = at; i < end; i++) {
        if (buffer[i] == '\n') {
          int stop = i > at && buffer[i - 1] == '\r' ? i - 1 : i;
          String line = new String(buffer, at, stop - at, StandardCharsets.ISO_8859_1);
          at = i + 1;
          if (before == null) {
            return line;
          }
          String whole = before.append(line).toString();
          return whole.endsWith("\r") ? whole.substring(0, whole.length() - 1) : whole;
        }
      }
      before = before == null ? new StringBuilder() : before;
      before.append(new String(buffer, at, end - at, StandardCharsets.ISO_8859_1));
      at = end;
      if (before.length() > buffer.length) {
        throw new IOException("a header line has no end");
      }
      if (!fill()) {
        throw new EOFException("the server hung up");
      }
    }
  }

  private boolean fill() throws IOException {
    int count = in.read(buffer);
    at = 0;
    end = Math.max(0, count);
    bytes.add(end);
    return count > 0;
  }

  @Override
  public boolean leave() {
    close();
    return true;
  }

  @Override
  public void close() {
    Quietly.close(socket);
  }
}

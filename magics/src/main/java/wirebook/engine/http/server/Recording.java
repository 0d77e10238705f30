package wirebook.engine.http.server;

import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import wirebook.engine.http.Har;
import wirebook.engine.http.HttpExchange;
import wirebook.engine.http.HttpHeader;
import wirebook.engine.http.HttpRequest;
import wirebook.engine.http.HttpResponse;
import wirebook.engine.http.HttpTiming;
import wirebook.net.NetworkClock;
import wirebook.trace.Bytes;

/**
 * Writes what passes an endpoint into an HTTP Archive, which is whole after each exchange. Logins
 * and cookies are left out of it, and what is behind the first {@value #KEPT} bytes of a body. The
 * endpoint is asked for bodies as they are, so that people can read them.
 */
public final class Recording {
  private static final int KEPT = 16 << 20;
  private static final String HEAD = Har.head("%serve", "1.0");

  private final Path file;
  private final NetworkClock clock;

  /** Where the next entry goes; 0 before the first. */
  private long end;

  /**
   * Begins the archive anew.
   *
   * @throws IOException when it cannot be written
   */
  public Recording(Path file, NetworkClock clock) throws IOException {
    this.file = file;
    this.clock = clock;
    Files.writeString(file, HEAD + Har.TAIL);
  }

  /** An endpoint that does the same and is recorded. */
  public Endpoint of(Endpoint inside) {
    return request -> {
      Instant start = clock.instant();
      long begun = clock.nanoTime();
      Beginning sent = new Beginning();
      Request seen =
          request.with(
              request.headers().without("Accept-Encoding"), new Read(request.content(), sent));
      Response response;
      try {
        response = inside.handle(seen);
      } catch (HttpError e) {
        response = ErrorPage.of(request, e.status(), String.valueOf(e.getMessage()));
      }
      Response answer = response;
      Whole told =
          content -> write(request, sent, answer, content, start, clock.nanoTime() - begun);
      boolean whole = answer.content() instanceof Response.Content.Whole;
      if (request.method().equals("HEAD") && !whole) {
        // Nobody has it written then.
        told.went(new Beginning());
        return answer;
      }
      return answer.withContent(seen(answer.content(), told));
    };
  }

  /** Is told of a body when all of it has gone. */
  private interface Whole {
    void went(Beginning content);
  }

  private static Response.Content seen(Response.Content content, Whole whole) {
    return switch (content) {
      case Response.Content.Streamed(var length, var writer) ->
          new Response.Content.Streamed(length, copied(writer, whole));
      case Response.Content.Trailed(var writer, var trailers) ->
          new Response.Content.Trailed(copied(writer, whole), trailers);
      case Response.Content.Part part ->
          new Response.Content.Streamed(
              OptionalLong.of(part.length()), copied(out -> FileResponse.copy(part, out), whole));
      case Response.Content.Whole(Bytes bytes) -> {
        Beginning all = new Beginning();
        all.add(bytes.toArray(), 0, bytes.length());
        whole.went(all);
        yield content;
      }
      case Response.Content.Upgrade _, Response.Content.Tunnelled _ -> {
        whole.went(new Beginning());
        yield content;
      }
    };
  }

  private static Response.Writer copied(Response.Writer writer, Whole whole) {
    return out -> {
      Beginning content = new Beginning();
      try {
        writer.write(new Written(out, content));
      } finally {
        whole.went(content);
      }
    };
  }

  private void write(
      Request request,
      Beginning sent,
      Response response,
      Beginning content,
      Instant start,
      long nanos) {
    Duration total = Duration.ofNanos(nanos);
    HttpExchange exchange =
        new HttpExchange(
            (request.secure() ? "https://" : "http://") + request.host() + request.target(),
            0,
            false,
            new HttpRequest(
                request.method(),
                request.target(),
                request.protocol(),
                headers(request.headers()),
                Bytes.EMPTY,
                sent.bytes(),
                sent.length),
            Optional.of(
                new HttpResponse(
                    response.status(),
                    "",
                    request.protocol(),
                    headers(response.headers()),
                    Bytes.EMPTY,
                    content.bytes(),
                    content.length)),
            new HttpTiming(
                start,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO,
                total,
                total));
    try {
      append(Har.entry(exchange));
    } catch (IOException e) {
      request.note("not recorded: " + e.getMessage());
    }
  }

  private synchronized void append(String entry) throws IOException {
    byte[] text = ((end == 0 ? HEAD : ",\n") + entry).getBytes(StandardCharsets.UTF_8);
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString());
    }
    // A channel would be closed by the interrupt that ends the requests of a stopped server.
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.seek(end);
      out.write(text);
      out.write(Har.TAIL.getBytes(StandardCharsets.UTF_8));
      end += text.length;
    }
  }

  private static List<HttpHeader> headers(Headers headers) {
    return headers.fields().stream().map(f -> new HttpHeader(f.name(), f.value())).toList();
  }

  /** The first bytes of a body, and how many there were. */
  private static final class Beginning {
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private long length;

    void add(byte[] bytes, int from, int count) {
      kept.write(bytes, from, Math.clamp((long) KEPT - kept.size(), 0, count));
      length += count;
    }

    Bytes bytes() {
      return Bytes.of(kept.toByteArray());
    }
  }

  private static final class Read extends FilterInputStream {
    private final Beginning seen;

    Read(InputStream in, Beginning seen) {
      super(in);
      this.seen = seen;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int from, int count) throws IOException {
      int n = super.read(bytes, from, count);
      seen.add(bytes, from, Math.max(0, n));
      return n;
    }
  }

  private static final class Written extends FilterOutputStream {
    private final Beginning seen;

    Written(OutputStream out, Beginning seen) {
      super(out);
      this.seen = seen;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      out.write(bytes, from, count);
      seen.add(bytes, from, count);
    }
  }
}

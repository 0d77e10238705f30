package wirebook.engine.http.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The parts of {@code multipart/form-data} content (RFC 7578, RFC 2046 §5.1), one after the other,
 * as they arrive; nothing but a delimiter's length is held. A line may end in LF alone, as some
 * clients write it.
 */
public final class MultipartReader {
  private static final int LONGEST_HEADER_SECTION = 16 * 1024;
  private static final int MOST_PARTS = 1000;

  private final Source source;
  private final byte[] delimiter;
  private Optional<Body> open = Optional.empty();
  private boolean ended;
  private int parts;

  /** One part; its content is to be read before the next part is asked for. */
  public record Part(
      String name, Optional<String> fileName, String contentType, InputStream content) {}

  private MultipartReader(InputStream content, String boundary) {
    source = new Source(content);
    delimiter = ("--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
  }

  /**
   * @throws HttpError 400 when the content type names no boundary
   */
  public static MultipartReader of(Request request) {
    String type = request.header("Content-Type").orElse("");
    String boundary =
        MediaTypes.parameter(type, "boundary")
            .filter(b -> !b.isEmpty() && b.length() <= 200)
            .orElseThrow(
                () -> new HttpError(400, "multipart/form-data without a boundary in Content-Type"));
    return new MultipartReader(request.content(), boundary);
  }

  /**
   * The next part, empty after the last.
   *
   * @throws HttpError 400 when the content ends inside a part's header section, 413 when there are
   *     too many parts
   */
  public Optional<Part> next() throws IOException {
    if (open.isEmpty() && !ended) {
      // What stands before the first delimiter is no part; it is read as if a line had just begun.
      open = Optional.of(new Body());
    }
    if (open.isPresent()) {
      open.get().skipAll();
    }
    if (ended || !afterDelimiter()) {
      ended = true;
      return Optional.empty();
    }
    if (++parts > MOST_PARTS) {
      throw new HttpError(413, "more than " + MOST_PARTS + " parts");
    }
    List<Headers.Field> fields = new ArrayList<>();
    int length = 0;
    for (String line = line(); !line.isEmpty(); line = line()) {
      length += line.length();
      if (length > LONGEST_HEADER_SECTION) {
        throw new HttpError(400, "the header section of a part is too long");
      }
      int colon = line.indexOf(':');
      if (colon > 0) {
        fields.add(
            new Headers.Field(line.substring(0, colon).strip(), line.substring(colon + 1).strip()));
      }
    }
    Headers headers = new Headers(fields);
    String disposition = headers.first("Content-Disposition").orElse("");
    Body body = new Body();
    open = Optional.of(body);
    return Optional.of(
        new Part(
            MediaTypes.parameter(disposition, "name").map(MultipartReader::withQuotes).orElse(""),
            MediaTypes.parameter(disposition, "filename")
                .map(MultipartReader::withQuotes)
                .or(
                    () ->
                        MediaTypes.parameter(disposition, "filename*")
                            .map(MultipartReader::extended)),
            headers.first("Content-Type").orElse(MediaTypes.OCTETS),
            body));
  }

  /** Browsers write a quotation mark so (HTML Standard, multipart form data). */
  private static String withQuotes(String name) {
    return name.replace("%22", "\"");
  }

  /** Some clients send a name beyond ASCII as {@code UTF-8''%C3%A9} (RFC 8187 §3.2). */
  private static String extended(String value) {
    String[] parts = value.split("'", 3);
    return Parameters.decode(parts[parts.length - 1]);
  }

  /** Whether a part follows the delimiter just read, rather than the end. */
  private boolean afterDelimiter() throws IOException {
    int first = source.read();
    if (first == '-' && source.read() == '-') {
      return false;
    }
    while (first == ' ' || first == '\t') {
      first = source.read();
    }
    if (first == '\r') {
      first = source.read();
    }
    return first == '\n';
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = source.read(); b != '\n'; b = source.read()) {
      if (b < 0) {
        throw new HttpError(400, "the content ends inside the header section of a part");
      }
      if (line.size() > LONGEST_HEADER_SECTION) {
        throw new HttpError(400, "the header section of a part is too long");
      }
      line.write(b);
    }
    String text = line.toString(StandardCharsets.UTF_8);
    return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
  }

  /** A part's content: up to a line end that the delimiter follows. */
  private final class Body extends InputStream {
    private boolean atLineStart = true;
    private boolean done;

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    /** As much as is there: a line each would cost whoever writes it to a file a call each. */
    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int count = length == 0 ? 0 : piece(into, offset, length);
      while (count > 0 && count < length && source.isThere(2 + delimiter.length)) {
        int more = piece(into, offset + count, length - count);
        if (more < 0) {
          return count;
        }
        count += more;
      }
      return count;
    }

    private int piece(byte[] into, int offset, int length) throws IOException {
      if (!done && atLineStart) {
        atLineStart = false;
        done = delimiterAt(0);
      }
      if (done) {
        return -1;
      }
      // Only a line end can begin a delimiter: what stands before one is copied at once.
      int plain = source.copyUpToLineEnd(into, offset, length);
      if (plain > 0) {
        return plain;
      }
      int next = source.peek(0);
      if (next < 0) {
        ended = true;
        done = true;
      } else {
        done = next == '\n' ? delimiterAt(1) : source.peek(1) == '\n' && delimiterAt(2);
      }
      if (done) {
        return -1;
      }
      into[offset] = (byte) source.read();
      return 1;
    }

    private boolean delimiterAt(int offset) throws IOException {
      if (!source.startsWith(delimiter, offset)) {
        return false;
      }
      source.skip(offset + delimiter.length);
      return true;
    }

    void skipAll() throws IOException {
      transferTo(OutputStream.nullOutputStream());
    }
  }

  /** A stream that can be looked into. */
  private static final class Source {
    private final InputStream in;
    private final byte[] buffer = new byte[16 * 1024];
    private int position;
    private int limit;

    Source(InputStream in) {
      this.in = in;
    }

    /** Whether {@code count} bytes are there, after reading as far as needed. */
    private boolean has(int count) throws IOException {
      if (isThere(count)) {
        return true;
      }
      System.arraycopy(buffer, position, buffer, 0, limit - position);
      limit -= position;
      position = 0;
      while (limit < count) {
        int more = in.read(buffer, limit, buffer.length - limit);
        if (more < 0) {
          return false;
        }
        limit += more;
      }
      return true;
    }

    boolean isThere(int count) {
      return limit - position >= count;
    }

    int peek(int offset) throws IOException {
      return has(offset + 1) ? buffer[position + offset] & 0xff : -1;
    }

    int read() throws IOException {
      return has(1) ? buffer[position++] & 0xff : -1;
    }

    void skip(int count) {
      position += count;
    }

    boolean startsWith(byte[] prefix, int offset) throws IOException {
      return has(offset + prefix.length)
          && Arrays.equals(
              buffer,
              position + offset,
              position + offset + prefix.length,
              prefix,
              0,
              prefix.length);
    }

    /** Copies what is there and holds neither CR nor LF; 0 when one comes next, or the end. */
    int copyUpToLineEnd(byte[] into, int offset, int length) throws IOException {
      if (!has(1)) {
        return 0;
      }
      int most = Math.min(length, limit - position);
      int count = 0;
      while (count < most && buffer[position + count] != '\r' && buffer[position + count] != '\n') {
        count++;
      }
      System.arraycopy(buffer, position, into, offset, count);
      position += count;
      return count;
    }
  }
}

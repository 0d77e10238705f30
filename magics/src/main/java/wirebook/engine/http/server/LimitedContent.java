package wirebook.engine.http.server;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EofException;

/** The content of a request up to the length that is taken; most requests have none to open. */
final class LimitedContent extends InputStream {
  private final Content.Source source;
  private final long most;
  private long left;
  private boolean exceeded;
  private Optional<InputStream> opened = Optional.empty();

  LimitedContent(Content.Source source, Knobs knobs) {
    this.source = source;
    most = knobs.maxBody().orElse(Long.MAX_VALUE);
    left = most;
  }

  /** Whether more came than is taken. */
  boolean exceeded() {
    return exceeded;
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
    if (read < 0 && most - left < source.getLength()) {
      // Jetty does not count where trailers end an HTTP/2 stream (RFC 9113 §8.1.1).
      throw new EofException("content-length tells of more");
    }
    left -= Math.max(0, read);
    if (left < 0) {
      exceeded = true;
      throw new HttpError(413, "this server takes content up to " + most + " bytes (--max-body)");
    }
    return read;
  }
}

package wirebook.engine.http.client;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Puts a CR before each LF that has none. */
final class CrlfStream extends FilterInputStream {
  private int last = -1;
  private boolean pending;

  CrlfStream(InputStream in) {
    super(in);
  }

  @Override
  public int read() throws IOException {
    if (pending) {
      pending = false;
      last = '\n';
      return '\n';
    }
    int b = super.read();
    if (b == '\n' && last != '\r') {
      pending = true;
      return '\r';
    }
    last = b;
    return b;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int n = 0;
    while (n < length) {
      int b = read();
      if (b < 0) {
        break;
      }
      bytes[offset + n++] = (byte) b;
    }
    return n == 0 && length > 0 ? -1 : n;
  }
}

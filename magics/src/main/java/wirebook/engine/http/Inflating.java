package wirebook.engine.http;

import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Undoes {@code gzip} (RFC 1952) and {@code deflate} (RFC 1950, and RFC 1951 from the servers that
 * take the name literally), as the bytes come. Not safe for use by several threads.
 */
public final class Inflating implements ContentDecoder {
  private enum State {
    HEADER,
    INFLATING,
    TRAILER,
    JUNK,
    DONE
  }

  private static final int RAW_TRAILER = 4;
  private static final int GZIP_TRAILER = 8;

  /** An extra field has at most 64 KiB; file name and comment have no limit of their own. */
  private static final int MAX_HEADER = 66 * 1024;

  private final boolean gzip;
  private final CRC32 crc = new CRC32();
  private final byte[] out = new byte[16 * 1024];
  private final StringBuilder header = new StringBuilder();
  private Inflater inflater;
  private State state;
  private boolean raw;
  private boolean outputStarted;
  private int trailer;
  private final StringBuilder trailerBytes = new StringBuilder();

  public Inflating(boolean gzip) {
    this.gzip = gzip;
    state = gzip ? State.HEADER : State.INFLATING;
    inflater = new Inflater(gzip);
    raw = gzip;
  }

  private static HttpFailure bad(String why) {
    return new HttpFailure(
        CurlCode.BAD_CONTENT_ENCODING, "Error while processing content unencoding: " + why);
  }

  @Override
  public void feed(byte[] bytes, int offset, int length, Sink sink) throws HttpFailure {
    int pos = offset;
    int end = offset + length;
    while (pos < end && state == State.HEADER) {
      header.append((char) (bytes[pos++] & 0xff));
      int size = headerLength();
      if (size == header.length()) {
        state = State.INFLATING;
      } else if (header.length() > MAX_HEADER) {
        throw bad("header too long");
      } else if (size < 0) {
        // Not gzip at all: zlib's automatic detection takes a zlib stream as well.
        byte[] all = ByteText.bytes(header.toString());
        if (all.length >= 2
            && ((all[0] & 0xff) * 256 + (all[1] & 0xff)) % 31 == 0
            && (all[0] & 15) == 8) {
          inflater.end();
          inflater = new Inflater(false);
          raw = false;
          state = State.INFLATING;
          inflate(all, 0, all.length, sink);
        } else {
          throw bad("incorrect header check");
        }
      }
    }
    if (pos < end || state != State.HEADER) {
      inflate(bytes, pos, end - pos, sink);
    }
  }

  /** The length of the gzip header, 0 while that is not known, -1 when it is none. */
  private int headerLength() throws HttpFailure {
    String h = header.toString();
    if (h.charAt(0) != 0x1f) {
      return h.length() < 2 ? 0 : -1;
    }
    if (h.length() > 1 && h.charAt(1) != 0x8b) {
      return -1;
    }
    if (h.length() < 10) {
      return 0;
    }
    if (h.charAt(2) != 8) {
      throw bad("unknown compression method");
    }
    int flags = h.charAt(3);
    if ((flags & 0xe0) != 0) {
      throw bad("unknown header flags set");
    }
    int size = 10;
    if ((flags & 4) != 0) {
      if (h.length() < size + 2) {
        return 0;
      }
      size += 2 + h.charAt(size) + 256 * h.charAt(size + 1);
    }
    for (int bit = 8; bit <= 16; bit *= 2) {
      if ((flags & bit) != 0) {
        if (h.length() <= size) {
          return 0;
        }
        int zero = h.indexOf('\0', size);
        if (zero < 0) {
          return 0;
        }
        size = zero + 1;
      }
    }
    if ((flags & 2) != 0) {
      size += 2;
    }
    return h.length() >= size ? size : 0;
  }

  private void inflate(byte[] bytes, int offset, int length, Sink sink) throws HttpFailure {
    if (length == 0) {
      return;
    }
    if (state == State.DONE) {
      throw new HttpFailure(CurlCode.WRITE_ERROR);
    }
    int pos = offset;
    int left = length;
    if (state == State.INFLATING) {
      inflater.setInput(bytes, pos, left);
      while (true) {
        int n;
        try {
          n = inflater.inflate(out);
        } catch (DataFormatException e) {
          if (!raw && !outputStarted) {
            raw = true;
            trailer = RAW_TRAILER;
            inflater.end();
            inflater = new Inflater(true);
            inflater.setInput(bytes, offset, length);
            continue;
          }
          throw bad(e.getMessage() == null ? "invalid data" : e.getMessage());
        }
        if (n > 0) {
          outputStarted = true;
          if (gzip) {
            crc.update(out, 0, n);
          }
          sink.data(out, 0, n);
          continue;
        }
        if (inflater.finished()) {
          state = gzip && raw ? State.TRAILER : State.JUNK;
          break;
        }
        if (inflater.needsDictionary()) {
          throw bad("need dictionary");
        }
        outputStarted = true;
        return;
      }
      left = inflater.getRemaining();
      pos = offset + length - left;
    }
    if (state == State.TRAILER) {
      while (left > 0 && trailerBytes.length() < GZIP_TRAILER) {
        trailerBytes.append((char) (bytes[pos++] & 0xff));
        left--;
      }
      if (trailerBytes.length() < GZIP_TRAILER) {
        return;
      }
      if (number(0) != crc.getValue()) {
        throw bad("incorrect data check");
      }
      if (number(4) != (inflater.getBytesWritten() & 0xffffffffL)) {
        throw bad("incorrect length check");
      }
      state = State.DONE;
      if (left >= 2 && (bytes[pos] & 0xff) == 0x1f && (bytes[pos + 1] & 0xff) == 0x8b) {
        throw new HttpFailure(CurlCode.WRITE_ERROR, "Multi-member gzip response not supported");
      }
    } else if (state == State.JUNK) {
      int taken = Math.min(left, trailer);
      trailer -= taken;
      left -= taken;
      if (trailer == 0) {
        state = State.DONE;
      }
    }
    if (left > 0) {
      throw new HttpFailure(CurlCode.WRITE_ERROR);
    }
  }

  private long number(int at) {
    long value = 0;
    for (int i = 3; i >= 0; i--) {
      value = value << 8 | trailerBytes.charAt(at + i);
    }
    return value;
  }

  @Override
  public void close() {
    inflater.end();
  }
}

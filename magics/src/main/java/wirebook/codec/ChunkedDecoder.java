package wirebook.codec;

import java.net.ProtocolException;
import java.util.HexFormat;

/**
 * The chunked coding (RFC 9112 section 7.1), byte by byte, with curl's tolerance: extensions and
 * bare line feeds pass. Not safe for use by several threads.
 */
public final class ChunkedDecoder {
  private static final int MAX_DIGITS = 16;
  private static final int MAX_TRAILER = 4096;

  /** Throws away what was inside. */
  public static final Sink<RuntimeException> NOTHING = new Sink<>() {};

  /**
   * Gets what was inside.
   *
   * @param <E> what it can refuse that with
   */
  public interface Sink<E extends Exception> {
    default void data(byte[] bytes, int offset, int length) throws E {}

    /** One trailer field with its line end. */
    default void trailer(String line) throws E {}
  }

  private enum State {
    HEX,
    LF,
    DATA,
    POST_LF,
    TRAILER,
    TRAILER_CR,
    TRAILER_POST_CR,
    STOP,
    DONE
  }

  private final StringBuilder hex = new StringBuilder();
  private final StringBuilder trailer = new StringBuilder();
  private State state = State.HEX;
  private long left;

  public boolean done() {
    return state == State.DONE;
  }

  private static final String MALFORMED = "Malformed encoding found in chunked-encoding";

  /**
   * Takes bytes until the last chunk's end.
   *
   * @return how many were taken
   */
  public <E extends Exception> int feed(byte[] bytes, int offset, int length, Sink<E> sink)
      throws E, ProtocolException {
    int pos = offset;
    int end = offset + length;
    while (pos < end && state != State.DONE) {
      char c = (char) (bytes[pos] & 0xff);
      switch (state) {
        case HEX -> {
          if (HexFormat.isHexDigit(c)) {
            if (hex.length() >= MAX_DIGITS) {
              throw new ProtocolException("chunk hex-length longer than " + MAX_DIGITS);
            }
            hex.append(c);
            pos++;
          } else {
            if (hex.isEmpty()) {
              throw new ProtocolException(
                  "chunk hex-length char not a hex digit: 0x" + Integer.toHexString(c));
            }
            try {
              left = Long.parseLong(hex.toString(), 16);
            } catch (NumberFormatException e) {
              throw new ProtocolException("invalid chunk size: '" + hex + "'");
            }
            hex.setLength(0);
            state = State.LF;
          }
        }
        case LF -> {
          if (c == '\n') {
            state = left == 0 ? State.TRAILER : State.DATA;
          }
          pos++;
        }
        case DATA -> {
          int piece = (int) Math.min(left, end - pos);
          sink.data(bytes, pos, piece);
          pos += piece;
          left -= piece;
          if (left == 0) {
            state = State.POST_LF;
          }
        }
        case POST_LF -> {
          if (c == '\n') {
            state = State.HEX;
          } else if (c != '\r') {
            throw new ProtocolException(MALFORMED);
          }
          pos++;
        }
        case TRAILER -> {
          if (c == '\r' || c == '\n') {
            if (trailer.isEmpty()) {
              state = State.TRAILER_POST_CR;
            } else {
              String line = trailer.append("\r\n").toString();
              trailer.setLength(0);
              sink.trailer(line);
              state = State.TRAILER_CR;
              if (c == '\r') {
                pos++;
              }
            }
          } else {
            if (trailer.length() >= MAX_TRAILER) {
              throw new ProtocolException("Out of memory in chunked-encoding");
            }
            trailer.append(c);
            pos++;
          }
        }
        case TRAILER_CR -> {
          if (c != '\n') {
            throw new ProtocolException(MALFORMED);
          }
          state = State.TRAILER_POST_CR;
          pos++;
        }
        case TRAILER_POST_CR -> {
          if (c != '\r' && c != '\n') {
            state = State.TRAILER;
          } else {
            if (c == '\r') {
              pos++;
            }
            state = State.STOP;
          }
        }
        case STOP -> {
          if (c != '\n') {
            throw new ProtocolException(MALFORMED);
          }
          pos++;
          state = State.DONE;
        }
        case DONE -> throw new IllegalStateException();
      }
    }
    return pos - offset;
  }
}

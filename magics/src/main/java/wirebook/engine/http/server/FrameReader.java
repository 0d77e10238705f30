package wirebook.engine.http.server;

import java.nio.ByteBuffer;
import java.util.function.Consumer;
import wirebook.trace.Bytes;

/** Tells the frames of one direction of a connection apart, however its bytes come. */
abstract sealed class FrameReader {
  private final byte[] head = new byte[14];
  private final Consumer<WireFrame> frames;
  private int headLength;
  private byte[] kept = new byte[0];
  private int keptLength;
  private long remaining;

  private FrameReader(Consumer<WireFrame> frames) {
    this.frames = frames;
  }

  /** Frames of HTTP/2 (RFC 9113 §4.1), which a client begins behind its preface (§3.4). */
  static FrameReader http2(boolean received, int preface, Consumer<WireFrame> frames) {
    return new Http2(received, preface, frames);
  }

  /** Frames of a WebSocket (RFC 6455 §5.2). */
  static FrameReader webSocket(boolean received, Consumer<WireFrame> frames) {
    return new WebSocket(received, frames);
  }

  final void take(ByteBuffer bytes, int from, int to) {
    int at = skipped(from, to);
    while (at < to) {
      if (headLength < headSize(head, headLength)) {
        head[headLength++] = bytes.get(at++);
        if (headLength < headSize(head, headLength)) {
          continue;
        }
        remaining = payloadLength(head);
        kept = new byte[(int) Math.min(WireFrame.KEPT, remaining)];
        keptLength = 0;
      } else {
        int count = (int) Math.min(remaining, to - at);
        int room = Math.min(count, kept.length - keptLength);
        if (room > 0) {
          bytes.get(at, kept, keptLength, room);
          keptLength += room;
        }
        at += count;
        remaining -= count;
      }
      if (remaining == 0) {
        frames.accept(frame(head, kept));
        headLength = 0;
      }
    }
  }

  /** Where the next frame begins, behind bytes that belong to none. */
  int skipped(int from, int to) {
    return from;
  }

  /** How long the head of a frame is that begins with these bytes, or at least is. */
  abstract int headSize(byte[] bytes, int known);

  abstract long payloadLength(byte[] bytes);

  abstract WireFrame frame(byte[] bytes, byte[] payload);

  private static long number(byte[] bytes, int from, int to) {
    long number = 0;
    for (int i = from; i < to; i++) {
      number = number << 8 | (bytes[i] & 0xff);
    }
    return number;
  }

  private static final class Http2 extends FrameReader {
    private final boolean received;
    private int preface;

    Http2(boolean received, int preface, Consumer<WireFrame> frames) {
      super(frames);
      this.received = received;
      this.preface = preface;
    }

    @Override
    int skipped(int from, int to) {
      int count = Math.min(preface, to - from);
      preface -= count;
      return from + count;
    }

    @Override
    int headSize(byte[] bytes, int known) {
      return 9;
    }

    @Override
    long payloadLength(byte[] bytes) {
      return number(bytes, 0, 3);
    }

    @Override
    WireFrame frame(byte[] bytes, byte[] payload) {
      return new WireFrame.Http2(
          received,
          bytes[3] & 0xff,
          bytes[4] & 0xff,
          (int) number(bytes, 5, 9) & Integer.MAX_VALUE,
          payloadLength(bytes),
          Bytes.of(payload));
    }
  }

  private static final class WebSocket extends FrameReader {
    private static final int SIXTEEN_BITS = 126;
    private static final int SIXTY_FOUR_BITS = 127;

    private final boolean received;

    WebSocket(boolean received, Consumer<WireFrame> frames) {
      super(frames);
      this.received = received;
    }

    private static int lengthEnd(byte[] bytes) {
      return switch (bytes[1] & 0x7f) {
        case SIXTEEN_BITS -> 4;
        case SIXTY_FOUR_BITS -> 10;
        default -> 2;
      };
    }

    private static boolean masked(byte[] bytes) {
      return (bytes[1] & 0x80) != 0;
    }

    @Override
    int headSize(byte[] bytes, int known) {
      return known < 2 ? 2 : lengthEnd(bytes) + (masked(bytes) ? 4 : 0);
    }

    @Override
    long payloadLength(byte[] bytes) {
      int end = lengthEnd(bytes);
      long length = end == 2 ? bytes[1] & 0x7f : number(bytes, 2, end);
      // The first bit has to be 0; whatever comes behind such a length is no frame any more.
      return length < 0 ? Long.MAX_VALUE : length;
    }

    @Override
    WireFrame frame(byte[] bytes, byte[] payload) {
      if (masked(bytes)) {
        int mask = lengthEnd(bytes);
        for (int i = 0; i < payload.length; i++) {
          payload[i] ^= bytes[mask + i % 4];
        }
      }
      return new WireFrame.WebSocket(
          received,
          bytes[0] & 0xf,
          (bytes[0] & 0x80) != 0,
          (bytes[0] & 0x40) != 0,
          masked(bytes),
          payloadLength(bytes),
          Bytes.of(payload));
    }
  }
}

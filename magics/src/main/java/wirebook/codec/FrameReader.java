package wirebook.codec;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Function;

/**
 * Tells frames apart, however their bytes come: each is a head, which says how long it is itself,
 * and a payload, whose length the head says. Not safe for use by several threads.
 *
 * @param <F> what a head says
 * @param <E> what a frame can be refused with
 */
public abstract class FrameReader<F, E extends Exception> {
  /** How long the head is that begins with so many known bytes, or at least is. */
  public interface HeadSize {
    int of(byte[] head, int known);
  }

  private final HeadSize size;
  private final Function<byte[], F> read;
  private final byte[] head = new byte[14];
  private int skipped;
  private int known;
  private Optional<F> frame = Optional.empty();
  private long left;

  /**
   * @param read makes sense of a whole head
   * @param skipped bytes that come before the first frame
   */
  protected FrameReader(HeadSize size, Function<byte[], F> read, int skipped) {
    this.size = size;
    this.read = read;
    this.skipped = skipped;
  }

  /** A frame begins; returns the length of its payload. */
  protected abstract long begin(F begun) throws E;

  /** Takes a piece of the payload, whose place in the buffer is said. */
  protected abstract void payload(ByteBuffer bytes, int from, int count) throws E;

  /** The frame is whole. */
  protected abstract void end(F whole) throws E;

  /** Takes the bytes at these places; leaves the buffer's position. */
  public final void take(ByteBuffer bytes, int from, int to) throws E {
    int at = from + Math.min(skipped, to - from);
    skipped -= at - from;
    while (at < to) {
      if (frame.isPresent()) {
        int count = (int) Math.min(left, to - at);
        payload(bytes, at, count);
        at += count;
        left -= count;
      } else {
        head[known++] = bytes.get(at++);
        if (known < size.of(head, known)) {
          continue;
        }
        known = 0;
        frame = Optional.of(read.apply(head));
        left = begin(frame.get());
      }
      if (left == 0) {
        F whole = frame.orElseThrow();
        frame = Optional.empty();
        end(whole);
      }
    }
  }
}

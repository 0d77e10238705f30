package wirebook.engine.http.server;

import java.nio.ByteBuffer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import wirebook.codec.FrameReader;
import wirebook.codec.Http2Frame;
import wirebook.codec.WebSocketFrame;
import wirebook.trace.Bytes;

/** Tells what the frames of one direction of a connection are, and how their payloads begin. */
final class FrameTap<F> extends FrameReader<F, RuntimeException> {
  private final ToLongFunction<F> length;
  private final BiFunction<F, byte[], WireFrame> told;
  private final Consumer<WireFrame> frames;
  private byte[] kept = new byte[0];
  private int keptLength;

  private FrameTap(
      HeadSize size,
      Function<byte[], F> read,
      int skipped,
      ToLongFunction<F> length,
      BiFunction<F, byte[], WireFrame> told,
      Consumer<WireFrame> frames) {
    super(size, read, skipped);
    this.length = length;
    this.told = told;
    this.frames = frames;
  }

  /** Frames of HTTP/2, which a client begins behind its preface (RFC 9113 §3.4). */
  static FrameTap<?> http2(boolean received, int preface, Consumer<WireFrame> frames) {
    return new FrameTap<>(
        (head, known) -> Http2Frame.SIZE,
        head -> Http2Frame.read(head, 0),
        preface,
        Http2Frame::length,
        (f, payload) ->
            new WireFrame.Http2(
                received, f.type(), f.flags(), f.stream(), f.length(), Bytes.of(payload)),
        frames);
  }

  /** Frames of a WebSocket; behind a length that cannot be comes no frame any more. */
  static FrameTap<?> webSocket(boolean received, Consumer<WireFrame> frames) {
    return new FrameTap<>(
        WebSocketFrame::headSize,
        WebSocketFrame::read,
        0,
        f -> f.length() < 0 ? Long.MAX_VALUE : f.length(),
        (f, payload) -> {
          f.mask(payload, 0, payload.length);
          return new WireFrame.WebSocket(
              received,
              f.opcode(),
              f.fin(),
              (f.reserved() & 4) != 0,
              f.masked(),
              f.length(),
              Bytes.of(payload));
        },
        frames);
  }

  @Override
  protected long begin(F begun) {
    long all = length.applyAsLong(begun);
    kept = new byte[(int) Math.min(WireFrame.KEPT, all)];
    keptLength = 0;
    return all;
  }

  @Override
  protected void payload(ByteBuffer bytes, int from, int count) {
    int room = Math.min(count, kept.length - keptLength);
    bytes.get(from, kept, keptLength, room);
    keptLength += room;
  }

  @Override
  protected void end(F whole) {
    frames.accept(told.apply(whole, kept));
  }
}

package wirebook.engine.http;

import java.nio.ByteBuffer;
import wirebook.codec.FrameReader;
import wirebook.codec.WebSocketFrame;

/**
 * The WebSocket frames that a server sends (RFC 6455 section 5), as the bytes come. Not safe for
 * use by several threads.
 */
public final class WebSocketFrames extends FrameReader<WebSocketFrame, HttpFailure> {
  /** Gets what the frames hold. */
  public interface Sink {
    /** A piece of a message. */
    void data(byte[] bytes, int offset, int length) throws HttpFailure;

    /** A whole control frame. */
    void control(int opcode, byte[] payload) throws HttpFailure;
  }

  private final Sink sink;
  private int opcode;
  private byte[] control = new byte[0];
  private int controlLength;

  public WebSocketFrames(Sink sink) {
    super(WebSocketFrame::headSize, WebSocketFrame::read, 0);
    this.sink = sink;
  }

  public void feed(byte[] bytes, int offset, int length) throws HttpFailure {
    take(ByteBuffer.wrap(bytes), offset, offset + length);
  }

  @Override
  protected long begin(WebSocketFrame head) throws HttpFailure {
    opcode = head.opcode();
    if (head.reserved() != 0) {
      throw bad("invalid reserved bits");
    }
    if ((opcode > WebSocketFrame.BINARY && opcode < WebSocketFrame.CLOSE)
        || opcode > WebSocketFrame.PONG) {
      throw bad("invalid opcode");
    }
    if (head.masked()) {
      throw bad("masked input frame");
    }
    if (head.length() < 0) {
      throw bad("frame length longer than 63 bits not supported");
    }
    if (opcode >= WebSocketFrame.CLOSE) {
      if (head.length() > WebSocketFrame.MAX_CONTROL) {
        throw bad("received control frame is too big");
      }
      control = new byte[(int) head.length()];
      controlLength = 0;
    }
    return head.length();
  }

  @Override
  protected void payload(ByteBuffer bytes, int from, int count) throws HttpFailure {
    if (opcode < WebSocketFrame.CLOSE) {
      sink.data(bytes.array(), bytes.arrayOffset() + from, count);
    } else {
      bytes.get(from, control, controlLength, count);
      controlLength += count;
    }
  }

  @Override
  protected void end(WebSocketFrame head) throws HttpFailure {
    if (opcode >= WebSocketFrame.CLOSE) {
      sink.control(opcode, control);
    }
  }

  private static HttpFailure bad(String what) {
    return new HttpFailure(CurlCode.RECV_ERROR, "[WS] " + what);
  }
}

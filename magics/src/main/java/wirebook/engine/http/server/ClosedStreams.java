package wirebook.engine.http.server;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.HTTP2Session;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.frames.DataFrame;
import org.eclipse.jetty.http2.frames.Frame;
import org.eclipse.jetty.http2.frames.HeadersFrame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.util.Callback;

/**
 * Content on a stream that its client has ended or reset before is an error of type STREAM_CLOSED
 * (RFC 9113 §5.1); Jetty passes over it once it has forgotten the stream.
 */
final class ClosedStreams implements HTTP2Session.FrameListener {
  private static final int REMEMBERED = 128;

  private final Set<Integer> ended =
      Collections.newSetFromMap(
          new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<Integer, Boolean> eldest) {
              return size() > REMEMBERED;
            }
          });

  /** Called by the one thread at a time that reads the connection. */
  @Override
  public void onIncomingFrame(Session session, Frame frame) {
    switch (frame) {
      case DataFrame data -> {
        int stream = data.getStreamId();
        if (session.getStream(stream) == null
            && ended.contains(stream)
            && session instanceof HTTP2Session http2) {
          ResetFrame reset = new ResetFrame(stream, ErrorCode.STREAM_CLOSED_ERROR.code);
          http2.frames(null, List.of(reset), Callback.NOOP);
        } else if (data.isEndStream()) {
          ended.add(stream);
        }
      }
      case HeadersFrame headers when headers.isEndStream() -> ended.add(headers.getStreamId());
      case ResetFrame reset -> ended.add(reset.getStreamId());
      default -> {}
    }
  }
}

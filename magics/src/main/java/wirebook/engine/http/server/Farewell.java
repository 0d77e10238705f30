package wirebook.engine.http.server;

import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.HTTP2Session;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.frames.Frame;
import org.eclipse.jetty.http2.frames.GoAwayFrame;
import org.eclipse.jetty.http2.frames.PingFrame;
import org.eclipse.jetty.util.Callback;

/**
 * Hangs up when a server that stops has sent its last GOAWAY (RFC 9113 §6.8). Jetty would give the
 * client another second to do so.
 */
final class Farewell implements HTTP2Session.FrameListener {
  private boolean idle;

  /** Called by the one thread at a time that writes to the connection. */
  @Override
  public void onOutgoingFrame(Session session, Frame frame) {
    if (!(frame instanceof GoAwayFrame goAway) || !(session instanceof HTTP2Session http2)) {
      return;
    }
    if (goAway.isGraceful()) {
      idle = session.getStreams().isEmpty();
    } else if (goAway.getError() == ErrorCode.NO_ERROR.code) {
      boolean nothingToLose = idle;
      // What is called when a later frame has been written is called when the GOAWAY has.
      http2.ping(
          new PingFrame(false),
          Callback.from(
              () -> {
                if (nothingToLose) {
                  http2.disconnect();
                } else if (http2.getStreams().isEmpty()) {
                  // To bytes that come later the system would answer with a reset, and the client
                  // could lose the end of its response.
                  http2.getEndPoint().shutdownOutput();
                }
              }));
    }
  }
}

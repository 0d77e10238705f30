package wirebook.engine.http.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.Blocker;
import org.eclipse.jetty.util.BufferUtil;

/** Hands on what comes from either side, unread, once both have left HTTP (RFC 9110 §7.8). */
final class TunnelConnection extends AbstractConnection implements Connection.UpgradeTo {
  private static final Duration LONGEST_SILENCE = Duration.ofMinutes(5);
  private static final int PIECE = 16 * 1024;

  private final UpstreamConnection upstream;
  private ByteBuffer early = BufferUtil.EMPTY_BUFFER;

  TunnelConnection(EndPoint client, Executor executor, UpstreamConnection upstream) {
    super(client, executor);
    this.upstream = upstream;
  }

  /** Gets what the client has already sent behind its request. */
  @Override
  public void onUpgradeTo(ByteBuffer buffer) {
    early = BufferUtil.copy(buffer);
  }

  @Override
  public void onOpen() {
    super.onOpen();
    getEndPoint().setIdleTimeout(LONGEST_SILENCE.toMillis());
    Thread.ofVirtual().name("serve-tunnel").start(this::toServer);
    Thread.ofVirtual().name("serve-tunnel").start(this::toClient);
  }

  private void toServer() {
    try {
      write(early);
      ByteBuffer buffer = BufferUtil.allocate(PIECE);
      for (int n = getEndPoint().fill(buffer); n >= 0; n = getEndPoint().fill(buffer)) {
        if (n > 0) {
          write(buffer);
          BufferUtil.clear(buffer);
        } else {
          try (Blocker.Callback ready = Blocker.callback()) {
            getEndPoint().fillInterested(ready);
            ready.block();
          }
        }
      }
      upstream.endOutput();
    } catch (IOException e) {
      end();
    }
  }

  private void write(ByteBuffer buffer) throws IOException {
    upstream.out().write(BufferUtil.toArray(buffer));
    upstream.out().flush();
  }

  private void toClient() {
    try {
      byte[] piece = new byte[PIECE];
      for (int n = upstream.in().read(piece); n >= 0; n = upstream.in().read(piece)) {
        try (Blocker.Callback written = Blocker.callback()) {
          getEndPoint().write(written, ByteBuffer.wrap(piece, 0, n));
          written.block();
        }
      }
    } catch (IOException e) {
      // One of the two is gone: so is the tunnel.
    }
    end();
  }

  private void end() {
    upstream.close();
    getEndPoint().close();
  }

  @Override
  public void onClose(Throwable cause) {
    upstream.close();
    super.onClose(cause);
  }

  /** Reading has a callback of its own. */
  @Override
  public void onFillable() {}
}

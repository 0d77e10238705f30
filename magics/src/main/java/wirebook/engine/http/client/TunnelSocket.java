package wirebook.engine.http.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.util.Arrays;
import java.util.Optional;
import wirebook.engine.http.client.Http2Connection.Heard;
import wirebook.net.SocketAround;
import wirebook.trace.Bytes;

/** A stream of an HTTP/2 proxy that is a connection to a server (RFC 9113, section 8.5). */
final class TunnelSocket extends SocketAround {
  private static final long PATIENCE = 1000;

  private final Http2Connection.Exchange stream;

  /**
   * @param proxy the connection to the proxy
   */
  TunnelSocket(Socket proxy, Http2Connection.Exchange stream) {
    super(proxy);
    this.stream = stream;
  }

  private static InterruptedIOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("stopped");
  }

  @Override
  public InputStream getInputStream() {
    return new InputStream() {
      private Bytes rest = Bytes.EMPTY;
      private boolean ended;

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        while (rest.isEmpty() && !ended && length > 0) {
          hear();
        }
        int n = Math.min(length, rest.length());
        System.arraycopy(rest.toArray(), 0, bytes, offset, n);
        rest = rest.slice(n, rest.length());
        return n == 0 && length > 0 ? -1 : n;
      }

      private void hear() throws IOException {
        Optional<Heard> heard;
        try {
          heard = stream.read(PATIENCE);
        } catch (InterruptedException e) {
          throw interrupted();
        }
        if (heard.isEmpty()) {
          return;
        }
        switch (heard.get()) {
          case Heard.Data(Bytes bytes) -> rest = bytes;
          case Heard.End _ -> ended = true;
          case Heard.Failed failed -> throw new SocketException(failed.why().words());
          case Heard.Closed _ -> throw new SocketException("Connection reset");
          case Heard.Head _, Heard.Trailers _, Heard.Room _ -> {
            // Not about what goes through.
          }
        }
      }
    };
  }

  @Override
  public OutputStream getOutputStream() {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        int at = offset;
        while (at < offset + length) {
          int n = Math.min(stream.room(), offset + length - at);
          if (n > 0) {
            stream.data(Arrays.copyOfRange(bytes, at, at + n), false);
            at += n;
          } else {
            try {
              stream.awaitRoom(PATIENCE);
            } catch (InterruptedException e) {
              throw interrupted();
            }
          }
        }
      }
    };
  }

  @Override
  public void close() throws IOException {
    stream.leave();
    super.close();
  }
}

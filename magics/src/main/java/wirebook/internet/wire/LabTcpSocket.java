package wirebook.internet.wire;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import wirebook.net.Wire;
import wirebook.trace.Bytes;
import wirebook.trace.Capture;

/**
 * A connection of a lab host: a real one on loopback that has the lab's addresses. The first byte
 * read after something was written comes a round trip after it, in lab time.
 */
public final class LabTcpSocket extends Socket {
  private final LabWay way;

  /** Lab time when the time-out of reads was set. */
  private volatile long patientSince;

  public LabTcpSocket(LabWay way, int realPort) throws IOException {
    this.way = way;
    setTcpNoDelay(true);
    InetSocketAddress real = new InetSocketAddress(InetAddress.getLoopbackAddress(), realPort);
    try {
      // The loopback connection underneath is not on the wire: the one in the lab is.
      ScopedValue.where(Wire.HIDING, true)
          .call(
              () -> {
                super.connect(real, 0);
                return true;
              });
    } catch (IOException e) {
      way.failed();
      close();
      throw e;
    }
    way.opened(super.getLocalPort());
  }

  @Override
  public InputStream getInputStream() throws IOException {
    return new FilterInputStream(super.getInputStream()) {
      // What came too late for the read that waited for it.
      private Bytes late = Bytes.EMPTY;

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        int count = late.isEmpty() ? inTime(buffer, offset, length) : kept(buffer, offset, length);
        way.arrived();
        if (Wire.tap() != null) {
          if (count > 0) {
            way.received(Bytes.of(buffer, offset, count));
          } else if (count < 0) {
            way.ended(true);
          }
        }
        return count;
      }

      private int inTime(byte[] buffer, int offset, int length) throws IOException {
        long begun = way.nanoTime();
        int count = in.read(buffer, offset, length);
        Duration patience = Duration.ofMillis(getSoTimeout());
        if (count > 0
            && patience.isPositive()
            && way.isLaterThan(Math.max(begun, patientSince) + patience.toNanos())) {
          late = Bytes.of(buffer, offset, count);
          throw new SocketTimeoutException("Read timed out");
        }
        return count;
      }

      private int kept(byte[] buffer, int offset, int length) {
        int count = Math.min(length, late.length());
        System.arraycopy(late.toArray(), 0, buffer, offset, count);
        late = late.slice(count, late.length());
        return count;
      }
    };
  }

  /** In lab time, from now on. */
  @Override
  public synchronized void setSoTimeout(int millis) throws SocketException {
    super.setSoTimeout(millis);
    patientSince = way.nanoTime();
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    return new FilterOutputStream(super.getOutputStream()) {
      @Override
      public void write(byte[] buffer, int offset, int length) throws IOException {
        Capture.Sending sending =
            Wire.tap() == null ? null : way.sending(Bytes.of(buffer, offset, length));
        way.wrote();
        out.write(buffer, offset, length);
        if (sending != null) {
          sending.sent(length);
        }
      }

      @Override
      public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
      }
    };
  }

  @Override
  public void shutdownOutput() throws IOException {
    super.shutdownOutput();
    way.ended(false);
  }

  @Override
  public void close() throws IOException {
    if (!isClosed() && isConnected()) {
      way.closed();
    }
    super.close();
  }

  @Override
  public InetAddress getInetAddress() {
    return way.remote().getAddress();
  }

  @Override
  public int getPort() {
    return way.remote().getPort();
  }

  @Override
  public SocketAddress getRemoteSocketAddress() {
    return way.remote();
  }

  @Override
  public InetAddress getLocalAddress() {
    return way.local();
  }

  @Override
  public SocketAddress getLocalSocketAddress() {
    return new InetSocketAddress(way.local(), super.getLocalPort());
  }
}

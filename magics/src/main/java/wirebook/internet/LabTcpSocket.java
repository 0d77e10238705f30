package wirebook.internet;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.time.Duration;

/**
 * A connection of a lab host: a real one on loopback that has the lab's addresses. The first byte
 * read after something was written comes a round trip after it, in lab time.
 */
final class LabTcpSocket extends Socket {
  private final Lab lab;
  private final InetSocketAddress remote;
  private final InetAddress localHost;
  private final long roundTrip;
  private long written = -1;

  LabTcpSocket(
      Lab lab, InetAddress localHost, InetSocketAddress remote, int realPort, Duration oneWay)
      throws IOException {
    this.lab = lab;
    this.localHost = localHost;
    this.remote = remote;
    this.roundTrip = 2 * oneWay.toNanos();
    setTcpNoDelay(true);
    super.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), realPort), 0);
    lab.clock().moveTo(lab.clock().nanoTime() + roundTrip);
  }

  @Override
  public InputStream getInputStream() throws IOException {
    return new FilterInputStream(super.getInputStream()) {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        int count = in.read(buffer, offset, length);
        arrived();
        return count;
      }
    };
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    return new FilterOutputStream(super.getOutputStream()) {
      @Override
      public void write(byte[] buffer, int offset, int length) throws IOException {
        written = lab.clock().nanoTime();
        out.write(buffer, offset, length);
      }

      @Override
      public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
      }
    };
  }

  private void arrived() {
    if (written >= 0) {
      lab.clock().moveTo(written + roundTrip);
      written = -1;
    }
    Long serverTime = lab.takeStreamTime(super.getLocalPort());
    if (serverTime != null) {
      lab.clock().moveTo(serverTime + roundTrip / 2);
    }
  }

  @Override
  public InetAddress getInetAddress() {
    return remote.getAddress();
  }

  @Override
  public int getPort() {
    return remote.getPort();
  }

  @Override
  public SocketAddress getRemoteSocketAddress() {
    return remote;
  }

  @Override
  public InetAddress getLocalAddress() {
    return localHost;
  }

  @Override
  public SocketAddress getLocalSocketAddress() {
    return new InetSocketAddress(localHost, super.getLocalPort());
  }
}

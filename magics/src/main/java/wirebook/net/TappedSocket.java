package wirebook.net;

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
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import wirebook.trace.Bytes;
import wirebook.trace.Event;
import wirebook.trace.Failure;
import wirebook.trace.Recorder;

/** A socket that connects by a {@link Network}, and records what goes through it. */
public class TappedSocket extends Socket {
  /** What the trace keeps of one connection. */
  private static final int MAX_RECORDED = 4 << 20;

  private final Network network;
  private final Recorder recorder;
  private final int channel;
  private Optional<Socket> real = Optional.empty();
  private int timeout;
  private int recorded;
  private boolean closed;

  /** Not connected yet; it has its number in the trace. */
  public TappedSocket(Network network, Recorder recorder) {
    this.network = network;
    this.recorder = recorder;
    channel = recorder.newChannel();
  }

  /** Its number in the trace. */
  public int channel() {
    return channel;
  }

  private Socket real() throws SocketException {
    return real.orElseThrow(() -> new SocketException("not connected"));
  }

  @Override
  public void connect(SocketAddress endpoint) throws IOException {
    connect(endpoint, 0);
  }

  @Override
  public void connect(SocketAddress endpoint, int millis) throws IOException {
    InetSocketAddress remote = (InetSocketAddress) endpoint;
    recorder.connecting(channel, Event.Transport.TCP, remote);
    Socket socket;
    try {
      socket = network.connect(remote, Optional.empty(), Duration.ofMillis(millis));
    } catch (IOException e) {
      recorder.failed(channel, Failure.of(e, remote));
      throw e;
    }
    socket.setSoTimeout(timeout);
    socket.setTcpNoDelay(true);
    real = Optional.of(socket);
    recorder.connected(
        channel,
        Event.Transport.TCP,
        (InetSocketAddress) socket.getLocalSocketAddress(),
        (InetSocketAddress) socket.getRemoteSocketAddress());
  }

  private synchronized void record(boolean sent, byte[] bytes, int offset, int length) {
    int kept = Math.min(length, MAX_RECORDED - recorded);
    if (kept <= 0 || real.isEmpty()) {
      return;
    }
    recorded += kept;
    InetSocketAddress remote = (InetSocketAddress) real.get().getRemoteSocketAddress();
    if (sent) {
      recorder.sent(channel, remote, Bytes.of(bytes, offset, kept));
    } else {
      recorder.received(channel, remote, Bytes.of(bytes, offset, kept));
    }
  }

  @Override
  public InputStream getInputStream() throws IOException {
    return new FilterInputStream(real().getInputStream()) {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        int n = in.read(bytes, offset, length);
        if (n > 0) {
          record(false, bytes, offset, n);
        }
        return n;
      }
    };
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    return new FilterOutputStream(real().getOutputStream()) {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
        record(true, bytes, offset, length);
      }
    };
  }

  @Override
  public synchronized void close() throws IOException {
    if (!closed) {
      closed = true;
      if (real.isPresent()) {
        real.get().close();
        recorder.closed(channel, false);
      }
    }
  }

  @Override
  public void setSoTimeout(int millis) throws SocketException {
    timeout = millis;
    if (real.isPresent()) {
      real.get().setSoTimeout(millis);
    }
  }

  @Override
  public int getSoTimeout() {
    return timeout;
  }

  @Override
  public void setTcpNoDelay(boolean on) {
    // Always on.
  }

  @Override
  public boolean isConnected() {
    return real.isPresent();
  }

  @Override
  public boolean isBound() {
    return real.isPresent();
  }

  @Override
  public synchronized boolean isClosed() {
    return closed;
  }

  @Override
  public boolean isInputShutdown() {
    return real.map(Socket::isInputShutdown).orElse(false);
  }

  @Override
  public boolean isOutputShutdown() {
    return real.map(Socket::isOutputShutdown).orElse(false);
  }

  @Override
  public void shutdownInput() throws IOException {
    real().shutdownInput();
  }

  @Override
  public void shutdownOutput() throws IOException {
    real().shutdownOutput();
  }

  @Override
  public @Nullable InetAddress getInetAddress() {
    return real.map(Socket::getInetAddress).orElse(null);
  }

  @Override
  public InetAddress getLocalAddress() {
    return real.map(Socket::getLocalAddress).orElseGet(super::getLocalAddress);
  }

  @Override
  public int getPort() {
    return real.map(Socket::getPort).orElse(0);
  }

  @Override
  public int getLocalPort() {
    return real.map(Socket::getLocalPort).orElse(-1);
  }

  @Override
  public @Nullable SocketAddress getRemoteSocketAddress() {
    return real.map(Socket::getRemoteSocketAddress).orElse(null);
  }

  @Override
  public @Nullable SocketAddress getLocalSocketAddress() {
    return real.map(Socket::getLocalSocketAddress).orElse(null);
  }
}

package wirebook.engine.dns.dig;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.Socket;
import java.time.Duration;
import wirebook.codec.Quietly;
import wirebook.net.UdpSocket;
import wirebook.trace.Bytes;

/** Where messages come from and go to. */
interface MessageChannel {
  InetSocketAddress local();

  InetSocketAddress remote();

  void send(Bytes message) throws IOException;

  Bytes receive(Duration timeout) throws IOException;

  void close();

  /** To port 0, where nobody can listen; Java does not even try, Linux answers for the host. */
  record NoPort(InetSocketAddress remote) implements MessageChannel {
    @Override
    public InetSocketAddress local() {
      return new InetSocketAddress(0);
    }

    @Override
    public void send(Bytes message) {
      // Lost.
    }

    @Override
    public Bytes receive(Duration timeout) throws IOException {
      throw new PortUnreachableException();
    }

    @Override
    public void close() {
      // Nothing was opened.
    }
  }

  record Udp(UdpSocket socket, InetSocketAddress remote) implements MessageChannel {
    @Override
    public InetSocketAddress local() {
      return socket.localAddress();
    }

    @Override
    public void send(Bytes message) throws IOException {
      socket.send(remote, message);
    }

    @Override
    public Bytes receive(Duration timeout) throws IOException {
      return socket.receive(timeout).payload();
    }

    @Override
    public void close() {
      socket.close();
    }
  }

  /** Messages with their length before them (RFC 1035, 4.2.2). */
  record Tcp(Socket socket, InetSocketAddress remote) implements MessageChannel {
    @Override
    public InetSocketAddress local() {
      return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    @Override
    public void send(Bytes message) throws IOException {
      byte[] length = {(byte) (message.length() >> 8), (byte) message.length()};
      socket.getOutputStream().write(Bytes.of(length).plus(message).toArray());
      socket.getOutputStream().flush();
    }

    @Override
    public Bytes receive(Duration timeout) throws IOException {
      socket.setSoTimeout(Math.toIntExact(Math.clamp(timeout.toMillis(), 1, Integer.MAX_VALUE)));
      InputStream in = socket.getInputStream();
      byte[] length = in.readNBytes(2);
      if (length.length < 2) {
        throw new EOFException();
      }
      int expected = (length[0] & 0xff) << 8 | (length[1] & 0xff);
      byte[] message = in.readNBytes(expected);
      if (message.length < expected) {
        throw new EOFException();
      }
      return Bytes.of(message);
    }

    @Override
    public void close() {
      Quietly.close(socket);
    }
  }
}

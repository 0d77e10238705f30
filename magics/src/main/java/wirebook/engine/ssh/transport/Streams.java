package wirebook.engine.ssh.transport;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/**
 * Both directions of a connection: a socket's, a command's, another connection's channel.
 *
 * @param closing what ends both
 */
public record Streams(
    InputStream in,
    OutputStream out,
    InetSocketAddress local,
    InetSocketAddress remote,
    Closeable closing) {

  public static Streams of(Socket socket) throws IOException {
    return new Streams(
        socket.getInputStream(),
        socket.getOutputStream(),
        (InetSocketAddress) socket.getLocalSocketAddress(),
        (InetSocketAddress) socket.getRemoteSocketAddress(),
        socket);
  }

  /** Streams that have no addresses: they say loopback, port {@code port}. */
  public static Streams of(InputStream in, OutputStream out, int port, Closeable closing) {
    InetSocketAddress none = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    return new Streams(in, out, none, none, closing);
  }
}

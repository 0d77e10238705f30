package wirebook.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.function.Supplier;
import javax.net.SocketFactory;

/** For libraries that want to make their sockets themselves: these connect by a {@link Network}. */
public final class NetworkSocketFactory extends SocketFactory {
  private final Supplier<Network> network;
  private final Supplier<? extends Socket> sockets;

  /**
   * @param network looks names up
   * @param sockets makes sockets that are not connected yet
   */
  public NetworkSocketFactory(Supplier<Network> network, Supplier<? extends Socket> sockets) {
    this.network = network;
    this.sockets = sockets;
  }

  @Override
  public Socket createSocket() {
    return sockets.get();
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return createSocket(network.get().lookUp(host).getFirst(), port);
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    Socket socket = createSocket();
    socket.connect(new InetSocketAddress(host, port));
    return socket;
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress local, int localPort)
      throws IOException {
    return createSocket(host, port);
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort)
      throws IOException {
    return createSocket(host, port);
  }
}

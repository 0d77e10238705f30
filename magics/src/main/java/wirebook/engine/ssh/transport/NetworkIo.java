package wirebook.engine.ssh.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.apache.sshd.common.io.IoAcceptor;
import org.apache.sshd.common.io.IoConnector;
import org.apache.sshd.common.io.IoHandler;
import wirebook.codec.Quietly;
import wirebook.net.Network;

/** Gives MINA's server the sockets of a {@link Network}. */
public final class NetworkIo extends IoServices {
  private static final int BACKLOG = 128;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Network network;
  private final Predicate<Socket> welcome;

  /**
   * @param welcome whether one who connects to it is served; who is not is hung up on
   */
  public NetworkIo(Network network, Predicate<Socket> welcome) {
    this.network = network;
    this.welcome = welcome;
  }

  /** A connection to the first address of a name that takes one; the network looks it up. */
  public static Socket connect(Network network, InetSocketAddress target) throws IOException {
    List<InetAddress> addresses =
        target.isUnresolved()
            ? network.lookUp(target.getHostString())
            : List.of(target.getAddress());
    IOException why = new IOException("no address");
    for (InetAddress address : addresses) {
      try {
        return network.connect(
            new InetSocketAddress(address, target.getPort()), Optional.empty(), PATIENCE);
      } catch (IOException e) {
        why = e;
      }
    }
    throw why;
  }

  @Override
  public IoConnector createConnector(IoHandler handler) {
    throw new UnsupportedOperationException("what is forwarded is connected to by its channel");
  }

  @Override
  public IoAcceptor createAcceptor(IoHandler handler) {
    return new Acceptor(handler);
  }

  private final class Acceptor extends Service implements IoAcceptor {
    private final Map<SocketAddress, Accepting> bound = new ConcurrentHashMap<>();

    Acceptor(IoHandler handler) {
      super(handler);
    }

    @Override
    public void bind(Collection<? extends SocketAddress> addresses) throws IOException {
      for (SocketAddress address : addresses) {
        bind(address);
      }
    }

    @Override
    public void bind(SocketAddress address) throws IOException {
      ServerSocket socket = network.listen((InetSocketAddress) address, BACKLOG);
      Thread thread = Thread.ofVirtual().name("ssh-accept").start(() -> accept(socket));
      bound.put(socket.getLocalSocketAddress(), new Accepting(socket, thread));
    }

    private void accept(ServerSocket listening) {
      while (!listening.isClosed()) {
        try {
          Socket socket = listening.accept();
          if (!welcome.test(socket)) {
            socket.close();
            continue;
          }
          socket.setTcpNoDelay(true);
          begin(Streams.of(socket), (in, bytes) -> {}, null).startReading();
        } catch (Exception e) {
          // That one is lost; when it was the listening socket, the loop ends.
        }
      }
    }

    @Override
    public void unbind(Collection<? extends SocketAddress> addresses) {
      addresses.forEach(this::unbind);
    }

    @Override
    public void unbind(SocketAddress address) {
      Accepting socket = bound.remove(address);
      if (socket != null) {
        Quietly.close(socket);
      }
    }

    @Override
    public void unbind() {
      unbind(List.copyOf(bound.keySet()));
    }

    @Override
    public Set<SocketAddress> getBoundAddresses() {
      // The caller takes away from it.
      return new HashSet<>(bound.keySet());
    }

    @Override
    protected void preClose() {
      unbind();
      super.preClose();
    }
  }
}

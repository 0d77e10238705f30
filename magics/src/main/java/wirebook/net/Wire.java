package wirebook.net;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import wirebook.trace.Capture;
import wirebook.trace.Event.Transport;

/**
 * Whether what passes through this process's door to the network is written down, and where. One
 * for the process, as the door is: {@link Network}'s sockets, the lab's, system calls and plain
 * Java's.
 */
public final class Wire {
  /** Bound while something is done on the network that is not to be written down. */
  public static final ScopedValue<Boolean> HIDING = ScopedValue.newInstance();

  private static final Set<Carrier> HIDDEN = ConcurrentHashMap.newKeySet();

  private record Carrier(Transport transport, int port) {}

  private static volatile @Nullable Capture capture;

  /** Is told of calls that change the state of a stream. */
  public interface Turns {
    /**
     * A call changes, or has changed, the state of a connection.
     *
     * @param call its name: connect, shutdown, close
     */
    void turn(String call, InetSocketAddress local, InetSocketAddress remote);
  }

  private static volatile @Nullable Turns turns;

  private Wire() {}

  /** Whom to tell of the calls that change a connection's state; null, as a rule, for nobody. */
  public static @Nullable Turns turns() {
    return turns;
  }

  /** From now on {@code to} is told; empty for nobody. */
  public static void turns(Optional<Turns> to) {
    turns = to.orElse(null);
  }

  /** Where to write; null, which is the usual case, when nothing is to be written down. */
  public static @Nullable Capture tap() {
    Capture now = capture;
    return now == null || HIDING.isBound() ? null : now;
  }

  /**
   * The connections and datagrams of a socket of this local port are not to be written down, as
   * they only carry those of another socket, which writes down its own.
   */
  public static void hide(Transport transport, int port) {
    HIDDEN.add(new Carrier(transport, port));
  }

  /** The socket that was hidden is closed. */
  public static void unhide(Transport transport, int port) {
    HIDDEN.remove(new Carrier(transport, port));
  }

  /** Whether {@link #hide} was said of it. */
  public static boolean isHidden(Transport transport, int port) {
    return HIDDEN.contains(new Carrier(transport, port));
  }

  /** The interface on which packets between two addresses are seen; any when it is not known. */
  public static String link(InetAddress local, InetAddress remote) {
    if (local.isLoopbackAddress() || remote.isLoopbackAddress() || local.equals(remote)) {
      return "lo";
    }
    try {
      NetworkInterface found = NetworkInterface.getByInetAddress(local);
      return found == null ? "any" : found.getName();
    } catch (SocketException e) {
      return "any";
    }
  }

  /** Whether packets can be on an interface of that name: this machine has it. */
  public static boolean isLink(String name) {
    try {
      return NetworkInterface.getByName(name) != null;
    } catch (SocketException e) {
      return false;
    }
  }

  /** From now on everything is written to {@code to}; empty for nowhere. */
  public static void use(Optional<Capture> to) {
    capture = to.orElse(null);
  }
}

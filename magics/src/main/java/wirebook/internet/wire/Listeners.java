package wirebook.internet.wire;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import wirebook.net.PortOwner;
import wirebook.trace.Event;

/**
 * Which sockets of this kernel are on which host of the lab: each is on the one on which one sat
 * when it was bound. Underneath all are on the machine's loopback, so that a port is one socket's.
 */
public final class Listeners {
  private final Map<Port, Place> places = new ConcurrentHashMap<>();

  private record Port(Event.Transport protocol, int number) {}

  /** A host, and the address there that a socket was bound to. */
  record Place(String host, InetAddress at) {
    public boolean isInside() {
      return Listeners.isInside(at);
    }

    boolean isOn(String name) {
      return host.equals(name);
    }

    /**
     * Whether what is sent to an address of the host comes to the socket. Which of its loopback
     * addresses it is, the machine itself tells.
     */
    boolean hears(InetAddress to) {
      return at.isAnyLocalAddress()
          || (at.isLoopbackAddress() ? Listeners.isInside(to) : at.equals(to));
    }
  }

  /** Whether an address is each host's own. */
  public static boolean isInside(InetAddress address) {
    return address.isLoopbackAddress() || address.isAnyLocalAddress();
  }

  void add(Event.Transport protocol, int port, Place place) {
    places.put(new Port(protocol, port), place);
  }

  void remove(Event.Transport protocol, int port) {
    places.remove(new Port(protocol, port));
  }

  void clear() {
    places.clear();
  }

  /** Where the socket with this port of loopback is. */
  Optional<Place> at(Event.Transport protocol, int port) {
    return Optional.ofNullable(places.get(new Port(protocol, port)));
  }

  /** Whether a host has it, and hears there what is sent to that address. */
  boolean hears(Event.Transport protocol, String host, InetSocketAddress to) {
    return at(protocol, to.getPort())
        .filter(p -> p.isOn(host) && p.hears(to.getAddress()))
        .isPresent();
  }

  /**
   * The ports of the machine's loopback on which programs listen that a cell started: they may be
   * any host's of the lab, others only the notebook's.
   */
  public static Set<Integer> startedHere() {
    return PortOwner.portsOf(
        ProcessHandle.current().descendants().map(ProcessHandle::pid).toList());
  }

  /** Whether the notebook's host has it, as no socket of this process that is elsewhere does. */
  boolean isTheMachines(Event.Transport protocol, int port) {
    Optional<Place> place = at(protocol, port);
    if (place.isPresent()
        && protocol == Event.Transport.TCP
        && !PortOwner.portsOf(List.of(ProcessHandle.current().pid())).contains(port)) {
      // It was closed, and nobody said so.
      remove(protocol, port);
      return true;
    }
    return place.isEmpty();
  }
}

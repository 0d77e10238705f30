package wirebook.engine.socket;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import wirebook.trace.Bytes;

/**
 * What ip(8) shows: interfaces, their addresses, routes and neighbours; and ranges of addresses.
 */
public sealed interface IpObject {
  /**
   * A network interface.
   *
   * @param flags {@code IFF_UP} and others, as netdevice(7) numbers them
   * @param type the hardware's type, an ARP number (RFC 826)
   * @param peer the interface that this one is on top of or paired with, zero for none
   * @param state {@code UP}, {@code DOWN}, {@code UNKNOWN}
   */
  record Link(
      int index,
      String name,
      long flags,
      int type,
      long mtu,
      String queueing,
      Optional<String> master,
      String state,
      int mode,
      long group,
      OptionalLong queueLength,
      Bytes address,
      Bytes broadcast,
      OptionalInt peer,
      OptionalInt peerNamespace,
      Optional<String> alias)
      implements IpObject {}

  /**
   * An address of an interface.
   *
   * @param local the interface's own
   * @param peer the other end's on a point-to-point link, else the same
   * @param preferredSeconds how long it may be used for new connections; 2^32-1 for ever
   */
  record Address(
      int index,
      Bytes local,
      Bytes peer,
      int prefixLength,
      Optional<Bytes> broadcast,
      int scope,
      long flags,
      String label,
      long validSeconds,
      long preferredSeconds)
      implements IpObject {}

  /**
   * A route: where packets to a range of addresses go.
   *
   * @param to empty for the default route
   * @param type {@code unicast}, {@code local}, {@code blackhole} …, as rtnetlink(7) numbers them
   * @param protocol who put it there: the kernel, an administrator, a routing protocol
   */
  record Route(
      boolean six,
      Bytes to,
      int prefixLength,
      int type,
      long table,
      int protocol,
      int scope,
      long flags,
      Optional<Bytes> from,
      Optional<Bytes> gateway,
      OptionalInt device,
      Optional<Bytes> source,
      OptionalLong metric,
      OptionalLong mtu,
      OptionalLong user,
      boolean cached,
      OptionalInt preference,
      List<Hop> hops)
      implements IpObject {
    public Route {
      hops = List.copyOf(hops);
    }

    /** The range of addresses that it is for. */
    public Cidr range() {
      return Cidr.of(
          to.isEmpty() ? Bytes.of(new byte[six ? 16 : 4]) : to, to.isEmpty() ? 0 : prefixLength);
    }
  }

  /** One of several ways of a route. */
  record Hop(Optional<Bytes> gateway, int device, int weight, int flags) {}

  /** What is known of a host on the same link (ARP, RFC 826; Neighbor Discovery, RFC 4861). */
  record Neighbour(Bytes address, int device, Optional<Bytes> hardware, int state, int flags)
      implements IpObject {}

  /** A range of addresses, which {@code %ip calc} computed. */
  record Range(Cidr cidr) implements IpObject {}
}

package wirebook.engine.socket.ip;

import java.util.List;
import java.util.Optional;
import wirebook.engine.socket.Cidr;
import wirebook.trace.Bytes;

/**
 * What ip(8) shows: interfaces, their addresses, routes, rules and neighbours; and ranges of
 * addresses. What has no name here is among the netlink message's attributes.
 */
public sealed interface IpObject {
  /**
   * A network interface.
   *
   * @param flags {@code IFF_UP} and others, as netdevice(7) numbers them
   * @param type the hardware's type, an ARP number (RFC 826)
   * @param state {@code UP}, {@code DOWN}, {@code UNKNOWN}
   * @param kind {@code bridge}, {@code veth} …; empty for a device of its own
   */
  record Link(
      int index,
      String name,
      long flags,
      int type,
      long mtu,
      String state,
      String kind,
      Bytes address,
      Attributes attributes)
      implements IpObject {}

  /**
   * An address of an interface.
   *
   * @param index the interface's
   * @param local the interface's own
   * @param peer the other end's on a point-to-point link, else the same
   * @param validSeconds how long it stays; 2^32-1 for ever
   */
  record Address(
      int index,
      String local,
      String peer,
      int prefixLength,
      Optional<String> broadcast,
      int scope,
      long flags,
      String label,
      long validSeconds,
      Attributes attributes)
      implements IpObject {}

  /**
   * A route: where packets to a range of addresses go.
   *
   * @param type {@code unicast}, {@code blackhole} …
   * @param protocol who put it there: the kernel, an administrator, a routing protocol
   * @param metric the lower, the better
   * @param hops one, several, or none at all
   */
  record Route(
      Cidr to,
      String type,
      String table,
      String protocol,
      String scope,
      long metric,
      Optional<String> source,
      List<Hop> hops,
      Attributes attributes)
      implements IpObject {
    public Route {
      hops = List.copyOf(hops);
    }
  }

  /**
   * A route that came into question for a destination.
   *
   * @param bits how many of the destination's first bits are the route's
   * @param fits whether the route is for the destination at all
   * @param reason why it was taken or not
   */
  record Candidate(String route, int prefix, int bits, boolean fits, boolean taken, String reason)
      implements IpObject {}

  /** One way of a route. */
  record Hop(Optional<String> gateway, String device, int weight) {}

  /** Which table is looked into for which packets. */
  record Rule(long priority, Cidr from, Cidr to, String action, Attributes attributes)
      implements IpObject {}

  /** What is known of a host on the same link (ARP, RFC 826; Neighbor Discovery, RFC 4861). */
  record Neighbour(String address, String device, String hardware, List<String> states)
      implements IpObject {
    public Neighbour {
      states = List.copyOf(states);
    }
  }

  /** A next hop that routes share. */
  record Nexthop(long id, Attributes attributes) implements IpObject {}

  /** A range of addresses, which {@code %ip calc} computed. */
  record Range(Cidr cidr) implements IpObject {}
}

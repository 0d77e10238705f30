package wirebook.magics;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import wirebook.engine.socket.Cidr;
import wirebook.engine.socket.IpObject;
import wirebook.engine.socket.IpSource;
import wirebook.internet.Topology;
import wirebook.trace.Bytes;

/** What ip would show on the lab's host that the notebook runs on, out of the lab's topology. */
final class LabHost {
  private static final long FOREVER = 0xffffffffL;
  private static final long MAIN = 254;
  private static final int LOOPBACK = 1;
  private static final int ETHERNET = 2;
  private static final int SUBNET = 24;
  private static final int SUBNET6 = 64;
  private static final int KERNEL = 2;
  private static final int BOOT = 3;
  private static final int LINK_SCOPE = 253;
  private static final int HOST_SCOPE = 254;
  private static final int PERMANENT = 0x80;
  private static final int REACHABLE = 2;
  private static final int STALE = 4;

  private LabHost() {}

  static IpSource of(Topology topology) {
    Topology.Node here =
        topology.node(Topology.HERE).orElseThrow(() -> new IllegalStateException("no lab host"));
    List<Bytes> own = bytes(here);
    List<IpObject.Address> addresses = new ArrayList<>();
    addresses.add(address(LOOPBACK, Bytes.of(new byte[] {127, 0, 0, 1}), 8, HOST_SCOPE));
    addresses.add(
        address(
            LOOPBACK,
            Bytes.of(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}),
            128,
            HOST_SCOPE));
    List<IpObject.Route> routes = new ArrayList<>();
    for (Bytes gateway : gateways(topology)) {
      routes.add(
          route(gateway.length(), new Cidr(zeros(gateway.length()), 0), Optional.of(gateway), own));
    }
    for (Bytes one : own) {
      int bits = one.length() == 4 ? SUBNET : SUBNET6;
      addresses.add(address(ETHERNET, one, bits, 0));
      routes.add(route(one.length(), Cidr.of(one, bits), Optional.empty(), own));
    }
    return new IpSource.Described(
        List.of(
            link(LOOPBACK, "lo", 0x10049, 772, 65536, "UNKNOWN", zeros(6), zeros(6)),
            link(
                ETHERNET,
                "eth0",
                0x11043,
                1,
                1500,
                "UP",
                hardware(own.getFirst()),
                Bytes.of(new byte[] {-1, -1, -1, -1, -1, -1}))),
        addresses,
        routes,
        neighbours(topology, own));
  }

  private static List<Bytes> bytes(Topology.Node node) {
    return node.addresses().stream().map(a -> Bytes.of(a.getAddress())).toList();
  }

  /** The addresses of the router that the host is linked to. */
  private static List<Bytes> gateways(Topology topology) {
    return topology.links().stream()
        .filter(l -> l.one().equals(Topology.HERE) || l.other().equals(Topology.HERE))
        .map(l -> l.one().equals(Topology.HERE) ? l.other() : l.one())
        .flatMap(n -> topology.node(n).stream())
        .findFirst()
        .map(LabHost::bytes)
        .orElse(List.of());
  }

  private static List<IpObject.Neighbour> neighbours(Topology topology, List<Bytes> own) {
    List<Bytes> gateways = gateways(topology);
    List<IpObject.Neighbour> neighbours = new ArrayList<>();
    for (Topology.Node node : topology.nodes().values()) {
      for (Bytes one : bytes(node)) {
        boolean near =
            one.length() == 4
                && own.stream()
                    .anyMatch(
                        o -> o.length() == 4 && Cidr.of(o, SUBNET).contains(Cidr.of(one, 32)));
        if (near && !own.contains(one)) {
          neighbours.add(
              new IpObject.Neighbour(
                  one,
                  ETHERNET,
                  Optional.of(hardware(one)),
                  gateways.contains(one) ? REACHABLE : STALE,
                  0));
        }
      }
    }
    return neighbours;
  }

  /** A locally administered hardware address, made of the IPv4 one. */
  private static Bytes hardware(Bytes ipv4) {
    return Bytes.of(new byte[] {2, 0}).plus(ipv4.slice(0, 4));
  }

  private static Bytes zeros(int count) {
    return Bytes.of(new byte[count]);
  }

  private static IpObject.Link link(
      int index,
      String name,
      long flags,
      int type,
      long mtu,
      String state,
      Bytes address,
      Bytes broadcast) {
    return new IpObject.Link(
        index,
        name,
        flags,
        type,
        mtu,
        index == LOOPBACK ? "noqueue" : "fq_codel",
        Optional.empty(),
        state,
        0,
        0,
        OptionalLong.of(1000),
        address,
        broadcast,
        OptionalInt.empty(),
        OptionalInt.empty(),
        Optional.empty());
  }

  private static IpObject.Address address(int index, Bytes address, int bits, int scope) {
    boolean four = address.length() == 4;
    return new IpObject.Address(
        index,
        address,
        address,
        bits,
        four && index == ETHERNET ? Optional.of(Cidr.of(address, bits).last()) : Optional.empty(),
        scope,
        PERMANENT,
        four ? index == LOOPBACK ? "lo" : "eth0" : "",
        FOREVER,
        FOREVER);
  }

  private static IpObject.Route route(
      int length, Cidr to, Optional<Bytes> gateway, List<Bytes> own) {
    boolean six = length == 16;
    return new IpObject.Route(
        six,
        to.bits() == 0 ? Bytes.EMPTY : to.network(),
        to.bits(),
        1,
        MAIN,
        gateway.isPresent() ? BOOT : KERNEL,
        gateway.isPresent() || six ? 0 : LINK_SCOPE,
        0,
        Optional.empty(),
        gateway,
        OptionalInt.of(ETHERNET),
        gateway.isPresent() || six
            ? Optional.empty()
            : own.stream().filter(o -> o.length() == length).findFirst(),
        six ? OptionalLong.of(gateway.isPresent() ? 1024 : 256) : OptionalLong.empty(),
        OptionalLong.empty(),
        OptionalLong.empty(),
        false,
        six ? OptionalInt.of(0) : OptionalInt.empty(),
        List.of());
  }
}

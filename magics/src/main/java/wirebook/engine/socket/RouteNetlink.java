package wirebook.engine.socket;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import wirebook.trace.Bytes;

/** The system's interfaces, addresses, routes and neighbours, asked for with rtnetlink(7). */
final class RouteNetlink {
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;

  private static final int GET_LINK = 18;
  private static final int GET_ADDRESS = 22;
  private static final int GET_ROUTE = 26;
  private static final int GET_NEIGHBOUR = 30;
  private static final int CLONED = 0x200;
  private static final String[] STATES = {
    "UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP"
  };

  private RouteNetlink() {}

  static List<IpObject.Link> links() throws IOException {
    List<IpObject.Link> links = new ArrayList<>();
    for (Bytes payload : dump(GET_LINK, 16, 0)) {
      links.add(link(payload));
    }
    Map<Integer, String> names = new HashMap<>();
    links.forEach(l -> names.put(l.index(), l.name()));
    return links.stream().map(l -> named(l, names)).toList();
  }

  /** A master comes as a number. */
  private static IpObject.Link named(IpObject.Link l, Map<Integer, String> names) {
    return new IpObject.Link(
        l.index(),
        l.name(),
        l.flags(),
        l.type(),
        l.mtu(),
        l.queueing(),
        l.master().map(m -> names.getOrDefault(Integer.parseInt(m), "if" + m)),
        l.state(),
        l.mode(),
        l.group(),
        l.queueLength(),
        l.address(),
        l.broadcast(),
        l.peer(),
        l.peerNamespace(),
        l.alias());
  }

  static IpObject.Link link(Bytes payload) {
    Map<Integer, Bytes> a = attributes(payload, 16);
    Bytes state = a.getOrDefault(16, Bytes.EMPTY);
    return new IpObject.Link(
        Numbers.int32(payload, 4),
        text(a.get(3)),
        Numbers.uint32(payload, 8),
        Numbers.uint16(payload, 2),
        number(a.get(4)).orElse(0),
        text(a.get(6)),
        number(a.get(10)).stream().mapToObj(Long::toString).findFirst(),
        state.isEmpty() || state.at(0) >= STATES.length ? "UNKNOWN" : STATES[state.at(0)],
        a.containsKey(17) ? a.get(17).at(0) : 0,
        number(a.get(27)).orElse(0),
        number(a.get(13)),
        a.getOrDefault(1, Bytes.EMPTY),
        a.getOrDefault(2, Bytes.EMPTY),
        integer(a.get(5)),
        integer(a.get(37)),
        Optional.ofNullable(a.get(20)).map(RouteNetlink::text));
  }

  static List<IpObject.Address> addresses(int family) throws IOException {
    List<IpObject.Address> addresses = new ArrayList<>();
    for (Bytes payload : dump(GET_ADDRESS, 8, family)) {
      addresses.add(address(payload));
    }
    return addresses;
  }

  static IpObject.Address address(Bytes payload) {
    Map<Integer, Bytes> a = attributes(payload, 8);
    Bytes peer = a.getOrDefault(1, Bytes.EMPTY);
    Bytes life = a.getOrDefault(6, Bytes.of(new byte[] {-1, -1, -1, -1, -1, -1, -1, -1}));
    return new IpObject.Address(
        Numbers.int32(payload, 4),
        a.getOrDefault(2, peer),
        peer.isEmpty() ? a.getOrDefault(2, peer) : peer,
        payload.at(1),
        Optional.ofNullable(a.get(4)),
        payload.at(3),
        number(a.get(8)).orElse(payload.at(2)),
        text(a.get(3)),
        Numbers.uint32(life, 4),
        Numbers.uint32(life, 0));
  }

  static List<IpObject.Route> routes(int family) throws IOException {
    List<IpObject.Route> routes = new ArrayList<>();
    for (Bytes payload : dump(GET_ROUTE, 12, family)) {
      routes.add(route(payload));
    }
    return routes;
  }

  /** The route that a packet to {@code to} takes, by the system's own decision. */
  static IpObject.Route routeTo(Bytes to) throws IOException {
    boolean six = to.length() == 16;
    ByteBuffer request = Numbers.room(12);
    request.put((byte) (six ? AF_INET6 : AF_INET)).put((byte) (8 * to.length()));
    request.putInt(8, 0x1000);
    Bytes all = Numbers.bytes(request).plus(Netlink.attribute(1, to));
    return Netlink.get(Netlink.ROUTE, GET_ROUTE, all).stream()
        .filter(m -> m.payload().length() >= 12)
        .findFirst()
        .map(m -> route(m.payload()))
        .orElseThrow(() -> new IOException("the kernel named no route"));
  }

  static IpObject.Route route(Bytes payload) {
    Map<Integer, Bytes> a = attributes(payload, 12);
    Map<Integer, Bytes> metrics = a.containsKey(8) ? attributes(a.get(8), 0) : Map.of();
    List<IpObject.Hop> hops = new ArrayList<>();
    Bytes several = a.getOrDefault(9, Bytes.EMPTY);
    for (int at = 0; at + 8 <= several.length(); ) {
      int size = Numbers.uint16(several, at);
      if (size < 8 || at + size > several.length()) {
        break;
      }
      Map<Integer, Bytes> own = attributes(several.slice(at, at + size), 8);
      hops.add(
          new IpObject.Hop(
              gateway(own),
              Numbers.int32(several, at + 4),
              several.at(at + 3) + 1,
              several.at(at + 2)));
      at += (size + 3) & ~3;
    }
    return new IpObject.Route(
        payload.at(0) == AF_INET6,
        a.getOrDefault(1, Bytes.EMPTY),
        payload.at(1),
        payload.at(7),
        number(a.get(15)).orElse(payload.at(4)),
        payload.at(5),
        payload.at(6),
        Numbers.uint32(payload, 8),
        Optional.ofNullable(a.get(2)),
        gateway(a),
        integer(a.get(4)),
        Optional.ofNullable(a.get(7)),
        number(a.get(6)),
        number(metrics.get(2)),
        number(a.get(25)),
        (Numbers.uint32(payload, 8) & CLONED) != 0,
        a.containsKey(20) ? OptionalInt.of(a.get(20).at(0)) : OptionalInt.empty(),
        hops);
  }

  /** A gateway of the route's own family, or of another (RTA_VIA: a family, then the address). */
  private static Optional<Bytes> gateway(Map<Integer, Bytes> a) {
    Bytes via = a.get(18);
    return via != null && via.length() > 2
        ? Optional.of(via.slice(2, via.length()))
        : Optional.ofNullable(a.get(5));
  }

  static List<IpObject.Neighbour> neighbours(int family) throws IOException {
    List<IpObject.Neighbour> neighbours = new ArrayList<>();
    for (Bytes payload : dump(GET_NEIGHBOUR, 12, family)) {
      Map<Integer, Bytes> a = attributes(payload, 12);
      if (a.containsKey(1)) {
        neighbours.add(
            new IpObject.Neighbour(
                a.get(1),
                Numbers.int32(payload, 4),
                Optional.ofNullable(a.get(2)),
                Numbers.uint16(payload, 8),
                payload.at(10)));
      }
    }
    return neighbours;
  }

  private static List<Bytes> dump(int type, int size, int family) throws IOException {
    ByteBuffer request = Numbers.room(size);
    request.put((byte) family);
    return Netlink.dump(Netlink.ROUTE, type, Numbers.bytes(request)).stream()
        .map(Netlink.Message::payload)
        .filter(p -> p.length() >= size && (family == 0 || p.at(0) == family))
        .toList();
  }

  private static Map<Integer, Bytes> attributes(Bytes payload, int at) {
    Map<Integer, Bytes> map = new HashMap<>();
    Netlink.attributes(payload, at).forEach(a -> map.put(a.type(), a.value()));
    return map;
  }

  private static OptionalLong number(@Nullable Bytes bytes) {
    return bytes == null || bytes.length() < 4
        ? OptionalLong.empty()
        : OptionalLong.of(Numbers.uint32(bytes, 0));
  }

  private static OptionalInt integer(@Nullable Bytes bytes) {
    return bytes == null || bytes.length() < 4
        ? OptionalInt.empty()
        : OptionalInt.of(Numbers.int32(bytes, 0));
  }

  private static String text(@Nullable Bytes bytes) {
    if (bytes == null) {
      return "";
    }
    String text = bytes.text();
    int end = text.indexOf('\0');
    return end < 0 ? text : text.substring(0, end);
  }
}

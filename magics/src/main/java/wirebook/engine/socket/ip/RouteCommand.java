package wirebook.engine.socket.ip;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import wirebook.engine.socket.Numbers;
import wirebook.engine.socket.ip.IpNames.Kind;
import wirebook.engine.socket.ss.Abbreviation;
import wirebook.engine.socket.ss.Netlink;
import wirebook.trace.Bytes;

/** {@code ip route show} and {@code ip route get}, as iproute.c of iproute2 has them. */
final class RouteCommand {
  private static final int LOCAL = 255;
  private static final int LOOK_UP_TABLE = 0x1000;
  private static final int FIB_MATCH = 0x2000;

  private final IpContext ip;
  private long table = RoutePrinter.MAIN;
  private boolean cloned;
  private OptionalLong tos = OptionalLong.empty();
  private OptionalLong protocol = OptionalLong.empty();
  private OptionalLong scope = OptionalLong.empty();
  private OptionalLong metric = OptionalLong.empty();
  private OptionalLong mark = OptionalLong.empty();
  private OptionalLong realm = OptionalLong.empty();
  private long realmMask;
  private long types;
  private Prefix root = Prefix.NONE;
  private Prefix match = Prefix.NONE;
  private Prefix rootSource = Prefix.NONE;
  private Prefix matchSource = Prefix.NONE;
  private Prefix via = Prefix.NONE;
  private Prefix source = Prefix.NONE;
  private Optional<String> out = Optional.empty();
  private Optional<String> in = Optional.empty();
  private int outIndex;
  private int inIndex;
  private boolean otherTables6;

  private RouteCommand(IpContext ip) {
    this.ip = ip;
  }

  static void show(IpContext ip) throws IOException {
    new RouteCommand(ip).show();
  }

  /** Whether no more than the cache is to be flushed, which has no more than learned MTUs in it. */
  static boolean flushesCache(IpContext ip) throws IOException {
    if (!ip.hasWord()) {
      throw ip.refused(1, "\"ip route flush\" requires arguments.");
    }
    RouteCommand command = new RouteCommand(ip);
    command.selectors(ip.options.family());
    return command.cloned;
  }

  private void show() throws IOException {
    int family = ip.options.family();
    selectors(family);
    if (family == 0 && table != 0) {
      family = IpOptions.INET;
    }
    inIndex = index(in);
    outIndex = index(out);
    ByteBuffer request = Numbers.room(RoutePrinter.HEADER);
    request.put(0, (byte) family).put(5, (byte) protocol.orElse(0));
    request.putInt(8, cloned ? RoutePrinter.CLONED : 0);
    Bytes asked = Numbers.bytes(request);
    if (table != 0) {
      asked = asked.plus(Netlink.attribute(RoutePrinter.TABLE, IpContext.u32(table)));
    }
    if (outIndex != 0) {
      asked = asked.plus(Netlink.attribute(RoutePrinter.OUT, IpContext.u32(outIndex)));
    }
    RoutePrinter printer = new RoutePrinter(ip);
    ip.out.openArray("");
    List<Bytes> routes;
    try {
      routes = ip.host.dump(Rtnetlink.GET_ROUTE, asked);
    } catch (Netlink.Refused e) {
      // A main table without a route is none: save_route_errhndlr.
      if (e.errno() != 2 || table != RoutePrinter.MAIN) {
        throw e;
      }
      routes = List.of();
    }
    for (Bytes route : routes) {
      if (isAsked(route)) {
        printer.print(route, told(route));
      }
    }
    ip.out.closeArray();
  }

  private int index(Optional<String> device) {
    if (device.isEmpty()) {
      return 0;
    }
    int index = ip.device(device.get());
    if (index == 0) {
      throw ip.noDevice(device.get());
    }
    return index;
  }

  private void selectors(int family) {
    while (ip.hasWord()) {
      if (ip.takeShort("table")) {
        table();
      } else if (ip.takeShort("vrf")) {
        table = vrf(ip.take());
        types = ~(1L << 2 | 1L << 3);
      } else if (ip.takeShort("cached", "cloned")) {
        cloned = true;
      } else if (ip.take("tos") || ip.takeShort("dsfield")) {
        tos = OptionalLong.of(ip.named(Kind.DSFIELD, "TOS value is invalid\n"));
      } else if (ip.takeShort("protocol")) {
        protocol = unlessAll(Kind.PROTOCOL, "invalid \"protocol\"\n");
      } else if (ip.takeShort("scope")) {
        scope = unlessAll(Kind.SCOPE, "invalid \"scope\"\n");
      } else if (ip.takeShort("type")) {
        types = 1L << ip.named(Kind.TYPE, "node type value is invalid\n");
      } else if (ip.take("dev") || ip.take("oif")) {
        out = Optional.of(ip.take());
      } else if (ip.take("iif")) {
        in = Optional.of(ip.take());
      } else if (ip.take("mark")) {
        mark = OptionalLong.of(ip.number("invalid mark value"));
      } else if (ip.takeShort("metric", "priority") || ip.take("preference")) {
        metric = OptionalLong.of(ip.number("\"metric\" value is invalid\n"));
      } else if (ip.take("via")) {
        int of = ip.family();
        via = ip.prefix(of == 0 ? family : of);
      } else if (ip.take("src")) {
        source = ip.prefix(family);
      } else if (ip.takeShort("realms")) {
        realm();
      } else if (ip.takeShort("from")) {
        if (ip.takeShort("root")) {
          rootSource = ip.prefix(family);
        } else if (ip.takeShort("match")) {
          matchSource = ip.prefix(family);
        } else {
          ip.takeShort("exact");
          matchSource = ip.prefix(family);
          rootSource = matchSource;
        }
      } else {
        ip.takeShort("to");
        if (ip.takeShort("root")) {
          root = ip.prefix(family);
        } else if (ip.takeShort("match")) {
          match = ip.prefix(family);
        } else {
          ip.takeShort("exact");
          match = ip.prefix(family);
          root = match;
        }
      }
    }
  }

  private void table() {
    String name = ip.take();
    OptionalLong id = ip.names().number(Kind.TABLE, name);
    if (id.isPresent()) {
      table = id.getAsLong();
    } else if (name.equals("all")) {
      table = 0;
    } else if (name.equals("cache")) {
      cloned = true;
    } else if (name.equals("help")) {
      throw IpHelp.of("route");
    } else {
      throw ip.wrong("table id value is invalid\n");
    }
  }

  private long vrf(String name) {
    Attributes info = ip.deviceAttributes(ip.device(name)).nested(18);
    if (!info.text(1).equals("vrf")) {
      throw ip.wrong("Invalid VRF\n");
    }
    return info.nested(2).u32(1);
  }

  private OptionalLong unlessAll(Kind kind, String complaint) {
    if (ip.hasWord() && ip.word().equals("all") && ip.names().number(kind, "all").isEmpty()) {
      ip.take();
      return OptionalLong.empty();
    }
    return OptionalLong.of(ip.named(kind, complaint));
  }

  private void realm() {
    String text = ip.take();
    int slash = text.indexOf('/');
    OptionalLong from =
        slash <= 0 ? OptionalLong.of(0) : ip.names().number(Kind.REALM, text.substring(0, slash));
    String rest = text.substring(slash + 1);
    OptionalLong to = rest.isEmpty() ? OptionalLong.of(0) : ip.names().number(Kind.REALM, rest);
    if (from.isEmpty() || to.isEmpty()) {
      throw ip.wrong("invalid realms\n");
    }
    realm = OptionalLong.of(from.getAsLong() << 16 | to.getAsLong());
    realmMask = 0xffffffffL;
    if (to.getAsLong() == 0 && text.endsWith("/")) {
      realmMask &= ~0xffffL;
    }
    if (from.getAsLong() == 0 && slash <= 0) {
      realmMask &= 0xffffL;
    }
  }

  private boolean isAsked(Bytes r) {
    Attributes a = RoutePrinter.attributes(r);
    int family = r.at(0);
    long of = RoutePrinter.table(r, a);
    otherTables6 |= family == IpOptions.INET6 && of != RoutePrinter.MAIN;
    if ((ip.options.family() != 0 && family != ip.options.family())
        || cloned != ((RoutePrinter.flags(r) & RoutePrinter.CLONED) != 0)) {
      return false;
    }
    if (family == IpOptions.INET6 && !otherTables6) {
      boolean local = r.at(7) == 2;
      if (table != 0 && (table == LOCAL ? !local : table != RoutePrinter.MAIN || local)) {
        return false;
      }
    } else if (table != 0 && table != of) {
      return false;
    }
    return is(protocol, r.at(5))
        && is(scope, r.at(6))
        && (types == 0 || (types & 1L << r.at(7)) != 0)
        && is(tos, r.at(3))
        && within(root, r, a.get(RoutePrinter.DESTINATION), r.at(1))
        && covers(match, r, a.get(RoutePrinter.DESTINATION), r.at(1))
        && within(rootSource, r, a.get(RoutePrinter.SOURCE), r.at(2))
        && covers(matchSource, r, a.get(RoutePrinter.SOURCE), r.at(2))
        && isVia(r, a)
        && (source.family() == 0
            || (source.family() == family
                && source.matches(a.get(RoutePrinter.PREFERRED_SOURCE), source.bits())))
        && (realm.isEmpty() || ((a.u32(RoutePrinter.FLOW) ^ realm.getAsLong()) & realmMask) == 0)
        && (in.isEmpty() || a.u32(RoutePrinter.IN) == inIndex)
        && (out.isEmpty() || a.u32(RoutePrinter.OUT) == outIndex)
        && is(mark, a.u32(RoutePrinter.MARK))
        && is(metric, a.u32(RoutePrinter.METRIC));
  }

  private static boolean is(OptionalLong wanted, long value) {
    return wanted.isEmpty() || wanted.getAsLong() == value;
  }

  /** A route inside of the prefix. */
  private static boolean within(Prefix p, Bytes route, Bytes to, int bits) {
    return (p.family() == 0 || p.family() == route.at(0))
        && ((p.family() == 0 && !p.given()) || (p.bits() <= bits && p.matches(to, p.bits())));
  }

  /** A route that has the prefix in it. */
  private static boolean covers(Prefix p, Bytes route, Bytes to, int bits) {
    return (p.family() == 0 || p.family() == route.at(0))
        && ((p.family() == 0 && !p.given())
            || ((p.bits() < 0 || p.bits() >= bits) && p.matches(to, bits)));
  }

  private boolean isVia(Bytes route, Attributes a) {
    if (via.family() == 0) {
      return true;
    }
    Bytes other = a.get(RoutePrinter.VIA);
    int family = other.length() > 2 ? Numbers.uint16(other, 0) : route.at(0);
    Bytes gateway =
        other.length() > 2 ? other.slice(2, other.length()) : a.get(RoutePrinter.GATEWAY);
    return family == via.family() && via.matches(gateway, via.bits());
  }

  private RoutePrinter.Told told(Bytes route) {
    int hostBits = 8 * Prefix.length(route.at(0));
    return new RoutePrinter.Told(
        table != 0,
        out.isPresent(),
        via.bits() == hostBits,
        protocol.isPresent(),
        scope.isPresent(),
        metric.isPresent(),
        source.bits() == hostBits,
        tos.isPresent(),
        realm.isPresent() && realmMask == 0xffffffffL,
        in.isPresent());
  }

  // One destination.

  /** The packet that a route is asked for, as far as rules look at it. */
  record Packet(
      Prefix to,
      Optional<Bytes> from,
      Optional<String> in,
      Optional<String> out,
      long mark,
      int tos) {}

  /**
   * The route to one destination.
   *
   * @return the packet, for whoever wants to say why
   */
  static Packet get(IpContext ip) throws IOException {
    ByteBuffer header = Numbers.room(RoutePrinter.HEADER);
    int family = ip.options.family();
    Bytes attributes = Bytes.EMPTY;
    Optional<Prefix> to = Optional.empty();
    Optional<Bytes> from = Optional.empty();
    Optional<String> in = Optional.empty();
    Optional<String> device = Optional.empty();
    long mark = 0;
    boolean connected = false;
    boolean fibMatch = false;
    while (ip.hasWord()) {
      if (ip.take("tos") || ip.takeShort("dsfield")) {
        header.put(3, (byte) ip.named(Kind.DSFIELD, "TOS value is invalid\n"));
      } else if (ip.takeShort("from")) {
        Prefix p = ip.prefix(family);
        family = family == 0 ? p.family() : family;
        header.put(2, (byte) p.bits());
        from = Optional.of(p.address()).filter(b -> !b.isEmpty());
        if (from.isPresent()) {
          attributes = attributes.plus(Netlink.attribute(RoutePrinter.SOURCE, p.address()));
        }
      } else if (ip.takeShort("iif")) {
        in = Optional.of(ip.take());
      } else if (ip.takeShort("mark")) {
        mark = ip.number("invalid mark value");
      } else if (ip.takeShort("oif") || ip.take("dev")) {
        device = Optional.of(ip.take());
      } else if (ip.takeShort("notify")) {
        header.putInt(8, header.getInt(8) | 0x100);
      } else if (ip.takeShort("connected")) {
        connected = true;
      } else if (ip.takeShort("vrf")) {
        device = Optional.of(ip.take());
        if (!ip.deviceAttributes(ip.device(device.get())).nested(18).text(1).equals("vrf")) {
          throw ip.wrong("Invalid VRF\n");
        }
      } else if (ip.takeShort("uid")) {
        attributes =
            attributes.plus(
                Netlink.attribute(RoutePrinter.UID, IpContext.u32(ip.number("invalid UID\n"))));
      } else if (ip.takeShort("fibmatch")) {
        fibMatch = true;
      } else if (ip.takeShort("sport")) {
        attributes = attributes.plus(port(ip, 28, "invalid sport\n"));
      } else if (ip.takeShort("dport")) {
        attributes = attributes.plus(port(ip, 29, "invalid dport\n"));
      } else if (ip.takeShort("ipproto")) {
        attributes =
            attributes.plus(Netlink.attribute(27, Bytes.of(new byte[] {(byte) protocol(ip)})));
      } else {
        ip.take("to");
        if (ip.hasWord() && Abbreviation.first(ip.word(), List.of("help")).isPresent()) {
          throw IpHelp.of("route");
        }
        Prefix p = ip.prefix(family);
        family = family == 0 ? p.family() : family;
        int bits = family == IpOptions.INET6 ? 128 : 32;
        if (!p.address().isEmpty()) {
          attributes = attributes.plus(Netlink.attribute(RoutePrinter.DESTINATION, p.address()));
        }
        if (p.bits() != bits && family != 0) {
          ip.warn(
              "Warning: /%d as prefix is invalid, only /%d (or none) is supported.\n"
                  .formatted(p.bits(), bits));
        }
        header.put(1, (byte) (family == 0 ? p.bits() : bits));
        to = Optional.of(p);
      }
    }
    if (to.isEmpty()) {
      throw ip.refused(1, "need at least a destination address");
    }
    attributes = attributes.plus(device(ip, RoutePrinter.IN, in));
    attributes = attributes.plus(device(ip, RoutePrinter.OUT, device));
    if (mark != 0) {
      attributes = attributes.plus(Netlink.attribute(RoutePrinter.MARK, IpContext.u32(mark)));
    }
    int used = family == 0 ? IpOptions.INET : family;
    header.put(0, (byte) used);
    header.putInt(
        8,
        header.getInt(8)
            | (used == IpOptions.INET ? LOOK_UP_TABLE : 0)
            | (fibMatch ? FIB_MATCH : 0));
    Bytes answer = ip.host.get(Rtnetlink.GET_ROUTE, Numbers.bytes(header).plus(attributes));
    ip.out.openArray("");
    RoutePrinter printer = new RoutePrinter(ip);
    printer.print(answer, RoutePrinter.Told.NOTHING);
    if (connected && from.isEmpty() && !ip.out.json()) {
      // iproute2 asks the same question once more.
      printer.print(answer, RoutePrinter.Told.NOTHING);
    }
    ip.out.closeArray();
    return new Packet(to.get(), from, in, device, mark, header.get(3));
  }

  private static Bytes device(IpContext ip, int type, Optional<String> name) {
    if (name.isEmpty()) {
      return Bytes.EMPTY;
    }
    int index = ip.device(name.get());
    if (index == 0) {
      throw ip.noDevice(name.get());
    }
    return Netlink.attribute(type, IpContext.u32(index));
  }

  private static Bytes port(IpContext ip, int type, String complaint) {
    long port = ip.number(complaint);
    return Netlink.attribute(type, Bytes.of(new byte[] {(byte) (port >> 8), (byte) port}));
  }

  /** The number of a protocol over IP, by the name that this machine has for it. */
  static int protocol(IpContext ip) {
    String name = ip.take();
    return (int) IpNames.protocol(name).orElseThrow(() -> ip.wrong("Invalid \"ipproto\" value\n"));
  }
}

package wirebook.engine.socket.ip;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import wirebook.engine.socket.Cidr;
import wirebook.engine.socket.Numbers;
import wirebook.engine.socket.ip.IpNames.Kind;
import wirebook.engine.socket.ss.Netlink;
import wirebook.trace.Bytes;

/**
 * {@code ip route add}, {@code addr add}, {@code link set} and so on: a host of the lab's alone.
 */
final class Changes {
  private static final int UP = 1;
  private static final int MTU = 4;
  private static final int LINK_SCOPE = 253;
  private static final int HOST_SCOPE = 254;
  private static final int NOWHERE = 255;
  private static final int ONLINK = 4;
  private static final List<String> METRICS =
      List.of(
          "mtu",
          "window",
          "rtt",
          "rttvar",
          "ssthresh",
          "cwnd",
          "advmss",
          "reordering",
          "hoplimit",
          "initcwnd");

  private final IpContext ip;
  private final boolean delete;
  private final int flags;

  private Changes(IpContext ip, String verb) {
    this.ip = ip;
    this.delete = verb.equals("delete");
    this.flags =
        switch (verb) {
          case "add" -> Rtnetlink.CREATE | Rtnetlink.EXCLUSIVE;
          case "change" -> Rtnetlink.REPLACE;
          case "replace" -> Rtnetlink.CREATE | Rtnetlink.REPLACE;
          case "append" -> Rtnetlink.CREATE | Rtnetlink.APPEND;
          case "prepend" -> Rtnetlink.CREATE;
          case "test" -> Rtnetlink.EXCLUSIVE;
          default -> 0;
        };
  }

  static void of(IpContext ip, String kind, String verb) throws IOException {
    Changes changes = new Changes(ip, verb);
    boolean flush = verb.equals("flush");
    if (kind.equals("route") && !flush) {
      changes.route();
    } else if (kind.equals("address") && !flush) {
      changes.address();
    } else if (kind.equals("rule") && !flush) {
      changes.rule();
    } else if (kind.equals("link") && (verb.equals("set") || verb.equals("change"))) {
      changes.link();
    } else {
      throw ip.refused(
          2,
          "the lab has no \"ip "
              + kind
              + " "
              + verb
              + "\": it can add and delete routes, addresses and"
              + " rules, and set a link up or down");
    }
  }

  private void route() throws IOException {
    ByteBuffer header = Numbers.room(RoutePrinter.HEADER);
    int family = ip.options.family();
    int type = delete ? 0 : 1;
    long table = 0;
    int protocol = delete ? 0 : 3;
    OptionalLong scope = OptionalLong.empty();
    boolean gateway = false;
    Optional<Prefix> to = Optional.empty();
    Bytes attributes = Bytes.EMPTY;
    Bytes metrics = Bytes.EMPTY;
    Bytes hops = Bytes.EMPTY;
    int hopFlags = 0;
    while (ip.hasWord()) {
      if (ip.take("src")) {
        attributes = attributes.plus(address(RoutePrinter.PREFERRED_SOURCE, ip.address(family)));
      } else if (ip.take("via")) {
        Prefix via = via(family);
        family = family == 0 ? via.family() : family;
        gateway = true;
        attributes = attributes.plus(address(RoutePrinter.GATEWAY, via));
      } else if (ip.take("dev") || ip.take("oif")) {
        attributes = attributes.plus(Netlink.attribute(RoutePrinter.OUT, IpContext.u32(device())));
      } else if (ip.takeShort("table")) {
        table = ip.named(Kind.TABLE, "\"table\" value is invalid\n");
      } else if (ip.takeShort("protocol")) {
        protocol = (int) ip.named(Kind.PROTOCOL, "\"protocol\" value is invalid\n");
      } else if (ip.takeShort("scope")) {
        scope = OptionalLong.of(ip.named(Kind.SCOPE, "invalid \"scope\" value\n"));
      } else if (ip.takeShort("metric", "priority") || ip.take("preference")) {
        attributes =
            attributes.plus(
                Netlink.attribute(
                    RoutePrinter.METRIC,
                    IpContext.u32(ip.number("\"metric\" value is invalid\n"))));
      } else if (ip.take("onlink")) {
        hopFlags |= ONLINK;
      } else if (ip.take("tos") || ip.takeShort("dsfield")) {
        header.put(3, (byte) ip.named(Kind.DSFIELD, "\"tos\" value is invalid\n"));
      } else if (ip.take("nexthop")) {
        hops = hops.plus(hop(family));
        gateway = true;
      } else if (ip.hasWord() && METRICS.contains(ip.word())) {
        int metric = METRICS.indexOf(ip.take()) + 2;
        ip.take("lock");
        metrics =
            metrics.plus(Netlink.attribute(metric, IpContext.u32(ip.number("value is invalid\n"))));
      } else {
        ip.take("to");
        OptionalLong given =
            to.isEmpty() && ip.hasWord()
                ? ip.names().number(Kind.TYPE, ip.word())
                : OptionalLong.empty();
        if (given.isPresent() && !Character.isDigit(ip.word().charAt(0))) {
          ip.take();
          type = (int) given.getAsLong();
          continue;
        }
        if (ip.takeShort("help")) {
          throw IpHelp.of("route");
        }
        if (to.isPresent()) {
          ip.take();
          throw ip.twice("to");
        }
        Prefix p = ip.prefix(family);
        family = family == 0 ? p.family() : family;
        to = Optional.of(p);
      }
    }
    if (to.isEmpty() && !delete) {
      to = Optional.of(new Prefix(family, Bytes.EMPTY, 0, false));
    }
    family = family == 0 ? IpOptions.INET : family;
    long used = table == 0 ? type == 2 || type == 3 || type == 4 ? 255 : RoutePrinter.MAIN : table;
    int reach =
        (int)
            scope.orElse(
                family == IpOptions.INET6
                    ? 0
                    : type == 2
                        ? HOST_SCOPE
                        : type >= 3 && type <= 5
                            ? LINK_SCOPE
                            : type > 1 ? 0 : delete ? NOWHERE : gateway ? 0 : LINK_SCOPE);
    header.put(0, (byte) family).put(1, (byte) (int) to.map(Prefix::bits).orElse(0));
    header.put(4, (byte) used).put(5, (byte) protocol).put(6, (byte) reach).put(7, (byte) type);
    header.putInt(8, hopFlags);
    Bytes all = Numbers.bytes(header);
    if (to.isPresent() && to.get().bits() > 0) {
      all = all.plus(address(RoutePrinter.DESTINATION, to.get()));
    }
    if (used > 255) {
      all = all.plus(Netlink.attribute(RoutePrinter.TABLE, IpContext.u32(used)));
    }
    all = all.plus(attributes);
    if (!metrics.isEmpty()) {
      all = all.plus(Netlink.attribute(RoutePrinter.METRICS, metrics));
    }
    if (!hops.isEmpty()) {
      all = all.plus(Netlink.attribute(RoutePrinter.MULTIPATH, hops));
    }
    ip.host.change(delete ? Rtnetlink.DELETE_ROUTE : Rtnetlink.NEW_ROUTE, flags, all);
  }

  private Prefix via(int family) {
    int of = ip.family();
    return ip.address(of == 0 ? family : of);
  }

  /** struct rtnexthop. */
  private Bytes hop(int family) {
    Bytes attributes = Bytes.EMPTY;
    ByteBuffer header = Numbers.room(8);
    while (ip.hasWord() && !ip.word().equals("nexthop")) {
      if (ip.take("via")) {
        attributes = attributes.plus(address(RoutePrinter.GATEWAY, via(family)));
      } else if (ip.take("dev")) {
        header.putInt(4, device());
      } else if (ip.take("weight")) {
        long weight = ip.number("\"weight\" is invalid\n");
        if (weight < 1 || weight > 256) {
          throw ip.wrong("\"weight\" is invalid\n");
        }
        header.put(3, (byte) (weight - 1));
      } else if (ip.take("onlink")) {
        header.put(2, (byte) ONLINK);
      } else {
        ip.take();
        throw ip.wrong("\"nexthop\" or end of line is expected");
      }
    }
    header.putShort(0, (short) (8 + attributes.length()));
    return Numbers.bytes(header).plus(attributes);
  }

  private int device() {
    String name = ip.take();
    int index = ip.device(name);
    if (index == 0) {
      throw ip.noDevice(name);
    }
    return index;
  }

  private static Bytes address(int type, Prefix address) {
    return Netlink.attribute(type, address.address());
  }

  private void address() throws IOException {
    Optional<Prefix> local = Optional.empty();
    Optional<Prefix> peer = Optional.empty();
    Optional<Integer> device = Optional.empty();
    Optional<String> broadcast = Optional.empty();
    Optional<String> label = Optional.empty();
    OptionalLong scope = OptionalLong.empty();
    int family = ip.options.family();
    Bytes attributes = Bytes.EMPTY;
    String name = "";
    while (ip.hasWord()) {
      if (ip.take("peer") || ip.take("remote")) {
        peer = Optional.of(ip.prefix(family));
      } else if (ip.takeShort("broadcast") || ip.take("brd")) {
        broadcast = Optional.of(ip.take());
      } else if (ip.take("scope")) {
        scope = OptionalLong.of(ip.named(Kind.SCOPE, "invalid scope value."));
      } else if (ip.take("dev")) {
        name = ip.hasWord() ? ip.word() : "";
        device = Optional.of(device());
      } else if (ip.take("label")) {
        label = Optional.of(ip.take());
      } else if (ip.takeShort("metric", "priority", "preference")) {
        attributes =
            attributes.plus(
                Netlink.attribute(9, IpContext.u32(ip.number("\"metric\" value is invalid\n"))));
      } else if (ip.takeShort("help")) {
        throw IpHelp.of("address");
      } else if (!ip.take("nodad") && !ip.take("noprefixroute") && !ip.take("home")) {
        ip.take("local");
        if (local.isPresent()) {
          ip.take();
          throw ip.twice("local");
        }
        local = Optional.of(ip.prefix(family));
        family = local.get().family();
      }
    }
    if (device.isEmpty()) {
      throw ip.refused(IpRefusal.WRONG, "Not enough information: \"dev\" argument is required.");
    }
    if (local.isEmpty()) {
      throw ip.refused(IpRefusal.WRONG, "Not enough information: the address is missing.");
    }
    Prefix own = local.get();
    ByteBuffer header = Numbers.room(8);
    boolean loopback =
        family == IpOptions.INET && !own.address().isEmpty() && own.address().at(0) == 127;
    header.put(0, (byte) family).put(1, (byte) peer.orElse(own).bits());
    header.put(3, (byte) scope.orElse(loopback ? HOST_SCOPE : 0)).putInt(4, device.get());
    Bytes all = Numbers.bytes(header).plus(address(2, own)).plus(address(1, peer.orElse(own)));
    if (broadcast.isPresent()) {
      String text = broadcast.get();
      Bytes last =
          text.equals("+") || text.equals("-")
              ? Cidr.of(own.address(), own.bits()).last()
              : Prefix.parse(text, family).address();
      all = all.plus(Netlink.attribute(4, last));
    }
    if (family == IpOptions.INET) {
      all = all.plus(Netlink.attribute(3, IpContext.text(label.orElse(name))));
    }
    all = all.plus(attributes);
    ip.host.change(delete ? Rtnetlink.DELETE_ADDRESS : Rtnetlink.NEW_ADDRESS, flags, all);
  }

  private void link() throws IOException {
    Optional<Integer> device = Optional.empty();
    int set = 0;
    int mask = 0;
    Bytes attributes = Bytes.EMPTY;
    while (ip.hasWord()) {
      if (ip.take("up")) {
        set |= UP;
        mask |= UP;
      } else if (ip.take("down")) {
        set &= ~UP;
        mask |= UP;
      } else if (ip.take("mtu")) {
        attributes =
            attributes.plus(
                Netlink.attribute(MTU, IpContext.u32(ip.number("Invalid \"mtu\" value\n"))));
      } else if (ip.takeShort("help")) {
        throw IpHelp.of("link");
      } else if (device.isPresent() && !ip.word().equals("dev")) {
        ip.take();
        throw ip.twice("dev");
      } else {
        ip.take("dev");
        device = Optional.of(device());
      }
    }
    if (device.isEmpty()) {
      throw ip.refused(IpRefusal.WRONG, "Not enough information: \"dev\" argument is required.");
    }
    ByteBuffer header = Numbers.room(IpContext.LINK_HEADER);
    header.putInt(4, device.get()).putInt(8, set).putInt(12, mask);
    ip.host.change(Rtnetlink.NEW_LINK, 0, Numbers.bytes(header).plus(attributes));
  }

  private void rule() throws IOException {
    ByteBuffer header = Numbers.room(RuleCommand.HEADER);
    int family = ip.options.family();
    int action = 0;
    long table = 0;
    Bytes attributes = Bytes.EMPTY;
    while (ip.hasWord()) {
      if (ip.take("not")) {
        header.putInt(8, RuleCommand.INVERT);
      } else if (ip.take("from")) {
        Prefix p = ip.prefix(family);
        family = family == 0 ? p.family() : family;
        header.put(2, (byte) p.bits());
        attributes = p.bits() == 0 ? attributes : attributes.plus(address(RuleCommand.FROM, p));
      } else if (ip.take("to")) {
        Prefix p = ip.prefix(family);
        family = family == 0 ? p.family() : family;
        header.put(1, (byte) p.bits());
        attributes = p.bits() == 0 ? attributes : attributes.plus(address(RuleCommand.TO, p));
      } else if (ip.takeShort("preference", "order", "priority")) {
        attributes =
            attributes.plus(
                Netlink.attribute(
                    RuleCommand.PRIORITY,
                    IpContext.u32(ip.number("preference value is invalid\n"))));
      } else if (ip.take("tos") || ip.takeShort("dsfield")) {
        header.put(3, (byte) ip.named(Kind.DSFIELD, "TOS value is invalid\n"));
      } else if (ip.take("fwmark")) {
        String[] parts = ip.take().split("/", 2);
        for (int i = 0; i < parts.length; i++) {
          long number =
              IpNames.number(parts[i], 0).orElseThrow(() -> ip.wrong("fwmark value is invalid\n"));
          attributes =
              attributes.plus(
                  Netlink.attribute(
                      i == 0 ? RuleCommand.MARK : RuleCommand.MASK, IpContext.u32(number)));
        }
      } else if (ip.takeShort("table", "lookup")) {
        table = ip.named(Kind.TABLE, "invalid table ID\n");
      } else if (ip.take("dev") || ip.take("iif")) {
        attributes = attributes.plus(Netlink.attribute(RuleCommand.IN, IpContext.text(ip.take())));
      } else if (ip.take("oif")) {
        attributes = attributes.plus(Netlink.attribute(RuleCommand.OUT, IpContext.text(ip.take())));
      } else {
        ip.takeShort("type");
        OptionalLong type = ip.names().number(Kind.TYPE, ip.take());
        if (type.isEmpty() || type.getAsLong() < 6 || type.getAsLong() > 8) {
          throw ip.refused(
              IpRefusal.WRONG,
              "Error: argument \"" + ip.before() + "\" is wrong: Failed to parse rule type");
        }
        action = (int) type.getAsLong();
      }
    }
    header.put(0, (byte) (family == 0 ? IpOptions.INET : family));
    long used = table == 0 && action == 0 ? RoutePrinter.MAIN : table;
    header.put(4, (byte) used).put(7, (byte) (action == 0 ? 1 : action));
    Bytes all = Numbers.bytes(header);
    if (used > 255) {
      all = all.plus(Netlink.attribute(RuleCommand.TABLE, IpContext.u32(used)));
    }
    ip.host.change(
        delete ? Rtnetlink.DELETE_RULE : Rtnetlink.NEW_RULE, flags, all.plus(attributes));
  }
}

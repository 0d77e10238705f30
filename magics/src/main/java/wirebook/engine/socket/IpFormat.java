package wirebook.engine.socket;

import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import wirebook.trace.Bytes;

/** Interfaces, addresses, routes and neighbours as ip of iproute2 6.1 prints them. */
final class IpFormat {
  static final long MAIN = 254;

  private static final long FOREVER = 0xffffffffL;
  private static final long UP = 1;
  private static final long POINT_TO_POINT = 0x10;
  private static final long RUNNING = 0x40;
  private static final int PERMANENT = 0x80;
  private static final String[][] LINK_FLAGS = {
    {"8", "LOOPBACK"},
    {"2", "BROADCAST"},
    {"10", "POINTOPOINT"},
    {"1000", "MULTICAST"},
    {"80", "NOARP"},
    {"200", "ALLMULTI"},
    {"100", "PROMISC"},
    {"400", "MASTER"},
    {"800", "SLAVE"},
    {"4", "DEBUG"},
    {"8000", "DYNAMIC"},
    {"4000", "AUTOMEDIA"},
    {"2000", "PORTSEL"},
    {"20", "NOTRAILERS"},
    {"1", "UP"},
    {"10000", "LOWER_UP"},
    {"20000", "DORMANT"},
    {"40000", "ECHO"}
  };
  private static final String[][] ADDRESS_FLAGS = {
    {"2", "nodad"},
    {"4", "optimistic"},
    {"8", "dadfailed"},
    {"10", "home"},
    {"20", "deprecated"},
    {"40", "tentative"},
    {"80", "dynamic"},
    {"100", "mngtmpaddr"},
    {"200", "noprefixroute"},
    {"400", "autojoin"},
    {"800", "stable-privacy"}
  };
  private static final String[][] NEIGHBOUR_STATES = {
    {"1", "INCOMPLETE"},
    {"2", "REACHABLE"},
    {"4", "STALE"},
    {"8", "DELAY"},
    {"10", "PROBE"},
    {"20", "FAILED"},
    {"40", "NOARP"},
    {"80", "PERMANENT"}
  };
  private static final String[][] ROUTE_FLAGS = {
    {"1", "dead"}, {"4", "onlink"}, {"2", "pervasive"}, {"10", "linkdown"}, {"20", "unresolved"}
  };
  private static final String[] TYPES = {
    "none",
    "unicast",
    "local",
    "broadcast",
    "anycast",
    "multicast",
    "blackhole",
    "unreachable",
    "prohibit",
    "throw",
    "nat",
    "xresolve"
  };
  private static final Map<Integer, String> PROTOCOLS =
      Map.of(
          1,
          "redirect",
          2,
          "kernel",
          3,
          "boot",
          4,
          "static",
          9,
          "ra",
          16,
          "dhcp",
          11,
          "zebra",
          12,
          "bird",
          186,
          "bgp",
          188,
          "ospf");
  private static final Map<Integer, String> SCOPES =
      Map.of(0, "global", 200, "site", 253, "link", 254, "host", 255, "nowhere");
  private static final Map<Integer, String> HARDWARE =
      Map.of(
          1,
          "ether",
          772,
          "loopback",
          65534,
          "none",
          512,
          "ppp",
          768,
          "ipip",
          769,
          "tunnel6",
          776,
          "sit",
          778,
          "gre",
          823,
          "gre6");
  private static final Map<Integer, String> PREFERENCES = Map.of(0, "medium", 1, "high", 3, "low");

  private final Map<Integer, String> names;

  /** {@code names} of the interfaces, by their index. */
  IpFormat(Map<Integer, String> names) {
    this.names = names;
  }

  private String device(int index) {
    return Visible.text(names.getOrDefault(index, "if" + index));
  }

  String name(IpObject.Link link) {
    String name = Visible.text(link.name());
    if (link.peer().isEmpty()) {
      return name;
    }
    int peer = link.peer().getAsInt();
    return name
        + "@"
        + (peer == 0 ? "NONE" : link.peerNamespace().isPresent() ? "if" + peer : device(peer));
  }

  String flags(IpObject.Link link) {
    StringJoiner all = new StringJoiner(",", "<", ">");
    if ((link.flags() & UP) != 0 && (link.flags() & RUNNING) == 0) {
      all.add("NO-CARRIER");
    }
    named(LINK_FLAGS, link.flags()).forEach(all::add);
    return all.toString();
  }

  /**
   * @param mode whether the link's mode is shown, as {@code ip link} does
   * @param six whether only what concerns IPv6 is shown
   */
  String link(IpObject.Link link, boolean mode, boolean six) {
    StringBuilder out = new StringBuilder();
    out.append(link.index()).append(": ").append(name(link)).append(": ").append(flags(link));
    out.append(" mtu ").append(link.mtu()).append(' ');
    if (!six) {
      out.append(link.queueing().isEmpty() ? "" : "qdisc " + Visible.text(link.queueing()) + " ");
      link.master().ifPresent(m -> out.append("master ").append(Visible.text(m)).append(' '));
    }
    out.append("state ").append(link.state()).append(' ');
    if (mode) {
      out.append("mode ").append(link.mode() == 1 ? "DORMANT " : "DEFAULT ");
    }
    if (!six) {
      out.append("group ").append(link.group() == 0 ? "default" : link.group()).append(' ');
    }
    if (link.queueLength().orElse(0) != 0) {
      out.append("qlen ").append(link.queueLength().getAsLong());
    }
    return out.append('\n').toString();
  }

  String hardware(IpObject.Link link) {
    StringBuilder out = new StringBuilder("    link/");
    out.append(HARDWARE.getOrDefault(link.type(), "[" + link.type() + "]")).append(' ');
    out.append(hardware(link.address()));
    if (!link.broadcast().isEmpty()) {
      out.append((link.flags() & POINT_TO_POINT) != 0 ? " peer " : " brd ");
      out.append(hardware(link.broadcast()));
    }
    link.peerNamespace().ifPresent(n -> out.append(" link-netnsid ").append(n));
    link.alias().ifPresent(a -> out.append("\n    alias ").append(Visible.text(a)));
    return out.append('\n').toString();
  }

  private static String hardware(Bytes address) {
    return address.length() == 4
        ? IpText.of(address)
        : HexFormat.ofDelimiter(":").formatHex(address.toArray());
  }

  String address(IpObject.Address a) {
    boolean six = a.local().length() == 16;
    StringBuilder out = new StringBuilder(six ? "    inet6 " : "    inet ");
    out.append(IpText.of(a.local()));
    if (!a.local().equals(a.peer())) {
      out.append(" peer ").append(IpText.of(a.peer()));
    }
    out.append('/').append(a.prefixLength()).append(' ');
    a.broadcast().ifPresent(b -> out.append("brd ").append(IpText.of(b)).append(' '));
    out.append("scope ").append(scope(a.scope())).append(' ');
    if ((a.flags() & 1) != 0) {
      out.append(six ? "temporary " : "secondary ");
    }
    for (String flag : named(ADDRESS_FLAGS, a.flags() ^ PERMANENT)) {
      out.append(flag).append(' ');
    }
    out.append(Visible.text(a.label()));
    out.append("\n       valid_lft ").append(time(a.validSeconds()));
    out.append(" preferred_lft ").append(time(a.preferredSeconds()));
    return out.append('\n').toString();
  }

  private static String time(long seconds) {
    return seconds == FOREVER ? "forever" : seconds + "sec";
  }

  private static String scope(int scope) {
    return SCOPES.getOrDefault(scope, Integer.toString(scope));
  }

  /**
   * @param hideDevice the device that the question named
   * @param showTable whether the question left the table open
   */
  String route(IpObject.Route r, Optional<String> hideDevice, boolean showTable) {
    StringBuilder out = new StringBuilder();
    if (r.type() != 1) {
      out.append(r.type() < TYPES.length ? TYPES[r.type()] : Integer.toString(r.type()))
          .append(' ');
    }
    out.append(r.to().isEmpty() ? "default" : IpText.of(r.to()));
    if (!r.to().isEmpty() && r.prefixLength() != 8 * r.to().length()) {
      out.append('/').append(r.prefixLength());
    }
    out.append(' ');
    r.from().ifPresent(f -> out.append("from ").append(IpText.of(f)).append(' '));
    r.gateway().ifPresent(g -> out.append(via(r.six(), g)));
    if (r.device().isPresent() && !device(r.device().getAsInt()).equals(hideDevice.orElse(""))) {
      out.append("dev ").append(device(r.device().getAsInt())).append(' ');
    }
    if (!r.cached()) {
      if (showTable && r.table() != MAIN) {
        out.append("table ").append(table(r.table())).append(' ');
      }
      if (r.protocol() != 3) {
        out.append("proto ");
        out.append(PROTOCOLS.getOrDefault(r.protocol(), Integer.toString(r.protocol())))
            .append(' ');
      }
      out.append(r.scope() == 0 ? "" : "scope " + scope(r.scope()) + " ");
    }
    r.source().ifPresent(s -> out.append("src ").append(IpText.of(s)).append(' '));
    r.metric().ifPresent(m -> out.append("metric ").append(m).append(' '));
    named(ROUTE_FLAGS, r.flags()).forEach(f -> out.append(f).append(' '));
    r.user().ifPresent(u -> out.append("uid ").append(u).append(' '));
    if (r.cached() && !r.six()) {
      out.append("\n    cache ");
      String cache = cache(r.flags());
      out.append(cache.isEmpty() ? "" : "<" + cache + "> ");
    }
    r.mtu().ifPresent(m -> out.append("mtu ").append(m).append(' '));
    for (IpObject.Hop hop : r.hops()) {
      out.append("\n\tnexthop ");
      hop.gateway().ifPresent(g -> out.append(via(r.six(), g)));
      out.append("dev ").append(device(hop.device())).append(' ');
      out.append("weight ").append(hop.weight()).append(' ');
      named(ROUTE_FLAGS, hop.flags()).forEach(f -> out.append(f).append(' '));
    }
    r.preference()
        .ifPresent(
            p -> out.append("pref ").append(PREFERENCES.getOrDefault(p, Integer.toString(p))));
    return out.append('\n').toString();
  }

  private static String via(boolean six, Bytes gateway) {
    boolean other = (gateway.length() == 16) != six;
    return "via "
        + (other ? gateway.length() == 16 ? "inet6 " : "inet " : "")
        + IpText.of(gateway)
        + " ";
  }

  private static String cache(long flags) {
    StringJoiner all = new StringJoiner(",");
    if ((flags & 0x80000000L) != 0) {
      all.add("local");
    }
    if ((flags & 0x40000) != 0) {
      all.add("redirected");
    }
    if ((flags & 0x20000000) != 0) {
      all.add("mc");
    }
    if ((flags & 0x10000000) != 0) {
      all.add("brd");
    }
    return all.toString();
  }

  private static String table(long table) {
    return table == 255 ? "local" : table == 253 ? "default" : Long.toString(table);
  }

  String neighbour(IpObject.Neighbour n, Optional<String> hideDevice) {
    StringBuilder out = new StringBuilder(IpText.of(n.address())).append(' ');
    if (!device(n.device()).equals(hideDevice.orElse(""))) {
      out.append("dev ").append(device(n.device())).append(' ');
    }
    n.hardware().ifPresent(h -> out.append("lladdr ").append(hardware(h)).append(' '));
    out.append((n.flags() & 0x80) != 0 ? "router " : "")
        .append((n.flags() & 8) != 0 ? "proxy " : "");
    named(NEIGHBOUR_STATES, n.state()).forEach(s -> out.append(s).append(' '));
    return out.append('\n').toString();
  }

  String briefLink(IpObject.Link link) {
    return "%-16s %-14s ".formatted(name(link), link.state())
        + (link.address().isEmpty() ? "" : hardware(link.address()) + " ")
        + flags(link)
        + " \n";
  }

  String briefAddresses(IpObject.Link link, List<IpObject.Address> addresses) {
    StringBuilder out = new StringBuilder("%-16s %-14s ".formatted(name(link), link.state()));
    for (IpObject.Address a : addresses) {
      out.append(IpText.of(a.local()));
      out.append(a.local().equals(a.peer()) ? "" : " peer " + IpText.of(a.peer()));
      out.append('/').append(a.prefixLength()).append(' ');
    }
    return out.append('\n').toString();
  }

  String briefNeighbour(IpObject.Neighbour n) {
    return "%-39s %-16s %s\n"
        .formatted(
            IpText.of(n.address()),
            device(n.device()),
            n.hardware().map(IpFormat::hardware).orElse(""));
  }

  private static List<String> named(String[][] names, long bits) {
    return java.util.Arrays.stream(names)
        .filter(n -> (bits & Long.parseLong(n[0], 16)) != 0)
        .map(n -> n[1])
        .toList();
  }
}

// Above 500 lines: one file of iproute2, an attribute after the other in its order.
package wirebook.engine.socket.ip;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import wirebook.engine.socket.Cidr;
import wirebook.engine.socket.Numbers;
import wirebook.engine.socket.ip.IpNames.Kind;
import wirebook.trace.Bytes;
import wirebook.trace.IpText;

/**
 * A route (struct rtmsg and its attributes) as iproute.c of iproute2 prints it. Long, as each
 * attribute of a route has its place on the line.
 */
final class RoutePrinter {
  static final int HEADER = 12;
  static final int MAIN = 254;
  static final int CLONED = 0x200;
  static final int DESTINATION = 1;
  static final int SOURCE = 2;
  static final int IN = 3;
  static final int OUT = 4;
  static final int GATEWAY = 5;
  static final int METRIC = 6;
  static final int PREFERRED_SOURCE = 7;
  static final int METRICS = 8;
  static final int MULTIPATH = 9;
  static final int FLOW = 11;
  static final int CACHE = 12;
  static final int TABLE = 15;
  static final int MARK = 16;
  static final int VIA = 18;
  static final int NEW_DESTINATION = 19;
  static final int PREFERENCE = 20;
  static final int ENCAP_TYPE = 21;
  static final int ENCAP = 22;
  static final int UID = 25;
  static final int TTL_PROPAGATE = 26;
  static final int NEXTHOP_ID = 30;

  static final int BROADCAST = 3;
  static final int MULTICAST = 5;
  private static final int UNICAST = 1;
  private static final int BOOT = 3;
  private static final int HOP = 8;
  private static final int LOCK = 1;
  private static final int HOPLIMIT = 10;
  private static final int FEATURES = 12;
  private static final int CONGESTION = 16;

  private static final String[][] FLAGS = {
    {"1", "dead"},
    {"4", "onlink"},
    {"2", "pervasive"},
    {"8", "offload"},
    {"40", "trap"},
    {"100", "notify"},
    {"10", "linkdown"},
    {"20", "unresolved"},
    {"4000", "rt_offload"},
    {"8000", "rt_trap"},
    {"20000000", "rt_offload_failed"}
  };
  private static final String[][] CACHE_FLAGS = {
    {"80000000", "local"},
    {"100000", "reject"},
    {"20000000", "mc"},
    {"10000000", "brd"},
    {"8000000", "dst-nat"},
    {"800000", "src-nat"},
    {"400000", "masq"},
    {"20000", "dst-direct"},
    {"4000000", "src-direct"},
    {"40000", "redirected"},
    {"1000000", "redirect"},
    {"200000", "fastroute"},
    {"10000", "notify"},
    {"2000000", "proxy"}
  };
  private static final String[] METRIC_NAMES = {
    "",
    "",
    "mtu",
    "window",
    "rtt",
    "rttvar",
    "ssthresh",
    "cwnd",
    "advmss",
    "reordering",
    "hoplimit",
    "initcwnd",
    "features",
    "rto_min",
    "initrwnd",
    "quickack",
    "congctl",
    "fastopen_no_cookie"
  };

  private final IpContext ip;
  private final IpOutput out;

  /** What the question told already, and is not said again. */
  record Told(
      boolean table,
      boolean device,
      boolean via,
      boolean protocol,
      boolean scope,
      boolean metric,
      boolean source,
      boolean tos,
      boolean realm,
      boolean in) {
    static final Told NOTHING =
        new Told(false, false, false, false, false, false, false, false, false, false);
  }

  RoutePrinter(IpContext ip) {
    this.ip = ip;
    this.out = ip.out;
  }

  static Attributes attributes(Bytes route) {
    return Attributes.of(route, HEADER);
  }

  static long table(Bytes route, Attributes a) {
    return a.has(TABLE) ? a.u32(TABLE) : route.at(4);
  }

  static long flags(Bytes route) {
    return Numbers.uint32(route, 8);
  }

  void print(Bytes route, Told told) {
    Attributes a = attributes(route);
    int family = route.at(0);
    int hostBits = 8 * Prefix.length(family);
    boolean details = ip.options.details();
    long flags = flags(route);
    ip.objects.add(record(route, a));
    out.open();
    if (route.at(7) != UNICAST || details) {
      out.put("type", "%s ", ip.name(Kind.TYPE, route.at(7)));
    }
    String to =
        a.has(DESTINATION)
            ? ip.host(a.get(DESTINATION)) + (route.at(1) == hostBits ? "" : "/" + route.at(1))
            : route.at(1) != 0 ? "0/" + route.at(1) + " " : "default";
    IpOutput.Color color =
        a.has(DESTINATION) ? IpOutput.Color.of(a.get(DESTINATION).length()) : IpOutput.Color.NONE;
    out.put(color, "dst", "%s ", to);
    if (a.has(SOURCE)) {
      String from = ip.host(a.get(SOURCE)) + (route.at(2) == hostBits ? "" : "/" + route.at(2));
      out.put(IpOutput.Color.of(a.get(SOURCE).length()), "from", "from %s ", from);
    } else if (route.at(2) != 0) {
      out.put("src", "from %s ", "0/" + route.at(2));
    }
    if (a.has(NEXTHOP_ID)) {
      out.put("nhid", "nhid %s ", a.u32(NEXTHOP_ID));
    }
    if (a.has(NEW_DESTINATION)) {
      out.field("to", ip.host(a.get(NEW_DESTINATION)));
      out.text("as to " + ip.host(a.get(NEW_DESTINATION)) + " ");
    }
    encapsulation(a);
    if (route.at(3) != 0 && !told.tos) {
      out.put("tos", "tos %s ", ip.name(Kind.DSFIELD, route.at(3)));
    }
    if (a.has(GATEWAY) && !told.via) {
      gateway(a.get(GATEWAY));
    }
    if (a.has(VIA)) {
      via(a.get(VIA));
    }
    if (a.has(OUT) && !told.device) {
      device("dev", a.u32(OUT));
    }
    long table = table(route, a);
    if (table != 0 && (table != MAIN || details) && !told.table) {
      out.put("table", "table %s ", ip.name(Kind.TABLE, table));
    }
    if ((flags & CLONED) == 0) {
      if ((route.at(5) != BOOT || details) && !told.protocol) {
        out.put("protocol", "proto %s ", ip.name(Kind.PROTOCOL, route.at(5)));
      }
      if ((route.at(6) != 0 || details) && !told.scope) {
        out.put("scope", "scope %s ", ip.name(Kind.SCOPE, route.at(6)));
      }
    }
    if (a.has(PREFERRED_SOURCE) && !told.source) {
      Bytes source = a.get(PREFERRED_SOURCE);
      out.text("src ").put(IpOutput.Color.of(source.length()), "prefsrc", "%s ", ip.host(source));
    }
    if (a.has(METRIC) && !told.metric) {
      out.put("metric", "metric %s ", a.u32(METRIC));
    }
    flags(flags);
    if (a.u32(MARK) != 0) {
      long mark = a.u32(MARK);
      out.field("mark", mark);
      out.text("mark " + (mark >= 16 ? IpOutput.hex(mark) : "" + mark) + " ");
    }
    if (a.has(FLOW) && !told.realm) {
      flow(a.u32(FLOW));
    }
    if (a.has(UID)) {
      out.put("uid", "uid %s ", a.u32(UID));
    }
    if (family == IpOptions.INET && (flags & CLONED) != 0) {
      cacheFlags(flags & ~0xffffL);
    }
    cache(a);
    if (a.has(METRICS)) {
      metrics(a.nested(METRICS));
    }
    if (a.has(IN) && !told.in) {
      device("iif", a.u32(IN));
    }
    if (a.has(PREFERENCE)) {
      int preference = a.u8(PREFERENCE);
      out.put(
          "pref",
          "pref %s",
          preference == 0
              ? "medium"
              : preference == 1 ? "high" : preference == 3 ? "low" : "" + preference);
    }
    if (a.has(TTL_PROPAGATE)) {
      boolean on = a.u8(TTL_PROPAGATE) != 0;
      out.field("ttl-propogate", on).text("ttl-propogate " + (on ? "enabled" : "disabled"));
    }
    if (a.has(NEXTHOP_ID) && details) {
      NexthopCommand.info(ip, a.u32(NEXTHOP_ID));
    }
    if (a.has(MULTIPATH)) {
      hops(route, a);
    }
    out.text("\n").close();
  }

  void gateway(Bytes gateway) {
    out.text("via ").put(IpOutput.Color.of(gateway.length()), "gateway", "%s ", ip.host(gateway));
  }

  private void via(Bytes via) {
    int family = via.length() < 2 ? 0 : Numbers.uint16(via, 0);
    Bytes host = via.length() < 2 ? Bytes.EMPTY : via.slice(2, via.length());
    String name = IpContext.familyName(family);
    out.open(out.json() ? "via" : "");
    out.text("via " + name + " ").field("family", name);
    out.put(IpOutput.Color.of(host.length()), "host", "%s ", ip.host(host));
    out.close();
  }

  void device(String key, long index) {
    out.text(key + " ").put(IpOutput.Color.DEVICE, key, "%s ", ip.device((int) index));
  }

  void flags(long flags) {
    out.openArray("flags");
    for (String[] f : FLAGS) {
      if ((flags & Long.parseLong(f[0], 16)) != 0) {
        out.element("%s ", f[1]);
      }
    }
    out.closeArray();
  }

  private void flow(long flow) {
    String from = flow >> 16 == 0 ? "" : ip.name(Kind.REALM, flow >> 16);
    String to = ip.name(Kind.REALM, flow & 0xffff);
    out.open("flow");
    if (!from.isEmpty()) {
      out.field("from", from);
    }
    out.field("to", to).close();
    out.text(from.isEmpty() ? "realm " + to + " " : "realms " + from + "/" + to + " ");
  }

  private void cacheFlags(long all) {
    long left = all;
    if (out.json()) {
      out.openArray("cache");
    } else {
      out.newLine().text("    cache ").text(all == 0 ? "" : "<");
    }
    for (String[] f : CACHE_FLAGS) {
      long bit = Long.parseLong(f[0], 16);
      if ((left & bit) != 0) {
        left &= ~bit;
        out.element(left == 0 ? "%s> " : "%s,", f[1]);
      }
    }
    if (left != 0) {
      out.put("flags", "%s>", Long.toHexString(left));
    }
    out.closeArray();
  }

  /** struct rta_cacheinfo: times are hundredths of a second. */
  private void cache(Attributes a) {
    Bytes info = a.get(CACHE);
    if (info.length() < 28) {
      return;
    }
    int expires = Numbers.int32(info, 8);
    if (expires != 0) {
      out.put("expires", "expires %ssec ", expires / 100);
    }
    long error = Numbers.uint32(info, 12);
    if (error != 0) {
      out.put("error", "error %s ", error);
    }
    if (ip.options.statistics() > 0) {
      shown(Numbers.uint32(info, 0), "users", "users %s ");
      shown(Numbers.uint32(info, 16), "used", "used %s ");
      if (Numbers.uint32(info, 4) != 0) {
        out.put("age", "age %ssec ", Numbers.uint32(info, 4) / 100);
      }
    }
    if (Numbers.uint32(info, 20) != 0) {
      out.put("ipid", "ipid 0x%s ", String.format("%04x", Numbers.uint32(info, 20)));
    }
  }

  private void shown(long value, String key, String format) {
    if (value != 0) {
      out.put(key, format, value);
    }
  }

  private void metrics(Attributes m) {
    long locks = m.u32(LOCK);
    out.openArray("metrics").open();
    for (int i = 2; i < METRIC_NAMES.length; i++) {
      long value = i == CONGESTION ? 0 : m.u32(i);
      if ((!m.has(i) && (locks & 1L << i) == 0) || (i == HOPLIMIT && value == 0xffffffffL)) {
        continue;
      }
      out.text(METRIC_NAMES[i] + " ").text((locks & 1L << i) != 0 ? "lock " : "");
      switch (i) {
        case FEATURES -> {
          if ((value & 1) != 0) {
            out.nothing("ecn", "ecn ");
          }
          if ((value & ~1) != 0) {
            out.put("features", "%s ", IpOutput.hex(value));
          }
        }
        case CONGESTION -> out.put("congestion", "%s ", m.text(i));
        case 4, 5, 13 -> {
          long millis = value / (i == 4 ? 8 : i == 5 ? 4 : 1);
          out.field(METRIC_NAMES[i], millis);
          out.text(millis >= 1000 ? seconds(millis) + "s " : millis + "ms ");
        }
        default -> out.put(METRIC_NAMES[i], "%s ", value);
      }
    }
    out.close().closeArray();
  }

  /** As printf's {@code %g}: six digits, no zeros behind. */
  private static String seconds(long millis) {
    String text = String.format(Locale.ROOT, "%.3f", millis / 1000.0);
    return text.replaceFirst("\\.?0+$", "");
  }

  private record NextHop(int flags, int hops, int device, Attributes attributes) {}

  private static List<NextHop> nextHops(Attributes a) {
    List<NextHop> hops = new ArrayList<>();
    Bytes all = a.get(MULTIPATH);
    for (int at = 0; at + HOP <= all.length(); ) {
      int size = Numbers.uint16(all, at);
      if (size < HOP || at + size > all.length()) {
        break;
      }
      hops.add(
          new NextHop(
              all.at(at + 2),
              all.at(at + 3),
              Numbers.int32(all, at + 4),
              Attributes.of(all.slice(at, at + size), HOP)));
      at += (size + 3) & ~3;
    }
    return hops;
  }

  private void hops(Bytes route, Attributes a) {
    boolean multicast = (flags(route) & CLONED) != 0 && route.at(7) == MULTICAST;
    out.openArray("nexthops");
    String before = "Oifs: ";
    for (NextHop hop : nextHops(a)) {
      out.open();
      if (multicast) {
        out.text(before);
        before = " ";
      } else {
        out.newLine().text("\tnexthop ");
      }
      encapsulation(hop.attributes);
      if (hop.attributes.has(GATEWAY)) {
        gateway(hop.attributes.get(GATEWAY));
      }
      if (hop.attributes.has(VIA)) {
        via(hop.attributes.get(VIA));
      }
      if (hop.attributes.has(FLOW)) {
        flow(hop.attributes.u32(FLOW));
      }
      if (multicast) {
        out.put("dev", "%s", ip.device(hop.device));
        if (hop.hops != 1) {
          out.put("ttl", "(ttl>%s)", hop.hops);
        }
        out.text(" ");
      } else {
        out.put("dev", "dev %s ", ip.device(hop.device));
        out.put("weight", "weight %s ", hop.hops + 1);
      }
      flags(hop.flags);
      out.close();
    }
    out.closeArray();
  }

  /** A tunnel of the route's own (lwtunnel): its kind, and for the plain ones what is in it. */
  private void encapsulation(Attributes a) {
    if (!a.has(ENCAP)) {
      return;
    }
    String[] kinds = {
      "", "mpls", "ip", "ila", "ip6", "seg6", "bpf", "seg6local", "rpl", "ioam6", "xfrm"
    };
    int kind = a.u16(ENCAP_TYPE);
    Attributes in = a.nested(ENCAP);
    out.put("encap", " encap %s ", kind < kinds.length ? kinds[kind] : "unknown " + kind);
    if (kind == 2 || kind == 4) {
      if (in.has(1)) {
        out.put("id", "id %s ", in.get(1).buffer().getLong(0));
      }
      if (in.has(3)) {
        out.put(IpOutput.Color.of(in.get(3).length()), "src", "src %s ", ip.host(in.get(3)));
      }
      if (in.has(2)) {
        out.put(IpOutput.Color.of(in.get(2).length()), "dst", "dst %s ", ip.host(in.get(2)));
      }
      if (in.has(4)) {
        out.put(
            kind == 2 ? "ttl" : "hoplimit", (kind == 2 ? "ttl" : "hoplimit") + " %s ", in.u8(4));
      }
      if (in.has(5)) {
        out.put(kind == 2 ? "tos" : "tc", (kind == 2 ? "tos" : "tc") + " %s ", in.u8(5));
      }
      String[] bits = {"csum", "", "key", "seq"};
      for (int i = 0; i < bits.length; i++) {
        if (!bits[i].isEmpty() && (in.be16(6) & 1 << i) != 0) {
          out.put(bits[i], bits[i] + " ", true);
        }
      }
    } else if (kind == 1 && in.has(1)) {
      StringBuilder labels = new StringBuilder();
      for (int i = 0; i + 4 <= in.get(1).length(); i += 4) {
        labels.append(i == 0 ? "" : "/").append(in.get(1).buffer().getInt(i) >>> 12);
      }
      out.put("dst", " %s ", labels.toString());
    }
  }

  private IpObject.Route record(Bytes route, Attributes a) {
    boolean six = route.at(0) == IpOptions.INET6;
    Bytes to = a.has(DESTINATION) ? a.get(DESTINATION) : Bytes.of(new byte[six ? 16 : 4]);
    List<IpObject.Hop> hops = new ArrayList<>();
    if (a.has(OUT)) {
      hops.add(new IpObject.Hop(gatewayOf(a), ip.device((int) a.u32(OUT)), 1));
    }
    for (NextHop hop : nextHops(a)) {
      hops.add(new IpObject.Hop(gatewayOf(hop.attributes), ip.device(hop.device), hop.hops + 1));
    }
    return new IpObject.Route(
        Cidr.of(to, Math.min(route.at(1), 8 * to.length())),
        ip.names().of(Kind.TYPE, route.at(7), false),
        ip.names().of(Kind.TABLE, table(route, a), false),
        ip.names().of(Kind.PROTOCOL, route.at(5), false),
        ip.names().of(Kind.SCOPE, route.at(6), false),
        a.u32(METRIC),
        a.find(PREFERRED_SOURCE).map(IpText::of),
        hops,
        a);
  }

  /** A gateway of the route's own family, or of another (RTA_VIA: a family, then the address). */
  private static Optional<String> gatewayOf(Attributes a) {
    Bytes via = a.get(VIA);
    return a.find(GATEWAY)
        .or(() -> via.length() > 2 ? Optional.of(via.slice(2, via.length())) : Optional.empty())
        .filter(g -> g.length() == 4 || g.length() == 16)
        .map(IpText::of);
  }
}

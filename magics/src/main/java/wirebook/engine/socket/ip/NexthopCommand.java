package wirebook.engine.socket.ip;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import wirebook.engine.socket.Numbers;
import wirebook.engine.socket.ip.IpNames.Kind;
import wirebook.engine.socket.ss.Netlink;
import wirebook.trace.Bytes;

/** {@code ip nexthop show} and {@code get}, as ipnexthop.c of iproute2 has them. */
final class NexthopCommand {
  private static final int HEADER = 8;
  private static final int ID = 1;
  private static final int GROUP = 2;
  private static final int GROUP_TYPE = 3;
  private static final int BLACKHOLE = 4;
  private static final int OUT = 5;
  private static final int GATEWAY = 6;
  private static final int GROUPS = 9;
  private static final int MASTER = 10;
  private static final int FDB = 11;
  private static final int RESILIENT = 12;
  private static final int MEMBER = 8;

  private NexthopCommand() {}

  static void show(IpContext ip) throws IOException {
    Bytes selectors = Bytes.EMPTY;
    long protocol = 0;
    while (ip.hasWord()) {
      if (ip.takeShort("dev")) {
        selectors = selectors.plus(Netlink.attribute(OUT, IpContext.u32(device(ip))));
      } else if (ip.takeShort("groups")) {
        selectors = selectors.plus(Netlink.attribute(GROUPS, Bytes.EMPTY));
      } else if (ip.takeShort("master", "vrf")) {
        selectors = selectors.plus(Netlink.attribute(MASTER, IpContext.u32(device(ip))));
      } else if (ip.take("id")) {
        one(ip, ip.number("invalid id value"));
        return;
      } else if (ip.takeShort("protocol")) {
        protocol = ip.number("invalid protocol value");
      } else if (ip.takeShort("fdb")) {
        selectors = selectors.plus(Netlink.attribute(FDB, Bytes.EMPTY));
      } else if (ip.takeShort("help")) {
        throw IpHelp.of("nexthop");
      } else {
        ip.take();
        throw ip.wrong("");
      }
    }
    ip.out.openArray("");
    ByteBuffer header = Numbers.room(HEADER).put(0, (byte) ip.options.family());
    for (Bytes hop : ip.host.dump(Rtnetlink.GET_NEXTHOP, Numbers.bytes(header).plus(selectors))) {
      if (protocol == 0 || hop.at(2) == protocol) {
        print(ip, "", hop);
        ip.out.text("\n");
      }
    }
    ip.out.closeArray();
  }

  static void get(IpContext ip) throws IOException {
    Optional<Long> id = Optional.empty();
    while (ip.hasWord()) {
      if (!ip.take("id")) {
        ip.take();
        throw ip.wrong("");
      }
      id = Optional.of(ip.number("invalid id value"));
    }
    if (id.isEmpty()) {
      throw ip.refused(IpRefusal.WRONG, "Command line is not complete. Try option \"help\"");
    }
    one(ip, id.get());
  }

  private static int device(IpContext ip) {
    int index = ip.device(ip.take());
    if (index == 0) {
      throw ip.wrong("Device does not exist\n");
    }
    return index;
  }

  private static Bytes find(IpContext ip, long id) throws IOException {
    return ip.host.get(
        Rtnetlink.GET_NEXTHOP,
        Numbers.bytes(Numbers.room(HEADER).put(0, (byte) ip.options.family()))
            .plus(Netlink.attribute(ID, IpContext.u32(id))));
  }

  private static void one(IpContext ip, long id) throws IOException {
    Bytes hop = find(ip, id);
    ip.out.openArray("");
    print(ip, "", hop);
    ip.out.text("\n").closeArray();
  }

  /** What a route with this next hop shows of it with {@code -d}. */
  static void info(IpContext ip, long id) {
    try {
      Bytes hop = find(ip, id);
      ip.out.text("\n\tnh_info ");
      print(ip, "nh_info", hop);
    } catch (IOException e) {
      // It went away meanwhile.
    }
  }

  private static void print(IpContext ip, String key, Bytes hop) {
    Attributes a = Attributes.of(hop, HEADER);
    IpOutput out = ip.out;
    RoutePrinter routes = new RoutePrinter(ip);
    if (key.isEmpty()) {
      ip.objects.add(new IpObject.Nexthop(a.u32(ID), a));
    }
    out.open(key);
    if (a.has(ID)) {
      out.put("id", "id %s ", a.u32(ID));
    }
    Bytes group = a.get(GROUP);
    if (!group.isEmpty()) {
      out.openArray("group").text("group ");
      for (int i = 0; i + MEMBER <= group.length(); i += MEMBER) {
        out.open().text(i == 0 ? "" : "/").put("id", "%s", Numbers.uint32(group, i));
        int weight = group.at(i + 4);
        if (weight != 0) {
          out.put("weight", ",%s", weight + 1);
        }
        out.close();
      }
      out.text(" ").closeArray();
    }
    if (a.u16(GROUP_TYPE) != 0) {
      out.put("type", "type %s ", a.u16(GROUP_TYPE) == 1 ? "resilient" : "<unknown type>");
    }
    if (a.has(RESILIENT)) {
      Attributes r = a.nested(RESILIENT);
      out.open("resilient_args");
      out.put("buckets", "buckets %s ", r.u16(1));
      out.put("idle_timer", "idle_timer %s ", seconds(r.u32(2)));
      out.put("unbalanced_timer", "unbalanced_timer %s ", seconds(r.u32(3)));
      out.put("unbalanced_time", "unbalanced_time %s ", seconds(r.u64(4)));
      out.close();
    }
    if (a.has(GATEWAY)) {
      routes.gateway(a.get(GATEWAY));
    }
    if (a.has(OUT)) {
      routes.device("dev", a.u32(OUT));
    }
    if (hop.at(1) != 0 || ip.options.details()) {
      out.put("scope", "scope %s ", ip.name(Kind.SCOPE, hop.at(1)));
    }
    if (a.has(BLACKHOLE)) {
      out.nothing("blackhole", "blackhole ");
    }
    if (hop.at(2) != 0 || ip.options.details()) {
      out.put("protocol", "proto %s ", ip.name(Kind.PROTOCOL, hop.at(2)));
    }
    routes.flags(Numbers.uint32(hop, 4));
    if (a.has(FDB)) {
      out.nothing("fdb", "fdb");
    }
    out.close();
  }

  /** Hundredths of a second, as printf's {@code %g} writes them. */
  private static Object seconds(long ticks) {
    return ticks % 100 == 0 ? (Object) (ticks / 100) : (Object) (ticks / 100.0);
  }
}

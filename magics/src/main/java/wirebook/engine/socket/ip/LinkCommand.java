// Above 500 lines: one file of iproute2, a key after the other in its order.
package wirebook.engine.socket.ip;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import wirebook.engine.socket.Numbers;
import wirebook.engine.socket.ip.IpNames.Kind;
import wirebook.engine.socket.ss.Netlink;
import wirebook.trace.Bytes;
import wirebook.trace.IpText;

/**
 * {@code ip link show} and {@code ip address show}, as ipaddress.c of iproute2 has them. Long, as
 * links and addresses are printed by one walk over both tables.
 */
final class LinkCommand {
  private static final int UP = 1;
  private static final int POINT_TO_POINT = 0x10;
  private static final int RUNNING = 0x40;
  private static final long FOREVER = 0xffffffffL;
  private static final int PERMANENT = 0x80;
  private static final int SECONDARY = 1;
  private static final int DEPRECATED = 0x20;
  private static final int ADDRESS_HEADER = 8;

  private static final String[][] LINK_FLAGS = {
    {"8", "LOOPBACK"}, {"2", "BROADCAST"}, {"10", "POINTOPOINT"}, {"1000", "MULTICAST"},
    {"80", "NOARP"}, {"200", "ALLMULTI"}, {"100", "PROMISC"}, {"400", "MASTER"},
    {"800", "SLAVE"}, {"4", "DEBUG"}, {"8000", "DYNAMIC"}, {"4000", "AUTOMEDIA"},
    {"2000", "PORTSEL"}, {"20", "NOTRAILERS"}, {"1", "UP"}, {"10000", "LOWER_UP"},
    {"20000", "DORMANT"}, {"40000", "ECHO"}
  };
  private static final String[][] ADDRESS_FLAGS = {
    {"1", "secondary"}, {"1", "temporary"}, {"2", "nodad"}, {"4", "optimistic"},
    {"8", "dadfailed"}, {"10", "home"}, {"20", "deprecated"}, {"40", "tentative"},
    {"80", "permanent"}, {"100", "mngtmpaddr"}, {"200", "noprefixroute"}, {"400", "autojoin"},
    {"800", "stable-privacy"}
  };
  private static final String[] STATES = {
    "UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP"
  };
  private static final Map<Integer, String> HARDWARE =
      Map.ofEntries(
          Map.entry(1, "ether"),
          Map.entry(772, "loopback"),
          Map.entry(0xfffe, "none"),
          Map.entry(0xffff, "void"),
          Map.entry(512, "ppp"),
          Map.entry(768, "ipip"),
          Map.entry(769, "tunnel6"),
          Map.entry(776, "sit"),
          Map.entry(778, "gre"),
          Map.entry(823, "gre6"),
          Map.entry(280, "can"),
          Map.entry(824, "netlink"),
          Map.entry(32, "infiniband"),
          Map.entry(801, "ieee802.11"),
          Map.entry(24, "ieee1394"),
          Map.entry(803, "ieee802.11/radiotap"),
          Map.entry(804, "ieee802.15.4"),
          Map.entry(779, "pimreg"),
          Map.entry(825, "6lowpan"));

  private final IpContext ip;
  private final IpOutput out;
  private final boolean link;
  private int family;
  private int index;
  private boolean up;
  private int master;
  private long group = -1;
  private Optional<String> label = Optional.empty();
  private Optional<String> kind = Optional.empty();
  private Optional<String> slaveKind = Optional.empty();
  private Prefix prefix = Prefix.NONE;
  private int scope;
  private boolean anyScope = true;
  private long flags;
  private long flagMask;

  private LinkCommand(IpContext ip, boolean link) {
    this.ip = ip;
    this.out = ip.out;
    this.link = link;
    this.family = link ? IpOptions.PACKET : ip.options.family();
  }

  static void show(IpContext ip, boolean link) throws IOException {
    new LinkCommand(ip, link).show();
  }

  private void show() throws IOException {
    Optional<String> device = selectors();
    if (device.isPresent()) {
      index = ip.device(device.get());
      if (index == 0) {
        throw ip.refused(1, "Device \"" + device.get() + "\" does not exist.");
      }
    }
    out.openArray("");
    // iproute2 asks for one device by its name, and then looks at no other selector but these.
    List<Bytes> links = new ArrayList<>(dump());
    List<Bytes> addresses =
        family == IpOptions.PACKET ? List.of() : ip.host.dump(Rtnetlink.GET_ADDRESS, request());
    if (family != IpOptions.PACKET) {
      links.removeIf(l -> !hasWanted(l, addresses));
    }
    for (Bytes message : links) {
      out.open();
      boolean shown = true;
      if (family == IpOptions.PACKET || !ip.options.oneLine() || ip.options.brief()) {
        shown = link(message);
      }
      if (shown && family != IpOptions.PACKET) {
        addressesOf(message, addresses);
        boolean own = !ip.options.oneLine() && !ip.options.brief() && label.isEmpty();
        if (own && ip.options.statistics() > 0 && isShown(message)) {
          statistics(Attributes.of(message, IpContext.LINK_HEADER));
          out.newLine();
        }
      }
      out.close();
    }
    out.closeArray();
  }

  private Bytes request() {
    return Numbers.bytes(Numbers.room(ADDRESS_HEADER).put(0, (byte) family).putInt(4, index));
  }

  private List<Bytes> dump() throws IOException {
    int asked = link ? IpOptions.PACKET : ip.options.family();
    if (index != 0) {
      int one = link ? IpOptions.PACKET : family;
      return List.of(ip.host.get(Rtnetlink.GET_LINK, IpContext.linkRequest(one, index)));
    }
    if (asked != 0 && asked != IpOptions.PACKET) {
      return ip.host.dump(
          Rtnetlink.GET_LINK,
          Numbers.bytes(Numbers.room(IpContext.LINK_HEADER).put(0, (byte) asked)));
    }
    // The kernel selects by these, as far as it knows the kind.
    Bytes request = IpContext.linkRequest(asked, 0);
    if (master != 0) {
      request = request.plus(Netlink.attribute(10, IpContext.u32(master)));
    }
    if (kind.isPresent()) {
      Bytes name = Netlink.attribute(1, Bytes.utf8(kind.get()));
      request = request.plus(Netlink.attribute(18, name));
    }
    return ip.host.dump(Rtnetlink.GET_LINK, request);
  }

  private Optional<String> selectors() {
    Optional<String> device = Optional.empty();
    while (ip.hasWord()) {
      String word = ip.take();
      switch (word) {
        case "to" -> {
          prefix = ip.prefix(family);
          family = family == 0 ? prefix.family() : family;
        }
        case "scope" -> {
          String name = ip.take();
          anyScope = name.equals("all");
          if (!anyScope) {
            scope =
                (int)
                    ip.names()
                        .number(Kind.SCOPE, name)
                        .orElseThrow(() -> ip.wrong("invalid \"scope\"\n"));
          }
        }
        case "up" -> up = true;
        case "label" -> label = Optional.of(ip.take());
        case "group" -> group = ip.named(Kind.GROUP, "Invalid \"group\" value\n");
        case "master", "vrf" -> {
          boolean vrf = word.equals("vrf");
          master = ip.device(ip.take());
          if (master == 0) {
            throw ip.wrong(vrf ? "Not a valid VRF name\n" : "Device does not exist\n");
          }
          if (vrf && !ip.deviceAttributes(master).nested(18).text(1).equals("vrf")) {
            throw ip.wrong("Not a valid VRF name\n");
          }
        }
        case "nomaster" -> master = -1;
        case "type" -> {
          String name = ip.take();
          if (name.endsWith("_slave")) {
            slaveKind = Optional.of(name.substring(0, name.length() - "_slave".length()));
          } else {
            kind = Optional.of(name);
          }
        }
        default -> {
          if (flag(word)) {
            continue;
          }
          String name = word.equals("dev") ? ip.take() : word;
          if (!word.equals("dev") && !word.isEmpty() && "help".startsWith(word)) {
            throw IpHelp.of(link ? "link" : "address");
          }
          if (device.isPresent()) {
            throw ip.twice("dev");
          }
          device = Optional.of(name);
        }
      }
    }
    return device;
  }

  /** Whether {@code word} selects by a flag of an address. */
  private boolean flag(String word) {
    boolean inverse = word.startsWith("-");
    String name = inverse ? word.substring(1) : word;
    if (name.equals("dynamic") || name.equals("primary")) {
      inverse = !inverse;
      name = name.equals("dynamic") ? "permanent" : "secondary";
    }
    for (String[] f : ADDRESS_FLAGS) {
      if (f[1].equals(name)) {
        long mask = Long.parseLong(f[0], 16);
        flags = inverse ? flags & ~mask : flags | mask;
        flagMask |= mask;
        return true;
      }
    }
    return false;
  }

  private boolean isShown(Bytes link) {
    return !up || (Numbers.uint32(link, 8) & UP) != 0;
  }

  /** Whether a link has an address that is asked for, or none at all and no family is asked for. */
  private boolean hasWanted(Bytes link, List<Bytes> addresses) {
    boolean none = true;
    for (Bytes address : addresses) {
      if (Numbers.int32(address, 4) == Numbers.int32(link, 4)) {
        none = false;
        if (isWanted(address)) {
          return true;
        }
      }
    }
    return none && (family == 0 || family == IpOptions.PACKET);
  }

  private static Attributes addressAttributes(Bytes address) {
    return Attributes.of(address, ADDRESS_HEADER);
  }

  private static long addressFlags(Bytes address, Attributes a) {
    return a.has(8) ? a.u32(8) : address.at(2);
  }

  private boolean isWanted(Bytes address) {
    Attributes a = addressAttributes(address);
    Bytes local = a.has(2) ? a.get(2) : a.get(1);
    return (family == 0 || family == address.at(0))
        && (anyScope || scope == address.at(3))
        && ((flags ^ addressFlags(address, a)) & flagMask) == 0
        && (label.isEmpty()
            || (a.has(3) ? a.text(3) : ip.device(Numbers.int32(address, 4)))
                .matches(pattern(label.get())))
        && (prefix.family() == 0
            || (prefix.family() == address.at(0) && prefix.matches(local, prefix.bits())));
  }

  /** A shell's pattern (fnmatch(3)) as a regular expression. */
  private static String pattern(String shell) {
    return shell
        .replaceAll("[\\\\.^$|(){}+]", "\\\\$0")
        .replace("[!", "[^")
        .replace("*", ".*")
        .replace("?", ".");
  }

  // Links.

  /** False when the link is not one that is asked for. */
  private boolean link(Bytes message) {
    Attributes a = Attributes.of(message, IpContext.LINK_HEADER);
    long bits = Numbers.uint32(message, 8);
    Attributes info = a.nested(18);
    if (label.isPresent()) {
      // ip looks at no other selector then, and only at addresses.
      return isShown(message);
    }
    if (!isShown(message)
        || (a.has(27) && group != -1 && a.u32(27) != group)
        || (master > 0 && a.u32(10) != master)
        || kind.filter(k -> !info.text(1).equals(k)).isPresent()
        || slaveKind.filter(k -> !info.text(4).equals(k)).isPresent()) {
      return false;
    }
    int type = Numbers.uint16(message, 2);
    ip.objects.add(record(message, a));
    if (ip.options.brief()) {
      name(a, "%-16s ");
      state(a);
      if (family == IpOptions.PACKET) {
        if (a.has(1)) {
          out.put(IpOutput.Color.HARDWARE, "address", "%s ", IpContext.hardware(a.get(1), type));
        }
        linkFlags(bits, isBelowDown(a));
        out.text("\n");
      }
      return true;
    }
    out.put("ifindex", "%s: ", Numbers.int32(message, 4));
    name(a, "%s: ");
    linkFlags(bits, isBelowDown(a));
    number(a, 4, "mtu", "mtu %s ");
    text(a, 6, "qdisc", "qdisc %s ");
    if (a.has(10)) {
      out.put("master", "master %s ", ip.device((int) a.u32(10)));
    }
    state(a);
    if (link && a.has(17)) {
      out.put("linkmode", "mode %s ", a.u8(17) == 1 ? "DORMANT" : "DEFAULT");
    }
    if (a.has(27)) {
      out.put("group", "group %s ", ip.name(Kind.GROUP, a.u32(27)));
    }
    Attributes queue = a.has(13) ? a : ip.deviceAttributes(Numbers.int32(message, 4));
    if (queue.u32(13) != 0) {
      out.put("txqlen", "qlen %s", queue.u32(13));
    }
    if (family == 0 || family == IpOptions.PACKET || ip.options.details()) {
      hardware(a, type, bits);
    }
    namespaces(a);
    if (a.u8(39) != 0) {
      out.put("proto_down", " protodown on ", true);
    }
    if (ip.options.details()) {
      details(a);
    }
    if ((link || ip.options.details()) && a.has(20)) {
      out.newLine().text("    ").put("ifalias", "alias %s", a.text(20));
    }
    if (link && ip.options.statistics() > 0) {
      out.newLine();
      statistics(a);
    }
    if (a.has(52)) {
      out.openArray("altnames");
      for (Bytes other : a.all(52, 53)) {
        out.newLine().text("    altname ").element("%s", other.text().replace("\0", ""));
      }
      out.closeArray();
    }
    out.text("\n");
    return true;
  }

  /** The name, with that of the interface below. */
  private void name(Attributes a, String format) {
    String name = a.text(3);
    if (a.has(5)) {
      int below = (int) a.u32(5);
      String with = below == 0 ? "NONE" : a.has(37) ? "if" + below : ip.device(below);
      if (!out.json()) {
        name = name + "@" + with;
      } else if (below == 0) {
        out.nothing("link", "");
      } else if (a.has(37)) {
        out.field("link_index", below);
      } else {
        out.field("link", with);
      }
    }
    out.put(IpOutput.Color.DEVICE, "ifname", format, name);
  }

  private boolean isBelowDown(Attributes a) {
    return a.u32(5) != 0 && !a.has(37) && (ip.deviceFlags((int) a.u32(5)) & UP) == 0;
  }

  private void linkFlags(long all, boolean belowDown) {
    long left = all;
    if (out.json()) {
      out.openArray("flags");
    }
    out.text("<");
    if ((all & UP) != 0 && (all & RUNNING) == 0) {
      out.element("%s,", "NO-CARRIER");
    }
    left &= ~RUNNING;
    for (String[] f : LINK_FLAGS) {
      long bit = Long.parseLong(f[0], 16);
      if ((left & bit) != 0) {
        left &= ~bit;
        out.element(left != 0 ? "%s," : "%s", f[1]);
      }
    }
    if (left != 0) {
      out.element("%s", Long.toHexString(left));
    }
    if (belowDown) {
      out.element(",%s", "M-DOWN");
    }
    out.text("> ");
    if (out.json()) {
      out.closeArray();
    }
  }

  private void state(Attributes a) {
    if (!a.has(16)) {
      return;
    }
    int state = a.u8(16);
    if (state >= STATES.length) {
      out.field("operstate_index", state).text("state " + IpOutput.hex(state));
      return;
    }
    IpOutput.Color color =
        state == 6 ? IpOutput.Color.UP : state == 2 ? IpOutput.Color.DOWN : IpOutput.Color.NONE;
    if (!ip.options.brief()) {
      out.text("state ");
    }
    out.put(color, "operstate", ip.options.brief() ? "%-14s " : "%s ", STATES[state]);
  }

  private void hardware(Attributes a, int type, long bits) {
    out.newLine();
    String name =
        ip.options.numeric() ? "[" + type + "]" : HARDWARE.getOrDefault(type, "[" + type + "]");
    out.put("link_type", "    link/%s ", name);
    if (a.has(1)) {
      out.put(IpOutput.Color.HARDWARE, "address", "%s", IpContext.hardware(a.get(1), type));
    }
    if (a.has(2)) {
      if ((bits & POINT_TO_POINT) != 0) {
        out.text(" peer ").field("link_pointtopoint", true);
      } else {
        out.text(" brd ");
      }
      out.put(IpOutput.Color.HARDWARE, "broadcast", "%s", IpContext.hardware(a.get(2), type));
    }
    if (a.has(54) && !a.get(54).equals(a.get(1))) {
      out.text(" permaddr ");
      out.put(IpOutput.Color.HARDWARE, "permaddr", "%s", IpContext.hardware(a.get(54), type));
    }
  }

  private void namespaces(Attributes a) {
    if (a.has(37)) {
      int id = (int) a.u32(37);
      out.field("link_netnsid", id);
      String name = id < 0 ? "" : Namespaces.name(ip.host, id);
      out.text(
          id < 0
              ? " link-netnsid unknown"
              : name.isEmpty() ? " link-netnsid " + id : " link-netns " + name);
    }
  }

  private void details(Attributes a) {
    number(a, 30, "promiscuity", " promiscuity %s ");
    number(a, 61, "allmulti", " allmulti %s ");
    number(a, 50, "min_mtu", "minmtu %s ");
    number(a, 51, "max_mtu", "maxmtu %s ");
    if (a.has(18)) {
      Attributes info = a.nested(18);
      LinkKinds kinds = new LinkKinds(out, ip::device);
      out.open("linkinfo");
      if (info.has(1)) {
        out.newLine().put("info_kind", "    %s ", info.text(1));
        if (LinkKinds.known(info.text(1))) {
          out.open("info_data");
          if (info.has(2)) {
            kinds.details(info.text(1), info.nested(2));
          }
          out.close();
        }
      }
      if (info.has(4)) {
        out.newLine().put("info_slave_kind", "    %s_slave ", info.text(4));
        if (LinkKinds.known(info.text(4) + "_slave")) {
          out.open("info_slave_data");
          if (info.has(5)) {
            kinds.details(info.text(4) + "_slave", info.nested(5));
          }
          out.close();
        }
      }
      out.close();
    }
    if (link && a.nested(26).has(IpOptions.INET6)) {
      Attributes six = a.nested(26).nested(IpOptions.INET6);
      if (six.has(8)) {
        String[] modes = {"eui64", "none", "stable_secret", "random"};
        int mode = six.u8(8);
        out.put(
            "inet6_addr_gen_mode",
            "addrgenmode %s ",
            mode < modes.length ? modes[mode] : String.format("0x%02x", mode));
      }
    }
    number(a, 31, "num_tx_queues", "numtxqueues %s ");
    number(a, 32, "num_rx_queues", "numrxqueues %s ");
    number(a, 41, "gso_max_size", "gso_max_size %s ");
    number(a, 40, "gso_max_segs", "gso_max_segs %s ");
    number(a, 59, "tso_max_size", "tso_max_size %s ");
    number(a, 60, "tso_max_segs", "tso_max_segs %s ");
    number(a, 58, "gro_max_size", "gro_max_size %s ");
    text(a, 38, "phys_port_name", "portname %s ");
    if (a.has(34)) {
      out.put("phys_port_id", "portid %s ", a.get(34).hex());
    }
    if (a.has(36)) {
      out.put("phys_switch_id", "switchid %s ", a.get(36).hex());
    }
    text(a, 57, "parentbus", "parentbus %s ");
    text(a, 56, "parentdev", "parentdev %s ");
  }

  private void number(Attributes a, int type, String key, String format) {
    if (a.has(type)) {
      out.put(key, format, a.u32(type));
    }
  }

  private void text(Attributes a, int type, String key, String format) {
    if (a.has(type)) {
      out.put(key, format, a.text(type));
    }
  }

  private void statistics(Attributes a) {
    if (a.has(23)) {
      LinkStatistics.print(out, ip.options, a);
    } else {
      out.text("    # nothing counts the packets of this one; %wire shows each");
    }
  }

  private static IpObject.Link record(Bytes message, Attributes a) {
    int state = a.u8(16);
    return new IpObject.Link(
        Numbers.int32(message, 4),
        a.text(3),
        Numbers.uint32(message, 8),
        Numbers.uint16(message, 2),
        a.u32(4),
        state < STATES.length ? STATES[state] : Integer.toString(state),
        a.nested(18).text(1),
        a.get(1),
        a);
  }

  // Addresses.

  private void addressesOf(Bytes link, List<Bytes> addresses) {
    out.openArray("addr_info");
    for (Bytes address : addresses) {
      if (Numbers.int32(address, 4) == Numbers.int32(link, 4)
          && (family == 0 || family == address.at(0))
          && isShown(link)) {
        out.open();
        if (isWanted(address)) {
          address(address);
        }
        out.close();
      }
    }
    out.closeArray();
    if (ip.options.brief()) {
      out.text("\n");
    }
  }

  private void address(Bytes message) {
    Attributes a = addressAttributes(message);
    Bytes local = a.has(2) ? a.get(2) : a.get(1);
    Bytes peer = a.has(1) ? a.get(1) : local;
    long bits = addressFlags(message, a);
    int device = Numbers.int32(message, 4);
    ip.objects.add(record(message, a, local, peer, bits));
    boolean brief = ip.options.brief();
    if (!brief) {
      if (ip.options.oneLine()) {
        out.field("index", device).field("dev", ip.device(device));
        out.text(device + ": " + ip.device(device));
      }
      out.put("family", "    %s ", IpContext.familyName(message.at(0)));
    }
    if (!local.isEmpty()) {
      IpOutput.Color color = IpOutput.Color.of(local.length());
      out.put(color, "local", "%s", ip.host(local));
      if (!peer.equals(local)) {
        out.text(" peer ").put(color, "address", "%s", ip.host(peer));
      }
      out.put("prefixlen", "/%s ", message.at(1));
      if (a.has(9)) {
        out.put("metric", "metric %s ", a.u32(9));
      }
    }
    if (brief) {
      return;
    }
    host(a, 4, "brd ", "broadcast");
    host(a, 5, "any ", "anycast");
    out.put("scope", "scope %s ", ip.name(Kind.SCOPE, message.at(3)));
    addressFlags(message.at(0), bits);
    text(a, 3, "label", "%s");
    if (a.get(6).length() >= 8) {
      long preferred = Numbers.uint32(a.get(6), 0);
      long valid = Numbers.uint32(a.get(6), 4);
      out.newLine().text("       valid_lft ");
      lifetime("valid_life_time", valid, Long.toString(valid));
      out.text(" preferred_lft ");
      boolean past = (bits & DEPRECATED) != 0;
      lifetime("preferred_life_time", preferred, past ? "" + (int) preferred : "" + preferred);
    }
    out.text("\n");
  }

  private void lifetime(String key, long seconds, String shown) {
    out.raw(key, seconds == FOREVER ? Long.toString(seconds) : shown);
    out.text(seconds == FOREVER ? "forever" : shown + "sec");
  }

  private void host(Attributes a, int type, String before, String key) {
    if (a.has(type)) {
      out.text(before);
      out.put(IpOutput.Color.of(a.get(type).length()), key, "%s ", ip.host(a.get(type)));
    }
  }

  private void addressFlags(int of, long all) {
    long left = all;
    for (String[] f : ADDRESS_FLAGS) {
      long bit = Long.parseLong(f[0], 16);
      if (bit == PERMANENT) {
        if ((left & bit) == 0) {
          out.put("dynamic", "dynamic ", true);
        }
      } else if ((left & bit) != 0) {
        String name = bit == SECONDARY && of == IpOptions.INET6 ? "temporary" : f[1];
        out.put(name, name + " ", true);
      }
      left &= ~bit;
    }
    if (left != 0) {
      out.put("ifa_flags", "flags %s ", String.format(Locale.ROOT, "%02x", left));
    }
  }

  private static IpObject.Address record(
      Bytes message, Attributes a, Bytes local, Bytes peer, long flags) {
    Bytes life = a.get(6);
    return new IpObject.Address(
        Numbers.int32(message, 4),
        IpText.of(local),
        IpText.of(peer),
        message.at(1),
        a.find(4).map(IpText::of),
        message.at(3),
        flags,
        a.text(3),
        life.length() < 8 ? FOREVER : Numbers.uint32(life, 4),
        a);
  }
}

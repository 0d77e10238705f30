package wirebook.engine.socket.ip;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import wirebook.engine.socket.Cidr;
import wirebook.engine.socket.Numbers;
import wirebook.engine.socket.ip.IpNames.Kind;
import wirebook.trace.Bytes;

/** {@code ip rule show}, as iprule.c of iproute2 has it. */
final class RuleCommand {
  static final int HEADER = 12;
  static final int TO = 1;
  static final int FROM = 2;
  static final int IN = 3;
  static final int PRIORITY = 6;
  static final int MARK = 10;
  static final int TABLE = 15;
  static final int MASK = 16;
  static final int OUT = 17;
  static final int INVERT = 2;

  private static final int GOTO = 4;
  private static final int FLOW = 11;
  private static final int TUNNEL = 12;
  private static final int SUPPRESS_GROUP = 13;
  private static final int SUPPRESS_LENGTH = 14;
  private static final int L3MDEV = 19;
  private static final int UIDS = 20;
  private static final int PROTOCOL = 21;
  private static final int IP_PROTOCOL = 22;
  private static final int SOURCE_PORTS = 23;
  private static final int DESTINATION_PORTS = 24;

  private final IpContext ip;
  private final IpOutput out;
  private OptionalLong priority = OptionalLong.empty();
  private boolean inverted;
  private OptionalLong tos = OptionalLong.empty();
  private long mark;
  private long mask;
  private Optional<String> in = Optional.empty();
  private Optional<String> device = Optional.empty();
  private boolean l3mdev;
  private Optional<String> uids = Optional.empty();
  private long tunnel;
  private long table;
  private Prefix from = Prefix.NONE;
  private Prefix to = Prefix.NONE;
  private long ipProtocol;
  private Optional<String> sourcePorts = Optional.empty();
  private Optional<String> destinationPorts = Optional.empty();

  private RuleCommand(IpContext ip) {
    this.ip = ip;
    this.out = ip.out;
  }

  static void show(IpContext ip) throws IOException {
    new RuleCommand(ip).show();
  }

  private void show() throws IOException {
    int family = ip.options.family() == 0 ? IpOptions.INET : ip.options.family();
    selectors(family);
    out.openArray("");
    for (Bytes rule :
        ip.host.dump(
            Rtnetlink.GET_RULE, Numbers.bytes(Numbers.room(HEADER).put(0, (byte) family)))) {
      if (isAsked(rule)) {
        print(rule);
      }
    }
    out.closeArray();
  }

  private void selectors(int family) {
    while (ip.hasWord()) {
      if (ip.takeShort("preference", "order", "priority")) {
        priority = OptionalLong.of(ip.number("preference value is invalid\n"));
      } else if (ip.take("not")) {
        inverted = true;
      } else if (ip.take("tos") || ip.take("dsfield")) {
        tos = OptionalLong.of(ip.named(Kind.DSFIELD, "TOS value is invalid\n"));
      } else if (ip.take("fwmark")) {
        String[] parts = ip.take().split("/", 2);
        mark = number(parts[0], "fwmark value is invalid\n");
        mask = parts.length > 1 ? number(parts[1], "fwmask value is invalid\n") : 0;
      } else if (ip.take("dev") || ip.take("iif")) {
        in = Optional.of(name("\"iif\"/\"dev\" not a valid ifname"));
      } else if (ip.take("oif")) {
        device = Optional.of(name("\"oif\" not a valid ifname"));
      } else if (ip.take("l3mdev")) {
        l3mdev = true;
      } else if (ip.take("uidrange")) {
        uids = Optional.of(range(true, "invalid UID range\n"));
      } else if (ip.takeShort("tun_id")) {
        tunnel = ip.number("\"tun_id\" value is invalid\n");
      } else if (ip.takeShort("lookup", "table")) {
        table = ip.named(Kind.TABLE, "table id value is invalid\n");
      } else if (ip.takeShort("from", "src")) {
        from = ip.prefix(family);
      } else if (ip.takeShort("protocol")) {
        // iproute2 reads it, and looks at it only when it flushes.
        if (ip.names().number(Kind.PROTOCOL, ip.take()).isEmpty() && !ip.isBefore("all")) {
          throw ip.wrong("invalid \"protocol\"\n");
        }
      } else if (ip.take("ipproto")) {
        ipProtocol = RouteCommand.protocol(ip);
      } else if (ip.take("sport")) {
        sourcePorts = Optional.of(range(false, "invalid port range\n"));
      } else if (ip.take("dport")) {
        destinationPorts = Optional.of(range(false, "invalid dport range\n"));
      } else {
        ip.takeShort("dst", "to");
        to = ip.prefix(family);
      }
    }
  }

  private long number(String text, String complaint) {
    OptionalLong number = IpNames.number(text, 0);
    return number.orElseThrow(() -> ip.wrong(complaint));
  }

  private String name(String complaint) {
    String name = ip.take();
    if (name.isEmpty() || name.length() > 15 || name.contains("/")) {
      throw ip.wrong(complaint);
    }
    return name;
  }

  /** {@code 1-5} as it is, {@code 1} as {@code 1-1}. */
  private String range(boolean both, String complaint) {
    String text = ip.take();
    if (!text.matches("[0-9]{1,10}(-[0-9]{1,10})?") || (both && !text.contains("-"))) {
      throw ip.wrong(complaint);
    }
    return text.contains("-") ? text : text + "-" + text;
  }

  private boolean isAsked(Bytes rule) {
    Attributes a = Attributes.of(rule, HEADER);
    return (ip.options.family() == 0 || rule.at(0) == ip.options.family())
        && (priority.isEmpty() || priority.getAsLong() == a.u32(PRIORITY))
        && (!inverted || (flags(rule) & INVERT) != 0)
        && fits(from, rule, rule.at(2), a.find(FROM))
        && fits(to, rule, rule.at(1), a.find(TO))
        && (tos.isEmpty() || tos.getAsLong() == rule.at(3))
        && (mark == 0 || mark == a.u32(MARK))
        && (mask == 0 || mask == a.u32(MASK))
        && (in.isEmpty() || (a.has(IN) && in.get().equals(a.text(IN))))
        && (device.isEmpty() || (a.has(OUT) && device.get().equals(a.text(OUT))))
        && (!l3mdev || a.u8(L3MDEV) != 0)
        && (uids.isEmpty() || uids.get().equals(uids(a)))
        && (ipProtocol == 0 || ipProtocol == a.u8(IP_PROTOCOL))
        && (sourcePorts.isEmpty() || sourcePorts.get().equals(ports(a, SOURCE_PORTS)))
        && (destinationPorts.isEmpty()
            || destinationPorts.get().equals(ports(a, DESTINATION_PORTS)))
        && (tunnel == 0 || (a.has(TUNNEL) && tunnel == a.get(TUNNEL).buffer().getLong(0)))
        && (table == 0 || table == table(rule, a));
  }

  private static boolean fits(Prefix wanted, Bytes rule, int bits, Optional<Bytes> address) {
    return wanted.family() == 0
        || (wanted.family() == rule.at(0)
            && wanted.bits() <= bits
            && (wanted.bits() == 0
                || address.filter(a -> wanted.matches(a, wanted.bits())).isPresent()));
  }

  private static long table(Bytes rule, Attributes a) {
    return a.has(TABLE) ? a.u32(TABLE) : rule.at(4);
  }

  private static long flags(Bytes rule) {
    return Numbers.uint32(rule, 8);
  }

  private static String uids(Attributes a) {
    Bytes b = a.get(UIDS);
    return b.length() < 8 ? "" : Numbers.uint32(b, 0) + "-" + Numbers.uint32(b, 4);
  }

  private static String ports(Attributes a, int type) {
    Bytes b = a.get(type);
    return b.length() < 4 ? "" : Numbers.uint16(b, 0) + "-" + Numbers.uint16(b, 2);
  }

  private void print(Bytes rule) {
    Attributes a = Attributes.of(rule, HEADER);
    long flags = flags(rule);
    int hostBits = 8 * Prefix.length(rule.at(0));
    ip.objects.add(record(rule, a));
    out.open().put("priority", "%s:\t", a.u32(PRIORITY));
    if ((flags & INVERT) != 0) {
      out.nothing("not", "not ");
    }
    if (a.has(FROM)) {
      out.text("from ");
      out.put(IpOutput.Color.of(a.get(FROM).length()), "src", "%s", ip.host(a.get(FROM)));
      length(rule.at(2), hostBits, "srclen");
    } else {
      out.put("src", "from %s", rule.at(2) == 0 ? "all" : "0");
      length(rule.at(2), 0, "srclen");
    }
    if (a.has(TO)) {
      out.text(" to ");
      out.put(IpOutput.Color.of(a.get(TO).length()), "dst", "%s", ip.host(a.get(TO)));
      length(rule.at(1), hostBits, "dstlen");
    } else if (rule.at(1) != 0) {
      out.put("dst", " to %s", "0");
      length(rule.at(1), 0, "dstlen");
    }
    if (rule.at(3) != 0) {
      out.put("tos", " tos %s", ip.name(Kind.DSFIELD, rule.at(3)));
    }
    if (a.has(MARK) || a.has(MASK)) {
      out.put("fwmark", " fwmark %s", IpOutput.hex(a.u32(MARK)));
      if (a.has(MASK) && a.u32(MASK) != 0xffffffffL) {
        out.put("fwmask", "/%s", IpOutput.hex(a.u32(MASK)));
      }
    }
    device(a, IN, "iif", (flags & 8) != 0);
    device(a, OUT, "oif", (flags & 0x10) != 0);
    if (a.u8(L3MDEV) != 0) {
      out.nothing("l3mdev", " lookup [l3mdev-table]");
    }
    if (a.has(UIDS)) {
      out.put("uid_start", " uidrange %s", Numbers.uint32(a.get(UIDS), 0));
      out.put("uid_end", "-%s", Numbers.uint32(a.get(UIDS), 4));
    }
    if (a.has(IP_PROTOCOL)) {
      int number = a.u8(IP_PROTOCOL);
      String name = ip.options.numeric() ? "ipproto-" + number : IpNames.protocol(number);
      out.put("ipproto", " ipproto %s", name);
    }
    ports(a.get(SOURCE_PORTS), "sport");
    ports(a.get(DESTINATION_PORTS), "dport");
    if (a.has(TUNNEL)) {
      out.put("tun_id", " tun_id %s", a.get(TUNNEL).buffer().getLong(0));
    }
    long of = table(rule, a);
    if (of != 0) {
      out.put("table", " lookup %s", ip.name(Kind.TABLE, of));
      if ((int) a.u32(SUPPRESS_LENGTH) != -1 && a.has(SUPPRESS_LENGTH)) {
        out.put("suppress_prefixlen", " suppress_prefixlength %s", a.u32(SUPPRESS_LENGTH));
      }
      if ((int) a.u32(SUPPRESS_GROUP) != -1 && a.has(SUPPRESS_GROUP)) {
        String group = ip.name(Kind.GROUP, a.u32(SUPPRESS_GROUP));
        out.put("suppress_ifgroup", " suppress_ifgroup %s", group);
      }
    }
    if (a.has(FLOW)) {
      long flow = a.u32(FLOW);
      if (flow >> 16 != 0) {
        out.put("flow_from", " realms %s/", ip.name(Kind.REALM, flow >> 16));
      } else {
        out.text(" realms ");
      }
      out.put("flow_to", "%s", ip.name(Kind.REALM, flow & 0xffff));
    }
    action(rule.at(7), flags, a);
    long by = a.u8(PROTOCOL);
    if (a.has(PROTOCOL) && ((by != 0 && by != 2) || ip.options.details())) {
      out.put("protocol", " proto %s", ip.name(Kind.PROTOCOL, by));
    }
    out.text("\n").close();
  }

  private void length(int bits, int unsaid, String key) {
    if (bits != unsaid) {
      out.put(key, "/%s", bits);
    }
  }

  private void device(Attributes a, int type, String key, boolean detached) {
    if (a.has(type)) {
      out.text(" " + key + " ").put(IpOutput.Color.DEVICE, key, "%s", a.text(type));
      if (detached) {
        out.nothing(key + "_detached", " [detached]");
      }
    }
  }

  private void ports(Bytes range, String key) {
    if (range.length() < 4) {
      return;
    }
    int first = Numbers.uint16(range, 0);
    int last = Numbers.uint16(range, 2);
    if (first == last) {
      out.put(key, " " + key + " %s", first);
    } else {
      out.put(key + "_start", " " + key + " %s", first).put(key + "_end", "-%s", last);
    }
  }

  private void action(int action, long flags, Attributes a) {
    switch (action) {
      case 1 -> {}
      case 2 -> {
        out.put("goto", " goto %s", a.has(GOTO) ? a.u32(GOTO) : "none");
        if ((flags & 4) != 0) {
          out.nothing("unresolved", " [unresolved]");
        }
      }
      case 3 -> out.nothing("nop", " nop");
      case 10 -> out.nothing("masquerade", " masquerade");
      default -> out.put("action", " %s", ip.name(Kind.TYPE, action));
    }
  }

  private IpObject.Rule record(Bytes rule, Attributes a) {
    Bytes any = Bytes.of(new byte[Math.max(4, Prefix.length(rule.at(0)))]);
    String action =
        switch (rule.at(7)) {
          case 1 -> "lookup " + ip.names().of(Kind.TABLE, table(rule, a), false);
          case 2 -> "goto " + a.u32(GOTO);
          case 3 -> "nop";
          default -> ip.names().of(Kind.TYPE, rule.at(7), false);
        };
    return new IpObject.Rule(
        a.u32(PRIORITY),
        Cidr.of(a.find(FROM).orElse(any), rule.at(2)),
        Cidr.of(a.find(TO).orElse(any), rule.at(1)),
        action,
        a);
  }
}

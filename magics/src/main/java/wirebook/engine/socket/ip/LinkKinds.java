// Above 500 lines: one list; each kind of a link's detail is a few lines.
package wirebook.engine.socket.ip;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.IntFunction;
import wirebook.codec.Resource;
import wirebook.engine.socket.Numbers;
import wirebook.trace.Bytes;
import wirebook.trace.IpText;

/**
 * The details of an interface that depend on its kind, from a table: {@code link-kinds.txt}. Long,
 * as each form in the table is printed in a way of its own.
 */
final class LinkKinds {
  private static final Map<String, String> LIKE =
      Map.of(
          "gretap",
          "gre",
          "erspan",
          "gre",
          "ip6gretap",
          "ip6gre",
          "ip6erspan",
          "ip6gre",
          "sit",
          "ipip",
          "vti6",
          "vti");
  private static final Map<Integer, String> ETHERNET = Map.of(0x8100, "802.1Q", 0x88a8, "802.1ad");
  private static final int GRE_KEY = 0x2000;
  private static final Map<Integer, String> GRE_FLAGS = Map.of(0x1000, "seq", 0x8000, "csum");
  private static final long MOVED = 0x7fffffffL;

  /** One line of the table. */
  private record Detail(List<Integer> types, String read, String key, String label) {
    int type() {
      return types.getLast();
    }
  }

  private static final Map<String, List<Detail>> TABLE = read();

  private final IpOutput out;
  private final IntFunction<String> device;

  /**
   * @param device the names of interfaces by their index
   */
  LinkKinds(IpOutput out, IntFunction<String> device) {
    this.out = out;
    this.device = device;
  }

  private static Map<String, List<Detail>> read() {
    Map<String, List<Detail>> table = new HashMap<>();
    List<Detail> kind = new ArrayList<>();
    for (String line : Resource.text(LinkKinds.class, "link-kinds.txt").lines().toList()) {
      String[] words = line.split(" ");
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      } else if (words.length == 1) {
        kind = new ArrayList<>();
        table.put(line, kind);
        continue;
      }
      List<Integer> types = List.of(words[0].split(",")).stream().map(Integer::valueOf).toList();
      kind.add(new Detail(types, words[1], words[2], words.length > 3 ? words[3] : words[2]));
    }
    return table;
  }

  static boolean known(String kind) {
    return TABLE.containsKey(LIKE.getOrDefault(kind, kind));
  }

  /** The details of a kind; {@code data} may be empty. */
  void details(String kind, Attributes data) {
    for (Detail d : TABLE.getOrDefault(LIKE.getOrDefault(kind, kind), List.of())) {
      if (d.types.getFirst() == 0
          || d.read.equals("end")
          || data.has(d.type())
          || d.read.equals("pmtudiscalways")
          || d.read.equals("queues")) {
        detail(d, data);
      }
    }
  }

  private void detail(Detail d, Attributes a) {
    int t = d.type();
    String value = d.label + " %s ";
    switch (d.read.replaceFirst(":.*", "")) {
      case "u8" -> out.put(d.key, value, a.u8(t));
      case "u16" -> out.put(d.key, value, a.u16(t));
      case "u32" -> out.put(d.key, value, a.u32(t));
      case "s32" -> out.put(d.key, value, (int) a.u32(t));
      case "u64" -> out.put(d.key, value, a.u64(t));
      case "be16" -> out.put(d.key, value, a.be16(t));
      case "nonzero" -> when(a.u32(t) != 0, d, value, a.u32(t));
      case "hex16" -> out.put(d.key, value, IpOutput.hex(a.u16(t)));
      case "hex32" -> out.put(d.key, value, IpOutput.hex(a.u32(t)));
      case "hexnonzero" -> when(a.u32(t) != 0, d, value, IpOutput.hex(a.u32(t)));
      case "flowlabel" -> when(a.u32(t) != 0, d, value, IpOutput.hex(a.be32(t)));
      case "mac" -> out.put(d.key, value, mac(a.get(t)));
      case "protocol" -> {
        int protocol = a.be16(t);
        out.put(d.key, value, ETHERNET.getOrDefault(protocol, "[" + protocol + "]"));
      }
      case "bridge" -> out.put(d.key, value, bridge(a.get(t)));
      case "timer" -> timer(d, a.u64(t));
      case "onoff" -> {
        out.field(d.key, a.u8(t) != 0);
        out.text(d.label + (a.u8(t) != 0 ? " on " : " off "));
      }
      case "fastleave" -> out.text("mcast_fast_leave " + (a.u8(t) != 0 ? "on " : "off "));
      case "names", "names32" -> named(d, a);
      case "link" -> when(a.u32(t) != 0, d, value, device.apply((int) a.u32(t)));
      case "device" -> out.put(d.key, value, device.apply((int) a.u32(t)));
      case "flag" -> when(a.u8(t) != 0, d, d.label + " ", true);
      case "present" -> out.put(d.key, d.label + " ", true);
      case "no" -> {
        out.field(d.key, a.u8(t) != 0);
        out.text((a.u8(t) != 0 ? "" : "no") + d.label + " ");
      }
      case "learning" -> {
        out.field(d.key, a.u8(t) != 0);
        out.text(a.u8(t) != 0 ? "" : "nolearning ");
      }
      case "tos" -> {
        int tos = a.u8(t);
        when(tos != 0, d, value, tos == 1 && !out.json() ? "inherit" : IpOutput.hex(tos));
      }
      case "ttl" -> ttl(d, a);
      case "df" -> {
        String df = List.of("unset", "set", "inherit").get(Math.min(2, a.u8(t)));
        out.field(d.key, df);
        out.text(a.u8(t) == 0 ? "" : "df " + df + " ");
      }
      case "ageing" -> out.put(d.key, a.u32(t) == 0 ? "ageing none " : value, a.u32(t));
      case "address" -> when(isSet(a.get(t)), d, value, address(a.get(t)));
      case "peer" -> {
        int which = isMulticast(a.get(t)) ? 0 : 1;
        if (isSet(a.get(t))) {
          out.put(d.key.split(",")[which], d.label.split(",")[which] + " %s ", address(a.get(t)));
        }
      }
      case "end" -> out.put(d.key, value, isSet(a.get(t)) ? address(a.get(t)) : "any");
      case "key" -> when(a.u32(t) != 0, d, value, address(a.get(t)));
      case "ports" -> {
        ByteBuffer range = a.get(t).buffer();
        int low = Short.toUnsignedInt(range.getShort(0));
        int high = Short.toUnsignedInt(range.getShort(2));
        out.open(d.key).field("low", low).field("high", high).close();
        out.text(d.label + " " + low + " " + high + " ");
      }
      case "booleans" -> {
        long values = Numbers.uint32(a.get(t), 0);
        long mask = Numbers.uint32(a.get(t), 4);
        String[] names = d.key.split(",");
        for (int i = 0; i < names.length; i++) {
          if ((mask & 1L << i) != 0) {
            out.put(names[i], names[i] + " %s ", values >> i & 1);
          }
        }
      }
      case "forwarded" -> {
        out.put(d.key, value, IpOutput.hex(a.u16(t)));
        out.put("group_fwd_mask_str", "group_fwd_mask_str %s ", forwarded(a.u16(t)));
      }
      case "addresses" -> {
        List<Bytes> all = a.all(t, -1);
        if (!all.isEmpty()) {
          out.openArray(d.key).text(d.key + " ");
          StringJoiner text = new StringJoiner(",", "", " ");
          all.forEach(x -> text.add(address(x)));
          if (out.json()) {
            all.forEach(x -> out.element("", address(x)));
          }
          out.text(text.toString()).closeArray();
        }
      }
      case "aggregation" -> {
        Attributes ad = a.nested(t);
        out.open(d.key);
        String[] names = {"aggregator", "num_ports", "actor_key", "partner_key"};
        for (int i = 0; i < names.length; i++) {
          if (ad.has(i + 1)) {
            out.put(names[i], "ad_" + names[i] + " %s ", ad.u16(i + 1));
          }
        }
        if (ad.has(5)) {
          out.put("partner_mac", "ad_partner_mac %s ", mac(ad.get(5)));
        }
        out.close();
      }
      case "lacp" -> lacp(d, a.u8(t));
      case "vlanflags" ->
          flags(
              d.key,
              (int) Numbers.uint32(a.get(t), 0),
              "REORDER_HDR",
              "GVRP",
              "LOOSE_BINDING",
              "MVRP",
              "BRIDGE_BINDING");
      case "map" -> map(d, a);
      case "macvlan" -> macvlan(a);
      case "ipvlanmode" ->
          out.put(d.key, " mode %s ", List.of("l2", "l3", "l3s").get(Math.min(2, a.u16(t))));
      case "ipvlanflags" -> {
        String flag = (a.u16(t) & 1) != 0 ? "private" : (a.u16(t) & 2) != 0 ? "vepa" : "bridge";
        out.put(flag, flag + " ", true);
      }
      case "pmtudisc" -> {
        out.field(d.key, a.u8(t) != 0);
        out.text(a.u8(t) != 0 ? "" : "nopmtudisc ");
      }
      case "pmtudiscalways" -> {
        out.field(d.key, a.u8(t) != 0);
        out.text(a.u8(t) != 0 ? "pmtudisc " : "nopmtudisc ");
      }
      case "isatap" -> when((a.u16(t) & 1) != 0, d, "isatap ", true);
      case "sixrd" -> sixRd(a);
      case "greflags" -> gre(a);
      case "tunnel6" -> tunnel6(d, a);
      case "fwmark6" -> {
        if ((flags6(d, a) & 0x20) != 0) {
          out.put("ip6_tnl_f_use_orig_fwmark", "fwmark inherit ", true);
        } else {
          when(a.u32(t) != 0, d, value, IpOutput.hex(a.u32(t)));
        }
      }
      case "encap" -> encap(t, a);
      case "queues" -> {
        if (a.u8(t) == 0) {
          out.field(d.key, false);
        } else {
          out.put(d.key, "multi_queue ", true);
          if (a.has(8)) {
            out.put("numqueues", "numqueues %s ", a.u32(8));
          }
          if (a.has(9)) {
            out.put("numdisabled", "numdisabled %s ", a.u32(9));
          }
        }
      }
      case "user" -> out.put(d.key, value, owner(d.key.equals("group"), a.u32(t)));
      default -> throw new IllegalStateException("no such way to read: " + d.read);
    }
  }

  private void when(boolean shown, Detail d, String format, Object value) {
    if (shown) {
      out.put(d.key, format, value);
    }
  }

  private void named(Detail d, Attributes a) {
    long number = d.read.startsWith("names32") ? a.u32(d.type()) : a.u8(d.type());
    String[] names = d.read.substring(d.read.indexOf(':') + 1).split(",");
    String found = "UNKNOWN";
    for (int i = 0; i < names.length; i++) {
      int colon = names[i].indexOf(':');
      if (number == (colon < 0 ? i : Integer.parseInt(names[i].substring(colon + 1)))) {
        found = colon < 0 ? names[i] : names[i].substring(0, colon);
      }
    }
    if (d.key.equals("arp_validate") && number == 0) {
      out.nothing(d.key, "arp_validate none ");
    } else {
      out.put(d.key, d.label.equals("-") ? "%s " : d.label + " %s ", found);
    }
  }

  private void ttl(Detail d, Attributes a) {
    int ttl = a.u8(d.type());
    boolean auto = d.label.equals("auto");
    if (auto && a.u8(d.types.getFirst()) != 0) {
      out.text("ttl inherit ");
    } else if (out.json() || ttl != 0) {
      if (!auto || a.has(d.type())) {
        out.put(d.key, (d.label.equals("hoplimit") ? "hoplimit" : "ttl") + " %s ", ttl);
      }
    } else if (!auto || a.has(d.type())) {
      out.text(
          auto ? "ttl auto " : d.label.equals("hoplimit") ? "hoplimit inherit " : "ttl inherit ");
    }
  }

  private void timer(Detail d, long ticks) {
    String hundredths = String.format(Locale.ROOT, "%02d", ticks % 100);
    out.raw(d.key, (ticks / 100 & MOVED) + "." + hundredths);
    out.text(String.format(Locale.ROOT, "%s %4d.%s ", d.label, ticks / 100, hundredths));
  }

  private static String bridge(Bytes id) {
    StringJoiner mac = new StringJoiner(":");
    for (int i = 2; i < id.length(); i++) {
      mac.add(Integer.toHexString(id.at(i)));
    }
    return String.format("%02x%02x.%s", id.at(0), id.at(1), mac);
  }

  private static String forwarded(int mask) {
    Map<Integer, String> names = Map.of(0, "stp", 2, "lacp", 14, "lldp");
    StringJoiner all = new StringJoiner(",");
    for (int i = 0; i < 16; i++) {
      if ((mask & 1 << i) != 0) {
        all.add(names.getOrDefault(i, "0x" + Integer.toHexString(1 << i)));
      }
    }
    return mask == 0 ? "0x0" : all.toString();
  }

  /** Bits with names, as {@code <A,B> }. */
  private void flags(String key, int bits, String... names) {
    int left = bits;
    if (out.json()) {
      out.openArray(key);
    } else {
      out.text("<");
    }
    for (int i = 0; i < names.length; i++) {
      if ((left & 1 << i) != 0) {
        left &= ~(1 << i);
        out.element(left != 0 ? "%s," : "%s", names[i]);
      }
    }
    if (left != 0) {
      out.element("%s", Integer.toHexString(left));
    }
    out.text("> ").closeArray();
  }

  private void lacp(Detail d, int state) {
    out.put(d.key, d.label + " %s ", state);
    out.text(d.key + "_str ");
    flags(
        d.key + "_str",
        state,
        "active",
        "short_timeout",
        "aggregating",
        "in_sync",
        "collecting",
        "distributing",
        "defaulted",
        "expired");
  }

  private void map(Detail d, Attributes a) {
    out.openArray(d.key).newLine().text("      " + d.label + " { ");
    for (Bytes one : a.all(d.type(), -1)) {
      long from = Numbers.uint32(one, 0);
      long to = Numbers.uint32(one, 4);
      out.open().field("from", from).field("to", to).close();
      out.text(from + ":" + to + " ");
    }
    out.closeArray().text("} ");
  }

  private void macvlan(Attributes a) {
    Map<Long, String> modes =
        Map.of(1L, "private", 2L, "vepa", 4L, "bridge", 8L, "passthru", 16L, "source");
    out.put("mode", "mode %s ", modes.getOrDefault(a.u32(1), "unknown"));
    if ((a.u16(2) & 1) != 0) {
      out.put("nopromisc", "nopromisc ", true);
    }
    if ((a.u16(2) & 2) != 0) {
      out.put("nodst", "nodst ", true);
    }
    if (a.has(7)) {
      out.put("bcqueuelen", "bcqueuelen %s ", a.u32(7));
    }
    if (a.has(8)) {
      out.put("usedbcqueuelen", "usedbcqueuelen %s ", a.u32(8));
    }
    if (a.u32(1) == 16 && a.has(6)) {
      out.put("macaddr_count", "remotes (%s) ", a.u32(6));
      if (a.has(5)) {
        out.openArray("macaddr_data");
        a.all(5, 4).forEach(m -> out.element("%s ", mac(m)));
        out.closeArray();
      }
    }
  }

  private void sixRd(Attributes a) {
    int length = a.u16(13);
    if (length == 0) {
      return;
    }
    String prefix = address(a.get(11));
    out.field("prefix", prefix).field("prefixlen", length);
    out.text("6rd-prefix " + prefix + "/" + length + " ");
    if (a.u32(12) != 0) {
      out.field("relay_prefix", address(a.get(12))).field("relay_prefixlen", a.u16(14));
      out.text("6rd-relay_prefix " + address(a.get(12)) + "/" + a.u16(14) + " ");
    }
  }

  private void gre(Attributes a) {
    int in = a.be16(2);
    int to = a.be16(3);
    if ((in & GRE_KEY) != 0) {
      out.put("ikey", "ikey %s ", address(a.get(4)));
    }
    if ((to & GRE_KEY) != 0) {
      out.put("okey", "okey %s ", address(a.get(5)));
    }
    for (int bit : List.of(0x1000, 0x8000)) {
      String name = String.valueOf(GRE_FLAGS.get(bit));
      if ((in & bit) != 0) {
        out.put("i" + name, "i" + name + " ", true);
      }
      if ((to & bit) != 0) {
        out.put("o" + name, "o" + name + " ", true);
      }
    }
  }

  private static long flags6(Detail d, Attributes a) {
    return a.u32(d.types.size() > 1 ? d.types.getFirst() : a.has(13) ? 13 : 8);
  }

  /** The flags, the limit of encapsulations and the flow of a tunnel in IPv6. */
  private void tunnel6(Detail d, Attributes a) {
    long flags = a.u32(d.types.get(0));
    int limit = d.types.get(1);
    long flow = a.be32(d.types.get(2));
    if ((flags & 1) != 0) {
      out.put("ip6_tnl_f_ign_encap_limit", "encaplimit none ", true);
    } else if (a.has(limit)) {
      out.put("encap_limit", "encaplimit %s ", a.u8(limit));
    }
    if ((flags & 2) != 0) {
      out.put("ip6_tnl_f_use_orig_tclass", "tclass inherit ", true);
    } else if (a.has(d.types.get(2))) {
      out.put("tclass", "tclass %s ", String.format("0x%02x", flow >> 20 & 0xff));
    }
    if ((flags & 4) != 0) {
      out.put("ip6_tnl_f_use_orig_flowlabel", "flowlabel inherit ", true);
    } else if (a.has(d.types.get(2))) {
      out.put("flowlabel", "flowlabel %s ", String.format("0x%05x", flow & 0xfffff));
    }
    if ((flags & 0x10) != 0) {
      out.put("ip6_tnl_f_rcv_dscp_copy", "dscp inherit ", true);
    }
    if ((flags & 8) != 0 && d.types.get(0) == 8) {
      out.put("ip6_tnl_f_mip6_dev", "mip6 ", true);
    }
    if ((flags & 0x40) != 0) {
      out.put("ip6_tnl_f_allow_local_remote", "allow-localremote ", true);
    }
  }

  private void encap(int type, Attributes a) {
    int kind = a.u16(type);
    if (kind == 0) {
      return;
    }
    int flags = a.u16(type + 1);
    int from = a.be16(type + 2);
    int to = a.be16(type + 3);
    out.open("encap").text("encap ");
    out.put("type", "%s ", kind == 1 ? "fou" : kind == 2 ? "gue" : "unknown");
    out.field("sport", from).field("dport", to);
    out.text("encap-sport " + (from == 0 ? "auto" : from) + " encap-dport " + to + " ");
    String[] names = {"csum", "csum6", "remcsum"};
    for (int i = 0; i < names.length; i++) {
      boolean on = (flags & 1 << i) != 0;
      out.field(names[i], on).text((on ? "encap-" : "noencap-") + names[i] + " ");
    }
    out.close();
  }

  private static String owner(boolean group, long id) {
    try {
      for (String line : Files.readAllLines(Path.of(group ? "/etc/group" : "/etc/passwd"))) {
        String[] fields = line.split(":");
        if (fields.length > 2 && fields[2].equals(Long.toString(id))) {
          return fields[0];
        }
      }
    } catch (IOException e) {
      // The number, then.
    }
    return Long.toString(id);
  }

  private static boolean isSet(Bytes address) {
    return !address.equals(Bytes.of(new byte[address.length()]));
  }

  private static boolean isMulticast(Bytes address) {
    return address.length() == 4 ? (address.at(0) & 0xf0) == 0xe0 : address.at(0) == 0xff;
  }

  private static String address(Bytes address) {
    return address.length() == 4 || address.length() == 16 ? IpText.of(address) : "unknown";
  }

  static String mac(Bytes address) {
    StringJoiner mac = new StringJoiner(":");
    for (int i = 0; i < address.length(); i++) {
      mac.add(String.format("%02x", address.at(i)));
    }
    return mac.toString();
  }
}

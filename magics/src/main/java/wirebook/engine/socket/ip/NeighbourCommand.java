package wirebook.engine.socket.ip;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import wirebook.engine.socket.Numbers;
import wirebook.engine.socket.ip.IpNames.Kind;
import wirebook.engine.socket.ss.Abbreviation;
import wirebook.engine.socket.ss.Netlink;
import wirebook.trace.Bytes;
import wirebook.trace.IpText;

/** {@code ip neighbour show} and {@code get}, as ipneigh.c of iproute2 has them. */
final class NeighbourCommand {
  private static final int HEADER = 12;
  private static final int ADDRESS = 1;
  private static final int HARDWARE = 2;
  private static final int CACHE = 3;
  private static final int PROBES = 4;
  private static final int INDEX = 8;
  private static final int MASTER = 9;
  private static final int PROTOCOL = 12;
  private static final int MORE_FLAGS = 15;
  private static final int NO_ARP = 0x40;
  private static final int NO_STATE = 0x100;
  private static final int PROXY = 8;
  private static final int LEARNED = 0x10;
  private static final String[] STATES = {
    "INCOMPLETE", "REACHABLE", "STALE", "DELAY", "PROBE", "FAILED", "NOARP", "PERMANENT"
  };

  private final IpContext ip;
  private final IpOutput out;
  private int family;
  private int index;
  private int master;
  private boolean unused;
  private int state = 0xff & ~NO_ARP;
  private boolean proxy;
  private long protocol;
  private Prefix prefix = Prefix.NONE;

  private NeighbourCommand(IpContext ip) {
    this.ip = ip;
    this.out = ip.out;
    this.family = ip.options.family();
  }

  static void show(IpContext ip) throws IOException {
    NeighbourCommand command = new NeighbourCommand(ip);
    command.selectors();
    command.list();
  }

  private void selectors() {
    Optional<String> device = Optional.empty();
    boolean stated = false;
    while (ip.hasWord()) {
      if (ip.take("dev")) {
        String name = ip.take();
        if (device.isPresent()) {
          throw ip.refused(
              IpRefusal.WRONG, "Error: duplicate \"dev\": \"" + name + "\" is the second value.");
        }
        device = Optional.of(name);
      } else if (ip.take("master")) {
        master = ip.device(ip.take());
        if (master == 0) {
          throw ip.wrong("Device does not exist\n");
        }
      } else if (ip.take("vrf")) {
        master = ip.device(ip.take());
        if (!ip.deviceAttributes(master).nested(18).text(1).equals("vrf")) {
          throw ip.wrong("Not a valid VRF name\n");
        }
      } else if (ip.take("nomaster")) {
        master = -1;
      } else if (ip.take("unused")) {
        unused = true;
      } else if (ip.take("nud")) {
        state = (stated ? state : 0) | state(ip.take());
        stated = true;
      } else if (ip.take("proxy")) {
        proxy = true;
      } else if (ip.takeShort("protocol")) {
        OptionalLong by = ip.names().number(Kind.PROTOCOL, ip.take());
        if (by.isEmpty() && !ip.isBefore("all")) {
          throw ip.wrong("invalid \"protocol\"\n");
        }
        protocol = by.orElse(0);
      } else {
        ip.take("to");
        if (ip.hasWord() && Abbreviation.first(ip.word(), List.of("help")).isPresent()) {
          throw IpHelp.of("neighbour");
        }
        prefix = ip.prefix(family);
        family = family == 0 ? prefix.family() : family;
      }
    }
    if (device.isPresent()) {
      index = ip.device(device.get());
      if (index == 0) {
        throw ip.noDevice(device.get());
      }
    }
  }

  private int state(String word) {
    if (word.equals("all")) {
      return ~0;
    } else if (word.equals("none")) {
      return NO_STATE;
    }
    for (int i = 0; i < STATES.length; i++) {
      String name = STATES[i].toLowerCase(java.util.Locale.ROOT);
      boolean mayBeShort = List.of("permanent", "reachable", "failed").contains(name);
      if (name.equals(word) || (mayBeShort && !word.isEmpty() && name.startsWith(word))) {
        return 1 << i;
      }
    }
    long number = IpNames.number(word, 0).orElse(NO_STATE);
    if (number >= NO_STATE || Long.bitCount(number) > 1) {
      throw ip.wrong("nud state is bad");
    }
    return number == 0 ? NO_STATE : (int) number;
  }

  private void list() throws IOException {
    ByteBuffer request = Numbers.room(HEADER);
    request.put(0, (byte) family).put(10, (byte) (proxy ? PROXY : 0));
    Bytes asked = Numbers.bytes(request);
    if (index != 0) {
      asked = asked.plus(Netlink.attribute(INDEX, IpContext.u32(index)));
    }
    if (master != 0) {
      asked = asked.plus(Netlink.attribute(MASTER, IpContext.u32(master)));
    }
    out.openArray("");
    for (Bytes neighbour : ip.host.dump(Rtnetlink.GET_NEIGHBOUR, asked)) {
      Attributes a = Attributes.of(neighbour, HEADER);
      if (isAsked(neighbour, a)) {
        print(neighbour, a);
      }
    }
    out.closeArray();
  }

  private boolean isAsked(Bytes n, Attributes a) {
    int is = Numbers.uint16(n, 8);
    int flags = n.at(10);
    return (family == 0 || family == n.at(0))
        && (index == 0 || index == Numbers.int32(n, 4))
        && ((state & is) != 0
            || (flags & (PROXY | LEARNED)) != 0
            || (is == 0 && (state & NO_STATE) != 0))
        && (prefix.family() == 0 || prefix.matches(a.get(ADDRESS), prefix.bits()))
        && (protocol == 0 || protocol == a.u8(PROTOCOL))
        && (!unused || a.get(CACHE).length() < 16 || Numbers.uint32(a.get(CACHE), 12) == 0);
  }

  private void print(Bytes n, Attributes a) {
    int device = Numbers.int32(n, 4);
    int flags = n.at(10);
    String hardware =
        a.has(HARDWARE) ? IpContext.hardware(a.get(HARDWARE), ip.deviceType(device)) : "";
    ip.objects.add(record(n, a, hardware));
    out.open();
    boolean brief = ip.options.brief();
    if (a.has(ADDRESS)) {
      IpOutput.Color color = IpOutput.Color.of(a.get(ADDRESS).length());
      out.put(color, "dst", brief ? "%-39s " : "%s ", ip.host(a.get(ADDRESS)));
    }
    if (index == 0 && device != 0) {
      out.text(brief ? "" : "dev ");
      out.put(IpOutput.Color.DEVICE, "dev", brief ? "%-16s " : "%s ", ip.device(device));
    }
    if (a.has(HARDWARE)) {
      out.text(brief ? "" : "lladdr ");
      out.put(IpOutput.Color.HARDWARE, "lladdr", brief ? "%s" : "%s ", hardware);
    }
    if (!brief) {
      flag((flags & 0x80) != 0, "router");
      flag((flags & PROXY) != 0, "proxy");
      flag((a.u32(MORE_FLAGS) & 1) != 0, "managed");
      flag((flags & LEARNED) != 0, "extern_learn");
      flag((flags & 0x20) != 0, "offload");
      if (ip.options.statistics() > 0) {
        statistics(a);
      }
      states(Numbers.uint16(n, 8));
      if (a.u8(PROTOCOL) != 0) {
        out.put("protocol", "proto %s ", ip.name(Kind.PROTOCOL, a.u8(PROTOCOL)));
      }
    }
    out.text("\n").close();
  }

  private void flag(boolean on, String name) {
    if (on) {
      out.nothing(name, name + " ");
    }
  }

  /** struct nda_cacheinfo: times are hundredths of a second. */
  private void statistics(Attributes a) {
    Bytes info = a.get(CACHE);
    if (info.length() >= 16) {
      if (Numbers.uint32(info, 12) != 0) {
        out.put("refcnt", " ref %s", Numbers.uint32(info, 12));
      }
      out.put("used", " used %s", Numbers.uint32(info, 4) / 100);
      out.put("confirmed", "/%s", Numbers.uint32(info, 0) / 100);
      out.put("updated", "/%s", Numbers.uint32(info, 8) / 100);
    }
    if (a.has(PROBES)) {
      out.put("probes", "probes %s ", a.u32(PROBES));
    }
  }

  private void states(int is) {
    if (is == 0) {
      return;
    }
    out.openArray("state");
    for (String state : names(is)) {
      out.element("%s ", state);
    }
    out.closeArray();
  }

  private static List<String> names(int is) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < STATES.length; i++) {
      if ((is & 1 << i) != 0) {
        names.add(STATES[i]);
      }
    }
    return names;
  }

  private IpObject.Neighbour record(Bytes n, Attributes a, String hardware) {
    return new IpObject.Neighbour(
        a.has(ADDRESS) ? IpText.of(a.get(ADDRESS)) : "",
        ip.device(Numbers.int32(n, 4)),
        hardware,
        names(Numbers.uint16(n, 8)));
  }

  // One neighbour.

  static void get(IpContext ip) throws IOException {
    NeighbourCommand command = new NeighbourCommand(ip);
    Optional<String> device = Optional.empty();
    Optional<Prefix> address = Optional.empty();
    boolean proxy = false;
    while (ip.hasWord()) {
      if (ip.take("dev")) {
        device = Optional.of(ip.take());
      } else {
        proxy |= ip.takeShort("proxy");
        ip.take("to");
        if (ip.hasWord() && Abbreviation.first(ip.word(), List.of("help")).isPresent()) {
          throw IpHelp.of("neighbour");
        }
        address = Optional.of(ip.address(command.family));
      }
    }
    if (address.isEmpty() || (device.isEmpty() && !proxy) || address.get().family() == 0) {
      throw ip.refused(1, "Device and address are required arguments.");
    }
    int index = device.map(ip::device).orElse(0);
    if (device.isPresent() && index == 0) {
      throw ip.noDevice(device.get());
    }
    ByteBuffer request = Numbers.room(HEADER);
    request.put(0, (byte) address.get().family()).putInt(4, index);
    request.put(10, (byte) (proxy ? PROXY : 0));
    Bytes found =
        ip.host.get(
            Rtnetlink.GET_NEIGHBOUR,
            Numbers.bytes(request).plus(Netlink.attribute(ADDRESS, address.get().address())));
    command.out.plain();
    command.print(found, Attributes.of(found, HEADER));
  }
}

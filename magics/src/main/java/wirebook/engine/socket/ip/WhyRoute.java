package wirebook.engine.socket.ip;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import wirebook.engine.socket.Cidr;
import wirebook.engine.socket.Numbers;
import wirebook.engine.socket.ip.IpNames.Kind;
import wirebook.trace.Bytes;

/**
 * Why a packet takes this route: each route that came into question, and why the others lost. The
 * order is the kernel's (RFC 1812, 5.2.4.3): the rules, then the longest prefix, then the lowest
 * metric.
 */
final class WhyRoute {
  private static final int MOST = 12;
  private static final int DEAD_OR_NO_LINK = 0x11;

  private final IpContext ip;
  private final RouteCommand.Packet packet;
  private final Bytes to;
  private final List<IpObject.Candidate> candidates = new ArrayList<>();
  private boolean decided;

  private WhyRoute(IpContext ip, RouteCommand.Packet packet) {
    this.ip = ip;
    this.packet = packet;
    this.to = packet.to().address();
  }

  static String text(IpContext ip, RouteCommand.Packet packet) throws IOException {
    if (packet.to().address().isEmpty()) {
      return "";
    }
    WhyRoute why = new WhyRoute(ip, packet);
    why.rules(packet.to().family());
    ip.objects.addAll(why.candidates);
    return why.lines();
  }

  private void rules(int family) throws IOException {
    Bytes request = Numbers.bytes(Numbers.room(RoutePrinter.HEADER).put(0, (byte) family));
    List<Bytes> routes =
        ip.host.dump(Rtnetlink.GET_ROUTE, request).stream()
            .filter(r -> r.at(0) == family && (RoutePrinter.flags(r) & RoutePrinter.CLONED) == 0)
            .toList();
    for (Bytes rule : ip.host.dump(Rtnetlink.GET_RULE, request)) {
      Attributes a = Attributes.of(rule, RuleCommand.HEADER);
      long table = a.has(RuleCommand.TABLE) ? a.u32(RuleCommand.TABLE) : rule.at(4);
      table(
          routes.stream()
              .filter(r -> RoutePrinter.table(r, RoutePrinter.attributes(r)) == table)
              .toList(),
          rule.at(7) == 1 && applies(rule, a),
          a.u32(RuleCommand.PRIORITY),
          ip.name(Kind.TABLE, table));
    }
    candidates.sort(Comparator.comparing(c -> !c.taken()));
  }

  /** What a host sends itself comes in by lo, for a rule. */
  private boolean applies(Bytes rule, Attributes a) {
    boolean fits =
        (rule.at(3) == 0 || rule.at(3) == packet.tos())
            && within(a.find(RuleCommand.TO), rule.at(1), Optional.of(to))
            && within(a.find(RuleCommand.FROM), rule.at(2), packet.from())
            && (!a.has(RuleCommand.IN) || a.text(RuleCommand.IN).equals(packet.in().orElse("lo")))
            && (!a.has(RuleCommand.OUT)
                || packet.out().filter(a.text(RuleCommand.OUT)::equals).isPresent())
            && (!a.has(RuleCommand.MARK)
                || a.u32(RuleCommand.MARK)
                    == (packet.mark()
                        & (a.has(RuleCommand.MASK) ? a.u32(RuleCommand.MASK) : 0xffffffffL)));
    return fits != ((Numbers.uint32(rule, 8) & RuleCommand.INVERT) != 0);
  }

  private static boolean within(Optional<Bytes> range, int bits, Optional<Bytes> address) {
    return range.isEmpty()
        || address
            .filter(x -> cidr(range.get(), bits).contains(cidr(x, 8 * x.length())))
            .isPresent();
  }

  private Cidr whole() {
    return cidr(to, 8 * to.length());
  }

  private static Cidr cidr(Bytes address, int bits) {
    return Cidr.of(address, bits);
  }

  private Cidr range(Bytes route) {
    Attributes a = RoutePrinter.attributes(route);
    Bytes any = Bytes.of(new byte[to.length()]);
    return cidr(a.find(RoutePrinter.DESTINATION).orElse(any), route.at(1));
  }

  private void table(List<Bytes> routes, boolean applies, long priority, String table) {
    boolean local = table.equals("local");
    List<Bytes> sorted =
        routes.stream()
            .sorted(
                Comparator.comparingInt((Bytes r) -> range(r).contains(whole()) ? 0 : 1)
                    .thenComparingInt(r -> -r.at(1))
                    .thenComparingLong(r -> RoutePrinter.attributes(r).u32(RoutePrinter.METRIC)))
            .toList();
    Bytes winner = Bytes.EMPTY;
    for (Bytes route : sorted) {
      Cidr range = range(route);
      boolean fits = range.contains(whole());
      Attributes a = RoutePrinter.attributes(route);
      if (!fits && (local || range.bits() == 0)) {
        continue;
      }
      boolean down = isDown(route, a);
      String reason;
      boolean taken = false;
      if (!fits) {
        reason =
            "does not fit: bit " + (common(range) + 1) + " of its " + range.bits() + " differs";
      } else if (!applies) {
        reason = "rule " + priority + " does not send this packet to table " + table;
      } else if (decided && winner.isEmpty()) {
        reason =
            "table " + table + " (rule " + priority + ") comes after: a route was found before";
      } else if (down) {
        reason = "down: " + ip.device((int) a.u32(RoutePrinter.OUT)) + " cannot send";
      } else if (winner.isEmpty()) {
        taken = route.at(7) != 9;
        winner = taken ? route : winner;
        decided |= taken;
        reason =
            !taken
                ? "throw: on to the next table"
                : local
                    ? inLocal(route.at(7))
                    : toMany()
                        ? "it names the interface; what is for many goes to no gateway"
                        : range.bits() == 0
                            ? "nothing longer fits: who gets what nobody else fits"
                            : "the longest prefix that fits";
      } else if (route.at(1) < winner.at(1)) {
        reason = "a shorter prefix: " + route.at(1) + " bits, not " + winner.at(1);
      } else {
        long metric = a.u32(RoutePrinter.METRIC);
        long less = RoutePrinter.attributes(winner).u32(RoutePrinter.METRIC);
        reason =
            metric == less
                ? "the same prefix and metric: the other stands before it in the table"
                : "the same prefix, a higher metric: " + metric + ", not " + less;
      }
      candidates.add(
          new IpObject.Candidate(
              name(range, route, a),
              range.bits(),
              Math.min(common(range), range.bits()),
              fits,
              taken,
              reason));
    }
  }

  private static String inLocal(int type) {
    return switch (type) {
      case RoutePrinter.BROADCAST -> "all hosts of this subnet at once";
      case RoutePrinter.MULTICAST -> "all on this link who listen to the group";
      default -> "an address of this host itself: the packet does not leave it";
    };
  }

  /** Multicast, or 255.255.255.255 (RFC 919, 7). */
  private boolean toMany() {
    return to.length() == 4
        ? (to.at(0) >> 4) == 14 || to.equals(Bytes.of(new byte[] {-1, -1, -1, -1}))
        : to.at(0) == 0xff;
  }

  private boolean isDown(Bytes route, Attributes a) {
    return (RoutePrinter.flags(route) & DEAD_OR_NO_LINK) != 0
        || (a.has(RoutePrinter.OUT) && (ip.deviceFlags((int) a.u32(RoutePrinter.OUT)) & 1) == 0);
  }

  /** How many bits are the same from the first on. */
  private int common(Cidr range) {
    int bits = 0;
    while (bits < 8 * to.length() && cidr(to, bits + 1).equals(cidr(range.network(), bits + 1))) {
      bits++;
    }
    return bits;
  }

  private String name(Cidr range, Bytes route, Attributes a) {
    String type = route.at(7) == 1 ? "" : ip.names().of(Kind.TYPE, route.at(7), false) + " ";
    String via = a.has(RoutePrinter.GATEWAY) ? " via " + ip.host(a.get(RoutePrinter.GATEWAY)) : "";
    String device =
        a.has(RoutePrinter.OUT) ? " dev " + ip.device((int) a.u32(RoutePrinter.OUT)) : "";
    return type + (range.bits() == 0 ? "default" : range.toString()) + via + device;
  }

  private String lines() {
    StringBuilder out = new StringBuilder();
    int width = Math.min(44, candidates.stream().mapToInt(c -> c.route().length()).max().orElse(0));
    for (IpObject.Candidate c : candidates.stream().limit(MOST).toList()) {
      out.append(
          String.format(
              Locale.ROOT,
              "# %s %-" + Math.max(1, width) + "s %3d of %d bits  %s%n",
              c.taken() ? "taken" : c.fits() ? "lost " : "  -  ",
              c.route(),
              c.bits(),
              c.prefix(),
              c.reason()));
    }
    if (candidates.size() > MOST) {
      out.append("# and ")
          .append(candidates.size() - MOST)
          .append(" more; the value has them all\n");
    }
    return out.toString();
  }
}

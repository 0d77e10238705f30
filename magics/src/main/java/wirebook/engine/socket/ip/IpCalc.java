package wirebook.engine.socket.ip;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import wirebook.engine.socket.Cidr;
import wirebook.trace.Bytes;
import wirebook.trace.IpText;

/** {@code %ip calc}: sums with ranges of addresses (RFC 4632). */
final class IpCalc {
  private static final int MOST_PARTS = 1024;
  private static final int MOST_SHOWN = 64;
  private static final int MOST_SIZES = 256;
  private static final String FIX =
      "contains ADDRESS…, split /BITS or PARTS, plan HOSTS…, merge, cover, exclude or overlap RANGE…";

  private final IpContext ip;
  private final StringBuilder out = new StringBuilder();

  private IpCalc(IpContext ip) {
    this.ip = ip;
  }

  static String run(IpContext ip) {
    IpCalc calc = new IpCalc(ip);
    calc.run();
    return calc.out.toString();
  }

  private void run() {
    if (ip.take("merge")) {
      list(Cidr.merge(ranges()));
    } else if (ip.take("cover")) {
      list(List.of(cover(ranges())));
    } else if (ip.take("overlap")) {
      overlap(ranges());
    } else {
      String text = ip.take();
      Cidr range = range(text);
      if (ip.hasWord()) {
        String next = ip.take();
        if (next.matches("/?[0-9][0-9.]*")) {
          throw wrong(
              "a range is one word, and " + next + " stands behind it",
              "write a / between: " + text + "/" + next.replaceFirst("^/", ""));
        }
        with(range, next);
      } else {
        ip.objects.add(new IpObject.Range(range));
        describe(range, IpText.parse(text.replaceFirst("/.*", "")));
      }
    }
  }

  private void with(Cidr range, String action) {
    switch (action) {
      case "contains" -> {
        for (Cidr other : ranges()) {
          ip.objects.add(new IpObject.Range(other));
          out.append(
              "%s %s %s\n"
                  .formatted(
                      range, range.contains(other) ? "contains" : "does not contain", bare(other)));
        }
      }
      case "split" -> {
        String into = ip.take();
        if (into.matches("0+")) {
          throw wrong("a range is not split into no parts", "split 2");
        }
        int bits =
            into.startsWith("/")
                ? number(into.substring(1), "a prefix length")
                : range.bits()
                    + 32
                    - Integer.numberOfLeadingZeros(number(into, "a number of parts") - 1);
        try {
          list(range.split(bits, MOST_PARTS));
        } catch (IllegalArgumentException e) {
          throw wrong(String.valueOf(e.getMessage()), "split /" + (range.bits() + 1));
        }
      }
      case "plan" -> plan(range);
      case "merge", "cover", "overlap" -> {
        List<Cidr> all = new ArrayList<>(List.of(range));
        all.addAll(ranges());
        switch (action) {
          case "merge" -> list(Cidr.merge(all));
          case "cover" -> list(List.of(cover(all)));
          default -> overlap(all);
        }
      }
      case "exclude" -> {
        List<Cidr> left = new ArrayList<>(List.of(range));
        for (Cidr other : ranges()) {
          if (!range.overlaps(other)) {
            throw wrong(other + " has no address of " + range, "exclude a part of " + range);
          }
          left = new ArrayList<>(left.stream().flatMap(r -> r.exclude(other).stream()).toList());
        }
        if (left.isEmpty()) {
          out.append("nothing is left\n");
        } else {
          list(Cidr.merge(left));
        }
      }
      default -> throw wrong("no calculation: " + action, FIX);
    }
  }

  private IpRefusal wrong(String why, String fix) {
    return ip.calcWrong(why, fix);
  }

  private Cidr cover(List<Cidr> ranges) {
    try {
      return Cidr.cover(ranges);
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()), "");
    }
  }

  private void overlap(List<Cidr> ranges) {
    if (ranges.size() < 2) {
      throw wrong("one range alone overlaps with nothing", "overlap 10.0.0.0/8 10.1.0.0/16");
    }
    int found = 0;
    for (int i = 0; i < ranges.size(); i++) {
      for (int j = i + 1; j < ranges.size(); j++) {
        Cidr one = ranges.get(i);
        Cidr two = ranges.get(j);
        if (one.overlaps(two)) {
          found++;
          Cidr both = one.bits() >= two.bits() ? one : two;
          ip.objects.add(new IpObject.Range(both));
          out.append(
              one.equals(two)
                  ? "%s is there twice\n".formatted(one)
                  : "%s and %s overlap: both have %s - %s\n"
                      .formatted(one, two, IpText.of(both.network()), IpText.of(both.last())));
        }
      }
    }
    out.append(found == 0 ? "none of them overlap\n" : "");
  }

  // Plans.

  private record Wish(String name, BigInteger hosts, int place) {}

  /** An address plan: the largest first, so that each begins where its size allows it. */
  private void plan(Cidr range) {
    List<Wish> wishes = new ArrayList<>();
    do {
      String text = ip.take();
      String size = text.substring(text.indexOf('=') + 1);
      String name = text.contains("=") ? text.substring(0, text.indexOf('=')) : "";
      if (!size.matches("[0-9]{1,30}") || new BigInteger(size).signum() == 0) {
        throw wrong("no number of hosts: " + size, "plan 100 50 20, or plan sales=100 shop=50");
      }
      if (wishes.size() == MOST_SIZES) {
        throw wrong("a plan has at most " + MOST_SIZES + " subnets", "");
      }
      wishes.add(new Wish(name, new BigInteger(size), wishes.size()));
    } while (ip.hasWord());
    List<Cidr> free = new ArrayList<>(List.of(range));
    Map<Wish, Cidr> plan = new LinkedHashMap<>();
    wishes.sort(Comparator.comparing(Wish::hosts).reversed());
    for (Wish wish : wishes) {
      // All of a /31 is two hosts' (RFC 3021): no /30 is in it.
      int bits =
          range.hosts().equals(wish.hosts)
              ? range.bits()
              : Cidr.bitsFor(wish.hosts, range.isIpv4());
      Cidr from =
          free.stream()
              .filter(f -> bits >= f.bits())
              .min(Comparator.<Cidr>comparingInt(f -> -f.bits()).thenComparing(f -> f))
              .orElseThrow(
                  () ->
                      wrong(
                          "no room for "
                              + wish.hosts
                              + " hosts"
                              + (bits < 0 ? "" : ", a /" + bits)
                              + ": of "
                              + range
                              + " is left "
                              + (free.isEmpty()
                                  ? "nothing"
                                  : String.join(", ", free.stream().map(Cidr::toString).toList())),
                          "begin with a larger range, or ask for less"));
      Cidr given = Cidr.of(from.network(), bits);
      plan.put(wish, given);
      free.remove(from);
      free.addAll(from.exclude(given));
      free.sort(null);
    }
    out.append(
        "%-12s %8s  %-20s %-17s %-17s %s\n"
            .formatted("For", "Hosts", "Network", "First host", "Last host", "Has room for"));
    plan.forEach(
        (wish, c) -> {
          ip.objects.add(new IpObject.Range(c));
          out.append(
              "%-12s %8s  %-20s %-17s %-17s %s\n"
                  .formatted(
                      wish.name.isEmpty() ? "subnet " + (wish.place + 1) : wish.name,
                      wish.hosts,
                      c,
                      IpText.of(c.firstHost()),
                      IpText.of(c.lastHost()),
                      c.hosts()));
        });
    out.append("left: ")
        .append(
            free.isEmpty()
                ? "nothing"
                : String.join(", ", free.stream().map(Cidr::toString).toList()))
        .append('\n');
  }

  // One range.

  private void describe(Cidr range, Bytes given) {
    row("Address", IpText.of(given));
    row("Network", range.toString());
    row("Netmask", IpText.of(range.mask()) + " = " + range.bits());
    if (range.isIpv4() && range.bits() < 31) {
      row("Broadcast", IpText.of(range.last()));
    }
    row("Hosts", IpText.of(range.firstHost()) + " - " + IpText.of(range.lastHost()));
    row("Number", range.hosts().toString());
    row("Kind", kind(range));
    row("PTR name", Cidr.pointerName(given));
    row("Zone", range.reverseZones());
    bits(range, given);
  }

  private void row(String name, String value) {
    out.append("%-10s %s\n".formatted(name, value));
  }

  /** The bits of IPv4, or of IPv6 the hexadecimal digits, with the border in them. */
  private void bits(Cidr range, Bytes given) {
    boolean four = range.isIpv4();
    String network = digits(given, range.bits(), four);
    int border = network.indexOf('|');
    String net = "network, " + range.bits() + " bits";
    String host = "host, " + (8 * given.length() - range.bits()) + " bits";
    out.append('\n');
    row(
        "",
        net.length() <= border
            ? net + " ".repeat(border - net.length()) + "| " + host
            : net + " | " + host);
    row("Address", network);
    row("Mask", digits(range.mask(), range.bits(), four));
  }

  private static String digits(Bytes address, int border, boolean four) {
    StringBuilder text = new StringBuilder();
    int each = four ? 1 : 4;
    for (int bit = 0; bit < 8 * address.length(); bit += each) {
      if (bit > 0 && bit % (four ? 8 : 16) == 0) {
        text.append(four ? '.' : ':');
      }
      if (bit <= border && border < bit + each) {
        text.append('|');
      }
      int octet = address.at(bit / 8);
      text.append(
          four
              ? (char) ('0' + ((octet >> (7 - bit % 8)) & 1))
              : Character.forDigit((octet >> (4 - bit % 8)) & 15, 16));
    }
    return border == 8 * address.length() ? text.append('|').toString() : text.toString();
  }

  private static String kind(Cidr range) {
    String kinds =
        """
        10.0.0.0/8 private (RFC 1918)
        172.16.0.0/12 private (RFC 1918)
        192.168.0.0/16 private (RFC 1918)
        100.64.0.0/10 shared by providers (RFC 6598)
        127.0.0.0/8 loopback (RFC 1122)
        169.254.0.0/16 link-local (RFC 3927)
        192.0.2.0/24 documentation (RFC 5737)
        198.51.100.0/24 documentation (RFC 5737)
        203.0.113.0/24 documentation (RFC 5737)
        198.18.0.0/15 benchmarks (RFC 2544)
        224.0.0.0/4 multicast (RFC 5771)
        240.0.0.0/4 reserved (RFC 1112)
        192.88.99.0/24 once 6to4's relays (RFC 7526)
        ::1/128 loopback (RFC 4291)
        ::/128 unspecified (RFC 4291)
        ::ffff:0:0/96 IPv4 within IPv6 (RFC 4291)
        64:ff9b::/96 IPv4 behind a translator (RFC 6052)
        100::/64 discarded (RFC 6666)
        fe80::/10 link-local (RFC 4291)
        fc00::/7 unique local (RFC 4193)
        ff00::/8 multicast (RFC 4291)
        2001:db8::/32 documentation (RFC 3849)
        3fff::/20 documentation (RFC 9637)
        2001::/32 Teredo, through IPv4 (RFC 4380)
        2002::/16 6to4, through IPv4 (RFC 3056)
        2000::/3 public
        """;
    boolean mixed = false;
    for (String line : kinds.lines().toList()) {
      Cidr of = Cidr.parse(line.substring(0, line.indexOf(' ')));
      if (of.contains(range)) {
        return line.substring(line.indexOf(' ') + 1);
      }
      mixed |= range.contains(of);
    }
    return mixed ? "mixed" : range.isIpv4() ? "public" : "reserved (RFC 4291)";
  }

  private void list(List<Cidr> ranges) {
    ranges.forEach(r -> ip.objects.add(new IpObject.Range(r)));
    out.append("%-24s %-24s %-24s %s\n".formatted("Network", "First host", "Last host", "Hosts"));
    for (Cidr r : ranges.subList(0, Math.min(MOST_SHOWN, ranges.size()))) {
      out.append(
          String.format(
              Locale.ROOT,
              "%-24s %-24s %-24s %d%n",
              r,
              IpText.of(r.firstHost()),
              IpText.of(r.lastHost()),
              r.hosts()));
    }
    if (ranges.size() > MOST_SHOWN) {
      out.append("# and %d more; the value has them all\n".formatted(ranges.size() - MOST_SHOWN));
    }
  }

  private static String bare(Cidr range) {
    return range.bits() == 8 * range.network().length()
        ? IpText.of(range.network())
        : range.toString();
  }

  private List<Cidr> ranges() {
    List<Cidr> ranges = new ArrayList<>();
    do {
      ranges.add(range(ip.take()));
    } while (ip.hasWord());
    return ranges;
  }

  private Cidr range(String text) {
    try {
      return Cidr.parse(text);
    } catch (IllegalArgumentException e) {
      throw wrong(
          "no range of addresses: " + text + " (" + e.getMessage() + ")",
          "10.0.0.0/8, 192.168.1.7/255.255.255.0, 2001:db8::/32");
    }
  }

  private int number(String text, String what) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw wrong(text + " is not " + what, "");
    }
  }
}

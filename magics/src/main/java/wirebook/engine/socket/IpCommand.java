package wirebook.engine.socket;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import wirebook.trace.Bytes;

/** One use of ip(8) that shows something, and of {@code ip calc}, which is ours. */
public final class IpCommand {
  private static final int MOST_PARTS = 1024;
  private static final int MOST_SHOWN = 64;

  private final IpSource source;
  private final boolean explain;
  private final List<String> words;
  private final List<IpObject> objects = new ArrayList<>();
  private final StringBuilder out = new StringBuilder();
  private int at;
  private int family;
  private boolean brief;
  private boolean oneLine;

  /** The words are no use of ip; {@code word} is the index of the one at fault. */
  public static final class Wrong extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int word;
    private final String fix;

    Wrong(int word, String message, String fix) {
      super(message, null, false, false);
      this.word = word;
      this.fix = fix;
    }

    public int word() {
      return word;
    }

    public String fix() {
      return fix;
    }
  }

  /** In ip's order, as the first that fits is meant. */
  private static final List<String> OBJECTS =
      List.of("address", "route", "neighbor", "neighbour", "link", "calc");

  private static final Set<String> SHOWING = Set.of("show", "list", "lst");
  private static final List<String> VERBS =
      List.of("add", "change", "replace", "delete", "show", "list", "lst", "flush", "set");

  private IpCommand(IpSource source, List<String> words, boolean explain) {
    this.source = source;
    this.words = words;
    this.explain = explain;
  }

  /**
   * Shows what the words ask for.
   *
   * @param explain whether {@code route get} is followed by the routes that came into question
   * @throws Wrong when the words are none
   * @throws IOException with the system's reason, when it gives none of it
   */
  public static IpResult run(IpSource source, List<String> words, boolean explain)
      throws IOException {
    return new IpCommand(source, words, explain).run();
  }

  private IpResult run() throws IOException {
    for (; at < words.size() && words.get(at).startsWith("-"); at++) {
      switch (words.get(at)) {
        case "-4" -> family = 4;
        case "-6" -> family = 6;
        case "-br", "-brief" -> brief = true;
        case "-o", "-oneline" -> oneLine = true;
        default ->
            throw new Wrong(
                at,
                "Option \"" + words.get(at) + "\" is unknown, try \"ip -help\".",
                "-4, -6, -br, -o");
      }
    }
    if (at == words.size()) {
      throw new Wrong(
          Math.max(0, at - 1), "ip needs an object to show", "addr, link, route, neigh, or calc");
    }
    String object = words.get(at++);
    switch (Abbreviation.first(object, OBJECTS).orElse("")) {
      case "address" -> addresses();
      case "link" -> links();
      case "route" -> routes();
      case "neighbor", "neighbour" -> neighbours();
      case "calc" -> calc();
      default ->
          throw new Wrong(
              at - 1,
              "Object \"" + object + "\" is unknown, try \"ip help\".",
              "addr, link, route, neigh, or calc");
    }
    return new IpResult(objects, out.toString());
  }

  /** Takes the word that means showing, which may be left out. */
  private void show() {
    if (at == words.size()) {
      return;
    }
    Optional<String> verb = Abbreviation.first(words.get(at), VERBS);
    if (verb.filter(SHOWING::contains).isPresent()) {
      at++;
    } else if (verb.isPresent()) {
      throw new Wrong(at, "%ip only shows: it changes nothing on this machine", "show");
    }
  }

  private Optional<String> device() {
    show();
    Optional<String> device = Optional.empty();
    while (at < words.size()) {
      String word = next("a device");
      device = Optional.of(word.equals("dev") ? next("a device") : word);
    }
    return device;
  }

  private String next(String what) {
    if (at == words.size()) {
      throw new Wrong(words.size() - 1, "Command line is not complete: here stands " + what, "");
    }
    return words.get(at++);
  }

  private static Map<Integer, String> names(List<IpObject.Link> links) {
    Map<Integer, String> names = new HashMap<>();
    links.forEach(l -> names.put(l.index(), l.name()));
    return names;
  }

  private List<IpObject.Link> links(Optional<String> device) throws IOException {
    List<IpObject.Link> links = source.links();
    if (device.isEmpty()) {
      return links;
    }
    List<IpObject.Link> one = links.stream().filter(l -> l.name().equals(device.get())).toList();
    if (one.isEmpty()) {
      throw new IOException("Device \"" + Visible.text(device.get()) + "\" does not exist.");
    }
    return one;
  }

  private void links() throws IOException {
    List<IpObject.Link> links = links(device());
    IpFormat format = new IpFormat(names(source.links()));
    for (IpObject.Link link : links) {
      objects.add(link);
      out.append(
          brief
              ? format.briefLink(link)
              : lines(format.link(link, true, false) + format.hardware(link)));
    }
  }

  private void addresses() throws IOException {
    List<IpObject.Link> links = links(device());
    List<IpObject.Address> all = source.addresses(family);
    IpFormat format = new IpFormat(names(source.links()));
    for (IpObject.Link link : links) {
      List<IpObject.Address> own = all.stream().filter(a -> a.index() == link.index()).toList();
      if (own.isEmpty() && (family != 0 || oneLine)) {
        continue;
      }
      objects.add(link);
      objects.addAll(own);
      if (brief) {
        out.append(format.briefAddresses(link, own));
      } else if (oneLine) {
        own.forEach(
            a ->
                out.append(
                    link.index() + ": " + Visible.text(link.name()) + lines(format.address(a))));
      } else {
        out.append(format.link(link, false, family == 6));
        out.append(family == 0 ? format.hardware(link) : "");
        own.forEach(a -> out.append(format.address(a)));
      }
    }
  }

  /** With {@code -o}, line ends inside of an object become backslashes. */
  private String lines(String text) {
    return oneLine ? text.substring(0, text.length() - 1).replace('\n', '\\') + "\n" : text;
  }

  private void routes() throws IOException {
    if (at < words.size() && Abbreviation.first(words.get(at), List.of("get")).isPresent()) {
      at++;
      routeTo();
      return;
    }
    show();
    Optional<String> device = Optional.empty();
    Optional<Cidr> only = Optional.empty();
    long table = IpFormat.MAIN;
    boolean all = false;
    while (at < words.size()) {
      String word = next("a prefix");
      switch (word) {
        case "dev", "oif" -> device = Optional.of(next("a device"));
        case "table" -> {
          String name = next("a table");
          all = name.equals("all");
          table =
              switch (name) {
                case "all", "main" -> IpFormat.MAIN;
                case "local" -> 255;
                case "default" -> 253;
                default -> integer(name, "a table");
              };
        }
        case "default" -> only = Optional.of(range(family == 6 ? "::/0" : "0.0.0.0/0"));
        default -> only = Optional.of(range(word));
      }
    }
    IpFormat format = new IpFormat(names(source.links()));
    int families =
        family == 0 && !all ? (only.isPresent() && !only.get().isIpv4() ? 6 : 4) : family;
    Optional<Integer> index = Optional.empty();
    if (device.isPresent()) {
      index = Optional.of(links(device).getFirst().index());
    }
    for (IpObject.Route route : source.routes(families)) {
      if (route.cached()
          || (!all && route.table() != table)
          || (index.isPresent() && route.device().orElse(-1) != index.get())
          || (only.isPresent() && !route.range().equals(only.get()))) {
        continue;
      }
      objects.add(route);
      out.append(lines(format.route(route, device, all)));
    }
  }

  private void routeTo() throws IOException {
    String text = next("an address");
    Bytes address = text.equals("to") ? address(next("an address")) : address(text);
    if (at < words.size()) {
      throw new Wrong(at, "route get takes one address here", "");
    }
    IpObject.Route route = source.routeTo(address);
    objects.add(route);
    IpFormat format = new IpFormat(names(source.links()));
    out.append(lines(format.route(route, Optional.empty(), true)));
    if (explain) {
      why(address, route);
    }
  }

  /** Which routes fit, the longest prefix first. */
  private void why(Bytes address, IpObject.Route chosen) throws IOException {
    if (chosen.type() == 2) {
      out.append("# an address of this host itself: the packet does not leave it\n");
      return;
    }
    Cidr to = Cidr.of(address, 8 * address.length());
    List<IpObject.Route> fitting =
        source.routes(address.length() == 16 ? 6 : 4).stream()
            .filter(r -> r.table() == IpFormat.MAIN && !r.cached() && r.range().contains(to))
            .sorted(
                Comparator.comparingInt((IpObject.Route r) -> -r.range().bits())
                    .thenComparingLong(r -> r.metric().orElse(0)))
            .toList();
    for (int i = 0; i < fitting.size(); i++) {
      Cidr range = fitting.get(i).range();
      out.append(
          "# %s %s, %d bits%s\n"
              .formatted(
                  i == 0 ? "taken:" : "fits too:",
                  range.bits() == 0 ? "default" : range.toString(),
                  range.bits(),
                  i == 0
                      ? ", the longest prefix that fits"
                          + chosen
                              .gateway()
                              .map(g -> "; on through the router " + IpText.of(g))
                              .orElse("; the host is on this link itself")
                      : ""));
    }
  }

  private void neighbours() throws IOException {
    Optional<String> device = device();
    List<IpObject.Link> links = links(device);
    IpFormat format = new IpFormat(names(source.links()));
    for (IpObject.Neighbour n : source.neighbours(family)) {
      if (n.state() == 0
          || (n.state() & 0x40) != 0
          || links.stream().noneMatch(l -> l.index() == n.device())) {
        continue;
      }
      objects.add(n);
      out.append(brief ? format.briefNeighbour(n) : lines(format.neighbour(n, device)));
    }
  }

  // Arithmetic.

  private void calc() {
    String first = next("a range, or merge, or cover");
    if (first.equals("merge") || first.equals("cover")) {
      List<Cidr> ranges = ranges();
      List<Cidr> result = first.equals("merge") ? Cidr.merge(ranges) : List.of(cover(ranges));
      list(result);
      return;
    }
    Cidr range = range(first);
    if (at == words.size()) {
      objects.add(new IpObject.Range(range));
      describe(range, first);
      return;
    }
    String action = next("what to do");
    switch (action) {
      case "contains" -> {
        for (Cidr other : ranges()) {
          objects.add(new IpObject.Range(other));
          out.append(
              "%s %s %s\n"
                  .formatted(
                      range, range.contains(other) ? "contains" : "does not contain", bare(other)));
        }
      }
      case "split" -> {
        String into = next("a prefix length or a number of parts");
        int bits =
            into.startsWith("/")
                ? integer(into.substring(1), "a prefix length")
                : range.bits()
                    + 32
                    - Integer.numberOfLeadingZeros(
                        Math.max(1, integer(into, "a number of parts")) - 1);
        try {
          list(range.split(bits, MOST_PARTS));
        } catch (IllegalArgumentException e) {
          throw new Wrong(at - 1, String.valueOf(e.getMessage()), "split /" + (range.bits() + 1));
        }
      }
      case "merge", "cover" -> {
        List<Cidr> all = new ArrayList<>(List.of(range));
        all.addAll(ranges());
        list(action.equals("merge") ? Cidr.merge(all) : List.of(cover(all)));
      }
      default ->
          throw new Wrong(
              at - 1,
              "no calculation: " + action,
              "contains ADDRESS, split /BITS, merge RANGE…, cover RANGE…");
    }
  }

  private Cidr cover(List<Cidr> ranges) {
    try {
      return Cidr.cover(ranges);
    } catch (IllegalArgumentException e) {
      throw new Wrong(at - 1, String.valueOf(e.getMessage()), "");
    }
  }

  private void describe(Cidr range, String asked) {
    String given = asked.replaceFirst("/.*", "");
    row("Address", given);
    row("Network", range.toString());
    row("Netmask", IpText.of(range.mask()) + " = " + range.bits());
    if (range.isIpv4() && range.bits() < 31) {
      row("Broadcast", IpText.of(range.last()));
    }
    row("Hosts", IpText.of(range.firstHost()) + " - " + IpText.of(range.lastHost()));
    row("Number", range.hosts().toString());
    row("Kind", kind(range));
  }

  private void row(String name, String value) {
    out.append("%-10s %s\n".formatted(name, value));
  }

  private static String kind(Cidr range) {
    Map<String, String> kinds = new java.util.LinkedHashMap<>();
    kinds.put("10.0.0.0/8", "private (RFC 1918)");
    kinds.put("172.16.0.0/12", "private (RFC 1918)");
    kinds.put("192.168.0.0/16", "private (RFC 1918)");
    kinds.put("100.64.0.0/10", "shared by providers (RFC 6598)");
    kinds.put("127.0.0.0/8", "loopback (RFC 1122)");
    kinds.put("169.254.0.0/16", "link-local (RFC 3927)");
    kinds.put("192.0.2.0/24", "documentation (RFC 5737)");
    kinds.put("198.51.100.0/24", "documentation (RFC 5737)");
    kinds.put("203.0.113.0/24", "documentation (RFC 5737)");
    kinds.put("198.18.0.0/15", "benchmarks (RFC 2544)");
    kinds.put("224.0.0.0/4", "multicast (RFC 5771)");
    kinds.put("240.0.0.0/4", "reserved (RFC 1112)");
    kinds.put("::1/128", "loopback (RFC 4291)");
    kinds.put("fe80::/10", "link-local (RFC 4291)");
    kinds.put("fc00::/7", "unique local (RFC 4193)");
    kinds.put("ff00::/8", "multicast (RFC 4291)");
    kinds.put("2001:db8::/32", "documentation (RFC 3849)");
    kinds.put("2000::/3", "public");
    return kinds.entrySet().stream()
        .filter(e -> Cidr.parse(e.getKey()).contains(range))
        .findFirst()
        .map(Map.Entry::getValue)
        .orElse(
            kinds.keySet().stream().anyMatch(k -> range.contains(Cidr.parse(k)))
                ? "mixed"
                : "public");
  }

  private void list(List<Cidr> ranges) {
    ranges.forEach(r -> objects.add(new IpObject.Range(r)));
    out.append("%-24s %-24s %-24s %s\n".formatted("Network", "First host", "Last host", "Hosts"));
    ranges.stream()
        .limit(MOST_SHOWN)
        .forEach(
            r ->
                out.append(
                    "%-24s %-24s %-24s %d\n"
                        .formatted(
                            r, IpText.of(r.firstHost()), IpText.of(r.lastHost()), r.hosts())));
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
    ranges.add(range(next("a range")));
    while (at < words.size()) {
      ranges.add(range(next("a range")));
    }
    return ranges;
  }

  private Cidr range(String text) {
    try {
      return Cidr.parse(text);
    } catch (IllegalArgumentException e) {
      throw new Wrong(
          at - 1,
          "no range of addresses: " + text + " (" + e.getMessage() + ")",
          "10.0.0.0/8, 192.168.1.7/255.255.255.0, 2001:db8::/32");
    }
  }

  private Bytes address(String text) {
    try {
      return IpText.parse(text);
    } catch (IllegalArgumentException e) {
      throw new Wrong(
          at - 1,
          "Error: any valid address is expected rather than \"" + text + "\".",
          "8.8.8.8; for a name, look it up first: %dig +short " + text);
    }
  }

  private int integer(String text, String what) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new Wrong(at - 1, text + " is not " + what, "");
    }
  }
}

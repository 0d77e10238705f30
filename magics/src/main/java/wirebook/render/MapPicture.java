package wirebook.render;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import wirebook.internet.NetworkMap;
import wirebook.internet.topology.Condition;

/**
 * The lab's network: routers one below the other, joined by their links; at each router its
 * subnets, a box for each host. The way of the last packet is a thick line with numbered stations.
 */
public final class MapPicture {
  private static final int WIDTH = 640;
  private static final int MARGIN = 12;
  private static final int INDENT = 26;
  private static final int MOST_COLUMNS = 6;
  private static final int LANE = 12;
  private static final int ROUTER = 26;
  private static final int GAP = 26;
  private static final int CHIP = 36;
  private static final int SPACE = 6;
  private static final int TITLE = 20;
  private static final int NARROWEST = 92;
  private static final int WIDEST = 150;
  private static final int WIRE = 14;
  private static final int LABEL = 15;
  private static final double STATION = 8.5;

  /** How much wider letters are when they are bold. */
  private static final double BOLD = 1.14;

  private final NetworkMap map;
  private final Svg svg = new Svg();
  private final Svg wires = new Svg();
  private final Svg ways = new Svg();
  private final Svg over = new Svg();
  private final double[] top;
  private final List<NetworkMap.Cable> extra;
  private final Map<String, Double> stations = new HashMap<>();

  private MapPicture(NetworkMap map) {
    this.map = map;
    this.top = new double[map.rows().size()];
    this.extra = map.cables().stream().filter(c -> !c.tree()).toList();
  }

  public static Picture of(NetworkMap map) {
    return new MapPicture(map).draw();
  }

  /** The whole in words, a line each. */
  public static String text(NetworkMap map) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < map.rows().size(); i++) {
      NetworkMap.Row row = map.rows().get(i);
      String indent = "    ".repeat(row.column());
      int at = i;
      map.cables().stream()
          .filter(c -> c.tree() && c.other() == at)
          .forEach(
              c ->
                  text.append(indent)
                      .append("| ")
                      .append(c.words())
                      .append(
                          map.rows().get(c.one()).column() == row.column() && c.one() == at - 1
                              ? ""
                              : ", from " + map.rows().get(c.one()).name())
                      .append('\n'));
      text.append(indent)
          .append('[')
          .append(row.name())
          .append(state(row.condition()))
          .append("] ")
          .append(String.join(" ", row.addresses()))
          .append('\n');
      for (NetworkMap.Cable cable : map.cables()) {
        if (!cable.tree() && cable.other() == at) {
          text.append(indent)
              .append("|   also joined to ")
              .append(map.rows().get(cable.one()).name())
              .append(": ")
              .append(cable.words())
              .append('\n');
        }
      }
      row.subnets().forEach(s -> text.append(subnet(s, indent + "|   ")));
    }
    text.append(caption(map)).append('\n');
    return text.toString();
  }

  private static String subnet(NetworkMap.Subnet subnet, String indent) {
    StringBuilder all = new StringBuilder();
    StringBuilder line =
        new StringBuilder(indent + (subnet.range().isEmpty() ? "" : subnet.range() + ": "));
    List<String> words = new ArrayList<>();
    for (NetworkMap.Place host : subnet.hosts()) {
      words.add(
          host.name()
              + " "
              + host.address()
              + (host.here() ? " (you are here)" : "")
              + (host.like() > 0 ? " and " + host.like() + " like it" : "")
              + state(host.condition())
              + (host.link() ? "" : " (link down)"));
    }
    if (subnet.more() > 0) {
      words.add("and " + subnet.more() + " more");
    }
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i) + (i + 1 < words.size() ? ", " : "");
      if (line.length() + word.length() > 100 && line.length() > indent.length()) {
        all.append(line.toString().stripTrailing()).append('\n');
        line = new StringBuilder(indent + "  ");
      }
      line.append(word);
    }
    return all.append(line.toString().stripTrailing()).append('\n').toString();
  }

  private static String state(Condition condition) {
    return switch (condition) {
      case Condition.Up _ -> "";
      case Condition.Failed _ -> " (down)";
      case Condition.Slow _ -> " (slow)";
      case Condition.Lossy _ -> " (lossy)";
      case Condition.Lame _ -> " (lame)";
    };
  }

  /** What the map says of itself, of the last packet and of what it leaves out. */
  private static String caption(NetworkMap map) {
    String last =
        map.way()
            .map(
                w ->
                    "Last packet to "
                        + w.to()
                        + ": "
                        + String.join(" > ", shortened(w.nodes()))
                        + "; "
                        + w.end()
                        + "."
                        + (w.back().isEmpty()
                            ? ""
                            : " The answer came another way: "
                                + String.join(" > ", shortened(w.back()))
                                + "."))
            .orElse("No packet yet: %ping or %traceroute a host, then look again.");
    return counted(map) + "\n" + last;
  }

  private static List<String> shortened(List<String> nodes) {
    if (nodes.size() <= 14) {
      return nodes;
    }
    List<String> some = new ArrayList<>(nodes.subList(0, 8));
    some.add("(" + (nodes.size() - 12) + " more)");
    some.addAll(nodes.subList(nodes.size() - 4, nodes.size()));
    return some;
  }

  private static String counted(NetworkMap map) {
    return map.hosts()
        + (map.hosts() == 1 ? " host, " : " hosts, ")
        + map.routers()
        + (map.routers() == 1 ? " router." : " routers.")
        + (map.leftOut() == 0
            ? ""
            : " " + map.leftOut() + " of them are left out here; %internet hosts lists all.");
  }

  // The drawing.

  private double left(NetworkMap.Row row) {
    return MARGIN + extra.size() * (double) LANE + INDENT * Math.min(row.column(), MOST_COLUMNS);
  }

  private Picture draw() {
    double y = MARGIN;
    for (int i = 0; i < map.rows().size(); i++) {
      int at = i;
      y +=
          map.cables().stream().anyMatch(c -> c.tree() && c.other() == at)
              ? GAP
              : i == 0 ? 0 : GAP / 2;
      top[i] = y;
      y = row(i, y);
    }
    map.cables().stream().filter(NetworkMap.Cable::tree).forEach(this::cable);
    for (int i = 0; i < extra.size(); i++) {
      lane(extra.get(i), i);
    }
    y += 10;
    for (String line : caption(map).split("\n")) {
      for (String part : Svg.wrapped(line, WIDTH - 2 * MARGIN, 12)) {
        y += 17;
        svg.text("soft", "start", 12, MARGIN, y, part);
      }
    }
    Svg whole = new Svg().add(wires).add(ways).add(svg).add(over);
    return whole.picture(WIDTH, (int) Math.ceil(y + MARGIN), caption(map).replace('\n', ' '));
  }

  private double width(NetworkMap.Row row) {
    double name = Svg.width(row.name(), 13 * BOLD, false) + 40;
    double addresses = Svg.width(String.join("  ", row.addresses()), 11, true);
    double room = WIDTH - MARGIN - left(row);
    return Math.min(Math.max(name, room), name + addresses + 14);
  }

  private double row(int at, double y) {
    NetworkMap.Row row = map.rows().get(at);
    double x = left(row);
    double name = Svg.width(row.name(), 13 * BOLD, false) + 40;
    String addresses = String.join("  ", row.addresses());
    double width = width(row);
    boolean on = row.step() >= 0;
    svg.rectangle(
        "head" + (on ? " l-ask" : fault(row.condition())),
        x,
        y,
        width,
        ROUTER,
        row.router() ? ROUTER / 2.0 : 5);
    svg.text("strong", "start", 13, x + 28, y + 17.5, row.name());
    svg.text(
        "mono soft",
        "start",
        11,
        x + name,
        y + 17.5,
        Svg.fit(addresses, width - name - 6, 11, true));
    if (row.router()) {
      arrows(x + WIRE, y + ROUTER / 2.0);
    }
    if (on) {
      station(row.step(), x + WIRE, y + ROUTER / 2.0);
    }
    fault(row.condition(), x, y, width, ROUTER);
    y += ROUTER;
    for (NetworkMap.Cable cable : extra) {
      if (cable.other() == at) {
        y += LABEL;
        label(cable, x + WIRE, y, "also to " + map.rows().get(cable.one()).name() + ": ");
      }
    }
    for (NetworkMap.Subnet subnet : row.subnets()) {
      y = subnet(row, subnet, x, y + SPACE);
    }
    return y;
  }

  /** The sign of a router: arrows crosswise. */
  private void arrows(double x, double y) {
    svg.path(
        "arrow l-soft",
        "M%1$s %2$sm-6 0h12m-3 -3l3 3l-3 3m-6 0l-3 -3l3 -3M%1$s %2$sm0 -6v12m-3 -3l3 3l3 -3m-6 -6l3 -3l3 3"
            .formatted(x, y));
  }

  private double subnet(NetworkMap.Row row, NetworkMap.Subnet subnet, double routerX, double y) {
    double x = routerX + INDENT + 6;
    double width = WIDTH - MARGIN - x;
    double longest =
        subnet.hosts().stream()
            .mapToDouble(
                h ->
                    Math.max(
                        Svg.width(title(h) + like(h), 11.5 * BOLD, false) + 18 + station(h),
                        Svg.width(h.address(), 10.5, true) + 14))
            .max()
            .orElse(NARROWEST);
    double inside = width - 2 * SPACE;
    double chip = Math.clamp(longest, NARROWEST, WIDEST);
    int columns = Math.max(1, (int) ((inside + SPACE) / (chip + SPACE)));
    chip = (inside + SPACE) / columns - SPACE;
    int boxes = subnet.hosts().size() + (subnet.more() > 0 ? 1 : 0);
    int lines = (boxes + columns - 1) / columns;
    boolean titled = !subnet.range().isEmpty();
    double height = (titled ? TITLE : SPACE) + lines * (double) (CHIP + SPACE);
    boolean on =
        row.step() >= 0
            && subnet.hosts().stream()
                .anyMatch(h -> h.step() >= 0 && Math.abs(h.step() - row.step()) == 1);
    double wire = routerX + WIRE;
    double join = y + 14;
    (on ? ways : wires)
        .path(
            on ? "way l-ask" : "arrow l-hold",
            "M" + wire + " " + (top(row) + ROUTER) + "V" + join + "H" + x);
    svg.rectangle("band", x, y, width, height, 7);
    if (titled) {
      svg.text("mono strong", "start", 11.5, x + SPACE + 2, y + 14.5, subnet.range());
    }
    for (int i = 0; i < boxes; i++) {
      double chipX = x + SPACE + i % columns * (chip + SPACE);
      double chipY =
          y + (titled ? TITLE : SPACE) + Math.floorDiv(i, columns) * (double) (CHIP + SPACE);
      if (i < subnet.hosts().size()) {
        chip(subnet.hosts().get(i), chipX, chipY, chip);
      } else {
        svg.text(
            "soft strong",
            "start",
            12,
            chipX + 8,
            chipY + 22,
            String.format(Locale.ROOT, "and %,d more", subnet.more()).replace(',', ' '));
      }
    }
    return y + height;
  }

  private double top(NetworkMap.Row row) {
    return top[map.rows().indexOf(row)];
  }

  private void chip(NetworkMap.Place host, double x, double y, double width) {
    String hue =
        host.step() >= 0 ? " l-ask" : host.link() ? fault(host.condition()) : " l-bad lost";
    svg.rectangle("card" + (hue.isEmpty() ? " l-hold" : hue), x, y, width, CHIP, 5);
    if (host.step() >= 0) {
      svg.rectangle("way2 l-ask", x, y, width, CHIP, 5);
      station(host.step(), x + width - STATION - 3, y + STATION + 3);
    }
    boolean down = host.condition() instanceof Condition.Failed;
    double room = width - 12 - station(host);
    svg.text(
        "strong" + (host.here() ? " f-give" : down ? " f-bad" : ""),
        "start",
        11.5,
        x + 7,
        y + 15,
        Svg.fit(title(host), room - Svg.width(like(host), 11.5 * BOLD, false), 11.5 * BOLD, false)
            + like(host));
    String second =
        switch (host.condition()) {
          case Condition.Up _ -> host.link() ? host.address() : "link down";
          case Condition.Failed _ -> "✕ down";
          case Condition.Slow slow -> "slow, +" + slow.extra().toMillis() + " ms";
          case Condition.Lossy lossy -> "lossy, " + lossy.percent() + " %";
          case Condition.Lame _ -> "lame";
        };
    boolean well = host.condition() instanceof Condition.Up && host.link();
    svg.text(
        well ? "mono soft" : "strong " + (down || !host.link() ? "f-bad" : "f-point"),
        "start",
        10.5,
        x + 7,
        y + 29,
        Svg.fit(second, width - 12, 10.5, well));
  }

  private static String title(NetworkMap.Place host) {
    return (host.here() ? "● " : "") + host.name();
  }

  /** The room for the number of a station. */
  private static double station(NetworkMap.Place host) {
    return host.step() >= 0 ? 2 * STATION : 0;
  }

  private static String like(NetworkMap.Place host) {
    return host.like() > 0 ? " +" + host.like() : "";
  }

  private static String fault(Condition condition) {
    return switch (condition) {
      case Condition.Up _ -> "";
      case Condition.Failed _ -> " l-bad lost";
      case Condition.Slow _, Condition.Lossy _, Condition.Lame _ -> " l-point";
    };
  }

  private void fault(Condition condition, double x, double y, double width, double height) {
    if (condition instanceof Condition.Failed) {
      over.path(
          "way l-bad",
          "M" + x + " " + y + "l" + width + " " + height + "m0 " + -height + "l" + -width + " "
              + height);
    }
  }

  /** The number of a station of the way. */
  private void station(int step, double x, double y) {
    // A loop comes by again; its first number stands.
    if (stations.putIfAbsent(x + "," + y, y) == null) {
      boolean lost =
          map.way().filter(w -> !w.arrived() && step == w.nodes().size() - 1).isPresent();
      over.circle(lost ? "f-bad" : "f-ask", x, y, STATION)
          .text("on-hue strong", "middle", 10.5, x, y + 3.7, Integer.toString(step));
    }
  }

  private void cable(NetworkMap.Cable cable) {
    NetworkMap.Row from = map.rows().get(cable.one());
    NetworkMap.Row to = map.rows().get(cable.other());
    double start = left(from) + WIRE;
    double end = left(to) + WIRE;
    double below = top[cable.one()] + ROUTER;
    double above = top[cable.other()];
    String path = "M" + start + " " + below;
    path += start == end ? "V" + above : "V" + (above + ROUTER / 2.0) + "H" + left(to);
    wire(cable, path);
    label(cable, end, above - 8, "");
  }

  private void label(NetworkMap.Cable cable, double wire, double y, String before) {
    svg.text(
        "halo" + (cable.up() ? " soft" : " f-bad"),
        "start",
        11.5,
        wire + 10,
        y,
        Svg.fit(before + cable.words(), WIDTH - MARGIN - wire - 10, 11.5, false));
  }

  private void wire(NetworkMap.Cable cable, String path) {
    (cable.step() >= 0 ? ways : wires).path(style(cable), path);
  }

  private static String style(NetworkMap.Cable cable) {
    return cable.step() >= 0
        ? "way l-ask" + (cable.up() ? "" : " lost")
        : cable.back() ? "way l-seal lost" : cable.up() ? "arrow l-hold" : "arrow l-bad lost";
  }

  /** A link between two rows that hang elsewhere: down the left edge. */
  private void lane(NetworkMap.Cable cable, int number) {
    double x = MARGIN + number * (double) LANE + 2;
    double from = top[cable.one()] + ROUTER / 2.0;
    double to = top[cable.other()] + ROUTER / 2.0;
    wire(
        cable,
        "M"
            + left(map.rows().get(cable.one()))
            + " "
            + from
            + "H"
            + x
            + "V"
            + to
            + "H"
            + left(map.rows().get(cable.other())));
  }
}

package wirebook.render;

import java.util.List;
import wirebook.engine.socket.Cidr;
import wirebook.engine.socket.ip.IpObject;
import wirebook.trace.Bytes;
import wirebook.trace.IpText;

/**
 * Addresses as their bits, 32 of IPv4 or the 32 hexadecimal digits of IPv6: where the border
 * between network and host is, and which routes have the first bits of a destination.
 */
public final class AddressPictures {
  private static final int WIDTH = 640;
  private static final int CELLS = 32;
  private static final int MARGIN = 14;
  private static final int LEFT = 78;
  private static final double CELL = 16.5;
  private static final int HEIGHT = 24;
  private static final int GAP = 5;
  private static final int ROUTES = 12;
  private static final double SMALL = 11;
  private static final int SMALL_GAP = 4;
  private static final int ROW = 46;
  private static final int BITS_AT = WIDTH - MARGIN - (int) (CELLS * SMALL) - 3 * SMALL_GAP - 4;

  private AddressPictures() {}

  /** An address, its mask below it, and the border of the range. */
  public static Picture bits(Bytes address, Cidr range) {
    Svg svg = new Svg();
    int all = 8 * address.length();
    double each = all / (double) CELLS;
    double border = x(range.bits() / each);
    double end = x(CELLS);
    String network = "network, " + range.bits() + " bits";
    String host = "host, " + (all - range.bits()) + " bits";
    double top = MARGIN + 34;
    bracket(svg, "l-ask", LEFT, border - 2, MARGIN + 24);
    bracket(svg, "l-point", border + 2, end, MARGIN + 24);
    head(svg, "strong f-ask", network, LEFT, border - 2, range.bits() == 0);
    head(svg, "strong f-point", host, border + 2, end, range.bits() == all);
    digits(svg, "Address", address, range.bits() / each, top);
    digits(svg, "Mask", range.mask(), range.bits() / each, top + HEIGHT + 22);
    svg.line("way2 l-bad", border, MARGIN + 18, border, top + 2 * HEIGHT + 26);
    if (address.length() == 4) {
      for (int i = 0; i < 4; i++) {
        double middle = (x(8 * i) + x(8 * i + 7) + CELL) / 2;
        numbers(svg, middle, top + HEIGHT + 14, address.at(i));
        numbers(svg, middle, top + 2 * HEIGHT + 36, range.mask().at(i));
      }
    }
    String line =
        "%s: %s, %s; the network is %s%s"
            .formatted(
                IpText.of(address),
                network,
                host,
                range,
                range.isIpv4() ? ", its last address " + IpText.of(range.last()) : "");
    svg.text("soft", "start", 12, MARGIN, top + 2 * HEIGHT + 62, line);
    return svg.picture(WIDTH, (int) top + 2 * HEIGHT + 76, line + ".");
  }

  private static double x(double cell) {
    double whole = Math.min(cell, CELLS - 0.001);
    return LEFT
        + cell * CELL
        + ((int) (whole / 8)) * GAP
        - (cell > 0 && cell % 8 == 0 ? GAP / 2.0 : 0);
  }

  private static void numbers(Svg svg, double x, double y, int value) {
    svg.text("mono soft halo", "middle", 11.5, x, y, Integer.toString(value));
  }

  private static void bracket(Svg svg, String hue, double from, double to, double y) {
    if (to - from > 4) {
      svg.path("arrow " + hue, "M" + from + " " + (y + 5) + "V" + y + "H" + to + "v5");
    }
  }

  private static void head(
      Svg svg, String style, String text, double from, double to, boolean none) {
    if (none) {
      return;
    }
    double half = Svg.width(text, 13, false) / 2;
    double middle = Math.clamp((from + to) / 2, LEFT + half, WIDTH - MARGIN - half);
    boolean narrow = to - from < 2 * half;
    svg.text(
        "halo " + style,
        narrow ? (from > WIDTH / 2.0 ? "end" : "start") : "middle",
        12.5,
        narrow ? (from > WIDTH / 2.0 ? WIDTH - MARGIN : LEFT) : middle,
        MARGIN + 12,
        text);
  }

  private static void digits(Svg svg, String name, Bytes bytes, double border, double y) {
    svg.text("strong", "start", 12.5, MARGIN, y + 17, name);
    for (int i = 0; i < CELLS; i++) {
      double x = LEFT + i * CELL + i / 8 * GAP;
      svg.rectangle(i < border ? "head l-ask" : "card l-point", x, y, CELL - 1.5, HEIGHT, 2)
          .text("mono", "middle", 12, x + (CELL - 1.5) / 2, y + 16.5, digit(bytes, i));
    }
  }

  /** A bit of IPv4, a hexadecimal digit of IPv6. */
  private static String digit(Bytes bytes, int at) {
    return bytes.length() == 4
        ? Integer.toString(bytes.at(at / 8) >> (7 - at % 8) & 1)
        : Integer.toHexString(bytes.at(at / 2) >> (at % 2 == 0 ? 4 : 0) & 15);
  }

  /** The routes that came into question for a destination, the winner first, the losers struck. */
  public static Picture routes(Bytes to, List<IpObject.Candidate> all) {
    List<IpObject.Candidate> shown = all.stream().limit(ROUTES).toList();
    Svg svg = new Svg();
    int bitsOfCell = to.length() == 4 ? 1 : 4;
    svg.text(
        "strong",
        "start",
        12.5,
        MARGIN,
        MARGIN + 17,
        "to " + Svg.fit(IpText.of(to), BITS_AT - 50, 12.5, false));
    for (int i = 0; i < CELLS; i++) {
      svg.text("mono strong", "middle", 11, cell(i) + SMALL / 2, MARGIN + 17, digit(to, i));
    }
    double y = MARGIN + 30;
    for (IpObject.Candidate route : shown) {
      boolean taken = route.taken();
      svg.rectangle(
          taken ? "band l-give" : "card", MARGIN - 6, y, WIDTH - 2 * MARGIN + 12, ROW - 6, 5);
      String words =
          Svg.fit(
              route.route().replaceFirst("( via \\S+) dev \\S+", "$1"),
              BITS_AT - MARGIN - 26,
              11.5,
              true);
      svg.text(
          "mono" + (taken ? " strong f-give" : route.fits() ? "" : " soft"),
          "start",
          11.5,
          MARGIN + 18,
          y + 16,
          words);
      svg.text(
          taken ? "strong f-give" : "strong f-bad",
          "middle",
          13,
          MARGIN + 6,
          y + 16.5,
          taken ? "✓" : "✕");
      if (!taken) {
        svg.line(
            "arrow l-hold",
            MARGIN + 18,
            y + 12,
            MARGIN + 18 + Svg.width(words, 11.5, true),
            y + 12);
      }
      svg.text(
          "soft",
          "start",
          11.5,
          MARGIN + 18,
          y + 33,
          Svg.fit(route.reason(), WIDTH - 2 * MARGIN - 20, 11.5, false));
      cells(svg, route, bitsOfCell, y + 5);
      y += ROW;
    }
    if (all.size() > shown.size()) {
      y += 14;
      svg.text("soft", "start", 12, MARGIN, y, "and " + (all.size() - shown.size()) + " more");
    }
    String line =
        shown.stream()
            .filter(IpObject.Candidate::taken)
            .findFirst()
            .map(r -> IpText.of(to) + " takes " + r.route() + ": " + r.reason() + ". ")
            .orElse("No route for " + IpText.of(to) + ". ");
    return svg.picture(WIDTH, (int) y + MARGIN, line + all.size() + " routes came into question.");
  }

  private static double cell(int number) {
    return BITS_AT + number * SMALL + Math.floorDiv(number, 8) * (double) SMALL_GAP;
  }

  private static void cells(Svg svg, IpObject.Candidate route, int bitsOfCell, double y) {
    String first = route.route().split(" ")[0];
    Bytes network;
    try {
      network = Cidr.parse(first).network();
    } catch (IllegalArgumentException e) {
      // default: it compares no bits at all.
      network = Bytes.of(new byte[bitsOfCell == 1 ? 4 : 16]);
    }
    for (int i = 0; i < CELLS; i++) {
      boolean compared = i * bitsOfCell < route.prefix();
      boolean same =
          compared
              && (i + 1) * bitsOfCell <= Math.max(route.bits(), route.fits() ? route.prefix() : 0);
      boolean differs = compared && !same && i == route.bits() / bitsOfCell && !route.fits();
      svg.rectangle(
          differs ? "f-bad" : same ? (route.taken() ? "f-give" : "f-soft") : "card l-hold",
          cell(i),
          y,
          SMALL - 1.5,
          14,
          1.5);
      if (compared) {
        svg.text(
            "mono" + (differs || same ? " on-hue" : " soft"),
            "middle",
            10,
            cell(i) + (SMALL - 1.5) / 2,
            y + 10.8,
            digit(network, i));
      }
    }
  }
}

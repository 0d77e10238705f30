package wirebook.render;

import java.util.List;
import java.util.Optional;
import wirebook.engine.dns.DnsName;
import wirebook.engine.dns.resolver.Validation;
import wirebook.engine.dns.resolver.Validation.Link;

/**
 * A chain of trust as a drawing: a row for each zone from the root down, in it the links that were
 * checked, each pointing to the next; a broken one is red, dashed, and says why.
 */
public final class TrustPicture {
  private static final int MARGIN = 14;
  private static final int LABEL = 150;
  private static final int BOX = 236;
  private static final int HEIGHT = 44;
  private static final int GAP = 22;
  private static final int ROW = HEIGHT + 28;
  private static final int COLUMNS = 2;

  /** More would be too small to read; the text has them all. */
  private static final int MOST_LINKS = 24;

  private TrustPicture() {}

  public static Picture of(Validation validation) {
    List<Link> links =
        validation.chain().subList(0, Math.min(MOST_LINKS, validation.chain().size()));
    Svg svg = new Svg();
    int row = -1;
    int column = 0;
    Optional<DnsName> zone = Optional.empty();
    double x = 0;
    double y = 0;
    for (Link link : links) {
      boolean same = zone.equals(Optional.of(link.zone())) && column + 1 < COLUMNS;
      double fromX = x;
      double fromY = y;
      boolean first = row < 0;
      if (same) {
        column++;
      } else {
        column = 0;
        row++;
      }
      zone = Optional.of(link.zone());
      x = MARGIN + LABEL + column * (BOX + GAP);
      y = MARGIN + 30 + row * ROW;
      String hue = hue(link);
      String arrow = "arrow l-" + hue + (link.state() == Link.State.GOOD ? "" : " lost");
      if (!first && same) {
        svg.line(arrow, fromX + BOX, y + HEIGHT / 2.0, x - 7, y + HEIGHT / 2.0)
            .path("f-" + hue, "M" + (x - 1) + " " + (y + HEIGHT / 2.0) + "l-8 -4.5v9z");
      } else if (!first) {
        double middle = fromY + HEIGHT + 14;
        svg.path(
                arrow,
                "M"
                    + (fromX + BOX / 2.0)
                    + " "
                    + (fromY + HEIGHT)
                    + "V"
                    + middle
                    + "H"
                    + (x + BOX / 2.0)
                    + "V"
                    + (y - 7))
            .path("f-" + hue, "M" + (x + BOX / 2.0) + " " + (y - 1) + "l-4.5 -8h9z");
      }
      box(svg, link, hue, x, y);
      if (!same) {
        String name = link.zone().isRoot() ? "the root" : link.zone().relative();
        svg.text(
            "strong",
            "start",
            12.5,
            MARGIN,
            y + HEIGHT / 2.0 + 4,
            Svg.fit(name, LABEL - 8, 12.5, false));
      }
    }
    String verdict = validation.security().name().toLowerCase(java.util.Locale.ROOT);
    String line =
        "Chain of trust: "
            + verdict
            + (validation.reason().isEmpty() ? "" : ": " + validation.reason());
    int width = MARGIN + LABEL + COLUMNS * BOX + GAP + MARGIN;
    svg.text(
        "strong", "start", 13, MARGIN, MARGIN + 8, Svg.fit(line, width - 2.0 * MARGIN, 15, false));
    return svg.picture(width, MARGIN + 30 + (row + 1) * ROW, line);
  }

  private static void box(Svg svg, Link link, String hue, double x, double y) {
    String sign =
        switch (link.state()) {
          case GOOD -> "✓ ";
          case ABSENT -> "– ";
          case BROKEN -> "✗ ";
          case UNTRUSTED -> "? ";
        };
    List<String> words = wrapped(link.words());
    svg.rectangle("head", x, y, BOX, HEIGHT, 6)
        .text("strong f-" + hue, "start", 11.5, x + 8, y + 14, sign + link.what());
    for (int i = 0; i < words.size(); i++) {
      svg.text("soft", "start", 9.5, x + 8, y + 26 + 12 * i, words.get(i));
    }
  }

  /** In two lines, cut where they are full. */
  private static List<String> wrapped(String words) {
    double room = BOX - 14;
    String first = Svg.fit(words, room, 9.5, false);
    if (first.equals(words)) {
      return List.of(words);
    }
    int cut = first.lastIndexOf(' ') > 0 ? first.lastIndexOf(' ') : first.length() - 1;
    return List.of(
        words.substring(0, cut), Svg.fit(words.substring(cut).strip(), room, 9.5, false));
  }

  private static String hue(Link link) {
    return switch (link.state()) {
      case GOOD -> "give";
      case ABSENT -> "point";
      case BROKEN -> "bad";
      case UNTRUSTED -> "point";
    };
  }
}

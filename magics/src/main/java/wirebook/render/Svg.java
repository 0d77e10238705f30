package wirebook.render;

import java.util.ArrayList;
import java.util.List;
import wirebook.spi.Html;

/**
 * An SVG drawing under construction. Shapes take a class of {@link #STYLE}, which has colours for
 * light and dark pages, never a colour of their own.
 */
final class Svg {
  /**
   * Ink on a card; four hues that stay apart for colour-blind readers, each with its own dash or
   * sign.
   */
  private static final String STYLE =
      """
      :root{color-scheme:light dark;--card:#fcfcfa;--edge:#d9d9d2;--ink:#1d2430;--soft:#5d6675;--head:#eef1f6;\
      --ask:#1b5fb4;--give:#1d7a46;--point:#8a5a00;--bad:#b3261e;--seal:#7a3aa8;--hold:#7b8494}
      @media (prefers-color-scheme:dark){:root{--card:#1b1e24;--edge:#3a3f49;--ink:#eceff4;--soft:#a9b1be;--head:#2a2f38;\
      --ask:#7db4ff;--give:#6fd39a;--point:#f0bf62;--bad:#ff8f86;--seal:#cfa2f5;--hold:#868e9c}}
      text{font-family:system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif;fill:var(--ink)}
      .mono{font-family:ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace}
      .soft{fill:var(--soft)}.strong{font-weight:600}
      .halo{paint-order:stroke;stroke:var(--card);stroke-width:5px;stroke-linejoin:round}
      .card{fill:var(--card);stroke:var(--edge)}.head{fill:var(--head);stroke:var(--hold)}.band{fill:var(--head);stroke:var(--hold);fill-opacity:.55}
      .lane{stroke:var(--hold);stroke-dasharray:2 4;fill:none}
      .l-soft{stroke:var(--soft)}.f-soft{fill:var(--soft)}
      .l-ask{stroke:var(--ask)}.l-give{stroke:var(--give)}.l-point{stroke:var(--point)}.l-bad{stroke:var(--bad)}.l-seal{stroke:var(--seal)}.l-hold{stroke:var(--hold)}
      .f-ask{fill:var(--ask)}.f-give{fill:var(--give)}.f-point{fill:var(--point)}.f-bad{fill:var(--bad)}.f-seal{fill:var(--seal)}.f-hold{fill:var(--hold)}.queue{fill:none;stroke:var(--hold);stroke-dasharray:2 2}
      .arrow{fill:none;stroke-width:1.6}.lost{stroke-dasharray:5 4}
      .way{fill:none;stroke-width:4;stroke-linejoin:round}.way2{fill:none;stroke-width:2}.on-hue{fill:var(--card)}
      """;

  private final Html body = new Html();

  Svg rectangle(String style, double x, double y, double width, double height, double radius) {
    body.empty(
        "rect",
        "class",
        style,
        "x",
        number(x),
        "y",
        number(y),
        "width",
        number(width),
        "height",
        number(height),
        "rx",
        number(radius));
    return this;
  }

  Svg line(String style, double x1, double y1, double x2, double y2) {
    body.empty(
        "line",
        "class",
        style,
        "x1",
        number(x1),
        "y1",
        number(y1),
        "x2",
        number(x2),
        "y2",
        number(y2));
    return this;
  }

  Svg circle(String style, double x, double y, double radius) {
    body.empty("circle", "class", style, "cx", number(x), "cy", number(y), "r", number(radius));
    return this;
  }

  /** Another drawing on top of this one. */
  Svg add(Svg other) {
    body.add(other.body);
    return this;
  }

  Svg path(String style, String d) {
    body.empty("path", "class", style, "d", d);
    return this;
  }

  /** {@code anchor} is start, middle or end; {@code size} in pixels. */
  Svg text(String style, String anchor, double size, double x, double y, String text) {
    body.element(
        "text",
        text,
        "class",
        style,
        "text-anchor",
        anchor,
        "font-size",
        number(size),
        "x",
        number(x),
        "y",
        number(y));
    return this;
  }

  /** The whole document on a card of this size. */
  Picture picture(int width, int height, String line) {
    Html document =
        new Html()
            .open(
                "svg",
                "xmlns",
                "http://www.w3.org/2000/svg",
                "width",
                Integer.toString(width),
                "height",
                Integer.toString(height),
                "viewBox",
                "0 0 " + width + " " + height,
                "role",
                "img")
            .element("title", line)
            .element("style", STYLE)
            .empty(
                "rect",
                "class",
                "card",
                "x",
                "0.5",
                "y",
                "0.5",
                "width",
                Integer.toString(width - 1),
                "height",
                Integer.toString(height - 1),
                "rx",
                "10")
            .add(body)
            .close("svg");
    return new Picture(document.toString(), width, height, line);
  }

  /** The text, cut with an ellipsis to what fits {@code width} pixels at {@code size}. */
  static String fit(String text, double width, double size, boolean mono) {
    // Mean advance of the fonts above; a little too wide is better than an overlap.
    int most = (int) (width / (size * (mono ? 0.61 : 0.56)));
    int length = text.codePointCount(0, text.length());
    return length <= most
        ? text
        : text.substring(0, text.offsetByCodePoints(0, Math.max(1, most - 1))) + "…";
  }

  /** The text in lines that fit {@code width} pixels at {@code size}; a long word is not cut. */
  static List<String> wrapped(String text, double width, double size) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.split(" ")) {
      if (!line.isEmpty() && width(line + " " + word, size, false) > width) {
        lines.add(line.toString());
        line = new StringBuilder();
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }

  /** About how wide the text is in pixels. */
  static double width(String text, double size, boolean mono) {
    return text.codePointCount(0, text.length()) * size * (mono ? 0.61 : 0.56);
  }

  private static String number(double value) {
    return value == Math.rint(value)
        ? Long.toString((long) value)
        : Double.toString(Math.round(value * 10) / 10.0);
  }
}

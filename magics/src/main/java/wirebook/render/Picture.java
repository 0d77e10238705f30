package wirebook.render;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import wirebook.spi.Html;
import wirebook.spi.MimeBundle;

/**
 * A drawing that a notebook can show anywhere: an SVG inside an image element. An image runs no
 * script and loads nothing, so a notebook that nobody trusts yet still shows it, where bare SVG is
 * taken out. The drawing follows the page's light or dark colour scheme by itself.
 *
 * @param svg a whole SVG document
 * @param width in CSS pixels
 * @param height in CSS pixels
 * @param line what the picture says, in one line: its {@code text/plain} and its alternative text
 */
public record Picture(String svg, int width, int height, String line) {
  /** The smallest letters that are drawn have 10 pixels; 8 can still be read. */
  private static final double SMALLEST_SCALE = 0.8;

  /** For {@link wirebook.spi.Display#show}. */
  public MimeBundle bundle() {
    String data =
        "data:image/svg+xml;base64,"
            + Base64.getEncoder().encodeToString(svg.getBytes(StandardCharsets.UTF_8));
    String html =
        new Html()
            .empty(
                "img",
                "src",
                data,
                "alt",
                line,
                "width",
                Integer.toString(width),
                "style",
                // Where the page is narrower than what can be read, its output scrolls.
                "max-width:100%;height:auto;min-width:"
                    + (int) Math.ceil(width * SMALLEST_SCALE)
                    + "px")
            .toString();
    return MimeBundle.text(line).with(MimeBundle.HTML, html);
  }
}

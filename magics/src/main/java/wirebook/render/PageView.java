package wirebook.render;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import wirebook.spi.Html;
import wirebook.spi.MimeBundle;

/**
 * A web page that came over the network, a click away: in a frame that runs no script, opens
 * nothing, and loads nothing from anywhere.
 */
public final class PageView {
  /** Before the page, whose own type is then ignored; links would open what the frame may not. */
  private static final String POLICY =
      "<!DOCTYPE html><base target=\"_blank\"><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:;"
          + " style-src 'unsafe-inline'; font-src data:\">";

  private PageView() {}

  /** For {@link wirebook.spi.Display#show}; as plain text nothing, for the text was printed. */
  public static MimeBundle of(String page) {
    Html html =
        new Html()
            .open("details")
            .element(
                "summary",
                "Show the page as a browser does",
                "style",
                "cursor:pointer;color:var(--jp-content-link-color,#1b5fb4)")
            .open(
                "iframe",
                "sandbox",
                "",
                "referrerpolicy",
                "no-referrer",
                "title",
                "the page, without scripts and without what it would load",
                "style",
                "width:100%;height:420px;margin-top:6px;border:1px solid"
                    + " var(--jp-border-color1,#bbb);border-radius:6px;background:#fff",
                "srcdoc",
                POLICY + page)
            .close("iframe")
            .close("details");
    return MimeBundle.text("").with(MimeBundle.HTML, html.toString());
  }

  /** An SVG drawing as an image, where no script of it runs and nothing is loaded. */
  public static MimeBundle svg(String drawing) {
    String data =
        "data:image/svg+xml;base64,"
            + Base64.getEncoder().encodeToString(drawing.getBytes(StandardCharsets.UTF_8));
    Html html =
        new Html()
            .empty("img", "src", data, "alt", "the drawing", "style", "max-width:100%;height:auto");
    return MimeBundle.text("").with(MimeBundle.HTML, html.toString());
  }
}

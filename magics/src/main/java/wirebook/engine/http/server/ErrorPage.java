package wirebook.engine.http.server;

import java.util.Map;
import java.util.Optional;
import wirebook.spi.Html;

/** The answer when something is wrong: a status, its name and a line that says why. */
final class ErrorPage {
  private ErrorPage() {}

  /** In the form that the client prefers: JSON, HTML for browsers, else plain text. */
  static Response of(Optional<String> accept, int status, String reason) {
    String name = StatusNames.of(status);
    String wanted = accept.orElse("");
    Response page;
    if (wanted.contains("json")) {
      page = Response.json(Map.of("error", reason));
    } else if (wanted.contains("text/html")) {
      page =
          Response.html(
              "<!DOCTYPE html>"
                  + new Html()
                      .open("html", "lang", "en")
                      .element("title", status + " " + name)
                      .element("h1", status + " " + name)
                      .element("p", reason)
                      .close("html")
                      .toString());
    } else {
      page = Response.text(status + " " + name + ": " + reason + "\n");
    }
    return page.withStatus(status);
  }

  static Response of(Request request, int status, String reason) {
    return of(request.header("Accept"), status, reason);
  }
}

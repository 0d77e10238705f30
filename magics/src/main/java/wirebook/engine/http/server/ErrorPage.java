package wirebook.engine.http.server;

import java.util.Map;
import java.util.Optional;
import wirebook.spi.Html;

/** The answer when something is wrong: a status, its name and a line that says why. */
final class ErrorPage {
  private static final Map<Integer, String> NAMES =
      Map.ofEntries(
          Map.entry(400, "Bad Request"),
          Map.entry(401, "Unauthorized"),
          Map.entry(403, "Forbidden"),
          Map.entry(404, "Not Found"),
          Map.entry(405, "Method Not Allowed"),
          Map.entry(408, "Request Timeout"),
          Map.entry(411, "Length Required"),
          Map.entry(412, "Precondition Failed"),
          Map.entry(413, "Content Too Large"),
          Map.entry(414, "URI Too Long"),
          Map.entry(415, "Unsupported Media Type"),
          Map.entry(416, "Range Not Satisfiable"),
          Map.entry(417, "Expectation Failed"),
          Map.entry(426, "Upgrade Required"),
          Map.entry(429, "Too Many Requests"),
          Map.entry(431, "Request Header Fields Too Large"),
          Map.entry(500, "Internal Server Error"),
          Map.entry(501, "Not Implemented"),
          Map.entry(503, "Service Unavailable"),
          Map.entry(505, "HTTP Version Not Supported"));

  private ErrorPage() {}

  /** In the form that the client prefers: JSON, HTML for browsers, else plain text. */
  static Response of(Optional<String> accept, int status, String reason) {
    String name = NAMES.getOrDefault(status, "Error");
    String wanted = accept.orElse("");
    Response page;
    if (wanted.contains("json")) {
      page = Response.json(Map.of("error", reason));
    } else if (wanted.contains("text/html")) {
      page =
          Response.html(
              new Html()
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

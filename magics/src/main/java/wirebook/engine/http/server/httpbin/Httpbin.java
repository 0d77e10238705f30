package wirebook.engine.http.server.httpbin;

import wirebook.engine.http.server.Endpoint;
import wirebook.engine.http.server.HttpError;
import wirebook.engine.http.server.Request;
import wirebook.engine.http.server.Response;
import wirebook.engine.http.server.Routes;
import wirebook.engine.http.server.StatusNames;
import wirebook.net.NetworkClock;
import wirebook.spi.Html;

/**
 * The endpoints of httpbin.org (psf/httpbin 0.10): a site to test HTTP clients against. Behaviour
 * follows its documentation and what it answers; a request that it would fail on with 500 because
 * an argument is no number is 400 here.
 */
public final class Httpbin implements Endpoint {
  private final Routes routes = new Routes();

  public Httpbin(NetworkClock clock) {
    HttpbinFormats.add(routes);
    HttpbinEcho.add(routes);
    HttpbinRedirects.add(routes);
    HttpbinStatus.add(routes);
    HttpbinCookies.add(routes);
    HttpbinAuth.add(routes);
    new HttpbinDynamic(clock).add(routes);
    HttpbinResponses.add(routes, clock);
    HttpbinImages.add(routes);
    routes.get("/", request -> Response.html(index()));
    routes.get("/legacy", request -> Response.html(index()));
  }

  @Override
  public Response handle(Request request) throws Exception {
    Response response;
    try {
      response = routes.handle(request);
    } catch (HttpError e) {
      response =
          refusal(
              e.status(),
              e.status() == 404
                  ? "The requested URL was not found on the server. If you entered the URL manually"
                      + " please check your spelling and try again."
                  : e.reason());
    } catch (NumberFormatException e) {
      response = refusal(400, "an argument is no number");
    }
    if (response.status() == 405 && response.headers().has("Allow")) {
      response =
          refusal(405, "The method is not allowed for the requested URL.")
              .with("Allow", response.headers().first("Allow").orElse(""));
    }
    return allowOtherOrigins(request, response);
  }

  /** A page as Werkzeug, on which httpbin stands, has it, whatever the client would rather have. */
  private static Response refusal(int status, String reason) {
    String name = StatusNames.of(status);
    return page(status + " " + name, name, reason).withStatus(status);
  }

  private static Response page(String title, String heading, String text) {
    return Response.html(
        "<!doctype html>\n<html lang=en>\n"
            + new Html().element("title", title).text("\n").element("h1", heading).text("\n")
            + new Html().element("p", text)
            + "\n");
  }

  /** Cross-origin resource sharing (Fetch Standard §3.2). */
  private static Response allowOtherOrigins(Request request, Response response) {
    Response open =
        response
            .with("Access-Control-Allow-Origin", request.header("Origin").orElse("*"))
            .with("Access-Control-Allow-Credentials", "true");
    if (!request.method().equals("OPTIONS")) {
      return open;
    }
    Response preflight =
        open.with("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, PATCH, OPTIONS")
            .with("Access-Control-Max-Age", "3600");
    return request
        .header("Access-Control-Request-Headers")
        .map(names -> preflight.with("Access-Control-Allow-Headers", names))
        .orElse(preflight);
  }

  private String index() {
    Html page =
        new Html()
            .open("html", "lang", "en")
            .element("title", "httpbin")
            .element("h1", "httpbin")
            .element("p", "A site to test HTTP clients against. It tells you what you sent.")
            .open("ul");
    for (String route : routes.list()) {
      int space = route.lastIndexOf(' ');
      String path = route.substring(space + 1);
      page.open("li");
      if (path.contains("{")) {
        page.element("code", path);
      } else {
        // A hub shows the page below a path of its own.
        page.element("a", path, "href", "." + path);
      }
      page.text(" " + route.substring(0, space)).close("li");
    }
    return page.close("ul").close("html").toString();
  }
}

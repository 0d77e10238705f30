package wirebook.engine.http.server.httpbin;

import java.io.IOException;
import java.math.BigInteger;
import java.util.stream.Stream;
import wirebook.engine.http.server.Headers;
import wirebook.engine.http.server.HttpError;
import wirebook.engine.http.server.Parameters;
import wirebook.engine.http.server.Request;
import wirebook.engine.http.server.Response;
import wirebook.engine.http.server.Routes;
import wirebook.spi.Html;

/** httpbin's redirects. */
final class HttpbinRedirects {
  private HttpbinRedirects() {}

  static void add(Routes routes) {
    routes.get(
        "/redirect/{n:int}",
        request -> {
          boolean absolute =
              request.query("absolute").map(a -> a.equalsIgnoreCase("true")).orElse(false);
          return redirect(request, absolute ? "absolute" : "relative", absolute);
        });
    routes.get(
        "/relative-redirect/{n:int}",
        request ->
            HttpbinStatus.emptyHtml()
                .withStatus(302)
                .with("Location", afterOne(request, "relative")));
    routes.get("/absolute-redirect/{n:int}", request -> redirect(request, "absolute", true));
    routes.add(HttpbinEcho.ALL, "/redirect-to", HttpbinRedirects::redirectTo);
  }

  private static Response redirect(Request request, String kind, boolean absolute) {
    String path = afterOne(request, kind);
    return moved(
        absolute ? HttpbinEcho.scheme(request) + "://" + HttpbinEcho.host(request) + path : path);
  }

  private static String afterOne(Request request, String kind) {
    BigInteger n = new BigInteger(request.parameter("n"));
    if (n.signum() == 0) {
      throw new HttpError(400, "nothing is left to redirect: n is 1 or more");
    }
    return n.equals(BigInteger.ONE)
        ? "/get"
        : "/" + kind + "-redirect/" + n.subtract(BigInteger.ONE);
  }

  static Response moved(String location) {
    Html link = new Html().element("a", location, "href", location);
    return Response.html(
            "<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n"
                + "<h1>Redirecting...</h1>\n"
                + "<p>You should be redirected automatically to the target URL: "
                + link
                + ". If not, click the link.\n")
        .withStatus(302)
        .with("Location", location);
  }

  private static Response redirectTo(Request request) throws IOException {
    Headers arguments =
        new Headers(
            Stream.concat(
                    request.query().list().stream(),
                    HttpbinEcho.form(request).fields().list().stream())
                .map(p -> new Headers.Field(p.name(), p.value()))
                .toList());
    String url =
        arguments
            .first("url")
            .filter(u -> new Headers.Field("Location", u).canBeSent())
            .orElseThrow(() -> new HttpError(400, "say where to: ?url=…"));
    int status = arguments.first("status_code").map(Integer::parseInt).orElse(302);
    return HttpbinStatus.emptyHtml()
        .withStatus(status >= 300 && status < 400 ? status : 302)
        .with("Location", Parameters.encodeUnsafe(url));
  }
}

package wirebook.engine.http.server.httpbin;

import java.util.List;
import java.util.Locale;
import wirebook.engine.http.server.Response;
import wirebook.engine.http.server.Routes;

/** httpbin's images. */
final class HttpbinImages {
  private HttpbinImages() {}

  static void add(Routes routes) {
    routes.get("/image/png", request -> image("image/png"));
    routes.get("/image/jpeg", request -> image("image/jpeg"));
    routes.get("/image/webp", request -> image("image/webp"));
    routes.get("/image/svg", request -> image("image/svg+xml"));
    routes.get(
        "/image",
        request -> {
          String accept = request.header("Accept").orElse("image/*").toLowerCase(Locale.ROOT);
          for (String type : List.of("image/webp", "image/svg+xml", "image/jpeg", "image/png")) {
            if (accept.contains(type)) {
              return image(type);
            }
          }
          return accept.contains("image/*") ? image("image/png") : HttpbinStatus.status(406);
        });
    routes.get("/favicon.ico", request -> image("image/png"));
  }

  private static Response image(String type) {
    String extension = type.substring("image/".length()).replace("+xml", "");
    return Response.of(type, HttpbinFormats.resource("image." + extension));
  }
}

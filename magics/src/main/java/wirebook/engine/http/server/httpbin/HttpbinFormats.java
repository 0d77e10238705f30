package wirebook.engine.http.server.httpbin;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import wirebook.codec.Resource;
import wirebook.engine.http.server.Request;
import wirebook.engine.http.server.Response;
import wirebook.engine.http.server.Routes;
import wirebook.trace.Bytes;

/** httpbin's response formats: pages, and codings of the content. */
final class HttpbinFormats {
  private HttpbinFormats() {}

  static void add(Routes routes) {
    routes.get("/html", request -> page("moby.html"));
    routes.get("/encoding/utf8", request -> page("utf8.html"));
    routes.get("/forms/post", request -> page("form.html"));
    routes.get("/xml", request -> Response.of("application/xml", resource("slides.xml")));
    routes.get("/json", request -> Response.of("application/json", resource("slides.json")));
    routes.get(
        "/robots.txt",
        request -> Response.of("text/plain", Bytes.utf8("User-agent: *\nDisallow: /deny\n")));
    routes.get("/deny", request -> Response.of("text/plain", resource("deny.txt")));
    addCodings(routes);
  }

  private static void addCodings(Routes routes) {
    routes.get("/gzip", request -> coded(request, "gzipped", "gzip", GZIPOutputStream::new));
    routes.get(
        "/deflate", request -> coded(request, "deflated", "deflate", DeflaterOutputStream::new));
    routes.get(
        "/brotli",
        request -> {
          Response plain = HttpbinEcho.json(coding(request, "brotli"));
          return plain
              .withContent(new Response.Content.Whole(Brotli.stored(bytes(plain))))
              .with("Content-Encoding", "br");
        });
  }

  private interface Coder {
    OutputStream over(OutputStream out) throws IOException;
  }

  private static Map<String, Object> coding(Request request, String flag) throws IOException {
    Map<String, Object> told = HttpbinEcho.told(request, "origin", "headers", "method");
    told.put(flag, true);
    return told;
  }

  private static Response coded(Request request, String flag, String coding, Coder coder)
      throws IOException {
    Response plain = HttpbinEcho.json(coding(request, flag));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream coded = coder.over(out)) {
      coded.write(bytes(plain).toArray());
    }
    return plain
        .withContent(new Response.Content.Whole(Bytes.of(out.toByteArray())))
        .with("Content-Encoding", coding);
  }

  private static Bytes bytes(Response response) {
    return response.content() instanceof Response.Content.Whole whole ? whole.bytes() : Bytes.EMPTY;
  }

  private static Response page(String name) {
    return Response.of("text/html; charset=utf-8", resource(name));
  }

  static Bytes resource(String name) {
    return Bytes.of(Resource.bytes(HttpbinFormats.class, name));
  }
}

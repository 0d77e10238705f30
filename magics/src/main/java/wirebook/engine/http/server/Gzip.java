package wirebook.engine.http.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import wirebook.trace.Bytes;

/**
 * Makes text smaller for clients that take it so (RFC 9110 §8.4.1.3, §12.5.3). Pictures and the
 * like are small already, and of what is next to nothing nothing would be saved.
 */
public record Gzip(Endpoint inside) implements Endpoint {
  private static final int LEAST = 256;
  private static final int PIECE = 16 * 1024;
  private static final Set<String> TEXTS =
      Set.of(
          "application/json",
          "application/javascript",
          "application/xml",
          "application/x-ndjson",
          "application/wasm",
          "image/svg+xml");

  @Override
  public Response handle(Request request) throws Exception {
    Response response = FileResponse.conditional(request, inside.handle(request));
    if (response.status() == 304) {
      // A client that has it compressed goes on with the tag of that (RFC 9110 §15.4.5).
      Headers weak = weak(response.headers());
      String held = String.join(",", request.headers().all("If-None-Match"));
      return weak.first("ETag").filter(held::contains).isPresent()
          ? response.withHeaders(weak).plus("Vary", "Accept-Encoding")
          : response;
    }
    if (response.status() == 206
        || response.headers().has("Content-Encoding")
        || !isText(response.headers().first("Content-Type").orElse(""))) {
      return response;
    }
    Response varied = response.plus("Vary", "Accept-Encoding");
    if (!accepts(String.join(",", request.headers().all("Accept-Encoding")))) {
      return varied;
    }
    return switch (response.content()) {
      case Response.Content.Whole whole when whole.bytes().length() < LEAST -> varied;
      case Response.Content.Whole whole ->
          smaller(varied, new Response.Content.Whole(compressed(whole.bytes())));
      case Response.Content.Streamed streamed -> smaller(varied, streamed(streamed.writer()));
      case Response.Content.Part part when part.length() < LEAST -> varied;
      case Response.Content.Part part ->
          smaller(varied, streamed(out -> FileResponse.copy(part, out)));
      case Response.Content.Trailed _, Response.Content.Upgrade _, Response.Content.Tunnelled _ ->
          response;
    };
  }

  private static Response smaller(Response response, Response.Content content) {
    Headers headers = response.headers().without("Accept-Ranges").without("Content-Length");
    return new Response(response.status(), weak(headers).plus("Content-Encoding", "gzip"), content);
  }

  /** Other bytes than the file's: the tag may stand for either only weakly (RFC 9110 §8.8.3). */
  private static Headers weak(Headers headers) {
    return headers
        .first("ETag")
        .filter(tag -> !tag.startsWith("W/"))
        .map(tag -> headers.with("ETag", "W/" + tag))
        .orElse(headers);
  }

  private static Response.Content streamed(Response.Writer writer) {
    return new Response.Content.Streamed(
        OptionalLong.empty(),
        out -> {
          // A flush is one of the compressor, too: events come when they are written.
          GZIPOutputStream gzip = new GZIPOutputStream(out, PIECE, true);
          writer.write(gzip);
          gzip.finish();
        });
  }

  private static Bytes compressed(Bytes bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes.toArray());
    }
    return Bytes.of(out.toByteArray());
  }

  private static boolean isText(String contentType) {
    int end = contentType.indexOf(';');
    String type =
        (end < 0 ? contentType : contentType.substring(0, end)).strip().toLowerCase(Locale.ROOT);
    return type.startsWith("text/") || type.endsWith("+json") || TEXTS.contains(type);
  }

  private static boolean accepts(String field) {
    boolean any = false;
    for (String coding : field.toLowerCase(Locale.ROOT).replace(" ", "").split(",")) {
      String[] parts = coding.split(";");
      boolean refused = coding.matches("[^;]*;q=0(\\.0*)?");
      if (parts[0].equals("gzip") || parts[0].equals("x-gzip")) {
        return !refused;
      }
      any |= parts[0].equals("*") && !refused;
    }
    return any;
  }
}

package wirebook.engine.http.server.httpbin;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import wirebook.engine.http.server.Headers;
import wirebook.engine.http.server.HttpError;
import wirebook.engine.http.server.Response;
import wirebook.engine.http.server.Routes;
import wirebook.trace.Bytes;

/** httpbin's status codes. */
final class HttpbinStatus {
  private HttpbinStatus() {}

  static Response emptyHtml() {
    return Response.html("");
  }

  static void add(Routes routes) {
    routes.add(
        HttpbinEcho.ALL,
        "/status/{codes}",
        request -> {
          try {
            return status(choose(request.parameter("codes")));
          } catch (NumberFormatException | HttpError e) {
            return Response.of("text/plain; charset=utf-8", Bytes.utf8("Invalid status code"))
                .withStatus(400);
          }
        });
  }

  /** One of {@code 200}, {@code 200,404} or {@code 200:3,404:0.5}, drawn by the weights. */
  private static int choose(String codes) {
    if (!codes.contains(",")) {
      return code(codes);
    }
    record Choice(int code, double weight) {}
    List<Choice> choices =
        Arrays.stream(codes.split(",", -1))
            .map(
                choice -> {
                  int colon = choice.indexOf(':');
                  return colon < 0
                      ? new Choice(code(choice), 1)
                      : new Choice(
                          code(choice.substring(0, colon)),
                          Double.parseDouble(choice.substring(colon + 1).strip()));
                })
            .toList();
    double drawn =
        ThreadLocalRandom.current().nextDouble()
            * choices.stream().mapToDouble(Choice::weight).sum();
    for (Choice choice : choices) {
      drawn -= choice.weight();
      if (drawn < 0) {
        return choice.code();
      }
    }
    return choices.getLast().code();
  }

  static int code(String text) {
    int code = Integer.parseInt(text.strip());
    if (code < 200 || code > 999) {
      // An interim status cannot end an exchange (RFC 9110 §15.2).
      throw new HttpError(400, "no final status: " + code);
    }
    return code;
  }

  static Response status(int code) {
    return switch (code) {
      case 301, 302, 303, 305, 307 -> Response.status(code).with("Location", "/redirect/1");
      case 304 -> Response.status(code);
      case 401 -> Response.status(code).with("WWW-Authenticate", "Basic realm=\"Fake Realm\"");
      case 402 ->
          plain(code, "Payment required: this is where the money would come in.")
              .with("x-more-info", "http://vimeo.com/22053820");
      case 406 ->
          Response.of(
                  "application/json",
                  Bytes.utf8(
                      "{\"message\": \"Client did not request a supported media type.\","
                          + " \"accept\": [\"image/webp\", \"image/svg+xml\", \"image/jpeg\","
                          + " \"image/png\", \"image/*\"]}"))
              .withStatus(code);
      case 407 -> Response.status(code).with("Proxy-Authenticate", "Basic realm=\"Fake Realm\"");
      case 418 ->
          new Response(
              code,
              Headers.of("x-more-info", "http://tools.ietf.org/html/rfc2324"),
              new Response.Content.Whole(HttpbinFormats.resource("teapot.txt")));
      default -> emptyHtml().withStatus(code);
    };
  }

  static Response plain(int code, String text) {
    return new Response(code, Headers.NONE, new Response.Content.Whole(Bytes.utf8(text)));
  }
}

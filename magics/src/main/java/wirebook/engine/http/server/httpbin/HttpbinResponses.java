package wirebook.engine.http.server.httpbin;

import java.math.BigInteger;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import wirebook.engine.http.server.Headers;
import wirebook.engine.http.server.HttpError;
import wirebook.engine.http.server.JsonForm;
import wirebook.engine.http.server.Parameters;
import wirebook.engine.http.server.Request;
import wirebook.engine.http.server.Response;
import wirebook.engine.http.server.Routes;
import wirebook.net.NetworkClock;
import wirebook.trace.Bytes;

/** httpbin's response inspection: fields that are asked for, validators and caching. */
final class HttpbinResponses {
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private HttpbinResponses() {}

  /** The answer tells its own fields, its length among them, until the two agree. */
  static Response responseHeaders(Request request) {
    List<Headers.Field> asked =
        request.query().list().stream().map(p -> new Headers.Field(p.name(), p.value())).toList();
    for (Headers.Field field : asked) {
      if (!field.canBeSent()) {
        throw new HttpError(400, "that cannot be a header field: " + field.name());
      }
    }
    int length = -1;
    Bytes body = Bytes.EMPTY;
    while (length != body.length()) {
      length = body.length();
      Parameters told =
          new Parameters(
              List.of(
                  new Parameters.Parameter("Content-Type", "application/json"),
                  new Parameters.Parameter("Content-Length", String.valueOf(length))));
      List<Parameters.Parameter> all = new ArrayList<>(told.list());
      all.addAll(request.query().list());
      body = Bytes.utf8(JsonForm.sorted(HttpbinEcho.flat(new Parameters(all))) + "\n");
    }
    Response response = Response.of("application/json", body);
    for (Headers.Field field : asked) {
      if (!field.name().equalsIgnoreCase("Content-Length")) {
        response = response.plus(field.name(), field.value());
      }
    }
    return response;
  }

  static void add(Routes routes, NetworkClock clock) {
    routes.add("GET POST", "/response-headers", HttpbinResponses::responseHeaders);
    routes.get(
        "/cache",
        request ->
            request.headers().has("If-Modified-Since") || request.headers().has("If-None-Match")
                ? Response.status(304)
                : HttpbinEcho.get(request)
                    .with("Last-Modified", DATE.format(clock.instant()))
                    .with("ETag", UUID.randomUUID().toString().replace("-", "")));
    routes.get(
        "/cache/{seconds:int}",
        request ->
            HttpbinEcho.get(request)
                .with(
                    "Cache-Control",
                    "public, max-age=" + new BigInteger(request.parameter("seconds"))));
    routes.get(
        "/etag/{etag}",
        request -> {
          String etag = request.parameter("etag");
          if (!new Headers.Field("ETag", etag).canBeSent()) {
            throw new HttpError(400, "that cannot be an entity tag");
          }
          List<String> none = entityTags(request.header("If-None-Match"));
          List<String> match = entityTags(request.header("If-Match"));
          if (!none.isEmpty()) {
            if (none.contains(etag) || none.contains("*")) {
              return Response.status(304).with("ETag", etag);
            }
          } else if (!match.isEmpty() && !match.contains(etag) && !match.contains("*")) {
            return HttpbinStatus.emptyHtml().withStatus(412);
          }
          return HttpbinEcho.get(request).with("ETag", etag);
        });
  }

  /** The tags of a list, without quotes and without the mark of a weak one. */
  private static List<String> entityTags(Optional<String> list) {
    return list.filter(text -> !text.isEmpty()).stream()
        .flatMap(text -> Arrays.stream(text.split(",")))
        .map(String::strip)
        .map(tag -> tag.startsWith("W/") ? tag.substring(2) : tag)
        .map(tag -> tag.replace("\"", ""))
        .toList();
  }
}

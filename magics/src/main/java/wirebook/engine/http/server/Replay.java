package wirebook.engine.http.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import wirebook.codec.Json;
import wirebook.engine.http.Har;
import wirebook.spi.Typos;
import wirebook.trace.Bytes;

/**
 * Answers as an HTTP Archive says (HAR 1.2): a request by what was answered to the same method,
 * path and query, where there are several by the one with the same content, and else one after the
 * other; the last stays. What the archive does not have is 404, with what is nearest.
 */
public final class Replay implements Endpoint {
  private static final int TOLERATED_TYPOS = 3;
  private static final int SHOWN = 5;

  /** What whoever sends writes anew; bodies in archives are not compressed. */
  private static final Set<String> NOT_SENT =
      Set.of(
          "content-length",
          "transfer-encoding",
          "content-encoding",
          "connection",
          "keep-alive",
          "date");

  private record Recorded(
      String request, Optional<String> content, int status, Response response, String why) {}

  private final String name;
  private final List<Recorded> all = new ArrayList<>();
  private final ConcurrentHashMap<String, Integer> turns = new ConcurrentHashMap<>();

  /**
   * @throws IOException with a sentence, when it cannot be read or is no archive
   */
  public Replay(Path file) throws IOException {
    name = String.valueOf(file.getFileName());
    OptionalInt taken = Har.read(Files.readString(file), entry -> all.add(recorded(entry)));
    if (taken.isPresent()) {
      throw new IOException(
          taken.getAsInt() == 0
              ? "it is no HTTP Archive"
              : "entry " + (taken.getAsInt() + 1) + " of it cannot be read");
    }
  }

  /** How many exchanges it has. */
  public int size() {
    return all.size();
  }

  private static Recorded recorded(Json.Obj entry) {
    Json.Obj request = Har.object(entry, "request");
    Json.Obj response = Har.object(entry, "response");
    String url = Har.needed(request, "url");
    // No URI: that would take no | and no lone %, which browsers write and send as they are.
    String path = url.replaceFirst("(?s)^(?:[^/?#]*//[^/?#]*)?([^#]*).*", "$1");
    String target = (path.startsWith("/") ? "" : "/") + path;
    Optional<String> content =
        request.get("postData") instanceof Json.Obj data
            ? Optional.of(Har.word(data, "text"))
            : Optional.empty();
    Headers headers = Headers.NONE;
    for (Json field : Har.items(response, "headers")) {
      String header = Har.needed(Har.object(field), "name");
      Headers.Field one = new Headers.Field(header, Har.needed(Har.object(field), "value"));
      if (!NOT_SENT.contains(header.toLowerCase(Locale.ROOT)) && one.canBeSent()) {
        headers = headers.plus(one.name(), one.value());
      }
    }
    int status = Integer.parseInt(Har.needed(response, "status"));
    return new Recorded(
        Har.needed(request, "method") + " " + target,
        content,
        status,
        Response.status(status < 200 || status > 999 ? 502 : status)
            .withHeaders(headers)
            .withContent(new Response.Content.Whole(body(response))),
        Har.word(entry, "comment"));
  }

  private static Bytes body(Json.Obj response) {
    if (!(response.get("content") instanceof Json.Obj content)) {
      return Bytes.EMPTY;
    }
    String text = Har.word(content, "text");
    return Har.word(content, "encoding").equals("base64")
        ? Bytes.of(Base64.getMimeDecoder().decode(text))
        : Bytes.of(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public Response handle(Request request) throws IOException {
    String asked = request.method() + " " + request.target();
    // What HEAD is answered has no content, and may not say how long that would be.
    List<Recorded> same =
        request.method().equals("HEAD") ? of("GET " + request.target()) : List.of();
    if (same.isEmpty()) {
      same = of(asked);
    }
    if (same.isEmpty()) {
      request.note("not in the recording");
      return ErrorPage.of(request, 404, name + " has no " + asked + ". " + nearest(asked));
    }
    if (same.size() > 1) {
      String content = request.text();
      List<Recorded> equal =
          same.stream().filter(r -> r.content().orElse("").equals(content)).toList();
      same = equal.isEmpty() ? same : equal;
    }
    int turn = turns.merge(asked + " " + same.getFirst().content(), 1, Integer::sum);
    Recorded recorded = same.get(Math.min(turn, same.size()) - 1);
    if (recorded.status() < 200 || recorded.status() > 999) {
      return ErrorPage.of(
          request, 502, name + " has " + asked + " without a response" + ofWhat(recorded.why()));
    }
    return recorded.response();
  }

  private static String ofWhat(String why) {
    return why.isEmpty() ? "" : " (" + why + ")";
  }

  private List<Recorded> of(String request) {
    return all.stream().filter(r -> r.request().equals(request)).toList();
  }

  private String nearest(String asked) {
    List<String> has = all.stream().map(Recorded::request).distinct().toList();
    String path = asked.replaceFirst("\\?.*", "");
    return has.stream()
        .filter(r -> r.replaceFirst("\\?.*", "").equals(path))
        .findFirst()
        .or(() -> Typos.nearest(asked, has, TOLERATED_TYPOS))
        .map(r -> "The nearest is " + r + ".")
        .orElseGet(
            () ->
                has.isEmpty()
                    ? "It is empty."
                    : "It has "
                        + has.stream().limit(SHOWN).collect(Collectors.joining(", "))
                        + (has.size() > SHOWN ? " and " + (has.size() - SHOWN) + " more." : "."));
  }
}

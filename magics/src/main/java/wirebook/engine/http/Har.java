package wirebook.engine.http;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import wirebook.codec.Json;
import wirebook.codec.JsonStyle;
import wirebook.trace.Bytes;
import wirebook.trace.Event;
import wirebook.trace.Trace;

/**
 * Exchanges as an HTTP Archive, version 1.2 (w3c.github.io/web-performance, HAR), which browsers'
 * developer tools open. As those write it by default, it has no secrets: see {@link
 * HttpExchange#withoutSecrets}.
 */
public final class Har {
  private static final String LEFT_OUT =
      "without Authorization, Proxy-Authorization, Cookie, Set-Cookie and passwords of URLs";

  private Har() {}

  /** What ends an archive, behind its entries. */
  public static final String TAIL = "\n  ]}\n}\n";

  /**
   * The archive.
   *
   * @param version of what made it
   */
  public static String text(HttpTransfer transfer, String version) {
    return transfer.exchanges().stream()
        .map(e -> text(entry(e.withoutSecrets(), transfer)))
        .collect(Collectors.joining(",\n", head("%curl", version), TAIL));
  }

  /**
   * What begins an archive; entries with commas between and {@link #TAIL} follow.
   *
   * @param magic that makes it
   * @param version of that
   */
  public static String head(String magic, String version) {
    return """
        {
          "log": {
            "version": "1.2",
            "creator": {"name": %s, "version": %s},
            "comment": %s,
            "entries": [
        """
        .formatted(
            Json.of("Wirebook " + magic).write(),
            Json.of(version).write(),
            Json.of(LEFT_OUT).write());
  }

  /** One exchange, without its secrets. */
  public static String entry(HttpExchange exchange) {
    return text(
        entry(exchange.withoutSecrets(), new HttpTransfer(List.of(exchange), 0, "", Trace.EMPTY)));
  }

  private static String text(Json.Obj entry) {
    return entry.write(JsonStyle.INDENTED);
  }

  /**
   * Reads an archive, whoever wrote it.
   *
   * @param taker takes one entry after the other; what it throws at one of another form than it
   *     expects ends that
   * @return how many it took, where the next one cannot be read or it is no archive at all
   */
  public static OptionalInt read(String text, Consumer<Json.Obj> taker) {
    int taken = 0;
    try {
      for (Json entry : items(object(object(Json.parse(text)), "log"), "entries")) {
        taker.accept(object(entry));
        taken++;
      }
      return OptionalInt.empty();
    } catch (Json.Malformed | IllegalArgumentException e) {
      return OptionalInt.of(taken);
    }
  }

  private static IllegalArgumentException otherForm() {
    return new IllegalArgumentException("an archive has something else there");
  }

  /** What has to be an object, and so have the next three. */
  public static Json.Obj object(Json json) {
    if (json instanceof Json.Obj object) {
      return object;
    }
    throw otherForm();
  }

  public static Json.Obj object(Json.Obj json, String member) {
    return object(json.get(member));
  }

  public static List<Json> items(Json.Obj json, String member) {
    if (json.get(member) instanceof Json.Arr(List<Json> items)) {
      return items;
    }
    throw otherForm();
  }

  public static String needed(Json.Obj json, String member) {
    return switch (json.get(member)) {
      case Json.Text(String text) -> text;
      case Json.Num(String literal) -> literal;
      case Json.Null _, Json.Bool _, Json.Arr _, Json.Obj _ -> throw otherForm();
    };
  }

  /** A member of an entry that is a word; empty where it is not there, or something else. */
  public static String word(Json.Obj json, String member) {
    return json.get(member) instanceof Json.Text(String value) ? value : "";
  }

  private static Json.Obj entry(HttpExchange exchange, HttpTransfer transfer) {
    Json.Obj timings = timings(exchange.timing());
    Json.Obj entry =
        Json.object(
            "startedDateTime",
            exchange.timing().start().toString(),
            "time",
            Stream.of("blocked", "dns", "connect", "send", "wait", "receive")
                .mapToDouble(
                    name -> Math.max(0, timings.get(name) instanceof Json.Num n ? n.real() : 0))
                .sum(),
            "request",
            request(exchange),
            "response",
            response(exchange),
            "cache",
            Json.Obj.EMPTY,
            "timings",
            timings);
    Optional<String> peer = peer(transfer.trace(), exchange.channel());
    if (peer.isPresent()) {
      entry = entry.with("serverIPAddress", Json.of(peer.get()));
    }
    entry = entry.with("connection", Json.of(Integer.toString(exchange.channel())));
    return exchange.response().isPresent()
        ? entry
        : entry.with("comment", Json.of("no response: " + transfer.error()));
  }

  private static Optional<String> peer(Trace trace, int channel) {
    return trace
        .of(Event.Connected.class)
        .filter(e -> e.channel() == channel && e.remote().getAddress() != null)
        .findFirst()
        .map(e -> e.remote().getAddress().getHostAddress());
  }

  private static Json.Obj request(HttpExchange exchange) {
    HttpRequest request = exchange.request();
    Json.Obj json =
        Json.object(
            "method",
            request.method(),
            "url",
            exchange.url().replaceFirst("#.*", ""),
            "httpVersion",
            request.version(),
            "cookies",
            Json.Arr.EMPTY,
            "headers",
            headers(request.headers()),
            "queryString",
            query(exchange.url()));
    if (request.bodyLength() > 0) {
      Json.Obj body = Json.object("mimeType", request.header("Content-Type").orElse(""));
      // The format has no place for bytes here; the name with _ is the one it leaves to us.
      json =
          json.with(
              "postData",
              content(
                  body, "_encoding", request.body(), StandardCharsets.UTF_8, request.bodyLength()));
    }
    return json.with("headersSize", Json.of(headSize(request.version(), request.head())))
        .with("bodySize", Json.of(request.bodyLength()));
  }

  private static Json.Obj response(HttpExchange exchange) {
    Optional<HttpResponse> response = exchange.response();
    Json.Obj body =
        Json.object(
            "size",
            response.map(HttpResponse::bodyLength).orElse(0L),
            "mimeType",
            response.flatMap(r -> r.header("Content-Type")).orElse(""));
    return Json.object(
        "status",
        response.map(HttpResponse::status).orElse(0),
        "statusText",
        response.map(HttpResponse::reason).orElse(""),
        "httpVersion",
        response.map(HttpResponse::version).orElse(exchange.request().version()),
        "cookies",
        Json.Arr.EMPTY,
        "headers",
        headers(response.map(HttpResponse::headers).orElse(List.of())),
        "content",
        response
            .map(r -> content(body, "encoding", r.content(), r.charset(), r.bodyLength()))
            .orElse(body),
        "redirectURL",
        response.flatMap(r -> r.header("Location")).orElse(""),
        "headersSize",
        response.map(r -> headSize(r.version(), r.head())).orElse(-1),
        // How long a compressed body was on the wire is not known any more.
        "bodySize",
        response
            .filter(r -> r.header("Content-Encoding").isEmpty())
            .map(HttpResponse::bodyLength)
            .orElse(-1L));
  }

  /** HTTP/2's heads are compressed on the wire. */
  private static int headSize(String version, Bytes head) {
    return version.startsWith("HTTP/2") || head.length() == 0 ? -1 : head.length();
  }

  private static Json.Obj content(
      Json.Obj about, String encoding, Bytes bytes, Charset charset, long length) {
    Json.Obj body =
        bytes.length() < length
            ? about.with(
                "comment",
                Json.of("cut: the first " + bytes.length() + " of " + length + " bytes were kept"))
            : about;
    String text = bytes.text(charset);
    return Bytes.of(text.getBytes(charset)).equals(bytes) && text.indexOf('\0') < 0
        ? body.with("text", Json.of(text))
        : body.with("text", Json.of(Base64.getEncoder().encodeToString(bytes.toArray())))
            .with(encoding, Json.of("base64"));
  }

  private static Json headers(List<HttpHeader> headers) {
    return Json.of(headers.stream().map(h -> pair(h.name(), h.value())).toList());
  }

  private static Json query(String url) {
    List<Json> all = new ArrayList<>();
    String whole = url.replaceFirst("#.*", "");
    int from = whole.indexOf('?');
    for (String part : from < 0 ? new String[0] : whole.substring(from + 1).split("&")) {
      if (!part.isEmpty()) {
        String[] both = part.split("=", 2);
        all.add(pair(plain(both[0]), both.length > 1 ? plain(both[1]) : ""));
      }
    }
    return Json.of(all);
  }

  private static String plain(String escaped) {
    return ByteText.toText(ByteText.unescape(ByteText.fromText(escaped.replace('+', ' '))));
  }

  private static Json pair(String name, String value) {
    return Json.object("name", name, "value", value);
  }

  /** Milliseconds; -1 for what did not happen. {@code connect} includes {@code ssl}. */
  private static Json.Obj timings(HttpTiming t) {
    Duration known = later(t.queued(), t.nameLookup());
    Duration connected = later(known, t.connect());
    Duration ready = later(connected, t.tls());
    Duration sent = later(ready, t.sent());
    Duration first = later(sent, t.firstByte().isZero() ? t.total() : t.firstByte());
    return Json.object(
        "blocked",
        step(t.queued(), Duration.ZERO, t.queued()),
        "dns",
        step(t.nameLookup(), t.queued(), known),
        "connect",
        step(later(t.connect(), t.tls()), known, ready),
        "ssl",
        step(t.tls(), connected, ready),
        "send",
        milliseconds(sent.minus(ready)),
        "wait",
        milliseconds(first.minus(sent)),
        "receive",
        milliseconds(later(t.total(), first).minus(first)));
  }

  private static double step(Duration when, Duration from, Duration to) {
    return when.isZero() ? -1 : milliseconds(to.minus(from));
  }

  private static double milliseconds(Duration duration) {
    return Math.round(duration.toNanos() / 1000.0) / 1000.0;
  }

  private static Duration later(Duration a, Duration b) {
    return a.compareTo(b) > 0 ? a : b;
  }
}

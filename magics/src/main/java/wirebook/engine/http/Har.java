package wirebook.engine.http;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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

  private static final Gson JSON =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

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
        .formatted(JSON.toJson("Wirebook " + magic), JSON.toJson(version), JSON.toJson(LEFT_OUT));
  }

  /** One exchange, without its secrets. */
  public static String entry(HttpExchange exchange) {
    return text(
        entry(exchange.withoutSecrets(), new HttpTransfer(List.of(exchange), 0, "", Trace.EMPTY)));
  }

  private static String text(JsonObject entry) {
    return JSON.toJson(entry);
  }

  /**
   * Reads an archive, whoever wrote it.
   *
   * @param taker takes one entry after the other; what it throws at one of another form than it
   *     expects ends that
   * @return how many it took, where the next one cannot be read or it is no archive at all
   */
  public static OptionalInt read(String text, Consumer<JsonObject> taker) {
    int taken = 0;
    try {
      for (JsonElement entry :
          JsonParser.parseString(text)
              .getAsJsonObject()
              .getAsJsonObject("log")
              .getAsJsonArray("entries")) {
        taker.accept(entry.getAsJsonObject());
        taken++;
      }
      return OptionalInt.empty();
    } catch (JsonParseException
        | IllegalStateException
        | IllegalArgumentException
        | ClassCastException
        | NullPointerException
        | UnsupportedOperationException e) {
      return OptionalInt.of(taken);
    }
  }

  /** A member of an entry that is a word; empty where it is not there, or something else. */
  public static String word(JsonObject json, String member) {
    return json.get(member) instanceof JsonPrimitive value ? value.getAsString() : "";
  }

  private static JsonObject entry(HttpExchange exchange, HttpTransfer transfer) {
    JsonObject entry = new JsonObject();
    entry.addProperty("startedDateTime", exchange.timing().start().toString());
    JsonObject timings = timings(exchange.timing());
    entry.addProperty(
        "time",
        Stream.of("blocked", "dns", "connect", "send", "wait", "receive")
            .mapToDouble(name -> Math.max(0, timings.get(name).getAsDouble()))
            .sum());
    entry.add("request", request(exchange));
    entry.add("response", response(exchange));
    entry.add("cache", new JsonObject());
    entry.add("timings", timings);
    peer(transfer.trace(), exchange.channel())
        .ifPresent(p -> entry.addProperty("serverIPAddress", p));
    entry.addProperty("connection", Integer.toString(exchange.channel()));
    if (exchange.response().isEmpty()) {
      entry.addProperty("comment", "no response: " + transfer.error());
    }
    return entry;
  }

  private static Optional<String> peer(Trace trace, int channel) {
    return trace
        .of(Event.Connected.class)
        .filter(e -> e.channel() == channel && e.remote().getAddress() != null)
        .findFirst()
        .map(e -> e.remote().getAddress().getHostAddress());
  }

  private static JsonObject request(HttpExchange exchange) {
    HttpRequest request = exchange.request();
    JsonObject json = new JsonObject();
    json.addProperty("method", request.method());
    json.addProperty("url", exchange.url().replaceFirst("#.*", ""));
    json.addProperty("httpVersion", request.version());
    json.add("cookies", new JsonArray());
    json.add("headers", headers(request.headers()));
    json.add("queryString", query(exchange.url()));
    if (request.bodyLength() > 0) {
      JsonObject body = new JsonObject();
      body.addProperty("mimeType", request.header("Content-Type").orElse(""));
      // The format has no place for bytes here; the name with _ is the one it leaves to us.
      content(body, "_encoding", request.body(), StandardCharsets.UTF_8, request.bodyLength());
      json.add("postData", body);
    }
    json.addProperty("headersSize", headSize(request.version(), request.head()));
    json.addProperty("bodySize", request.bodyLength());
    return json;
  }

  private static JsonObject response(HttpExchange exchange) {
    Optional<HttpResponse> response = exchange.response();
    JsonObject json = new JsonObject();
    json.addProperty("status", response.map(HttpResponse::status).orElse(0));
    json.addProperty("statusText", response.map(HttpResponse::reason).orElse(""));
    json.addProperty(
        "httpVersion", response.map(HttpResponse::version).orElse(exchange.request().version()));
    json.add("cookies", new JsonArray());
    json.add("headers", headers(response.map(HttpResponse::headers).orElse(List.of())));
    JsonObject body = new JsonObject();
    body.addProperty("size", response.map(HttpResponse::bodyLength).orElse(0L));
    body.addProperty("mimeType", response.flatMap(r -> r.header("Content-Type")).orElse(""));
    response.ifPresent(r -> content(body, "encoding", r.content(), r.charset(), r.bodyLength()));
    json.add("content", body);
    json.addProperty("redirectURL", response.flatMap(r -> r.header("Location")).orElse(""));
    json.addProperty("headersSize", response.map(r -> headSize(r.version(), r.head())).orElse(-1));
    // How long a compressed body was on the wire is not known any more.
    json.addProperty(
        "bodySize",
        response
            .filter(r -> r.header("Content-Encoding").isEmpty())
            .map(HttpResponse::bodyLength)
            .orElse(-1L));
    return json;
  }

  /** HTTP/2's heads are compressed on the wire. */
  private static int headSize(String version, Bytes head) {
    return version.startsWith("HTTP/2") || head.length() == 0 ? -1 : head.length();
  }

  private static void content(
      JsonObject body, String encoding, Bytes bytes, Charset charset, long length) {
    if (bytes.length() < length) {
      body.addProperty(
          "comment", "cut: the first " + bytes.length() + " of " + length + " bytes were kept");
    }
    String text = bytes.text(charset);
    if (Bytes.of(text.getBytes(charset)).equals(bytes) && text.indexOf('\0') < 0) {
      body.addProperty("text", text);
    } else {
      body.addProperty("text", Base64.getEncoder().encodeToString(bytes.toArray()));
      body.addProperty(encoding, "base64");
    }
  }

  private static JsonArray headers(List<HttpHeader> headers) {
    JsonArray all = new JsonArray();
    headers.forEach(h -> all.add(pair(h.name(), h.value())));
    return all;
  }

  private static JsonArray query(String url) {
    JsonArray all = new JsonArray();
    String whole = url.replaceFirst("#.*", "");
    int from = whole.indexOf('?');
    for (String part : from < 0 ? new String[0] : whole.substring(from + 1).split("&")) {
      if (!part.isEmpty()) {
        String[] both = part.split("=", 2);
        all.add(pair(plain(both[0]), both.length > 1 ? plain(both[1]) : ""));
      }
    }
    return all;
  }

  private static String plain(String escaped) {
    return ByteText.toText(ByteText.unescape(ByteText.fromText(escaped.replace('+', ' '))));
  }

  private static JsonObject pair(String name, String value) {
    JsonObject pair = new JsonObject();
    pair.addProperty("name", name);
    pair.addProperty("value", value);
    return pair;
  }

  /** Milliseconds; -1 for what did not happen. {@code connect} includes {@code ssl}. */
  private static JsonObject timings(HttpTiming t) {
    Duration known = later(t.queued(), t.nameLookup());
    Duration connected = later(known, t.connect());
    Duration ready = later(connected, t.tls());
    Duration sent = later(ready, t.sent());
    Duration first = later(sent, t.firstByte().isZero() ? t.total() : t.firstByte());
    JsonObject json = new JsonObject();
    json.addProperty("blocked", step(t.queued(), Duration.ZERO, t.queued()));
    json.addProperty("dns", step(t.nameLookup(), t.queued(), known));
    json.addProperty("connect", step(later(t.connect(), t.tls()), known, ready));
    json.addProperty("ssl", step(t.tls(), connected, ready));
    json.addProperty("send", milliseconds(sent.minus(ready)));
    json.addProperty("wait", milliseconds(first.minus(sent)));
    json.addProperty("receive", milliseconds(later(t.total(), first).minus(first)));
    return json;
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

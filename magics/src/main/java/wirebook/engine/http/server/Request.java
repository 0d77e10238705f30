package wirebook.engine.http.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Supplier;
import wirebook.codec.Json;
import wirebook.trace.Bytes;

/**
 * A request as an {@link Endpoint} sees it (RFC 9110 §3.4). Its content is read from the connection
 * when it is asked for; one thread uses a request at a time.
 */
public final class Request {
  /** Bytes that {@link #body} and {@link #form} hold at most. */
  static final int MOST_IN_MEMORY = 64 << 20;

  private final String method;
  private final String target;
  private final String protocol;
  private final boolean secure;
  private final Headers headers;
  private final InetSocketAddress remote;
  private final InputStream content;
  private final Supplier<Headers> trailers;
  private final Map<String, String> pathParameters;
  private final Way way;
  private Optional<Bytes> body = Optional.empty();
  private Optional<Form> form = Optional.empty();

  /** The connection that a request came over, and its line in the log. */
  @FunctionalInterface
  interface Way {
    void note(String remark);

    /** Whether the client is known to have hung up; in the clear that is looked for. */
    default boolean isGone() {
      return false;
    }
  }

  /**
   * @param target the request target as sent: {@code /path?query}
   * @param protocol such as {@code HTTP/1.1}
   * @param content the content, without framing
   */
  public Request(
      String method,
      String target,
      String protocol,
      boolean secure,
      Headers headers,
      InetSocketAddress remote,
      InputStream content) {
    this(
        method, target, protocol, secure, headers, remote, content, () -> Headers.NONE, note -> {});
  }

  /**
   * @param trailers the fields behind the content, asked for when that has been read
   * @param way where it came from, which gets remarks for the log
   */
  Request(
      String method,
      String target,
      String protocol,
      boolean secure,
      Headers headers,
      InetSocketAddress remote,
      InputStream content,
      Supplier<Headers> trailers,
      Way way) {
    this(method, target, protocol, secure, headers, remote, content, trailers, way, Map.of());
  }

  private Request(
      String method,
      String target,
      String protocol,
      boolean secure,
      Headers headers,
      InetSocketAddress remote,
      InputStream content,
      Supplier<Headers> trailers,
      Way way,
      Map<String, String> pathParameters) {
    this.method = method;
    this.target = target;
    this.protocol = protocol;
    this.secure = secure;
    this.headers = headers;
    this.remote = remote;
    this.content = content;
    this.trailers = trailers;
    this.way = way;
    this.pathParameters = pathParameters;
  }

  /** The same request with the parts of its path that a route's template names. */
  Request withPathParameters(Map<String, String> parameters) {
    return new Request(
        method,
        target,
        protocol,
        secure,
        headers,
        remote,
        content,
        trailers,
        way,
        Map.copyOf(parameters));
  }

  /** The same request with other fields and its content read by way of {@code in}. */
  Request with(Headers fields, InputStream in) {
    return new Request(
        method, target, protocol, secure, fields, remote, in, trailers, way, pathParameters);
  }

  /** The same request as from another client; its content can be read by one of the two. */
  public Request from(InetSocketAddress client) {
    return new Request(
        method, target, protocol, secure, headers, client, content, trailers, way, pathParameters);
  }

  public String method() {
    return method;
  }

  /** The request target as sent. */
  public String target() {
    return target;
  }

  public String protocol() {
    return protocol;
  }

  /** Whether it came over TLS. */
  public boolean secure() {
    return secure;
  }

  public Headers headers() {
    return headers;
  }

  public Optional<String> header(String name) {
    return headers.first(name);
  }

  /** The client's address. */
  public InetSocketAddress remote() {
    return remote;
  }

  /**
   * Where the request began, as the proxies at these addresses tell it in {@code Forwarded} (RFC
   * 7239) or {@code X-Forwarded-For}; with none named, what the connection itself says. Anyone can
   * write such fields: name only proxies of your own.
   */
  public Origin origin(String... trustedProxies) {
    return Origin.of(this, Set.of(trustedProxies));
  }

  /** Adds a remark to the line of this request in the log. */
  public void note(String remark) {
    way.note(remark);
  }

  /** Whether nobody waits for the answer any more, as far as that is known. */
  boolean isAbandoned() {
    return way.isGone();
  }

  /** The path as sent, without query, percent-encoded. */
  public String path() {
    int query = target.indexOf('?');
    return query < 0 ? target : target.substring(0, query);
  }

  /** The query as sent, without the question mark. */
  public Optional<String> queryText() {
    int query = target.indexOf('?');
    return query < 0 ? Optional.empty() : Optional.of(target.substring(query + 1));
  }

  public Parameters query() {
    return queryText().map(Parameters::parse).orElse(Parameters.NONE);
  }

  public Optional<String> query(String name) {
    return query().first(name);
  }

  /**
   * The decoded part of the path that {@code {name}} in the route stands for.
   *
   * @throws IllegalArgumentException when the route has no such part
   */
  public String parameter(String name) {
    String value = pathParameters.get(name);
    if (value == null) {
      throw new IllegalArgumentException(
          "the route has no {" + name + "}, only " + pathParameters.keySet());
    }
    return value;
  }

  /** {@code Host}, or the empty string where a client sent none (HTTP/1.0). */
  public String host() {
    return header("Host").orElse("");
  }

  /** The cookies by name; of two with one name the first counts (RFC 6265 §5.4 sorts them). */
  public SequencedMap<String, String> cookies() {
    SequencedMap<String, String> cookies = new LinkedHashMap<>();
    for (String line : headers.all("Cookie")) {
      for (String pair : line.split(";")) {
        int equals = pair.indexOf('=');
        String name = (equals < 0 ? pair : pair.substring(0, equals)).strip();
        if (!name.isEmpty()) {
          String value = equals < 0 ? "" : pair.substring(equals + 1).strip();
          boolean quoted = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
          cookies.putIfAbsent(
              name, quoted ? unescaped(value.substring(1, value.length() - 1)) : value);
        }
      }
    }
    return cookies;
  }

  /**
   * With a backslash and three octal digits, or any character, undone: many servers quote so, a
   * character beyond ASCII as the bytes of UTF-8.
   */
  private static String unescaped(String value) {
    if (value.indexOf('\\') < 0) {
      return value;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(value.length());
    int i = 0;
    while (i < value.length()) {
      if (i + 3 < value.length() && value.substring(i, i + 4).matches("\\\\[0-3][0-7]{2}")) {
        out.write(Integer.parseInt(value.substring(i + 1, i + 4), 8));
        i += 4;
      } else {
        int plain = value.charAt(i) == '\\' && i + 1 < value.length() ? i + 1 : i;
        int next = value.offsetByCodePoints(plain, 1);
        out.writeBytes(value.substring(plain, next).getBytes(StandardCharsets.UTF_8));
        i = next;
      }
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  /** {@code Content-Type} without parameters, in lower case; empty when there is none. */
  public String mediaType() {
    return MediaTypes.essence(header("Content-Type").orElse(""));
  }

  /** The content as it arrives. Either this, {@link #body} or {@link #form} reads it, once. */
  public InputStream content() {
    return content;
  }

  /** The fields behind the content (RFC 9110 §6.5); none before all of it has been read. */
  public Headers trailers() {
    return trailers.get();
  }

  /** The whole content; read at the first call and then kept. */
  public Bytes body() throws IOException {
    if (body.isEmpty()) {
      body = Optional.of(readWhole(content));
    }
    return body.get();
  }

  /**
   * All of {@code in}.
   *
   * @throws HttpError 413 when that is more than is held in memory
   */
  static Bytes readWhole(InputStream in) throws IOException {
    byte[] bytes = in.readNBytes(MOST_IN_MEMORY + 1);
    if (bytes.length > MOST_IN_MEMORY) {
      throw new HttpError(
          413, "more than " + MOST_IN_MEMORY + " bytes of content are not held in memory");
    }
    return Bytes.of(bytes);
  }

  /** The content as UTF-8 text. */
  public String text() throws IOException {
    return body().text();
  }

  /**
   * The content as JSON, as a value of {@code type}, for example a record: components without a
   * member are null or zero.
   *
   * @throws HttpError 400 when it is no JSON, or none that fits
   */
  public <T> T json(Class<T> type) throws IOException {
    String text = text();
    return JsonForm.to(
        type,
        Json.read(text)
            .orElseThrow(
                () ->
                    new HttpError(
                        400, text.isEmpty() ? "there is no content" : "the content is no JSON")));
  }

  /** The fields and files of a form; empty when the content is no form. */
  public Form form() throws IOException {
    if (form.isEmpty()) {
      form = Optional.of(Form.read(this));
    }
    return form.get();
  }

  @Override
  public String toString() {
    return method + " " + target + " " + protocol;
  }
}

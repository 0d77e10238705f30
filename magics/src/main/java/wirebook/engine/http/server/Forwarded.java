package wirebook.engine.http.server;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What one proxy on the way says of the request as it got it: an element of {@code Forwarded} (RFC
 * 7239 §4), or what stands at its place in {@code X-Forwarded-For}. Anyone can write such a field.
 *
 * @param by the side of the proxy on which it came in
 * @param client whom the proxy got it from: an address, with or without a port, {@code unknown}, or
 *     a name of its own that begins with {@code _}
 * @param host the {@code Host} that the proxy got
 * @param scheme {@code http} or {@code https}, as the proxy was asked
 */
public record Forwarded(
    Optional<String> client, Optional<String> by, Optional<String> host, Optional<String> scheme) {
  private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
  private static final String QUOTED = "\"(?:[^\"\\\\]|\\\\.)*\"";
  private static final Pattern PAIR =
      Pattern.compile("[ \t]*(" + TOKEN + ")=(" + TOKEN + "|" + QUOTED + ")[ \t]*");
  private static final Pattern PORT = Pattern.compile("(\\[[0-9a-fA-F:.]+]|[0-9.]+)(:[0-9]+)?");

  /** The address of the client, without port and brackets. */
  public Optional<String> address() {
    return client.map(
        node -> {
          Matcher matcher = PORT.matcher(node);
          String host = matcher.matches() ? matcher.group(1) : node;
          return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        });
  }

  /**
   * The hops of a request, that of the proxy next to the client first: from {@code Forwarded}, or,
   * where that is missing, from {@code X-Forwarded-For}, whose last hop takes {@code
   * X-Forwarded-Host} and {@code X-Forwarded-Proto}. Empty when there is none, or one is malformed.
   */
  public static List<Forwarded> of(Headers headers) {
    List<String> lines = headers.all("Forwarded");
    return lines.isEmpty() ? older(headers) : parse(String.join(",", lines));
  }

  private static List<Forwarded> parse(String list) {
    List<Forwarded> hops = new ArrayList<>();
    Matcher pair = PAIR.matcher(list);
    Map<String, String> pairs = new HashMap<>();
    int at = 0;
    while (at < list.length()) {
      char c = list.charAt(at);
      if (c == ',' || c == ';' || c == ' ' || c == '\t') {
        if (c == ',' && !pairs.isEmpty()) {
          hops.add(of(pairs));
          pairs.clear();
        }
        at++;
      } else if (pair.region(at, list.length()).lookingAt()) {
        pairs.put(pair.group(1).toLowerCase(Locale.ROOT), unquoted(pair.group(2)));
        at = pair.end();
      } else {
        return List.of();
      }
    }
    if (!pairs.isEmpty()) {
      hops.add(of(pairs));
    }
    return hops;
  }

  private static Forwarded of(Map<String, String> pairs) {
    return new Forwarded(
        Optional.ofNullable(pairs.get("for")),
        Optional.ofNullable(pairs.get("by")),
        Optional.ofNullable(pairs.get("host")),
        Optional.ofNullable(pairs.get("proto")));
  }

  private static String unquoted(String value) {
    return value.startsWith("\"")
        ? value.substring(1, value.length() - 1).replaceAll("\\\\(.)", "$1")
        : value;
  }

  private static List<Forwarded> older(Headers headers) {
    List<Forwarded> hops = new ArrayList<>();
    String list = String.join(",", headers.all("X-Forwarded-For"));
    for (String node : list.split(",")) {
      if (!node.isBlank()) {
        hops.add(
            new Forwarded(
                Optional.of(node.strip()), Optional.empty(), Optional.empty(), Optional.empty()));
      }
    }
    if (!hops.isEmpty()) {
      Forwarded last = hops.removeLast();
      hops.add(
          new Forwarded(
              last.client(),
              Optional.empty(),
              headers.first("X-Forwarded-Host"),
              headers.first("X-Forwarded-Proto")));
    }
    return hops;
  }

  /** As an element of the field. */
  String element() {
    List<String> pairs = new ArrayList<>();
    by.ifPresent(value -> pairs.add("by=" + quoted(value)));
    client.ifPresent(value -> pairs.add("for=" + quoted(value)));
    host.ifPresent(value -> pairs.add("host=" + quoted(value)));
    scheme.ifPresent(value -> pairs.add("proto=" + quoted(value)));
    return String.join(";", pairs);
  }

  private static String quoted(String value) {
    return value.matches(TOKEN)
        ? value
        : "\"" + value.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }
}

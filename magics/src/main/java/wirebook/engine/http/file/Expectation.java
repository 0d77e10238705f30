package wirebook.engine.http.file;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import wirebook.codec.Json;
import wirebook.engine.http.HttpResponse;
import wirebook.engine.http.HttpTransfer;
import wirebook.engine.http.JsonPath;
import wirebook.spi.Span;

/**
 * {@code # @expect status 201}: what a response has to be, as hurl's asserts have it.
 *
 * @param text as it was written
 * @param subject {@code status}, {@code header}, {@code json}, {@code body} or {@code duration}
 * @param of the header's name or the path, else empty
 * @param not whether the opposite is expected
 * @param predicate {@code ==}, {@code contains} and so on
 * @param value what is compared with, empty for {@code exists}
 */
public record Expectation(
    String text,
    String subject,
    String of,
    boolean not,
    String predicate,
    String value,
    Span span) {
  private static final Pattern WORD =
      Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"|'([^']*)'|(\\S+)");
  private static final Set<String> SUBJECTS =
      Set.of("status", "header", "json", "jsonpath", "body", "duration");
  private static final Set<String> PREDICATES =
      Set.of(
          "==",
          "!=",
          "<",
          "<=",
          ">",
          ">=",
          "contains",
          "startsWith",
          "endsWith",
          "matches",
          "exists");

  /**
   * @param text what stands behind {@code @expect}
   * @throws IllegalArgumentException with the reason, when it is none
   */
  static Expectation parse(String text, Span span) {
    List<String> words =
        WORD.matcher(text)
            .results()
            .map(
                m ->
                    m.group(1) != null
                        ? m.group(1).replaceAll("\\\\(.)", "$1")
                        : m.group(2) != null ? m.group(2) : m.group(3))
            .collect(Collectors.toCollection(java.util.ArrayList::new));
    String subject = words.isEmpty() ? "" : words.removeFirst().toLowerCase(Locale.ROOT);
    if (!SUBJECTS.contains(subject)) {
      throw new IllegalArgumentException(
          "nothing of a response is called \""
              + subject
              + "\": status, header, json, body, duration");
    }
    boolean named = subject.equals("header") || subject.startsWith("json");
    if (named && words.isEmpty()) {
      throw new IllegalArgumentException(
          subject.equals("header") ? "which header?" : "which path? $.id");
    }
    String of = named ? words.removeFirst() : "";
    boolean not = !words.isEmpty() && words.getFirst().equals("not");
    if (not) {
      words.removeFirst();
    }
    String predicate =
        words.isEmpty() && (named || subject.equals("body"))
            ? "exists"
            : !words.isEmpty() && PREDICATES.contains(words.getFirst())
                ? words.removeFirst()
                : !words.isEmpty() && words.getFirst().equals("equals")
                    ? words.set(0, "==").replace("equals", "==")
                    : subject.equals("duration") ? "<" : "==";
    if (!words.isEmpty() && words.getFirst().equals("==")) {
      words.removeFirst();
    }
    if (predicate.equals("exists") != words.isEmpty()) {
      throw new IllegalArgumentException(
          words.isEmpty() ? predicate + " needs a value" : "exists needs no value");
    }
    String value = String.join(" ", words);
    if (predicate.equals("matches")) {
      try {
        value = value.replaceAll("^/(.*)/$", "$1");
        Pattern.compile(value);
      } catch (PatternSyntaxException e) {
        throw new IllegalArgumentException(value + " is no pattern: " + e.getDescription(), e);
      }
    }
    if (subject.equals("duration") && milliseconds(value).isEmpty()) {
      throw new IllegalArgumentException("\"" + value + "\" is no duration: 500, 500 ms, 2 s");
    }
    return new Expectation(
        text.strip(),
        subject.startsWith("json") ? "json" : subject,
        of,
        not,
        predicate,
        value,
        span);
  }

  private static Optional<BigDecimal> milliseconds(String text) {
    Matcher m = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*(ms|s)?").matcher(text);
    return m.matches()
        ? Optional.of(
            new BigDecimal(m.group(1))
                .multiply(BigDecimal.valueOf("s".equals(m.group(2)) ? 1000 : 1)))
        : Optional.empty();
  }

  /**
   * Whether {@code transfer} is so; {@code value} may have had references, which {@code filled} has
   * not.
   */
  Check check(HttpTransfer transfer, String filled) {
    Optional<HttpResponse> response = transfer.response();
    if (response.isEmpty()) {
      return new Check(text, false, "there is no response");
    }
    Optional<String> seen;
    String wanted = filled;
    switch (subject) {
      case "status" -> seen = Optional.of(String.valueOf(response.get().status()));
      case "header" -> seen = response.get().header(of);
      case "body" -> seen = Optional.of(response.get().body()).filter(b -> !b.isEmpty());
      case "duration" -> {
        Duration took =
            transfer.exchanges().stream()
                .map(e -> e.timing().total())
                .reduce(Duration.ZERO, Duration::plus);
        seen = Optional.of(String.valueOf(took.toMillis()));
        wanted = milliseconds(filled).map(BigDecimal::toPlainString).orElse(filled);
      }
      default -> {
        switch (JsonPath.findAll(response.get().body(), of)) {
          case JsonPath.Found.Values(List<Json> values) ->
              seen =
                  values.size() == 1
                      ? Optional.of(values.getFirst().text())
                      : values.isEmpty() ? Optional.empty() : Optional.of(Json.of(values).write());
          case JsonPath.Found.NoJson(String why) -> {
            return new Check(text, false, "the body is no JSON: " + why);
          }
          case JsonPath.Found.NoPath(String why) -> {
            return new Check(text, false, of + " is no path: " + why);
          }
        }
      }
    }
    String right = wanted;
    boolean holds = seen.filter(s -> holds(s, right)).isPresent();
    boolean passed = holds != not;
    String unit = subject.equals("duration") ? " ms" : "";
    return new Check(
        text,
        passed,
        passed ? "" : seen.map(s -> "it is " + cut(s) + unit).orElse("there is none"));
  }

  private static String cut(String text) {
    String line = text.lines().findFirst().orElse("");
    return line.length() > 80 ? line.substring(0, 80) + "…" : line.isEmpty() ? "empty" : line;
  }

  private boolean holds(String seen, String wanted) {
    return switch (predicate) {
      case "exists" -> true;
      case "contains" -> seen.contains(wanted);
      case "startsWith" -> seen.startsWith(wanted);
      case "endsWith" -> seen.endsWith(wanted);
      case "matches" -> Pattern.compile(wanted).matcher(seen).find();
      case "==" -> seen.equals(wanted) || order(seen, wanted).filter(o -> o == 0).isPresent();
      case "!=" -> !seen.equals(wanted) && order(seen, wanted).filter(o -> o == 0).isEmpty();
      case "<" -> order(seen, wanted).filter(o -> o < 0).isPresent();
      case "<=" -> order(seen, wanted).filter(o -> o <= 0).isPresent();
      case ">" -> order(seen, wanted).filter(o -> o > 0).isPresent();
      default -> order(seen, wanted).filter(o -> o >= 0).isPresent();
    };
  }

  private static Optional<Integer> order(String a, String b) {
    return new Json.Num(a.strip())
        .decimal()
        .flatMap(n -> new Json.Num(b.strip()).decimal().map(n::compareTo));
  }
}

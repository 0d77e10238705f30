package wirebook.engine.http.file;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.random.RandomGenerator;
import wirebook.spi.Diagnostic;
import wirebook.spi.MagicException;

/**
 * Gives the references of an {@link HttpFile} their values: file variables, then the environment,
 * earlier responses ({@code {{login.response.body.$.token}}}) and the dynamic values that begin
 * with a dollar sign.
 */
public final class Resolver {
  private static final DateTimeFormatter RFC_1123 =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final Map<String, Template> variables = new HashMap<>();
  private final Map<String, String> environment;
  private final Map<String, String> process;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final Map<String, Answer> answers = new HashMap<>();

  /** The names that requests of the file have, sent or not. */
  private final Set<String> named = new HashSet<>();

  private final Deque<String> resolving = new ArrayDeque<>();

  /** An earlier exchange as references see it. */
  public interface Answer {
    String requestBody();

    Optional<String> requestHeader(String name);

    String responseBody();

    Optional<String> responseHeader(String name);

    /** A value of a JSON body by its path, such as {@code $.user.name}. */
    Optional<String> json(String body, String path);
  }

  /**
   * @param environment the variables of the chosen environment
   * @param process the variables of the process, for {@code {{$processEnv NAME}}}
   */
  public Resolver(
      HttpFile file,
      Map<String, String> environment,
      Map<String, String> process,
      InstantSource clock,
      RandomGenerator random) {
    file.variables().forEach(variable -> variables.put(variable.name(), variable.value()));
    file.requests().forEach(request -> request.name().ifPresent(named::add));
    this.environment = Map.copyOf(environment);
    this.process = Map.copyOf(process);
    this.clock = clock;
    this.random = random;
  }

  /** From now on references to {@code name} mean this exchange. */
  public void answered(String name, Answer answer) {
    answers.put(name, answer);
  }

  /**
   * The text of {@code template}.
   *
   * @throws MagicException at the reference that has no value
   */
  public String fill(Template template) {
    return template.fill(this::value);
  }

  private String value(Template.Piece.Reference reference) {
    String expression = reference.expression();
    if (expression.startsWith("$")) {
      return dynamic(reference, List.of(expression.substring(1).split("\\s+")));
    }
    Template variable = variables.get(expression);
    if (variable != null) {
      if (resolving.contains(expression)) {
        throw wrong(
            "HTTP010", reference, expression + " is defined by itself", "Break the circle.");
      }
      resolving.push(expression);
      try {
        return fill(variable);
      } finally {
        resolving.pop();
      }
    }
    String known = environment.get(expression);
    if (known != null) {
      return known;
    }
    int dot = expression.indexOf('.');
    if (dot > 0) {
      return answer(reference, expression.substring(0, dot), expression.substring(dot + 1));
    }
    throw wrong(
        "HTTP011",
        reference,
        "nothing is called " + expression,
        nearest(expression)
            .map(name -> "Did you mean {{" + name + "}}?")
            .orElse("Write @" + expression + " = value above."));
  }

  private Optional<String> nearest(String wanted) {
    return variables.keySet().stream()
        .filter(
            name ->
                name.equalsIgnoreCase(wanted) || name.startsWith(wanted) || wanted.startsWith(name))
        .findFirst();
  }

  /** {@code response.body.$.token}, {@code response.headers.Location}, {@code request.body.*}. */
  private String answer(Template.Piece.Reference reference, String name, String path) {
    Answer answer = answers.get(name);
    if (answer == null) {
      throw wrong(
          "HTTP012",
          reference,
          "no request called " + name + " has been answered",
          named.contains(name)
              ? "It has to be sent before this one: put it above, and name it if you name requests."
              : "Put # @name " + name + " above a request that comes before this one.");
    }
    String[] steps = path.split("\\.", 3);
    boolean response = steps[0].equals("response");
    if (steps.length < 2 || !(response || steps[0].equals("request"))) {
      throw wrong(
          "HTTP013",
          reference,
          "a reference to a request goes on with response or request",
          "Write {{" + name + ".response.body.$.id}} or {{" + name + ".response.headers.Date}}.");
    }
    String rest = steps.length < 3 ? "*" : steps[2];
    if (steps[1].equals("headers")) {
      return (response ? answer.responseHeader(rest) : answer.requestHeader(rest))
          .orElseThrow(
              () ->
                  wrong(
                      "HTTP014",
                      reference,
                      "the " + steps[0] + " of " + name + " has no header " + rest,
                      "Look at what it sent."));
    }
    if (!steps[1].equals("body")) {
      throw wrong(
          "HTTP013", reference, "a " + steps[0] + " has headers and a body", "Write one of them.");
    }
    String body = response ? answer.responseBody() : answer.requestBody();
    if (rest.equals("*")) {
      return body;
    }
    return answer
        .json(body, rest.startsWith("$") ? rest : "$." + rest)
        .orElseThrow(
            () ->
                wrong(
                    "HTTP015",
                    reference,
                    "the " + steps[0] + " body of " + name + " has nothing at " + rest,
                    "Look at what it is: {{" + name + "." + steps[0] + ".body.*}}."));
  }

  private String dynamic(Template.Piece.Reference reference, List<String> words) {
    String argument = words.size() > 1 ? words.get(1) : "";
    return switch (words.getFirst()) {
      case "guid", "uuid", "random.uuid" -> uuid();
      case "timestamp" -> String.valueOf(moved(reference, words, 1).getEpochSecond());
      case "isoTimestamp" -> clock.instant().toString();
      case "datetime", "localDatetime" -> {
        Instant at = moved(reference, words, 2);
        yield argument.equals("rfc1123") ? RFC_1123.format(at) : at.toString();
      }
      case "randomInt", "random.integer" -> {
        long least = number(reference, words, 1, 0);
        long most = number(reference, words, 2, 1000);
        yield String.valueOf(least >= most ? least : random.nextLong(least, most));
      }
      case "processEnv", "env" -> {
        String value = process.get(argument);
        if (value == null) {
          throw wrong(
              "HTTP016",
              reference,
              "the process has no variable " + argument,
              "Set it before the kernel starts, or write @" + argument + " = value.");
        }
        yield value;
      }
      default ->
          throw wrong(
              "HTTP017",
              reference,
              "there is no dynamic value $" + words.getFirst(),
              "There are $guid, $timestamp, $datetime, $randomInt and $processEnv.");
    };
  }

  private String uuid() {
    long high = (random.nextLong() & 0xffffffffffff0fffL) | 0x4000;
    long low = (random.nextLong() & 0x3fffffffffffffffL) | 0x8000000000000000L;
    return new UUID(high, low).toString();
  }

  /** Now, or so many units later: {@code {{$timestamp -1 d}}}. */
  private Instant moved(Template.Piece.Reference reference, List<String> words, int at) {
    if (words.size() <= at) {
      return clock.instant();
    }
    long count = number(reference, words, at, 0);
    String unit = words.size() > at + 1 ? words.get(at + 1) : "s";
    Duration step =
        switch (unit) {
          case "ms" -> Duration.ofMillis(1);
          case "s" -> Duration.ofSeconds(1);
          case "m" -> Duration.ofMinutes(1);
          case "h" -> Duration.ofHours(1);
          case "d" -> Duration.ofDays(1);
          case "w" -> Duration.ofDays(7);
          case "M" -> Duration.ofDays(30);
          case "y" -> Duration.ofDays(365);
          default ->
              throw wrong(
                  "HTTP018", reference, unit + " is no unit of time", "Write ms, s, m, h, d or w.");
        };
    return clock.instant().plus(step.multipliedBy(Math.clamp(count, -1_000_000, 1_000_000)));
  }

  private static long number(
      Template.Piece.Reference reference, List<String> words, int at, long otherwise) {
    if (words.size() <= at) {
      return otherwise;
    }
    try {
      return Long.parseLong(words.get(at));
    } catch (NumberFormatException e) {
      throw wrong(
          "HTTP019", reference, words.get(at) + " is no number", "Write a whole number there.");
    }
  }

  private static MagicException wrong(
      String id, Template.Piece.Reference reference, String message, String fix) {
    return new MagicException(new Diagnostic(id, reference.span(), message, fix));
  }
}

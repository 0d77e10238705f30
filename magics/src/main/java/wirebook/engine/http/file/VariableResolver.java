package wirebook.engine.http.file;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.JsonPath;
import wirebook.spi.Diagnostic;
import wirebook.spi.MagicException;
import wirebook.spi.Typos;

/**
 * Gives the references of an {@link HttpFile} their values: file variables, then the environment,
 * earlier responses ({@code {{login.response.body.$.token}}}) and the dynamic values that begin
 * with a dollar sign.
 */
public final class VariableResolver {
  private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|'([^']*)'|[^\\s(),]+");
  private static final String LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  private static final String DIGITS = "0123456789";
  private static final int TOLERATED_TYPOS = 2;

  /** Before the names of what all environments share. */
  public static final String SHARED = "$shared ";

  private final Map<String, Template> variables = new HashMap<>();
  private final Map<String, Template> own = new HashMap<>();
  private final Map<String, String> environment;
  private final Map<String, String> process;
  private final Map<String, String> dotenv;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final Map<String, Answer> answers = new HashMap<>();

  /** The names that requests of the file have, sent or not. */
  private final Set<String> named = new HashSet<>();

  private final Deque<String> resolving = new ArrayDeque<>();

  /** The values that variables have for all of a run. */
  private final Map<String, String> settled = new HashMap<>();

  /** Whether what is being resolved has to do with an answer, and may change with it. */
  private boolean answerUsed;

  /** An earlier exchange as references see it. */
  public interface Answer {
    String requestBody();

    Optional<String> requestHeader(String name);

    String responseBody();

    Optional<String> responseHeader(String name);

    /** A value of a JSON body by its path, such as {@code $.user.name}. */
    Optional<String> json(String body, String path);

    /** A value of an XML body by its path, such as {@code //user/name}. */
    Optional<String> xml(String body, String path);
  }

  /**
   * @param environment the variables of the chosen environment, those that all share also behind
   *     {@link #SHARED}
   * @param process the variables of the process, for {@code {{$processEnv NAME}}}
   * @param dotenv what the file {@code .env} says, for {@code {{$dotenv NAME}}}
   */
  public VariableResolver(
      HttpFile file,
      Map<String, String> environment,
      Map<String, String> process,
      Map<String, String> dotenv,
      InstantSource clock,
      RandomGenerator random) {
    file.variables().forEach(variable -> variables.put(variable.name(), variable.value()));
    file.requests().forEach(request -> request.name().ifPresent(named::add));
    this.environment = Map.copyOf(environment);
    this.process = Map.copyOf(process);
    this.dotenv = Map.copyOf(dotenv);
    this.clock = clock;
    this.random = random;
  }

  /** Gives a variable a value that the file does not say. */
  public void set(String name, String value) {
    Template now = new Template(List.of(new Template.Piece.Text(value)));
    if (!now.equals(variables.put(name, now))) {
      unsettle(name);
    }
  }

  /** What was made of a variable is made anew; what else is settled stays. */
  private void unsettle(String name) {
    settled.keySet().removeIf(other -> madeOf(other, name, new HashSet<>()));
  }

  private boolean madeOf(String variable, String name, Set<String> seen) {
    return variable.equals(name)
        || (seen.add(variable)
            && variable(variable).stream()
                .flatMap(template -> template.references().stream())
                .anyMatch(reference -> madeOf(reference.expression(), name, seen)));
  }

  /** From now on these come first; they belong to one request. */
  void own(Map<String, String> variables) {
    own.keySet().forEach(this::unsettle);
    own.clear();
    variables.forEach(
        (name, value) -> own.put(name, new Template(List.of(new Template.Piece.Text(value)))));
    own.keySet().forEach(this::unsettle);
  }

  /** Whether the file or the environment gives {@code name} a value. */
  public boolean knows(String name) {
    return own.containsKey(name) || variables.containsKey(name) || environment.containsKey(name);
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
    return value(reference, reference.expression());
  }

  /**
   * The value of an expression.
   *
   * @param reference where the file refers to it, perhaps by way of the environment's variables
   */
  private String value(Template.Piece.Reference reference, String expression) {
    if (expression.startsWith("%")) {
      // VS Code's: the value as it may stand in a URL.
      String plain = value(reference, expression.substring(1).strip());
      return ByteText.escape(ByteText.fromText(plain));
    }
    if (expression.startsWith("$")) {
      return dynamic(reference, words(expression.substring(1)));
    }
    Optional<Template> variable = variable(expression);
    if (variable.isPresent()) {
      if (resolving.contains(expression)) {
        throw wrong(
            "HTTP010", reference, expression + " is defined by itself", "Break the circle.");
      }
      String known = settled.get(expression);
      if (known != null) {
        return known;
      }
      boolean before = answerUsed;
      answerUsed = false;
      resolving.push(expression);
      try {
        String value =
            own.containsKey(expression) || variables.containsKey(expression)
                ? fill(variable.get())
                : variable.get().fill(inner -> value(reference, inner.expression()));
        if (!answerUsed) {
          // {{$guid}} in a variable is one value, wherever the variable is used.
          settled.put(expression, value);
        }
        return value;
      } finally {
        answerUsed |= before;
        resolving.pop();
      }
    }
    int dot = expression.indexOf('.');
    if (dot > 0) {
      String name = expression.substring(0, dot);
      String path = expression.substring(dot + 1);
      if (!answers.containsKey(name) && !named.contains(name) && variable(name).isPresent()) {
        String all = value(reference, name);
        if (all.stripLeading().startsWith("{")) {
          return inside(reference, name, all, path);
        }
      }
      return answer(reference, name, path);
    }
    throw wrong(
        "HTTP011",
        reference,
        "nothing is called " + expression,
        nearest(expression)
            .map(name -> "Did you mean {{" + name + "}}?")
            .orElse("Write @" + expression + " = value above."));
  }

  /** What a variable that is a JSON object has at a path, as IntelliJ takes it. */
  private static String inside(
      Template.Piece.Reference reference, String name, String json, String path) {
    return JsonPath.find(json, "$." + path)
        .orElseThrow(
            () ->
                wrong(
                    "HTTP015",
                    reference,
                    "the variable " + name + " has nothing at " + path,
                    "Look at what it is: {{" + name + "}}."));
  }

  /** What the file, or else the environment, has a name stand for; that may refer to others. */
  private Optional<Template> variable(String name) {
    return Optional.ofNullable(own.get(name))
        .or(() -> Optional.ofNullable(variables.get(name)))
        .or(() -> Optional.ofNullable(environment.get(name)).map(text -> Template.parse(text, 0)));
  }

  private Optional<String> nearest(String wanted) {
    Set<String> known = new TreeSet<>(variables.keySet());
    known.addAll(environment.keySet());
    known.removeIf(name -> name.startsWith(SHARED));
    return known.stream()
        .filter(name -> name.startsWith(wanted) || wanted.startsWith(name))
        .findFirst()
        .or(() -> Typos.nearest(wanted, known, TOLERATED_TYPOS));
  }

  /** {@code datetime "YYYY-MM-DD" 1 d} and {@code random.integer(1, 5)} as words. */
  private static List<String> words(String expression) {
    List<String> words = new ArrayList<>();
    Matcher m = WORD.matcher(expression);
    while (m.find()) {
      words.add(m.group(1) != null ? m.group(1) : m.group(2) != null ? m.group(2) : m.group());
    }
    return words.isEmpty() ? List.of("") : words;
  }

  /** {@code response.body.$.token}, {@code response.headers.Location}, {@code request.body.*}. */
  private String answer(Template.Piece.Reference reference, String name, String path) {
    Answer answer = answers.get(name);
    answerUsed = true;
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
    Optional<String> found =
        rest.startsWith("/")
            ? answer.xml(body, rest)
            : answer.json(body, rest.startsWith("$") ? rest : "$." + rest);
    return found.orElseThrow(
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
      case "datetime" -> date(reference, words, ZoneOffset.UTC);
      case "localDatetime" -> date(reference, words, ZoneId.systemDefault());
      case "random.float" -> {
        double least = (double) number(reference, words, 1, 0);
        double most = (double) number(reference, words, 2, 1000);
        yield String.valueOf(least >= most ? least : random.nextDouble(least, most));
      }
      case "random.alphabetic" -> letters(number(reference, words, 1, 10), LETTERS);
      case "random.alphanumeric" ->
          letters(number(reference, words, 1, 10), LETTERS + DIGITS + "_");
      case "random.hexadecimal" -> letters(number(reference, words, 1, 10), DIGITS + "ABCDEF");
      case "random.email" ->
          letters(8, "abcdefghijklmnopqrstuvwxyz")
              + "@"
              + letters(8, "abcdefghijklmnopqrstuvwxyz")
              + ".com";
      case "dotenv" -> {
        String name = argument.startsWith("%") ? fillName(argument.substring(1)) : argument;
        String value = dotenv.get(name);
        if (value == null) {
          throw wrong(
              "HTTP022",
              reference,
              "the file .env has no variable " + name,
              dotenv.isEmpty()
                  ? "Write " + name + "=value into a file .env beside the notebook."
                  : "It has " + String.join(", ", new TreeSet<>(dotenv.keySet())) + ".");
        }
        yield value;
      }
      case "randomInt", "random.integer" -> {
        long least = number(reference, words, 1, 0);
        long most = number(reference, words, 2, 1000);
        yield String.valueOf(least >= most ? least : random.nextLong(least, most));
      }
      case "processEnv", "env" ->
          process(reference, argument.startsWith("%") ? fillName(argument.substring(1)) : argument);
      case "shared" ->
          variable(SHARED + argument)
              .map(shared -> shared.fill(inner -> value(reference, inner.expression())))
              .orElseThrow(
                  () ->
                      wrong(
                          "HTTP026",
                          reference,
                          "$shared has no variable " + argument,
                          "Write it into the environment file, below \"$shared\"."));
      default -> {
        if (words.getFirst().startsWith("env.")) {
          yield process(reference, words.getFirst().substring("env.".length()));
        }
        throw wrong(
            "HTTP017",
            reference,
            "there is no dynamic value $" + words.getFirst(),
            "There are $guid, $timestamp, $datetime, $localDatetime, $randomInt,"
                + " $random.alphabetic, $processEnv, $dotenv and $shared.");
      }
    };
  }

  private String process(Template.Piece.Reference reference, String name) {
    String value = process.get(name);
    if (value == null) {
      throw wrong(
          "HTTP016",
          reference,
          "the process has no variable " + name,
          "Set it before the kernel starts, or write @" + name + " = value.");
    }
    return value;
  }

  /** The value of a variable, or the name itself. */
  private String fillName(String name) {
    return variable(name).map(this::fill).orElse(name);
  }

  private String letters(long count, String of) {
    StringBuilder out = new StringBuilder();
    for (long i = 0; i < Math.clamp(count, 0, 10_000); i++) {
      out.append(of.charAt(random.nextInt(of.length())));
    }
    return out.toString();
  }

  /** {@code rfc1123}, {@code iso8601}, or a pattern such as {@code "YYYY-MM-DD HH:mm"}. */
  private String date(Template.Piece.Reference reference, List<String> words, ZoneId zone) {
    Instant at = moved(reference, words, 2);
    String form = words.size() > 1 ? words.get(1) : "iso8601";
    return switch (form) {
      case "rfc1123" ->
          DateTimeFormatter.RFC_1123_DATE_TIME
              .format(at.atZone(zone))
              .replaceFirst("^(\\w+, )(\\d )", "$10$2");
      case "iso8601" ->
          zone.equals(ZoneOffset.UTC)
              ? at.toString()
              : DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(at.atZone(zone));
      default -> {
        try {
          yield DateTimeFormatter.ofPattern(
                  form.replace('Y', 'u')
                      .replace('D', 'd')
                      .replaceAll("\\bT\\b|(?<=[dHmsu])T(?=[dHmsu])", "'T'"),
                  Locale.ROOT)
              .format(at.atZone(zone));
        } catch (IllegalArgumentException | DateTimeException e) {
          throw wrong(
              "HTTP023",
              reference,
              form + " is no form of a date",
              "Write rfc1123, iso8601 or a pattern: {{$datetime \"YYYY-MM-DD\"}}.");
        }
      }
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

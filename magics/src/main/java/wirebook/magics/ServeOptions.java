package wirebook.magics;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import wirebook.engine.http.server.Knobs;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicSpec;
import wirebook.spi.Word;

/** The words of a {@code %serve}, read. */
final class ServeOptions {
  private static final int LOGGED = 20;
  private static final Set<String> OF_LOG =
      Set.of("-n", "--status", "--since", "--json", "--combined", "--follow");
  private static final Set<String> FLAGS =
      Set.of(
          "--quiet", "--httpbin", "--tls", "--metrics", "--any-host", "--cors", "--gzip", "--spa");

  /** What can be done with the servers that run. */
  enum Action {
    LIST("list", 1),
    LOG("log [PORT|NAME] [-n COUNT] [--status 5xx] [--since 1m] [--json] [-f]", 2),
    SHOW("show [PORT|NAME [COUNT]]", 3),
    STOP("stop [PORT|NAME… | all]", 100),
    RESTART("restart [PORT|NAME]", 2);

    private final String synopsis;
    private final int mostWords;

    Action(String synopsis, int mostWords) {
      this.synopsis = synopsis;
      this.mostWords = mostWords;
    }

    String synopsis() {
      return synopsis;
    }

    /** With the action's own. */
    int mostWords() {
      return mostWords;
    }

    String word() {
      return synopsis.split(" ")[0];
    }

    static List<String> words() {
      return Stream.of(values()).map(Action::word).toList();
    }
  }

  final List<Word> operands = new ArrayList<>();
  boolean httpbin;
  boolean quiet;
  boolean tls;
  boolean metrics;
  boolean follow;
  boolean combined;
  boolean anyHost;
  boolean cors;
  boolean gzip;
  boolean spa;
  Optional<Word> dir = Optional.empty();
  final List<Word> backends = new ArrayList<>();
  Optional<Word> replay = Optional.empty();
  Optional<Word> record = Optional.empty();
  Optional<Word> upload = Optional.empty();
  Optional<Word> bind = Optional.empty();
  Optional<Word> publish = Optional.empty();
  Optional<String> name = Optional.empty();
  Duration keepAlive = Knobs.USUAL.keepAlive();
  Duration patience = Knobs.USUAL.patience();
  Optional<Knobs.Latency> latency = Optional.empty();
  double errorRate;
  OptionalLong maxBody = OptionalLong.empty();
  OptionalInt maxConnections = OptionalInt.empty();
  OptionalInt rate = OptionalInt.empty();
  int lines = LOGGED;
  boolean json;
  Optional<String> status = Optional.empty();
  Optional<Duration> since = Optional.empty();

  /** The options that were given, each with the word that gave it last. */
  final SequencedMap<String, Word> given = new LinkedHashMap<>();

  private ServeOptions() {}

  Knobs knobs() {
    return new Knobs(keepAlive, patience, latency, errorRate, maxBody, maxConnections, rate);
  }

  /**
   * @throws wirebook.spi.MagicException when a word cannot be meant
   */
  static ServeOptions read(MagicCall call, MagicSpec spec) {
    ServeOptions wanted = read(call, spec, call.words());
    wanted.check(call);
    return wanted;
  }

  /**
   * Of these words alone, which are about the start of a server; not checked against each other.
   */
  static ServeOptions read(MagicCall call, MagicSpec spec, List<Word> given) {
    ServeOptions wanted = new ServeOptions();
    Deque<Word> words = new ArrayDeque<>(given);
    while (!words.isEmpty()) {
      Word word = words.removeFirst();
      String text = word.text();
      int equals = text.startsWith("--") ? text.indexOf('=') : -1;
      if (equals > 0) {
        words.addFirst(new Word(text.substring(equals + 1), word.span()));
        text = text.substring(0, equals);
      }
      switch (text) {
        case "--httpbin" -> wanted.httpbin = true;
        case "--any-host" -> wanted.anyHost = true;
        case "--cors" -> wanted.cors = true;
        case "--gzip" -> wanted.gzip = true;
        case "--spa" -> wanted.spa = true;
        case "--tls" -> wanted.tls = true;
        case "--metrics" -> wanted.metrics = true;
        case "-f", "--follow" -> wanted.follow = true;
        case "--combined" -> wanted.combined = true;
        case "-q", "--quiet" -> wanted.quiet = true;
        case "--dir" -> wanted.dir = Optional.of(argument(call, word, words));
        case "--to" -> wanted.backends.add(argument(call, word, words));
        case "--replay" -> wanted.replay = Optional.of(argument(call, word, words));
        case "--record" -> wanted.record = Optional.of(argument(call, word, words));
        case "--upload" -> wanted.upload = Optional.of(argument(call, word, words));
        case "--bind" -> wanted.bind = Optional.of(argument(call, word, words));
        case "--publish" -> wanted.publish = Optional.of(argument(call, word, words));
        case "--name" -> wanted.name = Optional.of(argument(call, word, words).text());
        case "--keep-alive" -> wanted.keepAlive = duration(call, argument(call, word, words));
        case "--patience" -> wanted.patience = duration(call, argument(call, word, words));
        case "--latency" ->
            wanted.latency = Optional.of(latency(call, argument(call, word, words)));
        case "--error-rate" -> wanted.errorRate = share(call, argument(call, word, words));
        case "--max-body" ->
            wanted.maxBody = OptionalLong.of(size(call, argument(call, word, words)));
        case "--max-connections" ->
            wanted.maxConnections = OptionalInt.of(count(call, argument(call, word, words)));
        case "--rate" -> wanted.rate = OptionalInt.of(count(call, argument(call, word, words)));
        case "--json" -> wanted.json = true;
        case "--status" -> wanted.status = Optional.of(status(call, argument(call, word, words)));
        case "--since" -> wanted.since = Optional.of(duration(call, argument(call, word, words)));
        case "-n" -> wanted.lines = count(call, argument(call, word, words));
        default -> {
          if (text.startsWith("-")) {
            throw call.wrong(
                "SERVE001",
                word,
                "%" + spec.name() + " has no option " + text,
                "Options are " + optionNames(spec) + "; %" + spec.name() + "? tells more.");
          }
          wanted.operands.add(word);
        }
      }
      if (text.startsWith("-")) {
        wanted.given.put(
            text.equals("-q") ? "--quiet" : text.equals("-f") ? "--follow" : text, word);
      }
    }
    return wanted;
  }

  /** What the first word asks for; empty where a server is to be started. */
  Optional<Action> action() {
    return operands.isEmpty()
        ? Optional.empty()
        : Stream.of(Action.values())
            .filter(action -> action.word().equals(operands.getFirst().text()))
            .findFirst();
  }

  /** No word is passed over in silence. */
  private void check(MagicCall call) {
    Optional<Action> action = action();
    for (Map.Entry<String, Word> option : given.entrySet()) {
      boolean log = action.filter(Action.LOG::equals).isPresent();
      boolean ofLog = OF_LOG.contains(option.getKey());
      if (ofLog ? !log : action.isPresent()) {
        throw call.wrong(
            "SERVE019",
            option.getValue(),
            action.map(a -> "%serve " + a.word()).orElse("the start of a server")
                + " takes no "
                + option.getKey(),
            ofLog
                ? "It is for %serve log."
                : "It belongs where the server is started: %serve 8080 "
                    + option.getKey()
                    + (FLAGS.contains(option.getKey()) ? "" : " …"));
      }
    }
    if (action.isPresent()) {
      check(call, action.get());
      return;
    }
    if (operands.size() > 1) {
      throw call.wrong(
          "SERVE010",
          operands.get(1),
          "%serve starts one server",
          "Write one port; another %serve starts another.");
    }
    if (spa && dir.isEmpty()) {
      throw call.wrong(
          "SERVE026",
          given("--spa"),
          "--spa says what --dir does where it has no file",
          "Write --dir FOLDER, with the index.html in it.");
    }
    List<String> services =
        Stream.of("--httpbin", "--dir", "--to", "--replay", "--upload")
            .filter(given::containsKey)
            .toList();
    Optional<String> besideLines =
        services.stream().filter(name -> !name.equals("--dir")).findFirst();
    if (call.body().isPresent() && besideLines.isPresent()) {
      throw call.wrong(
          "SERVE020",
          given(besideLines.get()),
          "the lines below say what is served, and " + besideLines.get() + " says it, too",
          "Use one of them; of the options only --dir goes with lines below.");
    }
    if (services.size() > 1) {
      throw call.wrong(
          "SERVE020",
          given(services.get(1)),
          services.getFirst() + " and " + services.get(1) + " do not go together",
          services.contains("--upload")
              ? "--upload is for the class's service, which is there without other options."
              : "One server serves one thing; another port can serve the other.");
    }
  }

  /** The word that gave an option. */
  private Word given(String option) {
    return Optional.ofNullable(given.get(option)).orElseThrow();
  }

  private void check(MagicCall call, Action action) {
    if (call.body().isPresent()) {
      throw call.wrong(
          "SERVE021",
          new Word("", call.bodySpan()),
          "%serve " + action.word() + " takes no lines below it",
          "%%serve 8080 starts a server with them.");
    }
    if (operands.size() > action.mostWords()) {
      throw call.wrong(
          "SERVE022",
          operands.get(action.mostWords()),
          "%serve " + action.word() + " takes no more words",
          "%serve " + action.synopsis());
    }
  }

  private static String optionNames(MagicSpec spec) {
    return spec.options().stream()
        .map(option -> option.names().getLast())
        .collect(Collectors.joining(", "));
  }

  private static Word argument(MagicCall call, Word option, Deque<Word> rest) {
    if (rest.isEmpty()) {
      throw call.wrong(
          "SERVE002", option, option.text() + " needs a value", "Write one behind it.");
    }
    return rest.removeFirst();
  }

  static Duration duration(MagicCall call, Word word) {
    return duration(word.text())
        .orElseThrow(
            () ->
                call.wrong(
                    "SERVE003",
                    word,
                    "\"" + word.text() + "\" is no time",
                    "Write 500ms, 5s or 1m."));
  }

  private static Optional<Duration> duration(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    String number = lower.replaceAll("[a-z]+$", "");
    String unit = lower.substring(number.length());
    try {
      double value = Double.parseDouble(number);
      double millis =
          switch (unit) {
            case "ms" -> value;
            case "", "s" -> value * 1000;
            case "m", "min" -> value * 60_000;
            default -> -1;
          };
      return millis < 0 || millis > 86_400_000 || !number.matches("[0-9.]+")
          ? Optional.empty()
          : Optional.of(Duration.ofNanos(Math.round(millis * 1e6)));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static Knobs.Latency latency(MagicCall call, Word word) {
    int dash = word.text().indexOf('-');
    if (dash < 0) {
      Duration time = duration(call, word);
      return new Knobs.Latency(time, time);
    }
    Optional<Duration> least = duration(word.text().substring(0, dash));
    Optional<Duration> most = duration(word.text().substring(dash + 1));
    if (least.isEmpty() || most.isEmpty() || least.get().compareTo(most.get()) > 0) {
      throw call.wrong(
          "SERVE003",
          word,
          "\"" + word.text() + "\" is no span of time",
          "Write the shorter time first: 100ms-2s.");
    }
    return new Knobs.Latency(least.get(), most.get());
  }

  static double share(MagicCall call, Word word) {
    String text = word.text();
    boolean percent = text.endsWith("%");
    try {
      double value = Double.parseDouble(percent ? text.substring(0, text.length() - 1) : text);
      double share = percent ? value / 100 : value;
      if (share >= 0 && share <= 1) {
        return share;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw call.wrong(
        "SERVE004", word, "\"" + text + "\" is no share", "Write 10% or 0.1, at most 100%.");
  }

  /** A status, or a class of them, as a pattern. */
  private static String status(MagicCall call, Word word) {
    if (!word.text().matches("[1-5]([0-9]{2}|xx|XX)")) {
      throw call.wrong(
          "SERVE027",
          word,
          "\"" + word.text() + "\" is no status",
          "Write 404, or 5xx for all of 500 to 599.");
    }
    return word.text().toLowerCase(Locale.ROOT).replace("x", "[0-9]");
  }

  static long size(MagicCall call, Word word) {
    String lower = word.text().toLowerCase(Locale.ROOT).replaceAll("i?b$", "");
    int shift = lower.endsWith("k") ? 10 : lower.endsWith("m") ? 20 : lower.endsWith("g") ? 30 : 0;
    String digits = shift == 0 ? lower : lower.substring(0, lower.length() - 1);
    if (!digits.matches("[0-9]{1,9}")) {
      throw call.wrong(
          "SERVE005", word, "\"" + word.text() + "\" is no size", "Write 500, 64k or 1MB.");
    }
    return Long.parseLong(digits) << shift;
  }

  static int count(MagicCall call, Word word) {
    if (!word.text().matches("[1-9][0-9]{0,6}")) {
      throw call.wrong(
          "SERVE006", word, "\"" + word.text() + "\" is no count", "Write a number from 1 on.");
    }
    return Integer.parseInt(word.text());
  }

  static int port(MagicCall call, Word word) {
    if (word.text().matches("[0-9]{1,5}") && Integer.parseInt(word.text()) <= 65_535) {
      return Integer.parseInt(word.text());
    }
    throw call.wrong(
        "SERVE007",
        word,
        "\"" + word.text() + "\" is neither a port nor something %serve does",
        "Write a port from 0 (any free one) to 65535, or "
            + String.join(", ", Action.words())
            + ".");
  }

  /** Where to listen: on this machine alone, unless told otherwise. */
  InetAddress address(MagicCall call) {
    if (bind.isEmpty() || bind.get().text().equals("localhost")) {
      return InetAddress.getLoopbackAddress();
    }
    try {
      return InetAddress.ofLiteral(bind.get().text());
    } catch (IllegalArgumentException e) {
      throw call.wrong(
          "SERVE008",
          bind.get(),
          "\"" + bind.get().text() + "\" is no address",
          "Write 127.0.0.1 for this machine only, or 0.0.0.0 for every interface.");
    }
  }
}

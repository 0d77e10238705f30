package wirebook.magics;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import wirebook.engine.http.backend.Health;
import wirebook.engine.http.backend.ReplicaSet;
import wirebook.engine.http.backend.RestartPolicy;
import wirebook.engine.http.server.BalancerPolicy;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.Word;

/** The words of a {@code %backend} that say how replicas are kept; the others are its server's. */
final class BackendOptions {
  private static final Set<String> FLAGS =
      Set.of("--no-restart", "--sticky", "--metrics", "-q", "--quiet");
  private static final int MOST_REPLICAS = 50;
  private static final Duration DRAIN = Duration.ofSeconds(10);

  private final List<Word> kept = new ArrayList<>();

  /** Those of the server in front. */
  final List<Word> others = new ArrayList<>();

  OptionalInt count = OptionalInt.empty();
  Optional<Word> run = Optional.empty();
  OptionalDouble canary = OptionalDouble.empty();
  OptionalInt perClient = OptionalInt.empty();
  Optional<String> clientBy = Optional.empty();
  boolean metrics;
  boolean quiet;
  Optional<Long> memory = Optional.empty();
  Optional<Duration> cpu = Optional.empty();
  private Optional<Word> limit = Optional.empty();
  private Optional<String> ready = Optional.empty();
  private Optional<String> live = Optional.empty();
  private Duration every = Health.USUAL.every();
  private Optional<Duration> probe = Optional.empty();
  private int threshold = Health.USUAL.threshold();
  private Duration start = Health.USUAL.start();
  private boolean restarts = true;
  private Duration backOff = RestartPolicy.USUAL.first();
  private Duration drain = DRAIN;
  private Optional<Duration> timeout = Optional.empty();
  private double retries = BalancerPolicy.USUAL.retryBudget();
  private int trip = BalancerPolicy.USUAL.tripAfter();
  private Duration open = BalancerPolicy.USUAL.openFor();
  private OptionalInt concurrency = OptionalInt.empty();
  private int queue;
  private boolean sticky;

  static List<Option> options() {
    return List.of(
        value("COUNT", "replicas (2)", "-n", "--replicas"),
        value("COMMAND", "a program instead of handlers; it listens on the port in $PORT", "--run"),
        value("PATH", "ask here whether a replica can take requests: 2xx or 3xx is yes", "--ready"),
        value("PATH", "ask here whether it works at all; if not it is killed", "--live"),
        value("TIME", "how often it is asked (1s)", "--every"),
        value("TIME", "how long its answer may take (1s)", "--probe-timeout"),
        value("COUNT", "bad answers in a row that count (3)", "--threshold"),
        value("TIME", "from its start to its first good answer at most (10s)", "--start"),
        value(
            "TIME", "wait before a restart (500ms), each further time twice as long", "--back-off"),
        Option.flag("let a replica that ended rest", "--no-restart"),
        value("TIME", "requests at a replica that is to end may take (10s)", "--drain"),
        value("TIME", "a replica may take to begin an answer; else 504", "--timeout"),
        value("SHARE", "requests that may be asked twice (20%); 0 for none", "--retries"),
        value("COUNT", "failures in a row that open a replica's circuit breaker (5)", "--trip"),
        value("TIME", "how long it is open (2s), each further time twice as long", "--open"),
        value("COUNT", "requests at one replica at a time", "--concurrency"),
        value("COUNT", "requests that may wait for room (0); others get 503", "--queue"),
        Option.flag("a client stays with its replica, by a cookie", "--sticky"),
        value("COUNT", "requests a second of each client; more get 429", "--per-client"),
        value("FIELD", "clients are told apart by this field, not their address", "--client-by"),
        value("SHARE", "the lines are a new version, on trial with this share", "--canary"),
        Option.flag("answer /metrics, as Prometheus reads it", "--metrics"),
        Option.flag("tell nothing of what happens below the cell", "-q", "--quiet"),
        value("SIZE", "address space of a program (setrlimit)", "--memory"),
        value("TIME", "processor time of a program, in whole seconds (setrlimit)", "--cpu"));
  }

  private static Option value(String argument, String help, String... names) {
    return Option.of(argument, Values.ANY, help, names);
  }

  /** The options of {@code %serve} that are the front's, too. */
  static final Set<String> OF_SERVE =
      Set.of(
          "--publish",
          "--bind",
          "--tls",
          "--keep-alive",
          "--patience",
          "--max-body",
          "--max-connections",
          "--rate",
          "--any-host",
          "--cors",
          "--gzip");

  private BackendOptions() {}

  /**
   * @throws wirebook.spi.MagicException when a word cannot be meant
   */
  static BackendOptions read(MagicCall call, List<Word> given) {
    BackendOptions wanted = new BackendOptions();
    Deque<Word> words = new ArrayDeque<>();
    for (Word word : given) {
      int equals = word.text().startsWith("--") ? word.text().indexOf('=') : -1;
      if (equals > 0) {
        words.add(new Word(word.text().substring(0, equals), word.span()));
        words.add(new Word(word.text().substring(equals + 1), word.span()));
      } else {
        words.add(word);
      }
    }
    while (!words.isEmpty()) {
      Word option = words.removeFirst();
      if (!wanted.take(call, option, words)) {
        wanted.others.add(option);
      }
    }
    if (wanted.limit.isPresent() && wanted.run.isEmpty()) {
      throw call.wrong(
          "BACKEND019",
          wanted.limit.get(),
          "handlers share the notebook's memory and processors",
          wanted.limit.get().text() + " is for a program: --run COMMAND.");
    }
    return wanted;
  }

  private boolean take(MagicCall call, Word option, Deque<Word> words) {
    Word value = words.isEmpty() ? option : words.getFirst();
    switch (option.text()) {
      case "--no-restart" -> restarts = false;
      case "--sticky" -> sticky = true;
      case "-q", "--quiet" -> quiet = true;
      case "--metrics" -> metrics = true;
      case "-n", "--replicas" -> count = OptionalInt.of(replicas(call, next(call, option, words)));
      case "--run" -> run = Optional.of(next(call, option, words));
      case "--ready" -> ready = Optional.of(path(call, next(call, option, words)));
      case "--live" -> live = Optional.of(path(call, next(call, option, words)));
      case "--every" -> every = time(call, next(call, option, words));
      case "--probe-timeout" -> probe = Optional.of(time(call, next(call, option, words)));
      case "--threshold" -> threshold = ServeOptions.count(call, next(call, option, words));
      case "--start" -> start = time(call, next(call, option, words));
      case "--back-off" -> backOff = time(call, next(call, option, words));
      case "--drain" -> drain = ServeOptions.duration(call, next(call, option, words));
      case "--timeout" -> timeout = Optional.of(time(call, next(call, option, words)));
      case "--retries" -> retries = ServeOptions.share(call, next(call, option, words));
      case "--trip" -> trip = ServeOptions.count(call, next(call, option, words));
      case "--open" -> open = time(call, next(call, option, words));
      case "--concurrency" ->
          concurrency = OptionalInt.of(ServeOptions.count(call, next(call, option, words)));
      case "--queue" -> queue = orNone(call, next(call, option, words));
      case "--per-client" ->
          perClient = OptionalInt.of(ServeOptions.count(call, next(call, option, words)));
      case "--client-by" -> clientBy = Optional.of(next(call, option, words).text());
      case "--memory" -> {
        limit = Optional.of(option);
        memory = Optional.of(ServeOptions.size(call, next(call, option, words)));
      }
      case "--cpu" -> {
        limit = Optional.of(option);
        cpu = Optional.of(time(call, next(call, option, words)));
      }
      case "--canary" -> {
        canary = OptionalDouble.of(ServeOptions.share(call, next(call, option, words)));
        return true;
      }
      default -> {
        return false;
      }
    }
    kept.add(option);
    if (!FLAGS.contains(option.text())) {
      kept.add(value);
    }
    return true;
  }

  private static Word next(MagicCall call, Word option, Deque<Word> words) {
    if (words.isEmpty()) {
      throw call.wrong(
          "BACKEND001", option, option.text() + " needs a value", "Write one behind it.");
    }
    return words.removeFirst();
  }

  static int replicas(MagicCall call, Word word) {
    int count = ServeOptions.count(call, word);
    if (count > MOST_REPLICAS) {
      throw call.wrong(
          "BACKEND002",
          word,
          count + " replicas are too many for one machine",
          "Write a number from 1 to " + MOST_REPLICAS + ".");
    }
    return count;
  }

  private static int orNone(MagicCall call, Word word) {
    return word.text().equals("0") ? 0 : ServeOptions.count(call, word);
  }

  private static Duration time(MagicCall call, Word word) {
    Duration time = ServeOptions.duration(call, word);
    if (time.toMillis() < 1) {
      throw call.wrong(
          "BACKEND003",
          word,
          "\"" + word.text() + "\" is no time at all",
          "Write 500ms, 5s or 1m.");
    }
    return time;
  }

  private static String path(MagicCall call, Word word) {
    if (!word.text().matches("/[!-~]*")) {
      throw call.wrong(
          "BACKEND004",
          word,
          "\"" + word.text() + "\" is no path",
          "It begins with a slash: --ready /ready");
    }
    return word.text();
  }

  /** All that a new version inherits, as words: what it says itself comes later, and counts. */
  List<Word> words() {
    return Stream.concat(kept.stream(), others.stream()).toList();
  }

  /** What the server in front is made of: with another it is to be made anew. */
  String front() {
    return others.stream().map(Word::text).toList() + " " + metrics + perClient + clientBy;
  }

  ReplicaSet.Plan plan() {
    return new ReplicaSet.Plan(
        new Health(ready, live, every, probe.orElse(Duration.ofSeconds(1)), threshold, start),
        new RestartPolicy(
            restarts,
            backOff,
            backOff.compareTo(RestartPolicy.USUAL.longest()) > 0
                ? backOff
                : RestartPolicy.USUAL.longest(),
            RestartPolicy.USUAL.loopAfter(),
            RestartPolicy.USUAL.wellAfter()),
        new BalancerPolicy(timeout, retries, trip, open, concurrency, queue, sticky),
        drain);
  }

  /** What can be done with a backend that runs. */
  enum Action {
    STOP,
    WAIT,
    LOG,
    WATCH,
    SCALE,
    RESTART,
    PROMOTE,
    ROLLBACK,
    CRASH,
    FAIL,
    SICK,
    SLOW,
    LEAK,
    HEAL;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    static String[] words() {
      return Stream.of(values()).map(Action::word).toArray(String[]::new);
    }

    static Optional<Action> of(String word) {
      return Stream.of(values()).filter(action -> action.word().equals(word)).findFirst();
    }
  }
}

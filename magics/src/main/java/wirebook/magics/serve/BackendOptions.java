package wirebook.magics.serve;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import wirebook.engine.http.backend.Health;
import wirebook.engine.http.backend.ReplicaSet;
import wirebook.engine.http.backend.RestartPolicy;
import wirebook.engine.http.server.BalancerPolicy;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.Typos;
import wirebook.spi.Word;
import wirebook.spi.Words;

/** The words of a {@code %backend} that say how replicas are kept; the others are its server's. */
final class BackendOptions {
  private static final int MOST_REPLICAS = 50;

  /** Of what is counted. */
  private static final int MOST = 9_999_999;

  private static final Duration DRAIN = Duration.ofSeconds(10);

  final Words words;

  /** Those of the server in front, whose metrics are the replicas'. */
  final Words front;

  final OptionalInt count;
  final Optional<Word> run;
  final OptionalDouble canary;
  final OptionalInt perClient;
  final Optional<String> clientBy;
  final boolean metrics;
  final boolean quiet;
  final Optional<Long> memory;
  final Optional<Duration> cpu;

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

  /**
   * @throws wirebook.spi.MagicException when a word cannot be meant
   */
  BackendOptions(MagicCall call, MagicSpec spec, List<Word> all) {
    words = spec.read(call, all);
    front = spec.read(call, all.stream().filter(word -> !word.text().equals("--metrics")).toList());
    Optional<Word> replicas = words.word("--replicas");
    count =
        replicas.isPresent()
            ? OptionalInt.of(replicas(call, words, replicas.get()))
            : OptionalInt.empty();
    run = words.word("--run");
    canary = words.share("--canary");
    perClient = words.count("--per-client", MOST);
    clientBy = words.text("--client-by");
    metrics = words.flag("--metrics");
    quiet = words.flag("--quiet");
    memory = words.word("--memory").map(words::size);
    cpu = words.positiveDuration("--cpu");
    Optional<Word> limit =
        Stream.of("--memory", "--cpu")
            .flatMap(name -> Optional.ofNullable(words.given().get(name)).stream())
            .findFirst();
    if (limit.isPresent() && run.isEmpty()) {
      throw call.wrong(
          "BACKEND019",
          limit.get(),
          "handlers share the notebook's memory and processors",
          limit.get().text() + " is for a program: --run COMMAND.");
    }
  }

  static int replicas(MagicCall call, Words words, Word word) {
    int count = words.count(word, MOST);
    if (count > MOST_REPLICAS) {
      throw call.wrong(
          "BACKEND002",
          word,
          count + " replicas are too many for one machine",
          "Write a number from 1 to " + MOST_REPLICAS + ".");
    }
    return count;
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

  /** What the server in front is made of: with another it is to be made anew. */
  String fingerprint() {
    Stream<String> options =
        Stream.concat(OF_SERVE.stream(), Stream.of("--metrics", "--per-client", "--client-by"));
    return words.operands().stream().map(Word::text).reduce("", (before, last) -> last)
        + options
            .sorted()
            .filter(words::has)
            .map(name -> " " + name + words.text(name).orElse(""))
            .collect(Collectors.joining());
  }

  /** All that a new version inherits: what it says itself comes later, and counts. */
  static List<Word> inherited(List<Word> all) {
    List<Word> kept = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      String text = all.get(i).text();
      if (text.equals("--canary")) {
        i++;
      } else if (!text.startsWith("--canary=")) {
        kept.add(all.get(i));
      }
    }
    return kept;
  }

  /** Where replicas are asked whether they are ready, when another cell said so. */
  Optional<String> inheritedReady(MagicCall call) {
    return call.words().stream().anyMatch(word -> word.text().startsWith("--ready"))
        ? Optional.empty()
        : words.text("--ready");
  }

  ReplicaSet.Plan plan(MagicCall call) {
    Duration backOff = words.positiveDuration("--back-off").orElse(RestartPolicy.USUAL.first());
    Health usual = Health.USUAL;
    BalancerPolicy balancer = BalancerPolicy.USUAL;
    return new ReplicaSet.Plan(
        new Health(
            words.word("--ready").map(word -> path(call, word)),
            words.word("--live").map(word -> path(call, word)),
            words.positiveDuration("--every").orElse(usual.every()),
            words.positiveDuration("--probe-timeout").orElse(Duration.ofSeconds(1)),
            words.count("--threshold", MOST).orElse(usual.threshold()),
            words.positiveDuration("--start").orElse(usual.start())),
        new RestartPolicy(
            !words.flag("--no-restart"),
            backOff,
            backOff.compareTo(RestartPolicy.USUAL.longest()) > 0
                ? backOff
                : RestartPolicy.USUAL.longest(),
            RestartPolicy.USUAL.loopAfter(),
            RestartPolicy.USUAL.wellAfter()),
        new BalancerPolicy(
            words.positiveDuration("--timeout"),
            words.share("--retries").orElse(balancer.retryBudget()),
            words.count("--trip", MOST).orElse(balancer.tripAfter()),
            words.positiveDuration("--open").orElse(balancer.openFor()),
            words.count("--concurrency", MOST),
            words
                .word("--queue")
                .filter(word -> !word.text().equals("0"))
                .map(word -> words.count(word, MOST))
                .orElse(0),
            words.flag("--sticky")),
        words.duration("--drain").orElse(DRAIN));
  }

  /** What other programs call what is done with a backend, which is no name of one. */
  private static final Map<String, String> MEANT =
      Map.ofEntries(
          Map.entry("kill", "crash shop#2"),
          Map.entry("logs", "log shop"),
          Map.entry("list", "alone, which lists them"),
          Map.entry("ls", "alone, which lists them"),
          Map.entry("ps", "alone, which lists them"),
          Map.entry("get", "alone, which lists them"),
          Map.entry("status", "shop"),
          Map.entry("show", "shop"),
          Map.entry("describe", "shop"),
          Map.entry("delete", "stop shop"),
          Map.entry("remove", "stop shop"),
          Map.entry("rm", "stop shop"),
          Map.entry("down", "stop shop"),
          Map.entry("undo", "rollback shop"),
          Map.entry("up", "shop -n 2"),
          Map.entry("run", "shop --run COMMAND"),
          Map.entry("start", "shop -n 2"));

  /** A sentence with what was meant by a word that is no backend's name; empty if unknown. */
  static String meant(String word) {
    return Optional.ofNullable(MEANT.get(word))
        .map(form -> "Did you mean %backend " + form + "? ")
        .orElse("");
  }

  /** The same, where an action has to be meant. */
  static String meantAction(String word) {
    String known = meant(word);
    return known.isEmpty()
        ? Typos.nearest(word, List.of(Action.words()))
            .map(near -> "Did you mean " + near + "?")
            .orElse("It does " + String.join(", ", Action.words()) + ".")
        : known.strip();
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

    /** Whether a single replica is nothing that it could be done to. */
    boolean ofAll() {
      return switch (this) {
        case STOP, LOG, WATCH, SCALE, PROMOTE, ROLLBACK -> true;
        case WAIT, RESTART, CRASH, FAIL, SICK, SLOW, LEAK, HEAL -> false;
      };
    }

    static String[] words() {
      return Stream.of(values()).map(Action::word).toArray(String[]::new);
    }

    static Optional<Action> of(String word) {
      return Stream.of(values()).filter(action -> action.word().equals(word)).findFirst();
    }
  }
}

package wirebook.magics.serve;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import wirebook.engine.http.server.Knobs;
import wirebook.spi.MagicCall;
import wirebook.spi.Typos;
import wirebook.spi.Word;
import wirebook.spi.Words;
import wirebook.spi.Words.Complaint;

/** What the words of a {@code %serve} mean, and which go together. */
final class ServeOptions {
  private static final int LOGGED = 20;

  /** Of what is counted. */
  private static final int MOST = 9_999_999;

  private static final Set<String> OF_LOG =
      Set.of("-n", "--status", "--since", "--json", "--combined", "--follow");
  private static final Set<String> OF_BOTH = Set.of("--quiet");
  private static final Set<String> FLAGS =
      Set.of(
          "--quiet", "--httpbin", "--tls", "--metrics", "--any-host", "--cors", "--gzip", "--spa");

  /** What can be done with the servers that run. */
  enum Action {
    LIST("list", 1),
    LOG("log [PORT|NAME] [-n COUNT] [--status 5xx] [--since 1m] [--json] [-f] [-q]", 2),
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

  private ServeOptions() {}

  /** What is set of a server's behaviour; the least that is set is the usual. */
  static Knobs knobs(Words words) {
    return new Knobs(
        words.duration("--keep-alive").orElse(Knobs.USUAL.keepAlive()),
        words.duration("--patience").orElse(Knobs.USUAL.patience()),
        words.word("--latency").map(word -> latency(words, word)),
        words.share("--error-rate").orElse(0),
        words.size("--max-body"),
        words.count("--max-connections", MOST),
        words.count("--rate", MOST));
  }

  /** How many lines of the log are wanted. */
  static int lines(Words words) {
    return words.count("-n", MOST).orElse(LOGGED);
  }

  /** Where to listen: on this machine alone, unless told otherwise. */
  static InetAddress address(Words words) {
    return words.address("--bind").orElseGet(InetAddress::getLoopbackAddress);
  }

  /** What the first word asks for; empty where a server is to be started. */
  static Optional<Action> action(Words words) {
    return words
        .operand(0)
        .flatMap(
            first ->
                Stream.of(Action.values())
                    .filter(action -> action.word().equals(first.text()))
                    .findFirst());
  }

  /**
   * No word is passed over in silence, and none is found wrong when something has been done.
   *
   * @throws wirebook.spi.MagicException when a word cannot be meant
   */
  static void check(MagicCall call, Words words) {
    knobs(words);
    address(words);
    lines(words);
    words.duration("--since");
    status(call, words);
    Optional<Action> action = action(words);
    for (Map.Entry<String, Word> option : words.given().entrySet()) {
      boolean log = action.filter(Action.LOG::equals).isPresent();
      boolean ofLog = OF_LOG.contains(option.getKey());
      if (log && OF_BOTH.contains(option.getKey())) {
        continue;
      }
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
      check(call, words, action.get());
      return;
    }
    if (words.operands().size() > 1) {
      // An action that is misspelt comes with words of its own.
      port(call, words.operands().getFirst());
      throw call.wrong(
          "SERVE010",
          words.operands().get(1),
          "%serve starts one server",
          "Write one port; another %serve starts another.");
    }
    if (words.flag("--spa") && !words.has("--dir")) {
      throw call.wrong(
          "SERVE026",
          given(words, "--spa"),
          "--spa says what --dir does where it has no file",
          "Write --dir FOLDER, with the index.html in it.");
    }
    List<String> services =
        Stream.of("--httpbin", "--dir", "--to", "--replay", "--upload").filter(words::has).toList();
    Optional<String> besideLines =
        services.stream().filter(name -> !name.equals("--dir")).findFirst();
    if (call.body().isPresent() && besideLines.isPresent()) {
      throw call.wrong(
          "SERVE020",
          given(words, besideLines.get()),
          "the lines below say what is served, and " + besideLines.get() + " says it, too",
          "Use one of them; of the options only --dir goes with lines below.");
    }
    if (services.size() > 1) {
      throw call.wrong(
          "SERVE020",
          given(words, services.get(1)),
          services.getFirst() + " and " + services.get(1) + " do not go together",
          services.contains("--upload")
              ? "--upload is for the class's service, which is there without other options."
              : "One server serves one thing; another port can serve the other.");
    }
  }

  /** The word that gave an option. */
  private static Word given(Words words, String option) {
    return Optional.ofNullable(words.given().get(option)).orElseThrow();
  }

  private static void check(MagicCall call, Words words, Action action) {
    if (call.body().isPresent()) {
      throw call.wrong(
          "SERVE021",
          new Word("", call.bodySpan()),
          "%serve " + action.word() + " takes no lines below it",
          "%%serve 8080 starts a server with them.");
    }
    if (words.operands().size() > action.mostWords()) {
      throw call.wrong(
          "SERVE022",
          words.operands().get(action.mostWords()),
          "%serve " + action.word() + " takes no more words",
          "%serve " + action.synopsis());
    }
  }

  private static Knobs.Latency latency(Words words, Word word) {
    String[] ends = word.text().split("-", 2);
    Duration least = words.duration(new Word(ends[0], word.span()));
    Duration most = words.duration(new Word(ends[ends.length - 1], word.span()));
    if (least.compareTo(most) > 0) {
      throw words.wrong(
          Complaint.TIME,
          word,
          "\"" + word.text() + "\" is no span of time",
          "Write the shorter time first: 100ms-2s.");
    }
    return new Knobs.Latency(least, most);
  }

  /** A status, or a class of them, as a pattern. */
  static Optional<String> status(MagicCall call, Words words) {
    return words.word("--status").map(word -> status(call, word));
  }

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

  static int port(MagicCall call, Word word) {
    if (word.text().matches("[0-9]{1,5}") && Integer.parseInt(word.text()) <= 65_535) {
      return Integer.parseInt(word.text());
    }
    throw call.wrong(
        "SERVE007",
        word,
        "\"" + word.text() + "\" is neither a port nor something %serve does",
        Typos.nearest(word.text(), Action.words(), word.text().length() > 3 ? 2 : 1)
                .map(near -> "Did you mean " + near + "? ")
                .orElse("")
            + "Write a port from 0 (any free one) to 65535, or "
            + String.join(", ", Action.words())
            + ".");
  }
}

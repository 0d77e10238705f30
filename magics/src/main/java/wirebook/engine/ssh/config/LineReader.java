// Above 500 lines: one keyword after the other as OpenSSH reads them, each a few lines with
// words of its own.
package wirebook.engine.ssh.config;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/** The arguments of one keyword, and where they are kept ({@code process_config_line()}). */
final class LineReader {
  private static final int MOST_FILES = 100;
  private static final int MOST_HOSTS_FILES = 32;
  private static final int MOST_DOMAINS = 32;
  private static final Set<String> FACILITIES =
      Set.of(
          "DAEMON",
          "USER",
          "AUTH",
          "AUTHPRIV",
          "LOCAL0",
          "LOCAL1",
          "LOCAL2",
          "LOCAL3",
          "LOCAL4",
          "LOCAL5",
          "LOCAL6",
          "LOCAL7");
  private static final List<String> HASHES = List.of("MD5", "SHA1", "SHA256", "SHA384", "SHA512");

  private final Settings settings;
  private final SshLog log;
  private final LocalHost local;

  LineReader(Settings settings, SshLog log, LocalHost local) {
    this.settings = settings;
    this.log = log;
    this.local = local;
  }

  /** A line that is wrong, in OpenSSH's words. */
  private static final class Wrong extends RuntimeException {
    private static final long serialVersionUID = 1;

    Wrong(String message) {
      super(message, null, false, false);
    }
  }

  /**
   * Keeps what a line says, when it counts.
   *
   * @return what is wrong with it; none when nothing is
   */
  Optional<String> read(
      Keyword keyword,
      String name,
      List<String> words,
      String rest,
      ConfigPlace place,
      boolean active) {
    Deque<String> left = new ArrayDeque<>(words);
    try {
      read(keyword, name, left, rest, place, active);
    } catch (Wrong e) {
      return Optional.ofNullable(e.getMessage());
    }
    return left.isEmpty()
        ? Optional.empty()
        : Optional.of(place + ": keyword " + name + " extra arguments at end of line");
  }

  private void read(
      Keyword keyword,
      String name,
      Deque<String> words,
      String rest,
      ConfigPlace place,
      boolean active) {
    switch (keyword.kind()) {
      case FLAG, CHOICE -> {
        String word = first(words, place + ": missing argument.");
        String choice =
            keyword
                .choice(word)
                .orElseThrow(() -> new Wrong(place + ": unsupported option \"" + word + "\"."));
        keep(keyword, choice, active);
      }
      case STRING -> keep(keyword, first(words, place + ": Missing argument."), active);
      case PORT -> {
        String word = first(words, place + ": Missing argument.");
        OptionalInt port = ConfigWords.port(word);
        if (port.orElse(0) == 0) {
          throw new Wrong(place + ": Bad port '" + word + "'.");
        }
        keep(keyword, String.valueOf(port.getAsInt()), active);
      }
      case NUMBER -> {
        String word = words.isEmpty() ? "" : words.poll();
        OptionalLong number = ConfigWords.number(word, Integer.MAX_VALUE);
        if (number.isEmpty()) {
          throw new Wrong(place + ": integer value " + ConfigWords.numberComplaint(word) + ".");
        }
        keep(keyword, String.valueOf(number.getAsLong()), active);
      }
      case TIME -> time(keyword, words, place, active);
      case COMMAND -> {
        words.clear();
        boolean jumps = keyword == Keyword.PROXY_COMMAND && settings.jump().isPresent();
        String command = rest.replaceFirst("^[ \t\r\n=]+", "");
        keep(keyword, command, active && !jumps);
      }
      case ALGORITHMS -> {
        String word = first(words, place + ": Missing argument.");
        Algorithms.Family family = keyword.family().orElseThrow();
        if (!Algorithms.valid(family, word)) {
          throw new Wrong(
              switch (family) {
                case CIPHER -> place + ": Bad SSH2 cipher spec '" + word + "'.";
                case MAC -> place + ": Bad SSH2 MAC spec '" + word + "'.";
                case KEX -> place + ": Bad SSH2 KexAlgorithms '" + word + "'.";
                case KEY, CA_SIGNATURE -> place + ": Bad key types '" + word + "'.";
              });
        }
        keep(keyword, word, active);
      }
      case HASH -> {
        String word = first(words, place + ": Missing argument.");
        if (!HASHES.contains(word.toUpperCase(Locale.ROOT))) {
          throw new Wrong(place + ": Invalid hash algorithm \"" + word + "\".");
        }
        keep(keyword, word.toUpperCase(Locale.ROOT), active);
      }
      case LOG_LEVEL -> {
        String word = words.isEmpty() ? "<NONE>" : words.poll();
        SshLog.Level level =
            SshLog.Level.of(word)
                .orElseThrow(() -> new Wrong(place + ": unsupported log level '" + word + "'"));
        keep(keyword, level.shown(), active);
      }
      case AGENT ->
          keep(keyword, agentPath(first(words, place + ": Missing argument."), place), active);
      case LIST -> list(keyword, name, words, place, active);
      case FILES -> {
        String word = first(words, place + ": Missing argument.");
        if (active) {
          if (settings.list(keyword).size() >= MOST_FILES) {
            throw new Wrong(
                "%s: Too many %s files specified (max %s)."
                    .formatted(
                        place,
                        keyword == Keyword.IDENTITY_FILE ? "identity" : "certificate",
                        MOST_FILES));
          }
          settings.addFile(keyword, word);
        }
      }
      case SEND_ENV -> sendEnv(words, place, active);
      case SET_ENV -> setEnv(words, place, active);
      case FORWARD -> forward(keyword, words, place, active);
      case SPECIAL -> special(keyword, words, rest, place, active);
      case IGNORED -> {
        words.clear();
        if (keyword == Keyword.DEPRECATED) {
          log.debug(place + ": Deprecated option \"" + name + "\"");
        } else if (keyword == Keyword.UNSUPPORTED) {
          log.error(place + ": Unsupported option \"" + name + "\"");
        }
      }
      case STRUCTURE -> throw new IllegalStateException(keyword + " is no setting");
    }
  }

  private void keep(Keyword keyword, String value, boolean active) {
    if (active) {
      settings.first(keyword, value);
    }
  }

  private static String first(Deque<String> words, String complaint) {
    String word = words.poll();
    if (word == null || word.isEmpty()) {
      throw new Wrong(complaint);
    }
    return word;
  }

  private void time(Keyword keyword, Deque<String> words, ConfigPlace place, boolean active) {
    String word = first(words, place + ": missing time value.");
    OptionalInt seconds = ConfigWords.seconds(word);
    if (word.equals("none")) {
      return;
    }
    if (seconds.isEmpty()) {
      throw new Wrong(place + ": invalid time value.");
    }
    keep(keyword, String.valueOf(seconds.getAsInt()), active);
  }

  private String agentPath(String word, ConfigPlace place) {
    if (Expansion.dollar(log, word, local.environment()).isEmpty()) {
      throw new Wrong(place + ": Invalid environment expansion " + word + ".");
    }
    if (word.startsWith("$")
        && !word.startsWith("${")
        && !ConfigWords.environmentName(word.substring(1))) {
      throw new Wrong(place + ": Invalid environment name " + word + ".");
    }
    return word;
  }

  private void list(
      Keyword keyword, String name, Deque<String> words, ConfigPlace place, boolean active) {
    boolean had = settings.listed(keyword);
    int at = 0;
    while (!words.isEmpty()) {
      String word = words.poll();
      String lower = ConfigWords.lower(word);
      boolean cnames = keyword == Keyword.CANONICALIZE_PERMITTED_CNAMES;
      if (word.isEmpty() && !cnames) {
        throw new Wrong(place + ": keyword " + name + " empty argument");
      }
      boolean alone =
          lower.equals("none") || (keyword == Keyword.PERMIT_REMOTE_OPEN && lower.equals("any"));
      if (alone && (at > 0 || !words.isEmpty())) {
        throw new Wrong(
            "%s: keyword %s \"%s\" argument must appear alone."
                .formatted(place, name, keyword == Keyword.PERMIT_REMOTE_OPEN ? word : "none"));
      }
      at++;
      String kept = word;
      switch (keyword) {
        case CANONICAL_DOMAINS -> {
          Optional<String> complaint = ConfigWords.domainComplaint(word);
          if (complaint.isPresent()) {
            throw new Wrong(place + ": " + complaint.get());
          }
          kept = lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
        }
        case CANONICALIZE_PERMITTED_CNAMES -> {
          if (alone) {
            kept = "none:";
          } else if (word.equals("*")) {
            kept = "*:*";
          } else {
            kept = lower;
            int colon = lower.indexOf(':');
            if (colon < 0 || colon + 1 == lower.length()) {
              throw new Wrong(place + ": Invalid permitted CNAME \"" + lower + "\"");
            }
          }
        }
        case PERMIT_REMOTE_OPEN -> {
          if (!alone) {
            int colon = word.startsWith("[") ? word.indexOf("]:") + 1 : word.indexOf(':');
            String port = colon > 0 ? word.substring(colon + 1) : "";
            if (!port.equals("*") && ConfigWords.port(port).orElse(0) == 0) {
              throw new SshFatal(place + ": bad port number in permitremoteopen");
            }
          }
        }
        default -> {
          // The word as it stands.
        }
      }
      if (!active || had || (keyword == Keyword.LOG_VERBOSE && settings.listed(keyword))) {
        continue;
      }
      if (settings.list(keyword).size()
          >= (keyword == Keyword.CANONICAL_DOMAINS ? MOST_DOMAINS : MOST_HOSTS_FILES)) {
        throw new Wrong(
            keyword == Keyword.CANONICAL_DOMAINS
                ? place + ": too many hostname suffixes."
                : place + ": too many " + name + " entries.");
      }
      settings.add(keyword, kept);
    }
    if (at == 0 && keyword == Keyword.PERMIT_REMOTE_OPEN) {
      throw new SshFatal(place + ": missing permitremoteopen specification");
    }
  }

  private void sendEnv(Deque<String> words, ConfigPlace place, boolean active) {
    while (!words.isEmpty()) {
      String word = words.poll();
      if (word.isEmpty() || word.indexOf('=') >= 0) {
        throw new Wrong(place + ": Invalid environment name.");
      }
      if (!active) {
        continue;
      }
      if (word.startsWith("-")) {
        settings.replace(
            Keyword.SEND_ENV,
            settings.list(Keyword.SEND_ENV).stream()
                .filter(kept -> !Patterns.matches(kept, word.substring(1)))
                .toList());
      } else {
        settings.add(Keyword.SEND_ENV, word);
      }
    }
  }

  private void setEnv(Deque<String> words, ConfigPlace place, boolean active) {
    boolean had = settings.listed(Keyword.SET_ENV);
    while (!words.isEmpty()) {
      String word = words.poll();
      int equals = word.indexOf('=');
      if (equals < 0) {
        throw new Wrong(place + ": Invalid SetEnv.");
      }
      if (!active || had) {
        continue;
      }
      String start = word.substring(0, equals + 1);
      if (settings.list(Keyword.SET_ENV).stream().anyMatch(kept -> kept.startsWith(start))) {
        log.debug2(place + ": ignoring duplicate env name \"" + word + "\"");
      } else {
        settings.add(Keyword.SET_ENV, word);
      }
    }
  }

  private void forward(Keyword keyword, Deque<String> words, ConfigPlace place, boolean active) {
    String listen = first(words, place + ": Missing argument.");
    boolean remote = keyword == Keyword.REMOTE_FORWARD;
    boolean dynamic = keyword == Keyword.DYNAMIC_FORWARD;
    String text = listen;
    if (!dynamic) {
      if (!words.isEmpty()) {
        text = listen + ":" + words.poll();
      } else if (remote) {
        dynamic = true;
      } else {
        throw new Wrong(place + ": Missing target argument.");
      }
    }
    Optional<Forward> forward =
        Expansion.dollar(log, text, local.environment()).flatMap(dynamicText(dynamic, remote));
    if (forward.isEmpty()) {
      throw new Wrong(place + ": Bad forwarding specification.");
    }
    if (active) {
      settings.addForward(forward.get(), remote);
    }
  }

  private static java.util.function.Function<String, Optional<Forward>> dynamicText(
      boolean dynamic, boolean remote) {
    return text -> Forward.parse(text, dynamic, remote);
  }

  private void special(
      Keyword keyword, Deque<String> words, String rest, ConfigPlace place, boolean active) {
    switch (keyword) {
      case PROXY_JUMP -> {
        words.clear();
        String text = rest.replaceFirst("^[ \t\r\n=]+", "");
        if (!Jumps.read(settings, text, active, log)) {
          throw new Wrong(place + ": Invalid ProxyJump \"" + text + "\"");
        }
      }
      case FORWARD_AGENT -> {
        String word = first(words, place + ": missing argument.");
        Optional<String> flag = Keyword.BATCH_MODE.choice(word);
        keep(keyword, flag.orElseGet(() -> agentPath(word, place)), active);
      }
      case REKEY_LIMIT -> rekeyLimit(words, place, active);
      case ESCAPE_CHAR -> {
        String word = first(words, place + ": Missing argument.");
        keep(
            keyword,
            escape(word).orElseThrow(() -> new Wrong(place + ": Bad escape character.")),
            active);
      }
      case CONTROL_PERSIST -> {
        String word = first(words, place + ": Missing ControlPersist argument.");
        OptionalInt seconds = ConfigWords.seconds(word);
        String value =
            switch (word) {
              case "no", "false" -> "no";
              case "yes", "true" -> "yes";
              default -> {
                if (seconds.isEmpty()) {
                  throw new Wrong(place + ": Bad ControlPersist argument.");
                }
                yield seconds.getAsInt() == 0 ? "yes" : String.valueOf(seconds.getAsInt());
              }
            };
        keep(keyword, value, active);
      }
      case TUNNEL_DEVICE -> {
        String word = first(words, place + ": Missing argument.");
        keep(
            keyword,
            tunnel(word).orElseThrow(() -> new Wrong(place + ": Bad tun device.")),
            active);
      }
      case STREAM_LOCAL_BIND_MASK -> {
        String word = first(words, place + ": Missing StreamLocalBindMask argument.");
        String digits = word.replaceFirst("^([0-7]+).*$", "$1");
        if (!digits.matches("[0-7]{1,9}") || Integer.parseInt(digits, 8) > 0777) {
          throw new Wrong(place + ": Bad mask.");
        }
        settings.set(keyword, "0" + Integer.toString(Integer.parseInt(digits, 8), 8));
      }
      case SYSLOG_FACILITY -> {
        String word = words.isEmpty() ? "<NONE>" : words.poll();
        String upper = word.toUpperCase(Locale.ROOT);
        if (!FACILITIES.contains(upper)) {
          throw new Wrong(place + ": unsupported log facility '" + word + "'");
        }
        settings.first(keyword, upper);
      }
      case IP_QOS -> {
        String one = qos(words.isEmpty() ? "(null)" : words.poll(), place);
        String two = words.isEmpty() ? one : qos(words.poll(), place);
        keep(keyword, one + " " + two, active);
      }
      case ADD_KEYS_TO_AGENT -> addKeys(words, place, active);
      default -> throw new IllegalStateException(keyword.toString());
    }
  }

  private void addKeys(Deque<String> words, ConfigPlace place, boolean active) {
    String word = words.isEmpty() ? "" : words.poll();
    Optional<String> second = Optional.ofNullable(words.poll());
    Optional<String> flag =
        Optional.ofNullable(
            Map.of(
                    "true", "true", "yes", "true", "false", "false", "no", "false", "ask", "ask",
                    "confirm", "confirm")
                .get(ConfigWords.lower(word)));
    String value;
    if (word.isEmpty()) {
      throw new Wrong(place + ": missing argument.");
    } else if (flag.equals(Optional.of("confirm")) && second.isPresent()) {
      OptionalInt life = ConfigWords.seconds(second.get());
      if (life.isEmpty()) {
        throw new Wrong(place + ": invalid time value.");
      }
      value = life.getAsInt() == 0 ? "confirm" : "confirm " + life.getAsInt();
    } else if (flag.isEmpty() && second.isEmpty()) {
      OptionalInt life = ConfigWords.seconds(word);
      if (life.isEmpty()) {
        throw new Wrong(place + ": unsupported option");
      }
      value = life.getAsInt() == 0 ? "true" : String.valueOf(life.getAsInt());
    } else if (flag.isEmpty() || second.isPresent()) {
      throw new Wrong(place + ": unsupported option");
    } else {
      value = flag.get();
    }
    keep(Keyword.ADD_KEYS_TO_AGENT, value, active);
  }

  private void rekeyLimit(Deque<String> words, ConfigPlace place, boolean active) {
    String word = first(words, place + ": Missing argument.");
    long bytes = 0;
    if (!word.equals("default")) {
      OptionalLong scaled = ConfigWords.scaled(word);
      if (scaled.isEmpty()) {
        throw new Wrong(place + ": Bad number '" + word + "': Invalid argument");
      }
      bytes = scaled.getAsLong();
      if (bytes != 0 && bytes < 16) {
        throw new Wrong(place + ": RekeyLimit too small");
      }
    }
    Optional<String> seconds = Optional.empty();
    String interval = words.poll();
    if (interval != null && !interval.equals("none")) {
      OptionalInt time = ConfigWords.seconds(interval);
      if (interval.isEmpty()) {
        throw new Wrong(place + ": missing time value.");
      }
      if (time.isEmpty()) {
        throw new Wrong(place + ": invalid time value.");
      }
      seconds = Optional.of(String.valueOf(time.getAsInt()));
    }
    if (!active) {
      return;
    }
    // The two are kept apart: a later line may still give the interval.
    String[] had = settings.value(Keyword.REKEY_LIMIT).orElse("- -").split(" ");
    settings.set(
        Keyword.REKEY_LIMIT,
        (had[0].equals("-") ? String.valueOf(bytes) : had[0])
            + " "
            + (had[1].equals("-") ? seconds.orElse("-") : had[1]));
  }

  /** {@code none}, or one character as {@code ssh -G} shows it. */
  static Optional<String> escape(String word) {
    if (word.equals("none")) {
      return Optional.of("none");
    }
    if (word.length() == 1) {
      return Optional.of(word);
    }
    if (word.length() == 2
        && word.charAt(0) == '^'
        && word.charAt(1) >= 64
        && word.charAt(1) < 128) {
      return Optional.of("\\^" + (char) ((word.charAt(1) & 31) + 64));
    }
    return Optional.empty();
  }

  /** {@code any:any}, {@code 0:1}. */
  static Optional<String> tunnel(String word) {
    int colon = word.indexOf(':');
    Optional<String> near = tunnelNumber(colon < 0 ? word : word.substring(0, colon));
    Optional<String> far = colon < 0 ? Optional.of("any") : tunnelNumber(word.substring(colon + 1));
    return near.flatMap(n -> far.map(f -> n + ":" + f));
  }

  private static Optional<String> tunnelNumber(String word) {
    if (word.equalsIgnoreCase("any")) {
      return Optional.of("any");
    }
    OptionalLong number = ConfigWords.number(word, Integer.MAX_VALUE - 2L);
    return number.isPresent() ? Optional.of(String.valueOf(number.getAsLong())) : Optional.empty();
  }

  private static final List<String> SERVICES =
      List.of(
          "af11 0x28",
          "af12 0x30",
          "af13 0x38",
          "af21 0x48",
          "af22 0x50",
          "af23 0x58",
          "af31 0x68",
          "af32 0x70",
          "af33 0x78",
          "af41 0x88",
          "af42 0x90",
          "af43 0x98",
          "cs0 0x00",
          "cs1 0x20",
          "cs2 0x40",
          "cs3 0x60",
          "cs4 0x80",
          "cs5 0xa0",
          "cs6 0xc0",
          "cs7 0xe0",
          "ef 0xb8",
          "le 0x04",
          "lowdelay 0x10",
          "throughput 0x08",
          "reliability 0x04");

  private static String qos(String word, ConfigPlace place) {
    if (word.equalsIgnoreCase("none")) {
      return "none";
    }
    for (String service : SERVICES) {
      if (service.startsWith(ConfigWords.lower(word) + " ")) {
        return ConfigWords.lower(word).equals("reliability") ? "le" : ConfigWords.lower(word);
      }
    }
    int number;
    try {
      number = Integer.decode(word);
    } catch (NumberFormatException e) {
      number = -1;
    }
    if (number < 0 || number > 255) {
      throw new Wrong(place + ": Bad IPQoS value: " + word);
    }
    String hex = " 0x%02x".formatted(number);
    return SERVICES.stream()
        .filter(s -> s.endsWith(hex))
        .map(s -> s.substring(0, s.indexOf(' ')))
        .findFirst()
        .orElse(hex.strip());
  }
}

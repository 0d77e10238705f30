package wirebook.engine.dns.delv;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import wirebook.engine.dns.MessageStyle;
import wirebook.engine.dns.RecordType;
import wirebook.engine.dns.dig.ReverseName;

/**
 * What delv was told.
 *
 * @param server a name or an address; else the host's own resolvers
 * @param anchors the file that has the trust anchors, as BIND writes them
 * @param root the name whose anchor counts
 * @param on the plus options that hold
 * @param split after how many characters hex and base64 are split; -1 for where it fits
 */
public record DelvOptions(
    Optional<String> server,
    int port,
    String name,
    RecordType type,
    Optional<String> anchors,
    String root,
    boolean insecure,
    boolean four,
    boolean six,
    Set<Plus> on,
    int split) {
  /** The options that are switched on with + and off with +no. */
  public enum Plus {
    CDFLAG(false, "ask for what the resolver finds bogus too"),
    CLASS(true, "show the class"),
    COMMENTS(true, "show headings and comments"),
    CRYPTO(true, "show keys and signatures whole"),
    DNSSEC(true, "show signatures"),
    MTRACE(false, "show the messages"),
    MULTILINE(false, "long records over several lines"),
    ROOT(true, "the trust anchor: +root=NAME needs -a"),
    RRCOMMENTS(true, "explain keys"),
    RTRACE(false, "say what is asked for"),
    SHORT(false, "the data alone"),
    TCP(false, "ask by TCP"),
    TRUST(true, "show how far to trust it"),
    TTL(true, "show the time to live"),
    UNKNOWNFORMAT(false, "show all data as of unknown types"),
    VTRACE(false, "say how it is validated");

    private final boolean usually;

    private final String help;

    Plus(boolean usually, String help) {
      this.usually = usually;
      this.help = help;
    }

    /** What it does, in a line. */
    public String help() {
      return help;
    }

    /** Its name without the plus sign. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What is wrong with the words. */
  public static final class UsageException extends Exception {
    private static final long serialVersionUID = 1L;

    UsageException(String words) {
      super(words);
    }
  }

  public DelvOptions {
    on = Set.copyOf(on);
  }

  boolean has(Plus option) {
    return on.contains(option);
  }

  boolean validates() {
    return !insecure && has(Plus.ROOT);
  }

  MessageStyle style() {
    return new MessageStyle(
        has(Plus.COMMENTS),
        false,
        has(Plus.MULTILINE),
        has(Plus.RRCOMMENTS),
        has(Plus.CRYPTO),
        has(Plus.UNKNOWNFORMAT),
        false,
        has(Plus.TTL),
        false,
        has(Plus.CLASS),
        split,
        n -> n);
  }

  /**
   * @param warnings gets what delv only warns of
   */
  public static DelvOptions of(List<String> words, List<String> warnings) throws UsageException {
    return new Reader(words, warnings).read();
  }

  private static String help() {
    StringBuilder text =
        new StringBuilder(
            """
            Usage:  delv [@server] {q-opt} {d-opt} [domain] [q-type] [q-class]
            Where:  domain    is a name in the Domain Name System, by default the root
                    q-type    is a, any, mx, ns, soa, txt, … [a]
                    q-opt     is one of:
                      -4, -6             use IPv4 or IPv6 only
                      -a file            the trust anchors, as BIND writes them
                      -i                 validate nothing
                      -p port            ask this port [53]
                      -t type, -q name
                      -x address         look up the name of an address
                      -h, -v             show this help, or the version
                      -b, -c, -d, -m     are accepted, and do nothing
                    d-opt     is +keyword or +nokeyword:
                      +all               comments, rrcomments and trust
                      +split=N           split hex and Base64 after so many characters\
            """);
    for (Plus option : Plus.values()) {
      text.append("\n          +%-17s %s".formatted(option.word(), option.help));
    }
    return text.toString();
  }

  private static final Set<String> NOT_INTERNET = Set.of("CH", "CHAOS", "HS", "HESIOD");

  private static final class Reader {
    private final List<String> words;
    private final List<String> warnings;
    private final Set<Plus> on = new TreeSet<>();
    private Optional<String> server = Optional.empty();
    private Optional<String> name = Optional.empty();
    private Optional<RecordType> type = Optional.empty();
    private Optional<String> anchors = Optional.empty();
    private String root = ".";
    private int port = 53;
    private int split = -1;
    private boolean insecure;
    private boolean four;
    private boolean six;
    private int at;

    Reader(List<String> words, List<String> warnings) {
      this.words = words;
      this.warnings = warnings;
      for (Plus option : Plus.values()) {
        if (option.usually) {
          on.add(option);
        }
      }
    }

    DelvOptions read() throws UsageException {
      List<String> operands = new ArrayList<>();
      for (at = 0; at < words.size(); at++) {
        String word = words.get(at);
        if (word.startsWith("@") && word.length() > 1) {
          server = Optional.of(word.substring(1));
        } else if (word.startsWith("+") && word.length() > 1) {
          plus(word.substring(1));
        } else if (word.startsWith("-") && word.length() > 1) {
          dash(word.substring(1));
        } else {
          operands.add(word);
        }
      }
      for (String word : operands) {
        Optional<RecordType> parsed = RecordType.parse(word);
        if (parsed.isPresent() && type.isEmpty()) {
          type = parsed;
        } else if (NOT_INTERNET.contains(word.toUpperCase(Locale.ROOT))) {
          warnings.add("ignoring non-IN query class");
        } else if (!word.equalsIgnoreCase("IN")) {
          name.ifPresent(_ -> warnings.add("extra query name"));
          name = Optional.of(word);
        }
      }
      boolean nothing = name.isEmpty() && type.isEmpty();
      RecordType asked = type.orElse(nothing ? RecordType.NS : RecordType.A);
      return new DelvOptions(
          server, port, name.orElse("."), asked, anchors, root, insecure, four, six, on, split);
    }

    private String value(String joined) throws UsageException {
      if (!joined.isEmpty()) {
        return joined;
      }
      if (at + 1 >= words.size()) {
        throw new UsageException("Invalid option: " + words.get(at));
      }
      return words.get(++at);
    }

    private void dash(String option) throws UsageException {
      String rest = option;
      while (!rest.isEmpty() && "46im".indexOf(rest.charAt(0)) >= 0) {
        switch (rest.charAt(0)) {
          case '4' -> four = true;
          case '6' -> six = true;
          case 'i' -> insecure = true;
          default -> {
            // How much memory it takes is not told.
          }
        }
        rest = rest.substring(1);
      }
      if (rest.isEmpty()) {
        return;
      }
      String joined = rest.substring(1);
      switch (rest.charAt(0)) {
        case 'a' -> anchors = Optional.of(value(joined));
        case 'p' -> port = number(value(joined), 65_535, "port number");
        case 'q' -> name = Optional.of(value(joined));
        case 't' -> {
          String word = value(joined);
          Optional<RecordType> parsed = RecordType.parse(word);
          if (parsed
              .filter(t -> t.equals(RecordType.AXFR) || t.equals(RecordType.IXFR))
              .isPresent()) {
            throw new UsageException("Transfer not supported");
          }
          parsed.ifPresentOrElse(
              t -> type = Optional.of(t), () -> warnings.add("ignoring invalid type"));
        }
        case 'c', 'd', 'b' -> value(joined);
        case 'x' -> {
          String address = value(joined);
          name =
              address.indexOf(':') < 0
                  ? Optional.of(ReverseName.loose(address))
                  : ReverseName.strict(address);
          if (name.isEmpty()) {
            throw new UsageException("Invalid IP address " + address);
          }
          type = type.or(() -> Optional.of(RecordType.PTR));
        }
        case 'h' -> throw new UsageException(help());
        default -> throw new UsageException("Invalid option: -" + option + "\n" + help());
      }
    }

    /** BIND counts a group less, and makes up for it. */
    private static int width(String text) throws UsageException {
      int width = (number(text, 1023, "split") + 3) / 4 * 4;
      return width == 0 ? 0 : width + 3;
    }

    private static int number(String text, int most, String what) throws UsageException {
      if (!text.matches("[0-9]{1,6}") || Integer.parseInt(text) > most) {
        throw new UsageException("Couldn't parse " + what);
      }
      return Integer.parseInt(text);
    }

    /** Unlike delv, only the options' full names and what begins one of them alone. */
    private void plus(String option) throws UsageException {
      int equals = option.indexOf('=');
      String key = (equals < 0 ? option : option.substring(0, equals)).toLowerCase(Locale.ROOT);
      Optional<String> value =
          equals < 0 ? Optional.empty() : Optional.of(option.substring(equals + 1));
      boolean state = !key.startsWith("no");
      String name = state ? key : key.substring(2);
      if (name.equals("all")) {
        set(Set.of(Plus.COMMENTS, Plus.RRCOMMENTS, Plus.TRUST), state);
      } else if (name.equals("split")) {
        split = !state ? 0 : value.isPresent() ? width(value.get()) : -1;
      } else {
        List<Plus> meant =
            List.of(Plus.values()).stream()
                .filter(p -> !name.isEmpty() && p.word().startsWith(name))
                .toList();
        if (meant.size() != 1) {
          throw new UsageException(
              name.equals("yaml")
                  ? "+yaml is not done here: the value has it all"
                  : "Invalid option: +" + option + "\n" + help());
        }
        set(Set.of(meant.getFirst()), state);
        MORE.getOrDefault(meant.getFirst(), Set.of())
            .forEach(p -> set(Set.of(p), state || on.contains(p)));
        if (meant.getFirst() == Plus.SHORT && state) {
          set(Set.of(Plus.MULTILINE, Plus.COMMENTS, Plus.TRUST, Plus.DNSSEC), false);
        }
        if (meant.getFirst() == Plus.ROOT) {
          value.ifPresent(v -> root = v);
        }
      }
    }

    /** Options that switch others on. */
    private static final Map<Plus, Set<Plus>> MORE =
        Map.of(Plus.MTRACE, Set.of(Plus.RTRACE), Plus.VTRACE, Set.of(Plus.RTRACE));

    private void set(Set<Plus> options, boolean state) {
      if (state) {
        on.addAll(options);
      } else {
        on.removeAll(options);
      }
    }
  }
}

// Above 500 lines: one grammar: the options of ss, and its filter.
package wirebook.engine.socket.ss;

import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import wirebook.engine.socket.SocketEntry;
import wirebook.engine.socket.SocketState;
import wirebook.trace.Bytes;
import wirebook.trace.IpText;

/**
 * What ss(8) is asked: which tables and states, what to show of each socket, and a filter. Long, as
 * ss reads its options and its filter from the same words.
 *
 * @param family 4 or 6, or zero for both
 */
public record SsQuery(
    Set<Table> tables,
    int family,
    Set<SocketState> states,
    boolean numeric,
    boolean processes,
    boolean options,
    boolean details,
    boolean info,
    boolean memory,
    boolean header,
    boolean oneLine,
    boolean machine,
    Filter filter) {
  /** What a filter may name behind {@code state}. */
  public static final List<String> STATES =
      List.of(
          "established",
          "syn-sent",
          "syn-recv",
          "fin-wait-1",
          "fin-wait-2",
          "time-wait",
          "unconnected",
          "close-wait",
          "last-ack",
          "listening",
          "closing",
          "all",
          "connected",
          "synchronized",
          "bucket",
          "big");

  /** The kinds of sockets, in the order in which ss shows them. */
  public enum Table {
    UNIX,
    RAW,
    UDP,
    TCP
  }

  private static final Set<SocketState> CONNECTED =
      EnumSet.complementOf(
          EnumSet.of(
              SocketState.LISTEN,
              SocketState.CLOSED,
              SocketState.TIME_WAIT,
              SocketState.SYN_RECEIVED,
              SocketState.NEW_SYN_RECEIVED));

  /** A condition on a socket. */
  public sealed interface Filter {
    boolean matches(SocketEntry entry);

    record All() implements Filter {
      @Override
      public boolean matches(SocketEntry entry) {
        return true;
      }
    }

    record And(Filter one, Filter other) implements Filter {
      @Override
      public boolean matches(SocketEntry entry) {
        return one.matches(entry) && other.matches(entry);
      }
    }

    record Or(Filter one, Filter other) implements Filter {
      @Override
      public boolean matches(SocketEntry entry) {
        return one.matches(entry) || other.matches(entry);
      }
    }

    record Not(Filter one) implements Filter {
      @Override
      public boolean matches(SocketEntry entry) {
        return !one.matches(entry);
      }
    }

    /** {@code src} and {@code dst}, and {@code sport} and {@code dport} when equal. */
    record At(boolean local, Host host) implements Filter {
      @Override
      public boolean matches(SocketEntry entry) {
        return host.matches(local ? entry.local() : entry.peer());
      }
    }

    record PortAtLeast(boolean local, int port) implements Filter {
      @Override
      public boolean matches(SocketEntry entry) {
        return portOf(local ? entry.local() : entry.peer()) >= port;
      }
    }

    record PortAtMost(boolean local, int port) implements Filter {
      @Override
      public boolean matches(SocketEntry entry) {
        return portOf(local ? entry.local() : entry.peer()) <= port;
      }
    }

    record Device(String name) implements Filter {
      @Override
      public boolean matches(SocketEntry entry) {
        return entry.local() instanceof SocketEntry.End.Ip ip
            && name.equals(SystemNames.interfaces().getOrDefault(ip.interfaceIndex(), ""));
      }
    }

    /** The system chose the local port by itself. */
    record AutoBound() implements Filter {
      @Override
      public boolean matches(SocketEntry entry) {
        int[] range = SystemNames.ephemeralPorts();
        return switch (entry.local()) {
          case SocketEntry.End.Ip ip -> ip.port() >= range[0] && ip.port() <= range[1];
          case SocketEntry.End.Unix unix ->
              unix.name().isEmpty() || unix.name().matches("@[0-9a-f]{5}");
        };
      }
    }
  }

  private static int portOf(SocketEntry.End end) {
    return end instanceof SocketEntry.End.Ip ip ? ip.port() : 0;
  }

  /** An address with or without a port: what a socket's end may be. */
  sealed interface Host {
    boolean matches(SocketEntry.End end);

    /** {@code port} is -1 for any; an empty address is any. */
    record Net(Bytes address, int bits, int port) implements Host {
      @Override
      public boolean matches(SocketEntry.End end) {
        if (!(end instanceof SocketEntry.End.Ip ip) || (port >= 0 && port != ip.port())) {
          return false;
        }
        Bytes other = address.length() == 4 ? IpText.unmapped(ip.address()) : ip.address();
        return address.isEmpty()
            || (address.length() == other.length() && samePrefix(address, other, bits));
      }
    }

    /** A pattern of a Unix-domain socket's name, in which a star stands for anything. */
    record Name(String pattern) implements Host {
      @Override
      public boolean matches(SocketEntry.End end) {
        return end instanceof SocketEntry.End.Unix unix
            && Pattern.compile(
                    Pattern.quote(pattern).replace("*", "\\E.*\\Q").replace("?", "\\E.\\Q"),
                    Pattern.CASE_INSENSITIVE)
                .matcher(unix.name())
                .matches();
      }
    }
  }

  static boolean samePrefix(Bytes one, Bytes other, int bits) {
    for (int i = 0; i < bits; i++) {
      if (((one.at(i / 8) ^ other.at(i / 8)) & 0x80 >> i % 8) != 0) {
        return false;
      }
    }
    return true;
  }

  /** The words are no question to ss. */
  public static final class Wrong extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int word;
    private final String fix;

    Wrong(int word, String message, String fix) {
      super(message, null, false, false);
      this.word = word;
      this.fix = fix;
    }

    /** The index of the word at fault. */
    public int word() {
      return word;
    }

    public String fix() {
      return fix;
    }
  }

  /**
   * Reads ss's words.
   *
   * @throws Wrong when they are none
   */
  public static SsQuery parse(List<String> words) {
    return new Parser(words).parse();
  }

  private static final class Parser {
    private static final Map<String, Character> LONG =
        Map.ofEntries(
            Map.entry("--numeric", 'n'),
            Map.entry("--options", 'o'),
            Map.entry("--extended", 'e'),
            Map.entry("--memory", 'm'),
            Map.entry("--info", 'i'),
            Map.entry("--processes", 'p'),
            Map.entry("--tcp", 't'),
            Map.entry("--udp", 'u'),
            Map.entry("--raw", 'w'),
            Map.entry("--unix", 'x'),
            Map.entry("--all", 'a'),
            Map.entry("--listening", 'l'),
            Map.entry("--ipv4", '4'),
            Map.entry("--ipv6", '6'),
            Map.entry("--no-header", 'H'),
            Map.entry("--oneline", 'O'),
            Map.entry("--query", 'A'),
            Map.entry("--family", 'f'),
            Map.entry("--bpf", 'b'),
            Map.entry("--machine", 'M'));

    private final List<String> words;
    private final Set<Table> tables = EnumSet.noneOf(Table.class);
    private final Set<SocketState> ofFamilies = EnumSet.noneOf(SocketState.class);
    private Set<SocketState> states = EnumSet.noneOf(SocketState.class);
    private boolean sawStates;
    private int family;
    private boolean unix;
    private int at;
    private final StringBuilder flags = new StringBuilder();

    Parser(List<String> words) {
      this.words = words;
    }

    SsQuery parse() {
      for (; at < words.size() && words.get(at).startsWith("-"); at++) {
        String word = words.get(at);
        if (word.startsWith("--")) {
          String option = word.split("=", 2)[0];
          Character letter = Abbreviation.only(option, LONG.keySet()).map(LONG::get).orElse(null);
          if (letter == null) {
            throw new Wrong(
                at,
                "ss: unrecognized option '" + word + "'",
                "one of " + LONG.keySet().stream().sorted().toList());
          }
          if (letter == 'A' || letter == 'f') {
            named(letter, word.contains("=") ? word.split("=", 2)[1] : value(word));
          } else {
            flag(letter);
          }
        } else {
          for (int i = 1; i < word.length(); i++) {
            char letter = word.charAt(i);
            if (letter == 'A' || letter == 'f') {
              named(letter, i + 1 < word.length() ? word.substring(i + 1) : value(word));
              break;
            }
            flag(letter);
          }
        }
      }
      states();
      if (tables.isEmpty() && family == 0 && !unix) {
        tables.addAll(EnumSet.allOf(Table.class));
        ofFamilies.addAll(CONNECTED);
      } else if (unix) {
        tables.add(Table.UNIX);
      }
      if (family != 0 && (tables.isEmpty() || tables.equals(Set.of(Table.UNIX)))) {
        tables.addAll(Set.of(Table.RAW, Table.UDP, Table.TCP));
      }
      Set<SocketState> chosen = states.isEmpty() && !sawStates ? ofFamilies : states;
      if (chosen.isEmpty()) {
        throw new Wrong(
            Math.min(at, words.size() - 1), "ss: no socket states to show with such filter.", "");
      }
      Filter filter = at < words.size() ? filter() : new Filter.All();
      if (at < words.size()) {
        throw new Wrong(
            at,
            "ss: bison bellows (while parsing filter): \"syntax error!\" at " + words.get(at),
            "( sport = :80 or dport = :80 ) and not src 127.0.0.1");
      }
      return new SsQuery(
          tables,
          family,
          chosen,
          has('n'),
          has('p'),
          has('o') || has('e'),
          has('e'),
          has('i'),
          has('m'),
          !has('H'),
          has('O'),
          has('M'),
          filter);
    }

    private String value(String option) {
      if (at + 1 == words.size()) {
        throw new Wrong(at, "ss: option requires an argument -- " + option, "-A tcp,udp; -f inet");
      }
      return words.get(++at);
    }

    /** The value of -A, tables, or of -f, a family. */
    private void named(char option, String value) {
      if (option == 'f') {
        switch (value) {
          case "inet" -> flag('4');
          case "inet6" -> flag('6');
          case "unix" -> flag('x');
          default ->
              throw new Wrong(
                  at, "ss: \"" + value + "\" is no family that is shown here", "inet, inet6, unix");
        }
        return;
      }
      for (String table : value.split(",", -1)) {
        switch (table) {
          case "all" -> "utw".chars().forEach(c -> flag((char) c));
          case "inet" -> "utw".chars().forEach(c -> flag((char) c));
          case "tcp" -> flag('t');
          case "udp" -> flag('u');
          case "raw" -> flag('w');
          case "unix" -> flag('x');
          default ->
              throw new Wrong(
                  at,
                  "ss: \"" + table + "\" is no socket table that is shown here",
                  "all, inet, tcp, udp, raw, unix");
        }
        unix |= table.equals("all");
      }
    }

    private boolean has(char letter) {
      return flags.indexOf(String.valueOf(letter)) >= 0;
    }

    private void flag(char letter) {
      flags.append(letter);
      switch (letter) {
        case 't' -> table(Table.TCP, CONNECTED);
        case 'u' -> table(Table.UDP, Set.of(SocketState.ESTABLISHED));
        case 'w' -> table(Table.RAW, Set.of(SocketState.ESTABLISHED));
        case 'x' -> {
          unix = true;
          ofFamilies.addAll(CONNECTED);
        }
        case '4', '6' -> {
          family = letter - '0';
          ofFamilies.addAll(CONNECTED);
        }
        case 'a' -> states = EnumSet.allOf(SocketState.class);
        case 'l' -> states = EnumSet.of(SocketState.LISTEN, SocketState.CLOSED);
        case 'n', 'o', 'e', 'm', 'i', 'p', 'H', 'O', 'M' -> {
          // Asked for below.
        }
        case 'b' -> {
          // No socket here has a packet filter.
        }
        case 'r' ->
            throw new Wrong(at, "names are not looked up here", "%dig -x ADDRESS says a name");
        case 'N' ->
            throw new Wrong(at, "it is this kernel's network namespace that is shown here", "");
        case 'K' ->
            throw new Wrong(at, "no socket is closed from outside here", "close() its Java value");
        default ->
            throw new Wrong(
                at,
                "ss: invalid option -- '" + letter + "'",
                "-t -u -w -x -4 -6, -a -l, -n -p -o -e -i -m, -H -O, and --machine for all of this"
                    + " machine's sockets");
      }
    }

    private void table(Table table, Set<SocketState> usual) {
      tables.add(table);
      ofFamilies.addAll(usual);
    }

    private void states() {
      while (at < words.size()) {
        String word = words.get(at);
        boolean add = word.equals("state");
        if (!add && !word.equals("exclude") && !word.equals("excl")) {
          return;
        }
        if (at + 1 == words.size()) {
          throw new Wrong(at, word + " needs a state", "established, time-wait, listening …");
        }
        Set<SocketState> named = state(words.get(at + 1));
        if (!sawStates) {
          states = add ? EnumSet.noneOf(SocketState.class) : EnumSet.allOf(SocketState.class);
        }
        sawStates = true;
        if (add) {
          states.addAll(named);
        } else {
          states.removeAll(named);
        }
        at += 2;
      }
    }

    private Set<SocketState> state(String name) {
      Set<SocketState> all = EnumSet.allOf(SocketState.class);
      String lower = name.toLowerCase(Locale.ROOT);
      Predicate<SocketState> pending =
          s -> s == SocketState.SYN_RECEIVED || s == SocketState.NEW_SYN_RECEIVED;
      switch (lower) {
        case "all" -> {}
        case "close", "closed" -> all.removeIf(s -> s != SocketState.CLOSED);
        case "syn-rcv" -> all.removeIf(s -> s != SocketState.SYN_RECEIVED);
        case "connected" -> all.removeAll(EnumSet.of(SocketState.CLOSED, SocketState.LISTEN));
        case "synchronized" ->
            all.removeAll(EnumSet.of(SocketState.CLOSED, SocketState.LISTEN, SocketState.SYN_SENT));
        case "bucket" -> all.removeIf(s -> !pending.test(s) && s != SocketState.TIME_WAIT);
        case "big" -> all.removeIf(s -> pending.test(s) || s == SocketState.TIME_WAIT);
        default -> {
          all.removeIf(s -> !s.filter().equals(lower));
          if (all.isEmpty()) {
            throw new Wrong(at + 1, "ss: wrong state name: " + name, String.join(", ", STATES));
          }
        }
      }
      return all;
    }

    /** Terms joined by and, or, or nothing, which is and; read from left to right. */
    private Filter filter() {
      Filter left = term();
      while (at < words.size() && !words.get(at).equals(")")) {
        String word = words.get(at);
        boolean or = Set.of("or", "|", "||").contains(word);
        if (or || Set.of("and", "&", "&&").contains(word)) {
          at++;
        }
        Filter right = term();
        left = or ? new Filter.Or(left, right) : new Filter.And(left, right);
      }
      return left;
    }

    private Filter term() {
      String word = next("a condition");
      return switch (word) {
        case "(" -> {
          Filter inner = filter();
          if (!next(")").equals(")")) {
            throw new Wrong(at - 1, "expected )", "");
          }
          yield inner;
        }
        case "not", "!" -> new Filter.Not(term());
        case "autobound" -> new Filter.AutoBound();
        case "src", "dst" -> {
          operator(Set.of("="));
          yield new Filter.At(word.equals("src"), host(next("an address"), false));
        }
        case "dev" -> {
          boolean not = operator(Set.of("=", "!=")).equals("!=");
          Filter device = new Filter.Device(next("an interface"));
          yield not ? new Filter.Not(device) : device;
        }
        case "sport", "dport" -> {
          boolean local = word.equals("sport");
          String operator = operator(Set.of("=", "!=", "<", "<=", ">", ">="));
          Host host = host(next("a port"), true);
          int port = host instanceof Host.Net net ? net.port : -1;
          yield switch (operator) {
            case "!=" -> new Filter.Not(new Filter.At(local, host));
            case ">=" -> new Filter.PortAtLeast(local, port);
            case "<=" -> new Filter.PortAtMost(local, port);
            case ">" -> new Filter.Not(new Filter.PortAtMost(local, port));
            case "<" -> new Filter.Not(new Filter.PortAtLeast(local, port));
            default -> new Filter.At(local, host);
          };
        }
        default ->
            throw new Wrong(
                at - 1,
                "no condition: " + word,
                word.matches("[|<>;&].*")
                    ? "!ss and the rest of the line goes through a shell, in the lab as well"
                    : "src ADDRESS, dst ADDRESS, sport = :PORT, dport = :PORT, state NAME (first)");
      };
    }

    private String operator(Set<String> known) {
      if (at == words.size()) {
        return "=";
      }
      String operator =
          switch (words.get(at)) {
            case "=", "==", "eq" -> "=";
            case "!=", "ne", "neq" -> "!=";
            case "<", "lt" -> "<";
            case "<=", "le", "leq" -> "<=";
            case ">", "gt" -> ">";
            case ">=", "ge", "geq" -> ">=";
            default -> "";
          };
      if (operator.isEmpty()) {
        return "=";
      }
      if (!known.contains(operator)) {
        throw new Wrong(at, "no " + operator + " here", "one of " + known);
      }
      at++;
      return operator;
    }

    private String next(String what) {
      if (at == words.size()) {
        throw new Wrong(words.size() - 1, "the filter ends where it needs " + what, "");
      }
      return words.get(at++);
    }

    private Host host(String text, boolean portOnly) {
      if (unix || text.startsWith("unix:") || text.startsWith("/") || text.startsWith("@")) {
        return new Host.Name(text.replaceFirst("^unix:", ""));
      }
      String rest = text.replaceFirst("^inet6?:", "");
      String address = rest;
      String port = "";
      int bracket = rest.lastIndexOf(']');
      int colon = rest.lastIndexOf(':');
      if (colon > bracket && (bracket >= 0 || rest.indexOf(':') == colon)) {
        address = rest.substring(0, colon);
        port = rest.substring(colon + 1);
      } else if (portOnly && colon < 0) {
        address = "";
        port = rest;
      }
      address = address.replaceAll("[\\[\\]]", "");
      int slash = address.indexOf('/');
      String bits = slash < 0 ? "" : address.substring(slash + 1);
      address = slash < 0 ? address : address.substring(0, slash);
      try {
        Bytes bytes =
            address.isEmpty() || address.equals("*")
                ? Bytes.EMPTY
                : IpText.parse(address.equals("localhost") ? "127.0.0.1" : address);
        int prefix = bits.isEmpty() ? 8 * bytes.length() : Integer.parseInt(bits);
        if (prefix < 0 || prefix > 8 * bytes.length()) {
          throw new Wrong(at - 1, "a prefix of " + bits + " bits is too long", "");
        }
        return new Host.Net(bytes, prefix, port(port));
      } catch (IllegalArgumentException e) {
        throw new Wrong(
            at - 1,
            "Cannot parse dst/src address.",
            "127.0.0.1:8080, 10.0.0.0/8, [::1]:80, :80; ports go from 0 to 65535");
      }
    }

    private static int port(String text) {
      if (text.isEmpty() || text.equals("*")) {
        return -1;
      }
      if (text.chars().allMatch(Character::isDigit)) {
        if (text.length() > 5 || Integer.parseInt(text) > 65_535) {
          throw new IllegalArgumentException(text);
        }
        return Integer.parseInt(text);
      }
      Map<String, String> services = SystemNames.services();
      return services.entrySet().stream()
          .filter(e -> e.getValue().equals(text))
          .map(e -> e.getKey().replaceFirst("/.*", ""))
          .findFirst()
          .map(Integer::parseInt)
          .orElseThrow(() -> new IllegalArgumentException(text));
    }
  }

  Optional<SocketState> onlyState() {
    // The kernel's SYN-RECV comes in two kinds, which ss counts as separate states as well.
    return states.size() == 1 ? Optional.of(states.iterator().next()) : Optional.empty();
  }

  /** How many kinds of sockets are asked for; the Unix domain has three. */
  int kinds() {
    return tables.size() + (tables.contains(Table.UNIX) ? 2 : 0);
  }

  int stateBits() {
    int bits = 0;
    for (Iterator<SocketState> i = states.iterator(); i.hasNext(); ) {
      bits |= i.next().bit();
    }
    return bits;
  }
}

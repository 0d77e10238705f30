package wirebook.engine.dns.dig;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringTokenizer;
import wirebook.engine.dns.RecordClass;
import wirebook.engine.dns.RecordType;
import wirebook.net.ToolExit;

/**
 * Reads dig's command line: words before the first name hold for all lookups, words after a name
 * for it alone. Complaints are dig's own, and so are the places where it does not complain.
 */
final class DigParser {
  static final String VERSION = "9.18 (Wirebook)";

  private static final String WITHOUT_VALUE = "46dhimnruv";
  private static final String DASH_OPTIONS = "46bcdfhikmnpqrtvyx";
  private static final int LONGEST_LINE = 1024;

  private final Session session;
  private final DigHost host;
  private final Hosts hosts;
  private final KeyOptions keys;
  private Lookup defaults;
  private boolean first = true;
  private int addressCount;
  private boolean readDigrc = true;
  private Optional<String> batchFile = Optional.empty();
  private Optional<BufferedReader> batch = Optional.empty();

  DigParser(Session session, DigHost host, Hosts hosts) {
    this.session = session;
    this.host = host;
    this.hosts = hosts;
    this.keys = new KeyOptions(session, host);
    this.defaults = new Lookup(session.tries);
  }

  /** Reads the command line and {@code ~/.digrc}, and queues the lookups. */
  void parse(List<String> words) {
    prepare(words);
    session.configure(host.network().hostConfig());
    defaults = new Lookup(session.tries);
    defaults.idnIn = host.idn();
    defaults.adFlag = true;
    defaults.edns = 0;
    defaults.sendCookie = true;
    if (readDigrc) {
      readDigrc();
    }
    new Line(words, false, false).read();
    keys.setUp();
    session.searchDomain.ifPresent(
        domain -> {
          session.search = new ArrayList<>(List.of(domain));
          session.useSearch = true;
        });
  }

  /** Queues what the batch file's next line asks for; does nothing when there is none. */
  void more() {
    if (batch.isPresent()) {
      session.output.flush();
      batchLine().ifPresentOrElse(this::read, () -> batch = Optional.empty());
    }
  }

  /** What must be known before the rest is read. */
  private void prepare(List<String> words) {
    boolean only4 = false;
    boolean only6 = false;
    for (int i = 0; i < words.size(); i++) {
      if (!words.get(i).startsWith("-")) {
        continue;
      }
      String option = words.get(i).substring(1);
      while (!option.isEmpty() && WITHOUT_VALUE.indexOf(option.charAt(0)) >= 0) {
        readDigrc &= option.charAt(0) != 'r';
        only4 |= option.charAt(0) == '4';
        only6 |= option.charAt(0) == '6';
        if (only4 && only6) {
          throw session.fatal("only one of -4 and -6 allowed");
        }
        option = option.substring(1);
      }
      if (option.isEmpty()) {
        continue;
      }
      if (DASH_OPTIONS.indexOf(option.charAt(0)) < 0) {
        throw invalid("-" + option);
      }
      if (option.length() == 1 && ++i == words.size()) {
        throw invalid("-" + option);
      }
    }
    session.ipv4 = !only6;
    session.ipv6 = !only4;
    hosts.limit(session.ipv4, session.ipv6);
  }

  private void readDigrc() {
    String home = host.environment().get("HOME");
    if (home == null) {
      return;
    }
    try {
      for (String line : Files.readAllLines(host.directory().resolve(home).resolve(".digrc"))) {
        new Line(split(line, 61), true, true).read();
      }
    } catch (IOException e) {
      // As dig has it: without the file there are no defaults.
    }
  }

  private static List<String> split(String line, int most) {
    List<String> words = new ArrayList<>();
    StringTokenizer tokens = new StringTokenizer(line, " \t\r\n");
    while (tokens.hasMoreTokens() && words.size() < most) {
      words.add(tokens.nextToken());
    }
    return words;
  }

  private ToolExit invalid(String option) {
    session.output.err("Invalid option: " + option + "\n");
    return DigHelp.usage(session);
  }

  private Optional<String> batchLine() {
    try {
      return Optional.ofNullable(batch.orElseThrow().readLine())
          .map(l -> l.length() > LONGEST_LINE ? l.substring(0, LONGEST_LINE) : l);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private void openBatch(String file) {
    try {
      batch =
          Optional.of(
              file.equals("-")
                  ? new BufferedReader(new InputStreamReader(host.in(), StandardCharsets.UTF_8))
                  : new BufferedReader(
                      new StringReader(
                          Files.readString(
                              host.directory().resolve(file), StandardCharsets.ISO_8859_1))));
    } catch (IOException e) {
      session.output.err(file + ": " + words(e) + "\n");
      session.raiseExitCode(8);
      throw session.fatal("couldn't open specified batch file");
    }
    Optional<String> line = batchLine();
    while (line.filter(l -> l.isEmpty() || "\r#;".indexOf(l.charAt(0)) >= 0).isPresent()) {
      line = batchLine();
    }
    line.ifPresent(this::read);
  }

  private void read(String batchLine) {
    new Line(split(batchLine, 13), true, false).read();
  }

  private static String words(IOException e) {
    return switch (e) {
      case NoSuchFileException n -> "No such file or directory";
      case java.nio.file.AccessDeniedException n -> "Permission denied";
      default ->
          String.valueOf(e.getMessage()).contains("directory") ? "Is a directory" : "I/O error";
    };
  }

  /** One line of words: the command line, a batch file's line, or one of {@code ~/.digrc}. */
  private final class Line {
    private final List<String> words;
    private final boolean batchLine;
    private final boolean defaultsOnly;
    private Lookup lookup;
    private boolean needCopy;
    private boolean typeOrClass = true;
    private boolean noGreeting = true;

    Line(List<String> words, boolean batchLine, boolean defaultsOnly) {
      this.words = words;
      this.batchLine = batchLine;
      this.defaultsOnly = defaultsOnly;
      needCopy = !batchLine || defaultsOnly;
      lookup = needCopy ? defaults : defaults.copy(true);
    }

    void read() {
      session.debugging |= words.contains("-d");
      for (int i = 0; i < words.size(); i++) {
        String word = words.get(i);
        session.debug("main parsing " + word);
        if (word.startsWith("%")) {
          break;
        }
        if (word.startsWith("@")) {
          if (!server(word.substring(1))) {
            return;
          }
        } else if (word.startsWith("+")) {
          plus(word.substring(1));
        } else if (word.startsWith("-")) {
          Optional<String> next =
              i + 1 < words.size() ? Optional.of(words.get(i + 1)) : Optional.empty();
          if (dash(word.substring(1), next)) {
            i++;
          }
        } else if (!(typeOrClass && isTypeOrClass(word)) && !defaultsOnly) {
          name(word);
        }
      }
      if (batchFile.isPresent() && !batchLine) {
        openBatch(batchFile.get());
        return;
      }
      if (session.queue.isEmpty() && !defaultsOnly) {
        begin();
        lookup.type = RecordType.NS;
        lookup.typeSet = true;
        ask(".");
      }
    }

    private boolean server(String name) {
      try {
        List<InetAddress> addresses = hosts.addresses(name);
        addressCount = addresses.size();
        addresses.forEach(a -> lookup.servers.add(new Server(a, name)));
        return true;
      } catch (Hosts.NotFoundException e) {
        if (batchLine && !defaultsOnly) {
          session.output.err(
              "couldn't get address for '" + name + "': " + e.reason() + ": skipping lookup\n");
          session.queue.remove(lookup);
          return false;
        }
        throw session.fatal("couldn't get address for '" + name + "': " + e.reason());
      }
    }

    private boolean isTypeOrClass(String word) {
      if (word.regionMatches(true, 0, "ixfr=", 0, 5)) {
        ixfr(word);
        return true;
      }
      Optional<RecordType> type = RecordType.parse(word);
      if (type.isPresent()) {
        if (type.get().equals(RecordType.IXFR)) {
          session.warning("ixfr requires a serial number");
          return true;
        }
        type(type.get(), true);
        return true;
      }
      Optional<RecordClass> recordClass = RecordClass.parse(word);
      recordClass.ifPresent(
          c -> {
            if (lookup.classSet) {
              session.warning("extra class option");
            }
            lookup.recordClass = c;
            lookup.classSet = true;
          });
      return recordClass.isPresent();
    }

    private void ixfr(String word) {
      if (lookup.typeSet) {
        session.warning("extra type option");
      }
      lookup.type = RecordType.IXFR;
      lookup.typeSet = true;
      lookup.serial = session.numberOrFatal(word.substring(5), Session.MAX_32, "serial number");
      lookup.question = session.plusQuestion;
      lookup.comments = session.plusComments;
      if (!lookup.tcpSet) {
        lookup.tcp = true;
      }
    }

    private void type(RecordType type, boolean set) {
      if (lookup.typeSet) {
        session.warning("extra type option");
      }
      lookup.type = type;
      lookup.typeSet |= set;
      if (type.equals(RecordType.AXFR)) {
        lookup.question = session.plusQuestion;
        lookup.comments = session.plusComments;
      }
      if (type.equals(RecordType.ANY) && !lookup.tcpSet) {
        lookup.tcp = true;
      }
      lookup.serial = 0;
    }

    private void name(String text) {
      begin();
      ask(text);
    }

    private void ask(String text) {
      lookup.text = text;
      lookup.traceRoot = lookup.trace || lookup.nsSearch;
      lookup.newSearch = true;
      greet();
      session.queue.add(lookup);
    }

    private void begin() {
      if (needCopy) {
        lookup = defaults.copy(true);
      }
      needCopy = true;
    }

    private void greet() {
      if (!noGreeting) {
        return;
      }
      noGreeting = false;
      if (!session.printCommand) {
        return;
      }
      StringBuilder banner = new StringBuilder(first ? "\n" : "");
      banner.append("; <<>> DiG ").append(VERSION).append(" <<>>");
      words.forEach(word -> banner.append(' ').append(word));
      banner.append('\n');
      if (first && addressCount != 0) {
        banner.append("; (").append(addressCount).append(" server");
        banner.append(addressCount > 1 ? "s" : "").append(" found)\n");
      }
      if (first) {
        banner.append(";; global options:").append(session.shortForm ? " +short" : "");
        banner.append(" +cmd\n");
        first = false;
      }
      lookup.banner = banner.toString();
    }

    // Dash options.

    /** Whether {@code next} was used as the value. */
    private boolean dash(String word, Optional<String> next) {
      String option = word;
      while (!option.isEmpty() && WITHOUT_VALUE.indexOf(option.charAt(0)) >= 0) {
        switch (option.charAt(0)) {
          case 'd' -> {
            session.debugging = true;
            if (option.length() > 1 && DASH_OPTIONS.indexOf(option.charAt(1)) < 0) {
              if (!"debug".startsWith(option)) {
                throw invalid("-" + option);
              }
              return false;
            }
          }
          case 'h' -> {
            session.output.out(DigHelp.text());
            throw new ToolExit(0);
          }
          case 'u' -> lookup.microseconds = true;
          case 'v' -> {
            session.output.err("DiG " + VERSION + "\n");
            throw new ToolExit(0);
          }
          default -> {
            // -4, -6 and -r were seen to; -i, -m and -n do nothing any more.
          }
        }
        option = option.substring(1);
        if (option.isEmpty()) {
          return false;
        }
      }
      char letter = option.isEmpty() ? '\0' : option.charAt(0);
      boolean fromNext = option.length() <= 1;
      String shown = option;
      String value = fromNext ? next.orElseThrow(() -> invalid("-" + shown)) : option.substring(1);
      value(letter, value, shown);
      return fromNext;
    }

    private void value(char letter, String value, String option) {
      switch (letter) {
        case 'b' -> source(value);
        case 'c' -> {
          if (lookup.classSet) {
            session.warning("extra class option");
          }
          typeOrClass = false;
          Optional<RecordClass> recordClass = RecordClass.parse(value);
          if (recordClass.isPresent()) {
            lookup.recordClass = recordClass.get();
            lookup.classSet = true;
          } else {
            session.warning("ignoring invalid class " + value);
          }
        }
        case 'f' -> batchFile = Optional.of(value);
        case 'k' -> keys.file(value);
        case 'p' -> {
          session.port = (int) session.numberOrFatal(value, 0xffff, "port number");
          session.portSet = true;
        }
        case 'q' -> {
          if (!defaultsOnly) {
            name(value);
          }
        }
        case 't' -> typeOption(value);
        case 'y' -> keys.text(value);
        case 'x' -> {
          begin();
          if (!lookup.typeSet) {
            lookup.type = RecordType.PTR;
          }
          if (!lookup.classSet) {
            lookup.recordClass = RecordClass.IN;
          }
          ask(ReverseName.loose(value));
        }
        default -> throw invalid("-" + option);
      }
    }

    private void source(String value) {
      int hash = value.indexOf('#');
      int port = 0;
      String address = value;
      if (hash >= 0) {
        port = (int) session.numberOrFatal(value.substring(hash + 1), 0xffff, "port number");
        address = value.substring(0, hash);
      }
      Optional<InetAddress> literal = Hosts.literal(address);
      boolean six = literal.filter(Inet6Address.class::isInstance).isPresent();
      boolean four = literal.filter(Inet4Address.class::isInstance).isPresent();
      if (!(six && session.ipv6) && !(four && session.ipv4)) {
        throw session.fatal("invalid address " + value);
      }
      hosts.limit(!six, six);
      session.source = Optional.of(new InetSocketAddress(literal.orElseThrow(), port));
    }

    private void typeOption(String value) {
      typeOrClass = false;
      boolean ixfr = value.regionMatches(true, 0, "ixfr=", 0, 5);
      Optional<RecordType> type = ixfr ? Optional.of(RecordType.IXFR) : RecordType.parse(value);
      if (type.isEmpty() || (!ixfr && type.get().equals(RecordType.IXFR))) {
        session.warning("ignoring invalid type " + value);
      } else if (ixfr) {
        ixfr(value);
      } else {
        type(type.get(), !defaultsOnly);
      }
    }

    // Plus options.

    private void plus(String text) {
      String trimmed = text.replaceFirst("^=+", "");
      if (trimmed.isEmpty()) {
        session.output.out(";; Invalid option " + text + "\n");
        return;
      }
      int equals = trimmed.indexOf('=');
      String word = equals < 0 ? trimmed : trimmed.substring(0, equals);
      Optional<String> value =
          equals < 0 || equals == trimmed.length() - 1
              ? Optional.empty()
              : Optional.of(trimmed.substring(equals + 1));
      boolean on = !word.regionMatches(true, 0, "no", 0, 2);
      Optional<DigOption> option = DigOption.of(on ? word : word.substring(2));
      if (on && option.equals(Optional.of(DigOption.DNS64PREFIX))) {
        begin();
      }
      boolean forAll = lookup == defaults;
      if (option.isEmpty()
          || !new PlusOptions(session, lookup, forAll, batchLine).set(option.get(), on, value)) {
        throw invalid("+" + word);
      }
    }
  }
}

// Above 500 lines: one grammar, an option after the other, as dighost.c has them.
package wirebook.engine.dns.dig;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.math.BigInteger;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.StringTokenizer;
import java.util.function.BooleanSupplier;
import wirebook.engine.dns.EdnsOption;
import wirebook.engine.dns.Opcode;
import wirebook.engine.dns.RecordClass;
import wirebook.engine.dns.RecordType;
import wirebook.net.ToolExit;
import wirebook.trace.Bytes;

/**
 * Reads dig's command line: words before the first name hold for all lookups, words after a name
 * for it alone. Complaints are dig's own, and so are the places where it does not complain. Long,
 * as each of dig's eighty options has a place of its own where it is read.
 */
final class DigParser {
  static final String VERSION = "9.18 (Wirebook)";

  private static final String WITHOUT_VALUE = "46dhimnruv";
  private static final String DASH_OPTIONS = "46bcdfhikmnpqrtvyx";
  private static final long MAX_32 = 0xffffffffL;
  private static final int LONGEST_LINE = 1024;
  private static final Map<String, Integer> EDNS_OPTIONS =
      Map.ofEntries(
          Map.entry("LLQ", 1),
          Map.entry("NSID", 3),
          Map.entry("DAU", 5),
          Map.entry("DHU", 6),
          Map.entry("N3U", 7),
          Map.entry("ECS", 8),
          Map.entry("EXPIRE", 9),
          Map.entry("COOKIE", 10),
          Map.entry("KEEPALIVE", 11),
          Map.entry("PADDING", 12),
          Map.entry("PAD", 12),
          Map.entry("CHAIN", 13),
          Map.entry("KEY-TAG", 14),
          Map.entry("EDE", 15),
          Map.entry("CLIENT-TAG", 16),
          Map.entry("SERVER-TAG", 17),
          Map.entry("DEVICEID", 26946));

  private final Session session;
  private final DigHost host;
  private final Hosts hosts;
  private final KeyOptions keys;
  private Lookup defaults;
  private boolean plusQuestion;
  private boolean plusComments;
  private boolean first = true;
  private int addressCount;
  private boolean readDigrc = true;
  private Optional<String> batchFile = Optional.empty();
  private Optional<BufferedReader> batch = Optional.empty();
  private Optional<String> searchDomain = Optional.empty();

  DigParser(Session session, DigHost host, Hosts hosts) {
    this.session = session;
    this.host = host;
    this.hosts = hosts;
    this.keys = new KeyOptions(session, host, this);
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
    searchDomain.ifPresent(
        domain -> {
          session.search = new ArrayList<>(List.of(domain));
          session.useSearch = true;
        });
  }

  /** Queues what the batch file's next line asks for; does nothing when there is none. */
  void more() {
    if (batch.isEmpty()) {
      return;
    }
    Optional<String> line = batchLine();
    if (line.isEmpty()) {
      batch = Optional.empty();
      return;
    }
    session.output.flush();
    new Line(split(line.get(), 13), true, false).read();
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
        switch (option.charAt(0)) {
          case 'r' -> readDigrc = false;
          case '4' -> only4 = true;
          case '6' -> only6 = true;
          default -> {
            // Nothing that must be known early.
          }
        }
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
    return usage();
  }

  ToolExit usage() {
    session.output.err(
        DigHelp.USAGE + "\nUse \"dig -h\" (or \"dig -h | more\") for complete list of options\n");
    return new ToolExit(1);
  }

  void warning(String text) {
    session.output.err(";; Warning, " + text + "\n");
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
    while (true) {
      Optional<String> line = batchLine();
      if (line.isEmpty()) {
        return;
      }
      if (line.get().isEmpty() || "\r#;".indexOf(line.get().charAt(0)) >= 0) {
        continue;
      }
      new Line(split(line.get(), 13), true, false).read();
      return;
    }
  }

  private static String words(IOException e) {
    return switch (e) {
      case NoSuchFileException n -> "No such file or directory";
      case java.nio.file.AccessDeniedException n -> "Permission denied";
      default ->
          String.valueOf(e.getMessage()).contains("directory") ? "Is a directory" : "I/O error";
    };
  }

  // Numbers.

  /** Reads a number as {@code strtoul(3)} does; complains on standard output. */
  OptionalLong number(String text, long most, String what, boolean hex) {
    Optional<BigInteger> parsed = strtoul(text, hex);
    String wrong = parsed.isEmpty() ? "not a valid number" : "";
    if (wrong.isEmpty() && parsed.orElseThrow().compareTo(BigInteger.valueOf(most)) > 0) {
      wrong = "out of range";
    }
    if (!wrong.isEmpty()) {
      session.output.out("invalid " + what + " '" + text + "': " + wrong + "\n");
      return OptionalLong.empty();
    }
    return OptionalLong.of(parsed.orElseThrow().longValue());
  }

  private static Optional<BigInteger> strtoul(String text, boolean anyBase) {
    int base = 10;
    String digits = text;
    if (anyBase && text.matches("0[xX][0-9a-fA-F]+")) {
      base = 16;
      digits = text.substring(2);
    } else if (anyBase && text.matches("0[0-7]*")) {
      base = 8;
    }
    try {
      return digits.isEmpty() || !Character.isLetterOrDigit(digits.charAt(0))
          ? Optional.empty()
          : Optional.of(new BigInteger(digits, base));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private long numberOrExit(String text, long most, String what, String name) {
    OptionalLong number = number(text, most, what, what.equals("ednsflags"));
    if (number.isEmpty()) {
      throw session.internal("Couldn't parse " + name);
    }
    return number.getAsLong();
  }

  private long numberOrFatal(String text, long most, String what) {
    OptionalLong number = number(text, most, what, false);
    if (number.isEmpty()) {
      throw session.fatal("Couldn't parse " + what);
    }
    return number.getAsLong();
  }

  /** One line of words: the command line, a batch file's line, or one of {@code ~/.digrc}. */
  private final class Line {
    private final List<String> words;
    private final boolean batchLine;
    private final boolean defaultsOnly;
    private Lookup lookup;
    private boolean needCopy = true;
    private boolean typeOrClass = true;
    private boolean noGreeting = true;

    Line(List<String> words, boolean batchLine, boolean defaultsOnly) {
      this.words = words;
      this.batchLine = batchLine;
      this.defaultsOnly = defaultsOnly;
      if (batchLine && !defaultsOnly) {
        lookup = defaults.copy(true);
        needCopy = false;
      } else {
        lookup = defaults;
      }
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
        forRoot();
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
          warning("ixfr requires a serial number");
          return true;
        }
        if (lookup.typeSet) {
          warning("extra type option");
        }
        type(type.get(), true);
        return true;
      }
      Optional<RecordClass> recordClass = RecordClass.parse(word);
      recordClass.ifPresent(
          c -> {
            if (lookup.classSet) {
              warning("extra class option");
            }
            lookup.recordClass = c;
            lookup.classSet = true;
          });
      return recordClass.isPresent();
    }

    private void ixfr(String word) {
      if (lookup.typeSet) {
        warning("extra type option");
      }
      lookup.type = RecordType.IXFR;
      lookup.typeSet = true;
      lookup.serial = numberOrFatal(word.substring(5), MAX_32, "serial number");
      lookup.question = plusQuestion;
      lookup.comments = plusComments;
      if (!lookup.tcpSet) {
        lookup.tcp = true;
      }
    }

    private void type(RecordType type, boolean set) {
      lookup.type = type;
      lookup.typeSet |= set;
      if (type.equals(RecordType.AXFR)) {
        lookup.question = plusQuestion;
        lookup.comments = plusComments;
      }
      if (type.equals(RecordType.ANY) && !lookup.tcpSet) {
        lookup.tcp = true;
      }
      lookup.serial = 0;
    }

    private void name(String text) {
      begin();
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

    private void forRoot() {
      begin();
      lookup.traceRoot = lookup.trace || lookup.nsSearch;
      lookup.newSearch = true;
      lookup.text = ".";
      lookup.type = RecordType.NS;
      lookup.typeSet = true;
      greet();
      session.queue.add(lookup);
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
            warning("extra class option");
          }
          typeOrClass = false;
          Optional<RecordClass> recordClass = RecordClass.parse(value);
          if (recordClass.isPresent()) {
            lookup.recordClass = recordClass.get();
            lookup.classSet = true;
          } else {
            warning("ignoring invalid class " + value);
          }
        }
        case 'f' -> batchFile = Optional.of(value);
        case 'k' -> keys.file(value);
        case 'p' -> {
          session.port = (int) numberOrFatal(value, 0xffff, "port number");
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
          lookup.text = ReverseName.loose(value);
          lookup.traceRoot = lookup.trace || lookup.nsSearch;
          if (!lookup.typeSet) {
            lookup.type = RecordType.PTR;
          }
          if (!lookup.classSet) {
            lookup.recordClass = RecordClass.IN;
          }
          lookup.newSearch = true;
          greet();
          session.queue.add(lookup);
        }
        default -> throw invalid("-" + option);
      }
    }

    private void source(String value) {
      int hash = value.indexOf('#');
      int port = 0;
      String address = value;
      if (hash >= 0) {
        port = (int) numberOrFatal(value.substring(hash + 1), 0xffff, "port number");
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
        warning("ignoring invalid type " + value);
      } else if (ixfr) {
        ixfr(value);
      } else {
        if (lookup.typeSet) {
          warning("extra type option");
        }
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
      BooleanSupplier set = () -> option.isPresent() && set(option.get(), on, value);
      if (!set.getAsBoolean()) {
        throw invalid("+" + word);
      }
    }

    /** False where dig calls the option invalid. */
    private boolean set(DigOption option, boolean on, Optional<String> value) {
      switch (option) {
        case AAFLAG -> lookup.aaFlag = on;
        case ADDITIONAL -> lookup.additional = on;
        case ADFLAG -> lookup.adFlag = on;
        case ALL -> {
          lookup.question = on;
          lookup.authority = on;
          lookup.answer = on;
          lookup.additional = on;
          lookup.comments = on;
          lookup.stats = on;
          session.printCommand = on;
        }
        case ANSWER -> lookup.answer = on;
        case AUTHORITY -> lookup.authority = on;
        case BADCOOKIE -> lookup.badCookie = on;
        case BESTEFFORT -> lookup.bestEffort = on;
        case BUFSIZE -> {
          if (!on) {
            return false;
          }
          // dig keeps it as a signed 16-bit number.
          lookup.udpSize =
              value
                  .map(v -> (int) (short) numberOrExit(v, 0xffff, "buffer size", "buffer size"))
                  .orElse(Lookup.DEFAULT_UDP_SIZE);
        }
        case CDFLAG -> lookup.cdFlag = on;
        case CLASS -> lookup.noClass = !on;
        case CMD -> session.printCommand = on;
        case COFLAG -> lookup.coFlag = on;
        case COMMENTS -> {
          lookup.comments = on;
          if (lookup == defaults) {
            plusComments = on;
          }
        }
        case COOKIE -> {
          needEdns(on);
          lookup.sendCookie = on;
          if (value.filter(v -> v.length() > 80).isPresent()) {
            throw session.internal("COOKIE data too large");
          }
          lookup.cookie = value;
        }
        case CRYPTO -> lookup.noCrypto = !on;
        case DEFNAME, SEARCH -> {
          if (!lookup.trace) {
            session.useSearch = on;
          }
        }
        case DNS64PREFIX -> {
          if (on) {
            dns64Prefix();
          }
        }
        case DNSSEC -> {
          needEdns(on);
          lookup.dnssec = on;
        }
        case DOMAIN -> {
          if (value.isEmpty() || !on) {
            return false;
          }
          searchDomain = value;
        }
        case DSCP -> session.output.err(";; +dscp option is obsolete and has no effect");
        case EDNS ->
            lookup.edns =
                !on ? -1 : value.map(v -> (int) numberOrExit(v, 255, "edns", "edns")).orElse(0);
        case EDNSFLAGS -> {
          if (!on || value.isEmpty()) {
            lookup.ednsFlags = 0;
          } else {
            lookup.ednsFlags = (int) numberOrExit(value.get(), 0xffff, "ednsflags", "ednsflags");
            needEdns(true);
          }
        }
        case EDNSNEGOTIATION -> lookup.ednsNegotiation = on;
        case EDNSOPT -> {
          if (on) {
            ednsOption(value);
          } else {
            lookup.ednsOptions.clear();
          }
        }
        case EXPANDAAAA -> lookup.expandAaaa = on;
        case EXPIRE -> lookup.expire = on;
        case FAIL -> lookup.servfailStops = on;
        case FUZZTIME -> value.ifPresent(v -> numberOrExit(v, MAX_32, "fuzztime", "fuzztime"));
        case HEADER_ONLY -> lookup.headerOnly = on;
        case HTTP_PLAIN, HTTP_PLAIN_GET, HTTP_PLAIN_POST, HTTPS, HTTPS_GET, HTTPS_POST -> {
          return http(option, on, value);
        }
        case IDENTIFY -> lookup.identify = on;
        case IDNIN -> lookup.idnIn = on;
        case IDNOUT -> lookup.idnOut = on;
        case IGNORE -> lookup.ignoreTruncation = on;
        case KEEPALIVE -> lookup.keepalive = on;
        case KEEPOPEN -> session.keepOpen = on;
        case MAPPED -> deprecated(option);
        case MULTILINE -> lookup.multiline = on;
        case NDOTS -> {
          if (value.isEmpty() || !on) {
            return false;
          }
          session.ndots = (int) numberOrExit(value.get(), 0xffff, "ndots", "ndots");
        }
        case NSID -> {
          needEdns(on);
          lookup.nsid = on;
        }
        case NSSEARCH -> nsSearch(on);
        case ONESOA -> lookup.oneSoa = on;
        case OPCODE -> {
          if (on && value.isEmpty()) {
            return false;
          }
          lookup.opcode = on ? opcode(value.get()) : Opcode.QUERY;
        }
        case PADDING -> {
          needEdns(on);
          if (value.isEmpty()) {
            return false;
          }
          lookup.padding = (int) numberOrExit(value.get(), 512, "padding", "padding");
        }
        case QID -> {
          if (on && value.isEmpty()) {
            return false;
          }
          lookup.id =
              on
                  ? OptionalInt.of((int) numberOrExit(value.get(), 0xffff, "qid", "qid"))
                  : OptionalInt.empty();
        }
        case QR -> lookup.showQuery = on;
        case QUESTION -> {
          lookup.question = on;
          if (lookup == defaults) {
            plusQuestion = on;
          }
        }
        case RAFLAG -> lookup.raFlag = on;
        case RDFLAG, RECURSE -> lookup.recurse = on;
        case RETRY -> {
          if (value.isEmpty() || !on) {
            return false;
          }
          lookup.tries = tries(numberOrExit(value.get(), MAX_32 - 1, "retries", "retries") + 1);
        }
        case RRCOMMENTS -> lookup.recordComments = on ? 1 : -1;
        case SHORT -> shortForm(on);
        case SHOWBADCOOKIE -> lookup.showBadCookie = on;
        case SHOWSEARCH -> {
          if (!lookup.trace) {
            session.showSearch = on;
            session.useSearch = on;
          }
        }
        case SIGCHASE, TOPDOWN, TRUSTED_KEY, UNEXPECTED -> deprecated(option);
        case SPLIT -> {
          return split(on, value);
        }
        case STATS -> lookup.stats = on;
        case SUBNET -> {
          if (on && value.isEmpty()) {
            return false;
          }
          lookup.subnet = on ? Optional.of(subnet(value.get())) : Optional.empty();
          needEdns(on);
        }
        case TCFLAG -> lookup.tcFlag = on;
        case TCP, VC -> {
          if (!batchLine) {
            lookup.tcp = on;
            lookup.tcpSet = true;
          }
        }
        case TIMEOUT -> {
          if (value.isEmpty() || !on) {
            return false;
          }
          session.timeout = Math.max(1, numberOrExit(value.get(), 0xffff, "timeout", "timeout"));
        }
        case TLS, TLS_CA, TLS_CERTFILE, TLS_HOSTNAME, TLS_KEYFILE -> {
          return tls(option, on, value);
        }
        case TRACE -> trace(on);
        case TRIES -> {
          if (value.isEmpty() || !on) {
            return false;
          }
          lookup.tries = Math.max(1, tries(numberOrExit(value.get(), MAX_32, "tries", "tries")));
        }
        case TTLID -> lookup.noTtl = !on;
        case TTLUNITS -> {
          lookup.noTtl = false;
          lookup.ttlUnits = on;
        }
        case UNKNOWNFORMAT -> lookup.unknownFormat = on;
        case YAML -> {
          session.yaml = on;
          if (on) {
            session.printCommand = false;
            lookup.stats = false;
            lookup.recordComments = -1;
          }
        }
        case ZFLAG -> lookup.zFlag = on;
      }
      return true;
    }

    private int tries(long number) {
      return (int) Math.min(number, Integer.MAX_VALUE);
    }

    private void needEdns(boolean on) {
      if (on && lookup.edns < 0) {
        lookup.edns = 0;
      }
    }

    private void deprecated(DigOption option) {
      session.output.err(";; +" + option.names().getFirst() + " option is deprecated");
    }

    private void shortForm(boolean on) {
      session.shortForm = on;
      if (on) {
        session.printCommand = false;
        lookup.additional = false;
        lookup.answer = true;
        lookup.authority = false;
        lookup.question = false;
        lookup.comments = false;
        lookup.stats = false;
        lookup.recordComments = -1;
      }
    }

    private void trace(boolean on) {
      lookup.trace = on;
      lookup.traceRoot = on;
      if (on) {
        lookup.recurse = true;
        lookup.identify = true;
        lookup.comments = false;
        lookup.recordComments = 0;
        lookup.stats = false;
        lookup.additional = false;
        lookup.authority = true;
        lookup.question = false;
        lookup.dnssec = true;
        lookup.sendCookie = true;
        session.useSearch = false;
      }
    }

    private void nsSearch(boolean on) {
      lookup.nsSearch = on;
      if (on) {
        lookup.traceRoot = true;
        lookup.recurse = true;
        lookup.identify = true;
        lookup.stats = false;
        lookup.comments = false;
        lookup.additional = false;
        lookup.authority = false;
        lookup.question = false;
        lookup.type = RecordType.NS;
        lookup.typeSet = true;
        session.shortForm = true;
        lookup.recordComments = 0;
      }
    }

    private void dns64Prefix() {
      begin();
      lookup.dns64Prefix = true;
      lookup.text = "ipv4only.arpa";
      session.printCommand = false;
      lookup.additional = false;
      lookup.answer = true;
      lookup.authority = false;
      lookup.question = false;
      lookup.comments = false;
      lookup.stats = false;
      lookup.recordComments = -1;
      lookup.type = RecordType.AAAA;
      lookup.typeSet = true;
      session.queue.add(lookup);
    }

    private Opcode opcode(String value) {
      return Opcode.parse(value)
          .orElseGet(() -> new Opcode((int) numberOrExit(value, 15, "opcode", "opcode")));
    }

    private void ednsOption(Optional<String> value) {
      String text = value.map(v -> v.replaceFirst("^:+", "")).orElse("");
      if (text.isEmpty()) {
        throw session.internal("ednsopt no code point specified");
      }
      if (lookup.ednsOptions.size() >= Lookup.MOST_OPTIONS) {
        throw session.fatal("too many ednsopts");
      }
      int colon = text.indexOf(':');
      String code = colon < 0 ? text : text.substring(0, colon);
      String hex = colon < 0 ? "" : text.substring(colon + 1);
      Integer named = EDNS_OPTIONS.get(code.toUpperCase(Locale.ROOT));
      int number;
      if (named != null) {
        number = named;
      } else {
        OptionalLong parsed = number(code, 0xffff, "ednsopt", false);
        if (parsed.isEmpty()) {
          throw session.fatal("bad edns code point: " + code);
        }
        number = (int) parsed.getAsLong();
      }
      try {
        Bytes data = Bytes.of(HexFormat.of().parseHex(hex.replaceAll("\\s", "")));
        lookup.ednsOptions.add(new EdnsOption(number, data));
      } catch (IllegalArgumentException e) {
        throw session.fatal("isc_hex_decodestring: bad hex encoding");
      }
    }

    private boolean split(boolean on, Optional<String> value) {
      if (!on) {
        session.split = 0;
        return value.isEmpty();
      }
      if (value.isEmpty()) {
        return true;
      }
      OptionalLong number = number(value.get(), 1023, "split", false);
      long width = number.orElse(session.split & MAX_32);
      if (width % 4 != 0) {
        width = (width + 3) / 4 * 4 & MAX_32;
        session.output.err(
            ";; Warning, split must be a multiple of 4; adjusting to " + width + "\n");
      }
      if (number.isEmpty()) {
        throw session.internal("Couldn't parse split");
      }
      session.split = width == 0 ? 0 : (int) width + 3;
      return true;
    }

    private boolean http(DigOption option, boolean on, Optional<String> value) {
      lookup.httpPath = Optional.empty();
      if (!on) {
        lookup.https = false;
        return true;
      }
      lookup.https = true;
      lookup.httpPlain |= option.name().startsWith("HTTP_PLAIN");
      lookup.httpGet |= option.name().endsWith("GET");
      if (!lookup.tcpSet) {
        lookup.tcp = true;
      }
      if (value.filter(v -> !v.startsWith("/")).isPresent()) {
        session.output.err(
            ";; The given HTTP path \"" + value.get() + "\" is not a valid absolute path\n");
        return false;
      }
      lookup.httpPath = Optional.of(value.orElse("/dns-query"));
      return true;
    }

    private boolean tls(DigOption option, boolean on, Optional<String> value) {
      if (!lookup.tcpSet) {
        lookup.tcp = on;
      }
      if (option == DigOption.TLS) {
        lookup.tls = on;
        return true;
      }
      lookup.tlsCa |= on;
      if (option == DigOption.TLS_CA) {
        lookup.tlsCa = on;
        lookup.tlsCaFile = on ? value : lookup.tlsCaFile;
        return true;
      }
      if (on && value.isEmpty()) {
        session.output.err(
            ";; TLS "
                + (option == DigOption.TLS_HOSTNAME
                    ? "hostname"
                    : option == DigOption.TLS_KEYFILE ? "private key file" : "certificate file")
                + " is not specified\n");
        return false;
      }
      Optional<String> kept = on ? value : Optional.empty();
      if (option == DigOption.TLS_HOSTNAME) {
        lookup.tlsHostName = kept;
      } else if (option == DigOption.TLS_KEYFILE) {
        lookup.tlsKeyFile = kept;
      } else {
        lookup.tlsCertFile = kept;
      }
      return true;
    }

    private Lookup.Subnet subnet(String value) {
      if (value.equals("0")) {
        return new Lookup.Subnet(Optional.empty(), 0);
      }
      int slash = value.indexOf('/');
      String text = slash < 0 ? value : value.substring(0, slash);
      long length = MAX_32;
      if (slash >= 0) {
        Optional<BigInteger> parsed = strtoul(value.substring(slash + 1), false);
        boolean range = parsed.filter(p -> p.bitLength() > 32).isPresent();
        if (parsed.isEmpty() || range) {
          throw session.fatal(
              "invalid prefix length in '"
                  + value
                  + "': "
                  + (range ? "out of range" : "not a valid number")
                  + "\n");
        }
        length = parsed.get().longValue();
      }
      Optional<InetAddress> address = Hosts.literal(text);
      for (int i = 0; address.isEmpty() && slash >= 0 && i < 3; i++) {
        text += ".0";
        address = Hosts.literal(text);
      }
      if (address.isEmpty()) {
        throw session.fatal("invalid address '" + value + "'");
      }
      int most = address.get() instanceof Inet6Address ? 128 : 32;
      return new Lookup.Subnet(address, (int) Math.min(length, most));
    }
  }
}

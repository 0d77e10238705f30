package wirebook.magics.host;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.math.BigInteger;
import java.net.ConnectException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import wirebook.engine.dns.dig.Dig;
import wirebook.engine.dns.dig.DigHost;
import wirebook.engine.dns.dig.ReverseName;
import wirebook.engine.socket.icmp.Echo;
import wirebook.engine.socket.icmp.Probe;
import wirebook.engine.socket.icmp.Prober;
import wirebook.internet.Internets;
import wirebook.internet.Lab;
import wirebook.internet.topology.Topology;
import wirebook.net.NetworkClock;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicException;
import wirebook.spi.MagicSpec;
import wirebook.spi.Word;
import wirebook.trace.IpText;

/**
 * What {@code %ping}, {@code %traceroute} and {@code %mtr} have in common: their words, the host,
 * the lab or the real network.
 */
final class Probing {
  /** What traceroute calls the second word: how long its packets are. */
  static final String LENGTH = "length";

  private static final Pattern SECONDS =
      Pattern.compile("[-+]?(\\d+\\.?\\d*|\\.\\d+)(e[-+]?\\d+)?");
  private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");

  private final MagicCall call;
  private final Optional<Lab> lab;
  private final String from;
  private final Map<InetAddress, Optional<String>> names = new HashMap<>();
  private final Map<String, Word> options = new HashMap<>();
  private Word host;
  private boolean plain;
  private String unknown = "Name or service not known";

  private Probing(MagicCall call, Optional<Lab> lab, String from, Word host) {
    this.call = call;
    this.lab = lab;
    this.from = from;
    this.host = host;
  }

  private static String letters(Stream<MagicSpec.Option> options) {
    return options
        .flatMap(o -> o.names().stream())
        .filter(n -> !n.startsWith("--"))
        .map(n -> n.substring(1))
        .collect(Collectors.joining());
  }

  /** Reads the words, in which letters can stand together as getopt(3) has it. */
  static Probing of(MagicCall call, MagicSpec spec) {
    String tool = spec.name();
    String letters = letters(spec.options().stream());
    String valued = letters(spec.options().stream().filter(o -> o.argument().isPresent()));
    List<Word> words = call.words();
    Word none = new Word("", wirebook.spi.Span.NONE);
    Probing probing =
        Internets.inLab(call)
            .map(all -> new Probing(call, Optional.of(all.lab()), all.host(), none))
            .orElseGet(() -> new Probing(call, Optional.empty(), machine(), none));
    boolean found = false;
    for (int i = 0; i < words.size(); i++) {
      Word word = words.get(i);
      String text = shortOf(spec, word.text());
      if (text.startsWith("--")
          && spec.options().stream().anyMatch(o -> o.names().contains(text))) {
        // Of those without a letter, none has a value.
        probing.options.put(text, word);
      } else if (text.startsWith("-") && text.length() > 1) {
        for (int j = 1; j < text.length(); j++) {
          String letter = text.substring(j, j + 1);
          if (!letters.contains(letter)) {
            throw call.wrong(
                "PING002", word, tool + ": invalid option -- '" + letter + "'", "-" + letters);
          }
          if (valued.contains(letter)) {
            boolean joined = j + 1 < text.length();
            if (!joined && i + 1 == words.size()) {
              throw call.wrong(
                  "PING002", word, tool + ": option requires an argument -- '" + letter + "'", "");
            }
            probing.options.put(
                "-" + letter,
                joined ? new Word(text.substring(j + 1), word.span()) : words.get(++i));
            break;
          }
          probing.options.put("-" + letter, word);
        }
      } else if (found && tool.equals("traceroute") && !probing.options.containsKey(LENGTH)) {
        probing.options.put(LENGTH, word);
      } else if (found) {
        throw call.wrong("PING002", word, tool + " takes one host", "");
      } else {
        probing.host = word;
        found = true;
      }
    }
    if (!found) {
      throw call.wrong(
          "PING002",
          words.isEmpty() ? probing.host : words.getLast(),
          tool + ": usage error: Destination address required",
          "%" + tool + " httpbin.org");
    }
    return probing;
  }

  /** The letter that a long option stands for; a value can be joined to it. */
  private static String shortOf(MagicSpec spec, String text) {
    if (!text.startsWith("--")) {
      return text;
    }
    String[] parts = text.split("=", 2);
    return spec.options().stream()
        .filter(o -> o.names().contains(parts[0]))
        .findFirst()
        .map(o -> o.names().getFirst() + (parts.length > 1 ? parts[1] : ""))
        .orElse(text);
  }

  /** How many packets are on their way at once on the real network. */
  private static final int AT_ONCE = 16;

  /** What comes of many packets, each asked for in its turn; on the real network some are ahead. */
  final class Volley implements AutoCloseable {
    private final InetAddress to;
    private final Duration patience;
    private final IntFunction<Probe> probes;
    private final int last;
    private final ExecutorService asking = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Future<Echo>> asked = new ArrayList<>();

    /**
     * @param probes by their number, from zero
     * @param last the number of the one after the last
     */
    Volley(InetAddress to, int last, Duration patience, IntFunction<Probe> probes) {
      this.to = to;
      this.last = last;
      this.patience = patience;
      this.probes = probes;
    }

    Echo answer(int number) throws InterruptedException {
      if (!isReal()) {
        return ask(probes.apply(number), to, patience);
      }
      while (asked.size() < Math.min(last, number + AT_ONCE)) {
        Probe probe = probes.apply(asked.size());
        asked.add(asking.submit(() -> ask(probe, to, patience)));
      }
      try {
        return asked.get(number).get();
      } catch (ExecutionException e) {
        throw new IllegalStateException(e.getCause());
      }
    }

    @Override
    public void close() {
      asking.shutdownNow();
    }
  }

  private static String machine() {
    try {
      return Files.readString(HOST_NAME).strip();
    } catch (IOException e) {
      return "localhost";
    }
  }

  boolean isReal() {
    return lab.isEmpty();
  }

  NetworkClock clock() {
    return call.network().clock();
  }

  /** Goes to that time of {@link #clock}: in the lab at once. */
  void waitUntil(long nanos) throws InterruptedException {
    if (lab.isPresent()) {
      lab.get().waitedUntil(nanos);
    } else {
      clock().sleep(Duration.ofNanos(Math.max(0, nanos - clock().nanoTime())));
    }
  }

  /**
   * Which kind of packet is to be sent: the wanted one, or where the system does not let that out,
   * another one, of which a word is said.
   */
  Probe.Kind kind(Probe.Kind wanted, Probe.Kind otherwise, InetAddress to) {
    Optional<String> closed = isReal() ? Prober.closed(wanted, to) : Optional.empty();
    if (closed.isEmpty()) {
      return wanted;
    }
    if (otherwise != Probe.Kind.SYN && Prober.closed(otherwise, to).isPresent()) {
      throw call.wrong(
          "PING001",
          host,
          "no router on the way can be asked from here: " + closed.get(),
          "the machine's own tool, or %internet lab");
    }
    call.err()
        .println(
            "no echo requests from here ("
                + closed.get()
                + "): "
                + (otherwise == Probe.Kind.SYN
                    ? "connections to TCP's port 80 instead; accepted or refused is an answer"
                    : "UDP instead"));
    plain = Prober.closed(otherwise, to).isPresent();
    return otherwise;
  }

  /** What this system says of sending something there, before anything is sent. */
  Optional<Echo> way(InetAddress to) {
    return plain ? Optional.empty() : Prober.way(to);
  }

  /** Whether a packet need not be cut, as far as a host of the lab knows; a real one sees to it. */
  boolean fits(int size, InetAddress to) {
    return lab.filter(l -> size <= l.mtu(from, to)).isPresent();
  }

  /** Sends a packet and waits for what comes of it: in the lab in no time. */
  Echo ask(Probe probe, InetAddress to, Duration patience) {
    return lab.isPresent()
        ? lab.get().echo(from, to, probe)
        : plain ? connect(probe, to, patience) : Prober.ask(probe, to, patience);
  }

  /** A connection by Java alone, where the system's calls are not to be had. */
  private Echo connect(Probe probe, InetAddress to, Duration patience) {
    long start = clock().nanoTime();
    try (Socket _ =
        call.network()
            .connect(new InetSocketAddress(to, probe.port()), Optional.empty(), patience)) {
      return new Echo.Reply(to, 0, 0, Duration.ofNanos(clock().nanoTime() - start));
    } catch (ConnectException e) {
      return new Echo.Reply(to, 0, 0, Duration.ofNanos(clock().nanoTime() - start));
    } catch (SocketTimeoutException | ClosedByInterruptException e) {
      return new Echo.Silence(patience);
    } catch (IOException e) {
      return new Echo.Refused(String.valueOf(e.getMessage()), 0, Duration.ZERO);
    }
  }

  String from() {
    return from;
  }

  String host() {
    return host.text();
  }

  boolean has(String option) {
    return options.containsKey(option);
  }

  Word wordOf(String option) {
    return options.getOrDefault(option, host);
  }

  Optional<String> text(String option) {
    return Optional.ofNullable(options.get(option)).map(Word::text);
  }

  /** A number of seconds, or of what else has parts. */
  double number(String option, double otherwise) {
    Word word = options.get(option);
    if (word == null) {
      return otherwise;
    }
    try {
      double number = Double.parseDouble(word.text());
      if (number >= 0 && number <= 1_000_000) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Complained about below.
    }
    throw invalid(word, "");
  }

  /** A whole number within bounds, in the words that ping of iputils has for what is none. */
  long whole(String option, long otherwise, long least, long most) {
    Word word = options.get(option);
    if (word == null) {
      return otherwise;
    }
    BigInteger number;
    try {
      number = new BigInteger(word.text());
    } catch (NumberFormatException e) {
      throw invalid(word, "");
    }
    if (number.compareTo(BigInteger.valueOf(least)) < 0
        || number.compareTo(BigInteger.valueOf(most)) > 0) {
      throw invalid(word, ": out of range: " + least + " <= value <= " + most);
    }
    return number.longValueExact();
  }

  /** Seconds as ping reads them: what follows the number is warned of. */
  double seconds(String option, double otherwise) {
    Word word = options.get(option);
    if (word == null) {
      return otherwise;
    }
    Matcher number = SECONDS.matcher(word.text());
    double seconds = number.lookingAt() ? Double.parseDouble(number.group()) : 0;
    String rest = word.text().substring(number.lookingAt() ? number.end() : 0);
    if (!rest.isEmpty()) {
      call.err().println("ping: option argument contains garbage: " + rest);
      call.err().println("ping: this will become fatal error in the future");
    }
    return seconds;
  }

  private MagicException invalid(Word word, String why) {
    return call.wrong(
        "PING003", word, "invalid argument: '" + word.text() + "'" + why, "a number, such as 3");
  }

  boolean isLiteral() {
    return host().contains(":") || host().matches("[0-9.]+");
  }

  /** The address of the host, of the family that is asked for. */
  Optional<InetAddress> address() {
    if (isLiteral() && has(host().contains(":") ? "-4" : "-6")) {
      unknown = "Address family for hostname not supported";
      return Optional.empty();
    }
    try {
      return call.network().lookUp(host()).stream()
          .filter(a -> !has("-4") || !(a instanceof Inet6Address))
          .filter(a -> !has("-6") || a instanceof Inet6Address)
          .findFirst();
    } catch (IOException e) {
      if (e.getCause() != null) {
        unknown = "Temporary failure in name resolution";
      }
      return Optional.empty();
    }
  }

  /** Why there is no {@link #address}, in the words of gai_strerror(3). */
  String unknown() {
    return unknown;
  }

  /** The name of an address; none with {@code -n}. */
  Optional<String> nameOf(InetAddress address) {
    return has("-n")
        ? Optional.empty()
        : names.computeIfAbsent(address, a -> lab.isPresent() ? lab.get().nameOf(a) : realName(a));
  }

  /** The number of the autonomous system of an address, which Team Cymru's DNS tells. */
  Optional<String> networkOf(InetAddress address) {
    if (lab.isPresent()) {
      return lab.get().networkNumber(address);
    }
    String name =
        ReverseName.strict(text(address))
            .orElseThrow()
            .replaceFirst("in-addr\\.arpa\\.?$", "origin.asn.cymru.com")
            .replaceFirst("ip6\\.arpa\\.?$", "origin6.asn.cymru.com");
    PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
    try {
      return Dig.dig(
              List.of("-r", "-q", name, "-t", "TXT", "+time=2", "+tries=1"),
              new DigHost(
                  call.network(),
                  InputStream.nullInputStream(),
                  nowhere,
                  nowhere,
                  call.directory(),
                  Map.of()))
          .answers()
          .stream()
          .map(record -> record.text().replaceFirst("^\"(\\d+) .*", "$1"))
          .filter(number -> number.matches("\\d+"))
          .findFirst();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  private static Optional<String> realName(InetAddress address) {
    try {
      String literal = address.getHostAddress();
      return Optional.of(InetAddress.getByAddress(address.getAddress()).getCanonicalHostName())
          .filter(n -> !n.equals(literal));
    } catch (UnknownHostException e) {
      return Optional.empty();
    }
  }

  /** The name of an address and the address, or with {@code -n} the address alone. */
  String name(InetAddress address) {
    return nameOf(address).map(n -> n + " (" + text(address) + ")").orElse(text(address));
  }

  /** An address of the sender in the lab. */
  String own(boolean six) {
    return lab
        .flatMap(l -> l.topology().node(from))
        .map(Topology.Node::addresses)
        .orElse(List.of())
        .stream()
        .filter(a -> a instanceof Inet6Address == six)
        .map(Probing::text)
        .findFirst()
        .orElse("");
  }

  static String text(InetAddress address) {
    return IpText.of(address);
  }
}

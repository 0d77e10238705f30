package wirebook.engine.dns.dig;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import wirebook.engine.dns.TsigKey;
import wirebook.net.HostConfig;
import wirebook.net.ToolExit;
import wirebook.trace.Bytes;

/**
 * What holds for a whole run of the tool: the options that are not a lookup's own, and the queue.
 */
final class Session {
  static final long MAX_32 = 0xffffffffL;

  final DigOutput output;

  /** How the tool calls itself in front of an error. */
  final String program;

  final Deque<Lookup> queue = new ArrayDeque<>();
  final List<Server> servers = new ArrayList<>();
  List<String> search = new ArrayList<>();

  /** The cookie of this run, the same for all servers. */
  final Bytes clientCookie;

  boolean yaml;
  boolean shortForm;
  boolean printCommand = true;
  boolean useSearch;
  boolean showSearch;
  boolean keepOpen;

  /** nslookup asks the next server when one does not recurse. */
  boolean checkRecursion;

  boolean ipv4 = true;
  boolean ipv6 = true;
  int ndots;

  /** Seconds; 0 for the transport's own. */
  long timeout;

  int tries;
  int port = 53;
  boolean portSet;
  Optional<InetSocketAddress> source = Optional.empty();
  int split = -1;
  Optional<TsigKey> key = Optional.empty();

  /** As of when queries are signed; now by default. */
  Optional<Instant> signingTime = Optional.empty();

  /** Whether the command line itself wants comments and the question, also of a transfer. */
  boolean plusComments;

  boolean plusQuestion;

  /** The domain that completes short names in place of the search list. */
  Optional<String> searchDomain = Optional.empty();

  /** Whether a key was asked for, so that one misses it. */
  boolean keyWanted;

  boolean validated = true;

  /** Whether the tool says what it is doing. */
  boolean debugging;

  int exitCode;

  Session(String program, DigOutput output, Bytes clientCookie) {
    this.program = program;
    this.output = output;
    this.clientCookie = clientCookie;
  }

  /** Takes over how the host looks names up. */
  void configure(HostConfig config) {
    search = new ArrayList<>(config.search());
    ndots = config.ndots();
    timeout = config.timeout().toSeconds();
    tries = config.attempts() == 0 ? 3 : config.attempts();
    for (InetSocketAddress server : config.nameServers()) {
      boolean six = server.getAddress() instanceof java.net.Inet6Address;
      if (six ? ipv6 : ipv4) {
        servers.add(Server.of(server.getAddress()));
      }
    }
    if (servers.isEmpty()) {
      // As getaddrinfo has it: this host, by both families.
      if (ipv6) {
        servers.add(Server.of(InetAddress.ofLiteral("::1")));
      }
      if (ipv4) {
        servers.add(Server.of(InetAddress.ofLiteral("127.0.0.1")));
      }
    }
  }

  void raiseExitCode(int code) {
    exitCode = Math.max(exitCode, code);
  }

  /**
   * Says what is being done, in BIND's words. Its lines about locks, references and addresses in
   * its own memory have no counterpart here.
   */
  void debug(String text) {
    if (debugging) {
      output.flush();
      output.err(text + "\n");
    }
  }

  /** Ends with a complaint, as dig's {@code fatal()} does. */
  ToolExit fatal(String message) {
    warn(message);
    return new ToolExit(exitCode == 0 ? 1 : exitCode);
  }

  /** Ends with a complaint and the code for an internal error. */
  ToolExit internal(String message) {
    warn(message);
    return new ToolExit(Math.max(exitCode, 10));
  }

  void warn(String message) {
    output.flush();
    output.err(program + ": " + message + "\n");
  }

  void warning(String message) {
    output.err(";; Warning, " + message + "\n");
  }

  /** Reads a number as {@code strtoul(3)} does; complains on standard output. */
  OptionalLong number(String text, long most, String what, boolean hex) {
    Optional<BigInteger> parsed = strtoul(text, hex);
    String wrong = parsed.isEmpty() ? "not a valid number" : "";
    if (wrong.isEmpty() && parsed.orElseThrow().compareTo(BigInteger.valueOf(most)) > 0) {
      wrong = "out of range";
    }
    if (!wrong.isEmpty()) {
      output.out("invalid " + what + " '" + text + "': " + wrong + "\n");
      return OptionalLong.empty();
    }
    return OptionalLong.of(parsed.orElseThrow().longValue());
  }

  static Optional<BigInteger> strtoul(String text, boolean anyBase) {
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

  long numberOrExit(String text, long most, String what, String name) {
    OptionalLong number = number(text, most, what, what.equals("ednsflags"));
    if (number.isEmpty()) {
      throw internal("Couldn't parse " + name);
    }
    return number.getAsLong();
  }

  long numberOrFatal(String text, long most, String what) {
    OptionalLong number = number(text, most, what, false);
    if (number.isEmpty()) {
      throw fatal("Couldn't parse " + what);
    }
    return number.getAsLong();
  }
}

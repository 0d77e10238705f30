package wirebook.engine.ssh.config;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import wirebook.net.Network;

/** From the words of a command to a {@link Plan}, as OpenSSH's {@code main()} goes. */
public final class SshPlanner {
  private static final Path SYSTEM_FILE = Path.of("/etc/ssh/ssh_config");

  private final LocalHost local;
  private final Network network;
  private final SshLog log;
  private final Consumer<String> err;
  private final boolean terminal;
  private final ConfigReader.CommandRunner runner;

  /**
   * @param err takes what is said beside the log, line ends included
   * @param terminal whether standard input is one
   * @param runner runs commands for {@code Match exec}
   */
  public SshPlanner(
      LocalHost local,
      Network network,
      SshLog log,
      Consumer<String> err,
      boolean terminal,
      java.util.function.ToIntFunction<String> runner) {
    this.local = local;
    this.network = network;
    this.log = log;
    this.err = err;
    this.terminal = terminal;
    this.runner = runner::applyAsInt;
  }

  /** A plan, or the end of the command. */
  public sealed interface Outcome {
    record Go(Plan plan) implements Outcome {}

    /**
     * All is said.
     *
     * @param text what goes to standard output, or with {@code error} to standard error
     */
    record Done(String text, boolean error, int status) implements Outcome {}
  }

  /**
   * Reads the command and the files.
   *
   * @throws SshFatal when that cannot be done
   */
  public Outcome plan(List<String> words) {
    SshCommandLine line = new SshCommandLine(log, local, err);
    try {
      line.parse(words);
      Plan plan = plan(line);
      return line.test
          ? new Outcome.Done(String.join("\n", plan.dump(log)) + "\n", false, 0)
          : new Outcome.Go(plan);
    } catch (SshCommandLine.Ended e) {
      return new Outcome.Done(e.text(), e.error, e.status);
    }
  }

  private Plan plan(SshCommandLine line) {
    Settings s = line.settings;
    if (line.toSyslog && line.logFile.isPresent()) {
      throw new SshFatal("Can't specify both -y and -E");
    }
    line.logFile.ifPresent(this::logTo);
    log.level(level(s));
    if (line.verbose > 0) {
      log.info(SshCommandLine.VERSION);
    }
    String argument = line.host.orElseThrow();
    boolean wantsFinal = readFiles(line, argument, argument, false);
    if (wantsFinal) {
      log.debug("configuration requests final Match pass");
    }
    Defaults.fillForCanonical(s);
    String host = argument;
    if (s.has(Keyword.HOSTNAME)) {
      host = Expansion.percent(log, s.text(Keyword.HOSTNAME), Map.of('h', host));
      s.set(Keyword.HOSTNAME, host);
    }
    boolean address = literal(host).isPresent() || looksLikeAddress(host);
    if (!address) {
      host = ConfigWords.lower(host);
    }
    boolean canonical = !s.text(Keyword.CANONICALIZE_HOSTNAME).equals("false");
    String asked = host;
    if (canonical || address) {
      host = canonicalize(s, host);
    }
    boolean direct = direct(s);
    boolean found = literal(host).filter(a -> inFamily(s, a)).isPresent() || !host.equals(asked);
    if (!found
        && permitsAliases(s)
        && (direct || s.text(Keyword.CANONICALIZE_HOSTNAME).equals("always"))
        && (literal(host).isPresent() || !resolves(host))
        && direct) {
      log.error(
          "ssh: Could not resolve hostname %s: %s"
              .formatted(
                  host,
                  literal(host).isPresent()
                      ? "Address family for hostname not supported"
                      : "Name or service not known"));
      throw new SshFatal(SshLog.Level.QUIET, "");
    }
    if (canonical && !wantsFinal) {
      log.debug("hostname canonicalisation enabled, will re-parse configuration");
      wantsFinal = true;
    }
    if (wantsFinal) {
      log.debug("re-parsing configuration");
      s.set(Keyword.HOSTNAME, host);
      readFiles(line, host, argument, true);
    }
    Defaults.fill(s, local, log);
    s.first(Keyword.PORT, "22");
    checkJump(s, host);
    return checked(line, s, argument, host);
  }

  private boolean readFiles(SshCommandLine line, String host, String argument, boolean finalPass) {
    ConfigReader reader = new ConfigReader(line.settings, log, local, runner, host, argument);
    if (line.configFile.isPresent()) {
      String name = line.configFile.get();
      if (!name.equalsIgnoreCase("none")
          && !reader.read(
              local.directory().resolve(name),
              new ConfigReader.Mode(true, false, finalPass, false))) {
        throw new SshFatal("Can't open user config file " + name + ": " + whyUnreadable(name));
      }
    } else {
      reader.read(
          local.home().resolve(".ssh/config"), new ConfigReader.Mode(true, true, finalPass, false));
      reader.read(SYSTEM_FILE, new ConfigReader.Mode(false, false, finalPass, false));
    }
    return reader.wantsFinalPass();
  }

  private String whyUnreadable(String name) {
    try (var _ = Files.newInputStream(local.directory().resolve(name))) {
      return "Is a directory";
    } catch (NoSuchFileException e) {
      return "No such file or directory";
    } catch (IOException e) {
      return SystemWords.of(e);
    }
  }

  private void logTo(String name) {
    Path file = local.directory().resolve(name);
    try {
      Files.writeString(file, "", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new SshCommandLine.Ended(
          "Couldn't open logfile " + name + ": " + SystemWords.of(e) + "\n", true, 1);
    }
    log.to(
        said -> {
          try {
            Files.write(
                file,
                (said + "\r\n").getBytes(StandardCharsets.UTF_8),
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
          } catch (IOException e) {
            // A log that cannot be written stops nothing.
          }
        });
  }

  private static SshLog.Level level(Settings s) {
    return s.value(Keyword.LOG_LEVEL).flatMap(SshLog.Level::of).orElse(SshLog.Level.INFO);
  }

  /** The words of a command that is run without a shell; none when a quote is not closed. */
  public static Optional<List<String>> commandWords(String command) {
    return ConfigWords.words(command);
  }

  private static boolean looksLikeAddress(String name) {
    return name.indexOf('%') >= 0
        || name.indexOf(':') >= 0
        || name.chars().allMatch(c -> "0123456789.".indexOf(c) >= 0);
  }

  static Optional<InetAddress> literal(String name) {
    try {
      return Optional.of(InetAddress.ofLiteral(name));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private String canonicalize(Settings s, String host) {
    Optional<InetAddress> literal = literal(host);
    if (literal.isPresent()) {
      return compact(literal.get());
    }
    if (looksLikeAddress(host) || s.text(Keyword.CANONICALIZE_HOSTNAME).equals("false")) {
      return host;
    }
    if (!direct(s) && !s.text(Keyword.CANONICALIZE_HOSTNAME).equals("always")) {
      return host;
    }
    if (host.endsWith(".")) {
      if (resolves(host)) {
        return host.substring(0, host.length() - 1);
      }
    } else {
      if (host.chars().filter(c -> c == '.').count() > s.number(Keyword.CANONICALIZE_MAX_DOTS)) {
        return host;
      }
      for (String domain : s.list(Keyword.CANONICAL_DOMAINS)) {
        if (domain.equalsIgnoreCase("none")) {
          break;
        }
        String full = host + "." + domain;
        if (resolves(full + ".")) {
          log.debug("Canonicalized hostname \"" + host + "\" => \"" + full + "\"");
          return full;
        }
      }
    }
    if (!s.flag(Keyword.CANONICALIZE_FALLBACK_LOCAL)) {
      throw new SshFatal("ssh: Could not resolve host \"" + host + "\"");
    }
    log.debug2("resolve_canonicalize: host " + host + " not found in any suffix");
    return host;
  }

  private static boolean inFamily(Settings s, InetAddress address) {
    return switch (s.text(Keyword.ADDRESS_FAMILY)) {
      case "inet" -> address instanceof java.net.Inet4Address;
      case "inet6" -> address instanceof java.net.Inet6Address;
      default -> true;
    };
  }

  private static boolean direct(Settings s) {
    return s.text(Keyword.PROXY_COMMAND).matches("|(?i)none") && s.jump().isEmpty();
  }

  /** Whether a name may be followed to another that the DNS has for it. */
  private static boolean permitsAliases(Settings s) {
    List<String> rules = s.list(Keyword.CANONICALIZE_PERMITTED_CNAMES);
    return !rules.isEmpty() && !rules.equals(List.of("none"));
  }

  private boolean resolves(String name) {
    try {
      return !network.lookUp(name).isEmpty();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  /** As {@code getnameinfo(3)} writes an address: IPv6 in its short form. */
  public static String compact(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (bytes.length == 4) {
      return address.getHostAddress();
    }
    int bestAt = -1;
    int bestLength = 1;
    for (int i = 0; i < 8; i++) {
      int length = 0;
      while (i + length < 8 && bytes[2 * (i + length)] == 0 && bytes[2 * (i + length) + 1] == 0) {
        length++;
      }
      if (length > bestLength) {
        bestAt = i;
        bestLength = length;
      }
    }
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      if (i == bestAt) {
        out.append(i == 0 ? "::" : ":");
        i += bestLength - 1;
        continue;
      }
      out.append(Integer.toHexString(((bytes[2 * i] & 0xff) << 8) | (bytes[2 * i + 1] & 0xff)));
      if (i < 7) {
        out.append(':');
      }
    }
    String scope = address.getHostAddress();
    int percent = scope.indexOf('%');
    return out + (percent < 0 ? "" : scope.substring(percent));
  }

  private void checkJump(Settings s, String host) {
    s.jump()
        .ifPresent(
            jump -> {
              if (jump.host().equals(host)
                  && s.number(Keyword.PORT)
                      == (jump.port().orElse(0) > 0 ? jump.port().getAsInt() : 22)
                  && jump.user().orElse(s.text(Keyword.USER)).equals(s.text(Keyword.USER))) {
                throw new SshFatal("jumphost loop via " + jump.host());
              }
              s.set(Keyword.PROXY_USE_FDPASS, "no");
            });
  }

  private Plan checked(SshCommandLine line, Settings s, String argument, String host) {
    s.value(Keyword.HOST_KEY_ALIAS)
        .ifPresent(alias -> s.set(Keyword.HOST_KEY_ALIAS, ConfigWords.lower(alias)));
    if (s.text(Keyword.PROXY_COMMAND).equals("-") && s.flag(Keyword.PROXY_USE_FDPASS)) {
      throw new SshFatal("ProxyCommand=- and ProxyUseFDPass are incompatible");
    }
    String command = String.join(" ", line.command);
    boolean remote = s.has(Keyword.REMOTE_COMMAND);
    if (s.text(Keyword.UPDATE_HOSTKEYS).equals("ask")
        && (!command.isEmpty() || remote || s.text(Keyword.REQUEST_TTY).equals("false"))) {
      log.debug("UpdateHostKeys=ask is incompatible with remote command execution; disabling");
      s.set(Keyword.UPDATE_HOSTKEYS, "false");
    }
    if (s.number(Keyword.CONNECTION_ATTEMPTS) <= 0) {
      throw new SshFatal("Invalid number of ConnectionAttempts");
    }
    if (!command.isEmpty() && remote) {
      throw new SshFatal("Cannot execute command-line and remote command.");
    }
    if (s.flag(Keyword.FORK_AFTER_AUTHENTICATION)
        && command.isEmpty()
        && !remote
        && !s.text(Keyword.SESSION_TYPE).equals("none")) {
      throw new SshFatal("Cannot fork into background without a command to execute.");
    }
    log.level(level(s));
    Map<Character, String> tokens =
        new TreeMap<>(
            Expansion.tokens(
                local,
                host,
                argument,
                s.value(Keyword.HOST_KEY_ALIAS).orElse(argument),
                s.text(Keyword.PORT),
                s.text(Keyword.USER)));
    boolean tty = tty(line, s, command.isEmpty() && !remote);
    expand(s, tokens);
    if (remote) {
      log.debug3("expanding RemoteCommand: " + s.text(Keyword.REMOTE_COMMAND));
      command = Expansion.percent(log, s.text(Keyword.REMOTE_COMMAND), tokens);
      s.set(Keyword.REMOTE_COMMAND, command);
      log.debug3("expanded RemoteCommand: " + command);
    }
    if (line.controlCommand.isPresent() && !line.test && !s.has(Keyword.CONTROL_PATH)) {
      throw new SshFatal("No ControlPath specified for \"-O\" command");
    }
    return new Plan(
        s,
        argument,
        host,
        command,
        tty,
        tokens,
        line.configFile,
        line.verbose,
        line.controlCommand);
  }

  private boolean tty(SshCommandLine line, Settings s, boolean shell) {
    String request = s.text(Keyword.REQUEST_TTY);
    boolean tty =
        shell ? !request.equals("false") : request.equals("true") || request.equals("force");
    if (request.equals("false")
        || s.text(Keyword.SESSION_TYPE).equals("none")
        || line.controlCommand.map(c -> !c.equals("proxy")).orElse(false)) {
      tty = false;
    }
    if ((!terminal || s.flag(Keyword.STDIN_NULL)) && !request.equals("force")) {
      if (tty) {
        log.info("Pseudo-terminal will not be allocated because stdin is not a terminal.");
      }
      tty = false;
    }
    return tty;
  }

  private void expand(Settings s, Map<Character, String> tokens) {
    for (Keyword keyword : List.of(Keyword.CONTROL_PATH, Keyword.IDENTITY_AGENT)) {
      s.value(keyword).ifPresent(v -> s.set(keyword, percentDollar(local.tilde(v), tokens)));
    }
    String agent = s.text(Keyword.FORWARD_AGENT);
    if (!agent.equals("yes") && !agent.equals("no")) {
      String path = percentDollar(local.tilde(agent), tokens);
      s.set(Keyword.FORWARD_AGENT, path);
      if (!Files.exists(local.directory().resolve(path))) {
        log.error("Cannot forward agent socket path \"" + path + "\": No such file or directory");
        if (s.flag(Keyword.EXIT_ON_FORWARD_FAILURE)) {
          throw new SshFatal(SshLog.Level.QUIET, "");
        }
      }
    }
    for (Keyword keyword :
        List.of(Keyword.GLOBAL_KNOWN_HOSTS_FILE, Keyword.USER_KNOWN_HOSTS_FILE)) {
      List<String> files = s.list(keyword);
      if (!files.isEmpty() && files.getFirst().equalsIgnoreCase("none")) {
        s.replace(keyword, List.of());
      } else if (keyword == Keyword.USER_KNOWN_HOSTS_FILE) {
        s.replace(keyword, files.stream().map(f -> percentDollar(local.tilde(f), tokens)).toList());
      }
    }
    List<Forward> locals = new ArrayList<>();
    s.localForwards().forEach(f -> locals.add(expanded(f, tokens)));
    List<Forward> remotes = new ArrayList<>();
    s.remoteForwards().forEach(f -> remotes.add(expanded(f, tokens)));
    s.replaceForwards(locals, remotes);
  }

  private Forward expanded(Forward forward, Map<Character, String> tokens) {
    return new Forward(
        expanded(forward.listen(), tokens), forward.target().map(t -> expanded(t, tokens)));
  }

  private Forward.End expanded(Forward.End end, Map<Character, String> tokens) {
    return switch (end) {
      case Forward.End.Tcp tcp -> tcp;
      case Forward.End.Unix unix ->
          new Forward.End.Unix(Expansion.percent(log, unix.path(), tokens));
    };
  }

  private String percentDollar(String text, Map<Character, String> tokens) {
    return Expansion.percentDollar(log, text, tokens, local.environment());
  }
}

package wirebook.engine.ssh.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The words of an ssh command: options before and behind the host, then the remote command. */
final class SshCommandLine {
  static final String USAGE =
      """
      usage: ssh [-46AaCfGgKkMNnqsTtVvXxYy] [-B bind_interface]
                 [-b bind_address] [-c cipher_spec] [-D [bind_address:]port]
                 [-E log_file] [-e escape_char] [-F configfile] [-I pkcs11]
                 [-i identity_file] [-J [user@]host[:port]] [-L address]
                 [-l login_name] [-m mac_spec] [-O ctl_cmd] [-o option] [-p port]
                 [-Q query_option] [-R address] [-S ctl_path] [-W host:port]
                 [-w local_tun[:remote_tun]] destination [command [argument ...]]
      """;
  static final String VERSION = "OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.19 27 Jan 2026";
  private static final String OPTIONS =
      "1246ab:c:e:fgi:kl:m:no:p:qstvxAB:CD:E:F:GI:J:KL:MNO:PQ:R:S:TVw:W:XYy";

  /** The command ends here, with a text for a stream and an exit status. */
  static final class Ended extends RuntimeException {
    private static final long serialVersionUID = 1;
    final boolean error;
    final int status;

    Ended(String text, boolean error, int status) {
      super(text, null, false, false);
      this.error = error;
      this.status = status;
    }

    String text() {
      String message = getMessage();
      return message == null ? "" : message;
    }
  }

  final Settings settings = new Settings();
  Optional<String> host = Optional.empty();
  Optional<String> configFile = Optional.empty();
  Optional<String> logFile = Optional.empty();
  Optional<String> controlCommand = Optional.empty();
  List<String> command = List.of();
  boolean test;
  int verbose;
  boolean toSyslog;

  private final SshLog log;
  private final LocalHost local;
  private final java.util.function.Consumer<String> err;

  /**
   * @param err takes what is said with {@code fprintf(3)}, line ends included
   */
  SshCommandLine(SshLog log, LocalHost local, java.util.function.Consumer<String> err) {
    this.log = log;
    this.local = local;
    this.err = err;
  }

  private Ended usage() {
    return new Ended(USAGE, true, 255);
  }

  private static Ended bad(String message) {
    return new Ended(message + "\n", true, 255);
  }

  void parse(List<String> words) {
    int at = 0;
    boolean terminated = false;
    while (true) {
      for (; at < words.size(); at++) {
        String word = words.get(at);
        if (word.equals("--")) {
          terminated = true;
          at++;
          break;
        }
        if (!word.startsWith("-") || word.length() == 1) {
          break;
        }
        at = options(words, at);
      }
      if (at >= words.size() || host.isPresent()) {
        break;
      }
      destination(words.get(at++));
      if (at >= words.size() || terminated) {
        break;
      }
    }
    if (host.isEmpty()) {
      throw usage();
    }
    // Before a file is read: its Match exec may have both. What a file says of the user is trusted.
    if (!settings.value(Keyword.USER).map(ShellSafe::user).orElse(true)) {
      throw new SshFatal("remote username contains invalid characters");
    }
    if (!ShellSafe.host(host.orElseThrow())) {
      throw new SshFatal("hostname contains invalid characters");
    }
    command = List.copyOf(words.subList(Math.min(at, words.size()), words.size()));
    if (command.isEmpty() && settings.text(Keyword.SESSION_TYPE).equals("subsystem")) {
      throw new Ended("You must specify a subsystem to invoke.\n" + USAGE, true, 255);
    }
  }

  private void destination(String word) {
    Optional<Optional<ConfigWords.Destination>> uri = ConfigWords.Destination.parseUri(word);
    if (uri.isPresent()) {
      ConfigWords.Destination to = uri.get().orElseThrow(this::usage);
      to.user().ifPresent(u -> settings.first(Keyword.USER, u));
      to.port().ifPresent(p -> settings.first(Keyword.PORT, String.valueOf(p)));
      host = Optional.of(to.host());
      return;
    }
    int sign = word.lastIndexOf('@');
    if (sign == 0) {
      throw usage();
    }
    if (sign > 0) {
      settings.first(Keyword.USER, word.substring(0, sign));
    }
    host = Optional.of(word.substring(sign + 1)).filter(h -> !h.isEmpty());
    if (host.isEmpty()) {
      throw usage();
    }
  }

  /** Takes one word of options; the index of the last word that belongs to it. */
  private int options(List<String> words, int at) {
    String word = words.get(at);
    for (int i = 1; i < word.length(); i++) {
      char option = word.charAt(i);
      int known = option == ':' ? -1 : OPTIONS.indexOf(option);
      if (known < 0) {
        err.accept("unknown option -- " + option + "\n");
        throw usage();
      }
      if (known + 1 < OPTIONS.length() && OPTIONS.charAt(known + 1) == ':') {
        boolean glued = i + 1 < word.length();
        if (!glued && at + 1 >= words.size()) {
          err.accept("option requires an argument -- " + option + "\n");
          throw usage();
        }
        argument(option, glued ? word.substring(i + 1) : words.get(at + 1));
        return glued ? at : at + 1;
      }
      flag(option);
    }
    return at;
  }

  private void flag(char option) {
    switch (option) {
      case '1' -> throw new SshFatal("SSH protocol v.1 is no longer supported");
      case '4' -> settings.set(Keyword.ADDRESS_FAMILY, "inet");
      case '6' -> settings.set(Keyword.ADDRESS_FAMILY, "inet6");
      case 'n' -> settings.set(Keyword.STDIN_NULL, "yes");
      case 'f' -> {
        settings.set(Keyword.FORK_AFTER_AUTHENTICATION, "yes");
        settings.set(Keyword.STDIN_NULL, "yes");
      }
      case 'x' -> settings.set(Keyword.FORWARD_X11, "no");
      case 'X' -> settings.set(Keyword.FORWARD_X11, "yes");
      case 'Y' -> {
        settings.set(Keyword.FORWARD_X11, "yes");
        settings.set(Keyword.FORWARD_X11_TRUSTED, "yes");
      }
      case 'y' -> toSyslog = true;
      case 'G' -> test = true;
      case 'g' -> settings.set(Keyword.GATEWAY_PORTS, "yes");
      case 'a' -> settings.set(Keyword.FORWARD_AGENT, "no");
      case 'A' -> settings.set(Keyword.FORWARD_AGENT, "yes");
      case 'k' -> settings.set(Keyword.GSSAPI_DELEGATE_CREDENTIALS, "no");
      case 'K' -> {
        settings.set(Keyword.GSSAPI_AUTHENTICATION, "yes");
        settings.set(Keyword.GSSAPI_DELEGATE_CREDENTIALS, "yes");
      }
      case 't' ->
          settings.set(
              Keyword.REQUEST_TTY,
              settings.text(Keyword.REQUEST_TTY).equals("true") ? "force" : "true");
      case 'v' -> {
        verbose = Math.min(verbose + 1, 3);
        settings.set(
            Keyword.LOG_LEVEL, verbose == 1 ? "DEBUG" : verbose == 2 ? "DEBUG2" : "DEBUG3");
      }
      case 'V' -> throw new Ended(VERSION + "\n", true, 0);
      case 'q' -> settings.set(Keyword.LOG_LEVEL, SshLog.Level.QUIET.shown());
      case 'M' ->
          settings.set(
              Keyword.CONTROL_MASTER,
              settings.text(Keyword.CONTROL_MASTER).equals("true") ? "ask" : "true");
      case 'C' -> settings.set(Keyword.COMPRESSION, "yes");
      case 'N' -> {
        sessionType("none", "Cannot specify -N with -s/SessionType");
        settings.set(Keyword.REQUEST_TTY, "false");
      }
      case 's' -> sessionType("subsystem", "Cannot specify -s with -N/SessionType");
      case 'T' -> settings.set(Keyword.REQUEST_TTY, "false");
      default -> {
        // -2 and -P are taken and mean nothing.
      }
    }
  }

  private void sessionType(String type, String conflict) {
    if (settings.value(Keyword.SESSION_TYPE).map(t -> !t.equals(type)).orElse(false)) {
      throw new SshFatal(conflict);
    }
    settings.set(Keyword.SESSION_TYPE, type);
  }

  private void argument(char option, String value) {
    switch (option) {
      case 'E' -> logFile = Optional.of(value);
      case 'F' -> configFile = Optional.of(value);
      case 'O' -> control(value);
      case 'Q' ->
          throw new Ended(
              Algorithms.query(value)
                      .orElseThrow(() -> new SshFatal("Unsupported query \"" + value + "\""))
                  + "\n",
              false,
              0);
      case 'i' -> identity(value);
      case 'I' -> settings.set(Keyword.PKCS11_PROVIDER, value);
      case 'J' -> {
        if (settings.jump().isPresent()) {
          throw new SshFatal(
              "Only a single -J option is permitted (use commas to separate multiple jump hops)");
        }
        if (settings.has(Keyword.PROXY_COMMAND)) {
          throw new SshFatal("Cannot specify -J with ProxyCommand");
        }
        if (!Jumps.read(settings, value, true, log)) {
          throw new SshFatal("Invalid -J argument");
        }
        settings.set(Keyword.PROXY_COMMAND, "none");
      }
      case 'w' -> {
        settings.first(Keyword.TUNNEL, "point-to-point");
        settings.set(
            Keyword.TUNNEL_DEVICE,
            LineReader.tunnel(value).orElseThrow(() -> bad("Bad tun device '" + value + "'")));
      }
      case 'W' -> standardForward(value);
      case 'e' ->
          settings.set(
              Keyword.ESCAPE_CHAR,
              LineReader.escape(value)
                  .orElseThrow(() -> bad("Bad escape character '" + value + "'.")));
      case 'c' -> {
        if (value.startsWith("-") || !Algorithms.valid(Algorithms.Family.CIPHER, value)) {
          throw bad("Unknown cipher type '" + value + "'");
        }
        settings.set(Keyword.CIPHERS, value);
      }
      case 'm' -> {
        if ("+-^".indexOf(value.isEmpty() ? '-' : value.charAt(0)) >= 0
            || !Algorithms.valid(Algorithms.Family.MAC, value)) {
          throw bad("Unknown mac type '" + value + "'");
        }
        settings.set(Keyword.MACS, value);
      }
      case 'p' -> {
        if (!settings.has(Keyword.PORT)) {
          OptionalInt port = ConfigWords.port(value);
          if (port.orElse(0) == 0) {
            throw bad("Bad port '" + value + "'");
          }
          settings.first(Keyword.PORT, String.valueOf(port.getAsInt()));
        }
      }
      case 'l' -> settings.first(Keyword.USER, value);
      case 'L' ->
          settings.addForward(
              forward(value, false, false)
                  .orElseThrow(() -> bad("Bad local forwarding specification '" + value + "'")),
              false);
      case 'R' ->
          settings.addForward(
              forward(value, false, true)
                  .or(() -> forward(value, true, true))
                  .orElseThrow(() -> bad("Bad remote forwarding specification '" + value + "'")),
              true);
      case 'D' ->
          settings.addForward(
              forward(value, true, false)
                  .orElseThrow(() -> bad("Bad dynamic forwarding specification '" + value + "'")),
              false);
      case 'o' -> {
        ConfigReader reader =
            new ConfigReader(settings, log, local, c -> 1, host.orElse(""), host.orElse(""));
        if (!reader.option(value)) {
          throw new SshFatal(SshLog.Level.QUIET, "");
        }
      }
      case 'S' -> settings.set(Keyword.CONTROL_PATH, value);
      case 'b' -> settings.set(Keyword.BIND_ADDRESS, value);
      case 'B' -> settings.set(Keyword.BIND_INTERFACE, value);
      default -> throw usage();
    }
  }

  private Optional<Forward> forward(String text, boolean dynamic, boolean remote) {
    return Expansion.dollar(log, text, local.environment())
        .flatMap(t -> Forward.parse(t, dynamic, remote));
  }

  private void control(String value) {
    if (settings.standardForward().isPresent()) {
      throw new SshFatal("Cannot specify multiplexing command with -W");
    }
    if (controlCommand.isPresent()) {
      throw new SshFatal("Multiplexing command already specified");
    }
    if (!List.of("check", "forward", "exit", "stop", "cancel", "proxy").contains(value)) {
      throw new SshFatal("Invalid multiplex command.");
    }
    controlCommand = Optional.of(value);
  }

  private void standardForward(String value) {
    if (settings.standardForward().isPresent()) {
      throw new SshFatal("stdio forward already specified");
    }
    if (controlCommand.isPresent()) {
      throw new SshFatal("Cannot specify stdio forward with -O");
    }
    Forward forward =
        forward(value, true, false)
            .orElseThrow(() -> bad("Bad stdio forwarding specification '" + value + "'"));
    if (forward.listen() instanceof Forward.End.Tcp tcp) {
      settings.standardForward(tcp);
    } else {
      throw bad("Bad stdio forwarding specification '" + value + "'");
    }
    settings.set(Keyword.REQUEST_TTY, "false");
    settings.set(Keyword.SESSION_TYPE, "none");
  }

  private void identity(String value) {
    String path = local.tilde(value);
    Path file = local.file(value);
    try {
      Files.readAttributes(file, "size");
      settings.addFile(Keyword.IDENTITY_FILE, path);
    } catch (IOException e) {
      err.accept(
          "Warning: Identity file " + path + " not accessible: " + SystemWords.of(e) + ".\n");
    }
  }
}

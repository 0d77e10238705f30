package wirebook.magics.shell;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import wirebook.codec.Resource;
import wirebook.engine.process.ChildEnvironment;
import wirebook.engine.process.ProcessGroups;
import wirebook.net.Networks;
import wirebook.net.TemporaryFolder;
import wirebook.net.UnixListener;
import wirebook.net.UnixSocket;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Syntax;
import wirebook.spi.Services;

/**
 * The lab's commands in shells: a folder in front of {@code PATH} in which each magic that has the
 * name of a classic tool is a small program. It asks this process, over a socket that only this
 * user may open, to run the magic in the session's own lab, and passes its streams on.
 */
public final class Shims {
  /** The classic tools that magics stand for. */
  private static final List<String> TOOLS =
      List.of(
          "curl",
          "delv",
          "dig",
          "host",
          "ip",
          "mtr",
          "nc",
          "nslookup",
          "ping",
          "scp",
          "sftp",
          "ss",
          "ssh",
          "ssh-copy-id",
          "ssh-keygen",
          "ssh-keyscan",
          "traceroute",
          "whois");

  /** What a shell would take out of a line, by its form; {@code ss} compares by {@code >}. */
  private static final Pattern OPERATOR =
      Pattern.compile("\\|[|&]?|&&?|;|[0-9&]?(?:>>?|<<?<?)(?!=).*");

  /**
   * Refuses what a shell would do with a tool's line, where the magic does not do it itself: nobody
   * means the sign as an operand.
   *
   * @throws wirebook.spi.MagicException at the first that is not quoted
   */
  static void refuseOperators(MagicCall call, MagicSpec spec) {
    boolean plain = spec.syntax() == Syntax.SHELL || spec.syntax() == Syntax.LITERAL;
    // What stands behind ssh's host is for the shell there.
    if (!plain || !TOOLS.contains(spec.name()) || spec.name().equals("ssh")) {
      return;
    }
    call.words().stream()
        .filter(word -> word.span().end() - word.span().start() == word.text().length())
        .filter(word -> OPERATOR.matcher(word.text()).matches())
        .filter(word -> !spec.name().equals("ss") || !word.text().matches("[<>|]"))
        .findFirst()
        .ifPresent(
            word -> {
              throw call.wrong(
                  "SHELL008",
                  word,
                  "\"" + word.text() + "\" is the shell's, and no shell reads this line",
                  "!%s %s is read by one."
                      .formatted(spec.name(), String.join(" ", call.arguments())));
            });
  }

  /** Tools of the machine's network that have no magic of their name, but kin. */
  private static final List<String> MACHINES =
      List.of(
          "arp",
          "avahi-resolve",
          "avahi-resolve-address",
          "avahi-resolve-host-name",
          "dog",
          "doggo",
          "drill",
          "getent",
          "hostname",
          "ifconfig",
          "kdig",
          "khost",
          "knsupdate",
          "ncat",
          "netcat",
          "netstat",
          "nsupdate",
          "resolvectl",
          "route",
          "systemd-resolve",
          "tcpdump",
          "telnet",
          "tracepath",
          "tshark",
          "unbound-host");

  /** So many cells are known by their programs. */
  private static final int MOST_CALLS = 64;

  private static final String CELL = "WIREBOOK_CELL";

  private static final String SOCKET = "lab";

  private static final String TERMINAL = "terminal.sh";

  private static final String LOGIN = "login.sh";

  /** As bash's own file for interactive shells, and then that of the lab. */
  public static final String START = "start.sh";

  private final Services services;
  private final Networks networks;
  private final Path folder;
  private final Map<String, Magic> magics = tools();

  /** The calls whose programs may ask, by their number; the oldest are forgotten. */
  private final Map<String, Known> calls =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
          return size() > MOST_CALLS;
        }
      };

  /** A call whose programs may ask. */
  static final class Known {
    private final MagicCall call;
    private final String number;
    private volatile String pipe = "";

    Known(MagicCall call, String number) {
      this.call = call;
      this.number = number;
    }

    MagicCall call() {
      return call;
    }

    /** What its programs are told of it. */
    Map<String, String> variables() {
      return Map.of(CELL, number);
    }

    /** The standard input of its program is this pipe, which the person at the notebook fills. */
    void reads(String theirs) {
      pipe = theirs;
    }

    boolean isFilledByPerson(String theirs) {
      return !theirs.isEmpty() && theirs.equals(pipe);
    }
  }

  /** For the first shell; empty when all is well. */
  private String warning;

  private int numbers;

  /** The session's; they are made when they are first wanted. */
  public static Shims of(Services services, Networks networks) {
    return services.get(
        Shims.class,
        () -> {
          try {
            return new Shims(services, networks);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private Shims(Services services, Networks networks) throws IOException {
    this.services = services;
    this.networks = networks;
    folder = Files.createTempDirectory(TemporaryFolder.get(), "lab");
    Path bin = Files.createDirectory(folder.resolve("bin"));
    Optional<Path> perl =
        ProcessGroups.find("perl", System.getenv().getOrDefault("PATH", "/usr/bin:/bin"));
    Path program = folder.resolve("command");
    String text =
        perl.isPresent()
            ? Resource.text(Shims.class, "command.pl").replaceFirst("#!.*", "#!" + perl.get())
            : "#!/bin/sh\n"
                + "echo \"${0##*/}: the lab's commands need perl, and this machine has none;"
                + " in a cell, %${0##*/} does the same\" >&2\nexit 69\n";
    link(bin, magics.keySet(), program, text);
    link(bin, ShimWords.OF_SIX.keySet(), program, text);
    link(bin, MACHINES, folder.resolve("machine"), Resource.text(Shims.class, "machine.sh"));
    warning =
        Files.isExecutable(program)
            ? ""
            : "The lab's dig, curl and so on are not in this shell, and others of that name reach the"
                + " machine's own network: no program may run in "
                + folder.getParent()
                + "; TMPDIR can name another folder.\n";
    UnixListener listener = UnixListener.listen(folder.resolve(SOCKET));
    Thread.ofVirtual().name("lab commands").start(() -> accept(listener));
    ChildEnvironment.of(services).commands(bin);
    terminal();
  }

  private static void link(Path bin, Collection<String> names, Path program, String text)
      throws IOException {
    Files.writeString(program, text);
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    for (String name : names) {
      Files.createSymbolicLink(bin.resolve(name), program);
    }
  }

  /** The magics that stand for tools, by the tools' names. */
  private static Map<String, Magic> tools() {
    return ServiceLoader.load(Magic.class, Shims.class.getClassLoader()).stream()
        .map(ServiceLoader.Provider::get)
        .filter(magic -> TOOLS.contains(magic.spec().name()))
        .collect(Collectors.toMap(magic -> magic.spec().name(), magic -> magic));
  }

  private void accept(UnixListener listener) {
    try {
      while (true) {
        Socket client = listener.accept();
        Thread.ofVirtual().name("lab command").start(() -> ShimCall.serve(client, this));
      }
    } catch (IOException e) {
      // The session ends.
    }
  }

  synchronized Known known(MagicCall call) {
    call.err().print(warning);
    warning = "";
    Known known = new Known(call, String.valueOf(++numbers));
    calls.put(known.number, known);
    return known;
  }

  synchronized Optional<Known> known(String number) {
    return Optional.ofNullable(calls.get(number));
  }

  Optional<Magic> magic(String tool) {
    return Optional.ofNullable(magics.get(tool));
  }

  Services services() {
    return services;
  }

  Networks networks() {
    return networks;
  }

  /** Puts the lab's commands before all others, in a shell's words. */
  String firstInPath() {
    return "PATH=" + quoted(folder.resolve("bin").toString()) + ":\"$PATH\"";
  }

  /** The file with that. */
  String afterLogin() throws IOException {
    return Files.writeString(folder.resolve(LOGIN), firstInPath() + "\n").toString();
  }

  /**
   * What a shell has to read to be one of this lab's, as things are now.
   *
   * @return the file; beside it is {@link #START} for a shell that is started
   */
  public synchronized Path terminal() {
    StringBuilder script = new StringBuilder();
    ChildEnvironment.of(services)
        .additions()
        .forEach(
            (name, value) ->
                script
                    .append("export ")
                    .append(name)
                    .append('=')
                    .append(quoted(value))
                    .append('\n'));
    script.append(firstInPath()).append('\n');
    script.append("[ -z \"${PS1-}\" ] || PS1=\"(lab) $PS1\"\n");
    try {
      Files.writeString(
          folder.resolve(START),
          "[ ! -f ~/.bashrc ] || . ~/.bashrc\n. " + quoted(folder + "/" + TERMINAL) + "\n");
      return Files.writeString(folder.resolve(TERMINAL), script);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The file for a shell of another session of this user: of the one that made its commands last,
   * of those that still run.
   */
  public static Optional<Path> terminalOfAnother() {
    Path parent = Path.of(System.getProperty("java.io.tmpdir"));
    try (Stream<Path> folders = Files.list(parent)) {
      return folders
          .filter(folder -> String.valueOf(folder.getFileName()).startsWith("wirebook"))
          .filter(Shims::isOwn)
          .flatMap(Shims::terminals)
          .filter(Shims::isServed)
          .max(Comparator.comparing(Shims::made));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Anybody may put such a folder there, with a file that this user's shell would run. */
  private static boolean isOwn(Path session) {
    try {
      return Files.isDirectory(session, LinkOption.NOFOLLOW_LINKS)
          && Files.getOwner(session).equals(Files.getOwner(TemporaryFolder.get()));
    } catch (IOException e) {
      return false;
    }
  }

  private static Stream<Path> terminals(Path session) {
    try (Stream<Path> folders = Files.list(session)) {
      return folders.map(one -> one.resolve(TERMINAL)).filter(Files::isReadable).toList().stream();
    } catch (IOException e) {
      // Another user's, or gone.
      return Stream.empty();
    }
  }

  private static boolean isServed(Path terminal) {
    try (Socket _ = UnixSocket.connect(terminal.resolveSibling(SOCKET))) {
      return Files.isWritable(terminal);
    } catch (IOException e) {
      return false;
    }
  }

  private static FileTime made(Path terminal) {
    try {
      return Files.getLastModifiedTime(terminal);
    } catch (IOException e) {
      return FileTime.fromMillis(0);
    }
  }

  /** Told to a person. */
  String terminalLine() {
    return """
    In a terminal of this machine, JupyterLab's too, this line makes the shell one of this lab:

        . %s

    dig, curl, ip and their kin are the lab's then, until the shell or this kernel ends. Programs
    that have no such kin, and take no proxy from the environment, use the machine's own network."""
        .formatted(terminal());
  }

  static boolean hasBash() {
    return ProcessGroups.find("bash", System.getenv().getOrDefault("PATH", "/usr/bin:/bin"))
        .isPresent();
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }
}

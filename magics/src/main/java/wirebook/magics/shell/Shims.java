package wirebook.magics.shell;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import wirebook.engine.process.ChildEnvironment;
import wirebook.engine.process.ProcessGroups;
import wirebook.net.Networks;
import wirebook.net.TemporaryFolder;
import wirebook.net.UnixListener;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
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
          "dig",
          "host",
          "ip",
          "nc",
          "nslookup",
          "ping",
          "scp",
          "sftp",
          "ss",
          "ssh",
          "ssh-add",
          "ssh-agent",
          "ssh-copy-id",
          "ssh-keygen",
          "ssh-keyscan",
          "traceroute");

  /** So many cells are known by their programs. */
  private static final int MOST_CALLS = 64;

  private static final String CELL = "WIREBOOK_CELL";

  /** What a shell reads to be one of this lab's. */
  public static final String TERMINAL = "terminal.sh";

  private final Services services;
  private final Networks networks;
  private final Path folder;

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
    try (InputStream source = Shims.class.getResourceAsStream("command.pl")) {
      String text =
          perl.isPresent() && source != null
              ? new String(source.readAllBytes(), StandardCharsets.UTF_8)
                  .replaceFirst("#!.*", "#!" + perl.get())
              : "#!/bin/sh\n"
                  + "echo \"${0##*/}: the lab's commands need perl, and this machine has none;"
                  + " in a cell, %${0##*/} does the same\" >&2\nexit 69\n";
      Files.writeString(program, text);
      Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    }
    for (String tool : tools().keySet()) {
      Files.createSymbolicLink(bin.resolve(tool), program);
    }
    UnixListener listener = UnixListener.listen(folder.resolve("lab"));
    Thread.ofVirtual().name("lab commands").start(() -> accept(listener));
    ChildEnvironment.of(services).commands(bin);
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
    Known known = new Known(call, String.valueOf(++numbers));
    calls.put(known.number, known);
    return known;
  }

  synchronized Optional<Known> known(String number) {
    return Optional.ofNullable(calls.get(number));
  }

  Optional<Magic> magic(String tool) {
    return Optional.ofNullable(tools().get(tool));
  }

  Services services() {
    return services;
  }

  Networks networks() {
    return networks;
  }

  /** Writes what a shell has to read to be one of this lab's. */
  public synchronized Path terminal() {
    Map<String, String> all = ChildEnvironment.of(services).ofChildren();
    Map<String, String> own = System.getenv();
    StringBuilder script = new StringBuilder();
    all.forEach(
        (name, value) -> {
          if (!value.equals(own.get(name)) && !name.equals("PATH") && !name.equals("PWD")) {
            script.append("export ").append(name).append('=').append(quoted(value)).append('\n');
          }
        });
    script.append("export PATH=").append(quoted(folder.resolve("bin") + ":")).append("\"$PATH\"\n");
    script.append("[ -z \"${PS1-}\" ] || PS1=\"(lab) $PS1\"\n");
    try {
      Path file = folder.resolve(TERMINAL);
      Files.writeString(file, script);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Told to a person. */
  String terminalLine() {
    return """
    In any terminal of this machine, JupyterLab's too, this line makes its shell one of this lab:

        . %s

    There dig, curl, ip and their kin are the lab's then; exit leaves it."""
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

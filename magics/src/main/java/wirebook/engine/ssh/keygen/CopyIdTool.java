package wirebook.engine.ssh.keygen;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import wirebook.engine.ssh.client.SshEnvironment;
import wirebook.engine.ssh.client.SshTool;
import wirebook.engine.ssh.config.Options;
import wirebook.engine.ssh.config.SystemWords;
import wirebook.engine.ssh.key.Agent;
import wirebook.engine.ssh.key.PublicKeyFile;
import wirebook.net.ToolExit;

/** The ssh-copy-id command, which is a shell script around ssh. */
public final class CopyIdTool {
  private static final String NAME = "/usr/bin/ssh-copy-id";

  private final KeygenConsole console;
  private final SshEnvironment environment;
  private final List<String> ssh = new ArrayList<>();
  private final StringBuilder shown = new StringBuilder();
  private final List<KeyReport.Key> keys = new ArrayList<>();
  private Optional<Path> privateFile = Optional.empty();
  private boolean forced;

  private CopyIdTool(SshEnvironment environment) {
    this.environment = environment;
    this.console = new KeygenConsole(environment);
  }

  /** Runs a command's words. */
  public static KeyReport run(SshEnvironment environment, List<String> words)
      throws InterruptedException {
    CopyIdTool tool = new CopyIdTool(environment);
    int exit;
    try {
      exit = tool.run(words);
    } catch (ToolExit e) {
      exit = e.status();
    } catch (IOException e) {
      tool.console.complain(NAME + ": ERROR: " + SystemWords.of(e) + "\n");
      exit = 1;
    }
    return new KeyReport(exit, tool.keys);
  }

  private ToolExit usage() {
    console.complain(
        "Usage: "
            + NAME
            + " [-h|-?|-f|-n] [-i [identity_file]] [-p port] [-F alternative ssh_config file]"
            + " [[-o <ssh -o options>] ...] [user@]hostname\n"
            + "\t-f: force mode -- copy keys without trying to check if they are already"
            + " installed\n"
            + "\t-n: dry run    -- no keys are actually copied\n"
            + "\t-h|-?: print this help\n");
    return new ToolExit(1);
  }

  private int run(List<String> words) throws IOException, InterruptedException {
    Options options = Options.of(words, "i:o:p:F:fnsh?");
    if (options.complaint().isPresent()) {
      throw usage();
    }
    boolean dry = false;
    Optional<PublicKeyFile> chosen = Optional.empty();
    for (Options.Option option : options.options()) {
      switch (option.name()) {
        case 'i' -> {
          if (chosen.isPresent()) {
            console.print(
                "\n" + NAME + ": ERROR: -i option must not be specified more than once\n\n");
            throw usage();
          }
          chosen = Optional.of(use(option.value().isEmpty() ? usual() : option.value()));
        }
        case 'f' -> forced = true;
        case 'n' -> dry = true;
        case 's' -> {
          console.print(NAME + ": ERROR: -s needs sftp, which this ssh-copy-id does not use\n");
          throw new ToolExit(1);
        }
        case 'h', '?' -> throw usage();
        default -> {
          ssh.add("-" + option.name());
          ssh.add(option.value());
          quote("-" + option.name() + " ", option.value());
        }
      }
    }
    if (options.operands().isEmpty()) {
      throw usage();
    }
    if (options.operands().size() > 1) {
      console.complain(
          NAME + ": ERROR: Too many arguments.  Expecting a target hostname, got: \n\n");
      throw usage();
    }
    String host = options.operands().getFirst();
    quote("", host);
    ssh.add(host);
    List<PublicKeyFile> mine = chosen.isPresent() ? List.of(chosen.get()) : agents();
    if (mine.isEmpty()) {
      String usual = usual();
      if (usual.isEmpty()) {
        console.complain(NAME + ": ERROR: No identities found\n");
        throw new ToolExit(1);
      }
      mine = List.of(use(usual));
    }
    return install(mine, dry);
  }

  private void quote(String option, String value) {
    shown
        .append(shown.isEmpty() ? "" : " ")
        .append(option)
        .append('\'')
        .append(value.replace("'", "'\\''"))
        .append('\'');
  }

  /** The public key in the user's folder that was written last; empty when there is none. */
  private String usual() throws IOException {
    Path folder = environment.local().home().resolve(".ssh");
    if (!Files.isDirectory(folder)) {
      return "";
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(f -> f.getFileName().toString().matches("id.*\\.pub"))
          .filter(f -> !f.toString().endsWith("-cert.pub"))
          .max(
              Comparator.comparingLong((Path f) -> f.toFile().lastModified())
                  .thenComparing(Comparator.<Path>naturalOrder().reversed()))
          .map(Path::toString)
          .orElse("");
    }
  }

  private PublicKeyFile use(String name) {
    if (name.isEmpty()) {
      console.print(NAME + ": ERROR: no ID file found\n");
      throw new ToolExit(1);
    }
    String open = name.endsWith(".pub") ? name : name + ".pub";
    Path file = environment.local().file(open);
    Path secret = environment.local().file(open.substring(0, open.length() - 4));
    readable(file, open, "");
    if (!forced) {
      readable(
          secret,
          secret.toString(),
          "\t(to install the contents of '" + open + "' anyway, look at the -f option)\n");
      privateFile = Optional.of(secret);
    }
    console.complain(NAME + ": INFO: Source of key(s) to be installed: \"" + open + "\"\n");
    Optional<PublicKeyFile> key = PublicKeyFile.read(file);
    if (key.isEmpty()) {
      console.complain(NAME + ": ERROR: No identities found\n");
      throw new ToolExit(1);
    }
    return key.get();
  }

  private void readable(Path file, String name, String hint) {
    try (InputStream in = Files.newInputStream(file)) {
      in.read();
    } catch (IOException e) {
      console.print(
          "\n%s: ERROR: failed to open ID file '%s': %s\n%s"
              .formatted(NAME, name, SystemWords.of(e), hint));
      throw new ToolExit(1);
    }
  }

  private List<PublicKeyFile> agents() {
    String socket = environment.local().environment().getOrDefault("SSH_AUTH_SOCK", "");
    if (socket.isEmpty()) {
      return List.of();
    }
    try (Agent agent = Agent.connect(environment.local().file(socket))) {
      return agent.keys().stream().map(k -> new PublicKeyFile(k.key(), k.comment())).toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private int install(List<PublicKeyFile> mine, boolean dry)
      throws IOException, InterruptedException {
    // The host's key is asked for here, before anything else is said.
    Outcome hello = tried(List.of("-v", "-oPreferredAuthentications=,", "-oControlPath=none"));
    String version =
        hello
            .said
            .lines()
            .filter(l -> l.contains("remote software version "))
            .map(l -> l.replaceFirst(".*remote software version ", "").strip())
            .findFirst()
            .orElse("");
    List<PublicKeyFile> fresh = forced ? mine : without(mine);
    String lines = String.join("\n", fresh.stream().map(PublicKeyFile::line).toList()) + "\n";
    if (dry) {
      console.print(
          "=-=-=-=-=-=-=-=\nWould have added the following key(s):\n\n"
              + lines
              + "=-=-=-=-=-=-=-=\n");
      return 0;
    }
    List<String> words = new ArrayList<>(List.of("-a", "-x"));
    words.addAll(ssh);
    words.add(
        script(
            version.startsWith("dropbear")
                ? "/etc/dropbear/authorized_keys"
                : ".ssh/authorized_keys"));
    int exit =
        SshTool.run(with(environment.stdout(), environment.stderr(), lines.getBytes(UTF_8)), words)
            .exitCode();
    if (exit != 0) {
      throw new ToolExit(1);
    }
    fresh.forEach(f -> keys.add(new KeyReport.Key(f.key(), f.comment())));
    console.print(
        ("\nNumber of key(s) added: %s\n\nNow try logging into the machine, with:   "
                + "\"ssh %s\"\nand check to make sure that only the key(s) you wanted were "
                + "added.\n\n")
            .formatted(fresh.size(), shown));
    return 0;
  }

  /** The keys that do not let the user in yet. */
  private List<PublicKeyFile> without(List<PublicKeyFile> mine)
      throws IOException, InterruptedException {
    console.complain(
        NAME
            + ": INFO: attempting to log in with the new key(s), to filter out any that are"
            + " already installed\n");
    List<PublicKeyFile> left = new ArrayList<>();
    Path scratch =
        Files.createTempFile(
            "wirebook",
            ".pub",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      for (PublicKeyFile key : mine) {
        Files.writeString(scratch, key.line() + "\n");
        Outcome login =
            tried(
                List.of(
                    "-i" + privateFile.orElse(scratch),
                    "-oControlPath=none",
                    "-oLogLevel=INFO",
                    "-oPreferredAuthentications=publickey",
                    "-oIdentitiesOnly=yes"),
                "exit");
        if (login.exit == 0) {
          continue;
        }
        if (!login.said.contains("Permission denied")) {
          console.complain(
              "\n" + NAME + ": " + login.said.replaceAll("(?m)^(?=.)", "ERROR: ") + "\n");
          throw new ToolExit(1);
        }
        left.add(key);
      }
    } finally {
      Files.delete(scratch);
    }
    if (left.isEmpty()) {
      console.complain(
          "\n"
              + NAME
              + ": WARNING: All keys were skipped because they already exist on the remote"
              + " system.\n\t\t(if you think this is a mistake, you may want to use -f option)\n\n");
      throw new ToolExit(0);
    }
    console.complain(
        ("%s: INFO: %s key(s) remain to be installed -- if you are prompted now it is to"
                + " install the new keys\n")
            .formatted(NAME, left.size()));
    return left;
  }

  /** What runs there ({@code installkeys_sh}). */
  private static String script(String file) {
    String folder = file.substring(0, file.lastIndexOf('/'));
    return "exec sh -c 'cd; umask 077; mkdir -p \"%1$s\" &&  { [ -z `tail -1c %2$s 2>/dev/null` ] || echo >> \"%2$s\" || exit 1; } &&  cat >> \"%2$s\" || exit 1; if type restorecon >/dev/null 2>&1; then  restorecon -F \"%1$s\" \"%2$s\"; fi '"
        .formatted(folder, file);
  }

  /** What a use of ssh printed, on both streams. */
  private record Outcome(int exit, String said) {}

  private Outcome tried(List<String> options, String... command) throws InterruptedException {
    List<String> words = new ArrayList<>(List.of("-a", "-x"));
    words.addAll(options);
    words.addAll(ssh);
    words.addAll(List.of(command));
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    int exit = SshTool.run(with(said, said, new byte[0]), words).exitCode();
    return new Outcome(exit, said.toString(UTF_8));
  }

  private SshEnvironment with(OutputStream out, OutputStream err, byte[] in) {
    return new SshEnvironment(
        out,
        err,
        new ByteArrayInputStream(in),
        environment.local(),
        environment.network(),
        environment.inCell(),
        false,
        environment.asker(),
        () -> {});
  }
}

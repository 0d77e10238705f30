package wirebook.engine.ssh.files;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.sftp.client.SftpClient;
import wirebook.engine.ssh.client.SshEnvironment;
import wirebook.engine.ssh.client.SshTool;
import wirebook.engine.ssh.config.Options;

/** What scp and sftp have in common: the options that are ssh's, and the way to a host. */
final class CopyTool {
  final SshEnvironment environment;
  private final String name;
  private final String blame;
  private final List<String> options = new ArrayList<>();
  private final List<FileTransfers.Transferred> done = new ArrayList<>();
  private boolean recursive;
  private boolean preserve;
  private boolean quiet;
  private long limit;

  /**
   * @param blame what stands in front of what failed
   */
  CopyTool(SshEnvironment environment, String name, String blame) {
    this.environment = environment;
    this.name = name;
    this.blame = blame;
  }

  /** What is done on a host. */
  interface Task {
    int run(SftpClient client, Copying copying)
        throws IOException, InterruptedException, Copying.Failed;
  }

  /**
   * Reads a command's words.
   *
   * @param letters of all options, as {@link Options} takes them
   * @param own gets those that only this command has
   * @return the operands; empty when an option is wrong, which was said
   */
  Optional<List<String>> read(List<String> words, String letters, Consumer<Options.Option> own) {
    Options read = Options.anywhere(words, letters);
    read.options().forEach(option -> take(option, own));
    read.complaint().ifPresent(c -> err(name + ": " + c));
    return read.complaint().isPresent() || limit < 0
        ? Optional.empty()
        : Optional.of(read.operands());
  }

  private void take(Options.Option option, Consumer<Options.Option> own) {
    switch (option.name()) {
      case 'r' -> recursive = true;
      case 'p' -> preserve = true;
      case 'q' -> {
        quiet = true;
        options.add("-q");
      }
      case 'l' -> limit = option.value().matches("0*[1-9]\\d{0,7}") ? kilobits(option.value()) : -1;
      case 'P' -> options.addAll(List.of("-p", option.value()));
      case 'c', 'F', 'i', 'J', 'o' -> options.addAll(List.of("-" + option.name(), option.value()));
      case '4', '6', 'A', 'C', 'v' -> options.add("-" + option.name());
      default -> own.accept(option);
    }
  }

  private static long kilobits(String value) {
    return Long.parseLong(value) * 1024;
  }

  /** Nobody is to be asked. */
  void batch() {
    options.addAll(List.of("-o", "BatchMode=yes"));
  }

  void quiet() {
    quiet = true;
  }

  boolean isQuiet() {
    return quiet;
  }

  boolean isRecursive() {
    return recursive;
  }

  /** Does something on a host; the exit status. */
  int with(String host, Optional<String> port, Task task) throws InterruptedException {
    List<String> words = new ArrayList<>(options);
    words.addAll(List.of("-x", "-T", "-o", "ClearAllForwardings=yes", "-o", "RemoteCommand=none"));
    port.ifPresent(p -> words.addAll(List.of("-p", p)));
    words.addAll(List.of("--", host));
    return SshTool.run(environment, words, session -> use(session, task)).exitCode();
  }

  private int use(ClientSession session, Task task) throws IOException, InterruptedException {
    try (SftpClient client = Copying.client(session)) {
      Copying copying =
          new Copying(
              client,
              environment.network().clock(),
              preserve,
              limit,
              new ProgressMeter(
                  !quiet && (environment.inCell() || environment.terminal())
                      ? Optional.of(environment.stdout())
                      : Optional.empty()));
      try {
        return task.run(client, copying);
      } catch (Copying.Failed e) {
        err(blame + e.words());
        return 1;
      } finally {
        done.addAll(copying.done());
      }
    }
  }

  FileTransfers ended(int exit) {
    return new FileTransfers(exit, done);
  }

  void out(String line) {
    write(environment.stdout(), line + "\n");
  }

  void err(String line) {
    write(environment.stderr(), line + "\n");
  }

  static void write(OutputStream to, String text) {
    try {
      to.write(text.getBytes(StandardCharsets.UTF_8));
      to.flush();
    } catch (IOException e) {
      // Nobody reads it.
    }
  }
}

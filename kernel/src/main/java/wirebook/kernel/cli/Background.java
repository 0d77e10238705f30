package wirebook.kernel.cli;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import wirebook.net.UnixListener;
import wirebook.net.UnixSocket;

/**
 * {@code ssh -f}: a Java process cannot fork, so it starts itself a second time, and ends when that
 * one says that it needs nobody any more.
 */
final class Background {
  private static final String VARIABLE = "WIREBOOK_BACKGROUND";

  private Background() {}

  /** Whether a command wants to go on behind the shell, and is not there yet. */
  static boolean wanted(String magic, List<String> arguments) {
    return magic.equals("ssh")
        && System.getenv(VARIABLE) == null
        && arguments.stream()
            .anyMatch(
                a ->
                    a.matches("-[1246aCfGgKkMNnqsTtVvXxYyA]*f.*")
                        || a.toLowerCase(Locale.ROOT)
                            .matches("(-o)?forkafterauthentication[ =]+(yes|true)"));
  }

  /** Starts it, and waits until it is in the background or has ended. */
  static int start() {
    try {
      Path folder = Files.createTempDirectory("wirebook");
      Path path = folder.resolve("ready");
      try (UnixListener listener = UnixListener.listen(path)) {
        ProcessBuilder builder = new ProcessBuilder(command()).inheritIO();
        builder.environment().put(VARIABLE, path.toString());
        Process process = builder.start();
        CompletableFuture<Integer> status = process.onExit().thenApply(Process::exitValue);
        Thread.ofVirtual()
            .start(
                () -> {
                  try (Socket _ = listener.accept()) {
                    status.complete(0);
                  } catch (IOException e) {
                    // It has ended before.
                  }
                });
        return status.join();
      } finally {
        Files.deleteIfExists(path);
        Files.deleteIfExists(folder);
      }
    } catch (IOException e) {
      System.err.println("fork: " + e.getMessage());
      return 255;
    }
  }

  /** That of this process; the JDK leaves the arguments out when they are long. */
  private static List<String> command() throws IOException {
    ProcessHandle.Info self = ProcessHandle.current().info();
    List<String> command = new ArrayList<>();
    command.add(self.command().orElseThrow(() -> new IOException("no command")));
    Path line = Path.of("/proc/self/cmdline");
    if (self.arguments().isEmpty() && Files.isReadable(line)) {
      String[] words = Files.readString(line).split("\0", -1);
      command.addAll(List.of(words).subList(1, words.length - 1));
    } else {
      command.addAll(List.of(self.arguments().orElse(new String[0])));
    }
    return command;
  }

  /** Lets the one that waits go. */
  static void ready() {
    String path = System.getenv(VARIABLE);
    if (path != null) {
      try (Socket _ = UnixSocket.connect(Path.of(path))) {
        // Being there is the message.
      } catch (IOException e) {
        // Nobody waits.
      }
    }
  }
}

package wirebook.engine.process;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/**
 * Starts programs at the head of a session and process group of their own ({@code setsid(2)}), and
 * sends signals to whole groups. A small shell that nobody else starts or ends watches over them:
 * when this process is gone, however it went, the groups are ended too.
 */
public final class ProcessGroups {
  /** Marks what descends from this process, in whatever group it is. */
  public static final String MARK = "WIREBOOK_OWNER";

  /**
   * It reads {@code add GROUP} and {@code SIGNAL GROUP}. Behind the end of its input it ends all
   * groups, and what has left them but still has the mark (where there is {@code /proc}). It runs
   * in the background of a shell that has ended, so it is no descendant of this process, whose
   * descendants may be killed one by one.
   */
  private static final String WATCH =
      """
      exec 3<&0
      (
        trap '' INT TERM HUP QUIT
        groups=
        while read -r what group; do
          if [ "$what" = add ]; then
            alive=
            for one in $groups; do kill -0 -- "-$one" 2>/dev/null && alive="$alive $one"; done
            groups="$alive $group"
          else
            kill -s "$what" -- "-$group" 2>/dev/null
          fi
        done
        for one in $groups; do kill -s TERM -- "-$one"; done 2>/dev/null
        [ -z "$groups" ] || sleep 0.2
        for one in $groups; do kill -s KILL -- "-$one"; done 2>/dev/null
        grep -lsa -- "$1" /proc/[0-9]*/environ 2>/dev/null |
          while IFS=/ read -r _ _ one _; do kill -s KILL "$one" 2>/dev/null; done
      ) <&3 3<&- &
      """;

  /**
   * A JVM ignores signals, or has been started with signals ignored, that its children are to obey.
   */
  private static final String PERL =
      "$SIG{$_} = 'DEFAULT' for qw(INT QUIT PIPE TERM HUP);"
          + " if (shift) { require POSIX; POSIX::setsid() }"
          + " exec { $ARGV[0] } @ARGV; print STDERR \"$ARGV[0]: $!\\n\"; exit 126";

  private final String mark = UUID.randomUUID().toString();
  private final List<String> leader;
  private OutputStream watch = OutputStream.nullOutputStream();
  private boolean watching;
  private int started;

  /**
   * A program with pipes for its three streams.
   *
   * @param mark its own, which is in the environment of what it starts
   */
  record Started(Process process, InputStream out, InputStream err, String mark) {}

  /** Nothing is started before the first program is. */
  public ProcessGroups() {
    leader = leader(System.getenv().getOrDefault("PATH", "/usr/bin:/bin"));
  }

  /** What stands in front of a command so that it leads a session of its own. */
  private static List<String> leader(String path) {
    Optional<Path> setsid = find("setsid", path);
    Optional<Path> perl = find("perl", path);
    List<String> words = new ArrayList<>();
    setsid.ifPresent(program -> words.add(program.toString()));
    perl.ifPresent(
        program ->
            words.addAll(
                List.of(program.toString(), "-e", PERL, setsid.isPresent() ? "" : "setsid")));
    return List.copyOf(words);
  }

  /** The first program of that name in the folders of a {@code PATH}. */
  public static Optional<Path> find(String name, String path) {
    return Stream.of(path.split(":"))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, name))
        .filter(file -> Files.isExecutable(file) && !Files.isDirectory(file))
        .findFirst();
  }

  /**
   * Starts a program.
   *
   * @throws IOException with the system's words
   */
  synchronized Started start(List<String> command, Path directory, Map<String, String> environment)
      throws IOException, InterruptedException {
    watch();
    List<String> words = new ArrayList<>(leader);
    words.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(words).directory(directory.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    String own = mark + "/" + ++started;
    builder.environment().put(MARK, own);
    // The JDK closes the pipes of a process at its end, and what that left in the background would
    // be killed by its next word. Nobody closes these.
    try (Pipes pipes = Pipes.make("out", "err")) {
      Future<FileInputStream> out = pipes.open("out", FileInputStream::new);
      Future<FileInputStream> err = pipes.open("err", FileInputStream::new);
      Process process =
          builder.redirectOutput(pipes.file("out")).redirectError(pipes.file("err")).start();
      tell("add " + process.pid());
      return new Started(process, out.get(), err.get(), own);
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    }
  }

  /** Sends a signal to all of a group. */
  synchronized void signal(String name, long group) {
    tell(name + " " + group);
  }

  /** What has this program's mark, in whatever group it is; nothing where there is no /proc. */
  static Stream<ProcessHandle> marked(String mark) {
    String variable = "\0" + MARK + "=" + mark + "\0";
    return ProcessHandle.allProcesses()
        .filter(process -> ("\0" + environment(process.pid())).contains(variable));
  }

  private static String environment(long pid) {
    try {
      return Files.readString(
          Path.of("/proc", String.valueOf(pid), "environ"), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      // Another user's, or gone.
      return "";
    }
  }

  private void watch() throws IOException, InterruptedException {
    if (watching) {
      return;
    }
    List<String> words = new ArrayList<>(leader);
    words.addAll(List.of("/bin/sh", "-c", WATCH, "wirebook", mark));
    try (Pipes pipes = Pipes.make("watch")) {
      Future<FileOutputStream> in = pipes.open("watch", FileOutputStream::new);
      new ProcessBuilder(words)
          .redirectInput(pipes.file("watch"))
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start();
      watch = in.get();
      watching = true;
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    }
  }

  private void tell(String line) {
    try {
      watch.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
      watch.flush();
    } catch (IOException e) {
      // It was killed; the next program has a new one.
      watching = false;
    }
  }
}

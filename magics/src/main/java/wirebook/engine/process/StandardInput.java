package wirebook.engine.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Tells whether a program, or one that it has started, waits for what comes over its standard
 * input: a process in {@code read(2)} on descriptor 0 that is the same pipe, as {@code /proc} shows
 * it ({@code proc(5)}, {@code syscall}).
 */
final class StandardInput {
  /** The number of the system call {@code read}. */
  private static final String READ = System.getProperty("os.arch").equals("aarch64") ? "63" : "0";

  private final Process process;
  private final String pipe;

  StandardInput(Process process) {
    this.process = process;
    pipe = call(process.pid()).isEmpty() ? "" : link(process.pid());
  }

  /** Whether this system does not tell. */
  boolean isUnknown() {
    return pipe.isEmpty();
  }

  /** What descriptor 0 of the process is; empty where that cannot be known. */
  static String link(long pid) {
    try {
      return Files.readSymbolicLink(Path.of("/proc", String.valueOf(pid), "fd", "0")).toString();
    } catch (IOException e) {
      return "";
    }
  }

  boolean isWaitedFor() {
    return !pipe.isEmpty()
        && Stream.concat(Stream.of(process.toHandle()), process.descendants())
            .map(ProcessHandle::pid)
            .anyMatch(pid -> reads(pid) && link(pid).equals(pipe));
  }

  private static boolean reads(long pid) {
    return call(pid).startsWith(READ + " 0x0 ");
  }

  /** The system call that it is in; empty where that cannot be known. */
  private static String call(long pid) {
    try {
      return Files.readString(Path.of("/proc", String.valueOf(pid), "syscall"));
    } catch (IOException e) {
      return "";
    }
  }
}

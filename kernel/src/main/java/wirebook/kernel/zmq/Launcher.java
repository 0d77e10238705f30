package wirebook.kernel.zmq;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The process that launched this one. Where there is {@code /proc} it is opened once and read again
 * and again: when this process has no file descriptors left, nothing can be opened, and a launcher
 * that is looked for anew would seem to be gone.
 */
final class Launcher {
  private final ProcessHandle process;
  private final boolean parent;
  private final Optional<FileChannel> stat;

  private Launcher(ProcessHandle process, boolean parent, Optional<FileChannel> stat) {
    this.process = process;
    this.parent = parent;
    this.stat = stat;
  }

  /** Nothing for a number from another process namespace, which says nothing here. */
  static Optional<Launcher> of(String pid) {
    Optional<ProcessHandle> process;
    try {
      process = ProcessHandle.of(Long.parseLong(pid)).filter(ProcessHandle::isAlive);
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
    boolean parent = ProcessHandle.current().parent().equals(process);
    return process.map(p -> new Launcher(p, parent, stat(parent ? "self" : pid)));
  }

  private static Optional<FileChannel> stat(String process) {
    try {
      return Optional.of(FileChannel.open(Path.of("/proc", process, "stat")));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** A child gets another parent at once, also where nobody collects the dead. */
  boolean isGone() {
    if (stat.isEmpty()) {
      return !process.isAlive()
          || (parent
              && ProcessHandle.current().parent().filter(p -> !p.equals(process)).isPresent());
    }
    ByteBuffer line = ByteBuffer.allocate(1024);
    try {
      stat.get().read(line, 0);
    } catch (IOException e) {
      // Of a process that has ended nothing can be read.
      return !parent;
    }
    String text = new String(line.array(), 0, line.position(), StandardCharsets.ISO_8859_1);
    // Behind the name, which may have any character: state, parent.
    String[] fields = text.substring(text.lastIndexOf(')') + 1).strip().split(" ", 3);
    return parent && fields.length == 3 && !fields[1].equals(String.valueOf(process.pid()));
  }
}

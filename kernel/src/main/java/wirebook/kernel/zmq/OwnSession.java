package wirebook.kernel.zmq;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The processes of a session. Jupyter starts a kernel as the leader of one, and what a cell's
 * process leaves running when it ends, as {@code sh -c "server &"} does, is nobody's child any more
 * but still in it. Known on Linux alone; elsewhere there seem to be none.
 */
final class OwnSession {
  private OwnSession() {}

  /** When this process leads a session, which no terminal's shell does for it, ends the others. */
  static void endOthers() {
    others(ProcessHandle.current().pid()).forEach(ProcessHandle::destroyForcibly);
  }

  /**
   * @param leader nothing when it is not the leader of its session
   */
  static Stream<ProcessHandle> others(long leader) {
    return isIn(leader, leader)
        ? ProcessHandle.allProcesses()
            .filter(process -> process.pid() != leader && isIn(leader, process.pid()))
        : Stream.empty();
  }

  private static boolean isIn(long session, long pid) {
    try {
      String line = Files.readString(Path.of("/proc", String.valueOf(pid), "stat"));
      // Behind the name, which may have any character: state, parent, group, session.
      String[] fields = line.substring(line.lastIndexOf(')') + 1).strip().split(" ", 5);
      return fields.length == 5 && fields[3].equals(String.valueOf(session));
    } catch (IOException e) {
      return false;
    }
  }
}

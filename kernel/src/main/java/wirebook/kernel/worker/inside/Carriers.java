package wirebook.kernel.worker.inside;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import jdk.management.VirtualThreadSchedulerMXBean;

/** The platform threads that the virtual ones run on. */
final class Carriers {
  private static final Path TASKS = Path.of("/proc/self/task");

  /** The first 15 bytes of their names, which is what Linux keeps. */
  private static final String NAME = "ForkJoinPool-1-";

  private Carriers() {}

  /**
   * Whether none of them has or wants a processor: what is on them is stuck in native code. False
   * where the system does not tell.
   */
  static boolean sleep() {
    boolean seen = false;
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(TASKS)) {
      for (Path task : tasks) {
        String stat = Files.readString(task.resolve("stat"));
        int name = stat.indexOf('(');
        int end = stat.lastIndexOf(')');
        if (stat.startsWith(NAME, name + 1)) {
          seen = true;
          // proc_pid_stat(5): the state follows the name.
          if (stat.charAt(end + 2) == 'R') {
            return false;
          }
        }
      }
    } catch (IOException e) {
      return false;
    }
    return seen;
  }

  /**
   * Makes up for some that will not come back. What waits for one gets it when a thread is started
   * by somebody of whom nothing waits yet.
   */
  static void replace(int lost) {
    VirtualThreadSchedulerMXBean scheduler =
        ManagementFactory.getPlatformMXBean(VirtualThreadSchedulerMXBean.class);
    scheduler.setParallelism(scheduler.getParallelism() + lost);
    Thread.ofPlatform().daemon().start(() -> Thread.startVirtualThread(() -> {}));
  }
}

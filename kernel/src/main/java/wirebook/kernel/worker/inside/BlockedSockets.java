package wirebook.kernel.worker.inside;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Frees platform threads that are blocked in the operating system on a socket, which an interrupt
 * does not reach. What they wait on is found where Linux shows the system call that a thread is in
 * (proc(5), {@code /proc/pid/syscall}), and shut down in both directions (shutdown(2)): accept
 * fails, a read sees the end.
 */
final class BlockedSockets {
  private static final Path TASKS = Path.of("/proc/self/task");

  /** Of a thread's name, what Linux keeps (pthread_setname_np(3)). */
  private static final int NAME_BYTES = 15;

  /** System calls, by architecture, that wait on the file whose number comes first. */
  private static final Map<String, Set<Integer>> ON_FILE =
      Map.of(
          // read connect accept recvfrom recvmsg accept4
          "amd64", Set.of(0, 42, 43, 45, 47, 288),
          "aarch64", Set.of(63, 203, 202, 207, 212, 242));

  /** Those that wait on the files of a list whose address comes first: poll, ppoll. */
  private static final Map<String, Set<Integer>> ON_LIST =
      Map.of("amd64", Set.of(7, 271), "aarch64", Set.of(73));

  private static final int BOTH_DIRECTIONS = 2;

  private BlockedSockets() {}

  /** Whether the thread may be one of them. */
  static boolean holds(Thread thread, StackTraceElement[] stack) {
    return !thread.isVirtual()
        && stack.length > 0
        && stack[0].isNativeMethod()
        && stack[0].getClassName().startsWith("sun.nio.ch.");
  }

  /**
   * Frees the threads, as far as they are blocked on sockets and this system shows it. Linux knows
   * a thread by the start of its name; where a blocked thread that is not meant has the same, none
   * of them is freed.
   */
  static void free(Collection<Thread> threads) {
    Set<String> meant = new HashSet<>();
    threads.forEach(thread -> meant.add(systemName(thread)));
    Thread.getAllStackTraces()
        .forEach(
            (thread, stack) -> {
              if (!threads.contains(thread) && holds(thread, stack)) {
                meant.remove(systemName(thread));
              }
            });
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(TASKS)) {
      for (Path task : tasks) {
        if (meant.contains(nameOf(task))) {
          waitsOn(task).ifPresent(BlockedSockets::shutDown);
        }
      }
    } catch (IOException e) {
      // Another system: what is blocked stays blocked.
    }
  }

  private static String nameOf(Path task) {
    try {
      return Files.readString(task.resolve("comm")).stripTrailing();
    } catch (IOException e) {
      // It has ended meanwhile.
      return "";
    }
  }

  private static String systemName(Thread thread) {
    byte[] name = thread.getName().getBytes(StandardCharsets.UTF_8);
    return new String(name, 0, Math.min(name.length, NAME_BYTES), StandardCharsets.UTF_8)
        .stripTrailing();
  }

  private static OptionalInt waitsOn(Path task) {
    try {
      List<String> call = List.of(Files.readString(task.resolve("syscall")).strip().split(" "));
      if (call.size() < 2) {
        return OptionalInt.empty();
      }
      String architecture = System.getProperty("os.arch");
      int number = Integer.parseInt(call.getFirst());
      long first = Long.decode(call.get(1));
      int file;
      if (ON_LIST.getOrDefault(architecture, Set.of()).contains(number)) {
        file = at(first);
      } else if (ON_FILE.getOrDefault(architecture, Set.of()).contains(number)) {
        file = (int) first;
      } else {
        return OptionalInt.empty();
      }
      boolean socket =
          Files.readSymbolicLink(Path.of("/proc/self/fd/" + file)).toString().startsWith("socket:");
      return socket ? OptionalInt.of(file) : OptionalInt.empty();
    } catch (IOException | NumberFormatException e) {
      // It is in no system call any more, or this system does not tell.
      return OptionalInt.empty();
    }
  }

  /** The first file of the list that a thread's poll waits on; it is on the stack of the thread. */
  @SuppressWarnings("restricted")
  private static int at(long address) {
    return MemorySegment.ofAddress(address)
        .reinterpret(ValueLayout.JAVA_INT.byteSize())
        .get(ValueLayout.JAVA_INT, 0);
  }

  @SuppressWarnings("restricted")
  private static void shutDown(int file) {
    Linker linker = Linker.nativeLinker();
    MethodHandle shutdown =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("shutdown"),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    try {
      var _ = (int) shutdown.invokeExact(file, BOTH_DIRECTIONS);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}

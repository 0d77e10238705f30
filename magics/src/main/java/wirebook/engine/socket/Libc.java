package wirebook.engine.socket;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * The C library's functions through the Foreign Function and Memory API. Every pointer that is
 * passed is into memory allocated for that one call, with its true length: no argument of a caller
 * can make the system write elsewhere.
 */
@SuppressWarnings("restricted")
public final class Libc {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final Map<String, MethodHandle> HANDLES = new ConcurrentHashMap<>();
  private static final AddressLayout POINTER = ValueLayout.ADDRESS;

  /** How long to wait before a signal that came too early is sent again. */
  private static final int AGAIN_MILLIS = 10;

  private static final ExecutorService BLOCKING =
      Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("system-call-", 1).factory());

  /** The result of one function; {@code errno} is zero unless the result is -1. */
  public record Outcome(long result, int errno) {}

  private Libc() {}

  /**
   * Calls {@code name}. The signature has a letter for the result and each parameter: {@code i} for
   * int, {@code l} for long and size_t, {@code p} for a pointer; after {@code .} come variadic
   * ones.
   */
  public static Outcome call(Arena arena, String name, String signature, Object... arguments) {
    MethodHandle handle = HANDLES.computeIfAbsent(name + signature, key -> link(name, signature));
    MemorySegment state = arena.allocate(STATE);
    Object[] all = new Object[arguments.length + 1];
    all[0] = state;
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    long result;
    try {
      result = ((Number) handle.invokeWithArguments(all)).longValue();
    } catch (Throwable e) {
      throw new IllegalStateException("cannot call " + name, e);
    }
    return new Outcome(result, result == -1 ? (int) ERRNO.get(state, 0L) : 0);
  }

  private static MethodHandle link(String name, String signature) {
    int variadic = signature.indexOf('.');
    String letters = signature.replace(".", "");
    MemoryLayout[] parameters =
        letters.substring(1).chars().mapToObj(Libc::layout).toArray(MemoryLayout[]::new);
    FunctionDescriptor type = FunctionDescriptor.of(layout(letters.charAt(0)), parameters);
    MemorySegment function =
        LINKER
            .defaultLookup()
            .find(name)
            .orElseThrow(() -> new IllegalStateException("this system has no function " + name));
    Linker.Option errno = Linker.Option.captureCallState("errno");
    return variadic < 0
        ? LINKER.downcallHandle(function, type, errno)
        : LINKER.downcallHandle(
            function, type, errno, Linker.Option.firstVariadicArg(variadic - 1));
  }

  private static MemoryLayout layout(int letter) {
    return switch (letter) {
      case 'i' -> ValueLayout.JAVA_INT;
      case 'l' -> ValueLayout.JAVA_LONG;
      default -> POINTER;
    };
  }

  /**
   * Makes a call that may block on a thread of its own, so that no carrier of virtual threads is
   * held. An interrupt of the caller ends the call with EINTR, by a signal to that thread; the
   * caller's interrupt status is set again.
   */
  public static <T> T blocking(Function<Arena, T> call) {
    AtomicLong thread = new AtomicLong();
    FutureTask<T> task =
        new FutureTask<>(
            () -> {
              try (Arena arena = Arena.ofConfined()) {
                thread.set(call(arena, "pthread_self", "l").result());
                return call.apply(arena);
              } finally {
                thread.set(0);
              }
            });
    int signal = Wakeup.SIGNAL;
    BLOCKING.execute(task);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return interrupted ? task.get(AGAIN_MILLIS, TimeUnit.MILLISECONDS) : task.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (TimeoutException e) {
          // The signal came before the call was entered.
        } catch (ExecutionException e) {
          throw new IllegalStateException(e.getCause());
        }
        long id = thread.get();
        if (id != 0) {
          try (Arena arena = Arena.ofConfined()) {
            // The thread lives on in its pool, so the signal cannot meet a thread that is gone.
            call(arena, "pthread_kill", "ili", id, signal);
          }
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** The signal that the JDK's own channels use to end a blocked call, with its empty handler. */
  private static final class Wakeup {
    static final int SIGNAL = Platform.CURRENT == Platform.MAC ? 23 : 62;

    static {
      try {
        SocketChannel.open().close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment old = arena.allocate(256, 8);
        call(arena, "sigaction", "iipp", SIGNAL, MemorySegment.NULL, old);
        // Linked now, so that a stop does not have to wait for that; signal 0 is none.
        call(arena, "pthread_kill", "ili", call(arena, "pthread_self", "l").result(), 0);
        long handler = old.get(ValueLayout.JAVA_LONG, 0);
        if (handler == 0 || handler == 1) {
          throw new IllegalStateException("this Java has no handler for signal " + SIGNAL);
        }
      }
    }
  }
}

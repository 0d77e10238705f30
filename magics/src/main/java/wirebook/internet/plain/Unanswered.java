package wirebook.internet.plain;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.net.ConnectException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import wirebook.net.NetworkClock;

/**
 * Connections without blocking to a lab host that does not answer: who waits for them, with a
 * selector, waits in lab time. A selector looks for {@link #GRACE} whether anything else happens,
 * then the lab's clock moves to the end of its wait, or to where the system gives up.
 */
final class Unanswered {
  private static final Duration GRACE = Duration.ofMillis(10);
  private static final int SHUT_RDWR = 2;

  /** Who asks again and again instead of waiting has waited so long each time. */
  private static final Duration A_LOOK = Duration.ofSeconds(1);

  /** A selector's wait that is to pass in lab time: when it began, and until when it goes. */
  private record Wait(long began, PlainRoutes lab, long labBegan, long labEnd, Selector by) {}

  private static final ThreadLocal<@Nullable Wait> WAIT = new ThreadLocal<>();

  /** Those that wait for an answer, and the lab time at which the system gives up. */
  private final Map<FileDescriptor, Long> waiting =
      Collections.synchronizedMap(new WeakHashMap<>());

  private final AtomicLong ahead = new AtomicLong();
  private final Predicate<FileDescriptor> asking;
  private final MethodHandle descriptor;
  private final MethodHandle shutdown;

  /** {@code asking} says whether the lab owes a connection an answer. */
  Unanswered(MethodHandles.Lookup lookup, Predicate<FileDescriptor> asking)
      throws ReflectiveOperationException {
    this.asking = asking;
    descriptor = handle(lookup, "SelChImpl", "getFD");
    shutdown = handle(lookup, "Net", "shutdown", FileDescriptor.class, int.class);
  }

  private static MethodHandle handle(
      MethodHandles.Lookup lookup, String type, String name, Class<?>... parameters)
      throws ReflectiveOperationException {
    Method method = Class.forName("sun.nio.ch." + type).getDeclaredMethod(name, parameters);
    method.setAccessible(true);
    return lookup.unreflect(method);
  }

  /** A connection is asked for; the system gives up at that lab time. */
  void begins(FileDescriptor fd, long givesUp) {
    waiting.put(fd, givesUp);
  }

  void remove(FileDescriptor fd) {
    waiting.remove(fd);
  }

  /** By how many nanoseconds selectors have waited longer than the machine's clock says. */
  long ahead() {
    return ahead.get();
  }

  /** Why a connection will not be, once that is known. */
  @Nullable IOException polled(FileDescriptor fd) {
    Long givesUp = waiting.get(fd);
    Optional<PlainRoutes> lab = PlainJava.inUse();
    if (givesUp == null || lab.isEmpty()) {
      return null;
    }
    long now = lab.get().nanoTime();
    if (now - givesUp >= 0) {
      waiting.remove(fd);
      return new ConnectException("Connection timed out");
    }
    lab.get().waitedUntil(now + A_LOOK.toNanos());
    return null;
  }

  /** How many milliseconds a selector is to wait that would wait for {@code millis}. */
  long select(Selector selector, long millis) {
    WAIT.remove();
    if (millis == 0 || waiting.isEmpty()) {
      return millis;
    }
    Optional<PlainRoutes> lab = PlainJava.inUse();
    List<FileDescriptor> all = descriptors(selector);
    List<Long> ends = all.stream().map(waiting::get).filter(at -> at != null).toList();
    if (lab.isEmpty() || ends.isEmpty() || all.stream().anyMatch(asking)) {
      return millis;
    }
    long now = lab.get().nanoTime();
    long first = ends.stream().mapToLong(Long::longValue).min().orElseThrow();
    long own = millis < 0 ? Long.MAX_VALUE : now + Duration.ofMillis(millis).toNanos();
    WAIT.set(
        new Wait(
            NetworkClock.SYSTEM.nanoTime(),
            lab.get(),
            now,
            Math.max(now, Math.min(own, first)),
            selector));
    return millis < 0 ? GRACE.toMillis() : Math.min(millis, GRACE.toMillis());
  }

  /** So many channels are ready; true when one more is now, as it waits in vain. */
  boolean selected(int count) throws IOException {
    Wait of = WAIT.get();
    WAIT.remove();
    if (of == null || count > 0) {
      return false;
    }
    long passed = NetworkClock.SYSTEM.nanoTime() - of.began;
    boolean wokenUp = passed < GRACE.toNanos() - Duration.ofMillis(1).toNanos();
    if ((wokenUp && of.labEnd - of.labBegan > passed) || Thread.currentThread().isInterrupted()) {
      return false;
    }
    of.lab.waitedUntil(of.labEnd);
    ahead.addAndGet(Math.max(0, of.labEnd - of.labBegan - passed));
    List<FileDescriptor> over = new ArrayList<>();
    for (FileDescriptor fd : descriptors(of.by)) {
      Long givesUp = waiting.get(fd);
      if (givesUp != null && of.labEnd - givesUp >= 0) {
        over.add(fd);
      }
    }
    for (FileDescriptor fd : over) {
      // The system drops its attempt, and says so to whoever looks.
      giveUp(fd);
    }
    return !over.isEmpty();
  }

  private void giveUp(FileDescriptor fd) throws IOException {
    try {
      shutdown.invoke(fd, SHUT_RDWR);
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Throwable e) {
      throw new IOException(e);
    }
  }

  private List<FileDescriptor> descriptors(Selector selector) {
    List<FileDescriptor> all = new ArrayList<>();
    for (SelectionKey key : selector.keys()) {
      if (key.isValid()) {
        descriptor(key.channel()).ifPresent(all::add);
      }
    }
    return all;
  }

  private Optional<FileDescriptor> descriptor(SelectableChannel channel) {
    try {
      return Optional.of((FileDescriptor) descriptor.invoke(channel));
    } catch (Throwable e) {
      return Optional.empty();
    }
  }
}

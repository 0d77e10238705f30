package wirebook.spi;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Executor;

/**
 * Where the output of a call goes, also when the call has long returned: a task runs on the thread
 * that hands it over, as part of the call.
 */
@FunctionalInterface
public interface Place extends Executor {
  /** How long {@link #end} tries at most. */
  Duration LONGEST_END = Duration.ofSeconds(2);

  /**
   * Ends code of the call's on threads, for which nobody waits any more. Here that is an interrupt;
   * a notebook can end loops, too. Returns when they have ended or nothing more can be done.
   */
  default void end(Set<Thread> threads) throws InterruptedException {
    threads.forEach(Thread::interrupt);
  }
}

package wirebook.engine.http.server;

import java.lang.management.ManagementFactory;
import java.util.HashSet;
import java.util.Set;
import jdk.management.VirtualThreadSchedulerMXBean;

/**
 * Virtual threads that compute keep their carriers, and when they have all of them nothing is
 * accepted or answered any more. As many carriers as computing endpoints hold are added, for as
 * long as they do; the system shares the processors out among them. Used by one thread at a time.
 */
final class Spinning {
  private final Set<Thread> answering;
  private Set<Thread> before = Set.of();
  private int added;

  /**
   * @param answering the threads on which endpoints answer
   */
  Spinning(Set<Thread> answering) {
    this.answering = answering;
  }

  /** Looks which of them compute now and did at the last look, and makes up for them. */
  void look() {
    Set<Thread> computing = new HashSet<>();
    int lasting = 0;
    for (Thread thread : answering) {
      if (thread.getState() == Thread.State.RUNNABLE) {
        computing.add(thread);
        lasting += before.contains(thread) ? 1 : 0;
      }
    }
    before = computing;
    int more = lasting - added;
    if (more != 0) {
      add(more);
      added = lasting;
    }
    for (int i = computing.isEmpty() && more == 0 ? 0 : Math.max(1, more); i > 0; i--) {
      wake();
    }
  }

  /**
   * The scheduler looks for a carrier when a thread is started, not when it may have more carriers,
   * and only for a starter of whom nothing waits yet: so that is a new one.
   */
  private static void wake() {
    Thread.ofPlatform().daemon().start(() -> Thread.startVirtualThread(() -> {}));
  }

  /** One server at a time: the scheduler is everybody's, and what is read would be outdated. */
  private static synchronized void add(int carriers) {
    VirtualThreadSchedulerMXBean scheduler =
        ManagementFactory.getPlatformMXBean(VirtualThreadSchedulerMXBean.class);
    scheduler.setParallelism(Math.max(1, scheduler.getParallelism() + carriers));
  }
}

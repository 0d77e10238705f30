package wirebook.engine.http.server;

import java.util.Set;

/** Is told what happens at a server, on the thread on which it happens: it must not block. */
@FunctionalInterface
public interface Watcher {
  /** An exchange is over. */
  void exchange(Exchange exchange);

  default void event(ConnectionEvent event) {}

  /** Runs what an endpoint does: what that prints goes to whoever started the server. */
  default void run(Runnable task) {
    task.run();
  }

  /** An endpoint has thrown this; the client has been answered, or cut off. */
  default void failed(Throwable thrown) {}

  /**
   * Ends what endpoints do on these threads, for which nobody waits any more; returns when they
   * have ended or nothing more can be done.
   */
  default void end(Set<Thread> threads) throws InterruptedException {
    threads.forEach(Thread::interrupt);
  }
}

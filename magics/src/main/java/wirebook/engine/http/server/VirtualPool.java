package wirebook.engine.http.server;

import java.util.concurrent.CountDownLatch;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.thread.ThreadPool;
import org.eclipse.jetty.util.thread.TryExecutor;

/**
 * Virtual threads for all that Jetty does. Jetty's own pool of them starts one for each request;
 * here the thread that read a request goes on to answer it, and another takes over the reading if
 * that takes long, which is half the work. An endpoint may block as long as it likes.
 */
final class VirtualPool extends AbstractLifeCycle implements ThreadPool, TryExecutor {
  private final CountDownLatch stopped = new CountDownLatch(1);

  @Override
  public void execute(Runnable task) {
    Thread.ofVirtual().name("serve").start(task);
  }

  @Override
  public boolean tryExecute(Runnable task) {
    execute(task);
    return true;
  }

  @Override
  protected void doStop() {
    stopped.countDown();
  }

  @Override
  public void join() throws InterruptedException {
    stopped.await();
  }

  @Override
  public int getThreads() {
    return 0;
  }

  @Override
  public int getIdleThreads() {
    return 0;
  }

  @Override
  public boolean isLowOnThreads() {
    return false;
  }
}

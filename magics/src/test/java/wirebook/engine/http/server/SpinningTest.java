package wirebook.engine.http.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.lang.management.ManagementFactory;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import jdk.management.VirtualThreadSchedulerMXBean;
import org.junit.jupiter.api.Test;

class SpinningTest {
  @Test
  void whatWaitsForACarrierGetsTheOneThatIsAdded() throws Exception {
    int carriers =
        ManagementFactory.getPlatformMXBean(VirtualThreadSchedulerMXBean.class).getParallelism();
    Set<Thread> answering = ConcurrentHashMap.newKeySet();
    Spinning spinning = new Spinning(answering);
    AtomicBoolean end = new AtomicBoolean();
    CountDownLatch waited = new CountDownLatch(1);
    try {
      for (int i = 0; i < carriers; i++) {
        Thread.startVirtualThread(
            () -> {
              answering.add(Thread.currentThread());
              while (!end.get()) {
                Thread.onSpinWait();
              }
            });
      }
      await().until(() -> answering.size() == carriers);
      Thread.startVirtualThread(waited::countDown);
      spinning.look();
      spinning.look();
      assertThat(waited.await(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      end.set(true);
      answering.clear();
      spinning.look();
    }
  }
}

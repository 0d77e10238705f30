package wirebook.kernel.worker.inside;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LadderTest {
  private static final CountDownLatch INITIALISES = new CountDownLatch(1);
  private static volatile boolean mayGoOn;

  /** Takes its time to be there, as a large class of the JDK does on a busy machine. */
  private static final class Slow {
    static final int VALUE = value();

    private static int value() {
      INITIALISES.countDown();
      while (!mayGoOn) {
        Thread.onSpinWait();
      }
      return 42;
    }
  }

  @Test
  void aClassThatIsBeingInitialisedIsNotSpoiltByAStop() throws InterruptedException {
    Set<Thread> working = ConcurrentHashMap.newKeySet();
    Thread thread =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  int value = Slow.VALUE;
                  while (value == 42) {
                    Thread.onSpinWait();
                  }
                });
    working.add(thread);
    INITIALISES.await();
    // Long enough for it to throw.
    Ladder.end(working, Duration.ofMillis(500));
    mayGoOn = true;
    assertThat(Slow.VALUE).isEqualTo(42);

    Ladder.end(working, Duration.ofSeconds(30));
    thread.join();
    assertThat(thread.isAlive()).as("stopped when it has come out of it").isFalse();
  }
}

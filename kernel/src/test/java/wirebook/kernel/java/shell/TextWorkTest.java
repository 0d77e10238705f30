package wirebook.kernel.java.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("slow")
class TextWorkTest {
  private static final Duration LONG = Duration.ofMinutes(5);

  private final TextWork work = new TextWork();
  private long count;

  private Object forEver() {
    while (true) {
      count++;
    }
  }

  private Object forEverWhateverIsThrown() {
    while (true) {
      try {
        forEver();
      } catch (TextWork.Ended e) {
        if (count < 0 || caught++ == 2) {
          throw new IllegalStateException(e);
        }
      }
    }
  }

  private int caught;

  @Test
  void workEndsAtItsBound() {
    assertThatThrownBy(() -> work.within(Duration.ofMillis(50), this::forEver))
        .isInstanceOfSatisfying(TextWork.Ended.class, ended -> assertThat(ended.stopped).isFalse());
    assertThat(work.<Integer, RuntimeException, RuntimeException>within(LONG, () -> 3))
        .isEqualTo(3);
  }

  @Test
  void workWithinWorkEndsAloneAtItsBound() {
    boolean ended =
        work.<Boolean, RuntimeException, RuntimeException>within(
            LONG,
            () -> {
              try {
                work.within(Duration.ofMillis(50), this::forEver);
                return false;
              } catch (TextWork.Ended e) {
                return true;
              }
            });
    assertThat(ended).isTrue();
    assertThat(work.atWork()).isFalse();
  }

  @Test
  void aStopEndsWorkAndWhateverIsBegunLater() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    Thread stopping =
        Thread.startVirtualThread(
            () -> {
              try {
                begun.await();
              } catch (InterruptedException e) {
                return;
              }
              work.stop();
            });
    assertThatThrownBy(
            () ->
                work.within(
                    LONG,
                    () -> {
                      begun.countDown();
                      return forEver();
                    }))
        .isInstanceOfSatisfying(TextWork.Ended.class, ended -> assertThat(ended.stopped).isTrue());
    assertThatThrownBy(() -> work.within(LONG, () -> 3)).isInstanceOf(TextWork.Ended.class);
    stopping.join();
  }

  @Test
  void workThatCatchesWhatItIsThrownIsThrownItAgain() {
    assertThatThrownBy(() -> work.within(Duration.ofMillis(50), this::forEverWhateverIsThrown))
        .isInstanceOf(TextWork.Ended.class);
    assertThat(caught).isEqualTo(3);
  }

  /** Takes longer to be initialised than the work that does so may. */
  private static final class Slow {
    static final long SINCE = System.nanoTime();
    static final boolean WHOLE;

    static {
      while (System.nanoTime() - SINCE < Duration.ofMillis(600).toNanos()) {
        Thread.onSpinWait();
      }
      WHOLE = true;
    }
  }

  @Test
  void whatIsBeingInitialisedIsNotSpoilt() {
    assertThatThrownBy(
            () ->
                work.within(Duration.ofMillis(50), () -> Slow.WHOLE ? forEver() : Optional.empty()))
        .isInstanceOf(TextWork.Ended.class);
    assertThat(Slow.WHOLE).isTrue();
  }

  @Test
  void workIsNotEndedInsideOfWhatAllShare() {
    assertThatThrownBy(
            () ->
                work.within(
                    Duration.ofMillis(50),
                    () -> {
                      LockSupport.parkNanos(Duration.ofMillis(400).toNanos());
                      count = -1_000_000_000_000L;
                      return forEver();
                    }))
        .isInstanceOf(TextWork.Ended.class);
    assertThat(count).isNegative();
  }

  @Test
  void workForWhichTheProcessorHasNoTimeIsGivenMore() throws InterruptedException {
    Thread worker = Thread.currentThread();
    Duration bound = Duration.ofMillis(300);
    assertThat(
            work.<Boolean, InterruptedException, RuntimeException>within(
                bound, () -> worker.join(bound.multipliedBy(2))))
        .isFalse();
  }

  @Test
  void waitingIsNoWork() throws InterruptedException {
    Thread waiter = Thread.currentThread();
    work.within(
        Duration.ofMillis(300),
        () ->
            work.<Object, InterruptedException>waiting(
                () -> {
                  waiter.join(Duration.ofMillis(600));
                  return count;
                }));
    assertThat(work.atWork()).isFalse();
  }
}

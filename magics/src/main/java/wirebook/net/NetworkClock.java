package wirebook.net;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** The time of a network: the machine's, or a lab's own, which can be moved. */
public interface NetworkClock extends InstantSource {
  /** A steady count of nanoseconds, for measuring; only differences mean something. */
  long nanoTime();

  /** Returns when {@code duration} of this clock's time has passed. */
  void sleep(Duration duration) throws InterruptedException;

  /**
   * This clock, but for its waits, which take the machine's time: for a server whose clients may be
   * any program of the machine, on which a jump of this clock is lost.
   */
  default NetworkClock waitingInRealTime() {
    NetworkClock told = this;
    return new NetworkClock() {
      @Override
      public Instant instant() {
        return told.instant();
      }

      @Override
      public long nanoTime() {
        return told.nanoTime();
      }

      @Override
      public void sleep(Duration duration) throws InterruptedException {
        SYSTEM.sleep(duration);
      }
    };
  }

  /** The machine's clock. */
  NetworkClock SYSTEM =
      new NetworkClock() {
        @Override
        public Instant instant() {
          return Instant.now();
        }

        @Override
        public long nanoTime() {
          return System.nanoTime();
        }

        @Override
        public void sleep(Duration duration) throws InterruptedException {
          Thread.sleep(duration);
        }
      };
}

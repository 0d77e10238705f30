package wirebook.engine.ssh.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import wirebook.net.NetworkClock;

/** How often one may try. */
class ThrottleTest {
  private static final InetAddress ONE = InetAddress.ofLiteral("192.0.2.10");
  private static final InetAddress OTHER = InetAddress.ofLiteral("192.0.2.20");

  private final AtomicLong now = new AtomicLong();
  private final Throttle throttle =
      new Throttle(
          new NetworkClock() {
            @Override
            public Instant instant() {
              return Instant.EPOCH.plusNanos(now.get());
            }

            @Override
            public long nanoTime() {
              return now.get();
            }

            @Override
            public void sleep(Duration duration) {
              now.addAndGet(duration.toNanos());
            }
          });

  @Test
  void afterABurstAnAddressIsHeldToARateAndOthersAreNot() {
    int welcome = 0;
    for (int i = 0; i < 100; i++) {
      welcome += throttle.welcome(ONE) ? 1 : 0;
    }
    assertThat(welcome).isEqualTo(15);
    assertThat(throttle.welcome(OTHER)).isTrue();
    now.addAndGet(Duration.ofSeconds(1).toNanos());
    assertThat(throttle.welcome(ONE)).isTrue();
  }
}

package wirebook.engine.http.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.eclipse.jetty.http.HttpField;
import org.junit.jupiter.api.Test;
import wirebook.internet.time.LabClock;

class DateHeaderTest {
  @Test
  void aDateIsWrittenOnceASecondByTheClockOfTheNetwork() throws InterruptedException {
    LabClock clock = LabClock.standing(Instant.parse("1994-11-06T08:49:37.200Z"));
    DateHeader date = new DateHeader(clock);
    HttpField first = date.field();
    clock.sleep(Duration.ofMillis(799));
    assertThat(date.field()).isSameAs(first);
    assertThat(first.getValue()).isEqualTo("Sun, 06 Nov 1994 08:49:37 GMT");
    clock.sleep(Duration.ofMillis(1));
    assertThat(date.field().getValue()).isEqualTo("Sun, 06 Nov 1994 08:49:38 GMT");
  }
}

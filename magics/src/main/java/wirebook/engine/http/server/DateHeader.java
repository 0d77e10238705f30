package wirebook.engine.http.server;

import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.PreEncodedHttpField;
import wirebook.engine.http.HttpDate;
import wirebook.net.NetworkClock;

/**
 * The Date of answers (RFC 9110 section 6.6.1), as the log and what is served have the time. It is
 * written once a second: written for each answer it took a tenth of a small one's time, and half of
 * it while the server is cold.
 */
final class DateHeader {
  private record Written(long second, HttpField field) {}

  private final NetworkClock clock;
  private volatile Written last;

  DateHeader(NetworkClock clock) {
    this.clock = clock;
    last = write(clock.instant().getEpochSecond());
  }

  HttpField field() {
    long second = clock.instant().getEpochSecond();
    Written written = last;
    if (written.second != second) {
      written = write(second);
      last = written;
    }
    return written.field;
  }

  private static Written write(long second) {
    return new Written(second, new PreEncodedHttpField(HttpHeader.DATE, HttpDate.format(second)));
  }
}

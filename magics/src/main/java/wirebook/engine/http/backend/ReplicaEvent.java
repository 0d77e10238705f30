package wirebook.engine.http.backend;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * Something that happened to a backend.
 *
 * @param who a replica, or the backend itself
 * @param nanos when, on the set's clock
 */
public record ReplicaEvent(Instant at, long nanos, String who, String what) {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(ZoneOffset.UTC);

  @Override
  public String toString() {
    return TIME.format(at) + "  " + who + "  " + what;
  }
}

package wirebook.engine.http.server;

import java.util.OptionalInt;

/** A token bucket that holds one second's worth of requests. */
final class RateLimit {
  private static final double SECOND = 1e9;

  private final OptionalInt perSecond;
  private double tokens;
  private long last;

  RateLimit(OptionalInt perSecond, long now) {
    this.perSecond = perSecond;
    this.tokens = perSecond.orElse(0);
    this.last = now;
  }

  /**
   * @param now nanoseconds of a steady clock
   * @return whether one more request fits
   */
  synchronized boolean allows(long now) {
    if (perSecond.isEmpty()) {
      return true;
    }
    int most = perSecond.getAsInt();
    tokens = Math.min(most, tokens + (now - last) / SECOND * most);
    last = now;
    if (tokens < 1) {
      return false;
    }
    tokens--;
    return true;
  }
}

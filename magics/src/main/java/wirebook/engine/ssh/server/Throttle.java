package wirebook.engine.ssh.server;

import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import wirebook.net.NetworkClock;

/** How often one address may connect: after a burst, so many a second. */
final class Throttle {
  private static final double BURST = 15;
  private static final double PER_SECOND = 10;
  private static final int MOST_ADDRESSES = 1000;

  private final NetworkClock clock;
  private final Map<InetAddress, Source> sources =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<InetAddress, Source> eldest) {
          return size() > MOST_ADDRESSES;
        }
      };

  private static final class Source {
    double tokens = BURST;
    long filled;
  }

  Throttle(NetworkClock clock) {
    this.clock = clock;
  }

  /** Whether a new connection is served. */
  synchronized boolean welcome(InetAddress address) {
    long now = clock.nanoTime();
    Source source =
        sources.computeIfAbsent(
            address,
            _ -> {
              Source made = new Source();
              made.filled = now;
              return made;
            });
    source.tokens = Math.min(BURST, source.tokens + (now - source.filled) * PER_SECOND / 1e9);
    source.filled = now;
    if (source.tokens < 1) {
      return false;
    }
    source.tokens--;
    return true;
  }
}

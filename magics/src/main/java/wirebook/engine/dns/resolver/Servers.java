package wirebook.engine.dns.resolver;

import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.xbill.DNS.Name;

/** What was learnt about servers: how fast, how dead, how lame. Safe for use by several threads. */
final class Servers {
  /** For so long a server that did not answer is asked after the others. */
  private static final long DEAD_NANOS = Duration.ofSeconds(60).toNanos();

  private static final long LAME_NANOS = Duration.ofSeconds(60).toNanos();

  private final LongSupplier nanoTime;
  private final Map<InetAddress, Server> servers = new HashMap<>();

  private static final class Server {
    private Optional<Duration> roundTrip = Optional.empty();
    private long deadUntil = Long.MIN_VALUE;
    private boolean plain;
    private final Map<Lameness, Long> lameUntil = new HashMap<>();
  }

  /** Some servers are lame for some types only (old load balancers, for AAAA). */
  private record Lameness(Name zone, int type) {}

  Servers(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  private Server server(InetAddress address) {
    return servers.computeIfAbsent(address, _ -> new Server());
  }

  /** Smoothed as TCP does it: seven parts of old, one of new (RFC 6298, 2.3). */
  synchronized void answered(InetAddress address, Duration took) {
    Server server = server(address);
    server.deadUntil = Long.MIN_VALUE;
    server.roundTrip =
        Optional.of(
            server.roundTrip.map(r -> r.multipliedBy(7).plus(took).dividedBy(8)).orElse(took));
  }

  synchronized void silent(InetAddress address) {
    server(address).deadUntil = nanoTime.getAsLong() + DEAD_NANOS;
  }

  synchronized void lame(InetAddress address, Name zone, int type) {
    server(address).lameUntil.put(new Lameness(zone, type), nanoTime.getAsLong() + LAME_NANOS);
  }

  /** It does not understand EDNS. */
  synchronized void plain(InetAddress address) {
    server(address).plain = true;
  }

  synchronized boolean isPlain(InetAddress address) {
    return server(address).plain;
  }

  synchronized boolean isLame(InetAddress address, Name zone, int type) {
    Long until = server(address).lameUntil.get(new Lameness(zone, type));
    return until != null && until - nanoTime.getAsLong() > 0;
  }

  synchronized boolean isDead(InetAddress address) {
    long until = server(address).deadUntil;
    return until != Long.MIN_VALUE && until - nanoTime.getAsLong() > 0;
  }

  synchronized Optional<Duration> roundTrip(InetAddress address) {
    return server(address).roundTrip;
  }

  synchronized void forget() {
    servers.clear();
  }
}

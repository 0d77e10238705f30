package wirebook.internet.zones;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.xbill.DNS.Name;
import wirebook.engine.dns.server.Zone;
import wirebook.engine.dns.server.ZoneSigner;
import wirebook.internet.time.LabClock;
import wirebook.internet.topology.Condition;
import wirebook.internet.topology.Topology;
import wirebook.internet.topology.World;
import wirebook.net.Network;
import wirebook.net.NetworkClock;

/** The name servers of the lab that fetch their zones from a primary. */
public final class Secondaries {
  private final World world;
  private final LabZones zones;
  private final NetworkClock clock;
  private final Function<Topology.Host, Network> networks;
  private final Map<String, Map<Name, Copy>> held = new ConcurrentHashMap<>();

  /**
   * @param networks as each host sees it
   */
  public Secondaries(
      World world, LabZones zones, NetworkClock clock, Function<Topology.Host, Network> networks) {
    this.world = world;
    this.zones = zones;
    this.clock = clock;
    this.networks = networks;
  }

  Network networkOf(Topology.Host host) {
    return networks.apply(host);
  }

  public void clear() {
    held.clear();
  }

  /** Whether the host is a secondary of the zone. */
  public boolean holds(String host, Name origin) {
    return held.getOrDefault(host, Map.of()).containsKey(origin);
  }

  /** The zones for which the host is no longer authoritative (RFC 1035, 3.3.13). */
  public List<Name> expired(String host) {
    long now = clock.nanoTime();
    return held.getOrDefault(host, Map.of()).entrySet().stream()
        .filter(e -> e.getValue().zone.isEmpty() || e.getValue().isExpired(now))
        .map(Map.Entry::getKey)
        .toList();
  }

  /**
   * A secondary's own version of a zone.
   *
   * @param zone empty as long as it never had one
   * @param good lab nanoseconds when the primary was last heard
   * @param next when it asks the primary again (RFC 1035, 3.3.13)
   */
  private record Copy(Optional<Zone> zone, InetSocketAddress primary, long good, long next) {
    boolean isExpired(long now) {
      return zone.isPresent()
          && now - good > Duration.ofSeconds(zone.get().soa().getExpire()).toNanos();
    }
  }

  /** From now on the host is a secondary with a version of its own. */
  void hold(String host, Name origin, Optional<Zone> version, InetSocketAddress primary) {
    long now = clock.nanoTime();
    Map<Name, Copy> copies = held.computeIfAbsent(host, _ -> new ConcurrentHashMap<>());
    copies.putIfAbsent(
        origin,
        new Copy(
            version,
            primary,
            now,
            now + version.map(z -> Duration.ofSeconds(z.soa().getRefresh()).toNanos()).orElse(0L)));
    copies.computeIfPresent(origin, (_, c) -> new Copy(c.zone, primary, c.good, c.next));
  }

  /** The primary has its zone from its owner. */
  void release(String host, Name origin) {
    Map<Name, Copy> copies = held.get(host);
    if (copies != null) {
      copies.remove(origin);
    }
  }

  /** What a host serves for a zone. */
  public Optional<Zone> served(String host, Name origin) {
    Copy copy = held.getOrDefault(host, Map.of()).get(origin);
    return copy == null ? zones.zone(origin) : copy.zone;
  }

  /**
   * A secondary asks its primary for what is new.
   *
   * @throws IOException when the primary does not give it
   */
  ZoneTransfer.Fetched refresh(Topology.Host secondary, Name origin) throws IOException {
    Copy copy = held.getOrDefault(secondary.name(), Map.of()).get(origin);
    if (copy == null) {
      return new ZoneTransfer.Fetched.Current();
    }
    long now = clock.nanoTime();
    boolean sign = zones.isSigned(origin);
    Optional<Zone> have = copy.zone.map(zones::asServed);
    try {
      ZoneTransfer.Fetched fetched =
          ZoneTransfer.fetch(networkOf(secondary), copy.primary, origin, have);
      Optional<Zone> next =
          switch (fetched) {
            case ZoneTransfer.Fetched.Current _ -> copy.zone;
            case ZoneTransfer.Fetched.Whole whole -> Optional.of(whole.zone());
            case ZoneTransfer.Fetched.Changed changed -> Optional.of(changed.zone());
          };
      Optional<Zone> plain = sign ? next.map(ZoneSigner::unsigned) : next;
      long wait =
          plain.map(z -> Duration.ofSeconds(z.soa().getRefresh()).toNanos()).orElse(Long.MAX_VALUE);
      keep(secondary, origin, new Copy(plain, copy.primary, now, now + wait));
      return fetched;
    } catch (IOException e) {
      long wait =
          copy.zone.map(z -> Duration.ofSeconds(z.soa().getRetry())).orElse(FIRST_RETRY).toNanos();
      keep(secondary, origin, new Copy(copy.zone, copy.primary, copy.good, now + wait));
      throw e;
    }
  }

  private void keep(Topology.Host host, Name origin, Copy copy) {
    held.computeIfAbsent(host.name(), _ -> new ConcurrentHashMap<>()).put(origin, copy);
  }

  private static final Duration FIRST_RETRY = Duration.ofMinutes(1);

  /**
   * What is due by the clock. It happens in the background: whoever is asking the host meanwhile
   * does not wait for it.
   */
  public void refreshWhatIsDue(Topology.Host host) {
    long now = clock.nanoTime();
    for (Map.Entry<Name, Copy> each : held.getOrDefault(host.name(), Map.of()).entrySet()) {
      if (each.getValue().next <= now
          && !(world.condition(host.name()) instanceof Condition.Failed)) {
        ScopedValue.where(LabClock.CURRENT, new LabClock.Activity(now))
            .run(
                () -> {
                  try {
                    refresh(host, each.getKey());
                  } catch (IOException e) {
                    // It keeps what it has, and tries again later.
                  }
                });
      }
    }
  }

  /** Secondaries that could not fetch a zone try again; what came of it, a line each. */
  public List<String> retryTransfers() {
    List<String> lines = new ArrayList<>();
    for (Map.Entry<String, Map<Name, Copy>> each : held.entrySet()) {
      for (Name origin : each.getValue().keySet()) {
        Topology.Host secondary = world.host(each.getKey());
        if (world.condition(secondary.name()) instanceof Condition.Failed) {
          continue;
        }
        String who = secondary.name();
        try {
          ZoneTransfer.Fetched fetched = refresh(secondary, origin);
          if (!(fetched instanceof ZoneTransfer.Fetched.Current)) {
            long serial = served(who, origin).map(z -> z.soa().getSerial()).orElse(0L);
            lines.add(who + " has fetched " + origin + " with serial " + serial + ".");
          }
        } catch (IOException e) {
          lines.add(who + " could not fetch " + origin + ": " + e.getMessage() + ".");
        }
      }
    }
    return lines;
  }
}

package wirebook.internet;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import wirebook.engine.ssh.server.SshLogin;
import wirebook.internet.topology.Condition;
import wirebook.internet.topology.Topology;

/**
 * Which network is in use, and how the lab's hosts are.
 *
 * @param network {@code lab} or {@code real}
 * @param time by that network's clock
 * @param address the notebook's host's, in the lab
 * @param logins of the host whose log was asked for
 * @param heard what a man in the middle has read
 */
public record LabStatus(
    String network,
    Instant time,
    InetAddress address,
    Optional<InetAddress> gateway,
    Optional<InetAddress> resolver,
    List<HostStatus> hosts,
    List<SshLogin> logins,
    List<String> heard) {
  public LabStatus {
    logins = List.copyOf(logins);
    heard = List.copyOf(heard);
    hosts = List.copyOf(hosts);
  }

  /**
   * @param delay one way, from the notebook's host
   */
  public record HostStatus(
      String name, List<InetAddress> addresses, Duration delay, Condition condition, String does) {
    public HostStatus {
      addresses = List.copyOf(addresses);
    }
  }

  public static LabStatus of(Internets internets) {
    return of(internets, Optional.empty());
  }

  /**
   * @param log the host whose logins are wanted
   */
  public static LabStatus of(Internets internets, Optional<String> log) {
    Lab lab = internets.lab();
    Topology topology = lab.topology();
    Map<String, Duration> delays = topology.delays(topology.here());
    List<HostStatus> hosts =
        topology.nodes().values().stream()
            .filter(
                n ->
                    n instanceof Topology.Host
                        || !(lab.world().condition(n.name()) instanceof Condition.Up))
            .map(
                h ->
                    new HostStatus(
                        h.name(),
                        h.addresses(),
                        delays.getOrDefault(h.name(), Duration.ZERO),
                        lab.world().condition(h.name()),
                        h instanceof Topology.Host host ? host.does() : "a router"))
            .toList();
    return new LabStatus(
        internets.current().name(),
        internets.current().clock().instant(),
        lab.world().here().addresses().getFirst(),
        lab.world().gateway(),
        lab.world().resolver().map(InetSocketAddress::getAddress),
        hosts,
        log.map(lab.logins()::log).orElse(List.of()),
        lab.logins().heard());
  }
}

package wirebook.internet;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which network is in use, and how the lab's hosts are.
 *
 * @param network {@code lab} or {@code real}
 * @param time by that network's clock
 * @param address the notebook's host's, in the lab
 */
public record LabStatus(
    String network,
    Instant time,
    InetAddress address,
    Optional<InetAddress> gateway,
    Optional<InetAddress> resolver,
    List<HostStatus> hosts) {
  public LabStatus {
    hosts = List.copyOf(hosts);
  }

  /**
   * @param delay one way, from the notebook's host
   */
  public record HostStatus(
      String name,
      List<InetAddress> addresses,
      Duration delay,
      Lab.Condition condition,
      String does) {
    public HostStatus {
      addresses = List.copyOf(addresses);
    }
  }

  public static LabStatus of(Internets internets) {
    Lab lab = internets.lab();
    Topology topology = lab.topology();
    Map<String, Duration> delays = topology.delays(topology.here());
    List<HostStatus> hosts =
        topology.hosts().stream()
            .map(
                h ->
                    new HostStatus(
                        h.name(),
                        h.addresses(),
                        delays.getOrDefault(h.name(), Duration.ZERO),
                        lab.condition(h.name()),
                        h.does()))
            .toList();
    return new LabStatus(
        internets.current().name(),
        internets.current().clock().instant(),
        lab.here().addresses().getFirst(),
        lab.gateway(),
        lab.resolver().map(InetSocketAddress::getAddress),
        hosts);
  }
}

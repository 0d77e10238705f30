package wirebook.net;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * How the host looks names up: what {@code resolv.conf(5)} says, or what the lab host is given.
 *
 * @param nameServers the recursive resolvers, in the order in which they are asked
 * @param search the domains that short names are tried under
 * @param ndots a name with at least this many dots is tried as it is first
 * @param timeout for one try; zero where the host does not say, and each tool has its own
 * @param attempts tries a server; zero where the host does not say
 */
public record HostConfig(
    List<InetSocketAddress> nameServers,
    List<String> search,
    int ndots,
    Duration timeout,
    int attempts) {
  public HostConfig {
    nameServers = List.copyOf(nameServers);
    search = List.copyOf(search);
  }
}

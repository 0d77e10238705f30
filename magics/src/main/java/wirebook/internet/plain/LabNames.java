package wirebook.internet.plain;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolver.LookupPolicy;
import java.net.spi.InetAddressResolverProvider;
import java.security.Security;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import wirebook.internet.PlainRoutes;

/**
 * {@code InetAddress.getByName} and all that uses it ask the lab's resolver while the lab is in
 * use.
 */
public final class LabNames extends InetAddressResolverProvider {
  @Override
  public String name() {
    return "Wirebook";
  }

  /** The JDK asks once, at the first look-up, and only then how long to keep what is found. */
  @Override
  public InetAddressResolver get(Configuration configuration) {
    // The JDK would go on using an address for 30 seconds, also in the other network, and would
    // hide the lab's resolver and its cache.
    Security.setProperty("networkaddress.cache.ttl", "0");
    Security.setProperty("networkaddress.cache.negative.ttl", "0");
    return new Resolver(configuration);
  }

  private record Resolver(Configuration configuration) implements InetAddressResolver {
    @Override
    public Stream<InetAddress> lookupByName(String host, LookupPolicy policy)
        throws UnknownHostException {
      Optional<PlainRoutes> lab = PlainJava.inUse();
      if (lab.isEmpty() || isThisMachine(host)) {
        return configuration.builtinResolver().lookupByName(host, policy);
      }
      PlainJava.prepare();
      List<InetAddress> found =
          lab.get().lookUp(host).stream()
              .filter(a -> wanted(a, policy.characteristics()))
              .map(a -> named(host, a))
              .toList();
      if (found.isEmpty()) {
        throw new UnknownHostException(host);
      }
      return found.stream();
    }

    private boolean isThisMachine(String host) {
      return host.equalsIgnoreCase("localhost")
          || host.equalsIgnoreCase(configuration.lookupLocalHostName());
    }

    private static boolean wanted(InetAddress address, int characteristics) {
      int family = address.getAddress().length == 4 ? LookupPolicy.IPV4 : LookupPolicy.IPV6;
      return (characteristics & family) != 0;
    }

    private static InetAddress named(String host, InetAddress address) {
      try {
        return InetAddress.getByAddress(host, address.getAddress());
      } catch (UnknownHostException e) {
        throw new IllegalStateException(e);
      }
    }

    /** The lab has no names for addresses here; Java then shows the address itself. */
    @Override
    public String lookupByAddress(byte[] address) throws UnknownHostException {
      InetAddress asked = InetAddress.getByAddress(address);
      if (PlainJava.inUse().isEmpty() || asked.isLoopbackAddress()) {
        return configuration.builtinResolver().lookupByAddress(address);
      }
      throw new UnknownHostException(asked.getHostAddress());
    }
  }
}

package wirebook.internet.plain;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolver.LookupPolicy;
import java.net.spi.InetAddressResolverProvider;
import java.security.Security;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * {@code InetAddress.getByName} and all that uses it ask the lab's resolver while the lab is in
 * use.
 */
public final class LabNames extends InetAddressResolverProvider {
  private static volatile boolean asked;

  /** Whether the JDK asks here, and not another provider, which only one can be. */
  static boolean areAsked() {
    return asked;
  }

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
    asked = true;
    return new Resolver(configuration);
  }

  private record Resolver(Configuration configuration) implements InetAddressResolver {
    @Override
    public Stream<InetAddress> lookupByName(String host, LookupPolicy policy)
        throws UnknownHostException {
      Optional<PlainRoutes> lab = PlainJava.inUse();
      if (lab.isEmpty()) {
        return configuration.builtinResolver().lookupByName(host, policy);
      }
      PlainJava.prepare();
      // The system might ask its name servers for these, too.
      List<InetAddress> known =
          isLocalhost(host)
              ? loopback()
              : host.equalsIgnoreCase(configuration.lookupLocalHostName())
                  ? lab.get().own()
                  : lab.get().lookUp(host);
      List<InetAddress> found =
          known.stream()
              .filter(a -> wanted(a, policy.characteristics()))
              .map(a -> named(host, a))
              .toList();
      if (found.isEmpty()) {
        throw new UnknownHostException(host);
      }
      return found.stream();
    }

    private static boolean isLocalhost(String host) {
      String name = host.toLowerCase(Locale.ROOT);
      return name.equals("localhost") || name.endsWith(".localhost");
    }

    /** IPv6's only where there is IPv6. */
    private static List<InetAddress> loopback() {
      InetAddress six = InetAddress.ofLiteral("::1");
      boolean has;
      try {
        has = NetworkInterface.getByInetAddress(six) != null;
      } catch (SocketException e) {
        has = false;
      }
      InetAddress four = InetAddress.ofLiteral("127.0.0.1");
      return has ? List.of(four, six) : List.of(four);
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

    @Override
    public String lookupByAddress(byte[] address) throws UnknownHostException {
      InetAddress asked = InetAddress.getByAddress(address);
      Optional<PlainRoutes> lab = PlainJava.inUse();
      if (lab.isEmpty()) {
        return configuration.builtinResolver().lookupByAddress(address);
      }
      if (asked.isLoopbackAddress()) {
        return "localhost";
      }
      return lab.get()
          .nameOf(asked)
          .orElseThrow(() -> new UnknownHostException(asked.getHostAddress()));
    }
  }
}

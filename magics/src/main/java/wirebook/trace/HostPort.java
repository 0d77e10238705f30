package wirebook.trace;

import java.net.InetSocketAddress;

/** A host and a port as URLs have them: an IPv6 address stands in brackets (RFC 3986, 3.2.2). */
public final class HostPort {
  private HostPort() {}

  public static String of(InetSocketAddress address) {
    return of(
        address.isUnresolved() ? address.getHostString() : IpText.of(address.getAddress()),
        address.getPort());
  }

  public static String of(String host, int port) {
    return host(host) + ":" + port;
  }

  public static String host(String host) {
    return host.contains(":") ? "[" + host + "]" : host;
  }
}

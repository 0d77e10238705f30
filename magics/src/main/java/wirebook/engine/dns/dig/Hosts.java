package wirebook.engine.dns.dig;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import wirebook.net.Network;

/** Names and addresses of hosts as {@code getaddrinfo(3)} would have them. */
final class Hosts {
  private static final Pattern DOTTED_QUAD =
      Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(?:\\.(?!$)|$)){4}");
  private static final int MOST_ADDRESSES = 20;

  /** There is no address; the reason is in BIND's words. */
  static final class NotFoundException extends Exception {
    private static final long serialVersionUID = 1L;

    NotFoundException(String reason) {
      super(reason, null, false, false);
    }

    String reason() {
      return String.valueOf(getMessage());
    }
  }

  private final Network network;
  private boolean ipv4 = true;
  private boolean ipv6 = true;

  Hosts(Network network) {
    this.network = network;
  }

  /** From here on only these families are usable. */
  void limit(boolean four, boolean six) {
    ipv4 = four;
    ipv6 = six;
  }

  List<InetAddress> addresses(String host) throws NotFoundException {
    Optional<InetAddress> literal = literal(host);
    if (literal.isPresent()) {
      InetAddress address = literal.get();
      if (address instanceof Inet4Address && !ipv4) {
        return List.of(mapped(address));
      }
      if (address instanceof Inet6Address && !ipv6) {
        throw new NotFoundException("address family not supported");
      }
      return List.of(address);
    }
    if (host.isEmpty()) {
      // To Java the host without a name is this one.
      throw new NotFoundException("not found");
    }
    try {
      List<InetAddress> found =
          network.lookUp(host).stream()
              .filter(a -> a instanceof Inet4Address ? ipv4 : ipv6)
              .limit(MOST_ADDRESSES)
              .toList();
      if (found.isEmpty()) {
        throw new NotFoundException("not found");
      }
      return found;
    } catch (UnknownHostException e) {
      boolean temporary = String.valueOf(e.getMessage()).contains("Temporary failure");
      throw new NotFoundException(temporary ? "failure" : "not found");
    }
  }

  /** Reads an address as {@code inet_pton(3)} does, which knows no short forms. */
  static Optional<InetAddress> literal(String text) {
    if (DOTTED_QUAD.matcher(text).matches()) {
      return Optional.of(InetAddress.ofLiteral(text));
    }
    if (text.indexOf(':') < 0) {
      return Optional.empty();
    }
    try {
      InetAddress address = Inet6Address.ofLiteral(text);
      return Optional.of(address instanceof Inet4Address ? mapped(address) : address);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** The IPv6 form of an IPv4 address, which Java turns back wherever it can. */
  private static InetAddress mapped(InetAddress address) {
    byte[] bytes = new byte[16];
    bytes[10] = -1;
    bytes[11] = -1;
    System.arraycopy(address.getAddress(), 0, bytes, 12, 4);
    try {
      return Inet6Address.getByAddress(null, bytes, -1);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("16 bytes are an address", e);
    }
  }
}

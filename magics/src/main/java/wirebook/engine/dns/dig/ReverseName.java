package wirebook.engine.dns.dig;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import wirebook.trace.Bytes;

/** The names under which addresses are looked up (RFC 1035, 3.5; RFC 3596, 2.5). */
public final class ReverseName {
  private ReverseName() {}

  /** Of any text: what is no IPv6 address is turned round at its dots. */
  public static String loose(String text) {
    Optional<InetAddress> address = Hosts.literal(text);
    if (address.filter(Inet6Address.class::isInstance).isPresent()) {
      return six(address.get());
    }
    List<String> parts = new ArrayList<>(List.of(text.split("\\.", -1)));
    Collections.reverse(parts);
    return String.join(".", parts) + ".in-addr.arpa.";
  }

  /** Of an address only. */
  public static Optional<String> strict(String text) {
    return Hosts.literal(text).map(a -> a instanceof Inet6Address ? six(a) : loose(text));
  }

  private static String six(InetAddress address) {
    String digits = Bytes.of(address.getAddress()).hex();
    StringBuilder name = new StringBuilder();
    for (int i = digits.length() - 1; i >= 0; i--) {
      name.append(digits.charAt(i)).append('.');
    }
    return name + "ip6.arpa";
  }
}

package wirebook.engine.dns.dig;

import java.util.LinkedHashSet;
import java.util.Set;
import wirebook.engine.dns.DnsMessage;
import wirebook.engine.dns.DnsName;
import wirebook.engine.dns.Inet;
import wirebook.engine.dns.RecordType;
import wirebook.trace.Bytes;

/** Finds the prefix with which a resolver makes IPv6 addresses of IPv4 ones (RFC 7050, 3). */
final class Dns64 {
  private static final int[] LENGTHS = {32, 40, 48, 56, 64, 96};
  private static final int MOST = 10;

  private Dns64() {}

  static String prefixes(DnsMessage message, DnsName name) {
    Set<String> found = new LinkedHashSet<>();
    message.answers().stream()
        .filter(r -> r.name().equals(name) && r.type().equals(RecordType.AAAA))
        .map(r -> r.rdata())
        .forEach(
            address -> {
              for (int length : LENGTHS) {
                if (holdsWellKnown(address, length)) {
                  found.add(prefix(address, length) + "/" + length + "\n");
                }
              }
            });
    return String.join("", found.stream().limit(MOST).toList());
  }

  /** Whether 192.0.0.170 or 192.0.0.171 stands behind a prefix of this length (RFC 6052, 2.2). */
  private static boolean holdsWellKnown(Bytes address, int length) {
    int[] known = {192, 0, 0, 170};
    int at = length / 8;
    for (int i = 0; i < 4; i++, at++) {
      if (at == 8) {
        at++;
      }
      int got = address.at(at);
      if (got != known[i] && !(i == 3 && got == 171)) {
        return false;
      }
    }
    return true;
  }

  private static String prefix(Bytes address, int length) {
    byte[] bytes = address.toArray();
    java.util.Arrays.fill(bytes, length / 8, 16, (byte) 0);
    try {
      return Inet.text(java.net.Inet6Address.getByAddress(null, bytes, -1));
    } catch (java.net.UnknownHostException e) {
      throw new IllegalStateException("16 bytes are an address", e);
    }
  }
}

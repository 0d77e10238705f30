package wirebook.engine.dns.dig;

import java.net.InetAddress;
import wirebook.engine.dns.Inet;

/**
 * A server to ask.
 *
 * @param given what it was called by whoever named it
 */
record Server(InetAddress address, String given) {
  static Server of(InetAddress address) {
    return new Server(address, text(address));
  }

  /** Its address as text, with the zone of a link-local one. */
  String text() {
    return text(address);
  }

  private static String text(InetAddress address) {
    if (address instanceof java.net.Inet6Address six && six.getScopeId() != 0) {
      return Inet.text(address) + "%" + six.getScopeId();
    }
    return Inet.text(address);
  }
}

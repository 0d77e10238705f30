package wirebook.engine.dns;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import wirebook.trace.Bytes;
import wirebook.trace.IpText;

/** Addresses as BIND writes them. */
public final class Inet {
  private Inet() {}

  public static String text(InetAddress address) {
    return text(Bytes.of(address.getAddress()));
  }

  /** Address and port as BIND writes them: {@code 192.0.2.1#53}. */
  public static String text(InetSocketAddress address) {
    return text(address.getAddress()) + "#" + address.getPort();
  }

  /** Of 4 or 16 bytes. */
  static String text(Bytes address) {
    return IpText.ofBind(address);
  }
}

package wirebook.engine.dns;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import wirebook.trace.Bytes;

/** Addresses as {@code inet_ntop(3)} writes them, with IPv6's longest run of zeros left out. */
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
    return address.length() == 4 ? v4(address, 0) : v6(address);
  }

  private static String v4(Bytes address, int from) {
    return address.at(from)
        + "."
        + address.at(from + 1)
        + "."
        + address.at(from + 2)
        + "."
        + address.at(from + 3);
  }

  private static String v6(Bytes address) {
    int[] groups = new int[8];
    for (int i = 0; i < 8; i++) {
      groups[i] = address.at(2 * i) << 8 | address.at(2 * i + 1);
    }
    int best = -1;
    int bestLength = 1;
    for (int i = 0; i < 8; i++) {
      int run = i;
      while (run < 8 && groups[run] == 0) {
        run++;
      }
      if (run - i > bestLength) {
        best = i;
        bestLength = run - i;
      }
      i = Math.max(i, run - 1);
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      if (best >= 0 && i >= best && i < best + bestLength) {
        text.append(i == best ? ":" : "");
        continue;
      }
      text.append(i == 0 ? "" : ":");
      boolean embedded =
          i == 6
              && best == 0
              && (bestLength == 6
                  || (bestLength == 7 && groups[7] != 1)
                  || (bestLength == 5 && groups[5] == 0xffff));
      if (embedded) {
        return text.append(v4(address, 12)).toString();
      }
      text.append(Integer.toHexString(groups[i]));
    }
    return text.append(best >= 0 && best + bestLength == 8 ? ":" : "").toString();
  }
}

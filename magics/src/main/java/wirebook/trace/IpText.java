package wirebook.trace;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** IP addresses as text, in the form of inet_ntop(3), which for IPv6 is that of RFC 5952. */
public final class IpText {
  private IpText() {}

  /** An address of four or sixteen bytes. */
  public static String of(Bytes address) {
    return address.length() == 4 ? dotted(address, 0) : colons(address, false);
  }

  public static String of(InetAddress address) {
    return of(Bytes.of(address.getAddress()));
  }

  /** The same as BIND writes it, to which {@code ::2} is an IPv4 address as well. */
  public static String ofBind(Bytes address) {
    return address.length() == 4 ? dotted(address, 0) : colons(address, true);
  }

  /**
   * The bytes of a literal address; an IPv4-mapped IPv6 address keeps its sixteen.
   *
   * @throws IllegalArgumentException when {@code text} is no literal address
   */
  public static Bytes parse(String text) {
    InetAddress address = InetAddress.ofLiteral(text);
    Bytes bytes = Bytes.of(address.getAddress());
    return address instanceof Inet4Address && text.contains(":")
        ? Bytes.of(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1}).plus(bytes)
        : bytes;
  }

  /** An address of four or sixteen bytes. */
  public static InetAddress address(Bytes bytes) {
    try {
      return InetAddress.getByAddress(bytes.toArray());
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** The IPv4 address that an IPv6 address stands for (RFC 4291, 2.5.5.2), or the address. */
  public static Bytes unmapped(Bytes address) {
    if (address.length() != 16 || address.at(10) != 0xff || address.at(11) != 0xff) {
      return address;
    }
    for (int i = 0; i < 10; i++) {
      if (address.at(i) != 0) {
        return address;
      }
    }
    return address.slice(12, 16);
  }

  private static String dotted(Bytes bytes, int at) {
    return bytes.at(at) + "." + bytes.at(at + 1) + "." + bytes.at(at + 2) + "." + bytes.at(at + 3);
  }

  private static String colons(Bytes bytes, boolean bind) {
    int[] groups = new int[8];
    for (int i = 0; i < 8; i++) {
      groups[i] = bytes.at(2 * i) << 8 | bytes.at(2 * i + 1);
    }
    int start = -1;
    int length = 1;
    for (int i = 0; i < 8; i++) {
      int end = i;
      while (end < 8 && groups[end] == 0) {
        end++;
      }
      if (end - i > length) {
        start = i;
        length = end - i;
      }
      i = Math.max(i, end - 1);
    }
    // glibc writes the last four bytes as IPv4 after six zero groups, or five and ffff.
    boolean mapped =
        start == 0
            && (length == 6
                || (length == 5 && groups[5] == 0xffff)
                || (bind && length == 7 && groups[7] != 1));
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      if (i == start) {
        out.append("::");
        if (mapped && length > 5) {
          return out.append(dotted(bytes, 12)).toString();
        }
        i += length - 1;
      } else if (mapped && i == 6) {
        return out.append(":").append(dotted(bytes, 12)).toString();
      } else {
        out.append(out.isEmpty() || out.charAt(out.length() - 1) == ':' ? "" : ":");
        out.append(Integer.toHexString(groups[i]));
      }
    }
    return out.toString();
  }
}

package wirebook.engine.socket.ip;

import java.util.Arrays;
import java.util.OptionalLong;
import wirebook.trace.Bytes;
import wirebook.trace.IpText;

/**
 * An address or a prefix as iproute2 reads it.
 *
 * @param family zero for {@code any} and {@code default} without a family
 * @param bits of the prefix
 * @param given whether the text told a length
 */
record Prefix(int family, Bytes address, int bits, boolean given) {
  static final Prefix NONE = new Prefix(0, Bytes.EMPTY, -1, false);

  static int length(int family) {
    return family == IpOptions.INET6 ? 16 : family == IpOptions.INET ? 4 : 0;
  }

  /**
   * {@code default}, {@code any}, {@code 10.1/16}, {@code 10.0.0.0/255.0.0.0}, {@code
   * 2001:db8::/32}.
   *
   * @throws IllegalArgumentException when it is none of {@code family}
   */
  static Prefix parse(String text, int family) {
    int slash = text.indexOf('/');
    String name = slash < 0 ? text : text.substring(0, slash);
    if (name.equals("default") || name.equals("any") || name.equals("all")) {
      if (slash >= 0) {
        throw new IllegalArgumentException(text);
      }
      int bytes = name.equals("default") ? length(family) : 0;
      return new Prefix(family, Bytes.of(new byte[bytes]), 0, name.equals("default"));
    }
    boolean six = name.contains(":");
    if (family != 0 && family != (six ? IpOptions.INET6 : IpOptions.INET)) {
      throw new IllegalArgumentException(text);
    }
    Bytes address = six ? IpText.parse(name) : dotted(name);
    if (six && address.length() != 16) {
      throw new IllegalArgumentException(text);
    }
    int bits = slash < 0 ? 8 * address.length() : bits(text.substring(slash + 1), address.length());
    return new Prefix(six ? IpOptions.INET6 : IpOptions.INET, address, bits, slash >= 0);
  }

  /** One to four numbers, the missing ones zero. */
  private static Bytes dotted(String text) {
    byte[] bytes = new byte[4];
    String[] parts = text.split("\\.", -1);
    if (parts.length > 4) {
      throw new IllegalArgumentException(text);
    }
    for (int i = 0; i < parts.length; i++) {
      OptionalLong number = IpNames.number(parts[i], 0);
      if (number.isEmpty() || number.getAsLong() > 255) {
        throw new IllegalArgumentException(text);
      }
      bytes[i] = (byte) number.getAsLong();
    }
    return Bytes.of(bytes);
  }

  private static int bits(String text, int length) {
    OptionalLong number = IpNames.number(text, 0);
    if (number.isPresent() && number.getAsLong() <= 8L * length) {
      return (int) number.getAsLong();
    }
    int mask = length == 4 && text.contains(".") ? dotted(text).buffer().getInt(0) : 1;
    int bits = Integer.bitCount(mask);
    if (mask != (bits == 0 ? 0 : -1 << (32 - bits))) {
      throw new IllegalArgumentException(text);
    }
    return bits;
  }

  /**
   * Whether the first {@code count} bits of another address, of zeros if it is empty, are these.
   */
  boolean matches(Bytes other, int count) {
    int length = Math.max(address.length(), other.length());
    byte[] one = Arrays.copyOf(address.toArray(), length);
    byte[] two = Arrays.copyOf(other.toArray(), length);
    for (int i = 0; i < Math.min(count, 8 * length); i++) {
      if (((one[i / 8] ^ two[i / 8]) & 0x80 >> i % 8) != 0) {
        return false;
      }
    }
    return true;
  }
}

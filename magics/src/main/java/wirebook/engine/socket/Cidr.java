package wirebook.engine.socket;

import java.math.BigInteger;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import wirebook.trace.Bytes;
import wirebook.trace.IpText;

/**
 * A range of addresses with a common prefix (RFC 4632; RFC 4291, 2.3).
 *
 * @param network the first address; the bits behind the prefix are zero
 * @param bits the prefix's length
 */
public record Cidr(Bytes network, int bits) implements Comparable<Cidr> {
  public Cidr {
    if (network.length() != 4 && network.length() != 16) {
      throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + network.length());
    }
    if (bits < 0 || bits > 8 * network.length()) {
      throw new IllegalArgumentException(
          "a prefix of this family has from 0 to " + 8 * network.length() + " bits, not " + bits);
    }
  }

  /** The range that {@code address} is in. */
  public static Cidr of(Bytes address, int bits) {
    byte[] network = address.toArray();
    for (int i = Math.max(0, bits) / 8; i < network.length; i++) {
      network[i] &= (byte) (i == bits / 8 ? 0xff00 >> bits % 8 : 0);
    }
    return new Cidr(Bytes.of(network), bits);
  }

  private static final Pattern FOUR_NUMBERS =
      Pattern.compile("(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:[.](?!$)|$)){4}");

  /**
   * {@code 10.0.0.0/8}, {@code 10.0.0.0/255.0.0.0}, {@code 2001:db8::/32}; an address alone is a
   * range of one.
   *
   * @throws IllegalArgumentException with the reason
   */
  public static Cidr parse(String text) {
    int slash = text.indexOf('/');
    Bytes address = address(slash < 0 ? text : text.substring(0, slash));
    return of(address, slash < 0 ? 8 * address.length() : bits(text.substring(slash + 1), address));
  }

  /** Strictly: others read 10.1 as 10.0.0.1 or as 10.1.0.0, and 010 as 8. */
  private static Bytes address(String text) {
    if (text.contains("%")) {
      throw new IllegalArgumentException(
          "a range has no zone: without " + text.substring(text.indexOf('%')));
    }
    if (!text.contains(":") && !FOUR_NUMBERS.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "an IPv4 address has four numbers from 0 to 255, without zeros before them");
    }
    return IpText.parse(text);
  }

  private static int bits(String text, Bytes address) {
    if (text.isEmpty()) {
      throw new IllegalArgumentException("nothing stands behind the /");
    }
    if (!text.contains(".")) {
      try {
        return Integer.parseUnsignedInt(text.startsWith("+") ? "?" : text);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(text + " is no prefix length", e);
      }
    }
    BigInteger mask = number(address(text));
    int zeros = mask.signum() == 0 ? 32 : mask.getLowestSetBit();
    if (address.length() != 4 || mask.shiftRight(zeros).bitCount() != 32 - zeros) {
      throw new IllegalArgumentException(text + " is no netmask: ones first, then zeros");
    }
    return 32 - zeros;
  }

  /** How many addresses are in it. */
  public BigInteger size() {
    return BigInteger.ONE.shiftLeft(8 * network.length() - bits);
  }

  public boolean isIpv4() {
    return network.length() == 4;
  }

  public Bytes mask() {
    BigInteger all = BigInteger.ONE.shiftLeft(8 * network.length()).subtract(BigInteger.ONE);
    return bytes(all.andNot(size().subtract(BigInteger.ONE)), network.length());
  }

  public Bytes last() {
    return bytes(number(network).add(size()).subtract(BigInteger.ONE), network.length());
  }

  /** The first address of a host: IPv4's first is the network itself, but in /31 (RFC 3021). */
  public Bytes firstHost() {
    return reservesEnds() ? bytes(number(network).add(BigInteger.ONE), 4) : network;
  }

  /** The last address of a host: IPv4's last is the broadcast address, but in /31 (RFC 3021). */
  public Bytes lastHost() {
    return reservesEnds() ? bytes(number(last()).subtract(BigInteger.ONE), 4) : last();
  }

  public BigInteger hosts() {
    return reservesEnds() ? size().subtract(BigInteger.TWO) : size();
  }

  private boolean reservesEnds() {
    return isIpv4() && bits < 31;
  }

  public boolean contains(Cidr other) {
    return other.bits >= bits && contains(other.network);
  }

  private boolean contains(Bytes address) {
    if (address.length() != network.length()) {
      return false;
    }
    for (int i = 0; i < bits / 8; i++) {
      if (address.at(i) != network.at(i)) {
        return false;
      }
    }
    return bits % 8 == 0 || (address.at(bits / 8) ^ network.at(bits / 8)) >> (8 - bits % 8) == 0;
  }

  public boolean contains(String addressOrRange) {
    return contains(parse(addressOrRange));
  }

  public boolean contains(InetAddress address) {
    return contains(Bytes.of(address.getAddress()));
  }

  /**
   * The ranges with a longer prefix that make up this one.
   *
   * @throws IllegalArgumentException for a shorter prefix, or more than {@code most} parts
   */
  public List<Cidr> split(int longer, int most) {
    if (longer < bits || longer > 8 * network.length()) {
      throw new IllegalArgumentException(
          "/" + bits + " can be split into /" + bits + " to /" + 8 * network.length());
    }
    if (longer - bits > 30 || 1 << (longer - bits) > most) {
      throw new IllegalArgumentException(
          "that makes 2^" + (longer - bits) + " parts, and at most " + most + " are made here");
    }
    List<Cidr> parts = new ArrayList<>();
    BigInteger step = BigInteger.ONE.shiftLeft(8 * network.length() - longer);
    BigInteger at = number(network);
    for (int i = 0; i < 1 << (longer - bits); i++) {
      parts.add(new Cidr(bytes(at, network.length()), longer));
      at = at.add(step);
    }
    return List.copyOf(parts);
  }

  /** The fewest ranges with exactly the addresses of these. */
  public static List<Cidr> merge(List<Cidr> ranges) {
    List<Cidr> merged = new ArrayList<>();
    for (Cidr range : ranges.stream().sorted().toList()) {
      Cidr next = range;
      if (!merged.isEmpty() && merged.getLast().contains(next)) {
        continue;
      }
      while (!merged.isEmpty() && next.bits > 0 && merged.getLast().bits == next.bits) {
        Cidr parent = of(next.network, next.bits - 1);
        if (merged.getLast().equals(next) || !parent.contains(merged.getLast())) {
          break;
        }
        merged.removeLast();
        next = parent;
      }
      merged.add(next);
    }
    return List.copyOf(merged);
  }

  /** The smallest range with all of these, which are of one family. */
  public static Cidr cover(List<Cidr> ranges) {
    Cidr cover = ranges.getFirst();
    for (Cidr range : ranges) {
      if (range.isIpv4() != cover.isIpv4()) {
        throw new IllegalArgumentException("no range has both IPv4 and IPv6 addresses");
      }
      while (!cover.contains(range)) {
        cover = of(cover.network, cover.bits - 1);
      }
    }
    return cover;
  }

  /** Whether some address is in both. */
  public boolean overlaps(Cidr other) {
    return contains(other) || other.contains(this);
  }

  /** What is left without another range: the fewest ranges, in order. */
  public List<Cidr> exclude(Cidr other) {
    if (other.contains(this)) {
      return List.of();
    } else if (!contains(other)) {
      return List.of(this);
    }
    List<Cidr> left = new ArrayList<>();
    for (int longer = bits + 1; longer <= other.bits; longer++) {
      BigInteger bit = BigInteger.ONE.shiftLeft(8 * network.length() - longer);
      Cidr part = of(other.network, longer);
      left.add(new Cidr(bytes(number(part.network).xor(bit), network.length()), longer));
    }
    return left.stream().sorted().toList();
  }

  /** The prefix length of the smallest range for so many hosts; negative when none is. */
  public static int bitsFor(BigInteger hosts, boolean ipv4) {
    BigInteger addresses =
        ipv4 && hosts.compareTo(BigInteger.TWO) > 0 ? hosts.add(BigInteger.TWO) : hosts;
    int free = addresses.subtract(BigInteger.ONE).bitLength();
    // Two hosts have room in a /31 (RFC 3021), which few routers' owners use: a /30.
    return (ipv4 ? 32 : 128) - (ipv4 && hosts.equals(BigInteger.TWO) ? 2 : free);
  }

  /** The name that an address has in the DNS's reverse tree (RFC 1035, 3.5; RFC 3596, 2.5). */
  public static String pointerName(Bytes address) {
    return reverse(address, 8 * address.length());
  }

  private static String reverse(Bytes address, int bits) {
    boolean four = address.length() == 4;
    StringBuilder name = new StringBuilder();
    for (int at = bits; at > 0; at -= four ? 8 : 4) {
      int octet = address.at((at - 1) / 8);
      name.append(
          four
              ? Integer.toString(octet)
              : Integer.toHexString(octet >> (at % 8 == 0 ? 0 : 4) & 15));
      name.append('.');
    }
    return name.append(four ? "in-addr.arpa" : "ip6.arpa").toString();
  }

  /**
   * The zones of the reverse tree that the range takes up; for a part of the smallest zone, the
   * name by which it is given away (RFC 2317).
   */
  public String reverseZones() {
    int step = isIpv4() ? 8 : 4;
    int whole = (bits + step - 1) / step * step;
    if (isIpv4() && bits > 24) {
      return bits == 32
          ? reverse(network, 24)
          : network.at(3) + "/" + bits + "." + reverse(network, 24) + " (RFC 2317)";
    }
    String first = reverse(network, whole);
    int count = 1 << (whole - bits);
    return count == 1 ? first : first + " to " + reverse(last(), whole) + ", " + count + " zones";
  }

  /** By family, then first address, the larger range first. */
  @Override
  public int compareTo(Cidr other) {
    return Comparator.comparingInt((Cidr c) -> c.network.length())
        .thenComparing(c -> c.network.toArray(), Arrays::compareUnsigned)
        .thenComparingInt(c -> c.bits)
        .compare(this, other);
  }

  private static BigInteger number(Bytes address) {
    return new BigInteger(1, address.toArray());
  }

  private static Bytes bytes(BigInteger number, int length) {
    byte[] minimal = number.toByteArray();
    byte[] out = new byte[length];
    int count = Math.min(length, minimal.length);
    System.arraycopy(minimal, minimal.length - count, out, length - count, count);
    return Bytes.of(out);
  }

  @Override
  public String toString() {
    return IpText.of(network) + "/" + bits;
  }
}

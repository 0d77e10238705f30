package wirebook.engine.dns;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import wirebook.trace.Bytes;

/**
 * An absolute domain name (RFC 1035, 3.1). Two names are equal when they differ in ASCII case only
 * (RFC 4343); the case that came over the wire is kept.
 *
 * @param wire the uncompressed wire form: labels with their lengths, the root's zero at the end
 */
public record DnsName(Bytes wire) implements Comparable<DnsName> {
  public static final DnsName ROOT = new DnsName(Bytes.of(new byte[1]));

  private static final int LONGEST = 255;
  private static final int LONGEST_LABEL = 63;

  public DnsName {
    if (wire.isEmpty() || wire.length() > LONGEST) {
      throw new IllegalArgumentException("a name has 1 to 255 bytes, not " + wire.length());
    }
  }

  /**
   * Reads a name as a person writes it: {@code \.} and {@code \065} stand for bytes; what is not
   * ASCII is taken as UTF-8; a name without a final dot is absolute all the same.
   *
   * @throws DnsNameSyntaxException when it is none
   */
  public static DnsName of(String text) {
    return of(text, ROOT);
  }

  /** As {@link #of(String)}; a name without a final dot continues with {@code origin}. */
  public static DnsName of(String text, DnsName origin) {
    if (text.equals("@")) {
      return origin;
    }
    Labels labels = Labels.scan(text);
    if (labels.absolute) {
      return new DnsName(labels.wire);
    }
    Bytes wire = labels.wire.plus(origin.wire);
    if (wire.length() > LONGEST) {
      throw new DnsNameSyntaxException("ran out of space");
    }
    return new DnsName(wire);
  }

  /** Whether {@code text} ends in a dot that is not escaped. */
  public static boolean isAbsolute(String text) {
    return Labels.scan(text).absolute;
  }

  /** The number of labels, the root's included: 1 for the root. */
  public int labelCount() {
    int count = 1;
    for (int at = 0; wire.at(at) != 0; at += wire.at(at) + 1) {
      count++;
    }
    return count;
  }

  public boolean isRoot() {
    return wire.length() == 1;
  }

  /** Without its first label; the root's parent is the root. */
  public DnsName parent() {
    return isRoot() ? this : new DnsName(wire.slice(wire.at(0) + 1, wire.length()));
  }

  /** Whether this is {@code other} or below it. */
  public boolean isSubdomainOf(DnsName other) {
    DnsName name = this;
    while (name.wire.length() > other.wire.length()) {
      name = name.parent();
    }
    return name.equals(other);
  }

  /** The labels as they stand, from the left, without the root's. */
  public List<Bytes> labels() {
    List<Bytes> labels = new ArrayList<>();
    for (int at = 0; wire.at(at) != 0; at += wire.at(at) + 1) {
      labels.add(wire.slice(at + 1, at + 1 + wire.at(at)));
    }
    return labels;
  }

  /** As zone files and BIND's tools write it, with the final dot. */
  @Override
  public String toString() {
    if (isRoot()) {
      return ".";
    }
    StringBuilder text = new StringBuilder();
    for (int at = 0; wire.at(at) != 0; at += wire.at(at) + 1) {
      for (int i = at + 1; i <= at + wire.at(at); i++) {
        int c = wire.at(i);
        switch (c) {
          case '@', '$', '"', '(', ')', '.', ';', '\\' -> text.append('\\').append((char) c);
          default -> {
            if (c > 0x20 && c < 0x7f) {
              text.append((char) c);
            } else {
              text.append(String.format("\\%03d", c));
            }
          }
        }
      }
      text.append('.');
    }
    return text.toString();
  }

  /** As {@link #toString()}, without the final dot; the root stays a dot. */
  public String relative() {
    String text = toString();
    return isRoot() ? text : text.substring(0, text.length() - 1);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DnsName name && lower().equals(name.lower());
  }

  @Override
  public int hashCode() {
    return lower().hashCode();
  }

  /** In the order of their texts, from the right, as RFC 4034, 6.1 orders names. */
  @Override
  public int compareTo(DnsName other) {
    List<Bytes> mine = labels().reversed();
    List<Bytes> theirs = other.labels().reversed();
    for (int i = 0; i < Math.min(mine.size(), theirs.size()); i++) {
      int order =
          mine.get(i)
              .text(StandardCharsets.ISO_8859_1)
              .toLowerCase(Locale.ROOT)
              .compareTo(theirs.get(i).text(StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(mine.size(), theirs.size());
  }

  /** With ASCII letters in lower case, as signatures digest it (RFC 4034, 6.2). */
  public DnsName canonical() {
    return new DnsName(lower());
  }

  private Bytes lower() {
    byte[] bytes = wire.toArray();
    for (int at = 0; bytes[at] != 0; at += (bytes[at] & 0xff) + 1) {
      for (int i = at + 1; i <= at + (bytes[at] & 0xff); i++) {
        if (bytes[i] >= 'A' && bytes[i] <= 'Z') {
          bytes[i] = (byte) (bytes[i] + 'a' - 'A');
        }
      }
    }
    return Bytes.of(bytes);
  }

  /** The labels that a text spells out, with the root's zero when it ends in a dot. */
  private record Labels(Bytes wire, boolean absolute) {
    static Labels scan(String text) {
      byte[] source = text.getBytes(StandardCharsets.UTF_8);
      if (source.length == 0) {
        throw new DnsNameSyntaxException("unexpected end of input");
      }
      if (text.equals(".")) {
        return new Labels(ROOT.wire, true);
      }
      ByteArrayOutputStream wire = new ByteArrayOutputStream();
      ByteArrayOutputStream label = new ByteArrayOutputStream();
      for (int i = 0; i < source.length; i++) {
        int c = source[i] & 0xff;
        if (c == '.') {
          end(wire, label);
          if (i == source.length - 1) {
            wire.write(0);
            return new Labels(Bytes.of(wire.toByteArray()), true);
          }
          continue;
        }
        if (c == '\\') {
          if (++i == source.length) {
            throw new DnsNameSyntaxException("unexpected end of input");
          }
          c = source[i] & 0xff;
          if (c == '[' && label.size() == 0) {
            throw new DnsNameSyntaxException("bad label type");
          }
          if (c >= '0' && c <= '9') {
            c = decimal(source, i);
            i += 2;
          }
        }
        if (label.size() == LONGEST_LABEL) {
          throw new DnsNameSyntaxException("label too long");
        }
        label.write(c);
        if (wire.size() + label.size() + 1 > LONGEST) {
          throw new DnsNameSyntaxException("ran out of space");
        }
      }
      end(wire, label);
      return new Labels(Bytes.of(wire.toByteArray()), false);
    }

    private static int decimal(byte[] source, int at) {
      int value = 0;
      for (int i = at; i < at + 3; i++) {
        if (i == source.length) {
          throw new DnsNameSyntaxException("unexpected end of input");
        }
        if (source[i] < '0' || source[i] > '9') {
          throw new DnsNameSyntaxException("bad escape");
        }
        value = value * 10 + source[i] - '0';
      }
      if (value > 255) {
        throw new DnsNameSyntaxException("bad escape");
      }
      return value;
    }

    private static void end(ByteArrayOutputStream wire, ByteArrayOutputStream label) {
      if (label.size() == 0) {
        throw new DnsNameSyntaxException("empty label");
      }
      wire.write(label.size());
      wire.writeBytes(label.toByteArray());
      label.reset();
      if (wire.size() > LONGEST) {
        throw new DnsNameSyntaxException("ran out of space");
      }
    }
  }
}

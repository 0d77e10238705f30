package wirebook.engine.dns.server;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/** Record types that dnsjava does not read, in the form for unknown ones (RFC 3597, 5). */
final class RareTypes {
  private static final int WINDOW = 256;

  private RareTypes() {}

  private interface Data {
    void write(List<String> words, Name origin, ByteArrayOutputStream out);
  }

  private record Format(int code, Data data) {}

  private static final Map<String, Format> FORMATS =
      Map.ofEntries(
          // RFC 7477, 2.1
          Map.entry(
              "CSYNC",
              new Format(
                  62,
                  (w, _, out) -> {
                    number(Long.parseLong(w.get(0)), 4, out);
                    number(Long.parseLong(w.get(1)), 2, out);
                    bitmap(w.subList(2, w.size()), out);
                  })),
          // RFC 9859, 2.1
          Map.entry(
              "DSYNC",
              new Format(
                  66,
                  (w, origin, out) -> {
                    number(type(w.get(0)), 2, out);
                    number(
                        w.get(1).equalsIgnoreCase("NOTIFY") ? 1 : Long.parseLong(w.get(1)), 1, out);
                    number(Long.parseLong(w.get(2)), 2, out);
                    name(w.get(3), origin, out);
                  })),
          // RFC 9886
          Map.entry("HHIT", new Format(67, (w, _, out) -> base64(w, out))),
          Map.entry("BRID", new Format(68, (w, _, out) -> base64(w, out))),
          // RFC 6742, 2
          Map.entry(
              "NID",
              new Format(
                  104,
                  (w, _, out) -> {
                    number(Long.parseLong(w.get(0)), 2, out);
                    groups(w.get(1), out);
                  })),
          Map.entry(
              "L32",
              new Format(
                  105,
                  (w, _, out) -> {
                    number(Long.parseLong(w.get(0)), 2, out);
                    address(w.get(1), 4, out);
                  })),
          Map.entry(
              "L64",
              new Format(
                  106,
                  (w, _, out) -> {
                    number(Long.parseLong(w.get(0)), 2, out);
                    groups(w.get(1), out);
                  })),
          Map.entry(
              "LP",
              new Format(
                  107,
                  (w, origin, out) -> {
                    number(Long.parseLong(w.get(0)), 2, out);
                    name(w.get(1), origin, out);
                  })),
          // RFC 7043
          Map.entry("EUI48", new Format(108, (w, _, out) -> octets(w.get(0), 6, out))),
          Map.entry("EUI64", new Format(109, (w, _, out) -> octets(w.get(0), 8, out))),
          // draft-durand-doa-over-dns
          Map.entry(
              "DOA",
              new Format(
                  259,
                  (w, _, out) -> {
                    number(Long.parseLong(w.get(0)), 4, out);
                    number(Long.parseLong(w.get(1)), 4, out);
                    number(Long.parseLong(w.get(2)), 1, out);
                    text(w.get(3), out);
                    if (!w.get(4).equals("-")) {
                      base64(w.subList(4, w.size()), out);
                    }
                  })),
          // RFC 8777, 4
          Map.entry(
              "AMTRELAY",
              new Format(
                  260,
                  (w, origin, out) -> {
                    number(Long.parseLong(w.get(0)), 1, out);
                    long kind = Long.parseLong(w.get(2));
                    number(Long.parseLong(w.get(1)) << 7 | kind, 1, out);
                    switch ((int) kind) {
                      case 0 -> {}
                      case 1 -> address(w.get(3), 4, out);
                      case 2 -> address(w.get(3), 16, out);
                      case 3 -> name(w.get(3), origin, out);
                      default -> throw new IllegalArgumentException("relay type " + kind);
                    }
                  })),
          // RFC 9606
          Map.entry("RESINFO", new Format(261, (w, _, out) -> texts(w, out))),
          Map.entry("WALLET", new Format(262, (w, _, out) -> texts(w, out))));

  /** Type and data of a record; empty when the type is none of these, or the data do not fit it. */
  static Optional<String> generic(String type, List<String> words, Name origin) {
    Format format = FORMATS.get(type);
    if (format == null || (!words.isEmpty() && words.getFirst().equals("\\#"))) {
      return Optional.ofNullable(format).map(f -> "TYPE" + f.code + " " + String.join(" ", words));
    }
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      format.data.write(words, origin, out);
      return Optional.of(
          "TYPE"
              + format.code
              + " \\# "
              + out.size()
              + " "
              + HexFormat.of().formatHex(out.toByteArray()));
    } catch (RuntimeException e) {
      // The reader complains about the line as it stands.
      return Optional.empty();
    }
  }

  private static void number(long value, int octets, ByteArrayOutputStream out) {
    if (value < 0 || value >>> (8 * octets) != 0) {
      throw new IllegalArgumentException("out of range: " + value);
    }
    for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8) {
      out.write((int) (value >> shift));
    }
  }

  private static void octets(String text, int count, ByteArrayOutputStream out) {
    byte[] bytes = HexFormat.ofDelimiter("-").parseHex(text);
    if (bytes.length != count) {
      throw new IllegalArgumentException(text);
    }
    out.writeBytes(bytes);
  }

  private static void groups(String text, ByteArrayOutputStream out) {
    String[] groups = text.split(":", -1);
    if (groups.length != 4) {
      throw new IllegalArgumentException(text);
    }
    for (String group : groups) {
      number(Integer.parseInt(group, 16), 2, out);
    }
  }

  private static void address(String text, int length, ByteArrayOutputStream out) {
    byte[] bytes = InetAddress.ofLiteral(text).getAddress();
    if (bytes.length != length) {
      throw new IllegalArgumentException(text);
    }
    out.writeBytes(bytes);
  }

  private static void name(String text, Name origin, ByteArrayOutputStream out) {
    out.writeBytes(
        absolute(text, origin).orElseThrow(() -> new IllegalArgumentException(text)).toWire());
  }

  /** Empty when it is no name. */
  static Optional<Name> absolute(String name, Name origin) {
    try {
      return Optional.of(name.equals("@") ? origin : Name.fromString(name, origin));
    } catch (org.xbill.DNS.TextParseException e) {
      return Optional.empty();
    }
  }

  private static void base64(List<String> words, ByteArrayOutputStream out) {
    out.writeBytes(Base64.getDecoder().decode(String.join("", words)));
  }

  private static void texts(List<String> words, ByteArrayOutputStream out) {
    if (words.isEmpty()) {
      throw new IllegalArgumentException("no text");
    }
    words.forEach(w -> text(w, out));
  }

  private static void text(String word, ByteArrayOutputStream out) {
    String plain =
        word.length() > 1 && word.startsWith("\"") && word.endsWith("\"")
            ? word.substring(1, word.length() - 1)
            : word;
    byte[] bytes = plain.replaceAll("\\\\(\\D)", "$1").getBytes(StandardCharsets.UTF_8);
    number(bytes.length, 1, out);
    out.writeBytes(bytes);
  }

  private static int type(String text) {
    int type = Type.value(text.toUpperCase(Locale.ROOT), true);
    if (type < 0) {
      throw new IllegalArgumentException(text);
    }
    return type;
  }

  /** RFC 4034, 4.1.2. */
  private static void bitmap(List<String> types, ByteArrayOutputStream out) {
    TreeSet<Integer> all = new TreeSet<>();
    types.forEach(t -> all.add(type(t)));
    for (int window = 0; window < WINDOW; window++) {
      var here = all.subSet(window * WINDOW, (window + 1) * WINDOW);
      if (!here.isEmpty()) {
        byte[] bits = new byte[here.last() % WINDOW / 8 + 1];
        here.forEach(t -> bits[t % WINDOW / 8] |= (byte) (0x80 >> t % 8));
        out.write(window);
        out.write(bits.length);
        out.writeBytes(bits);
      }
    }
  }
}

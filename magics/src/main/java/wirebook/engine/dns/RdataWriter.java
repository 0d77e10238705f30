package wirebook.engine.dns;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import wirebook.trace.Bytes;

/** Makes the data of a record of the words that a zone file has for it (RFC 1035, 5.1). */
public final class RdataWriter {
  private static final int WINDOW = 256;

  private final Deque<String> words;
  private final DnsName origin;
  private final WireWriter out = new WireWriter();

  private RdataWriter(List<String> words, DnsName origin) {
    this.words = new ArrayDeque<>(words);
    this.origin = origin;
  }

  /**
   * Of the types whose data is a plain sequence of fields, of AMTRELAY, HIP, SVCB and HTTPS.
   *
   * @throws IllegalArgumentException when the words do not fit the type
   */
  public static Bytes of(RecordType type, List<String> words, DnsName origin) {
    RdataWriter writer = new RdataWriter(words, origin);
    switch (type.toString()) {
      case "AMTRELAY" -> writer.relay();
      case "HIP" -> writer.hostIdentity();
      case "SVCB", "HTTPS" -> writer.service();
      default ->
          writer.fields(RdataLayout.of(type).orElseThrow(() -> writer.wrong(type.toString())));
    }
    if (!writer.words.isEmpty()) {
      throw writer.wrong(writer.words.getFirst());
    }
    return writer.out.written();
  }

  private void fields(String layout) {
    for (int i = 0; i < layout.length(); i++) {
      switch (layout.charAt(i)) {
        case 'B' -> number(1, next());
        case 'S' -> number(2, next());
        case 'L' -> number(4, next());
        case 'n' -> number(1, next().replaceFirst("(?i)^NOTIFY$", "1"));
        case 't' -> out.u16(type(next()));
        case 'N' -> out.name(DnsName.of(next(), origin));
        case '4' -> address(4);
        case '6' -> address(16);
        case 'X' -> groups();
        case 'e' -> octets(6);
        case 'E' -> octets(8);
        case 'T' -> string();
        case 'M' -> bitmap();
        case 'b' -> rest();
        case 'd' -> {
          if (!"-".equals(words.peek())) {
            rest();
          }
          words.clear();
        }
        default -> {
          do {
            string();
          } while (!words.isEmpty());
        }
      }
    }
  }

  /** RFC 8777, 4. */
  private void relay() {
    number(1, next());
    int discovery = Integer.parseInt(next()) << 7;
    String kind = next();
    number(1, Integer.toString(discovery | Integer.parseInt(kind)));
    switch (kind) {
      case "0" -> words.poll();
      case "1" -> address(4);
      case "2" -> address(16);
      case "3" -> out.name(DnsName.of(next(), origin));
      default -> throw wrong(kind);
    }
  }

  /** RFC 8005, 5 and 6. */
  private void hostIdentity() {
    String algorithm = next();
    byte[] tag = HexFormat.of().parseHex(next());
    byte[] key = Base64.getDecoder().decode(next());
    number(1, Integer.toString(tag.length));
    number(1, algorithm);
    number(2, Integer.toString(key.length));
    out.bytes(Bytes.of(tag)).bytes(Bytes.of(key));
    while (!words.isEmpty()) {
      out.name(DnsName.of(next(), origin));
    }
  }

  /** RFC 9460, 2.1 and 2.2: parameters may stand in any order, and go out in that of their keys. */
  private void service() {
    number(2, next());
    out.name(DnsName.of(next(), origin));
    TreeMap<Integer, Bytes> parameters = new TreeMap<>();
    while (!words.isEmpty()) {
      String word = next();
      int sign = word.indexOf('=');
      String name = sign < 0 ? word : word.substring(0, sign);
      Optional<String> value =
          sign < 0
              ? Optional.empty()
              : Optional.of(
                  sign == word.length() - 1 && !words.isEmpty() && words.peek().startsWith("\"")
                      ? next()
                      : word.substring(sign + 1));
      ServiceParameter parameter = ServiceParameter.parse(name, value.map(RdataWriter::unescaped));
      if (parameters.put(parameter.key(), parameter.value()) != null) {
        throw new IllegalArgumentException(name + " stands twice");
      }
    }
    if (parameters.containsKey(ServiceParameter.NO_DEFAULT_ALPN)
        && !parameters.containsKey(ServiceParameter.ALPN)) {
      throw new IllegalArgumentException("no-default-alpn wants an alpn beside it");
    }
    Bytes mandatory = parameters.getOrDefault(ServiceParameter.MANDATORY, Bytes.EMPTY);
    for (int i = 0; i < mandatory.length(); i += 2) {
      int key = mandatory.at(i) << 8 | mandatory.at(i + 1);
      if (key == ServiceParameter.MANDATORY || !parameters.containsKey(key)) {
        throw new IllegalArgumentException(
            "what is mandatory stands beside it, and is not mandatory itself");
      }
    }
    parameters.forEach((key, value) -> out.u16(key).u16(value.length()).bytes(value));
  }

  private IllegalArgumentException wrong(String word) {
    return new IllegalArgumentException("does not fit: " + word);
  }

  private String next() {
    if (words.isEmpty()) {
      throw wrong("the end");
    }
    return words.removeFirst();
  }

  private void number(int octets, String word) {
    long value = Long.parseLong(word);
    if (value < 0 || value >>> (8 * octets) != 0) {
      throw wrong(word);
    }
    for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8) {
      out.u8((int) (value >> shift));
    }
  }

  private static int type(String word) {
    return RecordType.parse(word).orElseThrow(() -> new IllegalArgumentException(word)).code();
  }

  private void address(int length) {
    bytes(length, InetAddress.ofLiteral(next()).getAddress());
  }

  private void octets(int length) {
    bytes(length, HexFormat.ofDelimiter("-").parseHex(next()));
  }

  private void bytes(int length, byte[] bytes) {
    if (bytes.length != length) {
      throw wrong(Bytes.of(bytes).hex());
    }
    out.bytes(Bytes.of(bytes));
  }

  private void groups() {
    String word = next();
    if (!word.matches("(\\p{XDigit}{1,4}(:(?!$)|$)){4}")) {
      throw wrong(word);
    }
    for (String group : word.split(":")) {
      out.u16(Integer.parseInt(group, 16));
    }
  }

  private void rest() {
    if (words.isEmpty()) {
      throw wrong("the end");
    }
    out.bytes(Bytes.of(Base64.getDecoder().decode(String.join("", words))));
    words.clear();
  }

  private void string() {
    Bytes text = unescaped(next());
    number(1, Integer.toString(text.length()));
    out.bytes(text);
  }

  /** In quotes or without; {@code \"} and {@code \065} stand for a byte. */
  private static Bytes unescaped(String word) {
    boolean quoted = word.length() > 1 && word.startsWith("\"") && word.endsWith("\"");
    byte[] bytes =
        (quoted ? word.substring(1, word.length() - 1) : word).getBytes(StandardCharsets.UTF_8);
    WireWriter text = new WireWriter();
    for (int i = 0; i < bytes.length; i++) {
      boolean escape = bytes[i] == '\\' && i + 1 < bytes.length;
      if (escape && Character.isDigit(bytes[i + 1])) {
        text.u8(Integer.parseInt(new String(bytes, i + 1, 3, StandardCharsets.US_ASCII)));
        i += 3;
      } else {
        text.u8(bytes[escape ? ++i : i]);
      }
    }
    return text.written();
  }

  /** RFC 4034, 4.1.2. */
  private void bitmap() {
    TreeSet<Integer> all = new TreeSet<>();
    words.forEach(t -> all.add(type(t)));
    words.clear();
    for (int window = 0; window < WINDOW; window++) {
      var here = all.subSet(window * WINDOW, (window + 1) * WINDOW);
      if (!here.isEmpty()) {
        byte[] bits = new byte[here.last() % WINDOW / 8 + 1];
        here.forEach(t -> bits[t % WINDOW / 8] |= (byte) (0x80 >> t % 8));
        out.u8(window).u8(bits.length).bytes(Bytes.of(bits));
      }
    }
  }
}

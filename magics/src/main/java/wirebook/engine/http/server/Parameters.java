package wirebook.engine.http.server;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * Names and values of a query or a form, in order; a name may come several times ({@code
 * application/x-www-form-urlencoded}, URL Standard §5.1).
 */
public record Parameters(List<Parameter> list) {
  public static final Parameters NONE = new Parameters(List.of());

  public Parameters {
    list = List.copyOf(list);
  }

  public record Parameter(String name, String value) {}

  /** Reads {@code a=1&b=2}; what is not UTF-8 stays encoded. */
  public static Parameters parse(String text) {
    List<Parameter> found = new ArrayList<>();
    for (String pair : text.split("&", -1)) {
      if (!pair.isEmpty()) {
        int equals = pair.indexOf('=');
        String name = equals < 0 ? pair : pair.substring(0, equals);
        String value = equals < 0 ? "" : pair.substring(equals + 1);
        found.add(new Parameter(decode(name.replace('+', ' ')), decode(value.replace('+', ' '))));
      }
    }
    return new Parameters(found);
  }

  public Optional<String> first(String name) {
    return list.stream().filter(p -> p.name().equals(name)).map(Parameter::value).findFirst();
  }

  public List<String> all(String name) {
    return list.stream().filter(p -> p.name().equals(name)).map(Parameter::value).toList();
  }

  public boolean has(String name) {
    return first(name).isPresent();
  }

  /** The values of each name, names in the order of their first coming. */
  public SequencedMap<String, List<String>> byName() {
    SequencedMap<String, List<String>> map = new LinkedHashMap<>();
    for (Parameter p : list) {
      map.computeIfAbsent(p.name(), name -> new ArrayList<>()).add(p.value());
    }
    return map;
  }

  /**
   * Percent-decodes (RFC 3986 §2.1) as UTF-8. A percent sign without two hex digits stays as it is,
   * and so do bytes that are not UTF-8.
   */
  public static String decode(String text) {
    if (text.indexOf('%') < 0) {
      return text;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(text.length());
    int i = 0;
    while (i < text.length()) {
      int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
      int low = high >= 0 ? Character.digit(text.charAt(i + 2), 16) : -1;
      if (text.charAt(i) == '%' && low >= 0) {
        out.write(high * 16 + low);
        i += 3;
      } else {
        int next = text.offsetByCodePoints(i, 1);
        out.writeBytes(text.substring(i, next).getBytes(StandardCharsets.UTF_8));
        i = next;
      }
    }
    return text(out.toByteArray());
  }

  /** Percent-encodes what may not stand in a URL (RFC 3986 §2); percent signs stay. */
  public static String encodeUnsafe(String url) {
    StringBuilder out = new StringBuilder(url.length());
    for (byte b : url.getBytes(StandardCharsets.UTF_8)) {
      boolean plain = b > 0x20 && "\"<>\\^`{|}\u007f".indexOf(b) < 0;
      out.append(plain ? String.valueOf((char) b) : String.format("%%%02X", b & 0xff));
    }
    return out.toString();
  }

  private static String text(byte[] utf8) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(utf8);
    CharBuffer out = CharBuffer.allocate(3 * utf8.length);
    for (CoderResult result = decoder.decode(in, out, true);
        result.isError();
        result = decoder.decode(in, out, true)) {
      for (int i = 0; i < result.length(); i++) {
        out.put(String.format("%%%02X", in.get() & 0xff));
      }
    }
    return out.flip().toString();
  }
}

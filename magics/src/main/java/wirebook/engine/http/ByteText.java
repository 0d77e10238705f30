package wirebook.engine.http;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Byte text: strings whose characters are bytes. Letters are compared as HTTP does, ASCII only,
 * whatever the locale.
 */
public final class ByteText {
  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private ByteText() {}

  public static String of(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  public static String of(byte[] bytes, int offset, int length) {
    return new String(bytes, offset, length, StandardCharsets.ISO_8859_1);
  }

  public static byte[] bytes(String byteText) {
    return byteText.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** The UTF-8 bytes of ordinary text, as byte text. */
  public static String fromText(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Byte text read as UTF-8. */
  public static String toText(String byteText) {
    return new String(bytes(byteText), StandardCharsets.UTF_8);
  }

  public static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }

  public static boolean isSpace(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }

  public static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  public static boolean isAlpha(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  public static boolean isAlnum(char c) {
    return isAlpha(c) || isDigit(c);
  }

  public static boolean isHex(char c) {
    return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  }

  /** Letters, digits and {@code -._~} (RFC 3986 section 2.3). */
  public static boolean isUnreserved(char c) {
    return isAlnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
  }

  public static boolean startsWithIgnoreCase(String text, String prefix) {
    return text.regionMatches(true, 0, prefix, 0, prefix.length());
  }

  public static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  public static String trimBlanks(String text) {
    int from = 0;
    int to = text.length();
    while (from < to && isBlank(text.charAt(from))) {
      from++;
    }
    while (to > from && isBlank(text.charAt(to - 1))) {
      to--;
    }
    return text.substring(from, to);
  }

  /** The index of the first character that is not a blank, from {@code start} on. */
  public static int skipBlanks(String text, int start) {
    int i = start;
    while (i < text.length() && isBlank(text.charAt(i))) {
      i++;
    }
    return i;
  }

  /** The index of the first of {@code any} at or after {@code start}, or the length. */
  public static int find(String text, int start, String any) {
    int i = start;
    while (i < text.length() && any.indexOf(text.charAt(i)) < 0) {
      i++;
    }
    return i;
  }

  /** Everything but unreserved characters as {@code %XX}. */
  public static String escape(String byteText) {
    StringBuilder out = new StringBuilder(byteText.length() + 16);
    for (int i = 0; i < byteText.length(); i++) {
      char c = byteText.charAt(i);
      if (isUnreserved(c)) {
        out.append(c);
      } else {
        out.append(percent(c));
      }
    }
    return out.toString();
  }

  public static String percent(char c) {
    return "%" + HEX.toHexDigits((byte) c);
  }

  /** Every {@code %XX} replaced by its byte; other percent signs stay. */
  public static String unescape(String byteText) {
    StringBuilder out = new StringBuilder(byteText.length());
    for (int i = 0; i < byteText.length(); i++) {
      char c = byteText.charAt(i);
      if (c == '%'
          && i + 2 < byteText.length()
          && isHex(byteText.charAt(i + 1))
          && isHex(byteText.charAt(i + 2))) {
        out.append((char) Integer.parseInt(byteText.substring(i + 1, i + 3), 16));
        i += 2;
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  /** The text, or empty when it was not given. */
  public static String orEmpty(@Nullable String byteText) {
    return byteText == null ? "" : byteText;
  }

  public static boolean hasControl(String byteText) {
    return byteText.chars().anyMatch(c -> c < 0x20);
  }

  public static boolean isAscii(String byteText) {
    return byteText.chars().allMatch(c -> c < 0x80);
  }

  /**
   * Whether a header line says a token: {@code header} with its colon, then a comma-separated list
   * that has {@code token}.
   */
  public static boolean headerSays(String line, String header, String token) {
    if (!startsWithIgnoreCase(line, header)) {
      return false;
    }
    int end = find(line, header.length(), "\r\n");
    for (String part : line.substring(header.length(), end).split(",", -1)) {
      String word = trimBlanks(part);
      if (startsWithIgnoreCase(word, token)
          && (word.length() == token.length() || isBlank(word.charAt(token.length())))) {
        return true;
      }
    }
    return false;
  }

  /** What stands after a header line's colon, without blanks around. */
  public static String headerValue(String line) {
    int colon = line.indexOf(':');
    return colon < 0 ? "" : trimBlanks(line.substring(colon + 1, find(line, colon + 1, "\r\n")));
  }

  /** The inside of a JSON string, of byte text. */
  public static String jsonQuoted(String text, boolean lowerCase) {
    StringBuilder out = new StringBuilder(text.length() + 8);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\\' -> out.append("\\\\");
        case '"' -> out.append("\\\"");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < 32) {
            out.append(String.format("\\u%04x", (int) c));
          } else {
            out.append(lowerCase && c >= 'A' && c <= 'Z' ? (char) (c | 0x20) : c);
          }
        }
      }
    }
    return out.toString();
  }
}

package wirebook.engine.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Locale;
import java.util.regex.Pattern;
import wirebook.net.Punycode;

/**
 * Host names in other scripts, as {@code xn--} labels: IDNA 2008 (RFC 5891) with the mapping of
 * Unicode's Technical Standard 46, which keeps the German sharp s that {@link java.net.IDN} loses.
 */
public final class Idn {
  private static final int MAX_LABEL = 63;

  /** What nobody sees: soft hyphens, blanks without width, variants of pictures. */
  private static final Pattern IGNORED =
      Pattern.compile("[\\u00ad\\u180b-\\u180d\\u200b\\u2060\\ufe00-\\ufe0f\\ufeff]");

  private Idn() {}

  /**
   * The ASCII form of a host name given as byte text in UTF-8.
   *
   * @throws HttpFailure when it is not UTF-8, has characters that no name may have, or a label is
   *     too long
   */
  public static String toAscii(String byteText) throws HttpFailure {
    if (ByteText.isAscii(byteText)) {
      return byteText;
    }
    String name;
    try {
      name =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(ByteText.bytes(byteText)))
              .toString();
    } catch (CharacterCodingException e) {
      throw failure();
    }
    String folded = IGNORED.matcher(map(name)).replaceAll("");
    StringBuilder out = new StringBuilder();
    for (String label : folded.split("\\.", -1)) {
      String ascii =
          label.chars().allMatch(c -> c < 0x80) ? label : "xn--" + Punycode.encode(label);
      boolean fine = label.codePoints().allMatch(Idn::allowed) && !label.matches("\\p{M}.*");
      if (ascii.length() > MAX_LABEL || !fine) {
        throw failure();
      }
      out.append(out.isEmpty() && !folded.startsWith(".") ? "" : ".").append(ascii);
    }
    return out.toString();
  }

  /** Wide, circled and joined forms become plain letters, without losing the sharp s. */
  private static String map(String name) {
    String small = Normalizer.normalize(name, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    return Normalizer.normalize(small, Normalizer.Form.NFKC).replace('\u3002', '.');
  }

  /** Symbols are allowed, as browsers and curl do; what could end the host's name is not. */
  private static boolean allowed(int c) {
    if (c < 0x80) {
      return Character.isLetterOrDigit(c) || c == '-' || c == '_';
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.UNASSIGNED,
          Character.PRIVATE_USE,
          Character.SURROGATE,
          Character.SPACE_SEPARATOR,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.FORMAT -> c == 0x200c || c == 0x200d;
      default -> true;
    };
  }

  private static HttpFailure failure() {
    return new HttpFailure(CurlCode.URL_MALFORMAT);
  }
}

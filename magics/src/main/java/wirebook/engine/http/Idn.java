package wirebook.engine.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Locale;
import wirebook.net.Punycode;

/**
 * Host names in other scripts, as {@code xn--} labels: the IDNA 2008 way (RFC 5891), which keeps
 * the German sharp s that {@link java.net.IDN} loses.
 */
public final class Idn {
  private static final int MAX_LABEL = 63;

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
    String folded =
        Normalizer.normalize(name, Normalizer.Form.NFC)
            .toLowerCase(Locale.ROOT)
            .replaceAll("[\\u3002\\uff0e\\uff61]", ".");
    StringBuilder out = new StringBuilder();
    for (String label : folded.split("\\.", -1)) {
      String ascii =
          label.chars().allMatch(c -> c < 0x80) ? label : "xn--" + Punycode.encode(label);
      if (ascii.length() > MAX_LABEL
          || label
              .codePoints()
              .anyMatch(c -> c >= 0x80 && !Character.isLetterOrDigit(c) && !mark(c))) {
        throw failure();
      }
      out.append(out.isEmpty() && !folded.startsWith(".") ? "" : ".").append(ascii);
    }
    return out.toString();
  }

  private static boolean mark(int c) {
    int type = Character.getType(c);
    return type == Character.NON_SPACING_MARK
        || type == Character.COMBINING_SPACING_MARK
        || c == 0x200c
        || c == 0x200d
        || c == 0xb7
        || c == 0x30fb;
  }

  private static HttpFailure failure() {
    return new HttpFailure(CurlCode.URL_MALFORMAT);
  }
}

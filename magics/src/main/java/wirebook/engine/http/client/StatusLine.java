package wirebook.engine.http.client;

import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpFailure;

/**
 * The first line of a response (RFC 9112, section 4), read with curl's tolerance.
 *
 * @param version ten times HTTP's
 * @param reason of HTTP/1 alone
 */
record StatusLine(int version, int code, String reason) {
  /** What only begins like a status line counts as one, of a success in HTTP/1.0. */
  private static final StatusLine OTHER = new StatusLine(10, 200, "");

  static StatusLine parse(String line) throws HttpFailure {
    int p = ByteText.skipBlanks(line, 0);
    if (!line.startsWith("HTTP/", p)) {
      return OTHER;
    }
    p += 5;
    return switch (at(line, p)) {
      case '1' -> {
        boolean minor = at(line, p + 2) == '0' || at(line, p + 2) == '1';
        if (at(line, p + 1) == '.'
            && minor
            && ByteText.isBlank(at(line, p + 3))
            && digits(line, p + 4)) {
          yield new StatusLine(
              10 + at(line, p + 2) - '0', code(line, p + 4), line.substring(p + 7).strip());
        }
        throw refused("Unsupported HTTP/1 subversion in response");
      }
      case '2', '3' ->
          ByteText.isBlank(at(line, p + 1))
                  && digits(line, p + 2)
                  && ByteText.isBlank(at(line, p + 5))
              ? new StatusLine((at(line, p) - '0') * 10, code(line, p + 2), "")
              : OTHER;
      default -> throw refused("Unsupported HTTP version in response");
    };
  }

  private static char at(String line, int index) {
    return index < line.length() ? line.charAt(index) : 0;
  }

  private static boolean digits(String line, int from) {
    return ByteText.isDigit(at(line, from))
        && ByteText.isDigit(at(line, from + 1))
        && ByteText.isDigit(at(line, from + 2));
  }

  private static int code(String line, int from) {
    return Integer.parseInt(line.substring(from, from + 3));
  }

  private static HttpFailure refused(String words) {
    return new HttpFailure(CurlCode.UNSUPPORTED_PROTOCOL, words);
  }
}

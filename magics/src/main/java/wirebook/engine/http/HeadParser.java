package wirebook.engine.http;

/**
 * Splits a response's head into lines as the bytes come, unfolding continued lines (RFC 9112
 * section 5.2) as curl does. A line's end may be LF alone. Not safe for use by several threads.
 */
public final class HeadParser {
  /** No header line may be longer, in bytes. */
  public static final int MAX_LINE = 100 * 1024;

  private static final String PREFIX = "HTTP/";

  /** Gets what was read. */
  public interface Sink {
    /**
     * A whole line with its end, the status line first, the empty line last.
     *
     * @return whether the head goes on, or another one follows: false when the body begins
     */
    boolean line(String line) throws HttpFailure;

    /** The first line is no status line: HTTP/0.9, if that is allowed. */
    void noStatusLine() throws HttpFailure;
  }

  private final StringBuilder buffer = new StringBuilder();
  private boolean inHead = true;
  private boolean firstLine = true;
  private boolean maybeFolded;
  private boolean leadingUnfold;

  /** Whether a head is being read, and not a body. */
  public boolean inHead() {
    return inHead;
  }

  /** Bytes that belong to no whole line yet. */
  public String pending() {
    return buffer.toString();
  }

  /**
   * Takes bytes until the head ends.
   *
   * @return how many were taken; the rest belongs to the body
   */
  public int feed(byte[] bytes, int offset, int length, Sink sink) throws HttpFailure {
    int pos = offset;
    int end = offset + length;
    if (maybeFolded && pos < end) {
      maybeFolded = false;
      if (blank(bytes[pos])) {
        fold();
      } else {
        line(sink);
      }
    }
    while (pos < end && inHead) {
      if (leadingUnfold) {
        while (pos < end && blank(bytes[pos])) {
          pos++;
        }
        if (pos == end) {
          break;
        }
        append(" ");
        leadingUnfold = false;
      }
      int newline = pos;
      while (newline < end && bytes[newline] != '\n') {
        newline++;
      }
      if (newline == end) {
        append(ByteText.of(bytes, pos, end - pos));
        pos = end;
        if (firstLine && !prefixMatches()) {
          inHead = false;
          sink.noStatusLine();
        }
        break;
      }
      append(ByteText.of(bytes, pos, newline + 1 - pos));
      pos = newline + 1;
      if (firstLine) {
        if (!prefixMatches()) {
          inHead = false;
          sink.noStatusLine();
          break;
        }
      } else if (buffer.charAt(0) != '\r' && buffer.charAt(0) != '\n') {
        if (pos < end && blank(bytes[pos])) {
          fold();
          continue;
        }
        if (pos == end) {
          maybeFolded = true;
          break;
        }
      }
      line(sink);
    }
    return pos - offset;
  }

  private static boolean blank(byte b) {
    return b == ' ' || b == '\t';
  }

  private void append(String text) throws HttpFailure {
    if (buffer.length() + text.length() + 1 > MAX_LINE) {
      throw new HttpFailure(CurlCode.TOO_LARGE);
    }
    buffer.append(text);
  }

  private boolean prefixMatches() {
    int n = Math.min(PREFIX.length(), buffer.length());
    return buffer.substring(0, n).equalsIgnoreCase(PREFIX.substring(0, n));
  }

  private void fold() {
    int n = buffer.length();
    if (n > 0 && buffer.charAt(n - 1) == '\n') {
      n--;
    }
    if (n > 0 && buffer.charAt(n - 1) == '\r') {
      n--;
    }
    while (n > 0 && ByteText.isBlank(buffer.charAt(n - 1))) {
      n--;
    }
    buffer.setLength(n);
    leadingUnfold = true;
  }

  private void line(Sink sink) throws HttpFailure {
    String line = buffer.toString();
    buffer.setLength(0);
    boolean blankLine = line.startsWith("\r") || line.startsWith("\n");
    firstLine = blankLine;
    if (!sink.line(line)) {
      inHead = false;
    }
  }
}

package wirebook.spi;

/**
 * HTML built as a value: every text and attribute passes {@link #escape}, so what came off the
 * network cannot become markup.
 */
public final class Html {
  private final StringBuilder out = new StringBuilder();

  /**
   * The text with everything that has a meaning in HTML or XML replaced, control characters shown.
   */
  public static String escape(String text) {
    StringBuilder safe = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> safe.append("&amp;");
        case '<' -> safe.append("&lt;");
        case '>' -> safe.append("&gt;");
        case '"' -> safe.append("&quot;");
        case '\'' -> safe.append("&#39;");
        case '\n', '\t' -> safe.append(c);
        default -> {
          if (c < 0x20) {
            safe.append((char) (0x2400 + c));
          } else if (c == 0x7f) {
            safe.append('\u2421');
          } else if (Character.isSurrogate(c)) {
            if (Character.isHighSurrogate(c)
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1))) {
              safe.append(c).append(text.charAt(++i));
            } else {
              safe.append('\ufffd');
            }
          } else if (c >= 0xfffe
              || (c >= 0x80 && c < 0xa0)
              || (c >= 0x202a && c <= 0x202e)
              || (c >= 0x2066 && c <= 0x2069)) {
            safe.append('\ufffd');
          } else {
            safe.append(c);
          }
        }
      }
    }
    return safe.toString();
  }

  /** Opens an element; attributes are name, value, name, value. Names are the caller's literals. */
  public Html open(String tag, String... attributes) {
    out.append('<').append(tag);
    attributes(attributes);
    out.append('>');
    return this;
  }

  public Html close(String tag) {
    out.append("</").append(tag).append('>');
    return this;
  }

  /** An element without content, closed in itself. */
  public Html empty(String tag, String... attributes) {
    out.append('<').append(tag);
    attributes(attributes);
    out.append("/>");
    return this;
  }

  public Html text(String text) {
    out.append(escape(text));
    return this;
  }

  public Html element(String tag, String text, String... attributes) {
    return open(tag, attributes).text(text).close(tag);
  }

  /** Adds what was built the same way. */
  public Html add(Html part) {
    out.append(part.out);
    return this;
  }

  private void attributes(String[] attributes) {
    for (int i = 0; i + 1 < attributes.length; i += 2) {
      out.append(' ')
          .append(attributes[i])
          .append("=\"")
          .append(escape(attributes[i + 1]))
          .append('"');
    }
  }

  @Override
  public String toString() {
    return out.toString();
  }
}

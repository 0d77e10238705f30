package wirebook.engine.http;

import java.util.Set;

/** What code made of requests is written with; texts may be byte text, and stay it. */
public final class JavaSource {
  /** Header fields that {@code java.net.http} sets itself, and refuses to be given. */
  public static final Set<String> RESTRICTED =
      Set.of("connection", "content-length", "expect", "host", "upgrade");

  /** What URI refuses among the printable characters of ASCII. */
  private static final String ILLEGAL = "\"<>\\^`{|}";

  private JavaSource() {}

  /** A string literal. */
  public static String literal(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> out.append('\\').append(c);
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default ->
            out.append(
                c < 0x20 || c == 0x7f ? String.format("\\%03o", (int) c) : String.valueOf(c));
      }
    }
    return out.append('"').toString();
  }

  /**
   * A URL as {@code java.net.URI} takes it (RFC 2396).
   *
   * @param url byte text
   */
  public static String uri(String url) {
    StringBuilder out = new StringBuilder();
    int path = url.indexOf('/', url.indexOf("//") + 2);
    int query = url.indexOf('?');
    for (int i = 0; i < url.length(); i++) {
      char ch = url.charAt(i);
      boolean inPath = path >= 0 && i >= path && (query < 0 || i < query);
      boolean bracket = (ch == '[' || ch == ']') && inPath;
      boolean percent = ch == '%' && !url.substring(i).matches("(?s)%[0-9a-fA-F]{2}.*");
      boolean fine = ch > 0x20 && ch < 0x7f && ILLEGAL.indexOf(ch) < 0 && !bracket && !percent;
      out.append(fine ? String.valueOf(ch) : String.format("%%%02X", (int) ch));
    }
    return out.toString();
  }
}

package wirebook.kernel.java;

import java.util.regex.Pattern;

/** The text of a Javadoc comment as one reads it: without markup, tags as words. */
final class Javadoc {
  private static final Pattern INLINE_TEXT =
      Pattern.compile(
          "\\{@(?:code|literal|value|return|summary|index|systemProperty)\\s+([^{}]*)\\}");
  private static final Pattern INLINE_LINK =
      Pattern.compile("\\{@link(?:plain)?\\s+([^\\s{}]+)\\s*([^{}]*)\\}");
  private static final Pattern INLINE_OTHER = Pattern.compile("\\{@\\w+[^{}]*\\}");
  private static final Pattern BLOCK =
      Pattern.compile(
          "(?m)^\\s*@(param|throws|exception|return|see|since|deprecated|apiNote|implSpec|implNote|jls|serial)\\s*(.*)$");
  private static final Pattern PARAGRAPH =
      Pattern.compile(
          "(?i)</?(?:p|div|h[1-6]|table|tr|ul|ol|dl|blockquote|pre|br|dd|dt)(?:\\s[^>]*)?/?>");
  private static final Pattern ITEM = Pattern.compile("(?i)<li(?:\\s[^>]*)?>");
  private static final Pattern TAG = Pattern.compile("</?[a-zA-Z][^>]*>");

  private Javadoc() {}

  static String text(String comment) {
    String text = comment;
    for (int nesting = 0; nesting < 3; nesting++) {
      text = INLINE_TEXT.matcher(text).replaceAll("$1");
      text =
          INLINE_LINK
              .matcher(text)
              .replaceAll(
                  m ->
                      java.util.regex.Matcher.quoteReplacement(
                          m.group(2).isBlank()
                              ? m.group(1).replaceFirst("^#", "").replace('#', '.')
                              : m.group(2)));
    }
    text = INLINE_OTHER.matcher(text).replaceAll("");
    text = PARAGRAPH.matcher(text).replaceAll("\n");
    text = ITEM.matcher(text).replaceAll("\n- ");
    text = TAG.matcher(text).replaceAll("");
    text =
        text.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&nbsp;", " ")
            .replace("&quot;", "\"")
            .replace("&#64;", "@")
            .replace("&amp;", "&");
    text =
        BLOCK
            .matcher(text)
            .replaceAll(
                m -> java.util.regex.Matcher.quoteReplacement(m.group(1) + ": " + m.group(2)));
    return text.lines()
        .map(String::strip)
        .collect(java.util.stream.Collectors.joining("\n"))
        .replaceAll("\n{3,}", "\n\n")
        .strip();
  }
}

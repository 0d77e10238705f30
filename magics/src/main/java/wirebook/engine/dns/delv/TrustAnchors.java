package wirebook.engine.dns.delv;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A file of trust anchors as BIND writes them (its {@code bind.keys}). */
final class TrustAnchors {
  /**
   * {@code . static-key 257 3 8 "AwEA…";} or {@code . initial-ds 20326 8 2 "E06D…";}, and what
   * {@code trusted-keys} had: the same without the word for a key.
   */
  private static final Pattern ANCHOR =
      Pattern.compile(
          "\"?([^\\s{\"]+)\"?\\s+(?:(?:initial|static)-(key|ds)\\s+)?"
              + "(\\d+)\\s+(\\d+)\\s+(\\d+)\\s+\"([^\"]*)\"");

  /** A comment, or a text in which nothing is one: keys have slashes in them. */
  private static final Pattern COMMENT =
      Pattern.compile("(\"[^\"]*\")|(?://|#)[^\\n]*|/\\*.*?\\*/", Pattern.DOTALL);

  private TrustAnchors() {}

  /** Those of a name, as a zone file; empty when the text has none. */
  static String of(String text, String root) {
    StringBuilder zone = new StringBuilder();
    Matcher anchor =
        ANCHOR.matcher(
            COMMENT
                .matcher(text)
                .replaceAll(m -> m.group(1) == null ? " " : Matcher.quoteReplacement(m.group())));
    while (anchor.find()) {
      String name = anchor.group(1);
      String absolute = name.endsWith(".") ? name : name + ".";
      if (absolute.equalsIgnoreCase(root)) {
        zone.append(
            "%s 3600 IN %s %s %s %s %s\n"
                .formatted(
                    absolute,
                    "ds".equals(anchor.group(2)) ? "DS" : "DNSKEY",
                    anchor.group(3),
                    anchor.group(4),
                    anchor.group(5),
                    anchor.group(6).replaceAll("\\s", "")));
      }
    }
    return zone.toString();
  }
}

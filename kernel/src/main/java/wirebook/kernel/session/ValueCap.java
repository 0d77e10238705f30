package wirebook.kernel.session;

import java.util.StringJoiner;
import wirebook.spi.MimeBundle;

/**
 * What one value may show. It crosses two processes, is held in each several times while it does,
 * and ends in a notebook that somebody has to open.
 */
public final class ValueCap {
  /** Characters of all its forms together. */
  static final long MOST = 16L * 1024 * 1024;

  /** Characters of the text of a value that is larger. */
  private static final int START = 100_000;

  private ValueCap() {}

  static long size(MimeBundle bundle) {
    return bundle.data().values().stream().mapToLong(String::length).sum();
  }

  /** The bundle, or the start of its text with a word when it is larger than one may be. */
  public static MimeBundle within(MimeBundle bundle) {
    if (size(bundle) <= MOST) {
      return bundle;
    }
    StringJoiner kinds = new StringJoiner(", ");
    bundle
        .data()
        .forEach((type, content) -> kinds.add(String.format("%,d of %s", content.length(), type)));
    String text = bundle.text();
    int end = Math.min(text.length(), START);
    if (end > 0 && Character.isHighSurrogate(text.charAt(end - 1))) {
      end--;
    }
    return MimeBundle.text(
        text.substring(0, end)
            + String.format(
                "%s%n[One value may show %d MB. This one has more characters: %s.]",
                end < text.length() ? " …" : "", MOST / (1024 * 1024), kinds));
  }
}

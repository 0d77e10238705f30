package wirebook.spi;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds the name that was probably meant. */
public final class Typos {
  private Typos() {}

  /**
   * The name nearest to {@code wanted}, whatever its case.
   *
   * @param most how many letters may differ
   */
  public static Optional<String> nearest(String wanted, Collection<String> names, int most) {
    return names.stream()
        .filter(name -> distance(name, wanted, most + 1) <= most)
        .min(
            Comparator.comparingInt((String name) -> distance(name, wanted, most + 1))
                .thenComparing(n -> n));
  }

  /** The name nearest to {@code wanted}, as near as a word of that length has to be. */
  public static Optional<String> nearest(String wanted, Iterable<String> candidates) {
    Optional<String> best = Optional.empty();
    // Of a name of one or two letters, any other would be as near.
    int least = wanted.length() < 3 ? 1 : wanted.length() / 3 + 1;
    for (String candidate : candidates) {
      int distance = distance(wanted, candidate, least + 1);
      // One leaves a letter out more often than one adds one.
      boolean longer =
          distance == least && best.filter(one -> one.length() < candidate.length()).isPresent();
      if (distance < least || longer) {
        least = distance;
        best = Optional.of(candidate);
      }
    }
    return best;
  }

  /**
   * Edits from one to the other whatever their case, a swap of neighbours being one; {@code limit}
   * when that many.
   */
  private static int distance(String one, String other, int limit) {
    String a = one.toLowerCase(Locale.ROOT);
    String b = other.toLowerCase(Locale.ROOT);
    if (Math.abs(a.length() - b.length()) >= limit) {
      return limit;
    }
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + change);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}

package wirebook.engine.ssh.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Patterns with {@code *} and {@code ?}, and lists of them ({@code ssh_config(5)}, PATTERNS). */
public final class Patterns {
  /** Longer patterns match nothing. */
  private static final int LONGEST = 1023;

  private Patterns() {}

  /** Whether the whole of {@code text} fits {@code pattern}; in time proportional to both. */
  public static boolean matches(String text, String pattern) {
    int at = 0;
    int in = 0;
    int star = -1;
    int mark = 0;
    while (at < text.length()) {
      if (in < pattern.length() && pattern.charAt(in) == '*') {
        star = in++;
        mark = at;
      } else if (in < pattern.length()
          && (pattern.charAt(in) == '?' || pattern.charAt(in) == text.charAt(at))) {
        in++;
        at++;
      } else if (star >= 0) {
        in = star + 1;
        at = ++mark;
      } else {
        return false;
      }
    }
    while (in < pattern.length() && pattern.charAt(in) == '*') {
      in++;
    }
    return in == pattern.length();
  }

  /** What a list of patterns says of a text. */
  public enum Verdict {
    MATCH,
    NO_MATCH,
    /** A pattern behind an exclamation mark fits. */
    NEGATED
  }

  /** Comma-separated patterns, {@code !} before those that exclude. */
  public static Verdict list(String text, String patterns, boolean lower) {
    Verdict verdict = Verdict.NO_MATCH;
    for (String part : patterns.split(",", -1)) {
      boolean negated = part.startsWith("!");
      String pattern = negated ? part.substring(1) : part;
      if (pattern.length() > LONGEST) {
        return Verdict.NO_MATCH;
      }
      if (pattern.isEmpty() && patterns.isEmpty()) {
        return verdict;
      }
      if (matches(text, lower ? pattern.toLowerCase(Locale.ROOT) : pattern)) {
        if (negated) {
          return Verdict.NEGATED;
        }
        verdict = Verdict.MATCH;
      }
    }
    return verdict;
  }

  public static boolean listed(String text, String patterns, boolean lower) {
    return list(text, patterns, lower) == Verdict.MATCH;
  }

  /** For host names: case does not matter. */
  public static Verdict host(String host, String patterns) {
    return list(host.toLowerCase(Locale.ROOT), patterns, true);
  }

  /** The names that the patterns take, or, with {@code without}, those that they leave. */
  static String filter(String names, String patterns, boolean without) {
    return split(names).stream()
        .filter(name -> listed(name, patterns, false) != without)
        .collect(Collectors.joining(","));
  }

  /** The names of a comma-separated list; none for an empty text. */
  public static List<String> split(String names) {
    List<String> all = new ArrayList<>();
    for (String name : names.split(",", -1)) {
      if (!name.isEmpty()) {
        all.add(name);
      }
    }
    return all;
  }
}

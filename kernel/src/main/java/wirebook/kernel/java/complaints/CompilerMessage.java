package wirebook.kernel.java.complaints;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import jdk.jshell.Diag;
import wirebook.kernel.java.shell.Places;

/** What the compiler says, in the cell's names. */
public final class CompilerMessage {
  /** The class that JShell puts a snippet into, or that we put several into. */
  private static final Pattern NOWHERE = Pattern.compile("\\s*location: class(?: Rest\\$)?\\s*");

  /** Its methods are called as if they were the cell's own. */
  private static final Pattern OWN =
      Pattern.compile("(?: in class )?\\bwirebook\\.kernel\\.worker\\.inside\\.Notebook\\b\\.?");

  /** As one writes these types. */
  private static final Pattern JAVA_LANG = Pattern.compile("\\bjava\\.lang\\.(?=[A-Z])");

  /** Where the name of JShell's own class was. */
  private static final Pattern HOLE = Pattern.compile(" in class (?= |$)");

  /** Of one error, such as one that lists the many methods that do not fit. */
  private static final int MOST_LINES = 17;

  private CompilerMessage() {}

  public static String of(Diag diag) {
    List<String> lines =
        Places.expunge(diag.getMessage(Locale.ENGLISH))
            .lines()
            .filter(line -> !NOWHERE.matcher(line).matches())
            .map(line -> OWN.matcher(HOLE.matcher(line).replaceAll("")).replaceAll(""))
            .map(line -> JAVA_LANG.matcher(line).replaceAll("").replace("<nulltype>", "null"))
            .toList();
    if (String.join("", lines).isBlank()) {
      // Of a compiler that was stopped within another text.
      return "this cannot be compiled";
    }
    return String.join("\n", lines.subList(0, Math.min(lines.size(), MOST_LINES)))
        + (lines.size() > MOST_LINES
            ? "\n… and " + (lines.size() - MOST_LINES) + " more lines"
            : "");
  }
}

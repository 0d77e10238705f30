package wirebook.magics.shell;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code ~/.ssh} of a shell's text as that of the lab, where ssh and its kin have it: the next
 * line finds what ssh-keygen wrote, and one that clears up does not do so among the machine's keys.
 * The shell's home itself stays the machine's, as do {@code pip} and the like below it.
 */
final class LabKeys {
  private static final String FOLDER = "(?=/\\.ssh(?![\\w.-]))";

  private static final Pattern VARIABLE =
      Pattern.compile("(?<!\\\\)\\$(?:HOME|\\{HOME\\})" + FOLDER);

  /**
   * What is no home for the shell, as quotes, comments and here-documents are, or a home before
   * {@code /.ssh}.
   */
  private static final Pattern PIECE =
      Pattern.compile(
          "(?<as>\\\\.|'[^']*'|(?<![^\\s;&|(])#[^\\n]*|<<<)"
              + "|(?<double>\"(?:\\\\.|[^\"\\\\])*+\")"
              + "|<<-?[ \\t]*(?<quote>['\"]?)(?<end>\\w+)\\k<quote>(?<rest>[^\\n]*\\n)"
              + "(?<lines>.*?)(?<=\\n)\\t*\\k<end>(?=\\n|$)"
              + "|(?<![^\\s=:<>;&|(`])~"
              + FOLDER
              + "|"
              + VARIABLE.pattern(),
          Pattern.DOTALL);

  private LabKeys() {}

  /** The text, with this folder as the home wherever the shell would write its own. */
  static String inText(String text, Path home) {
    StringBuilder all = new StringBuilder();
    Matcher piece = PIECE.matcher(text);
    int done = 0;
    while (piece.find()) {
      all.append(text, done, piece.start());
      done = piece.end();
      if (piece.group("as") != null) {
        all.append(piece.group());
      } else if (piece.group("double") != null) {
        all.append(variables(piece.group(), home));
      } else if (piece.group("end") != null) {
        String lines = piece.group("lines");
        all.append(text, piece.start(), piece.start("rest"))
            .append(inText(piece.group("rest"), home))
            .append(piece.group("quote").isEmpty() ? variables(lines, home) : lines)
            .append(text, piece.end("lines"), done);
      } else {
        all.append(home.toString().replaceAll("[^\\w/.+-]", "\\\\$0"));
      }
    }
    return all.append(text, done, text.length()).toString();
  }

  private static String variables(String text, Path home) {
    return VARIABLE.matcher(text).replaceAll(Matcher.quoteReplacement(home.toString()));
  }
}

package wirebook.kernel.java.assist;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import wirebook.kernel.java.shell.Places;
import wirebook.kernel.java.shell.Snippets;

/**
 * What JShell says of a declaration, as one reads it: {@code E List<E>.get(int index)}. JShell
 * writes {@code E List<E extends Object>.get(int index)}, {@code names:java.util.List<…>}, and the
 * parameters of a record behind its name, also where its constructor's follow or one of its fields.
 */
public record Signature(String text) {
  private static final Pattern ANNOTATION = Pattern.compile("@[\\w.]+\\s+");
  private static final Pattern OF_OBJECT = Pattern.compile(" extends (?:java\\.lang\\.)?Object\\b");
  private static final Pattern VARIABLE =
      Pattern.compile("(\\w+(?=\\())?(?:\\([^()]*\\))?([\\w.<>, ?]*\\w):(.+)");
  private static final Pattern PACKAGE =
      Pattern.compile("\\b(?:[a-z]\\w*\\.)+(?=[A-Z])", Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern TWICE = Pattern.compile("(\\w+)\\([^()]*\\)(\\([^()]*\\))");

  /** The parameters of a record, where one of its members follows. */
  private static final Pattern OWNER = Pattern.compile("(?<=\\w|>)\\([^()]*\\)(?=\\.)");

  private static final Pattern TYPE_ARGUMENTS = Pattern.compile("<[^<>]*>");

  private static final String OWN = "wirebook.kernel.worker.inside.Notebook.";

  public static Signature of(String said) {
    String written = ANNOTATION.matcher(Places.expunge(said)).replaceAll("");
    String text =
        OWNER
            .matcher(OF_OBJECT.matcher(written).replaceAll(""))
            .replaceAll("")
            .replace(OWN, "")
            .replace(" Notebook.", " ");
    Matcher variable = VARIABLE.matcher(text);
    if (variable.matches()) {
      String owner = variable.group(1) == null ? "" : variable.group(1);
      return new Signature(
          PACKAGE.matcher(variable.group(3)).replaceAll("") + " " + owner + variable.group(2));
    }
    Matcher twice = TWICE.matcher(text);
    if (twice.matches()) {
      return new Signature(twice.group(1) + twice.group(2));
    }
    return new Signature(text.indexOf('(') < 0 ? text : PACKAGE.matcher(text).replaceAll(""));
  }

  boolean isCall() {
    return text.indexOf('(') >= 0;
  }

  /** What it is about, with the types around it: {@code Point.x}. */
  String name() {
    String head = isCall() ? text.substring(0, text.indexOf('(')) : text;
    String plain = head;
    do {
      head = plain;
      plain = TYPE_ARGUMENTS.matcher(head).replaceAll("");
    } while (!plain.equals(head));
    return plain.substring(plain.lastIndexOf(' ') + 1);
  }

  /** What stands between the brackets. */
  String parameters() {
    int open = text.indexOf('(');
    return open < 0 ? "" : text.substring(open + 1, Snippets.closingBracket(text, open + 1));
  }

  /** {@code (int index) E}: how it is called, and what that gives. */
  public String call() {
    int depth = 0;
    for (int i = 0; i < text.indexOf('('); i++) {
      char c = text.charAt(i);
      depth += c == '<' ? 1 : c == '>' ? -1 : 0;
      if (c == ' ' && depth == 0) {
        return "(" + parameters() + ") " + text.substring(0, i);
      }
    }
    return "(" + parameters() + ")";
  }
}

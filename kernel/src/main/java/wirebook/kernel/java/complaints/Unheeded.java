package wirebook.kernel.java.complaints;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.ReturnTree;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import wirebook.kernel.java.shell.Snippets;
import wirebook.kernel.java.shell.SourceTree;
import wirebook.spi.MagicSpec;
import wirebook.spi.Span;

/** What has no meaning where it stands in a cell, and of which JShell says nothing that helps. */
public final class Unheeded {
  private static final Pattern RETURN = Pattern.compile("\\breturn\\b");

  private static final Pattern FINAL =
      Pattern.compile("\\s*(?:(?:@\\w+|public|protected|private|static)\\s+)*final\\s");

  private static final Pattern MAGIC = Pattern.compile("%%?([A-Za-z_][\\w-]*)(?=\\s|$)");

  /** What ends before a statement, or begins a block of them. */
  private static final Pattern BEFORE_STATEMENT = Pattern.compile("[{};)=>:]$|\\b(?:else|do)\\s*$");

  /** A statement that wants another one. */
  private static final Pattern HEAD =
      Pattern.compile("(?s)\\s*(?:(?:for|if|while)\\b.*[)]|(?:.*\\b)?(?:else|do))\\s*");

  private Unheeded() {}

  /**
   * Where a statement returns that is in no method. JShell takes it, as what it makes of a cell is
   * one.
   *
   * @param offset where {@code source} starts in the cell
   */
  public static Optional<Span> returning(String source, int offset) {
    if (!RETURN.matcher(source).find()) {
      return Optional.empty();
    }
    String before = "class Method$ { void body$() {";
    SourceTree tree = SourceTree.of(before + source + "\n}}");
    List<ReturnTree> found = new ArrayList<>();
    tree.types().getFirst().getMembers().forEach(body -> body.accept(new Returns(), found));
    SourcePositions positions = tree.docs().getSourcePositions();
    int shift = offset - before.length();
    return found.stream()
        .map(
            one -> {
              int start = (int) positions.getStartPosition(tree.unit(), one);
              int end = (int) positions.getEndPosition(tree.unit(), one);
              return new Span(shift + start, shift + Math.max(start, end));
            })
        .findFirst();
  }

  private static final class Returns extends TreeScanner<Boolean, List<ReturnTree>> {
    @Override
    public Boolean visitReturn(ReturnTree tree, List<ReturnTree> found) {
      return found.add(tree);
    }

    @Override
    public Boolean visitLambdaExpression(LambdaExpressionTree tree, List<ReturnTree> found) {
      return false;
    }

    @Override
    public Boolean visitClass(ClassTree tree, List<ReturnTree> found) {
      return false;
    }
  }

  /** Whether a variable's declaration says that it keeps its value. */
  public static boolean isFinal(String declaration) {
    return FINAL.matcher(declaration).lookingAt();
  }

  /** Whether the source gives a value to the variable, and declares none of this name. */
  public static boolean sets(String source, String variable) {
    String name = "(?<![\\w.$])" + Pattern.quote(variable) + "(?![\\w$])";
    String code = Snippets.withoutComments(source);
    return Pattern.compile(
                name + "\\s*(?:=(?!=)|(?:[-+*/%&|^]|<<|>>>?)=|\\+\\+|--)|(?:\\+\\+|--)\\s*" + name)
            .matcher(code)
            .find()
        && !Pattern.compile("[\\w>\\]]\\s+" + name + "\\s*[=;:,)]").matcher(code).find();
  }

  /**
   * Where a magic stands within a statement or a block that has begun on its line, or is all that a
   * loop or a condition is about.
   *
   * @param offset where {@code source} starts in the cell
   */
  public static Optional<Span> magic(
      List<MagicSpec> magics, String cell, String source, int offset) {
    // The source may have a semicolon more than the cell.
    int end = Math.min(offset + source.length(), cell.length());
    if (HEAD.matcher(source).matches()) {
      while (end < cell.length() && Character.isWhitespace(cell.charAt(end))) {
        end++;
      }
      end = Math.min(end + 1, cell.length());
    }
    Matcher magic = MAGIC.matcher(cell);
    for (int at = offset; at < end; at = Snippets.afterToken(cell, at)) {
      if (cell.charAt(at) == '%'
          && magic.region(at, cell.length()).lookingAt()
          && BEFORE_STATEMENT.matcher(cell.substring(offset, at).stripTrailing()).find()
          && magics.stream().anyMatch(one -> one.name().equals(magic.group(1)))) {
        return Optional.of(new Span(at, magic.end()));
      }
    }
    return Optional.empty();
  }
}

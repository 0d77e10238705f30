package wirebook.kernel.java.shell;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.jshell.SourceCodeAnalysis;

/**
 * The statements and declarations of some Java in the order in which they are evaluated: that of
 * the text, but what a statement mentions is declared before it runs, as in a class. So a method
 * may stand below its first call, and a cell that has run and was changed runs as it stands now,
 * not with what it declared the last time.
 */
public final class Statements {
  private static final Pattern IMPORT = Pattern.compile("\\s*import\\s");

  private static final Pattern TYPE =
      Pattern.compile(
          "\\s*(?:@\\w[\\w.]*(?:\\([^()]*+\\))?\\s*+|(?:public|protected|private|static|final|abstract"
              + "|sealed|non-sealed|strictfp)\\s++)*+(?:class|@?interface|enum|record)\\s+(\\w+)");

  /** A cell with more is evaluated faster in blocks, of which each is compiled at once. */
  private static final int MANY = 60;

  private static final int LARGEST_BLOCK = 100;

  enum Kind {
    IMPORT,
    TYPE,
    METHOD,
    STATEMENT
  }

  /**
   * @param source for JShell, which may want a semicolon more than the text has
   * @param at where it starts in the text
   * @param parts the statements of a block that stands for them
   */
  public record Statement(String source, int at, List<Statement> parts) {
    public Statement {
      parts = List.copyOf(parts);
    }

    public Statement(String source, int at) {
      this(source, at, List.of());
    }
  }

  /** One whose turn has not come. */
  private static final class Waiting {
    final Statement statement;
    final Kind kind;
    final String name;

    /** The same for two of which the second replaces the first. */
    final String key;

    Waiting(Statement statement) {
      this.statement = statement;
      String code = Snippets.withoutComments(statement.source());
      Matcher type = TYPE.matcher(code);
      Optional<String> method = UnfinishedCode.method(code);
      if (IMPORT.matcher(code).lookingAt()) {
        kind = Kind.IMPORT;
        name = "";
        key = "";
      } else if (type.lookingAt()) {
        kind = Kind.TYPE;
        name = type.group(1);
        key = name;
      } else if (method.isPresent()) {
        kind = Kind.METHOD;
        name = method.get();
        int open = code.indexOf('(', code.indexOf(name));
        key = code.substring(code.indexOf(name), Snippets.closingBracket(code, open + 1));
      } else {
        kind = Kind.STATEMENT;
        name = "";
        key = "";
      }
    }

    boolean isDeclaration() {
      return kind == Kind.TYPE || kind == Kind.METHOD;
    }

    /** Whether it declares nothing, so that it may stand in a block. */
    boolean isPlain() {
      String source = statement.source();
      return kind == Kind.STATEMENT
          && (source.endsWith(";") || source.endsWith("}"))
          && MentionedImports.declarations(source).isEmpty();
    }
  }

  private final List<Waiting> waiting;
  private final List<Statement> ready = new ArrayList<>();

  /** The keys of those that are taken. */
  private final Set<String> declared = new HashSet<>();

  private final Optional<Statement> last;

  /** The last one as it is written. */
  private final String lastText;

  private Statements(List<Waiting> waiting, String lastText) {
    this.waiting = waiting;
    this.lastText = lastText;
    last = waiting.isEmpty() ? Optional.empty() : Optional.of(waiting.getLast().statement);
  }

  /**
   * @param blocks whether many may be taken together, where they declare nothing
   */
  public static Statements of(SourceCodeAnalysis analysis, String text, boolean blocks) {
    List<Waiting> all = new ArrayList<>();
    int at = 0;
    int lastAt = 0;
    int end = 0;
    while (at < text.length()) {
      Snippets.First first = Snippets.first(analysis, text, at);
      switch (first.completeness()) {
        case EMPTY -> at = text.length();
        case COMPLETE, COMPLETE_WITH_SEMI -> {
          all.add(new Waiting(new Statement(first.source(), at)));
          lastAt = at;
          at = first.end();
          end = at;
        }
        case CONSIDERED_INCOMPLETE, DEFINITELY_INCOMPLETE, UNKNOWN -> {
          // JShell says in its diagnostics what is wrong with it. To the first, such as a while (…)
          // with nothing to do, its analysis would add a semicolon.
          all.add(new Waiting(new Statement(text.substring(at), at)));
          lastAt = at;
          at = text.length();
          end = at;
        }
      }
    }
    return new Statements(
        blocks && all.size() > MANY ? inBlocks(all, text) : all, text.substring(lastAt, end));
  }

  /** The last one stays alone, as its value is that of the text. */
  private static List<Waiting> inBlocks(List<Waiting> all, String text) {
    List<Waiting> blocks = new ArrayList<>();
    int from = 0;
    while (from < all.size()) {
      int to = from;
      while (to < all.size() - 1 && to - from < LARGEST_BLOCK && all.get(to).isPlain()) {
        to++;
      }
      if (to - from < 2) {
        blocks.add(all.get(from));
        from++;
      } else {
        List<Statement> parts = all.subList(from, to).stream().map(one -> one.statement).toList();
        int start = parts.getFirst().at();
        int end = all.get(to).statement.at();
        blocks.add(
            new Waiting(new Statement("{" + text.substring(start, end) + "\n}", start, parts)));
        from = to;
      }
    }
    return blocks;
  }

  /** Takes up the statements of a block one by one, where the block is no statement of Java. */
  public void divide(Statement block) {
    ready.addAll(0, block.parts());
  }

  /** Whether it is the last one in the text, whose value is that of all. */
  public boolean isLast(Statement statement) {
    // Not by the record's own equality, which takes a start 5 ms to make.
    return last.filter(one -> one.at() == statement.at() && one.source().equals(statement.source()))
        .isPresent();
  }

  public String lastText() {
    return lastText;
  }

  /** The next to be evaluated; empty when all are. */
  public Optional<Statement> next() {
    if (ready.isEmpty() && !waiting.isEmpty()) {
      Waiting first = waiting.removeFirst();
      if (first.kind == Kind.STATEMENT) {
        declare(first.statement.source());
      }
      declared.add(first.key);
      ready.add(first.statement);
    }
    return ready.isEmpty() ? Optional.empty() : Optional.of(ready.removeFirst());
  }

  /**
   * Takes up next what a declaration mentions and what is declared below it, and then the
   * declaration once more, as the compiler does not take it alone. Returns whether there is any.
   */
  public boolean retry(Statement declaration) {
    int before = ready.size();
    if (new Waiting(declaration).isDeclaration()) {
      declare(declaration.source());
    }
    boolean more = ready.size() > before;
    if (more) {
      ready.add(declaration);
    }
    return more;
  }

  private void declare(String source) {
    if (waiting.stream().noneMatch(Waiting::isDeclaration)) {
      return;
    }
    Set<String> words = MentionedImports.words(source);
    Set<String> seen = new HashSet<>(declared);
    for (Waiting one : List.copyOf(waiting)) {
      // Of two of the same name and parameters, each is in force from where it stands.
      if (one.isDeclaration()
          && seen.add(one.key)
          && words.contains(one.name)
          && waiting.remove(one)) {
        takeImportsBefore(one);
        declared.add(one.key);
        declare(one.statement.source());
        ready.add(one.statement);
      }
    }
  }

  private void takeImportsBefore(Waiting declaration) {
    for (Waiting one : List.copyOf(waiting)) {
      if (one.kind == Kind.IMPORT && one.statement.at() < declaration.statement.at()) {
        waiting.remove(one);
        ready.add(one.statement);
      }
    }
  }
}

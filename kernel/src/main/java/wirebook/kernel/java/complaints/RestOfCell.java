package wirebook.kernel.java.complaints;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jdk.jshell.Diag;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import wirebook.kernel.java.shell.JShellSession;
import wirebook.kernel.java.shell.Places;
import wirebook.kernel.java.shell.Snippets;
import wirebook.kernel.java.shell.UnfinishedCode;
import wirebook.spi.Span;

/**
 * What else is wrong in a cell that cannot be compiled, so that one sees all its errors at once.
 * The snippets after the first wrong one are compiled together, as local declarations and
 * statements of one method, and nothing of them is run or stays declared. Some of what is legal in
 * a cell is not in a method, so only those errors are told that mean the same in both.
 */
final class RestOfCell {
  /** An error and its place in the cell. */
  record Found(Span span, String code, String message) {}

  /** The compiler's keys of errors in a name, a type or a call, or in the form of a statement. */
  private static final Pattern TOLD =
      Pattern.compile(
          "compiler\\.err\\.(?:cant\\.resolve|prob\\.found\\.req|cant\\.apply|doesnt\\.exist"
              + "|operator\\.cant\\.be\\.applied|incomparable\\.types|not\\.stmt|expected|illegal"
              + "|unclosed|abstract\\.cant\\.be\\.instantiated|does\\.not\\.override\\.abstract"
              + "|not\\.exhaustive|array\\.req\\.but\\.found|int\\.number\\.too\\.large).*");

  /** What no local declaration may have among its modifiers. */
  private static final Pattern NOT_LOCAL =
      Pattern.compile(
          "\\G((?:\\s|@(?!interface\\b)[\\w.]+(?:\\s*\\([^()]*\\))?|(?:abstract|final|sealed)\\b)*+)"
              + "(public|protected|private|static)\\b");

  private static final Pattern SYMBOL =
      Pattern.compile("symbol: +(?:variable|method|class) (\\w+)");

  /** Those that keep the compiler from looking any further. */
  private static final Pattern OF_FORM =
      Pattern.compile(
          "compiler\\.err\\.(?:not\\.stmt|expected|illegal\\.(?:start|char|nonascii|esc|text"
              + "|underscore|dot|line)|unclosed|premature|else|catch|dot\\.class|int\\.number).*");

  /** What is there to be put, when the compiler says no more than that. */
  private static final Pattern EXPECTED = Pattern.compile("'([;)])' expected");

  private static final Pattern TYPE =
      Pattern.compile("^\\s*(?:[\\w@-]+\\s+)*?(?:class|interface|enum|record)\\s+\\w");

  private static final String UNKNOWN_NAME = "compiler.err.cant.resolve";
  private static final String NO_STATEMENT = "compiler.err.not.stmt";
  private static final String HEAD = "{ class Rest$ {";
  private static final String BODY = " void body$() throws Throwable { ";
  private static final String END = "\n}}}";

  /** As often as this the compiler is asked again without what was wrong in its form. */
  private static final int ATTEMPTS = 4;

  private static final int MOST_MENDED = 4;

  /** Statements that are looked at. */
  private static final int MOST_PIECES = 200;

  private final JShellSession jshell;
  private final int from;
  private final int to;
  private final List<Piece> pieces = new ArrayList<>();
  private boolean imports;

  /** In which a blank is replaced where the compiler misses a semicolon or a bracket. */
  private String cell;

  /**
   * A snippet.
   *
   * @param inCell where it starts in the cell
   * @param prefix what makes a statement of it
   */
  private record Piece(int inCell, String prefix, String source) {
    boolean isMethod() {
      return prefix.isEmpty() && UnfinishedCode.isMethod(source);
    }

    /** Whether what it names may be declared later, in another cell. */
    boolean isDeclaration() {
      return isMethod() || TYPE.matcher(source).find();
    }

    /** JShell's snippets may lack the semicolon. */
    String text() {
      String code = prefix + source;
      return source.strip().endsWith("}") && prefix.isEmpty() ? code + "\n" : code + "\n;";
    }
  }

  private RestOfCell(JShellSession jshell, String cell, int from, int to) {
    this.jshell = jshell;
    this.cell = cell;
    this.from = from;
    this.to = to;
  }

  /**
   * @param from where the first wrong snippet starts
   * @param after only errors from there on are new
   * @param to where the Java ends
   */
  static List<Found> errors(JShellSession jshell, String cell, int from, int after, int to) {
    if (cell.substring(after, to).isBlank()) {
      return List.of();
    }
    RestOfCell rest = new RestOfCell(jshell, cell, from, to);
    return rest.find().stream()
        .filter(one -> one.span().start() >= after)
        .sorted(Comparator.comparingInt(one -> one.span().start()))
        .toList();
  }

  /** Whether it keeps the compiler from looking any further. */
  static boolean isOfForm(Diag diag) {
    return OF_FORM.matcher(String.valueOf(diag.getCode())).matches();
  }

  private List<Found> find() {
    List<Found> mended = new ArrayList<>();
    while (true) {
      List<Found> found = look();
      Optional<Found> first =
          mended.size() < MOST_MENDED
              ? found.stream().filter(this::mend).findFirst()
              : Optional.empty();
      if (first.isEmpty()) {
        return Stream.concat(mended.stream(), found.stream()).distinct().toList();
      }
      mended.add(first.get());
    }
  }

  /** Puts what is missing, if that is clear, so that the compiler can look at what follows. */
  private boolean mend(Found found) {
    Matcher expected = EXPECTED.matcher(found.message());
    int at = found.span().start();
    if (!expected.matches() || at >= to || !Character.isWhitespace(cell.charAt(at))) {
      return false;
    }
    cell = cell.substring(0, at) + expected.group(1) + cell.substring(at + 1);
    return true;
  }

  private List<Found> look() {
    pieces.clear();
    List<Found> found = new ArrayList<>();
    int at = from;
    String java = cell.substring(0, to);
    while (at < to && pieces.size() < MOST_PIECES) {
      Snippets.First first = Snippets.first(jshell.analysis, java, at);
      String source =
          switch (first.completeness()) {
            case COMPLETE, COMPLETE_WITH_SEMI -> first.source();
            case EMPTY, CONSIDERED_INCOMPLETE, DEFINITELY_INCOMPLETE, UNKNOWN -> "";
          };
      if (source.isEmpty()) {
        break;
      }
      // What JShell adds to it is not the cell's.
      add(at, java.substring(at, Math.min(first.end(), at + source.length())));
      at = first.end();
    }
    if (at < to && pieces.size() < MOST_PIECES && !java.substring(at).isBlank()) {
      // No snippet: JShell says why.
      for (Diag diag : diagnostics(java.substring(at))) {
        int start = at + (int) Math.max(0, diag.getPosition());
        int end = at + (int) Math.max(diag.getPosition() + 1, diag.getEndPosition());
        found.add(
            new Found(
                new Span(Math.min(start, to), Math.min(end, to)),
                String.valueOf(diag.getCode()),
                CompilerMessage.of(diag)));
      }
    }
    int attempts = ATTEMPTS;
    while (compile(found) && --attempts > 0) {
      // Without what was wrong in its form.
    }
    return found;
  }

  private void add(int at, String source) {
    String code = Snippets.withoutComments(source);
    if (code.strip().startsWith("import ")) {
      imports = true;
      return;
    }
    String local =
        NOT_LOCAL.matcher(code).replaceAll(m -> m.group(1) + " ".repeat(m.group(2).length()));
    pieces.add(new Piece(at, "", local));
  }

  /** Returns whether it should be done again, because not all could be looked at. */
  private boolean compile(List<Found> found) {
    StringBuilder text = new StringBuilder(HEAD);
    int[] starts = new int[pieces.size()];
    for (boolean methods : new boolean[] {true, false}) {
      for (int i = 0; i < pieces.size(); i++) {
        Piece piece = pieces.get(i);
        if (piece.isMethod() == methods) {
          starts[i] = text.length();
          text.append(piece.text());
        }
      }
      text.append(methods ? BODY : END);
    }
    Set<Piece> spoilt = new HashSet<>();
    for (Diag diag : diagnostics(text.toString())) {
      int position = (int) Math.max(diag.getStartPosition(), diag.getPosition());
      int index = pieceAt(starts, position);
      String code = String.valueOf(diag.getCode());
      if (index < 0 || !diag.isError()) {
        continue;
      }
      Piece piece = pieces.get(index);
      if (code.equals(NO_STATEMENT) && piece.prefix.isEmpty()) {
        // Legal in a cell, whose last expression is its value.
        pieces.set(index, new Piece(piece.inCell, "Object value$" + index + " = ", piece.source));
        return true;
      }
      if (isOfForm(diag)) {
        spoilt.add(piece);
      }
      String message = Places.expunge(diag.getMessage(Locale.ENGLISH));
      boolean mayFollow = code.startsWith(UNKNOWN_NAME) && piece.isDeclaration();
      if (TOLD.matcher(code).matches() && !mayFollow && !isDeclared(message)) {
        int start = piece.inCell + position - starts[index] - piece.prefix.length();
        int width = (int) Math.max(1, diag.getEndPosition() - position);
        found.add(
            new Found(
                new Span(Math.clamp(start, from, to), Math.clamp(start + (long) width, from, to)),
                code,
                CompilerMessage.of(diag)));
      }
    }
    pieces.removeAll(spoilt);
    return !spoilt.isEmpty();
  }

  private int pieceAt(int[] starts, int position) {
    for (int i = 0; i < starts.length; i++) {
      if (starts[i] <= position && position < starts[i] + pieces.get(i).text().length()) {
        return i;
      }
    }
    return -1;
  }

  private List<Diag> diagnostics(String text) {
    jshell.control.pretend(true);
    try {
      List<Diag> diags = new ArrayList<>();
      for (SnippetEvent event : jshell.eval(text)) {
        Snippet snippet = event.snippet();
        jshell.shell.diagnostics(snippet).forEach(diags::add);
        if (jshell.shell.status(snippet).isActive()) {
          jshell.shell.drop(snippet);
        }
        jshell.told(snippet);
      }
      return diags;
    } finally {
      jshell.control.pretend(false);
    }
  }

  /** Whether a name is unknown only because what declares it here is not seen from there. */
  private boolean isDeclared(String message) {
    Matcher symbol = SYMBOL.matcher(message);
    return symbol.find()
        && (imports
            || Pattern.compile("[\\w>\\]]\\s+" + symbol.group(1) + "\\b")
                .matcher(cell)
                .region(from, to)
                .find());
  }
}

package wirebook.internet.host;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Reads the part of the shell's language that a person types at a prompt (POSIX.1-2024, Shell
 * Command Language): lists, pipelines, redirections, groups, {@code if}, {@code for}, {@code
 * while}. What else bash knows is named. Words stay as they are written; they are expanded when
 * they run.
 */
final class ShellText {
  private static final Set<String> OPERATORS =
      Set.of(";", "&&", "||", "|", "&", "(", ")", "\n", ";;");
  private static final Set<String> ENDS = Set.of("}", "fi", "then", "else", "elif", "do", "done");
  private static final Set<String> NOT_DONE =
      Set.of("case", "select", "function", "coproc", "[[", "let", "declare", "local");
  private static final Pattern BRACES =
      Pattern.compile("[^'\"`]*\\{[^{}'\"`$]*(,|\\.\\.)[^{}'\"`]*\\}.*");
  private static final int DEEPEST = 50;

  /** What is to be run. */
  sealed interface Node {
    record Simple(List<String> words, List<Redirection> redirections) implements Node {}

    record Pipe(List<Node> parts) implements Node {}

    /** One after the other, whatever came of the first. */
    record Sequence(List<Node> parts) implements Node {}

    /**
     * @param and whether {@code right} runs when {@code left} succeeds, else when it fails
     */
    record Either(Node left, boolean and, Node right) implements Node {}

    record Group(Node body, List<Redirection> redirections) implements Node {}

    record If(Node condition, Node then, Optional<Node> otherwise) implements Node {}

    /** The body, with each of the words that become of {@code words} in the variable. */
    record For(String variable, List<String> words, Node body) implements Node {}

    /**
     * @param until whether it goes on until the condition holds, else while it does
     */
    record While(Node condition, boolean until, Node body) implements Node {}

    record Not(Node body) implements Node {}
  }

  /**
   * @param operator {@code >}, {@code >>}, {@code <}, or {@code >&}
   * @param descriptor 0, 1 or 2; 3 for both 1 and 2
   */
  record Redirection(int descriptor, String operator, String target) {}

  /** It is not finished, or it is none. */
  static final class SyntaxError extends Exception {
    private static final long serialVersionUID = 1;
    private final boolean unfinished;

    SyntaxError(String message, boolean unfinished) {
      super(message);
      this.unfinished = unfinished;
    }

    /** Whether more lines could mend it. */
    boolean unfinished() {
      return unfinished;
    }
  }

  private final List<String> tokens;
  private int at;
  private int depth;

  private ShellText(List<String> tokens) {
    this.tokens = tokens;
  }

  static Node parse(String text) throws SyntaxError {
    ShellText parser = new ShellText(tokens(text));
    Node node = parser.list();
    if (parser.at < parser.tokens.size()) {
      throw new SyntaxError(
          "syntax error near unexpected token `" + parser.tokens.get(parser.at) + "'", false);
    }
    return node;
  }

  private String peek() {
    return at < tokens.size() ? tokens.get(at) : "";
  }

  private boolean take(String token) {
    if (peek().equals(token)) {
      at++;
      return true;
    }
    return false;
  }

  private void expect(String token) throws SyntaxError {
    if (!take(token)) {
      throw at == tokens.size()
          ? new SyntaxError("syntax error: unexpected end of file", true)
          : new SyntaxError("syntax error near unexpected token `" + peek() + "'", false);
    }
  }

  private Node list() throws SyntaxError {
    if (++depth > DEEPEST) {
      throw new SyntaxError("nested too deeply", false);
    }
    List<Node> parts = new ArrayList<>();
    while (true) {
      while (take(";") || take("\n")) {
        // Empty commands do nothing.
      }
      if (at == tokens.size() || peek().equals(")") || ENDS.contains(peek())) {
        depth--;
        return parts.size() == 1 ? parts.getFirst() : new Node.Sequence(List.copyOf(parts));
      }
      parts.add(either());
      if (peek().equals("&")) {
        throw new SyntaxError("& is not done here: nothing runs in the background", false);
      }
      if (at < tokens.size()
          && !peek().equals(";")
          && !peek().equals("\n")
          && !peek().equals(")")
          && !ENDS.contains(peek())) {
        throw new SyntaxError("syntax error near unexpected token `" + peek() + "'", false);
      }
    }
  }

  private Node either() throws SyntaxError {
    Node left = pipe();
    while (peek().equals("&&") || peek().equals("||")) {
      boolean and = take("&&");
      if (!and) {
        at++;
      }
      while (take("\n")) {
        // The command may stand on the next line.
      }
      left = new Node.Either(left, and, pipe());
    }
    return left;
  }

  private Node pipe() throws SyntaxError {
    boolean not = take("!");
    List<Node> parts = new ArrayList<>(List.of(command()));
    while (take("|")) {
      while (take("\n")) {
        // As above.
      }
      parts.add(command());
    }
    Node node = parts.size() == 1 ? parts.getFirst() : new Node.Pipe(List.copyOf(parts));
    return not ? new Node.Not(node) : node;
  }

  private Node command() throws SyntaxError {
    if (take("{")) {
      Node body = list();
      expect("}");
      return new Node.Group(body, redirections());
    }
    if (peek().equals("(") && !next("(")) {
      at++;
      Node body = list();
      expect(")");
      return new Node.Group(body, redirections());
    }
    if (take("if")) {
      return with(condition());
    }
    if (take("for")) {
      return with(loop());
    }
    if (peek().equals("while") || peek().equals("until")) {
      boolean until = tokens.get(at++).equals("until");
      Node condition = list();
      return with(new Node.While(condition, until, body()));
    }
    if (NOT_DONE.contains(peek()) || (peek().equals("(") && next("("))) {
      throw notDone(peek().equals("(") ? "((" : peek());
    }
    List<String> words = new ArrayList<>();
    List<Redirection> redirections = new ArrayList<>();
    while (at < tokens.size() && !OPERATORS.contains(peek())) {
      Optional<Redirection> redirection = redirection();
      if (redirection.isPresent()) {
        redirections.add(redirection.get());
      } else {
        words.add(tokens.get(at++));
      }
    }
    if (words.size() == 1 && peek().equals("(") && next(")")) {
      throw notDone(words.getFirst() + "() (a function)");
    }
    if (words.isEmpty() && redirections.isEmpty()) {
      throw at == tokens.size()
          ? new SyntaxError("syntax error: unexpected end of file", true)
          : new SyntaxError("syntax error near unexpected token `" + peek() + "'", false);
    }
    return new Node.Simple(List.copyOf(words), List.copyOf(redirections));
  }

  private Node condition() throws SyntaxError {
    Node condition = list();
    expect("then");
    Node then = list();
    Optional<Node> otherwise = Optional.empty();
    if (take("elif")) {
      return new Node.If(condition, then, Optional.of(condition()));
    }
    if (take("else")) {
      otherwise = Optional.of(list());
    }
    expect("fi");
    return new Node.If(condition, then, otherwise);
  }

  private Node loop() throws SyntaxError {
    String variable = peek();
    if (!variable.matches("[A-Za-z_]\\w*")) {
      throw variable.equals("(")
          ? notDone("for ((")
          : new SyntaxError("`" + variable + "': not a valid identifier", variable.isEmpty());
    }
    at++;
    List<String> words = new ArrayList<>();
    while (take("\n")) {
      // As above.
    }
    if (take("in")) {
      while (at < tokens.size() && !OPERATORS.contains(peek())) {
        words.add(tokens.get(at++));
      }
    }
    return new Node.For(variable, List.copyOf(words), body());
  }

  private Node body() throws SyntaxError {
    while (take(";") || take("\n")) {
      // As above.
    }
    expect("do");
    Node body = list();
    expect("done");
    return body;
  }

  private Node with(Node node) throws SyntaxError {
    List<Redirection> redirections = redirections();
    return redirections.isEmpty() ? node : new Node.Group(node, redirections);
  }

  private boolean next(String token) {
    return at + 1 < tokens.size() && tokens.get(at + 1).equals(token);
  }

  /** What bash takes is no error of who wrote it. */
  private static SyntaxError notDone(String what) {
    return new SyntaxError(
        what
            + ": the small shell of the lab's hosts does not do this; it has lists, pipes,"
            + " redirections, if, for and while",
        false);
  }

  private List<Redirection> redirections() throws SyntaxError {
    List<Redirection> all = new ArrayList<>();
    for (Optional<Redirection> one = redirection(); one.isPresent(); one = redirection()) {
      all.add(one.get());
    }
    return List.copyOf(all);
  }

  private Optional<Redirection> redirection() throws SyntaxError {
    String token = peek();
    int descriptor =
        token.startsWith("&>")
            ? 3
            : token.startsWith("2>")
                ? 2
                : token.startsWith("1>") || token.startsWith(">")
                    ? 1
                    : token.startsWith("<") ? 0 : -1;
    if (descriptor < 0) {
      return Optional.empty();
    }
    at++;
    String operator = token.replaceFirst("^[12&]", "");
    if (operator.startsWith(">&") && operator.length() == 3) {
      return Optional.of(new Redirection(descriptor, ">&", operator.substring(2)));
    }
    if (at == tokens.size() || OPERATORS.contains(peek())) {
      throw new SyntaxError(
          "syntax error near unexpected token `"
              + (at == tokens.size() ? "newline" : peek().replace("\n", "newline"))
              + "'",
          false);
    }
    return Optional.of(new Redirection(descriptor, operator, tokens.get(at++)));
  }

  // Words and operators.

  static List<String> tokens(String text) throws SyntaxError {
    List<String> tokens = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (c == '\\' && i + 1 < text.length()) {
        if (text.charAt(i + 1) != '\n') {
          word.append(c).append(text.charAt(i + 1));
        }
        i += 2;
      } else if (c == '\'' || c == '"' || c == '`') {
        int end = close(text, i);
        word.append(text, i, end);
        i = end;
      } else if (text.startsWith("$(", i)) {
        int end = parenthesis(text, i + 1);
        word.append(text, i, end);
        i = end;
      } else if (c == ' ' || c == '\t' || c == '\r') {
        flush(tokens, word);
        i++;
      } else if (c == '#' && word.isEmpty()) {
        int end = text.indexOf('\n', i);
        i = end < 0 ? text.length() : end;
      } else if (";&|()\n<>".indexOf(c) >= 0) {
        boolean numbered =
            (c == '>' || c == '<') && (word.toString().equals("1") || word.toString().equals("2"));
        String before = numbered ? word.toString() : "";
        if (numbered) {
          word.setLength(0);
        }
        flush(tokens, word);
        String operator = operator(text, i);
        if (text.startsWith("<<", i) || text.startsWith("<(", i) || text.startsWith(">(", i)) {
          throw notDone(text.startsWith("<<<", i) ? "<<<" : text.substring(i, i + 2));
        }
        tokens.add(before + operator);
        i += operator.length();
      } else {
        word.append(c);
        i++;
      }
    }
    flush(tokens, word);
    return tokens;
  }

  private static void flush(List<String> tokens, StringBuilder word) throws SyntaxError {
    if (!word.isEmpty()) {
      if (BRACES.matcher(word).matches()) {
        throw notDone(word.toString());
      }
      tokens.add(word.toString());
      word.setLength(0);
    }
  }

  private static String operator(String text, int at) {
    for (String each : List.of(">&1", ">&2", "&>>", "&>", "&&", "||", ">>", ";;")) {
      if (text.startsWith(each, at)) {
        return each;
      }
    }
    return text.substring(at, at + 1);
  }

  /** Behind the quote that closes the one at {@code open}. */
  static int close(String text, int open) throws SyntaxError {
    char quote = text.charAt(open);
    for (int i = open + 1; i < text.length(); i++) {
      if (text.charAt(i) == '\\' && quote != '\'') {
        i++;
      } else if (text.charAt(i) == quote) {
        return i + 1;
      } else if (quote == '"' && text.startsWith("$(", i)) {
        i = parenthesis(text, i + 1) - 1;
      }
    }
    throw new SyntaxError("unexpected EOF while looking for matching `" + quote + "'", true);
  }

  /** Behind the parenthesis that closes the one at {@code open}. */
  static int parenthesis(String text, int open) throws SyntaxError {
    if (text.startsWith("((", open)) {
      throw notDone("$((");
    }
    int depth = 0;
    for (int i = open; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\'' || c == '"') {
        i = close(text, i) - 1;
      } else if (c == '(') {
        depth++;
      } else if (c == ')' && --depth == 0) {
        return i + 1;
      }
    }
    throw new SyntaxError("unexpected EOF while looking for matching `)'", true);
  }
}

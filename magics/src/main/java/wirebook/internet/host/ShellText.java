// Above 500 lines: one grammar.
package wirebook.internet.host;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the part of the shell's language that a person types at a prompt (POSIX.1-2024, Shell
 * Command Language): lists, pipelines, redirections, groups, {@code if}, {@code for}, {@code
 * while}, {@code case}, functions, arithmetic. What else bash knows is named. Words stay as they
 * are written; they are expanded when they run.
 */
final class ShellText {
  private static final Set<String> OPERATORS =
      Set.of(";", "&&", "||", "|", "&", "(", ")", "\n", ";;");
  private static final Set<String> ENDS =
      Set.of("}", "fi", "then", "else", "elif", "do", "done", "esac", ";;");
  private static final Set<String> NOT_DONE = Set.of("select", "coproc", "[[", "let", "declare");
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

    /** In a shell of its own. */
    record Apart(Node body) implements Node {}

    record If(Node condition, Node then, Optional<Node> otherwise) implements Node {}

    /** The body, with each of the words that become of {@code words} in the variable. */
    record For(String variable, List<String> words, Node body) implements Node {}

    /**
     * @param until whether it goes on until the condition holds, else while it does
     */
    record While(Node condition, boolean until, Node body) implements Node {}

    record Not(Node body) implements Node {}

    /** The body of the first branch that has a pattern which the word fits. */
    record Case(String word, List<Branch> branches) implements Node {}

    record Function(String name, Node body) implements Node {}

    /** {@code ((…))}: succeeds when it is not 0. */
    record Arithmetic(String expression) implements Node {}

    /** {@code for ((first; condition; step))}. */
    record Counted(String first, String condition, String step, Node body) implements Node {}
  }

  /** What one of {@code case} does. */
  record Branch(List<String> patterns, Node body) {}

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
      newlines();
      left = new Node.Either(left, and, pipe());
    }
    return left;
  }

  private Node pipe() throws SyntaxError {
    boolean not = take("!");
    List<Node> parts = new ArrayList<>(List.of(command()));
    while (take("|")) {
      newlines();
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
    if (take("(")) {
      Node body = list();
      expect(")");
      return new Node.Group(new Node.Apart(body), redirections());
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
    if (take("case")) {
      return with(branches());
    }
    if (take("function")) {
      return function(peek(), next("(") ? 3 : 1);
    }
    if (peek().startsWith("((")) {
      return new Node.Arithmetic(inner(tokens.get(at++)));
    }
    if (NOT_DONE.contains(peek())) {
      throw notDone(peek());
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
      return function(words.getFirst(), 2);
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

  private Node branches() throws SyntaxError {
    String word = peek();
    at++;
    newlines();
    expect("in");
    newlines();
    List<Branch> branches = new ArrayList<>();
    while (!take("esac")) {
      take("(");
      List<String> patterns = new ArrayList<>();
      do {
        if (at == tokens.size() || OPERATORS.contains(peek())) {
          expect("esac");
        }
        patterns.add(tokens.get(at++));
      } while (take("|"));
      expect(")");
      branches.add(new Branch(List.copyOf(patterns), list()));
      if (!peek().equals("esac")) {
        expect(";;");
      }
      newlines();
    }
    return new Node.Case(word, List.copyOf(branches));
  }

  /**
   * @param head so many tokens stand before the body
   */
  private Node function(String name, int head) throws SyntaxError {
    at += head;
    newlines();
    return new Node.Function(name, command());
  }

  private void newlines() {
    while (take("\n")) {
      // The command may stand on the next line.
    }
  }

  /** Without the two parentheses on each side. */
  private static String inner(String arithmetic) {
    return arithmetic.substring(2, arithmetic.length() - 2);
  }

  private Node loop() throws SyntaxError {
    String variable = peek();
    if (variable.startsWith("((")) {
      List<String> parts = List.of(inner(variable).split(";", -1));
      if (parts.size() != 3) {
        throw new SyntaxError("syntax error: arithmetic expression required", false);
      }
      at++;
      return new Node.Counted(parts.get(0), parts.get(1), parts.get(2), body());
    }
    if (!variable.matches("[A-Za-z_]\\w*")) {
      throw new SyntaxError("`" + variable + "': not a valid identifier", variable.isEmpty());
    }
    at++;
    List<String> words = new ArrayList<>();
    newlines();
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
            + " redirections, if, for, while, case, functions and arithmetic",
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
      } else if (text.startsWith("$(", i) || text.startsWith("${", i)) {
        int end = text.charAt(i + 1) == '(' ? parenthesis(text, i + 1) : brace(text, i + 1);
        word.append(text, i, end);
        i = end;
      } else if (c == ' ' || c == '\t' || c == '\r') {
        flush(tokens, word);
        i++;
      } else if (c == '#' && word.isEmpty()) {
        int end = text.indexOf('\n', i);
        i = end < 0 ? text.length() : end;
      } else if (word.isEmpty() && arithmetic(text, i)) {
        int end = parenthesis(text, i);
        tokens.add(text.substring(i, end));
        i = end;
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

  /** Behind the brace that closes the one at {@code open}. */
  static int brace(String raw, int open) throws SyntaxError {
    int level = 0;
    for (int i = open; i < raw.length(); i = past(raw, i)) {
      level += raw.charAt(i) == '{' ? 1 : raw.charAt(i) == '}' ? -1 : 0;
      if (level == 0) {
        return i + 1;
      }
    }
    throw new SyntaxError("unexpected EOF while looking for matching `}'", true);
  }

  /** Whether two parentheses begin there that end together. */
  static boolean arithmetic(String text, int at) throws SyntaxError {
    return text.startsWith("((", at) && parenthesis(text, at) == parenthesis(text, at + 1) + 1;
  }

  private static void flush(List<String> tokens, StringBuilder word) {
    if (!word.isEmpty()) {
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

  /** Behind the character there, or behind what is quoted there. */
  static int past(String raw, int at) throws SyntaxError {
    return switch (raw.charAt(at)) {
      case '\\' -> at + 2;
      case '\'', '"', '`' -> close(raw, at);
      case '$' -> raw.startsWith("$(", at) ? parenthesis(raw, at + 1) : at + 1;
      default -> at + 1;
    };
  }
}

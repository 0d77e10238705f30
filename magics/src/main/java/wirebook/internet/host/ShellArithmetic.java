package wirebook.internet.host;

import java.util.List;
import java.util.Map;
import wirebook.internet.host.ShellText.SyntaxError;

/**
 * The shell's arithmetic, of whole numbers of 64 bits (POSIX.1-2024, Shell Command Language, 2.6.4,
 * with bash's {@code **}, {@code ++} and {@code ,}).
 */
final class ShellArithmetic {
  /** The ones that bind least first. */
  private static final List<List<String>> OPERATORS =
      List.of(
          List.of("||"),
          List.of("&&"),
          List.of("|"),
          List.of("^"),
          List.of("&"),
          List.of("==", "!="),
          List.of("<=", ">=", "<", ">"),
          List.of("<<", ">>"),
          List.of("+", "-"),
          List.of("*", "/", "%"));

  /** No operator reaches into another one. */
  private static final List<String> SIGNS =
      List.of(
          "<<=", ">>=", "**", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "+=",
          "-=", "*=", "/=", "%=", "&=", "^=", "|=");

  private static final int DEEPEST = 50;

  private final String text;
  private final Map<String, String> variables;
  private int at;
  private int depth;

  /** Above 0 where what is read is not evaluated. */
  private int idle;

  private ShellArithmetic(String text, Map<String, String> variables, int depth) {
    this.text = text;
    this.variables = variables;
    this.depth = depth;
  }

  /**
   * @param variables assignments change them
   */
  static long of(String text, Map<String, String> variables) throws SyntaxError {
    return of(text, variables, 0);
  }

  private static long of(String text, Map<String, String> variables, int depth) throws SyntaxError {
    ShellArithmetic reader = new ShellArithmetic(text, variables, depth);
    if (text.isBlank()) {
      return 0;
    }
    long value = reader.list();
    if (!reader.peek().isEmpty()) {
      throw reader.error("syntax error in expression");
    }
    return value;
  }

  private SyntaxError error(String what) {
    return new SyntaxError(
        text.strip() + ": " + what + " (error token is \"" + text.substring(at).strip() + "\")",
        false);
  }

  /** The operator, or the first character of what else comes; empty at the end. */
  private String peek() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    return SIGNS.stream()
        .filter(s -> text.startsWith(s, at))
        .findFirst()
        .orElseGet(() -> text.substring(at, Math.min(at + 1, text.length())));
  }

  private boolean take(String token) {
    boolean there = peek().equals(token);
    at += there ? token.length() : 0;
    return there;
  }

  private long list() throws SyntaxError {
    long value = choice();
    while (take(",")) {
      value = choice();
    }
    return value;
  }

  /** An assignment begins with a name, and is found where that is read. */
  private long choice() throws SyntaxError {
    if (++depth > DEEPEST) {
      throw error("expression recursion level exceeded");
    }
    long condition = binary(0);
    if (take("?")) {
      long then = unless(condition == 0, this::list);
      if (!take(":")) {
        throw error("`:' expected for conditional expression");
      }
      long otherwise = unless(condition != 0, this::choice);
      condition = condition != 0 ? then : otherwise;
    }
    depth--;
    return condition;
  }

  private interface Part {
    long value() throws SyntaxError;
  }

  private long unless(boolean skipped, Part part) throws SyntaxError {
    idle += skipped ? 1 : 0;
    long value = part.value();
    idle -= skipped ? 1 : 0;
    return value;
  }

  private long binary(int level) throws SyntaxError {
    if (level == OPERATORS.size()) {
      return power();
    }
    long left = binary(level + 1);
    while (OPERATORS.get(level).contains(peek())) {
      String operator = peek();
      at += operator.length();
      boolean decided =
          (operator.equals("||") && left != 0) || (operator.equals("&&") && left == 0);
      long right = unless(decided, () -> binary(level + 1));
      left = result(left, operator, right);
    }
    return left;
  }

  private long power() throws SyntaxError {
    long base = unary();
    return take("**") ? result(base, "**", power()) : base;
  }

  private long result(long left, String operator, long right) throws SyntaxError {
    if (right == 0 && (operator.equals("/") || operator.equals("%"))) {
      if (idle > 0) {
        return 0;
      }
      throw error("division by 0");
    }
    return switch (operator) {
      case "||" -> left != 0 || right != 0 ? 1 : 0;
      case "&&" -> left != 0 && right != 0 ? 1 : 0;
      case "|" -> left | right;
      case "^" -> left ^ right;
      case "&" -> left & right;
      case "==" -> left == right ? 1 : 0;
      case "!=" -> left != right ? 1 : 0;
      case "<=" -> left <= right ? 1 : 0;
      case ">=" -> left >= right ? 1 : 0;
      case "<" -> left < right ? 1 : 0;
      case ">" -> left > right ? 1 : 0;
      case "<<" -> left << right;
      case ">>" -> left >> right;
      case "+" -> left + right;
      case "-" -> left - right;
      case "*" -> left * right;
      case "/" -> left / right;
      case "%" -> left % right;
      case "**" -> {
        if (right < 0) {
          throw error("exponent less than 0");
        }
        long product = 1;
        for (long factor = left, rest = right; rest > 0; rest >>= 1, factor *= factor) {
          product *= (rest & 1) == 1 ? factor : 1;
        }
        yield product;
      }
      default -> throw error("syntax error: invalid arithmetic operator");
    };
  }

  private long unary() throws SyntaxError {
    if (++depth > DEEPEST) {
      throw error("expression recursion level exceeded");
    }
    long value;
    String sign = peek();
    switch (sign) {
      case "+", "-", "!", "~" -> {
        at++;
        long of = unary();
        value =
            switch (sign) {
              case "-" -> -of;
              case "!" -> of == 0 ? 1 : 0;
              case "~" -> ~of;
              default -> of;
            };
      }
      case "++", "--" -> {
        at += 2;
        String name = name();
        value = put(name, variable(name) + (sign.equals("++") ? 1 : -1));
      }
      case "(" -> {
        at++;
        value = list();
        if (!take(")")) {
          throw error("missing `)'");
        }
      }
      default -> value = Character.isDigit(first(sign)) ? number() : named();
    }
    depth--;
    return value;
  }

  private static char first(String token) {
    return token.isEmpty() ? ' ' : token.charAt(0);
  }

  private String name() throws SyntaxError {
    peek();
    String word = word();
    if (word.isEmpty() || Character.isDigit(word.charAt(0))) {
      at -= word.length();
      throw error("syntax error: operand expected");
    }
    return word;
  }

  private String word() {
    int begin = at;
    while (at < text.length()
        && (Character.isLetterOrDigit(text.charAt(at)) || "_#".indexOf(text.charAt(at)) >= 0)) {
      at++;
    }
    return text.substring(begin, at);
  }

  private long number() throws SyntaxError {
    String word = word();
    int hash = word.indexOf('#');
    try {
      return hash > 0
          ? Long.parseLong(word.substring(hash + 1), Integer.parseInt(word.substring(0, hash)))
          : word.matches("0[xX].+")
              ? Long.parseUnsignedLong(word.substring(2), 16)
              : word.matches("0.+") ? Long.parseLong(word, 8) : Long.parseLong(word);
    } catch (NumberFormatException e) {
      at -= word.length();
      throw error("value too great for base");
    }
  }

  private long named() throws SyntaxError {
    String name = name();
    String sign = peek();
    if (sign.equals("++") || sign.equals("--")) {
      at += 2;
      long before = variable(name);
      put(name, before + (sign.equals("++") ? 1 : -1));
      return before;
    }
    if (!sign.endsWith("=") || OPERATORS.stream().anyMatch(o -> o.contains(sign))) {
      return variable(name);
    }
    at += sign.length();
    long value = choice();
    String operator = sign.substring(0, sign.length() - 1);
    return put(name, operator.isEmpty() ? value : result(variable(name), operator, value));
  }

  /** A variable's value is an expression itself. */
  private long variable(String name) throws SyntaxError {
    return idle > 0 ? 0 : of(variables.getOrDefault(name, ""), variables, depth + 1);
  }

  private long put(String name, long value) {
    if (idle == 0) {
      variables.put(name, String.valueOf(value));
    }
    return value;
  }
}

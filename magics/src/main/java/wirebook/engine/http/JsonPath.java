package wirebook.engine.http;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import wirebook.codec.Json;

/**
 * Finds values in a JSON text (RFC 8259) by a path as RFC 9535 has them: names, indices, wildcards,
 * slices, unions, {@code ..}, and filters of comparisons. A path without {@code $} begins at the
 * root too.
 */
public final class JsonPath {
  private static final Pattern INDEX = Pattern.compile("-?\\d+");

  private final String path;
  private int at;

  private JsonPath(String path) {
    this.path = path;
  }

  /** What looking for a path came to. */
  public sealed interface Found {
    /** The values; none when nothing is there. */
    record Values(List<Json> values) implements Found {
      public Values {
        values = List.copyOf(values);
      }
    }

    /** The text is no JSON. */
    record NoJson(String why) implements Found {}

    /** The path is none. */
    record NoPath(String why) implements Found {}
  }

  /**
   * The first value at {@code path}, such as {@code $.items[0].id}: strings without quotes, the
   * rest as JSON; empty when nothing is there, or the text is no JSON, or the path none.
   */
  public static Optional<String> find(String json, String path) {
    return findAll(json, path) instanceof Found.Values(List<Json> values)
        ? values.stream().map(Json::text).findFirst()
        : Optional.empty();
  }

  /** All values at {@code path}, in the text's order. */
  public static Found findAll(String json, String path) {
    Json root;
    try {
      root = Json.parse(json);
    } catch (Json.Malformed e) {
      return new Found.NoJson(String.valueOf(e.getMessage()));
    }
    try {
      return new Found.Values(new JsonPath(path.strip()).select(root));
    } catch (IllegalArgumentException e) {
      return new Found.NoPath(Objects.requireNonNullElse(e.getMessage(), ""));
    }
  }

  private List<Json> select(Json root) {
    List<Json> nodes = List.of(root);
    if (!skip("$") && at < path.length() && path.charAt(at) != '[') {
      nodes = children(nodes, name());
    }
    while (at < path.length()) {
      nodes = step(nodes, root);
    }
    return nodes;
  }

  private List<Json> step(List<Json> from, Json root) {
    List<Json> nodes = from;
    if (skip("..")) {
      nodes = new ArrayList<>();
      for (Json one : from) {
        descend(one, nodes);
      }
      if (at < path.length() && path.charAt(at) == '[') {
        return brackets(nodes, root);
      }
      return children(nodes, name());
    }
    if (skip(".")) {
      return children(nodes, name());
    }
    if (path.charAt(at) == '[') {
      return brackets(nodes, root);
    }
    throw wrong("a . or [ belongs there");
  }

  private static void descend(Json node, List<Json> into) {
    into.add(node);
    node.parts().forEach(child -> descend(child, into));
  }

  private static List<Json> children(List<Json> nodes, String name) {
    List<Json> found = new ArrayList<>();
    for (Json node : nodes) {
      if (name.equals("*")) {
        found.addAll(node.parts());
      } else if (node instanceof Json.Obj object && object.has(name)) {
        found.add(object.get(name));
      }
    }
    return found;
  }

  private String name() {
    int start = at;
    while (at < path.length() && ".[]=!<>&|() ".indexOf(path.charAt(at)) < 0) {
      at++;
    }
    if (start == at) {
      throw wrong("a name belongs there");
    }
    return path.substring(start, at);
  }

  /** {@code ['name', 2]}, {@code [1:5:2]}, {@code [*]}, {@code [?@.price < 10]}. */
  private List<Json> brackets(List<Json> nodes, Json root) {
    at++;
    List<Json> found = new ArrayList<>();
    do {
      blanks();
      if (skip("?")) {
        Predicate<Json> filter = or(root);
        for (Json node : nodes) {
          node.parts().stream().filter(filter).forEach(found::add);
        }
      } else if (at < path.length() && "'\"".indexOf(path.charAt(at)) >= 0) {
        found.addAll(children(nodes, quoted()));
      } else {
        int start = at;
        while (at < path.length() && ",]".indexOf(path.charAt(at)) < 0) {
          at++;
        }
        String inside = path.substring(start, at).strip();
        for (Json node : nodes) {
          found.addAll(indexed(node, inside));
        }
      }
      blanks();
    } while (skip(","));
    if (!skip("]")) {
      throw wrong("the ] is missing");
    }
    return found;
  }

  private List<Json> indexed(Json node, String inside) {
    if (inside.equals("*")) {
      return node.parts();
    }
    String[] parts = inside.split(":", -1);
    for (String part : parts) {
      if (!INDEX.matcher(part.strip()).matches() && (parts.length == 1 || !part.isBlank())) {
        throw wrong("\"" + inside + "\" is no index, slice, 'name' or ?filter");
      }
    }
    if (parts.length > 3) {
      throw wrong("a slice has at most three numbers");
    }
    if (!(node instanceof Json.Arr(List<Json> array))) {
      return List.of();
    }
    int size = array.size();
    if (parts.length == 1) {
      int index = number(parts[0], 0);
      index = index < 0 ? size + index : index;
      return index >= 0 && index < size ? List.of(array.get(index)) : List.of();
    }
    // RFC 9535, 2.3.4.2.2
    int step = parts.length == 3 ? number(parts[2], 1) : 1;
    List<Json> found = new ArrayList<>();
    if (step == 0) {
      return found;
    }
    int start = number(parts[0], step > 0 ? 0 : size - 1);
    int end = number(parts[1], step > 0 ? size : -size - 1);
    start = start < 0 ? size + start : start;
    end = end < 0 ? size + end : end;
    if (step > 0) {
      for (long i = Math.max(start, 0); i < Math.min(end, size); i += step) {
        found.add(array.get((int) i));
      }
    } else {
      for (long i = Math.min(start, size - 1); i > Math.max(end, -1); i += step) {
        found.add(array.get((int) i));
      }
    }
    return found;
  }

  private int number(String text, int otherwise) {
    try {
      return text.isBlank() ? otherwise : Integer.parseInt(text.strip());
    } catch (NumberFormatException e) {
      throw wrong(text + " is too large a number");
    }
  }

  private Predicate<Json> or(Json root) {
    Predicate<Json> one = and(root);
    while (skip("||")) {
      one = one.or(and(root));
    }
    return one;
  }

  private Predicate<Json> and(Json root) {
    Predicate<Json> one = test(root);
    while (skip("&&")) {
      one = one.and(test(root));
    }
    return one;
  }

  private Predicate<Json> test(Json root) {
    blanks();
    if (skip("!")) {
      return test(root).negate();
    }
    if (skip("(")) {
      Predicate<Json> inner = or(root);
      if (!skip(")")) {
        throw wrong("the ) is missing");
      }
      blanks();
      return inner;
    }
    Operand left = operand(root);
    blanks();
    for (String operator : List.of("==", "!=", "<=", ">=", "=~", "<", ">")) {
      if (skip(operator)) {
        blanks();
        Operand right = operand(root);
        blanks();
        return node -> compare(operator, left.of(node), right.of(node));
      }
    }
    return node -> left.of(node).isPresent();
  }

  /** One side of a comparison: what it is for a node, if anything. */
  private interface Operand {
    Optional<Json> of(Json node);
  }

  private Operand operand(Json root) {
    if (at >= path.length()) {
      throw wrong("a value belongs there");
    }
    char c = path.charAt(at);
    if (c == '@' || c == '$') {
      int start = ++at;
      // Read once for its end; each node walks it anew.
      walk(List.of(Json.Null.VALUE), root);
      String steps = path.substring(start, at);
      return node ->
          new JsonPath(steps).walk(List.of(c == '@' ? node : root), root).stream().findFirst();
    }
    Json literal;
    if (c == '\'' || c == '"') {
      literal = Json.of(quoted());
    } else if (c == '/') {
      int end = path.indexOf('/', at + 1);
      if (end < 0) {
        throw wrong("the / that ends the pattern is missing");
      }
      literal = Json.of(path.substring(at + 1, end));
      at = end + 1;
    } else {
      int start = at;
      while (at < path.length() && " )]&|=!<>".indexOf(path.charAt(at)) < 0) {
        at++;
      }
      String word = path.substring(start, at);
      try {
        literal =
            switch (word) {
              case "true" -> Json.of(true);
              case "false" -> Json.of(false);
              case "null" -> Json.Null.VALUE;
              default -> Json.of(new BigDecimal(word));
            };
      } catch (NumberFormatException e) {
        throw wrong("\"" + word + "\" is no value: @.name, 'text', 12, true, null");
      }
    }
    return node -> Optional.of(literal);
  }

  /** Steps as long as there are some. */
  private List<Json> walk(List<Json> from, Json root) {
    List<Json> nodes = from;
    while (at < path.length() && (path.charAt(at) == '.' || path.charAt(at) == '[')) {
      nodes = step(nodes, root);
    }
    return nodes;
  }

  private static boolean compare(String operator, Optional<Json> left, Optional<Json> right) {
    boolean equal =
        left.isPresent() == right.isPresent()
            && (left.isEmpty() || order(left.get(), right.get()).filter(o -> o == 0).isPresent());
    Optional<Integer> order = left.flatMap(l -> right.flatMap(r -> order(l, r)));
    return switch (operator) {
      case "==" -> equal;
      case "!=" -> !equal;
      case "<" -> order.filter(o -> o < 0).isPresent();
      case ">" -> order.filter(o -> o > 0).isPresent();
      case "<=" -> order.filter(o -> o <= 0).isPresent();
      case ">=" -> order.filter(o -> o >= 0).isPresent();
      default -> matches(left, right);
    };
  }

  private static boolean matches(Optional<Json> text, Optional<Json> pattern) {
    try {
      return text.isPresent()
          && pattern.isPresent()
          && Pattern.compile(pattern.get().text()).matcher(text.get().text()).find();
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(e.getDescription(), e);
    }
  }

  /** Empty where there is no order; other values than numbers and strings are equal or nothing. */
  private static Optional<Integer> order(Json left, Json right) {
    if (left instanceof Json.Num l && right instanceof Json.Num r) {
      return l.decimal().flatMap(n -> r.decimal().map(n::compareTo));
    }
    if (left instanceof Json.Text(String l) && right instanceof Json.Text(String r)) {
      return Optional.of(l.compareTo(r));
    }
    return left.equals(right) ? Optional.of(0) : Optional.empty();
  }

  private String quoted() {
    char quote = path.charAt(at++);
    StringBuilder text = new StringBuilder();
    while (at < path.length() && path.charAt(at) != quote) {
      if (path.charAt(at) == '\\' && at + 1 < path.length()) {
        at++;
      }
      text.append(path.charAt(at++));
    }
    if (!skip(String.valueOf(quote))) {
      throw wrong("the quote " + quote + " is not closed");
    }
    return text.toString();
  }

  private void blanks() {
    while (at < path.length() && path.charAt(at) == ' ') {
      at++;
    }
  }

  private boolean skip(String text) {
    if (path.startsWith(text, at)) {
      at += text.length();
      return true;
    }
    return false;
  }

  private IllegalArgumentException wrong(String what) {
    return new IllegalArgumentException(what + ", behind \"" + path.substring(0, at) + "\"");
  }
}

package wirebook.engine.shell;

import static wirebook.engine.shell.JqFunctions.constant;
import static wirebook.engine.shell.JqValues.NULL;
import static wirebook.engine.shell.JqValues.ORDER;
import static wirebook.engine.shell.JqValues.array;
import static wirebook.engine.shell.JqValues.at;
import static wirebook.engine.shell.JqValues.bool;
import static wirebook.engine.shell.JqValues.is;
import static wirebook.engine.shell.JqValues.key;
import static wirebook.engine.shell.JqValues.number;
import static wirebook.engine.shell.JqValues.order;
import static wirebook.engine.shell.JqValues.real;
import static wirebook.engine.shell.JqValues.shown;
import static wirebook.engine.shell.JqValues.slice;
import static wirebook.engine.shell.JqValues.string;
import static wirebook.engine.shell.JqValues.truth;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.stream.Stream;
import wirebook.codec.Json;
import wirebook.engine.shell.Jq.Values;
import wirebook.engine.shell.Jq.Wrong;
import wirebook.spi.MagicException;
import wirebook.spi.Word;

/** Makes of jq's language (its manual, version 1.6) what runs. */
final class JqParser {
  private final String text;
  private final Word place;
  private int at;

  private JqParser(String text, Word place) {
    this.text = text;
    this.place = place;
  }

  static Values parse(String text, Word place) {
    JqParser parser = new JqParser(text, place);
    Values filter = parser.pipe();
    if (parser.peek() != 0) {
      throw parser.wrong("nothing is done here for \"" + text.substring(parser.at) + "\"");
    }
    return filter;
  }

  private MagicException wrong(String what) {
    return CommandLine.wrong(
        place,
        "nothing is sent: in jq's filter " + what,
        "A simple path works, jq '.a[0].b'; for more keep the value, var r = %curl …, and go on in"
            + " Java.");
  }

  // ---- words --------------------------------------------------------------------------------

  private char peek() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    return at < text.length() ? text.charAt(at) : 0;
  }

  private boolean skip(String token) {
    peek();
    if (!text.startsWith(token, at)) {
      return false;
    }
    int end = at + token.length();
    boolean word = Character.isLetter(token.charAt(0));
    if (word && end < text.length() && Character.isLetterOrDigit(text.charAt(end))) {
      return false;
    }
    at = end;
    return true;
  }

  private void need(String token) {
    if (!skip(token)) {
      throw wrong(token + " is missing behind \"" + text.substring(0, at) + "\"");
    }
  }

  private String name() {
    int start = at;
    while (at < text.length()
        && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_')) {
      at++;
    }
    return text.substring(start, at);
  }

  // ---- operators, the weakest first -----------------------------------------------------------

  private Values pipe() {
    Values left = comma();
    if (peek() == '|') {
      at++;
      Values right = pipe();
      return in -> left.of(in).flatMap(right::of);
    }
    return left;
  }

  private Values comma() {
    Values left = alternative();
    if (peek() == ',') {
      at++;
      Values right = comma();
      return in -> Stream.concat(left.of(in), right.of(in));
    }
    return left;
  }

  private Values alternative() {
    Values left = or();
    if (skip("//")) {
      Values right = alternative();
      return in -> {
        List<Json> good = left.of(in).filter(JqValues::truth).toList();
        return good.isEmpty() ? right.of(in) : good.stream();
      };
    }
    return left;
  }

  private Values or() {
    Values left = and();
    if (skip("or")) {
      Values right = or();
      return in ->
          left.of(in).flatMap(l -> truth(l) ? bool(true) : right.of(in).map(r -> is(truth(r))));
    }
    return left;
  }

  private Values and() {
    Values left = comparison();
    if (skip("and")) {
      Values right = and();
      return in ->
          left.of(in).flatMap(l -> truth(l) ? right.of(in).map(r -> is(truth(r))) : bool(false));
    }
    return left;
  }

  private Values comparison() {
    Values left = sum();
    for (String operator : List.of("==", "!=", "<=", ">=", "<", ">")) {
      if (skip(operator)) {
        return both(left, sum(), (l, r) -> is(holds(operator, ORDER.compare(l, r))));
      }
    }
    return left;
  }

  private static boolean holds(String operator, int order) {
    return switch (operator) {
      case "==" -> order == 0;
      case "!=" -> order != 0;
      case "<=" -> order <= 0;
      case ">=" -> order >= 0;
      case "<" -> order < 0;
      default -> order > 0;
    };
  }

  private Values sum() {
    Values left = product();
    while (true) {
      if (peek() == '+') {
        at++;
        left = both(left, product(), JqValues::plus);
      } else if (peek() == '-') {
        at++;
        left = both(left, product(), (l, r) -> number(real(l) - real(r)));
      } else {
        return left;
      }
    }
  }

  private Values product() {
    Values left = postfix();
    while (true) {
      if (peek() == '*') {
        at++;
        left = both(left, postfix(), (l, r) -> number(real(l) * real(r)));
      } else if (peek() == '/' && !text.startsWith("//", at)) {
        at++;
        left = both(left, postfix(), (l, r) -> number(real(l) / real(r)));
      } else {
        return left;
      }
    }
  }

  private static Values both(Values left, Values right, BinaryOperator<Json> operator) {
    return in -> right.of(in).flatMap(r -> left.of(in).map(l -> operator.apply(l, r)));
  }

  // ---- paths --------------------------------------------------------------------------------

  private Values postfix() {
    Values filter = term();
    while (at < text.length()) {
      Values before = filter;
      if (text.charAt(at) == '?') {
        at++;
        filter =
            in -> {
              try {
                return before.of(in).toList().stream();
              } catch (Wrong e) {
                return Stream.empty();
              }
            };
      } else if (text.charAt(at) == '[') {
        filter = brackets(before);
      } else if (text.charAt(at) == '.'
          && at + 1 < text.length()
          && (Character.isLetter(text.charAt(at + 1))
              || "_\"[".indexOf(text.charAt(at + 1)) >= 0)) {
        at++;
        if (text.charAt(at) != '[') {
          filter = member(before);
        }
      } else {
        return filter;
      }
    }
    return filter;
  }

  private Values member(Values of) {
    Values key = text.charAt(at) == '"' ? quoted() : constant(Json.of(name()));
    return in -> of.of(in).flatMap(value -> key.of(in).map(k -> at(value, k)));
  }

  private Values brackets(Values of) {
    at++;
    if (skip("]")) {
      return in -> of.of(in).flatMap(JqValues::each);
    }
    Values from = peek() == ':' ? constant(NULL) : pipe();
    if (skip(":")) {
      Values to = peek() == ']' ? constant(NULL) : pipe();
      need("]");
      return in ->
          of.of(in)
              .flatMap(value -> from.of(in).flatMap(f -> to.of(in).map(t -> slice(value, f, t))));
    }
    need("]");
    return in -> of.of(in).flatMap(value -> from.of(in).map(k -> at(value, k)));
  }

  // ---- terms --------------------------------------------------------------------------------

  private Values term() {
    char c = peek();
    if (text.startsWith("..", at)) {
      at += 2;
      return JqValues::recurse;
    }
    if (c == '.') {
      at++;
      boolean named =
          at < text.length()
              && (Character.isLetter(text.charAt(at)) || "_\"".indexOf(text.charAt(at)) >= 0);
      return named ? member(Stream::of) : Stream::of;
    }
    if (c == '"') {
      return quoted();
    }
    if (c == '(') {
      at++;
      Values inner = pipe();
      need(")");
      return inner;
    }
    if (c == '[') {
      at++;
      if (skip("]")) {
        return in -> Stream.of(Json.Arr.EMPTY);
      }
      Values inner = pipe();
      need("]");
      return in -> Stream.of(array(inner.of(in)));
    }
    if (c == '{') {
      return object();
    }
    if (c == '-') {
      at++;
      Values inner = postfix();
      return in -> inner.of(in).map(v -> number(-real(v)));
    }
    if (Character.isDigit(c)) {
      int start = at;
      while (at < text.length() && "0123456789.eE".indexOf(text.charAt(at)) >= 0) {
        at++;
      }
      return constant(Json.of(new BigDecimal(text.substring(start, at))));
    }
    if (Character.isLetter(c)) {
      return function();
    }
    throw wrong(
        c == 0
            ? "something is missing at its end"
            : "nothing is done here for \"" + text.substring(at) + "\"");
  }

  /** Also with {@code \(.a)} in it. */
  private Values quoted() {
    at++;
    Values all = constant(Json.of(""));
    StringBuilder run = new StringBuilder();
    while (at < text.length() && text.charAt(at) != '"') {
      char c = text.charAt(at++);
      if (c != '\\' || at == text.length()) {
        run.append(c);
        continue;
      }
      char e = text.charAt(at++);
      switch (e) {
        case 'n' -> run.append('\n');
        case 't' -> run.append('\t');
        case 'r' -> run.append('\r');
        case '(' -> {
          Values inner = pipe();
          need(")");
          String before = run.toString();
          run.setLength(0);
          all = both(all, in -> inner.of(in).map(v -> Json.of(before + shown(v))), JqValues::plus);
        }
        default -> run.append(e);
      }
    }
    if (at == text.length()) {
      throw wrong("a quote is not closed");
    }
    at++;
    return both(all, constant(Json.of(run.toString())), JqValues::plus);
  }

  /** {@code {name, id: .x, (.key): 1}}. */
  private Values object() {
    at++;
    Values all = in -> Stream.of(Json.Obj.EMPTY);
    while (!skip("}")) {
      Values key;
      Values value;
      char c = peek();
      if (c == '(') {
        at++;
        key = pipe();
        need(")");
        need(":");
        value = alternative();
      } else {
        key = c == '"' ? quoted() : constant(Json.of(name()));
        Values named = key;
        value = skip(":") ? alternative() : in -> named.of(in).map(k -> at(in, k));
      }
      Values before = all;
      Values k = key;
      all =
          in ->
              before
                  .of(in)
                  .flatMap(
                      o ->
                          k.of(in)
                              .flatMap(
                                  n ->
                                      value
                                          .of(in)
                                          .map(
                                              v -> {
                                                return ((Json.Obj) o).with(string(n), v);
                                              })));
      if (!skip(",")) {
        need("}");
        break;
      }
    }
    return all;
  }

  private Values function() {
    String name = name();
    if (name.equals("if")) {
      return condition();
    }
    List<Values> arguments = new ArrayList<>();
    if (peek() == '(') {
      do {
        at++;
        arguments.add(pipe());
      } while (peek() == ';');
      need(")");
    }
    return JqFunctions.of(name, arguments)
        .orElseThrow(() -> wrong("there is no " + name + " here"));
  }

  private Values condition() {
    Values test = pipe();
    need("then");
    Values yes = pipe();
    Values no = Stream::of;
    if (skip("elif")) {
      no = condition();
    } else {
      if (skip("else")) {
        no = pipe();
      }
      need("end");
    }
    Values otherwise = no;
    return in -> test.of(in).flatMap(t -> truth(t) ? yes.of(in) : otherwise.of(in));
  }
}

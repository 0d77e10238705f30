// Above 500 lines: one grammar, from the weakest operator to the strongest.
package wirebook.engine.http.file;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import wirebook.codec.Json;
import wirebook.engine.http.file.Script.Run;
import wirebook.engine.http.file.Script.Statement;
import wirebook.engine.http.file.Script.Value;
import wirebook.spi.Diagnostic;
import wirebook.spi.MagicException;
import wirebook.spi.Span;

/** Reads response handlers; see {@link Script} for what they may have. */
final class ScriptParser {
  private static final Pattern TOKEN =
      Pattern.compile(
          "\\s+|//[^\n]*|/\\*(?s:.*?)\\*/"
              + "|(?<word>[A-Za-z_$][\\w$]*)|(?<number>\\d+(?:\\.\\d+)?)"
              + "|(?<string>\"(?:[^\"\\\\\\n]|\\\\.)*\"|'(?:[^'\\\\\\n]|\\\\.)*'|`(?:[^`\\\\]|\\\\.)*`)"
              + "|(?<sign>===|!==|==|!=|<=|>=|=>|&&|\\|\\||\\?\\.|[-+*/!<>=.,;:?(){}\\[\\]])");
  private static final String END = "the end";

  private final String text;
  private final int offset;

  /** Whether there is a response to look at. */
  private final boolean answered;

  private int at;

  /** The next token, and where it stands. */
  private String token = END;

  private boolean isString;
  private int start;

  ScriptParser(String text, int offset, boolean answered) {
    this.answered = answered;
    this.text = text;
    this.offset = offset;
    next();
  }

  private void next() {
    Matcher m = TOKEN.matcher(text);
    while (at < text.length()) {
      if (!m.region(at, text.length()).lookingAt()) {
        start = at;
        throw wrong(text.substring(at, at + 1));
      }
      start = at;
      at = m.end();
      isString = m.group("string") != null;
      if (m.group("word") != null
          || m.group("number") != null
          || isString
          || m.group("sign") != null) {
        token = m.group();
        return;
      }
    }
    start = text.length();
    isString = false;
    token = END;
  }

  private MagicException wrong(String what) {
    int from = offset + Math.min(start, text.length());
    return new MagicException(
        new Diagnostic(
            "HTTP007",
            new Span(
                from,
                from + (what.equals(END) ? 0 : Math.min(what.length(), text.length() - start))),
            (answered ? "the response handler" : "the script")
                + " goes further than what is run here, at "
                + what,
            "There are client.global.set(\"name\", response.body.path), request.variables.set, client.test, client.assert,"
                + " client.log, if and comparisons; for more use the value of %%http in Java."));
  }

  private boolean is(String sign) {
    return !isString && token.equals(sign);
  }

  private boolean skip(String sign) {
    if (is(sign)) {
      next();
      return true;
    }
    return false;
  }

  private void need(String sign) {
    if (!skip(sign)) {
      throw wrong(token);
    }
  }

  private String word() {
    String word = token;
    if (isString || !Character.isJavaIdentifierStart(word.charAt(0)) || word.equals(END)) {
      throw wrong(word);
    }
    next();
    return word;
  }

  List<Statement> statements() {
    List<Statement> all = new ArrayList<>();
    while (!is(END) && !is("}")) {
      if (!skip(";")) {
        all.add(statement());
      }
    }
    if (is("}")) {
      throw wrong("}");
    }
    return all;
  }

  private List<Statement> block() {
    if (!skip("{")) {
      return List.of(statement());
    }
    List<Statement> all = new ArrayList<>();
    while (!skip("}")) {
      if (is(END)) {
        throw wrong(END);
      }
      if (!skip(";")) {
        all.add(statement());
      }
    }
    return all;
  }

  private Statement statement() {
    if (skip("if")) {
      need("(");
      Value condition = expression();
      need(")");
      List<Statement> yes = block();
      List<Statement> no = skip("else") ? block() : List.of();
      return run -> (Script.truth(condition.of(run)) ? yes : no).forEach(s -> s.run(run));
    }
    if (is("var") || is("let") || is("const")) {
      next();
      String name = word();
      need("=");
      Value value = expression();
      skip(";");
      return run -> run.local(name, value.of(run));
    }
    if (is("console")) {
      next();
      need(".");
      word();
      return log();
    }
    if (skip("request")) {
      need(".");
      need("variables");
      return variables(Run::own);
    }
    if (!is("client")) {
      throw wrong(token);
    }
    next();
    need(".");
    String what = word();
    Statement statement =
        switch (what) {
          case "global" -> variables(Run::global);
          case "log" -> log();
          case "assert" -> {
            need("(");
            Value condition = expression();
            Value otherwise = skip(",") ? expression() : run -> Json.of("");
            need(")");
            yield run -> run.check(Script.truth(condition.of(run)), otherwise.of(run).text());
          }
          case "test" -> {
            need("(");
            Value name = expression();
            need(",");
            if (skip("function")) {
              need("(");
              need(")");
            } else {
              need("(");
              need(")");
              need("=>");
            }
            List<Statement> inside = block();
            need(")");
            yield run -> run.test(name.of(run).text(), inside);
          }
          default -> throw wrong(what);
        };
    skip(";");
    return statement;
  }

  private Statement log() {
    need("(");
    List<Value> values = new ArrayList<>();
    do {
      values.add(expression());
    } while (skip(","));
    need(")");
    skip(";");
    return run -> values.forEach(v -> run.log(v.of(run)));
  }

  /** Where a script puts a value under a name. */
  private interface Keeper {
    void keep(Run run, String name, Json value);
  }

  private Statement variables(Keeper keeper) {
    need(".");
    String what = word();
    need("(");
    if (what.equals("clearAll")) {
      need(")");
      return run -> run.forget(Optional.empty());
    }
    Value name = expression();
    Statement statement;
    if (what.equals("set")) {
      need(",");
      Value value = expression();
      statement = run -> keeper.keep(run, name.of(run).text(), value.of(run));
    } else if (what.equals("clear")) {
      statement = run -> run.forget(Optional.of(name.of(run).text()));
    } else {
      throw wrong(what);
    }
    need(")");
    return statement;
  }

  // ---- expressions, the weakest operator first -------------------------------------------------

  private Value expression() {
    Value condition = or();
    if (!skip("?")) {
      return condition;
    }
    Value yes = expression();
    need(":");
    Value no = expression();
    return run -> Script.truth(condition.of(run)) ? yes.of(run) : no.of(run);
  }

  private Value or() {
    Value left = and();
    if (!skip("||")) {
      return left;
    }
    Value right = or();
    return run -> {
      Json value = left.of(run);
      return Script.truth(value) ? value : right.of(run);
    };
  }

  private Value and() {
    Value left = comparison();
    if (!skip("&&")) {
      return left;
    }
    Value right = and();
    return run -> {
      Json value = left.of(run);
      return Script.truth(value) ? right.of(run) : value;
    };
  }

  private Value comparison() {
    Value left = sum();
    for (String sign : List.of("===", "!==", "==", "!=", "<=", ">=", "<", ">")) {
      if (skip(sign)) {
        Value right = sum();
        return run -> Json.of(compare(sign, left.of(run), right.of(run)));
      }
    }
    return left;
  }

  private static boolean compare(String sign, Json a, Json b) {
    return switch (sign) {
      case "===" -> Script.equal(a, b, true);
      case "!==" -> !Script.equal(a, b, true);
      case "==" -> Script.equal(a, b, false);
      case "!=" -> !Script.equal(a, b, false);
      case "<" -> Script.less(a, b, false);
      case "<=" -> Script.less(a, b, true);
      case ">" -> Script.less(b, a, false);
      default -> Script.less(b, a, true);
    };
  }

  private Value sum() {
    Value left = unary();
    while (is("+")) {
      next();
      Value before = left;
      Value right = unary();
      left = run -> Script.plus(before.of(run), right.of(run));
    }
    return left;
  }

  private Value unary() {
    if (skip("!")) {
      Value inner = unary();
      return run -> Json.of(!Script.truth(inner.of(run)));
    }
    if (skip("typeof")) {
      Value inner = unary();
      return run -> Json.of(type(inner.of(run)));
    }
    return steps(primary());
  }

  private static String type(Json value) {
    return switch (value) {
      case Json.Null _ -> "undefined";
      case Json.Bool _ -> "boolean";
      case Json.Num _ -> "number";
      case Json.Text _ -> "string";
      case Json.Arr _, Json.Obj _ -> "object";
    };
  }

  private Value primary() {
    if (isString) {
      return string();
    }
    if (skip("(")) {
      Value inner = expression();
      need(")");
      return inner;
    }
    if (Character.isDigit(token.charAt(0))) {
      Json number = Json.of(new BigDecimal(token));
      next();
      return run -> number;
    }
    String name = word();
    return switch (name) {
      case "true", "false" -> run -> Json.of(name.equals("true"));
      case "null", "undefined" -> run -> Json.Null.VALUE;
      case "response" -> response();
      case "Array" -> {
        need(".");
        need("isArray");
        need("(");
        Value of = expression();
        need(")");
        yield run -> Json.of(of.of(run) instanceof Json.Arr);
      }
      case "request" -> {
        need(".");
        need("variables");
        need(".");
        need("get");
        need("(");
        Value of = expression();
        need(")");
        yield run -> run.own(of.of(run).text());
      }
      case "JSON" -> json();
      case "client" -> {
        need(".");
        need("global");
        need(".");
        need("get");
        need("(");
        Value of = expression();
        need(")");
        yield run -> run.global(of.of(run).text());
      }
      default -> {
        MagicException unknown = wrong(name);
        yield run -> run.local(name).orElseThrow(() -> unknown);
      }
    };
  }

  private Value string() {
    String raw = token.substring(1, token.length() - 1);
    boolean template = token.startsWith("`");
    next();
    if (!template) {
      Json value = Json.of(unescaped(raw));
      return run -> value;
    }
    List<Value> parts = new ArrayList<>();
    int from = 0;
    for (int open = raw.indexOf("${"); open >= 0; open = raw.indexOf("${", from)) {
      int close = raw.indexOf('}', open);
      if (close < 0) {
        throw wrong("${");
      }
      String before = unescaped(raw.substring(from, open));
      parts.add(run -> Json.of(before));
      parts.add(new ScriptParser(raw.substring(open + 2, close), offset, answered).whole());
      from = close + 1;
    }
    String rest = unescaped(raw.substring(from));
    return run -> {
      StringBuilder all = new StringBuilder();
      parts.forEach(p -> all.append(p.of(run).text()));
      return Json.of(all + rest);
    };
  }

  private Value whole() {
    Value value = expression();
    if (!is(END)) {
      throw wrong(token);
    }
    return value;
  }

  private static String unescaped(String raw) {
    return raw.replace("\\n", "\n").replace("\\t", "\t").replaceAll("\\\\(.)", "$1");
  }

  private Value response() {
    if (!answered) {
      throw wrong("response");
    }
    need(".");
    String part = word();
    if (!Set.of("status", "body", "headers", "contentType").contains(part)) {
      throw wrong(part);
    }
    if (part.equals("headers") && is(".")) {
      next();
      String how = word();
      if (!Set.of("valueOf", "valuesOf").contains(how)) {
        throw wrong(how);
      }
      need("(");
      Value name = expression();
      need(")");
      return run ->
          how.equals("valueOf")
              ? run.header(name.of(run).text())
              : run.headers(name.of(run).text());
    }
    if (part.equals("headers") && is("[")) {
      next();
      Value name = expression();
      need("]");
      return run -> run.header(name.of(run).text());
    }
    return run -> run.response(part);
  }

  private Value json() {
    need(".");
    String how = word();
    if (!Set.of("parse", "stringify").contains(how)) {
      throw wrong(how);
    }
    need("(");
    Value of = expression();
    need(")");
    return run -> {
      Json value = of.of(run);
      try {
        return how.equals("stringify")
            ? Json.of(value.write())
            : value instanceof Json.Text(String text) ? Json.parse(text) : value;
      } catch (Json.Malformed e) {
        run.check(false, "JSON.parse: it is no JSON");
        return Json.Null.VALUE;
      }
    };
  }

  /** {@code .name}, {@code ["name"]}, {@code [0]}, and what strings and arrays can be asked. */
  private Value steps(Value of) {
    Value value = of;
    while (true) {
      Value before = value;
      if (skip("?.")) {
        String name = word();
        value =
            run -> {
              Json owner = before.of(run);
              return owner instanceof Json.Null ? owner : Script.member(owner, name);
            };
      } else if (skip(".")) {
        String name = word();
        if (!is("(")) {
          value = run -> Script.member(before.of(run), name);
          continue;
        }
        if (!Set.of("includes", "startsWith", "endsWith", "hasOwnProperty", "toString")
            .contains(name)) {
          throw wrong(name);
        }
        next();
        Value argument = is(")") ? run -> Json.Null.VALUE : expression();
        need(")");
        value = run -> asked(before.of(run), name, argument.of(run));
      } else if (skip("[")) {
        Value index = expression();
        need("]");
        value = run -> Script.member(before.of(run), index.of(run).text());
      } else {
        return value;
      }
    }
  }

  private static Json asked(Json of, String what, Json argument) {
    String wanted = argument.text();
    return switch (what) {
      case "includes" ->
          Json.of(
              of instanceof Json.Arr(List<Json> all)
                  ? all.contains(argument)
                  : of.text().contains(wanted));
      case "startsWith" -> Json.of(of.text().startsWith(wanted));
      case "endsWith" -> Json.of(of.text().endsWith(wanted));
      case "hasOwnProperty" -> Json.of(of instanceof Json.Obj o && o.has(wanted));
      default -> Json.of(of.text());
    };
  }
}

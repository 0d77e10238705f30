package wirebook.engine.shell;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import wirebook.engine.shell.Jq.Values;
import wirebook.engine.shell.Jq.Wrong;
import wirebook.spi.MagicException;
import wirebook.spi.Word;

/** Makes of jq's language (its manual, version 1.6) what runs. */
final class JqParser {
  private static final JsonElement NULL = JsonNull.INSTANCE;

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
        List<JsonElement> good = left.of(in).filter(JqParser::truth).toList();
        return good.isEmpty() ? right.of(in) : good.stream();
      };
    }
    return left;
  }

  private Values or() {
    Values left = and();
    if (skip("or")) {
      Values right = or();
      return in -> left.of(in).flatMap(l -> truth(l) ? bool(true) : right.of(in).map(r -> is(truth(r))));
    }
    return left;
  }

  private Values and() {
    Values left = comparison();
    if (skip("and")) {
      Values right = and();
      return in -> left.of(in).flatMap(l -> truth(l) ? right.of(in).map(r -> is(truth(r))) : bool(false));
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
        left = both(left, product(), JqParser::plus);
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

  private static Values both(Values left, Values right, BinaryOperator<JsonElement> operator) {
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
          && (Character.isLetter(text.charAt(at + 1)) || "_\"[".indexOf(text.charAt(at + 1)) >= 0)) {
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
    Values key = text.charAt(at) == '"' ? string() : constant(new JsonPrimitive(name()));
    return in -> of.of(in).flatMap(value -> key.of(in).map(k -> at(value, k)));
  }

  private Values brackets(Values of) {
    at++;
    if (skip("]")) {
      return in -> of.of(in).flatMap(JqParser::each);
    }
    Values from = peek() == ':' ? constant(NULL) : pipe();
    if (skip(":")) {
      Values to = peek() == ']' ? constant(NULL) : pipe();
      need("]");
      return in ->
          of.of(in)
              .flatMap(
                  value ->
                      from.of(in).flatMap(f -> to.of(in).map(t -> slice(value, f, t))));
    }
    need("]");
    return in -> of.of(in).flatMap(value -> from.of(in).map(k -> at(value, k)));
  }

  private static JsonElement at(JsonElement value, JsonElement key) {
    if (value.isJsonNull()) {
      return NULL;
    }
    if (value instanceof JsonObject object && isString(key)) {
      JsonElement found = object.get(key.getAsString());
      return found == null ? NULL : found;
    }
    if (value instanceof JsonArray array && isNumber(key)) {
      int index = (int) Math.floor(real(key));
      index = index < 0 ? array.size() + index : index;
      return index >= 0 && index < array.size() ? array.get(index) : NULL;
    }
    throw new Wrong(
        "Cannot index " + type(value) + " with " + (isString(key) ? Jq.json(key) : type(key)));
  }

  private static JsonElement slice(JsonElement value, JsonElement from, JsonElement to) {
    int size =
        value instanceof JsonArray array ? array.size() : isString(value) ? string(value).length() : 0;
    int start = bound(from, 0, size);
    int end = Math.max(start, bound(to, size, size));
    if (value instanceof JsonArray array) {
      return array(array.asList().subList(start, end).stream());
    }
    return isString(value) ? new JsonPrimitive(string(value).substring(start, end)) : NULL;
  }

  private static int bound(JsonElement bound, int otherwise, int size) {
    int n = bound.isJsonNull() ? otherwise : (int) real(bound);
    return Math.clamp(n < 0 ? (long) size + n : n, 0, size);
  }

  private static Stream<JsonElement> each(JsonElement value) {
    if (value instanceof JsonArray array) {
      return array.asList().stream();
    }
    if (value instanceof JsonObject object) {
      return object.entrySet().stream().map(Map.Entry::getValue);
    }
    throw new Wrong("Cannot iterate over " + type(value));
  }

  private static Stream<JsonElement> recurse(JsonElement value) {
    return value.isJsonArray() || value.isJsonObject()
        ? Stream.concat(Stream.of(value), each(value).flatMap(JqParser::recurse))
        : Stream.of(value);
  }

  // ---- terms --------------------------------------------------------------------------------

  private Values term() {
    char c = peek();
    if (text.startsWith("..", at)) {
      at += 2;
      return JqParser::recurse;
    }
    if (c == '.') {
      at++;
      boolean named =
          at < text.length() && (Character.isLetter(text.charAt(at)) || "_\"".indexOf(text.charAt(at)) >= 0);
      return named ? member(Stream::of) : Stream::of;
    }
    if (c == '"') {
      return string();
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
        return in -> Stream.of(new JsonArray());
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
      return constant(new JsonPrimitive(new BigDecimal(text.substring(start, at))));
    }
    if (Character.isLetter(c)) {
      return function();
    }
    throw wrong(
        c == 0 ? "something is missing at its end" : "nothing is done here for \"" + text.substring(at) + "\"");
  }

  private static Values constant(JsonElement value) {
    return in -> Stream.of(value);
  }

  /** Also with {@code \(.a)} in it. */
  private Values string() {
    at++;
    Values all = constant(new JsonPrimitive(""));
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
          all = both(all, in -> inner.of(in).map(v -> new JsonPrimitive(before + shown(v))), JqParser::plus);
        }
        default -> run.append(e);
      }
    }
    if (at == text.length()) {
      throw wrong("a quote is not closed");
    }
    at++;
    return both(all, constant(new JsonPrimitive(run.toString())), JqParser::plus);
  }

  /** {@code {name, id: .x, (.key): 1}}. */
  private Values object() {
    at++;
    Values all = in -> Stream.of(new JsonObject());
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
        key = c == '"' ? string() : constant(new JsonPrimitive(name()));
        Values named = key;
        value =
            skip(":")
                ? alternative()
                : in -> named.of(in).map(k -> at(in, k));
      }
      Values before = all;
      Values k = key;
      all =
          in ->
              before.of(in).flatMap(o -> k.of(in).flatMap(n -> value.of(in).map(v -> {
                JsonObject more = o.getAsJsonObject().deepCopy();
                more.add(string(n), v);
                return more;
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
    return switch (name + "/" + arguments.size()) {
      case "true/0" -> constant(is(true));
      case "false/0" -> constant(is(false));
      case "null/0" -> constant(NULL);
      case "empty/0" -> in -> Stream.empty();
      case "not/0" -> map(v -> is(!truth(v)));
      case "length/0" -> map(JqParser::length);
      case "keys/0" -> map(v -> keys(v, true));
      case "keys_unsorted/0" -> map(v -> keys(v, false));
      case "values/0" -> in -> in.isJsonNull() ? Stream.empty() : Stream.of(in);
      case "type/0" -> map(v -> new JsonPrimitive(type(v)));
      case "first/0" -> map(v -> at(v, number(0)));
      case "last/0" -> map(v -> at(v, number(-1)));
      case "reverse/0" -> map(v -> array(each(v).toList().reversed().stream()));
      case "sort/0" -> map(v -> array(each(v).sorted(ORDER)));
      case "unique/0" -> map(v -> array(distinct(each(v).sorted(ORDER).toList(), Stream::of)));
      case "min/0" -> map(v -> each(v).min(ORDER).orElse(NULL));
      case "max/0" -> map(v -> each(v).max(ORDER).orElse(NULL));
      case "add/0" -> map(v -> each(v).reduce(NULL, JqParser::plus));
      case "any/0" -> map(v -> is(each(v).anyMatch(JqParser::truth)));
      case "any/1" ->
          map(v -> is(each(v).flatMap(arguments.getFirst()::of).anyMatch(JqParser::truth)));
      case "all/1" ->
          map(v -> is(each(v).flatMap(arguments.getFirst()::of).allMatch(JqParser::truth)));
      case "all/0" -> map(v -> is(each(v).allMatch(JqParser::truth)));
      case "flatten/0" -> map(v -> array(each(v).flatMap(JqParser::flat)));
      case "tostring/0" -> map(v -> new JsonPrimitive(shown(v)));
      case "tojson/0" -> map(v -> new JsonPrimitive(Jq.json(v)));
      case "tonumber/0" -> map(JqParser::tonumber);
      case "ascii_downcase/0" -> map(v -> new JsonPrimitive(string(v).toLowerCase(Locale.ROOT)));
      case "ascii_upcase/0" -> map(v -> new JsonPrimitive(string(v).toUpperCase(Locale.ROOT)));
      case "to_entries/0" -> map(JqParser::entries);
      case "map/1" -> map(v -> array(each(v).flatMap(arguments.getFirst()::of)));
      case "select/1" ->
          in -> arguments.getFirst().of(in).filter(JqParser::truth).map(yes -> in);
      case "sort_by/1" -> map(v -> array(each(v).sorted(by(arguments.getFirst()))));
      case "unique_by/1" ->
          map(
              v ->
                  array(
                      distinct(
                          each(v).sorted(by(arguments.getFirst())).toList(),
                          arguments.getFirst())));
      case "group_by/1" -> map(v -> grouped(v, arguments.getFirst()));
      case "min_by/1" -> map(v -> each(v).min(by(arguments.getFirst())).orElse(NULL));
      case "max_by/1" -> map(v -> each(v).max(by(arguments.getFirst())).orElse(NULL));
      case "first/1" -> in -> arguments.getFirst().of(in).limit(1);
      case "limit/2" ->
          in ->
              arguments
                  .getFirst()
                  .of(in)
                  .flatMap(n -> arguments.getLast().of(in).limit(Math.max(0, (long) real(n))));
      case "join/1" ->
          with(
              arguments.getFirst(),
              (v, s) ->
                  new JsonPrimitive(
                      String.join(
                          string(s),
                          each(v).map(e -> e.isJsonNull() ? "" : shown(e)).toList())));
      case "split/1" ->
          with(
              arguments.getFirst(),
              (v, s) ->
                  array(
                      Stream.of(string(v).split(Pattern.quote(string(s)), -1))
                          .map(JsonPrimitive::new)));
      case "has/1" ->
          with(
              arguments.getFirst(),
              (v, k) ->
                  is(
                      v instanceof JsonObject o
                          ? o.has(string(k))
                          : v instanceof JsonArray a && real(k) >= 0 && real(k) < a.size()));
      case "contains/1" -> with(arguments.getFirst(), (v, part) -> is(contains(v, part)));
      case "startswith/1" ->
          with(arguments.getFirst(), (v, s) -> is(string(v).startsWith(string(s))));
      case "endswith/1" -> with(arguments.getFirst(), (v, s) -> is(string(v).endsWith(string(s))));
      case "test/1" -> with(arguments.getFirst(), (v, s) -> is(matches(string(v), string(s))));
      default -> throw wrong("there is no " + name + " here");
    };
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

  private static Values map(Function<JsonElement, JsonElement> function) {
    return in -> Stream.of(function.apply(in));
  }

  private static Values with(Values argument, BinaryOperator<JsonElement> function) {
    return in -> argument.of(in).map(a -> function.apply(in, a));
  }

  // ---- values -------------------------------------------------------------------------------

  private static boolean isString(JsonElement v) {
    return v instanceof JsonPrimitive p && p.isString();
  }

  private static boolean isNumber(JsonElement v) {
    return v instanceof JsonPrimitive p && p.isNumber();
  }

  private static boolean truth(JsonElement v) {
    return !v.isJsonNull() && !v.equals(is(false));
  }

  private static JsonElement is(boolean value) {
    return new JsonPrimitive(value);
  }

  private static Stream<JsonElement> bool(boolean value) {
    return Stream.of(is(value));
  }

  private static double real(JsonElement v) {
    if (!isNumber(v)) {
      throw new Wrong(type(v) + " (" + Jq.json(v) + ") is no number");
    }
    return v.getAsDouble();
  }

  private static JsonElement number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e17
        ? new JsonPrimitive((long) value)
        : new JsonPrimitive(value);
  }

  private static String string(JsonElement v) {
    if (!isString(v)) {
      throw new Wrong(type(v) + " (" + Jq.json(v) + ") is no string");
    }
    return v.getAsString();
  }

  private static String shown(JsonElement v) {
    return isString(v) ? v.getAsString() : Jq.json(v);
  }

  private static JsonArray array(Stream<? extends JsonElement> elements) {
    JsonArray array = new JsonArray();
    elements.forEachOrdered(array::add);
    return array;
  }

  private static JsonElement plus(JsonElement left, JsonElement right) {
    if (left.isJsonNull() || right.isJsonNull()) {
      return left.isJsonNull() ? right : left;
    }
    if (isNumber(left) && isNumber(right)) {
      return number(real(left) + real(right));
    }
    if (isString(left) && isString(right)) {
      return new JsonPrimitive(string(left) + string(right));
    }
    if (left instanceof JsonArray l && right instanceof JsonArray r) {
      return array(Stream.concat(each(l), each(r)));
    }
    if (left instanceof JsonObject l && right instanceof JsonObject r) {
      JsonObject all = l.deepCopy();
      r.entrySet().forEach(e -> all.add(e.getKey(), e.getValue()));
      return all;
    }
    throw new Wrong(type(left) + " and " + type(right) + " cannot be added");
  }

  private static JsonElement length(JsonElement v) {
    return switch (type(v)) {
      case "null" -> number(0);
      case "string" -> number(string(v).codePointCount(0, string(v).length()));
      case "number" -> number(Math.abs(real(v)));
      case "boolean" -> throw new Wrong("boolean (" + v + ") has no length");
      default -> number(each(v).count());
    };
  }

  private static JsonElement keys(JsonElement v, boolean sorted) {
    if (v instanceof JsonObject object) {
      Stream<String> keys = object.keySet().stream();
      return array((sorted ? keys.sorted() : keys).map(JsonPrimitive::new));
    }
    if (v instanceof JsonArray all) {
      JsonArray keys = new JsonArray();
      for (int i = 0; i < all.size(); i++) {
        keys.add(i);
      }
      return keys;
    }
    throw new Wrong(type(v) + " has no keys");
  }

  private static JsonElement entries(JsonElement v) {
    if (!(v instanceof JsonObject object)) {
      throw new Wrong(type(v) + " has no keys");
    }
    return array(
        object.entrySet().stream()
            .map(
                e -> {
                  JsonObject entry = new JsonObject();
                  entry.addProperty("key", e.getKey());
                  entry.add("value", e.getValue());
                  return entry;
                }));
  }

  private static JsonElement tonumber(JsonElement v) {
    try {
      return isNumber(v) ? v : new JsonPrimitive(new BigDecimal(string(v).strip()));
    } catch (NumberFormatException e) {
      throw new Wrong("Cannot use " + Jq.json(v) + " as a number");
    }
  }

  private static Stream<JsonElement> flat(JsonElement v) {
    return v.isJsonArray() ? each(v).flatMap(JqParser::flat) : Stream.of(v);
  }

  private static boolean contains(JsonElement v, JsonElement part) {
    if (isString(v) && isString(part)) {
      return string(v).contains(string(part));
    }
    if (v instanceof JsonArray all && part instanceof JsonArray some) {
      return each(some).allMatch(p -> each(all).anyMatch(a -> contains(a, p)));
    }
    if (v instanceof JsonObject all && part instanceof JsonObject some) {
      return some.entrySet().stream()
          .allMatch(e -> all.has(e.getKey()) && contains(all.get(e.getKey()), e.getValue()));
    }
    return ORDER.compare(v, part) == 0;
  }

  private static boolean matches(String value, String pattern) {
    try {
      return Pattern.compile(pattern).matcher(value).find();
    } catch (PatternSyntaxException e) {
      throw new Wrong(pattern + " is no pattern: " + e.getDescription());
    }
  }

  private static JsonArray key(Values filter, JsonElement v) {
    return array(filter.of(v));
  }

  private static Comparator<JsonElement> by(Values filter) {
    return (a, b) -> ORDER.compare(key(filter, a), key(filter, b));
  }

  private static Stream<JsonElement> distinct(List<JsonElement> sorted, Values key) {
    List<JsonElement> all = new ArrayList<>();
    for (JsonElement one : sorted) {
      if (all.isEmpty() || by(key).compare(all.getLast(), one) != 0) {
        all.add(one);
      }
    }
    return all.stream();
  }

  private static JsonElement grouped(JsonElement v, Values key) {
    JsonArray groups = new JsonArray();
    for (JsonElement one : each(v).sorted(by(key)).toList()) {
      JsonElement last = groups.isEmpty() ? NULL : groups.get(groups.size() - 1);
      if (last instanceof JsonArray group && by(key).compare(group.get(0), one) == 0) {
        group.add(one);
      } else {
        groups.add(array(Stream.of(one)));
      }
    }
    return groups;
  }

  private static String type(JsonElement v) {
    return v.isJsonNull()
        ? "null"
        : v.isJsonArray()
            ? "array"
            : v.isJsonObject()
                ? "object"
                : isString(v) ? "string" : isNumber(v) ? "number" : "boolean";
  }

  private static int rank(JsonElement v) {
    return switch (type(v)) {
      case "null" -> 0;
      case "boolean" -> v.getAsBoolean() ? 2 : 1;
      case "number" -> 3;
      case "string" -> 4;
      case "array" -> 5;
      default -> 6;
    };
  }

  /** jq's order of all values. */
  private static final Comparator<JsonElement> ORDER = JqParser::order;

  private static int order(JsonElement a, JsonElement b) {
    if (rank(a) != rank(b)) {
      return Integer.compare(rank(a), rank(b));
    }
    return switch (type(a)) {
      case "number" -> Double.compare(real(a), real(b));
      case "string" -> string(a).compareTo(string(b));
      case "array" -> {
        List<JsonElement> x = each(a).toList();
        List<JsonElement> y = each(b).toList();
        for (int i = 0; i < Math.min(x.size(), y.size()); i++) {
          int order = order(x.get(i), y.get(i));
          if (order != 0) {
            yield order;
          }
        }
        yield Integer.compare(x.size(), y.size());
      }
      case "object" -> {
        int order = order(keys(a, true), keys(b, true));
        for (JsonElement key : each(keys(a, true)).toList()) {
          order = order != 0 ? order : order(at(a, key), at(b, key));
        }
        yield order;
      }
      default -> 0;
    };
  }
}

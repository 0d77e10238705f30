package wirebook.engine.shell;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import wirebook.codec.Json;
import wirebook.engine.shell.Jq.Values;
import wirebook.engine.shell.Jq.Wrong;

/** What jq's operators and functions do with values. */
final class JqValues {
  static final Json NULL = Json.Null.VALUE;

  private JqValues() {}

  static Json at(Json value, Json key) {
    if (value instanceof Json.Null) {
      return NULL;
    }
    if (value instanceof Json.Obj object && key instanceof Json.Text(String name)) {
      return object.get(name);
    }
    if (value instanceof Json.Arr(List<Json> array) && key instanceof Json.Num number) {
      int index = (int) Math.floor(number.real());
      index = index < 0 ? array.size() + index : index;
      return index >= 0 && index < array.size() ? array.get(index) : NULL;
    }
    throw new Wrong(
        "Cannot index " + type(value) + " with " + (isString(key) ? Jq.json(key) : type(key)));
  }

  static Json slice(Json value, Json from, Json to) {
    int size =
        value instanceof Json.Arr(List<Json> all)
            ? all.size()
            : isString(value) ? string(value).length() : 0;
    int start = bound(from, 0, size);
    int end = Math.max(start, bound(to, size, size));
    if (value instanceof Json.Arr(List<Json> all)) {
      return Json.of(all.subList(start, end));
    }
    return isString(value) ? Json.of(string(value).substring(start, end)) : NULL;
  }

  static int bound(Json bound, int otherwise, int size) {
    int n = bound instanceof Json.Null ? otherwise : (int) real(bound);
    return Math.clamp(n < 0 ? (long) size + n : n, 0, size);
  }

  static Stream<Json> each(Json value) {
    if (value instanceof Json.Arr || value instanceof Json.Obj) {
      return value.parts().stream();
    }
    throw new Wrong("Cannot iterate over " + type(value));
  }

  static Stream<Json> recurse(Json value) {
    return Stream.concat(Stream.of(value), value.parts().stream().flatMap(JqValues::recurse));
  }

  static boolean isString(Json v) {
    return v instanceof Json.Text;
  }

  static boolean isNumber(Json v) {
    return v instanceof Json.Num;
  }

  static boolean truth(Json v) {
    return !(v instanceof Json.Null || v.equals(is(false)));
  }

  static Json is(boolean value) {
    return Json.of(value);
  }

  static Stream<Json> bool(boolean value) {
    return Stream.of(is(value));
  }

  static double real(Json v) {
    if (v instanceof Json.Num number) {
      return number.real();
    }
    throw new Wrong(type(v) + " (" + Jq.json(v) + ") is no number");
  }

  static Json number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e17
        ? Json.of((long) value)
        : Json.of(value);
  }

  static String string(Json v) {
    if (v instanceof Json.Text(String text)) {
      return text;
    }
    throw new Wrong(type(v) + " (" + Jq.json(v) + ") is no string");
  }

  static String shown(Json v) {
    return v instanceof Json.Text(String text) ? text : Jq.json(v);
  }

  static Json.Arr array(Stream<? extends Json> elements) {
    return Json.of(elements.toList());
  }

  static Json plus(Json left, Json right) {
    if (left instanceof Json.Null || right instanceof Json.Null) {
      return left instanceof Json.Null ? right : left;
    }
    if (isNumber(left) && isNumber(right)) {
      return number(real(left) + real(right));
    }
    if (isString(left) && isString(right)) {
      return Json.of(string(left) + string(right));
    }
    if (left instanceof Json.Arr l && right instanceof Json.Arr r) {
      return array(Stream.concat(each(l), each(r)));
    }
    if (left instanceof Json.Obj(var l) && right instanceof Json.Obj(var r)) {
      Map<String, Json> all = new LinkedHashMap<>(l);
      all.putAll(r);
      return new Json.Obj(all);
    }
    throw new Wrong(type(left) + " and " + type(right) + " cannot be added");
  }

  static Json length(Json v) {
    return switch (type(v)) {
      case "null" -> number(0);
      case "string" -> number(string(v).codePointCount(0, string(v).length()));
      case "number" -> number(Math.abs(real(v)));
      case "boolean" -> throw new Wrong("boolean (" + v.write() + ") has no length");
      default -> number((double) each(v).count());
    };
  }

  static Json keys(Json v, boolean sorted) {
    if (v instanceof Json.Obj(var members)) {
      Stream<String> keys = members.keySet().stream();
      return array((sorted ? keys.sorted() : keys).map(Json::of));
    }
    if (v instanceof Json.Arr(List<Json> all)) {
      return array(IntStream.range(0, all.size()).mapToObj(Json::of));
    }
    throw new Wrong(type(v) + " has no keys");
  }

  static Json entries(Json v) {
    if (!(v instanceof Json.Obj(var members))) {
      throw new Wrong(type(v) + " has no keys");
    }
    return array(
        members.entrySet().stream()
            .map(e -> Json.object("key", e.getKey(), "value", e.getValue())));
  }

  static Json tonumber(Json v) {
    if (isNumber(v)) {
      return v;
    }
    return new Json.Num(string(v).strip())
        .decimal()
        .map(Json::of)
        .orElseThrow(() -> new Wrong("Cannot use " + Jq.json(v) + " as a number"));
  }

  static Stream<Json> flat(Json v) {
    return v instanceof Json.Arr ? each(v).flatMap(JqValues::flat) : Stream.of(v);
  }

  static boolean contains(Json v, Json part) {
    if (isString(v) && isString(part)) {
      return string(v).contains(string(part));
    }
    if (v instanceof Json.Arr all && part instanceof Json.Arr some) {
      return each(some).allMatch(p -> each(all).anyMatch(a -> contains(a, p)));
    }
    if (v instanceof Json.Obj all && part instanceof Json.Obj some) {
      return some.members().entrySet().stream()
          .allMatch(e -> all.has(e.getKey()) && contains(all.get(e.getKey()), e.getValue()));
    }
    return ORDER.compare(v, part) == 0;
  }

  static boolean matches(String value, String pattern) {
    try {
      return Pattern.compile(pattern).matcher(value).find();
    } catch (PatternSyntaxException e) {
      throw new Wrong(pattern + " is no pattern: " + e.getDescription());
    }
  }

  static Json.Arr key(Values filter, Json v) {
    return array(filter.of(v));
  }

  static Comparator<Json> by(Values filter) {
    return (a, b) -> ORDER.compare(key(filter, a), key(filter, b));
  }

  static Stream<Json> distinct(List<Json> sorted, Values key) {
    List<Json> all = new ArrayList<>();
    for (Json one : sorted) {
      if (all.isEmpty() || by(key).compare(all.getLast(), one) != 0) {
        all.add(one);
      }
    }
    return all.stream();
  }

  static Json grouped(Json v, Values key) {
    List<List<Json>> groups = new ArrayList<>();
    for (Json one : each(v).sorted(by(key)).toList()) {
      if (groups.isEmpty() || by(key).compare(groups.getLast().getFirst(), one) != 0) {
        groups.add(new ArrayList<>());
      }
      groups.getLast().add(one);
    }
    return array(groups.stream().map(Json::of));
  }

  static String type(Json v) {
    return switch (v) {
      case Json.Null _ -> "null";
      case Json.Bool _ -> "boolean";
      case Json.Num _ -> "number";
      case Json.Text _ -> "string";
      case Json.Arr _ -> "array";
      case Json.Obj _ -> "object";
    };
  }

  static int rank(Json v) {
    return switch (v) {
      case Json.Null _ -> 0;
      case Json.Bool(boolean is) -> is ? 2 : 1;
      case Json.Num _ -> 3;
      case Json.Text _ -> 4;
      case Json.Arr _ -> 5;
      case Json.Obj _ -> 6;
    };
  }

  /** jq's order of all values. */
  static final Comparator<Json> ORDER = JqValues::order;

  static int order(Json a, Json b) {
    if (rank(a) != rank(b)) {
      return Integer.compare(rank(a), rank(b));
    }
    return switch (type(a)) {
      case "number" -> Double.compare(real(a), real(b));
      case "string" -> string(a).compareTo(string(b));
      case "array" -> {
        List<Json> x = each(a).toList();
        List<Json> y = each(b).toList();
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
        for (Json key : each(keys(a, true)).toList()) {
          order = order != 0 ? order : order(at(a, key), at(b, key));
        }
        yield order;
      }
      default -> 0;
    };
  }
}

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
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import wirebook.engine.shell.Jq.Values;
import wirebook.engine.shell.Jq.Wrong;

/** What jq's operators and functions do with values. */
final class JqValues {
  static final JsonElement NULL = JsonNull.INSTANCE;

  private JqValues() {}

  static JsonElement at(JsonElement value, JsonElement key) {
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

  static JsonElement slice(JsonElement value, JsonElement from, JsonElement to) {
    int size =
        value instanceof JsonArray array
            ? array.size()
            : isString(value) ? string(value).length() : 0;
    int start = bound(from, 0, size);
    int end = Math.max(start, bound(to, size, size));
    if (value instanceof JsonArray array) {
      return array(array.asList().subList(start, end).stream());
    }
    return isString(value) ? new JsonPrimitive(string(value).substring(start, end)) : NULL;
  }

  static int bound(JsonElement bound, int otherwise, int size) {
    int n = bound.isJsonNull() ? otherwise : (int) real(bound);
    return Math.clamp(n < 0 ? (long) size + n : n, 0, size);
  }

  static Stream<JsonElement> each(JsonElement value) {
    if (value instanceof JsonArray array) {
      return array.asList().stream();
    }
    if (value instanceof JsonObject object) {
      return object.entrySet().stream().map(Map.Entry::getValue);
    }
    throw new Wrong("Cannot iterate over " + type(value));
  }

  static Stream<JsonElement> recurse(JsonElement value) {
    return value.isJsonArray() || value.isJsonObject()
        ? Stream.concat(Stream.of(value), each(value).flatMap(JqValues::recurse))
        : Stream.of(value);
  }

  static boolean isString(JsonElement v) {
    return v instanceof JsonPrimitive p && p.isString();
  }

  static boolean isNumber(JsonElement v) {
    return v instanceof JsonPrimitive p && p.isNumber();
  }

  static boolean truth(JsonElement v) {
    return !v.isJsonNull() && !v.equals(is(false));
  }

  static JsonElement is(boolean value) {
    return new JsonPrimitive(value);
  }

  static Stream<JsonElement> bool(boolean value) {
    return Stream.of(is(value));
  }

  static double real(JsonElement v) {
    if (!isNumber(v)) {
      throw new Wrong(type(v) + " (" + Jq.json(v) + ") is no number");
    }
    return v.getAsDouble();
  }

  static JsonElement number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e17
        ? new JsonPrimitive((long) value)
        : new JsonPrimitive(value);
  }

  static String string(JsonElement v) {
    if (!isString(v)) {
      throw new Wrong(type(v) + " (" + Jq.json(v) + ") is no string");
    }
    return v.getAsString();
  }

  static String shown(JsonElement v) {
    return isString(v) ? v.getAsString() : Jq.json(v);
  }

  static JsonArray array(Stream<? extends JsonElement> elements) {
    JsonArray array = new JsonArray();
    elements.forEachOrdered(array::add);
    return array;
  }

  static JsonElement plus(JsonElement left, JsonElement right) {
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

  static JsonElement length(JsonElement v) {
    return switch (type(v)) {
      case "null" -> number(0);
      case "string" -> number(string(v).codePointCount(0, string(v).length()));
      case "number" -> number(Math.abs(real(v)));
      case "boolean" -> throw new Wrong("boolean (" + v + ") has no length");
      default -> number((double) each(v).count());
    };
  }

  static JsonElement keys(JsonElement v, boolean sorted) {
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

  static JsonElement entries(JsonElement v) {
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

  static JsonElement tonumber(JsonElement v) {
    try {
      return isNumber(v) ? v : new JsonPrimitive(new BigDecimal(string(v).strip()));
    } catch (NumberFormatException e) {
      throw new Wrong("Cannot use " + Jq.json(v) + " as a number");
    }
  }

  static Stream<JsonElement> flat(JsonElement v) {
    return v.isJsonArray() ? each(v).flatMap(JqValues::flat) : Stream.of(v);
  }

  static boolean contains(JsonElement v, JsonElement part) {
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

  static boolean matches(String value, String pattern) {
    try {
      return Pattern.compile(pattern).matcher(value).find();
    } catch (PatternSyntaxException e) {
      throw new Wrong(pattern + " is no pattern: " + e.getDescription());
    }
  }

  static JsonArray key(Values filter, JsonElement v) {
    return array(filter.of(v));
  }

  static Comparator<JsonElement> by(Values filter) {
    return (a, b) -> ORDER.compare(key(filter, a), key(filter, b));
  }

  static Stream<JsonElement> distinct(List<JsonElement> sorted, Values key) {
    List<JsonElement> all = new ArrayList<>();
    for (JsonElement one : sorted) {
      if (all.isEmpty() || by(key).compare(all.getLast(), one) != 0) {
        all.add(one);
      }
    }
    return all.stream();
  }

  static JsonElement grouped(JsonElement v, Values key) {
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

  static String type(JsonElement v) {
    return v.isJsonNull()
        ? "null"
        : v.isJsonArray()
            ? "array"
            : v.isJsonObject()
                ? "object"
                : isString(v) ? "string" : isNumber(v) ? "number" : "boolean";
  }

  static int rank(JsonElement v) {
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
  static final Comparator<JsonElement> ORDER = JqValues::order;

  static int order(JsonElement a, JsonElement b) {
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

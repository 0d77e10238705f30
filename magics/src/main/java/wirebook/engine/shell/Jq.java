package wirebook.engine.shell;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import wirebook.engine.shell.Filter.Broken;
import wirebook.spi.Word;

/**
 * As much of jq 1.6 as people write behind curl: paths, pipes, constructions, comparisons, and the
 * functions of {@link JqParser}. What it has not, it says before anything is sent.
 */
final class Jq {
  /** A filter: any number of values for one. */
  interface Values {
    Stream<JsonElement> of(JsonElement in);
  }

  /** What jq says when a value is not what the filter needs. */
  static final class Wrong extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Wrong(String message) {
      super(message, null, false, false);
    }
  }

  private static final Gson STRINGS =
      new GsonBuilder().disableHtmlEscaping().serializeNulls().create();
  private static final double MOST_WHOLE = 1e17;

  private final Values filter;
  private final Set<Character> flags;

  /**
   * @param flags the letters of its options
   * @param at where complaints about the filter are shown
   */
  Jq(String filter, Set<Character> flags, Word at) {
    this.filter = JqParser.parse(filter, at);
    this.flags = Set.copyOf(flags);
  }

  String run(String text) throws Broken {
    StringBuilder out = new StringBuilder();
    try {
      List<JsonElement> all = values(text);
      List<JsonElement> inputs = all;
      if (flags.contains('s')) {
        JsonArray array = new JsonArray();
        all.forEach(array::add);
        inputs = List.of(array);
      }
      for (JsonElement in : inputs) {
        filter.of(in).forEachOrdered(value -> print(value, out));
      }
      return out.toString();
    } catch (Wrong | StackOverflowError e) {
      throw new Broken(out + "jq: error: " + e.getMessage());
    } catch (JsonParseException | IOException | NumberFormatException e) {
      String start = text.strip().lines().findFirst().orElse("");
      throw new Broken(
          "jq: error: what came is no JSON"
              + (start.isEmpty()
                  ? ": it is empty"
                  : "; it begins: " + start.substring(0, Math.min(80, start.length()))));
    }
  }

  /** One value behind the other, each as RFC 8259 has it. */
  private static List<JsonElement> values(String text) throws IOException {
    List<JsonElement> values = new ArrayList<>();
    JsonReader reader = new JsonReader(new StringReader(text));
    reader.setStrictness(Strictness.STRICT);
    if (text.isBlank()) {
      return values;
    }
    values.add(JsonParser.parseReader(reader));
    try {
      if (reader.peek() == JsonToken.END_DOCUMENT) {
        return values;
      }
    } catch (IOException e) {
      // There are several.
    }
    values.clear();
    for (String line : text.lines().filter(l -> !l.isBlank()).toList()) {
      JsonReader one = new JsonReader(new StringReader(line));
      one.setStrictness(Strictness.STRICT);
      values.add(JsonParser.parseReader(one));
      if (one.peek() != JsonToken.END_DOCUMENT) {
        throw new JsonParseException("several on a line");
      }
    }
    return values;
  }

  private void print(JsonElement value, StringBuilder out) {
    JsonElement shown = flags.contains('S') ? sorted(value) : value;
    if (flags.contains('r') && shown instanceof JsonPrimitive p && p.isString()) {
      out.append(p.getAsString());
    } else {
      write(shown, flags.contains('c') ? "" : "\n", out);
    }
    if (!flags.contains('j')) {
      out.append('\n');
    }
  }

  /**
   * @param line a line end with what its line begins with, or nothing for all on one line
   */
  private static void write(JsonElement value, String line, StringBuilder out) {
    String inner = line.isEmpty() ? "" : line + "  ";
    String separator = inner;
    if (value instanceof JsonObject object && !object.isEmpty()) {
      out.append('{');
      for (var entry : object.entrySet()) {
        out.append(separator).append(STRINGS.toJson(entry.getKey()));
        write(entry.getValue(), inner, out.append(line.isEmpty() ? ":" : ": "));
        separator = "," + inner;
      }
      out.append(line).append('}');
    } else if (value instanceof JsonArray array && !array.isEmpty()) {
      out.append('[');
      for (JsonElement one : array) {
        write(one, inner, out.append(separator));
        separator = "," + inner;
      }
      out.append(line).append(']');
    } else if (value instanceof JsonPrimitive p && p.isNumber()) {
      out.append(number(p.getAsString()));
    } else {
      out.append(STRINGS.toJson(value));
    }
  }

  /** Whole numbers as they are, however long; others without what adds nothing. */
  private static String number(String written) {
    if (written.matches("-?\\d+")) {
      return written;
    }
    double value = Double.parseDouble(written);
    if (value == Math.rint(value) && Math.abs(value) < MOST_WHOLE) {
      return String.valueOf((long) value);
    }
    return Double.toString(Math.clamp(value, -Double.MAX_VALUE, Double.MAX_VALUE))
        .replaceFirst("\\.0E", "E")
        .replaceFirst("E(\\d)", "e+$1")
        .replaceFirst("E-(\\d)$", "e-0$1")
        .replace('E', 'e');
  }

  private static JsonElement sorted(JsonElement value) {
    if (value instanceof JsonArray array) {
      JsonArray all = new JsonArray();
      array.forEach(one -> all.add(sorted(one)));
      return all;
    }
    if (value instanceof JsonObject object) {
      JsonObject all = new JsonObject();
      object.keySet().stream().sorted().forEach(key -> all.add(key, sorted(object.get(key))));
      return all;
    }
    return value;
  }

  /** On one line. */
  static String json(JsonElement value) {
    StringBuilder out = new StringBuilder();
    write(value, "", out);
    return out.toString();
  }
}

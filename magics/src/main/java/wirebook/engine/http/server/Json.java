package wirebook.engine.http.server;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.internal.Streams;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import wirebook.trace.Bytes;

/**
 * JSON text (RFC 8259), read strictly, and written for people or in the forms that httpbin writes:
 * those have ASCII only, and the numbers that JSON does not have.
 */
final class Json {
  /** As deep as what is read may be. */
  private static final int DEEPEST = 255;

  private Json() {}

  /** The value that {@code text} is, empty when it is not JSON. */
  static Optional<JsonElement> parse(String text) {
    if (text.isBlank()) {
      return Optional.empty();
    }
    JsonReader reader = new JsonReader(new StringReader(text));
    reader.setStrictness(Strictness.STRICT);
    try {
      JsonElement value = Streams.parse(reader);
      return reader.peek() == JsonToken.END_DOCUMENT ? Optional.of(value) : Optional.empty();
    } catch (IOException | JsonParseException | IllegalStateException e) {
      return Optional.empty();
    }
  }

  /**
   * {@code value} as a JSON value: records by their components, objects of a cell's own classes by
   * their fields, bytes as text or, where they are none, in Base64; any other object becomes its
   * text.
   *
   * @throws IllegalArgumentException when it contains itself
   */
  static JsonElement of(@Nullable Object value) {
    return of(value, 0);
  }

  private static JsonElement of(@Nullable Object value, int depth) {
    if (depth > DEEPEST) {
      throw new IllegalArgumentException(
          "the value is no tree: it contains itself, or is deeper than " + DEEPEST + " levels");
    }
    return switch (value) {
      case null -> JsonNull.INSTANCE;
      case JsonElement element -> element;
      case Optional<?> optional -> of(optional.orElse(null), depth);
      case String text -> new JsonPrimitive(text);
      case Number number -> new JsonPrimitive(number);
      case Boolean flag -> new JsonPrimitive(flag);
      case Enum<?> constant -> new JsonPrimitive(constant.name());
      case Bytes bytes -> new JsonPrimitive(text(bytes));
      case byte[] bytes -> new JsonPrimitive(text(Bytes.of(bytes)));
      case Map<?, ?> map -> {
        JsonObject object = new JsonObject();
        map.forEach((name, member) -> object.add(String.valueOf(name), of(member, depth + 1)));
        yield object;
      }
      case Path path -> new JsonPrimitive(path.toString());
      case Parameters parameters -> of(parameters.byName(), depth);
      case Iterable<?> list -> array(StreamSupport.stream(list.spliterator(), false), depth);
      case Stream<?> stream -> array(stream, depth);
      case Record record -> ofRecord(record, depth);
      default ->
          value.getClass().isArray()
              ? array(
                  IntStream.range(0, Array.getLength(value)).mapToObj(i -> Array.get(value, i)),
                  depth)
              : isOfACell(value.getClass())
                  ? ofFields(value, depth)
                  : new JsonPrimitive(value.toString());
    };
  }

  private static JsonArray array(Stream<?> elements, int depth) {
    JsonArray array = new JsonArray();
    elements.forEachOrdered(element -> array.add(of(element, depth + 1)));
    return array;
  }

  private static String text(Bytes bytes) {
    return bytes.isUtf8() ? bytes.text() : Base64.getEncoder().encodeToString(bytes.toArray());
  }

  private static JsonObject ofRecord(Record record, int depth) {
    JsonObject object = new JsonObject();
    try {
      for (RecordComponent component : record.getClass().getRecordComponents()) {
        component.getAccessor().setAccessible(true);
        object.add(component.getName(), of(component.getAccessor().invoke(record), depth + 1));
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException("cannot read " + record.getClass().getName(), e);
    }
    return object;
  }

  /** What was compiled in a notebook comes from no file, and is not the JDK's. */
  private static boolean isOfACell(Class<?> type) {
    return type.getClassLoader() != null
        && !type.getClassLoader().equals(ClassLoader.getPlatformClassLoader())
        && Optional.ofNullable(type.getProtectionDomain().getCodeSource())
            .map(CodeSource::getLocation)
            .isEmpty();
  }

  private static JsonObject ofFields(Object value, int depth) {
    JsonObject object = new JsonObject();
    try {
      for (Class<?> type = value.getClass(); isOfACell(type); type = type.getSuperclass()) {
        for (Field field : type.getDeclaredFields()) {
          int left = Modifier.STATIC | Modifier.TRANSIENT;
          if (!field.isSynthetic() && (field.getModifiers() & left) == 0) {
            field.setAccessible(true);
            object.add(field.getName(), of(field.get(value), depth + 1));
          }
        }
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException("cannot read " + value.getClass().getName(), e);
    }
    return object;
  }

  /**
   * An element as a value of {@code type}.
   *
   * @throws HttpError 400 when it does not fit
   */
  static <T> T to(Class<T> type, JsonElement element) {
    try {
      T value = new Gson().fromJson(element, type);
      if (value != null) {
        return value;
      }
      throw unfit(type, "it is null");
    } catch (JsonParseException | NumberFormatException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      // The rest is where Gson's own documentation is.
      throw unfit(type, String.valueOf(cause.getMessage()).lines().findFirst().orElse(""));
    }
  }

  private static HttpError unfit(Class<?> type, String why) {
    String members =
        type.isRecord()
            ? Arrays.stream(type.getRecordComponents())
                .map(c -> c.getType().getSimpleName() + " " + c.getName())
                .collect(Collectors.joining(", ", "(", ")"))
            : "";
    return new HttpError(
        400, "the JSON does not fit " + type.getSimpleName() + members + ": " + why);
  }

  /** Two spaces a level, names in their order. */
  static String pretty(@Nullable Object value) {
    return write(of(value), Layout.INDENTED);
  }

  /** Two spaces a level, names sorted by code point, ASCII only. */
  static String sorted(Object value) {
    return write(of(value), Layout.SORTED);
  }

  /** One line, with a space after each comma and colon. */
  static String oneLine(Object value) {
    return write(of(value), Layout.LINE);
  }

  private enum Layout {
    INDENTED,
    SORTED,
    LINE
  }

  private static String write(JsonElement value, Layout layout) {
    StringBuilder out = new StringBuilder();
    write(value, layout, "\n", out);
    return out.toString();
  }

  private static void write(JsonElement value, Layout layout, String indent, StringBuilder out) {
    switch (value) {
      case JsonObject object -> {
        List<Map.Entry<String, JsonElement>> members = List.copyOf(object.entrySet());
        if (layout == Layout.SORTED) {
          members = members.stream().sorted(Comparator.comparing(Map.Entry::getKey)).toList();
        }
        open('{', members.isEmpty(), layout, indent, out);
        String separator = "";
        for (Map.Entry<String, JsonElement> member : members) {
          out.append(separator);
          string(member.getKey(), layout, out);
          out.append(": ");
          write(member.getValue(), layout, indent + "  ", out);
          separator = layout == Layout.LINE ? ", " : "," + indent + "  ";
        }
        close('}', members.isEmpty(), layout, indent, out);
      }
      case JsonArray array -> {
        open('[', array.isEmpty(), layout, indent, out);
        String separator = "";
        for (JsonElement element : array) {
          out.append(separator);
          write(element, layout, indent + "  ", out);
          separator = layout == Layout.LINE ? ", " : "," + indent + "  ";
        }
        close(']', array.isEmpty(), layout, indent, out);
      }
      case JsonPrimitive primitive when primitive.isString() ->
          string(primitive.getAsString(), layout, out);
      case JsonPrimitive primitive when primitive.isNumber() ->
          out.append(number(primitive.getAsString(), layout));
      default -> out.append(value);
    }
  }

  private static void open(
      char bracket, boolean empty, Layout layout, String indent, StringBuilder out) {
    out.append(bracket);
    if (!empty && layout != Layout.LINE) {
      out.append(indent).append("  ");
    }
  }

  private static void close(
      char bracket, boolean empty, Layout layout, String indent, StringBuilder out) {
    if (!empty && layout != Layout.LINE) {
      out.append(indent);
    }
    out.append(bracket);
  }

  /** Integers of any size as they are; others the shortest way that reads back the same. */
  private static String number(String text, Layout layout) {
    if (text.chars().allMatch(c -> c == '-' || Character.isDigit(c))) {
      return text.equals("-0") ? "0" : text;
    }
    double value = Double.parseDouble(text);
    if (!Double.isFinite(value) && layout == Layout.INDENTED) {
      return "null";
    }
    if (!Double.isFinite(value)) {
      return Double.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
    }
    double size = Math.abs(value);
    if (size == 0 || (size >= 1e-4 && size < 1e16)) {
      String plain = new BigDecimal(Double.toString(value)).stripTrailingZeros().toPlainString();
      String signed = size == 0 && 1 / value < 0 ? "-0.0" : plain;
      return signed.contains(".") ? signed : signed + ".0";
    }
    BigDecimal digits = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    String mantissa = digits.unscaledValue().abs().toString();
    int exponent = mantissa.length() - 1 - digits.scale();
    return (value < 0 ? "-" : "")
        + mantissa.charAt(0)
        + (mantissa.length() > 1 ? "." + mantissa.substring(1) : "")
        + (exponent < 0 ? "e-" : "e+")
        + (Math.abs(exponent) < 10 ? "0" : "")
        + Math.abs(exponent);
  }

  private static void string(String text, Layout layout, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        default -> {
          if (c >= 0x20 && (c < 0x7f || (c > 0x9f && layout == Layout.INDENTED))) {
            out.append(c);
          } else {
            out.append(String.format("\\u%04x", (int) c));
          }
        }
      }
    }
    out.append('"');
  }
}

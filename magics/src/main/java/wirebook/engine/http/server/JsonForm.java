package wirebook.engine.http.server;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import wirebook.codec.Json;
import wirebook.codec.JsonStyle;
import wirebook.trace.Bytes;

/**
 * Values of Java as JSON, and back; written for people or in the forms that httpbin writes: those
 * have ASCII only, and the numbers that JSON does not have.
 */
public final class JsonForm {
  /** As deep as what is read may be. */
  private static final int DEEPEST = 255;

  private static final JsonStyle LINE =
      new JsonStyle("", ", ", ": ", false, true, JsonForm::number);

  private static final JsonStyle SORTED =
      new JsonStyle("  ", ",", ": ", true, true, JsonForm::number);

  private static final JsonStyle FOR_PEOPLE =
      new JsonStyle("  ", ",", ": ", false, false, text -> finite(number(text)));

  private JsonForm() {}

  /**
   * {@code value} as a JSON value: records by their components, objects of a cell's own classes by
   * their fields, bytes as text or, where they are none, in Base64; any other object becomes its
   * text.
   *
   * @throws IllegalArgumentException when it contains itself
   */
  static Json of(@Nullable Object value) {
    return of(value, 0);
  }

  private static Json of(@Nullable Object value, int depth) {
    if (depth > DEEPEST) {
      throw new IllegalArgumentException(
          "the value is no tree: it contains itself, or is deeper than " + DEEPEST + " levels");
    }
    return switch (value) {
      case null -> Json.Null.VALUE;
      case Json json -> json;
      case JsonElement gson -> Json.read(gson.toString()).orElse(Json.Null.VALUE);
      case Optional<?> optional -> of(optional.orElse(null), depth);
      case String text -> Json.of(text);
      case Number number -> new Json.Num(number.toString());
      case Boolean flag -> Json.of(flag);
      case Enum<?> constant -> Json.of(constant.name());
      case Bytes bytes -> Json.of(text(bytes));
      case byte[] bytes -> Json.of(text(Bytes.of(bytes)));
      case Map<?, ?> map -> {
        Map<String, Json> members = new LinkedHashMap<>();
        map.forEach((name, member) -> members.put(String.valueOf(name), of(member, depth + 1)));
        yield new Json.Obj(members);
      }
      case Path path -> Json.of(path.toString());
      case Parameters parameters -> of(parameters.byName(), depth);
      case Iterable<?> list -> array(StreamSupport.stream(list.spliterator(), false), depth);
      case Stream<?> stream -> array(stream, depth);
      case Record record -> ofRecord(record, depth);
      default ->
          value.getClass().isArray()
              ? array(
                  IntStream.range(0, Array.getLength(value)).mapToObj(i -> Array.get(value, i)),
                  depth)
              : isOfACell(value.getClass()) ? ofFields(value, depth) : Json.of(value.toString());
    };
  }

  private static Json.Arr array(Stream<?> elements, int depth) {
    List<Json> all = new ArrayList<>();
    elements.forEachOrdered(element -> all.add(of(element, depth + 1)));
    return Json.of(all);
  }

  private static String text(Bytes bytes) {
    return bytes.isUtf8() ? bytes.text() : Base64.getEncoder().encodeToString(bytes.toArray());
  }

  private static Json.Obj ofRecord(Record record, int depth) {
    Map<String, Json> members = new LinkedHashMap<>();
    try {
      for (RecordComponent component : record.getClass().getRecordComponents()) {
        component.getAccessor().setAccessible(true);
        members.put(component.getName(), of(component.getAccessor().invoke(record), depth + 1));
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException("cannot read " + record.getClass().getName(), e);
    }
    return new Json.Obj(members);
  }

  /** What was compiled in a notebook comes from no file, and is not the JDK's. */
  private static boolean isOfACell(Class<?> type) {
    return type.getClassLoader() != null
        && !type.getClassLoader().equals(ClassLoader.getPlatformClassLoader())
        && Optional.ofNullable(type.getProtectionDomain().getCodeSource())
            .map(CodeSource::getLocation)
            .isEmpty();
  }

  private static Json.Obj ofFields(Object value, int depth) {
    Map<String, Json> members = new LinkedHashMap<>();
    try {
      for (Class<?> type = value.getClass(); isOfACell(type); type = type.getSuperclass()) {
        for (Field field : type.getDeclaredFields()) {
          int left = Modifier.STATIC | Modifier.TRANSIENT;
          if (!field.isSynthetic() && (field.getModifiers() & left) == 0) {
            field.setAccessible(true);
            members.put(field.getName(), of(field.get(value), depth + 1));
          }
        }
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException("cannot read " + value.getClass().getName(), e);
    }
    return new Json.Obj(members);
  }

  /**
   * JSON as a value of {@code type}.
   *
   * @throws HttpError 400 when it does not fit
   */
  static <T> T to(Class<T> type, Json json) {
    if (type.isInstance(json)) {
      return type.cast(json);
    }
    try {
      T value = new Gson().fromJson(json.write(), type);
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
    return of(value).write(FOR_PEOPLE);
  }

  /** Two spaces a level, names sorted by code point, ASCII only. */
  public static String sorted(Object value) {
    return of(value).write(SORTED);
  }

  /** One line, with a space after each comma and colon. */
  public static String oneLine(Object value) {
    return of(value).write(LINE);
  }

  /** JSON has no numbers without end. */
  private static String finite(String number) {
    return number.endsWith("N") || number.endsWith("y") ? "null" : number;
  }

  /** Integers of any size as they are; others the shortest way that reads back the same. */
  private static String number(String text) {
    if (text.chars().allMatch(c -> c == '-' || Character.isDigit(c))) {
      return text.equals("-0") ? "0" : text;
    }
    double value = Double.parseDouble(text);
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
}

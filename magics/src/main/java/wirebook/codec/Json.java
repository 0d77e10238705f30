package wirebook.codec;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.MalformedJsonException;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A JSON value (RFC 8259): read strictly and no deeper than {@link #DEEPEST} levels, for it may
 * come from anywhere, and without reflection, so that it costs little at start-up.
 */
public sealed interface Json {
  /** As many levels as what is read may have. */
  int DEEPEST = 255;

  /** {@code null}. */
  record Null() implements Json {
    public static final Null VALUE = new Null();
  }

  /** {@code true} or {@code false}. */
  record Bool(boolean value) implements Json {}

  /**
   * A number as it was written, so that none loses digits; equal to every other way to write it.
   */
  record Num(String literal) implements Json {
    /**
     * More digits, or zeros, are not worked with: a small text may say a number that fills memory.
     */
    private static final int MOST_DIGITS = 10_000;

    /** Its value; empty where that has too many digits to work with. */
    public Optional<BigDecimal> decimal() {
      if (literal.length() > MOST_DIGITS) {
        return Optional.empty();
      }
      try {
        return Optional.of(new BigDecimal(literal))
            .filter(n -> Math.abs((long) n.scale()) <= MOST_DIGITS);
      } catch (NumberFormatException e) {
        return Optional.empty();
      }
    }

    /** The nearest double; infinite where it is too large for one. */
    public double real() {
      return Double.parseDouble(literal);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Num(String written)
          && (written.equals(literal)
              || decimal()
                  .flatMap(n -> new Num(written).decimal().map(m -> n.compareTo(m) == 0))
                  .orElse(false));
    }

    @Override
    public int hashCode() {
      return decimal().map(n -> n.stripTrailingZeros().hashCode()).orElseGet(literal::hashCode);
    }
  }

  /** A string. */
  record Text(String value) implements Json {}

  /** An array. */
  record Arr(List<Json> items) implements Json {
    public static final Arr EMPTY = new Arr(List.of());

    public Arr {
      items = List.copyOf(items);
    }
  }

  /** An object; its members keep their order, and of equal names the last one counts. */
  record Obj(Map<String, Json> members) implements Json {
    public static final Obj EMPTY = new Obj(Map.of());

    public Obj {
      members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
    }

    public boolean has(String name) {
      return members.containsKey(name);
    }

    /** The member, {@code null} when there is none. */
    public Json get(String name) {
      return members.getOrDefault(name, Null.VALUE);
    }

    /** The member when it is a string. */
    public Optional<String> text(String name) {
      return get(name) instanceof Text(String value) ? Optional.of(value) : Optional.empty();
    }

    /** The member when it is a number, cut to one that fits. */
    public Optional<Integer> integer(String name) {
      return get(name) instanceof Num number ? Optional.of((int) number.real()) : Optional.empty();
    }

    public boolean bool(String name, boolean otherwise) {
      return get(name) instanceof Bool(boolean value) ? value : otherwise;
    }

    /** The member when it is an object, else an empty one. */
    public Obj object(String name) {
      return get(name) instanceof Obj object ? object : EMPTY;
    }

    /** What is in the member when it is an array, else nothing. */
    public List<Json> items(String name) {
      return get(name) instanceof Arr(List<Json> items) ? items : List.of();
    }

    /** This object with one member more, or another value for it. */
    public Obj with(String name, Json value) {
      SequencedMap<String, Json> more = new LinkedHashMap<>(members);
      more.put(name, value);
      return new Obj(more);
    }
  }

  static Json of(String value) {
    return new Text(value);
  }

  static Json of(boolean value) {
    return new Bool(value);
  }

  static Json of(long value) {
    return new Num(Long.toString(value));
  }

  static Json of(double value) {
    return new Num(Double.toString(value));
  }

  static Json of(BigDecimal value) {
    return new Num(value.toString());
  }

  static Arr of(Collection<? extends Json> items) {
    return new Arr(List.copyOf(items));
  }

  static Arr texts(Collection<String> items) {
    return new Arr(items.stream().map(Json::of).toList());
  }

  /** An object of names and values, in turn; a value is a Json, String, Boolean or a number. */
  static Obj object(Object... namesAndValues) {
    SequencedMap<String, Json> members = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      members.put((String) namesAndValues[i], value(namesAndValues[i + 1]));
    }
    return new Obj(members);
  }

  private static Json value(Object value) {
    return switch (value) {
      case Json json -> json;
      case String text -> of(text);
      case Boolean bool -> of(bool);
      case Integer number -> of(number);
      case Long number -> of(number);
      case Double number -> of(number);
      default -> throw new IllegalArgumentException("no JSON: " + value.getClass());
    };
  }

  /** The text is not JSON, or nested too deep. */
  final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;
    private static final Pattern PLACE = Pattern.compile("line \\d+ column \\d+");

    private final String place;

    private Malformed(String what, String place) {
      super(what + " at " + place);
      this.place = place;
    }

    /** Gson's own words are advice for programmers; where it stopped is for everyone. */
    private static Malformed at(@Nullable String gson, String what) {
      Matcher found = PLACE.matcher(String.valueOf(gson));
      return new Malformed(what, found.find() ? found.group() : "line 1 column 1");
    }

    /** As {@code line 1 column 2}. */
    public String place() {
      return place;
    }
  }

  /**
   * Reads one value.
   *
   * @throws Malformed when {@code text} is anything else
   */
  static Json parse(String text) throws Malformed {
    JsonReader reader = new JsonReader(new StringReader(text));
    reader.setStrictness(Strictness.STRICT);
    reader.setNestingLimit(DEEPEST);
    try {
      Json value = read(reader);
      try {
        // Reads on to the end, and throws when there is more.
        var _ = reader.peek();
      } catch (MalformedJsonException e) {
        throw Malformed.at(e.getMessage(), "something stands behind its end");
      }
      return value;
    } catch (EOFException e) {
      throw Malformed.at(e.getMessage(), text.isBlank() ? "it is empty" : "it ends too soon");
    } catch (MalformedJsonException | IllegalStateException e) {
      boolean deep = String.valueOf(e.getMessage()).startsWith("Nesting limit");
      throw Malformed.at(e.getMessage(), deep ? "it is nested too deep" : "malformed");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The value that {@code text} is, if it is one. */
  static Optional<Json> read(String text) {
    try {
      return Optional.of(parse(text));
    } catch (Malformed e) {
      return Optional.empty();
    }
  }

  private static Json read(JsonReader reader) throws IOException {
    return switch (reader.peek()) {
      case BEGIN_OBJECT -> {
        SequencedMap<String, Json> members = new LinkedHashMap<>();
        reader.beginObject();
        while (reader.hasNext()) {
          members.put(reader.nextName(), read(reader));
        }
        reader.endObject();
        yield new Obj(members);
      }
      case BEGIN_ARRAY -> {
        List<Json> items = new ArrayList<>();
        reader.beginArray();
        while (reader.hasNext()) {
          items.add(read(reader));
        }
        reader.endArray();
        yield new Arr(items);
      }
      case STRING -> new Text(reader.nextString());
      case NUMBER -> new Num(reader.nextString());
      case BOOLEAN -> new Bool(reader.nextBoolean());
      case NULL -> {
        reader.nextNull();
        yield Null.VALUE;
      }
      case END_ARRAY, END_OBJECT, END_DOCUMENT, NAME ->
          throw new MalformedJsonException("a value was expected at " + reader.getPath());
    };
  }

  /** The elements of an array or the members of an object; none for anything else. */
  default List<Json> parts() {
    return switch (this) {
      case Arr(List<Json> items) -> items;
      case Obj(Map<String, Json> members) -> List.copyOf(members.values());
      case Null _, Bool _, Num _, Text _ -> List.of();
    };
  }

  /** A string without quotes, all else as {@link #write}. */
  default String text() {
    return this instanceof Text(String value) ? value : write();
  }

  /** The value without white space. */
  default String write() {
    return write(JsonStyle.COMPACT);
  }

  /** The value as text; half a surrogate pair is escaped, so UTF-8 can hold it. */
  default String write(JsonStyle style) {
    StringBuilder out = new StringBuilder();
    new JsonText(style, out).write(this, style.lineEnd());
    return out.toString();
  }
}

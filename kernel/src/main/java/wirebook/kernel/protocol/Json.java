package wirebook.kernel.protocol;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/** A JSON value (RFC 8259). Read without reflection, so that it costs little at start-up. */
public sealed interface Json {
  /** {@code null}. */
  record Null() implements Json {
    public static final Null VALUE = new Null();
  }

  /** {@code true} or {@code false}. */
  record Bool(boolean value) implements Json {}

  /** A number as it was written, so that none loses digits. */
  record Num(String literal) implements Json {}

  /** A string. */
  record Text(String value) implements Json {}

  /** An array. */
  record Arr(List<Json> items) implements Json {
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

    /** The member when it is a number that fits; a fraction is cut off. */
    public Optional<Integer> integer(String name) {
      if (get(name) instanceof Num(String literal)) {
        try {
          return Optional.of((int) Double.parseDouble(literal));
        } catch (NumberFormatException e) {
          return Optional.empty();
        }
      }
      return Optional.empty();
    }

    public boolean bool(String name, boolean otherwise) {
      return get(name) instanceof Bool(boolean value) ? value : otherwise;
    }

    /** The member when it is an object, else an empty one. */
    public Obj object(String name) {
      return get(name) instanceof Obj object ? object : EMPTY;
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

  static Arr of(Collection<? extends Json> items) {
    return new Arr(List.copyOf(items));
  }

  static Arr texts(Collection<String> items) {
    return new Arr(items.stream().map(Json::of).toList());
  }

  /**
   * An object of names and values, in turn; a value is a Json, String, Boolean, Integer or Long.
   */
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
      default -> throw new IllegalArgumentException("no JSON: " + value.getClass());
    };
  }

  /** The text is not JSON, or nested too deep. */
  final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed(String message) {
      super(message);
    }
  }

  /**
   * Reads one value.
   *
   * @throws Malformed when {@code text} is anything else
   */
  static Json parse(String text) throws Malformed {
    JsonReader reader = new JsonReader(new StringReader(text));
    try {
      reader.setStrictness(Strictness.STRICT);
      Json value = read(reader);
      if (reader.peek() != JsonToken.END_DOCUMENT) {
        throw new Malformed("something follows the JSON value");
      }
      return value;
    } catch (EOFException e) {
      throw new Malformed("the JSON text ends too early");
    } catch (MalformedJsonException | IllegalStateException e) {
      // Gson's own words are advice for programmers.
      throw new Malformed("no JSON value stands at " + reader.getPath());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
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

  /**
   * Writes the value without white space. Half a surrogate pair is escaped, so UTF-8 can hold it.
   */
  default String write() {
    StringBuilder out = new StringBuilder();
    JsonText.write(this, out);
    return out.toString();
  }
}

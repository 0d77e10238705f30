package wirebook.engine.http.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The fields of a header section, in order, with names as they were written (RFC 9110 §5). */
public record Headers(List<Field> fields) {
  public static final Headers NONE = new Headers(List.of());

  public Headers {
    fields = List.copyOf(fields);
  }

  /** One field line. */
  public record Field(String name, String value) {
    /** Whether the name is a token and the value has no line end (RFC 9110 §5.1, §5.5). */
    public boolean canBeSent() {
      return !name.isEmpty()
          && name.chars()
              .allMatch(
                  c ->
                      c < 0x7f
                          && (Character.isLetterOrDigit(c) || "!#$%&'*+-.^_`|~".indexOf(c) >= 0))
          && value.chars().noneMatch(c -> (c < 0x20 && c != '\t') || c == 0x7f);
    }
  }

  /** Names and values in turn. */
  public static Headers of(String... namesAndValues) {
    List<Field> fields = new ArrayList<>(namesAndValues.length / 2);
    for (int i = 0; i + 1 < namesAndValues.length; i += 2) {
      fields.add(new Field(namesAndValues[i], namesAndValues[i + 1]));
    }
    return new Headers(fields);
  }

  public Optional<String> first(String name) {
    for (Field field : fields) {
      if (field.name().equalsIgnoreCase(name)) {
        return Optional.of(field.value());
      }
    }
    return Optional.empty();
  }

  public List<String> all(String name) {
    return fields.stream().filter(f -> f.name().equalsIgnoreCase(name)).map(Field::value).toList();
  }

  public boolean has(String name) {
    return first(name).isPresent();
  }

  /** With one more field line. */
  public Headers plus(String name, String value) {
    List<Field> more = new ArrayList<>(fields);
    more.add(new Field(name, value));
    return new Headers(more);
  }

  /** With this field line in place of all of its name. */
  public Headers with(String name, String value) {
    return without(name).plus(name, value);
  }

  public Headers without(String name) {
    return new Headers(fields.stream().filter(f -> !f.name().equalsIgnoreCase(name)).toList());
  }
}

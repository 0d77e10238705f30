package wirebook.spi;

/**
 * Turns values of a type into what people see. Found through {@code ServiceLoader}; the one with
 * the most specific type wins. Pure: the value has all that is shown.
 */
public interface Renderer<T> {
  Class<T> type();

  MimeBundle render(T value);
}

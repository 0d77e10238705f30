package wirebook.spi;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/** What the magics of a session share: one object of each type, made when it is first wanted. */
public final class Services {
  private final Map<Class<?>, Object> all = new HashMap<>();

  /** The object of this type; {@code maker} may want others. */
  public synchronized <T> T get(Class<T> type, Supplier<T> maker) {
    Object service = all.get(type);
    if (service == null) {
      service = maker.get();
      all.put(type, service);
    }
    return type.cast(service);
  }
}

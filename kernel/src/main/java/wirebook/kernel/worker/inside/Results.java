package wirebook.kernel.worker.inside;

import java.lang.reflect.Field;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import wirebook.trace.Heavy;

/**
 * The results of cells that hold much. All together they keep {@link #most} bytes: for a newer one
 * the oldest are exchanged for lighter ones, in {@code Out[n]} and {@code _n}. A variable of the
 * student's holds the value itself, which stays as it is.
 */
final class Results {
  /** The share of the memory that results without a name may take. */
  private static final int SHARE = 8;

  private static final long AT_LEAST = 8L << 20;
  private static final long AT_MOST = 128L << 20;

  /** Results below this are left alone. */
  private static final long LIGHT = 4096;

  private final long most;
  private final Deque<Held> held = new ArrayDeque<>();
  private long weight;

  private record Held(int number, Optional<Field> variable, long weight) {}

  Results(long memory) {
    most = Math.clamp(memory / SHARE, AT_LEAST, AT_MOST);
  }

  /**
   * A cell gave {@code value}.
   *
   * @param made the class of the code that gave it, which may have a variable for it
   */
  void add(int number, Object value, Optional<Class<?>> made) {
    Notebook.result(number, value);
    long more = value instanceof Heavy heavy ? heavy.weight() : 0;
    if (more < LIGHT) {
      return;
    }
    held.addLast(new Held(number, made.flatMap(type -> variable(type, value)), more));
    weight += more;
    // The newest stays, however heavy: somebody looks at it just now.
    while (weight > most && held.size() > 1) {
      Held oldest = held.removeFirst();
      weight -= oldest.weight();
      lighten(oldest);
    }
  }

  /** JShell's variable for an expression's value. */
  private static Optional<Field> variable(Class<?> type, Object value) {
    for (Field field : type.getDeclaredFields()) {
      try {
        if (field.getName().startsWith("_") && field.trySetAccessible()) {
          if (isIt(field.get(null), value)) {
            return Optional.of(field);
          }
        }
      } catch (IllegalAccessException | NullPointerException e) {
        // It is none of a cell's.
      }
    }
    return Optional.empty();
  }

  @SuppressWarnings("ReferenceEquality")
  private static boolean isIt(@Nullable Object one, Object other) {
    return one == other;
  }

  private static void lighten(Held old) {
    if (Notebook.Out[old.number()] instanceof Heavy heavy) {
      Heavy light = heavy.lightened();
      old.variable()
          .ifPresent(
              field -> {
                try {
                  if (isIt(field.get(null), heavy)) {
                    field.set(null, light);
                  }
                } catch (IllegalAccessException e) {
                  throw new IllegalStateException(e);
                }
              });
      Notebook.result(old.number(), light);
    }
  }
}

package wirebook.kernel.worker.inside;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import wirebook.kernel.worker.wire.WorkerMessage.Thrown;

/** What the kernel is told of a throwable. */
final class ThrownCopy {
  /** What a chain of causes or a tree of suppressed exceptions may have. */
  private static final int DEEPEST = 12;

  /** Of the throwable, its causes, and their causes. */
  private static final int MOST_WITH_SUPPRESSED = 3;

  /** Of one throwable. */
  private static final int MOST_SUPPRESSED = 10;

  private static final int MOST_FRAMES = 1024;
  private static final int LONGEST = 100_000;

  private ThrownCopy() {}

  /** Copies what is shown of {@code throwable}; its own methods may fail as they like. */
  static Thrown of(Throwable throwable) {
    return of(throwable, 0);
  }

  private static Thrown of(Throwable throwable, int depth) {
    Optional<String> message =
        own("getMessage", () -> throwable.getLocalizedMessage(), failed -> "(" + failed + ")");
    Optional<List<StackTraceElement>> frames =
        own("getStackTrace", () -> List.of(throwable.getStackTrace()), failed -> List.of());
    Optional<Throwable> cause =
        depth < DEEPEST
            ? own("getCause", () -> throwable.getCause(), IllegalStateException::new)
            : Optional.empty();
    List<Throwable> suppressed = List.of(throwable.getSuppressed());
    List<Throwable> shown =
        suppressed.subList(
            0, depth < MOST_WITH_SUPPRESSED ? Math.min(suppressed.size(), MOST_SUPPRESSED) : 0);
    Class<?> type = throwable.getClass();
    return new Thrown(
        (type.isAnonymousClass() ? type.getSuperclass() : type).getName(),
        message.map(ThrownCopy::cut),
        withoutChecks(frames.orElse(List.of())).stream().limit(MOST_FRAMES).toList(),
        cause.map(one -> of(one, depth + 1)),
        shown.stream().map(one -> of(one, depth + 1)).toList(),
        suppressed.size() - shown.size());
  }

  /** What a method of the throwable gives, which may be the cell's; else what it ended in. */
  private static <T> Optional<T> own(
      String method, Supplier<? extends @Nullable T> value, Function<String, T> failed) {
    try {
      return Optional.ofNullable(value.get());
    } catch (Throwable e) {
      return Optional.of(failed.apply("its " + method + "() threw " + e.getClass().getName()));
    }
  }

  /** Without those that were woven in, and what they call: the stack may end there. */
  private static List<StackTraceElement> withoutChecks(List<StackTraceElement> frames) {
    int last = -1;
    for (int i = 0;
        i < frames.size() && !CellClasses.isCellCode(frames.get(i).getClassName());
        i++) {
      if (frames.get(i).getClassName().equals(StopCheck.class.getName())) {
        last = i;
      }
    }
    return frames.subList(last + 1, frames.size());
  }

  private static String cut(String text) {
    return text.length() <= LONGEST
        ? text
        : text.substring(0, LONGEST) + " … (" + (text.length() - LONGEST) + " more characters)";
  }
}

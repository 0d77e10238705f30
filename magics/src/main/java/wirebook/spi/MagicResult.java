package wirebook.spi;

import java.util.Optional;

/**
 * What a call gave.
 *
 * @param value what an assignment takes ({@code var r = %dig …}), and what the next cell can use
 * @param exitCode the classic tool's: 0 for success. The cell does not fail because of it; the
 *     shell command exits with it.
 */
public record MagicResult(Optional<Object> value, int exitCode) {
  public static final MagicResult NOTHING = new MagicResult(Optional.empty(), 0);

  public static MagicResult of(Object value) {
    return new MagicResult(Optional.of(value), 0);
  }

  public static MagicResult of(Object value, int exitCode) {
    return new MagicResult(Optional.of(value), exitCode);
  }
}

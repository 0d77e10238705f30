package wirebook.kernel.session;

import java.util.Optional;
import wirebook.spi.MimeBundle;

/**
 * Where the output of one cell goes. Stays usable after the cell has ended, for its threads. Safe
 * for use by several threads; what one thread writes keeps its order.
 */
public interface CellOutput {
  enum Stream {
    STDOUT,
    STDERR
  }

  void stream(Stream stream, String text);

  void display(MimeBundle bundle, Optional<String> displayId);

  void updateDisplay(MimeBundle bundle, String displayId);

  void clear(boolean wait);

  /**
   * Asks the person and waits.
   *
   * @return the answer without a line end; empty when nobody can be asked
   */
  Optional<String> ask(String prompt, boolean password) throws InterruptedException;
}

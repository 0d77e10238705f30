package wirebook.kernel.session;

import java.util.List;
import java.util.Optional;
import wirebook.codec.Json;
import wirebook.spi.MimeBundle;
import wirebook.trace.Bytes;

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

  /** What was printed so far comes before what anybody says from now on. */
  default void flush() {}

  /**
   * Says something in a comm: {@code comm_open}, {@code comm_msg} or {@code comm_close}. Nobody
   * hears it where there is no front end.
   */
  default void comm(String type, Json.Obj metadata, Json.Obj content, List<Bytes> buffers) {}

  /**
   * Asks the person and waits.
   *
   * @return the answer without a line end; empty when nobody can be asked
   */
  Optional<String> ask(String prompt, boolean password) throws InterruptedException;
}

package wirebook.codec;

import java.io.Closeable;
import java.io.IOException;

/** Closes what is of no more use: with a failure to close it nothing is lost. */
public final class Quietly {
  private Quietly() {}

  public static void close(Closeable closeable) {
    try {
      closeable.close();
    } catch (IOException e) {
      // Closed is closed.
    }
  }
}

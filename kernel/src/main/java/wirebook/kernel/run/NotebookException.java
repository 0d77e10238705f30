package wirebook.kernel.run;

import java.nio.file.Path;

/** A file that is no notebook which can be run; the message has the file, the cause and a fix. */
public final class NotebookException extends Exception {
  private static final long serialVersionUID = 1L;

  public NotebookException(Path file, String message) {
    super(file + ": " + message);
  }
}

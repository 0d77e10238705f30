package wirebook.engine.process;

import java.util.Iterator;
import java.util.List;
import wirebook.trace.Bytes;

/**
 * A program that has ended.
 *
 * @param command the program and its arguments
 * @param exitStatus 0 for success; 128 and the signal's number when a signal ended it
 * @param standardOutput at most {@link #MOST_KEPT} bytes of it, the first ones
 * @param standardError likewise
 * @param whole whether that is all that it wrote
 */
public record CompletedProcess(
    List<String> command, int exitStatus, Bytes standardOutput, Bytes standardError, boolean whole)
    implements Iterable<String> {
  /** So many bytes of each stream are kept. */
  public static final int MOST_KEPT = 1 << 20;

  public CompletedProcess {
    command = List.copyOf(command);
  }

  /** What it wrote to standard output, without the line end that is its last character. */
  public String out() {
    return text(standardOutput);
  }

  /** What it wrote to standard error, likewise. */
  public String err() {
    return text(standardError);
  }

  /** The lines of its standard output. */
  public List<String> lines() {
    return standardOutput.text().lines().toList();
  }

  /** Over its lines, as over what IPython gives. */
  @Override
  public Iterator<String> iterator() {
    return lines().iterator();
  }

  public boolean succeeded() {
    return exitStatus == 0;
  }

  private static String text(Bytes bytes) {
    String text = bytes.text();
    return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
  }

  /** Its standard output. */
  @Override
  public String toString() {
    return out();
  }
}

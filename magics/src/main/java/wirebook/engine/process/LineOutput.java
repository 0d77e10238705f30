package wirebook.engine.process;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** What a program writes into one stream, as lines; those that are longer come in pieces. */
public final class LineOutput extends OutputStream {
  private final int longest;
  private final Consumer<String> told;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();

  /**
   * @param longest in bytes
   * @param told each without its end
   */
  public LineOutput(int longest, Consumer<String> told) {
    this.longest = longest;
    this.told = told;
  }

  @Override
  public synchronized void write(int b) {
    if (b != '\n') {
      line.write(b);
    }
    if (b == '\n' || line.size() >= longest) {
      tell();
    }
  }

  /** There comes no more: what has no line end is a line, too. */
  public synchronized void end() {
    if (line.size() > 0) {
      tell();
    }
  }

  private void tell() {
    told.accept(line.toString(StandardCharsets.UTF_8));
    line.reset();
  }
}

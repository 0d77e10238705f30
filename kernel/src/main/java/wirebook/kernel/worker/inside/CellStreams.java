package wirebook.kernel.worker.inside;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Supplier;
import wirebook.kernel.session.CellOutput.Stream;

/** The standard streams of cells. */
final class CellStreams {
  private CellStreams() {}

  /** Makes them the process's. A cell that closes one, as {@code try (…)} does, gets a new one. */
  static void open() {
    openOut();
    openErr();
  }

  private static void openOut() {
    System.setOut(printer(Stream.STDOUT, CellStreams::openOut));
  }

  private static void openErr() {
    System.setErr(printer(Stream.STDERR, CellStreams::openErr));
  }

  private static PrintStream printer(Stream stream, Runnable closed) {
    return new PrintStream(new Out(Cell::current, stream, closed), true, StandardCharsets.UTF_8);
  }

  /** What a cell has put in their place may hold text back. */
  @SuppressWarnings("NullAway") // A cell can set them to null, and would not see why it fails then.
  static void flush() {
    if (System.out == null) {
      openOut();
    }
    if (System.err == null) {
      openErr();
    }
    System.out.flush();
    System.err.flush();
  }

  /** Prints to the cell that {@code cell} names at each call. */
  static final class Out extends OutputStream {
    private final Supplier<Cell> cell;
    private final Stream stream;
    private final Runnable closed;

    Out(Supplier<Cell> cell, Stream stream) {
      this(cell, stream, () -> {});
    }

    Out(Supplier<Cell> cell, Stream stream, Runnable closed) {
      this.cell = cell;
      this.stream = stream;
      this.closed = closed;
    }

    @Override
    public void write(int b) {
      cell.get().print(stream, new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      java.util.Objects.checkFromIndexSize(offset, length, bytes.length);
      cell.get().print(stream, bytes, offset, length);
    }

    @Override
    public void close() {
      closed.run();
    }
  }

  /** Asks a person for a line. */
  interface Questions {
    Optional<String> ask(Cell cell, String prompt, boolean password) throws InterruptedException;
  }

  /** Asks the front end for a line whenever a cell reads and nothing is left of the line before. */
  static final class In extends InputStream {
    private final Questions questions;
    private byte[] line = new byte[0];
    private int next;
    private int owner;

    In(Questions questions) {
      this.questions = questions;
    }

    @Override
    public synchronized int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public synchronized int read(byte[] bytes, int offset, int length) throws IOException {
      java.util.Objects.checkFromIndexSize(offset, length, bytes.length);
      if (length == 0) {
        return 0;
      }
      if (available() == 0 && !ask()) {
        return -1;
      }
      int part = Math.min(length, line.length - next);
      System.arraycopy(line, next, bytes, offset, part);
      next += part;
      return part;
    }

    /** What is left over from another cell's answer is not read. */
    @Override
    public synchronized int available() {
      return owner == Cell.current().id() ? line.length - next : 0;
    }

    private boolean ask() throws IOException {
      Optional<String> answer = ask("", false);
      line = answer.map(text -> text + "\n").orElse("").getBytes(StandardCharsets.UTF_8);
      next = 0;
      owner = Cell.current().id();
      return answer.isPresent();
    }

    /** A line that is not read from what was left; empty when nobody can be asked. */
    Optional<String> ask(String prompt, boolean password) throws IOException {
      CellStreams.flush();
      Cell cell = Cell.current();
      cell.flush();
      try {
        return questions.ask(cell, prompt, password);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw (IOException)
            new InterruptedIOException("stopped while waiting for an answer").initCause(e);
      }
    }
  }
}

package wirebook.kernel.java;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import wirebook.codec.Json;
import wirebook.kernel.session.CellOutput;
import wirebook.kernel.session.Interpreter.CellRequest;
import wirebook.kernel.session.Interpreter.Outcome;
import wirebook.spi.MimeBundle;
import wirebook.trace.Bytes;

/** Runs cells in a real worker and keeps what they show. */
public final class TestCells implements AutoCloseable {
  public final JavaInterpreter interpreter;
  private final AtomicInteger count = new AtomicInteger();

  public TestCells() {
    this(Map.of());
  }

  /**
   * @param environment what the cells find there besides this process's
   */
  public TestCells(Map<String, String> environment) {
    this(new JavaInterpreter(Path.of("").toAbsolutePath(), environment));
  }

  public TestCells(JavaInterpreter interpreter) {
    this.interpreter = interpreter;
  }

  /** What one cell printed and showed. */
  public static final class Recorded implements CellOutput {
    private final StringBuilder out = new StringBuilder();
    private final StringBuilder err = new StringBuilder();
    final List<MimeBundle> displays = new ArrayList<>();
    final List<String> updates = new ArrayList<>();
    final List<MimeBundle> updated = new ArrayList<>();
    final List<Json.Obj> comms = new ArrayList<>();
    final List<Boolean> clears = new ArrayList<>();
    final List<String> prompts = new ArrayList<>();
    Optional<String> answer = Optional.empty();

    @Override
    public synchronized void stream(Stream stream, String text) {
      (stream == Stream.STDOUT ? out : err).append(text);
    }

    public synchronized String out() {
      return out.toString();
    }

    public synchronized String err() {
      return err.toString();
    }

    @Override
    public void display(MimeBundle bundle, Optional<String> displayId) {
      displays.add(bundle);
    }

    @Override
    public void updateDisplay(MimeBundle bundle, String displayId) {
      updates.add(displayId);
      updated.add(bundle);
    }

    @Override
    public void clear(boolean wait) {
      clears.add(wait);
    }

    @Override
    public void comm(String type, Json.Obj metadata, Json.Obj content, List<Bytes> buffers) {
      comms.add(content.with("metadata", metadata));
    }

    @Override
    public Optional<String> ask(String prompt, boolean password) throws InterruptedException {
      prompts.add((password ? "secretly " : "") + prompt);
      if (answer.isEmpty()) {
        stream(Stream.STDOUT, "asked");
        Thread.sleep(60_000);
      }
      return answer;
    }
  }

  public Outcome run(String code, CellOutput output) {
    return interpreter.execute(new CellRequest(code, count.incrementAndGet(), false, true), output);
  }

  /** What a cell that must succeed printed. */
  public String out(String code) {
    Recorded recorded = new Recorded();
    assertThat(run(code, recorded)).as(code).isInstanceOf(Outcome.Done.class);
    return recorded.out();
  }

  /** The plain text of a cell's result, or nothing. */
  public Optional<String> value(String code) {
    Outcome outcome = run(code, new Recorded());
    assertThat(outcome).as(code).isInstanceOf(Outcome.Done.class);
    return ((Outcome.Done) outcome).value().map(MimeBundle::text);
  }

  /** All forms of a cell's result. */
  MimeBundle bundle(String code) {
    Outcome outcome = run(code, new Recorded());
    assertThat(outcome).as(code).isInstanceOf(Outcome.Done.class);
    return ((Outcome.Done) outcome).value().orElseThrow();
  }

  public Outcome.Failed failure(String code) {
    Outcome outcome = run(code, new Recorded());
    assertThat(outcome).as(code).isInstanceOf(Outcome.Failed.class);
    return (Outcome.Failed) outcome;
  }

  /** The number of the last cell. */
  public int last() {
    return count.get();
  }

  @Override
  public void close() {
    interpreter.close();
  }
}

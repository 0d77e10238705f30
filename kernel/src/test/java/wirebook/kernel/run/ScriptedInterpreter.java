package wirebook.kernel.run;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import wirebook.kernel.session.CellOutput;
import wirebook.kernel.session.Interpreter;
import wirebook.spi.MimeBundle;

/** Does for each cell what a test says; {@code print X} and {@code fail X} need no saying. */
final class ScriptedInterpreter implements Interpreter {
  interface Script {
    Outcome run(CellOutput output) throws InterruptedException;
  }

  private final Map<String, Script> scripts;
  private final CountDownLatch interrupted = new CountDownLatch(1);
  private boolean ready;
  boolean closed;

  ScriptedInterpreter(Map<String, Script> scripts) {
    this.scripts = scripts;
  }

  ScriptedInterpreter() {
    this(Map.of());
  }

  @Override
  public Outcome execute(CellRequest request, CellOutput output) {
    String code = request.code();
    try {
      if (scripts.containsKey(code)) {
        return scripts.get(code).run(output);
      }
      if (code.startsWith("fail ")) {
        return new Outcome.Failed(
            "Broken",
            code.substring(5),
            List.of("\u001b[31mBroken\u001b[0m: " + code.substring(5)));
      }
      if (code.equals("hang")) {
        interrupted.await();
        return new Outcome.Failed("Interrupted", "stopped", List.of());
      }
      output.stream(
          CellOutput.Stream.STDOUT, (code.equals("ready?") ? String.valueOf(ready) : code) + "\n");
      return new Outcome.Done(Optional.empty());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void awaitReady() {
    ready = true;
  }

  @Override
  public Outcome evaluate(String expression, CellOutput output) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void interrupt() {
    interrupted.countDown();
  }

  @Override
  public Completion complete(String code, int cursor) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Optional<MimeBundle> inspect(String code, int cursor, int detailLevel) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Completeness isComplete(String code) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {
    closed = true;
  }
}

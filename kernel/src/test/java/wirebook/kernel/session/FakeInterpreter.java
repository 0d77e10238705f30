package wirebook.kernel.session;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import wirebook.spi.MimeBundle;

/**
 * Runs a little language of one command a line, enough to see what a session makes of it: {@code
 * out text}, {@code err text}, {@code flood n}, {@code show text}, {@code large n} of n MB, {@code
 * ask prompt}, {@code fail}, {@code echo target} for comms that are answered with what they say,
 * {@code throw}, {@code wait} until it is stopped, {@code later text} from a thread after the cell,
 * and {@code = text} for a value.
 */
public final class FakeInterpreter implements Interpreter {
  private final Semaphore stops = new Semaphore(0);

  /** Counted down when a {@code wait} has begun. */
  public final CountDownLatch waiting = new CountDownLatch(1);

  /** Lets what was said {@code later} be printed. */
  public final CountDownLatch later = new CountDownLatch(1);

  public volatile boolean closed;

  private volatile boolean running;

  private final CompletableFuture<Comms> comms = new CompletableFuture<>();

  /** Refuses those that are opened with any data. */
  private record Echo(Comms.Comm comm, CellOutput output) implements Comms.Listener {
    @Override
    public boolean opened(Comms.Request request) {
      return request.data().members().isEmpty();
    }

    @Override
    public void message(Comms.Request request) {
      output.stream(CellOutput.Stream.STDOUT, "told");
      comm.send(request.answering(output), request.data(), request.buffers());
    }

    @Override
    public void closed(Comms.Request request) {
      output.stream(CellOutput.Stream.STDOUT, "over");
    }
  }

  private static MimeBundle large(String megabytes) {
    return MimeBundle.text("x".repeat(Integer.parseInt(megabytes) << 20));
  }

  @Override
  public Outcome execute(CellRequest request, CellOutput output) {
    Optional<MimeBundle> value = Optional.empty();
    try {
      for (String line : request.code().lines().toList()) {
        String[] words = line.split(" ", 2);
        String rest = words.length > 1 ? words[1] : "";
        switch (words[0]) {
          case "out" -> output.stream(CellOutput.Stream.STDOUT, rest + "\n");
          case "err" -> output.stream(CellOutput.Stream.STDERR, rest + "\n");
          case "flood" -> {
            String chunk = "x".repeat(1 << 20);
            for (int i = 0; i < Integer.parseInt(rest); i++) {
              output.stream(CellOutput.Stream.STDOUT, chunk);
            }
          }
          case "large" -> output.display(large(rest), Optional.empty());
          case "=large" -> value = Optional.of(large(rest));
          case "show" -> output.display(MimeBundle.text(rest), Optional.of("id-" + rest));
          case "update" -> output.updateDisplay(MimeBundle.text(rest), "id-" + rest);
          case "clear" -> output.clear(true);
          case "ask" ->
              output.stream(
                  CellOutput.Stream.STDOUT, "got " + output.ask(rest, false).orElse("nobody"));
          case "echo" -> comms.join().register(rest, comm -> new Echo(comm, output));
          case "fail" -> {
            return new Outcome.Failed("Failure", "it failed", List.of("at line 1"));
          }
          case "throw" -> throw new IllegalStateException("a bug");
          case "wait" -> {
            running = true;
            waiting.countDown();
            if (!request.interrupted().getAsBoolean()) {
              stops.acquire();
            }
            return new Outcome.Failed("Stopped", "stopped", List.of());
          }
          case "later" ->
              Thread.ofVirtual()
                  .start(
                      () -> {
                        try {
                          later.await();
                        } catch (InterruptedException e) {
                          return;
                        }
                        output.stream(CellOutput.Stream.STDOUT, rest);
                      });
          case "=" -> value = Optional.of(MimeBundle.text(rest));
          default -> {
            // Anything else does nothing.
          }
        }
      }
    } catch (InterruptedException e) {
      return new Outcome.Failed("Stopped", "stopped", List.of());
    }
    return new Outcome.Done(value);
  }

  @Override
  public Outcome evaluate(String expression, CellOutput output) {
    return execute(new CellRequest(expression, 0, true, false), output);
  }

  @Override
  public void interrupt() {
    if (running) {
      stops.release();
    }
  }

  @Override
  public void connect(Comms ofSession) {
    comms.complete(ofSession);
  }

  @Override
  public Completion complete(String code, int cursor) {
    return new Completion(
        List.of(new Match("match" + cursor, "method", "match()")), cursor - 1, cursor);
  }

  @Override
  public Optional<MimeBundle> inspect(String code, int cursor, int detailLevel) {
    return code.startsWith("known")
        ? Optional.of(MimeBundle.text("documentation at " + cursor))
        : Optional.empty();
  }

  @Override
  public Completeness isComplete(String code) {
    return code.endsWith("{") ? new Completeness.Incomplete("  ") : new Completeness.Complete();
  }

  @Override
  public void close() {
    closed = true;
  }
}

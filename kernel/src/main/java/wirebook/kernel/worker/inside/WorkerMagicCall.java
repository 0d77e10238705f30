package wirebook.kernel.worker.inside;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import wirebook.engine.process.ChildEnvironment;
import wirebook.kernel.session.CellOutput.Stream;
import wirebook.kernel.worker.wire.WorkerMessage;
import wirebook.net.Networks;
import wirebook.spi.Display;
import wirebook.spi.MagicCall;
import wirebook.spi.MimeBundle;
import wirebook.spi.Place;
import wirebook.spi.Services;
import wirebook.spi.Span;
import wirebook.spi.Word;

/** A magic's call in a cell. Its output goes to that cell, whatever thread of the magic prints. */
final class WorkerMagicCall implements MagicCall {
  private final Cell cell;
  private final WorkerMessage.RunMagic request;
  private final InputStream in;
  private final PrintStream out;
  private final PrintStream err;
  private final Networks networks;
  private final Services services;

  WorkerMagicCall(
      Cell cell,
      WorkerMessage.RunMagic request,
      InputStream in,
      Networks networks,
      Services services) {
    this.cell = cell;
    this.request = request;
    this.in = in;
    this.networks = networks;
    this.services = services;
    out = printer(Stream.STDOUT);
    err = printer(Stream.STDERR);
  }

  private PrintStream printer(Stream stream) {
    return new PrintStream(new CellStreams.Out(() -> cell, stream), false, StandardCharsets.UTF_8);
  }

  @Override
  public List<Word> words() {
    return request.words();
  }

  @Override
  public Optional<String> body() {
    return request.body().map(Word::text);
  }

  @Override
  public Span bodySpan() {
    return request.body().map(Word::span).orElse(Span.NONE);
  }

  @Override
  public Map<String, String> variables() {
    return request.variables();
  }

  @Override
  public Path directory() {
    return ChildEnvironment.of(services).directory();
  }

  @Override
  public Map<String, String> environment() {
    return ChildEnvironment.of(services).variables();
  }

  @Override
  public PrintStream out() {
    return out;
  }

  @Override
  public PrintStream err() {
    return err;
  }

  @Override
  public InputStream in() {
    return in;
  }

  @Override
  public Optional<String> ask(String prompt, boolean secret) throws InterruptedException {
    flush();
    return Notebook.asked(prompt, secret);
  }

  @Override
  public Display display() {
    return new Display() {
      @Override
      public String show(MimeBundle bundle) {
        flush();
        return Notebook.show(bundle);
      }

      @Override
      public void update(String id, MimeBundle bundle) {
        flush();
        Notebook.update(id, bundle);
      }

      @Override
      public void clear(boolean wait) {
        flush();
        Notebook.clearOutput(wait);
      }
    };
  }

  void flush() {
    out.flush();
    err.flush();
  }

  @Override
  public Networks networks() {
    return networks;
  }

  @Override
  public boolean inCell() {
    return true;
  }

  @Override
  public Place place() {
    return new Place() {
      @Override
      public void execute(Runnable task) {
        cell.run(task);
      }

      @Override
      public void end(Set<Thread> threads) throws InterruptedException {
        Ladder.end(threads, LONGEST_END);
      }
    };
  }

  @Override
  public Services services() {
    return services;
  }
}

package wirebook.kernel.java;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import jdk.jshell.VarSnippet;
import wirebook.kernel.java.complaints.Failures;
import wirebook.kernel.java.magics.CellFailed;
import wirebook.kernel.java.magics.Cells;
import wirebook.kernel.java.magics.Libraries;
import wirebook.kernel.java.shell.JShellSession;
import wirebook.kernel.java.shell.Lengthy;
import wirebook.kernel.java.shell.Places;
import wirebook.kernel.session.CellOutput.Stream;
import wirebook.kernel.session.History;
import wirebook.kernel.worker.handle.Worker;
import wirebook.spi.MagicSpec;
import wirebook.spi.MimeBundle;
import wirebook.spi.Word;

/** What the magics about cells see of all this. */
record CellView(Sessions kernel, Parts cells, JShellSession jshell, Run run) implements Cells {
  /** Runs what could stand in a cell. */
  interface Parts {
    Optional<MimeBundle> runParts(Run run) throws CellFailed, Worker.Died;
  }

  @Override
  public Optional<MimeBundle> run(String text) throws CellFailed, Worker.Died {
    return cells.runParts(run.with(text));
  }

  @Override
  public Optional<MimeBundle> run(String text, Path file, String name)
      throws CellFailed, Worker.Died {
    return cells.runParts(run.with(text, file, name));
  }

  @Override
  public List<Path> files() {
    return run.files;
  }

  @Override
  public void print(String text) {
    run.output.stream(Stream.STDOUT, text);
  }

  @Override
  public List<List<String>> variables() throws CellFailed, Worker.Died {
    List<List<String>> all = new ArrayList<>();
    for (VarSnippet variable : jshell.variables()) {
      String value = jshell.value(variable);
      if (run.text.stopped()) {
        throw new CellFailed(Failures.stopped());
      }
      all.add(List.of(variable.name(), Places.expunge(variable.typeName()), value));
    }
    return all;
  }

  @Override
  public Map<Integer, String> history() {
    return kernel.history;
  }

  @Override
  public Optional<History> sessions() {
    return kernel.remembered;
  }

  @Override
  public List<MagicSpec> magics() {
    return kernel.specs();
  }

  @Override
  public List<Path> addToClassPath(List<Path> paths) {
    return kernel.addToClassPath(jshell, paths);
  }

  @Override
  public Libraries libraries() {
    return kernel.libraries;
  }

  @Override
  public void give(List<String> values) {
    run.given = Optional.of(List.copyOf(values));
  }

  @Override
  public String show(MimeBundle bundle) {
    String id = "magic-" + UUID.randomUUID();
    run.output.display(bundle, Optional.of(id));
    return id;
  }

  @Override
  public void update(String id, MimeBundle bundle) {
    run.output.updateDisplay(bundle, id);
  }

  @Override
  public Duration ran() {
    return jshell.control.ran();
  }

  @Override
  public CellFailed interrupted() {
    return new CellFailed(Failures.stopped());
  }

  @Override
  public boolean stopped() {
    return run.text.stopped();
  }

  @Override
  public <T, E extends Exception> T outside(Lengthy<T, E> task) throws E {
    return jshell.control.unlocked(task);
  }

  @Override
  public void reset() {
    kernel.reset(jshell, run.output);
  }

  @Override
  public Path directory() {
    return kernel.here();
  }

  @Override
  public CellFailed wrong(Word word, String message, String fix) {
    return run.wrong(word.span(), "CELL024", message, fix);
  }
}

package wirebook.kernel.java.magics;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import wirebook.kernel.java.shell.Lengthy;
import wirebook.kernel.session.History;
import wirebook.kernel.worker.handle.Worker;
import wirebook.spi.MagicSpec;
import wirebook.spi.MimeBundle;
import wirebook.spi.Word;

/** What the magics about cells may do. */
public interface Cells {
  /** Runs text as if it stood in the cell; the value of its last expression. */
  public Optional<MimeBundle> run(String text) throws CellFailed, Worker.Died;

  /**
   * Runs the text of a file, or of a part of it.
   *
   * @param name what its lines are told by
   */
  public Optional<MimeBundle> run(String text, Path file, String name)
      throws CellFailed, Worker.Died;

  /** Those that are being run, the innermost last. */
  List<Path> files();

  void print(String text);

  /** Name, type and value of each variable. */
  List<List<String>> variables() throws CellFailed, Worker.Died;

  Map<Integer, String> history();

  /** Empty where sessions are not remembered. */
  Optional<History> sessions();

  List<MagicSpec> magics();

  /** Those of the paths that were not there before. */
  List<Path> addToClassPath(List<Path> paths);

  Libraries libraries();

  /** What an assignment gets. */
  void give(List<String> values);

  /** Shows something, and returns the id to {@link #update} it by. */
  String show(MimeBundle bundle);

  void update(String id, MimeBundle bundle);

  /** How long cells' code has run so far, without the time that compiling it takes. */
  Duration ran();

  /** Whether the person has stopped the cell. */
  boolean stopped();

  /** Does what takes long, while others may use the interpreter. */
  <T, E extends Exception> T outside(Lengthy<T, E> task) throws E;

  /** Starts anew, without anything that cells have declared. */
  void reset();

  Path directory();

  CellFailed wrong(Word word, String message, String fix);

  /** What a cell ends with that the person has stopped. */
  CellFailed interrupted();
}

package wirebook.spi;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import wirebook.net.Network;
import wirebook.net.Networks;

/** One use of a magic: its words, and the world it may act on. */
public interface MagicCall {
  /** The words after the name, with quotes and {@code ${…}} resolved. */
  List<Word> words();

  /** The texts of {@link #words}. */
  default List<String> arguments() {
    return words().stream().map(Word::text).toList();
  }

  /** The lines below {@code %%name}, exactly as written. */
  Optional<String> body();

  /** Where {@link #body} stands in the cell; {@link Span#NONE} when there is none. */
  default Span bodySpan() {
    return Span.NONE;
  }

  /** The notebook's variables which the text of a shell names, as text. */
  default Map<String, String> variables() {
    return Map.of();
  }

  /** What the classic tool prints. Text reaches the cell as it is written. */
  PrintStream out();

  /** What the classic tool prints on standard error. */
  PrintStream err();

  /** Standard input: the shell's, or a question to the student. */
  InputStream in();

  /**
   * Asks a person for a line.
   *
   * @param secret whether what is typed is to be hidden
   * @return the answer without a line end; empty when nobody can be asked
   * @throws InterruptedException when stopped while waiting
   */
  default Optional<String> ask(String prompt, boolean secret) throws InterruptedException {
    return Optional.empty();
  }

  /** Lets whoever waits for this call go on without it; it runs on in the background. */
  default void detach() {}

  Display display();

  /** The network in use when the call began. */
  default Network network() {
    return networks().current();
  }

  Networks networks();

  /** Relative paths start here: the notebook's folder, or the shell's. */
  default Path directory() {
    return Path.of("").toAbsolutePath();
  }

  default Map<String, String> environment() {
    return System.getenv();
  }

  /**
   * True in a notebook, false from the shell, where no picture is shown and no comfort is added.
   */
  boolean inCell();

  /**
   * Runs a task on the thread that hands it over, as part of this call: what it prints goes where
   * this call's output goes, also when the call has long returned.
   */
  default Place place() {
    return Runnable::run;
  }

  /** The session's one object of this type, made at the first request: open servers, caches. */
  default <T> T service(Class<T> type, Supplier<T> maker) {
    return services().get(type, maker);
  }

  /** Those of the session. */
  Services services();

  /** Throws a usage error at {@code word}. */
  default MagicException wrong(String id, Word word, String message, String fix) {
    return new MagicException(new Diagnostic(id, word.span(), message, fix));
  }
}

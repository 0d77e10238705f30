package wirebook.kernel.java.magics;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import wirebook.kernel.run.NotebookCell;
import wirebook.kernel.run.NotebookException;
import wirebook.kernel.run.NotebookFile;
import wirebook.kernel.worker.LoadWords;
import wirebook.kernel.worker.handle.Worker;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.MimeBundle;
import wirebook.spi.Word;

/** The magics that run what is in a file. */
public final class FileMagics {
  public static final String LOAD = LoadWords.NAME;
  static final String RUN = "run";

  /** That of {@link #LOAD} is the worker's, which puts load on a server when a URL is named. */
  static final List<MagicSpec> SPECS =
      List.of(
          MagicSpec.named(RUN, "As %load, and then call the main method that the file declares")
              .synopsis("FILE [ARGUMENT…]")
              .operand("FILE", Values.FILE, true, false)
              .operand("ARGUMENT", Values.FILE, false, true)
              .build());

  private static final List<String> ENDINGS =
      List.of(".jsh", ".jshell", ".java", ".ijava", ".ipynb");

  /** What belongs to files and not to cells. */
  private static final List<Pattern> OF_FILES =
      List.of(Pattern.compile("\\A#!.*"), Pattern.compile("(?m)^package[ \\t]+[\\w.]+[ \\t]*;"));

  private FileMagics() {}

  /**
   * @param place the magic's name, for complaints that no word is the cause of
   */
  static Optional<MimeBundle> run(String name, Word place, List<Word> words, Cells cells)
      throws CellFailed, Worker.Died {
    if (words.isEmpty() || (name.equals(LOAD) && words.size() > 1)) {
      throw cells.wrong(place, "%" + name + " takes one file", "%" + name + " FILE");
    }
    Word word = words.getFirst();
    Path file;
    String text;
    try {
      file = find(cells.directory(), word.text()).normalize();
      if (cells.files().contains(file)) {
        throw cells.wrong(word, "The file is being run already, and would never end", "");
      }
      text = Files.readString(file);
    } catch (NoSuchFileException e) {
      throw cells.wrong(word, "There is no such file", "a path from " + cells.directory());
    } catch (IOException | InvalidPathException e) {
      throw cells.wrong(
          word, "The file cannot be read: " + e.getMessage(), "a path from " + cells.directory());
    }
    String label = String.valueOf(file.getFileName());
    if (label.endsWith(".ipynb")) {
      Optional<MimeBundle> value = Optional.empty();
      for (NotebookCell.Code cell : notebook(file, text, word, cells).codeCells()) {
        value = cells.run(cell.source(), file, label + "[" + cell.number() + "]");
      }
      return value;
    }
    String code = withoutWhatIsOfFiles(text);
    Optional<MimeBundle> value = cells.run(code, file, label);
    Optional<String> call =
        name.equals(RUN)
            ? MainMethod.call(code, words.stream().skip(1).map(Word::text).toList())
            : Optional.empty();
    return call.isPresent() ? cells.run(call.get()) : value;
  }

  private static NotebookFile notebook(Path file, String text, Word word, Cells cells)
      throws CellFailed {
    try {
      return NotebookFile.parse(file, text);
    } catch (NotebookException e) {
      throw cells.wrong(word, "This is not a notebook of this kernel: " + e.getMessage(), "");
    }
  }

  /** The file, of whose name IJava lets one leave the ending out. */
  private static Path find(Path directory, String name) {
    Path file = directory.resolve(name);
    if (Files.exists(file)) {
      return file;
    }
    return ENDINGS.stream()
        .map(ending -> directory.resolve(name + ending))
        .filter(Files::exists)
        .findFirst()
        .orElse(file);
  }

  /** The lines keep their numbers. */
  private static String withoutWhatIsOfFiles(String text) {
    String code = text;
    for (Pattern pattern : OF_FILES) {
      code = pattern.matcher(code).replaceFirst(m -> " ".repeat(m.group().length()));
    }
    return code;
  }
}

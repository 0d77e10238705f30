package wirebook.magics.shell;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import wirebook.engine.process.ChildEnvironment;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Syntax;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.Word;

/** {@code %cd}: where shell cells and magics are. */
public final class Cd implements Magic {
  private static final MagicSpec SPEC =
      MagicSpec.named(
              "cd", "Goes to another folder, for shell cells and magics; Java's stays where it is")
          .synopsis("[-q] [FOLDER | -]")
          .syntax(Syntax.COMMAND)
          .value(Path.class)
          .option(Option.flag("do not print where it is", "-q"))
          .operand("FOLDER", Values.FILE, false, false)
          .example("%cd ~/work", "relative names start there now")
          .example("%cd -", "back to the one before")
          .build();

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) {
    ChildEnvironment surroundings = ChildEnvironment.of(call.services());
    List<Word> words = call.words().stream().filter(word -> !word.text().equals("-q")).toList();
    Path folder =
        words.isEmpty() ? home(surroundings) : folder(call, surroundings, words.getFirst());
    surroundings.enter(folder);
    if (words.size() == call.words().size()) {
      call.out().println(folder);
    }
    return MagicResult.of(folder);
  }

  private static Path home(ChildEnvironment surroundings) {
    return Path.of(surroundings.variables().getOrDefault("HOME", "/"));
  }

  private static Path folder(MagicCall call, ChildEnvironment surroundings, Word word) {
    if (word.text().equals("-")) {
      return surroundings.before();
    }
    try {
      return resolve(surroundings, word.text()).toRealPath().resolve(".").normalize();
    } catch (IOException | InvalidPathException e) {
      throw missing(call, surroundings, word);
    }
  }

  private static wirebook.spi.MagicException missing(
      MagicCall call, ChildEnvironment surroundings, Word word) {
    return call.wrong(
        "SHELL005",
        word,
        "there is no folder " + word.text(),
        "a path from " + surroundings.directory());
  }

  /** A name as a shell resolves it, with {@code ~} for the home folder. */
  static Path resolve(ChildEnvironment surroundings, String name) {
    return name.equals("~") || name.startsWith("~/")
        ? home(surroundings).resolve(name.substring(Math.min(2, name.length())))
        : surroundings.directory().resolve(name);
  }
}

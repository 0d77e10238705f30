package wirebook.magics.shell;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import wirebook.engine.process.ChildEnvironment;
import wirebook.internet.Internets;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Body;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Syntax;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.Word;

/** {@code %%writefile}: the lines become a file. */
public final class WriteFile implements Magic {
  private static final MagicSpec SPEC =
      MagicSpec.named("writefile", "Writes the cell into a file")
          .synopsis("[-a] FILE")
          .syntax(Syntax.COMMAND)
          .body(Body.REQUIRED)
          .value(Path.class)
          .option(Option.flag("behind what it has", "-a", "--append"))
          .operand("FILE", Values.FILE, true, false)
          .example("%%writefile app.py\nprint(\"hello\")", "the file, as the cell has it")
          .build();

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) {
    List<Word> files =
        call.words().stream()
            .filter(word -> !word.text().equals("-a") && !word.text().equals("--append"))
            .toList();
    boolean append = files.size() < call.words().size();
    if (files.size() != 1) {
      throw ShellRun.wrong("SHELL004", "one file is to be named", "%%writefile app.py");
    }
    Word word = files.getFirst();
    String text = call.body().orElse("");
    try {
      Path named = Cd.resolve(ChildEnvironment.of(call.services()), word.text()).normalize();
      Path file = Internets.meant(call, named);
      boolean there = Files.exists(file);
      Files.writeString(
          file,
          text.endsWith("\n") ? text : text + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.WRITE,
          append ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING);
      String what = !there ? "Writing " : append ? "Appending to " : "Overwriting ";
      call.out()
          .println(
              file.equals(named)
                  ? what + word.text()
                  : what + file + ", the lab's; that of the machine stays as it is");
      return MagicResult.of(file);
    } catch (NoSuchFileException e) {
      throw call.wrong(
          "SHELL007",
          word,
          "its folder is not there",
          "!mkdir -p makes it; %pwd tells where this is");
    } catch (IOException | InvalidPathException e) {
      throw call.wrong("SHELL007", word, "the file cannot be written: " + e.getMessage(), "");
    }
  }
}

package wirebook.magics.shell;

import java.util.List;
import wirebook.engine.process.CompletedProcess;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Body;
import wirebook.spi.MagicSpec.Syntax;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.Word;

/** {@code %%script}: the lines go to a program's standard input. */
public final class ScriptCommand implements Magic {
  private static final MagicSpec SPEC =
      Shell.options(MagicSpec.named("script", "Runs the cell with a program of the machine"))
          .synopsis(
              "[--no-raise-error] [--out VAR] [--err VAR] [--proc VAR] [--bg] PROGRAM [ARGUMENT…]")
          .syntax(Syntax.COMMAND)
          .body(Body.REQUIRED)
          .value(CompletedProcess.class)
          .operand("PROGRAM", Values.FILE, true, false)
          .operand("ARGUMENT", Values.ANY, false, true)
          .example("%%script python3\nprint(6 * 7)", "what the machine has under that name")
          .build();

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) throws InterruptedException {
    Shell.Options options = Shell.Options.of(call.words());
    List<String> command = options.rest().stream().map(Word::text).toList();
    if (command.isEmpty()) {
      throw ShellRun.wrong("SHELL004", "no program is named", "%%script python3");
    }
    ShellRun run = ShellRun.program(call, command, call.body().orElse(""), options.shown());
    return options.result(
        call, run, command.getFirst(), "%%script --no-raise-error " + command.getFirst());
  }
}

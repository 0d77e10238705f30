package wirebook.magics.shell;

import java.util.List;
import wirebook.engine.process.CompletedProcess;
import wirebook.magics.shell.ShellRun.Shown;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Values;

/** {@code !command} and {@code x = !command}: a line of the shell, as IPython has it. */
abstract sealed class SystemCommand implements Magic
    permits SystemCommand.Showing, SystemCommand.Capturing {
  private final Shown shown;

  SystemCommand(Shown shown) {
    this.shown = shown;
  }

  private static MagicSpec.Builder named(String name, String summary) {
    return MagicSpec.named(name, summary)
        .synopsis("COMMAND")
        .shell()
        .value(CompletedProcess.class)
        .operand("COMMAND", Values.FILE, true, true);
  }

  /** {@code %system}, which {@code !} is short for. */
  public static final class Showing extends SystemCommand {
    private static final MagicSpec SPEC =
        named("system", "Runs a command line of the shell; !COMMAND is short for it")
            .example(
                "!ls -l | head -3", "what a terminal would show; a failure does not fail the cell")
            .build();

    public Showing() {
      super(Shown.BOTH);
    }

    @Override
    public MagicSpec spec() {
      return SPEC;
    }
  }

  /** {@code %sx}, which {@code x = !} is short for. */
  public static final class Capturing extends SystemCommand {
    private static final MagicSpec SPEC =
        named("sx", "As %system, for its output's sake; x = !COMMAND is short for it")
            .example("var files = !ls", "files.lines(), files.exitStatus(), files.err()")
            .build();

    public Capturing() {
      super(new Shown(false, true));
    }

    @Override
    public MagicSpec spec() {
      return SPEC;
    }
  }

  @Override
  public MagicResult run(MagicCall call) throws InterruptedException {
    String line = String.join(" ", call.arguments()).strip();
    if (line.isEmpty()) {
      throw ShellRun.wrong("SHELL004", "no command is given", "!ls");
    }
    String shell = Shims.hasBash() ? "bash" : "sh";
    CompletedProcess ended = ShellRun.shell(call, shell, List.of(), line, List.of(), shown).await();
    return MagicResult.of(ended, ended.exitStatus());
  }
}

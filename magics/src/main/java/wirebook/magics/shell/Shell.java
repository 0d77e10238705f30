package wirebook.magics.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import wirebook.engine.process.CompletedProcess;
import wirebook.magics.shell.ShellRun.Shown;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Body;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Syntax;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.Word;

/** {@code %%bash} and {@code %%sh}: a cell of the shell, as IPython has it. */
abstract sealed class Shell implements Magic permits Shell.Bash, Shell.Sh {
  /** What shells add to the number of a signal. */
  private static final int SIGNALLED = 128;

  private final String program;

  Shell(String program) {
    this.program = program;
  }

  /** {@code %%bash}. */
  public static final class Bash extends Shell {
    private static final MagicSpec SPEC = Shell.spec("bash", "Runs the cell in bash").build();

    public Bash() {
      super("bash");
    }

    @Override
    public MagicSpec spec() {
      return SPEC;
    }
  }

  /** {@code %%sh}. */
  public static final class Sh extends Shell {
    private static final MagicSpec SPEC = Shell.spec("sh", "Runs the cell in sh").build();

    public Sh() {
      super("sh");
    }

    @Override
    public MagicSpec spec() {
      return SPEC;
    }
  }

  private static MagicSpec.Builder spec(String name, String summary) {
    return options(
            MagicSpec.named(name, summary + "; dig, curl, ip and their kin are the lab's there"))
        .synopsis(
            "[--no-raise-error] [--out VAR] [--err VAR] [--proc VAR] [--bg] [--terminal] [OPTION…]"
                + " [-s ARGUMENT…]")
        .shell()
        .syntax(Syntax.COMMAND)
        .body(Body.OPTIONAL)
        .value(CompletedProcess.class)
        .option(
            Option.flag(
                "print the line that makes another terminal a shell of this lab", "--terminal"))
        .option(Option.of("ARGUMENT…", Values.ANY, "what the lines find in $1, $2 and so on", "-s"))
        .operand("OPTION", Values.ANY, false, true)
        .example("%%" + name + "\ndig google.com | grep -A1 ANSWER", "the lab's dig, a real pipe")
        .example(
            "%%" + name + " -e\ncurl -v http://httpbin.org/html > page.html",
            "-e stops at the first failure")
        .example("%%" + name + "\necho \"$host\" \"${url.host()}\"", "variables of Java go in")
        .example("%%" + name + " -s \"$host\"\necho \"$1\"", "and as arguments")
        .example("var files = !ls *.java", "a command on one line; files.lines()")
        .example("%" + name + " --terminal", "for a terminal of its own");
  }

  /** Those that all cells of programs have. */
  static MagicSpec.Builder options(MagicSpec.Builder spec) {
    return spec.option(
            Option.flag(
                "go on though the program fails; without it the cell fails", "--no-raise-error"))
        .option(Option.of("VAR", Values.ANY, "standard output into a String, not shown", "--out"))
        .option(Option.of("VAR", Values.ANY, "standard error into a String, not shown", "--err"))
        .option(
            Option.of(
                "VAR",
                Values.ANY,
                "all of it into a CompletedProcess: exitStatus(), out(), err(), lines();"
                    + " with --bg the running program, a ProcessHandle: pid(), destroy(), onExit()",
                "--proc"))
        .option(Option.flag("do not wait for it; it ends with the kernel at the latest", "--bg"));
  }

  /** What a cell says about how it is run, and the words that are left. */
  record Options(boolean raise, boolean background, boolean handle, Shown shown, List<Word> rest) {
    static Options of(List<Word> words) {
      boolean raise = true;
      boolean background = false;
      boolean handle = false;
      boolean out = true;
      boolean err = true;
      List<Word> rest = new ArrayList<>();
      for (int i = 0; i < words.size(); i++) {
        switch (words.get(i).text()) {
          case "--no-raise-error" -> raise = false;
          case "--raise-error" -> raise = true;
          case "--bg" -> background = true;
          case "--out" -> {
            out = false;
            i++;
          }
          case "--err" -> {
            err = false;
            i++;
          }
          case "--proc" -> {
            handle = true;
            i++;
          }
          default -> rest.add(words.get(i));
        }
      }
      if (background && !(out && err)) {
        throw ShellRun.wrong(
            "SHELL009",
            "what runs in the background has no output yet that a variable could hold",
            "send it to a file, as in server > server.log 2>&1");
      }
      return new Options(raise, background, handle, new Shown(out, err), List.copyOf(rest));
    }

    /**
     * Waits for its end, unless it runs in the background.
     *
     * @param otherwise how the cell begins that goes on when the program fails
     */
    MagicResult result(MagicCall call, ShellRun run, String program, String otherwise)
        throws InterruptedException {
      if (background) {
        call.out()
            .println(program + " runs in the background, as process " + run.handle().pid() + ".");
        return handle ? MagicResult.of(run.handle()) : MagicResult.NOTHING;
      }
      CompletedProcess ended = run.await();
      if (raise && !ended.succeeded()) {
        throw ShellRun.wrong(
            "SHELL002",
            ended.exitStatus() > SIGNALLED && ended.exitStatus() <= SIGNALLED + 64
                ? "%s was ended by signal %d (exit status %d)"
                    .formatted(program, ended.exitStatus() - SIGNALLED, ended.exitStatus())
                : "%s ended with exit status %d".formatted(program, ended.exitStatus()),
            otherwise + " when that is expected");
      }
      return MagicResult.of(ended, ended.exitStatus());
    }
  }

  @Override
  public MagicResult run(MagicCall call) throws InterruptedException {
    Optional<String> body = call.body();
    if (body.isEmpty()) {
      String line = call.arguments().isEmpty() ? "" : call.arguments().getFirst().strip();
      if (line.isEmpty() || line.equals("--terminal")) {
        call.out().println(ShellRun.terminal(call));
        return MagicResult.NOTHING;
      }
      CompletedProcess ended =
          ShellRun.shell(call, program, List.of(), line, List.of(), Shown.BOTH).await();
      return MagicResult.of(ended, ended.exitStatus());
    }
    Options options = Options.of(call.words());
    List<String> words = options.rest().stream().map(Word::text).toList();
    int arguments = words.indexOf("-s");
    List<String> before = arguments < 0 ? words : words.subList(0, arguments);
    List<String> after = arguments < 0 ? List.of() : words.subList(arguments + 1, words.size());
    return options.result(
        call,
        ShellRun.shell(call, program, before, body.get(), after, options.shown()),
        program,
        "%%" + program + " --no-raise-error");
  }
}

package wirebook.kernel.cli;

import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_COMMAND_LIST;
import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_COMMAND_LIST_HEADING;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import wirebook.kernel.java.JavaInterpreter;
import wirebook.kernel.run.NotebookFile;
import wirebook.kernel.session.Interpreter;
import wirebook.net.RealNetwork;
import wirebook.spi.Magic;
import wirebook.spi.MagicSpec;

/** What the command line can do besides running a magic. */
@Command(
    name = "./binder/lab",
    description = "Networking labs in Java: notebooks, and their magics as commands.",
    synopsisHeading = "Usage: ",
    customSynopsis = {
      "./binder/lab                           opens JupyterLab (options for it after --)",
      "       ./binder/lab COMMAND [ARGUMENT…]",
      "       ./binder/lab [--internet lab|real] MAGIC [ARGUMENT…]"
    },
    descriptionHeading = "%n",
    optionListHeading = "%n",
    mixinStandardHelpOptions = true,
    versionProvider = Commands.Version.class,
    subcommands = HelpCommand.class)
final class Commands implements Callable<Integer> {
  private final PrintWriter err;

  private Commands(PrintWriter err) {
    this.err = err;
  }

  static int run(List<String> words) {
    // UTF-8 whatever the locale is, as the magics' output.
    return commandLine(
            new PrintWriter(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8),
            new PrintWriter(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8))
        .execute(words.toArray(String[]::new));
  }

  static CommandLine commandLine(PrintWriter out, PrintWriter err) {
    CommandLine line = new CommandLine(new Commands(err));
    line.addSubcommand(new InstallCommand(out, err));
    line.addSubcommand(new RunCommand(out, err, Commands::interpreter));
    // What follows its command is the command's.
    line.addSubcommand(new CommandLine(new LabShell(err)).setStopAtPositional(true));
    line.addSubcommand(DoctorCommand.of(out, new RealNetwork()));
    Map<String, String> magics = new LinkedHashMap<>();
    ServiceLoader.load(Magic.class).stream()
        .map(provider -> provider.get().spec())
        .sorted(Comparator.comparing(MagicSpec::name))
        .forEach(
            magic -> {
              magics.put(magic.name(), magic.summary());
              line.addSubcommand(magic.name(), help(magic));
            });
    line.setOut(out).setErr(err).setUsageHelpAutoWidth(true);
    line.getHelpSectionMap()
        .put(SECTION_KEY_COMMAND_LIST_HEADING, help -> help.createHeading("%nCommands:%n"));
    line.getHelpSectionMap().put(SECTION_KEY_COMMAND_LIST, help -> list(help, magics));
    return line;
  }

  private static Interpreter interpreter(NotebookFile notebook, String internet) {
    return new JavaInterpreter(
        notebook.directory(), Map.of(ShellMagic.INTERNET_VARIABLE, internet));
  }

  /** The commands, then the magics. */
  private static String list(Help help, Map<String, String> magics) {
    Map<String, Help> commands = new LinkedHashMap<>(help.subcommands());
    Map<String, Help> ours = new LinkedHashMap<>(commands);
    ours.keySet().removeAll(magics.keySet());
    commands.keySet().retainAll(magics.keySet());
    return help.commandList(ours)
        + (commands.isEmpty()
            ? ""
            : "%nMagics, each with the options of the tool it is named after:%n".formatted()
                + help.commandList(commands));
  }

  /** A magic's entry in the help; it is run before this class is reached. */
  private static CommandSpec help(MagicSpec magic) {
    CommandSpec command = CommandSpec.create();
    command
        .usageMessage()
        .synopsisHeading("Usage: ")
        .customSynopsis("./binder/lab " + magic.name() + " " + magic.synopsis().replace("%", "%%"))
        .description(magic.summary().replace("%", "%%"))
        .descriptionHeading("%n")
        .footerHeading("%n")
        .footer(
            magic.options().stream()
                .map(option -> option(option).replace("%", "%%"))
                .toArray(String[]::new));
    return command;
  }

  private static String option(MagicSpec.Option option) {
    String names =
        String.join(", ", option.names())
            + option.argument().map(argument -> " " + argument).orElse("");
    return "  %-28s %s".formatted(names, option.help());
  }

  /** Without a command: the shell script opens JupyterLab before it comes to this. */
  @Override
  public Integer call() {
    err.println("wirebook: no command; --help lists them");
    return CommandLine.ExitCode.USAGE;
  }

  /** The version that the build wrote into the jar. */
  static final class Version implements IVersionProvider {
    static String number() {
      String version = Version.class.getPackage().getImplementationVersion();
      return version == null ? "(not packaged)" : version;
    }

    @Override
    public String[] getVersion() {
      return new String[] {"Wirebook " + number() + ", Java " + Runtime.version()};
    }
  }
}

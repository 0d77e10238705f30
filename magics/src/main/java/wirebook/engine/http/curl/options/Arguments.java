package wirebook.engine.http.curl.options;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import wirebook.engine.http.curl.options.CurlOptions.CurlOption;
import wirebook.engine.http.curl.options.CurlOptions.Kind;
import wirebook.engine.http.curl.options.CurlOptions.Status;
import wirebook.engine.http.curl.options.CurlUsage.Problem;

/** Reads the words of a command line, and config files. */
public final class Arguments {
  private static final int MAX_CONFIG_LEVELS = 5;
  private static final int MAX_OPTION = 26;

  private final CurlCommand line;
  private final Console console;
  private final FlagOptions flags;
  private final TextOptions texts;
  private final FileOptions files;
  private final NumberOptions numbers;
  private boolean usedArgument;

  /**
   * @param line gets what is read
   */
  public Arguments(CurlCommand line) {
    this.line = line;
    console = line.console;
    flags = new FlagOptions(line);
    texts = new TextOptions(line);
    files = new FileOptions(line);
    numbers = new NumberOptions(line);
  }

  public void parse(List<String> arguments) throws CurlUsage {
    boolean options = true;
    String current = "";
    boolean done = false;
    try {
      for (int i = 0; i < arguments.size(); i++) {
        current = arguments.get(i);
        if (options && current.startsWith("-")) {
          if (current.equals("--")) {
            options = false;
          } else {
            @Nullable String next = i + 1 < arguments.size() ? arguments.get(i + 1) : null;
            if (option(current, next, MAX_CONFIG_LEVELS)) {
              if (!nextSet()) {
                throw line.bad("missing URL before --next");
              }
            } else if (usedArgument) {
              i++;
            }
          }
        } else {
          option("--url", current, 0);
        }
      }
      done = true;
      if (line.config().contentDisposition && line.config().resumeFromCurrent) {
        throw new CurlUsage(Problem.DISPOSITION_AND_RESUME);
      }
    } catch (CurlUsage e) {
      if (!e.problem().asks()) {
        console.help(
            done || current.equals(":")
                ? e.problem().words
                : "option " + current + ": " + e.problem().words);
      }
      throw e;
    }
  }

  /** Reads the user's own .curlrc, if there is one; its name. */
  public Optional<String> defaultConfig() throws CurlUsage {
    Optional<String> file = ConfigFile.usual(line.environment);
    if (file.isPresent()) {
      configFile(file.get(), MAX_CONFIG_LEVELS);
    }
    return file;
  }

  private void configFile(String file, int levels) throws CurlUsage {
    for (ConfigFile.Line one : ConfigFile.read(line.environment, console, file)) {
      @Nullable String parameter = one.parameter(console);
      try {
        if (option(one.option(), parameter, levels)) {
          nextSet();
        } else if (parameter != null && !parameter.isEmpty() && !usedArgument) {
          throw new CurlUsage(Problem.EXTRA_PARAMETER);
        }
      } catch (CurlUsage e) {
        if (e.problem().asks()) {
          continue;
        }
        console.error(
            one.place() + " config file option '" + one.option() + "' " + e.problem().words);
        throw e.problem() == Problem.UNKNOWN_OPTION
            ? new CurlUsage(Problem.UNKNOWN_CONFIG_OPTION)
            : e;
      }
    }
  }

  /** Begins another set of options, unless the one of now has no URL yet. */
  private boolean nextSet() {
    List<CurlConfig.Target> targets = line.config().targets;
    boolean complete = !targets.isEmpty() && targets.getFirst().url != null;
    if (complete) {
      line.configs.add(new CurlConfig());
    }
    return complete;
  }

  /**
   * Takes one word of options, which may be several letters.
   *
   * @return whether it was {@code --next}
   */
  private boolean option(String flag, @Nullable String following, int levels) throws CurlUsage {
    usedArgument = false;
    flags.verboseCount = 0;
    if (!flag.startsWith("-") || flag.startsWith("--")) {
      return longOption(flag.startsWith("-") ? flag.substring(2) : flag, following, levels);
    }
    for (int i = 1; i < flag.length(); i++) {
      CurlOption option =
          CurlOptions.letter(flag.charAt(i))
              .orElseThrow(() -> new CurlUsage(Problem.UNKNOWN_OPTION));
      if (option.takesArgument()) {
        if (i + 1 < flag.length()) {
          withArgument(option, flag.substring(i + 1), levels);
          return false;
        }
        if (option.name().equals("help")) {
          throw help(following);
        }
        if (following == null) {
          throw new CurlUsage(Problem.REQUIRES_PARAMETER);
        }
        usedArgument = true;
        withArgument(option, following, levels);
        return false;
      }
      if (flag(option, option.kind() != Kind.REVERSED)) {
        return true;
      }
      flags.verboseCount++;
      if (flag.length() == 1) {
        break;
      }
    }
    if (flag.length() == 1) {
      throw new CurlUsage(Problem.UNKNOWN_OPTION);
    }
    return false;
  }

  private CurlUsage help(@Nullable String subject) {
    line.helpSubject = subject == null ? "" : subject;
    return new CurlUsage(Problem.HELP);
  }

  private boolean longOption(String text, @Nullable String following, int levels) throws CurlUsage {
    String word = text;
    boolean toggle = true;
    boolean expand = false;
    if (word.startsWith("no-")) {
      word = word.substring(3);
      toggle = false;
    } else if (word.startsWith("expand-")) {
      word = word.substring(7);
      expand = true;
    }
    @Nullable String argument = following;
    boolean consumes = true;
    int equals = word.indexOf('=');
    Optional<CurlOption> found;
    if (equals > 0 && equals <= MAX_OPTION) {
      found = CurlOptions.named(word.substring(0, equals));
      argument = word.substring(equals + 1);
      consumes = false;
    } else {
      found = CurlOptions.named(word);
    }
    CurlOption option = found.orElseThrow(() -> new CurlUsage(Problem.UNKNOWN_OPTION));
    if (!toggle && !option.negatable()) {
      throw new CurlUsage(Problem.NO_PREFIX);
    }
    if (expand && argument != null) {
      if (option.kind() != Kind.TEXT && option.kind() != Kind.FILE) {
        throw new CurlUsage(Problem.EXPAND);
      }
      argument = line.variables.expand(argument);
    }
    if (!option.takesArgument()) {
      return flag(option, toggle);
    }
    if (option.name().equals("help")) {
      throw help(argument);
    }
    if (argument == null) {
      throw new CurlUsage(Problem.REQUIRES_PARAMETER);
    }
    usedArgument = consumes;
    withArgument(option, argument, levels);
    return false;
  }

  private void deprecated(CurlOption option) {
    console.warn("--" + option.name() + " is deprecated and has no function anymore");
  }

  /** Returns whether it was {@code --next}. */
  private boolean flag(CurlOption option, boolean on) throws CurlUsage {
    CurlConfig c = line.config();
    switch (option.status()) {
      case DEPRECATED -> deprecated(option);
      case REFUSED -> {
        if (on || option.kind() == Kind.NONE) {
          throw new CurlUsage(Problem.NOT_SUPPORTED);
        }
      }
      case IDLE, ELSEWHERE -> {
        // Nothing comes of it.
      }
      case WORKS -> {
        if (on == (option.kind() == Kind.REVERSED)) {
          c.given.remove(option);
        } else {
          c.given.add(option);
        }
        if (option.name().equals("next")) {
          return true;
        }
        flags.flag(c, option, on);
      }
    }
    return false;
  }

  private void withArgument(CurlOption option, String argument, int levels) throws CurlUsage {
    CurlConfig c = line.config();
    if (option.status() == Status.DEPRECATED) {
      deprecated(option);
      return;
    }
    if (argument.startsWith("\u00e2\u0080")
        && argument.length() > 2
        && argument.charAt(2) >= 0x80) {
      console.warn(
          "The argument '"
              + argument
              + "' starts with a Unicode character. Maybe ASCII was intended?");
    }
    if (option.status() == Status.REFUSED) {
      throw new CurlUsage(Problem.NOT_SUPPORTED);
    }
    if (option.status() == Status.ELSEWHERE) {
      return;
    }
    c.given.add(option);
    switch (option.kind()) {
      case FILE -> {
        if (argument.length() > 1 && argument.startsWith("-")) {
          console.warn("The filename argument '" + argument + "' looks like a flag.");
        }
        if (option.name().equals("config")) {
          config(argument, levels - 1);
        } else {
          files.file(c, option, argument);
        }
      }
      case TEXT -> texts.text(c, option, argument);
      case SECONDS -> numbers.seconds(c, option, argument);
      case NUMBER -> numbers.number(c, option, argument);
      case NONE, FLAG, REVERSED -> throw new IllegalStateException();
    }
  }

  private void config(String file, int levels) throws CurlUsage {
    if (levels < 0) {
      throw line.bad("Max config file recursion level reached (" + MAX_CONFIG_LEVELS + ")");
    }
    boolean used = usedArgument;
    configFile(file, levels);
    usedArgument = used;
  }
}

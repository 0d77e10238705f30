package wirebook.engine.http.curl.options;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import wirebook.engine.http.curl.options.CurlConfig.Method;
import wirebook.engine.http.curl.options.CurlOptions.CurlOption;
import wirebook.engine.http.curl.options.CurlOptions.Kind;
import wirebook.engine.http.curl.options.CurlOptions.Status;
import wirebook.engine.http.curl.options.CurlUsage.Problem;

/** Reads the command line and config files into configurations. */
public final class Arguments {
  static final int MAX_CONFIG_LEVELS = 5;
  private static final int MAX_OPTION = 26;

  public final List<CurlConfig> configs = new ArrayList<>();
  final Variables variables;
  public boolean failEarly;
  public boolean parallel;
  public boolean parallelImmediate;
  public int parallelMax = 50;
  public long millisPerTransfer;
  public @Nullable String libcurl;
  public String helpSubject = "";

  final FlagOptions flags = new FlagOptions(this);
  final TextOptions texts = new TextOptions(this);
  final FileOptions files = new FileOptions(this);
  final NumberOptions numbers = new NumberOptions(this);
  final Targets targets = new Targets(this);
  final ConfigFiles configFiles = new ConfigFiles(this);

  final CurlEnvironment environment;
  final Console console;
  boolean usedArgument;
  boolean traceConfigured;

  public Arguments(CurlEnvironment environment, Console console) {
    this.environment = environment;
    this.console = console;
    variables = new Variables(environment, console);
    configs.add(new CurlConfig());
  }

  CurlConfig config() {
    return configs.getLast();
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
              next();
            } else if (usedArgument) {
              i++;
            }
          }
        } else {
          option("--url", current, 0);
        }
      }
      done = true;
      if (config().contentDisposition && config().resumeFromCurrent) {
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
    return configFiles.defaultConfig();
  }

  private void next() throws CurlUsage {
    if (config().targets.isEmpty() || config().targets.getFirst().url == null) {
      console.error("missing URL before --next");
      throw new CurlUsage(Problem.BAD_USE);
    }
    configs.add(new CurlConfig());
  }

  /**
   * Takes one word of options, which may be several letters.
   *
   * @return whether it was {@code --next}
   */
  boolean option(String flag, @Nullable String following, int levels) throws CurlUsage {
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
      if (flags.flag(option, option.kind() != Kind.REVERSED)) {
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
    helpSubject = subject == null ? "" : subject;
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
      argument = variables.expand(argument);
    }
    if (!option.takesArgument()) {
      return flags.flag(option, toggle);
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

  void deprecated(CurlOption option) {
    console.warn("--" + option.name() + " is deprecated and has no function anymore");
  }

  boolean method(CurlConfig c, Method wanted) {
    return method(console, c, wanted);
  }

  /** Notes the method, and complains when another one was asked for. */
  public static boolean method(Console console, CurlConfig c, Method wanted) {
    if (c.method == Method.UNSPECIFIED || c.method == wanted) {
      c.method = wanted;
      return true;
    }
    console.warn(
        "You can only select one HTTP request method! You asked for both "
            + wanted.words
            + " and "
            + c.method.words
            + ".");
    return false;
  }

  static String notBlank(String text) throws CurlUsage {
    if (text.isEmpty()) {
      throw new CurlUsage(Problem.BLANK);
    }
    return text;
  }

  private void withArgument(CurlOption option, String argument, int levels) throws CurlUsage {
    CurlConfig c = config();
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
        files.file(c, option, argument, levels);
      }
      case TEXT -> texts.text(c, option, argument);
      case SECONDS -> numbers.seconds(c, option, argument);
      case NUMBER -> numbers.number(c, option, argument);
      case NONE, FLAG, REVERSED -> throw new IllegalStateException();
    }
  }
}

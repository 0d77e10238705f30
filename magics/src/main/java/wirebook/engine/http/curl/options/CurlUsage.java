package wirebook.engine.http.curl.options;

/** The command line is not what curl takes. */
public final class CurlUsage extends Exception {
  private static final long serialVersionUID = 1L;

  public enum Problem {
    EXTRA_PARAMETER("had unsupported trailing garbage"),
    UNKNOWN_OPTION("is unknown"),
    UNKNOWN_CONFIG_OPTION("found an unknown config option"),
    REQUIRES_PARAMETER("requires parameter"),
    BAD_USE("is badly used here"),
    BAD_NUMERIC("expected a proper numerical parameter"),
    NEGATIVE("expected a positive numerical parameter"),
    NOT_SUPPORTED("the installed libcurl version does not support this"),
    UNSUPPORTED_PROTOCOL("a specified protocol is unsupported by libcurl"),
    NO_PREFIX("the given option cannot be reversed with a --no- prefix"),
    TOO_LARGE("too large number"),
    DISPOSITION_AND_RESUME("--continue-at and --remote-header-name cannot be combined"),
    READ_ERROR("error encountered when reading a file"),
    EXPAND("variable expansion failure"),
    BLANK("blank argument where content is expected"),
    VARIABLE_SYNTAX("syntax error in --variable argument"),
    HELP(""),
    MANUAL(""),
    VERSION(""),
    ENGINES(""),
    CA_EMBED("");

    public final String words;

    Problem(String words) {
      this.words = words;
    }

    /** Whether it is a request for information and no mistake. */
    boolean asks() {
      return words.isEmpty();
    }
  }

  private final Problem problem;

  CurlUsage(Problem problem) {
    super(problem.words, null, false, false);
    this.problem = problem;
  }

  /** The text, which has to be one. */
  static String notBlank(String text) throws CurlUsage {
    if (text.isEmpty()) {
      throw new CurlUsage(Problem.BLANK);
    }
    return text;
  }

  public Problem problem() {
    return problem;
  }
}

package wirebook.engine.http.curl.options;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import wirebook.engine.http.curl.options.CurlUsage.Problem;

/**
 * What a command line and its config files say: sets of options, and what holds for all of them.
 */
public final class CurlCommand {
  public final List<CurlConfig> configs = new ArrayList<>(List.of(new CurlConfig()));
  public boolean failEarly;
  public boolean parallel;
  public boolean parallelImmediate;
  public int parallelMax = 50;
  public long millisPerTransfer;
  public @Nullable String libcurl;
  public String helpSubject = "";

  final CurlEnvironment environment;
  final Console console;
  final Variables variables;
  final Targets targets;
  boolean traceConfigured;

  public CurlCommand(CurlEnvironment environment, Console console) {
    this.environment = environment;
    this.console = console;
    variables = new Variables(environment, console);
    targets = new Targets(environment, console);
  }

  /** The set that options are added to. */
  CurlConfig config() {
    return configs.getLast();
  }

  /** A complaint about how options are used, which is said at once. */
  CurlUsage bad(String words) {
    console.error(words);
    return new CurlUsage(Problem.BAD_USE);
  }

  /** What a file says that an option names. */
  String read(String file) throws CurlUsage {
    try {
      return Inputs.read(environment, file);
    } catch (IOException e) {
      console.error("Failed to open " + file);
      throw new CurlUsage(Problem.READ_ERROR);
    }
  }
}

package wirebook.engine.http.curl.options;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import wirebook.engine.http.curl.options.CurlConfig.Target;
import wirebook.engine.http.curl.options.CurlUsage.Problem;

/** Brings URLs, files to upload and places for the output together, in whatever order they come. */
final class Targets {
  private final CurlEnvironment environment;
  private final Console console;
  private int targetNumbers;

  Targets(CurlEnvironment environment, Console console) {
    this.environment = environment;
    this.console = console;
  }

  Target newTarget(CurlConfig c) {
    Target target = new Target();
    target.remoteName = c.remoteNameAll;
    target.number = targetNumbers++;
    c.targets.add(target);
    return target;
  }

  Target outputTarget(CurlConfig c) {
    while (c.outNext < c.targets.size() && c.targets.get(c.outNext).outSet) {
      c.outNext++;
    }
    return c.outNext < c.targets.size() ? c.targets.get(c.outNext) : newTarget(c);
  }

  void output(CurlConfig c, @Nullable String file) throws CurlUsage {
    Target target = outputTarget(c);
    target.outFile = file == null ? null : CurlUsage.notBlank(file);
    target.remoteName = false;
    target.outSet = true;
    target.outNull = file == null;
  }

  void url(CurlConfig c, String argument) throws CurlUsage {
    if (!argument.startsWith("@")) {
      addUrl(c, argument, false);
      return;
    }
    String content;
    try {
      content = Inputs.read(environment, argument.substring(1));
    } catch (IOException e) {
      throw new CurlUsage(Problem.READ_ERROR);
    }
    for (String line : Inputs.lines(content)) {
      try {
        addUrl(c, line, true);
      } catch (CurlUsage e) {
        throw new CurlUsage(Problem.READ_ERROR);
      }
    }
  }

  private void addUrl(CurlConfig c, String url, boolean remoteNoGlob) throws CurlUsage {
    while (c.urlNext < c.targets.size() && c.targets.get(c.urlNext).urlSet) {
      c.urlNext++;
    }
    Target target = c.urlNext < c.targets.size() ? c.targets.get(c.urlNext) : newTarget(c);
    target.urlSet = true;
    if (remoteNoGlob) {
      target.remoteName = true;
      target.noGlob = true;
    }
    target.url = CurlUsage.notBlank(url);
    if (++c.urls > 1 && (c.etagSave != null || c.etagCompare != null)) {
      console.error("The etag options only work on a single URL");
      throw new CurlUsage(Problem.BAD_USE);
    }
  }
}

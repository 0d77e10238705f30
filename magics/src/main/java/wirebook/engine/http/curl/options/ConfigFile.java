package wirebook.engine.http.curl.options;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.curl.options.CurlUsage.Problem;

/** Reads config files into options. */
final class ConfigFile {
  /**
   * An option with what stands behind it.
   *
   * @param place the file and the number of the line
   */
  record Line(String place, String option, String text) {
    /** What follows it, null for nothing; complaints go to the console. */
    @Nullable String parameter(Console console) {
      if (text.startsWith("\"")) {
        StringBuilder out = new StringBuilder();
        for (int i = 1; i < text.length() && text.charAt(i) != '"'; i++) {
          char ch = text.charAt(i);
          if (ch == '\\') {
            if (++i >= text.length()) {
              break;
            }
            char escaped = text.charAt(i);
            ch =
                switch (escaped) {
                  case 't' -> '\t';
                  case 'n' -> '\n';
                  case 'r' -> '\r';
                  case 'v' -> '\u000b';
                  default -> escaped;
                };
          }
          out.append(ch);
        }
        return out.toString();
      }
      if (text.startsWith("'")) {
        console.warn(
            place
                + " Option '"
                + option
                + "' uses argument with leading single quote. It is probably a mistake. Consider"
                + " double quotes.");
      }
      int end = 0;
      while (end < text.length() && !ByteText.isSpace(text.charAt(end))) {
        end++;
      }
      int rest = ByteText.skipBlanks(text, Math.min(end + 1, text.length()));
      if (rest < text.length() && "\r\n#".indexOf(text.charAt(rest)) < 0) {
        console.warn(
            place
                + " Option '"
                + option
                + "' uses argument with unquoted whitespace. This may cause side-effects. Consider"
                + " double quotes.");
      }
      return end == 0 ? null : text.substring(0, end);
    }
  }

  private ConfigFile() {}

  /** The user's own, when there is one. */
  static Optional<String> usual(CurlEnvironment environment) {
    Map<String, String> env = environment.variables();
    List<String> places = new ArrayList<>();
    add(places, env.get("CURL_HOME"), "/.curlrc");
    add(places, env.get("XDG_CONFIG_HOME"), "/curlrc");
    add(places, env.get("HOME"), "/.curlrc");
    if (env.getOrDefault("XDG_CONFIG_HOME", "").isEmpty()) {
      add(places, env.get("CURL_HOME"), "/.config/curlrc");
      add(places, env.get("HOME"), "/.config/curlrc");
    }
    for (String place : places) {
      String name = ByteText.fromText(place);
      try {
        if (Files.isReadable(environment.path(name))
            && !Files.isDirectory(environment.path(name))) {
          return Optional.of(name);
        }
      } catch (InvalidPathException e) {
        // Not a place that can exist.
      }
    }
    return Optional.empty();
  }

  private static void add(List<String> places, @Nullable String home, String name) {
    if (home != null && !home.isEmpty()) {
      places.add(home + name);
    }
  }

  static List<Line> read(CurlEnvironment environment, Console console, String file)
      throws CurlUsage {
    String content;
    try {
      content = Inputs.read(environment, file);
    } catch (IOException e) {
      console.error("cannot read config from '" + file + "'");
      throw new CurlUsage(Problem.READ_ERROR);
    }
    List<Line> all = new ArrayList<>();
    String shown = file.equals("-") ? "<stdin>" : file;
    int number = 0;
    // Comment and blank lines are not counted, as curl does not count them.
    for (String line : Inputs.lines(content)) {
      number++;
      boolean dashed = line.startsWith("-");
      int end = 0;
      while (end < line.length()
          && !ByteText.isBlank(line.charAt(end))
          && (dashed || ":=".indexOf(line.charAt(end)) < 0)) {
        end++;
      }
      String option = line.substring(0, end);
      int start = Math.min(end + 1, line.length());
      while (start < line.length()
          && (ByteText.isBlank(line.charAt(start))
              || (!dashed && ":=".indexOf(line.charAt(start)) >= 0))) {
        start++;
      }
      all.add(new Line(shown + ":" + number, option, line.substring(start)));
    }
    return all;
  }
}

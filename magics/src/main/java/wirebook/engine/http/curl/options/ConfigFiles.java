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

/** Reads options from config files. */
final class ConfigFiles {
  private final Arguments a;

  ConfigFiles(Arguments arguments) {
    a = arguments;
  }

  /** The default config file, when there is one. */
  Optional<String> defaultConfig() throws CurlUsage {
    Map<String, String> env = a.environment.variables();
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
        if (Files.isReadable(a.environment.path(name))
            && !Files.isDirectory(a.environment.path(name))) {
          configFile(name, Arguments.MAX_CONFIG_LEVELS);
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

  void configFile(String file, int levels) throws CurlUsage {
    String content;
    try {
      content = Inputs.read(a.environment, file);
    } catch (IOException e) {
      a.console.error("cannot read config from '" + file + "'");
      throw new CurlUsage(Problem.READ_ERROR);
    }
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
      @Nullable String parameter = parameter(line.substring(start), shown, number, option);
      try {
        if (a.option(option, parameter, levels)) {
          if (!a.config().targets.isEmpty() && a.config().targets.getFirst().url != null) {
            a.configs.add(new CurlConfig());
          }
        } else if (parameter != null && !parameter.isEmpty() && !a.usedArgument) {
          throw new CurlUsage(Problem.EXTRA_PARAMETER);
        }
      } catch (CurlUsage e) {
        if (e.problem().asks()) {
          continue;
        }
        a.console.error(
            shown + ":" + number + " config file option '" + option + "' " + e.problem().words);
        throw e.problem() == Problem.UNKNOWN_OPTION
            ? new CurlUsage(Problem.UNKNOWN_CONFIG_OPTION)
            : e;
      }
    }
  }

  private @Nullable String parameter(String text, String file, int number, String option) {
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
      a.console.warn(
          file
              + ":"
              + number
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
      a.console.warn(
          file
              + ":"
              + number
              + " Option '"
              + option
              + "' uses argument with unquoted whitespace. This may cause side-effects. Consider"
              + " double quotes.");
    }
    return end == 0 ? null : text.substring(0, end);
  }
}

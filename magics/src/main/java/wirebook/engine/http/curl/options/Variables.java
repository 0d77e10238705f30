package wirebook.engine.http.curl.options;

import java.io.IOException;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.curl.options.CurlUsage.Problem;

/**
 * {@code --variable}, and {@code {{name:function}}} in the arguments of {@code --expand-} options.
 */
public final class Variables {
  private static final int MAX_NAME = 128;

  private final CurlEnvironment environment;
  private final Console console;
  private final Map<String, String> values = new HashMap<>();

  public Variables(CurlEnvironment environment, Console console) {
    this.environment = environment;
    this.console = console;
  }

  private static boolean nameChar(char c) {
    return ByteText.isAlnum(c) || c == '_';
  }

  public void set(String input) throws CurlUsage {
    boolean imported = input.startsWith("%");
    int start = imported ? 1 : 0;
    int pos = start;
    while (pos < input.length() && nameChar(input.charAt(pos))) {
      pos++;
    }
    String name = input.substring(start, pos);
    if (name.isEmpty() || name.length() >= MAX_NAME) {
      console.warn("Bad variable name length (" + name.length() + "), skipping");
      return;
    }
    Optional<String> content = Optional.empty();
    if (imported) {
      content = Optional.ofNullable(environment.variables().get(name)).map(ByteText::fromText);
      if (content.isEmpty() && pos == input.length()) {
        console.error("Variable '" + name + "' import fail, not set");
        throw new CurlUsage(Problem.EXPAND);
      }
    }
    long from = 0;
    long to = Long.MAX_VALUE;
    if (pos + 1 < input.length()
        && input.charAt(pos) == '['
        && ByteText.isDigit(input.charAt(pos + 1))) {
      int close = input.indexOf(']', pos);
      int dash = input.indexOf('-', pos);
      if (close < 0 || dash < 0 || dash > close) {
        throw new CurlUsage(Problem.VARIABLE_SYNTAX);
      }
      try {
        from = Long.parseLong(input.substring(pos + 1, dash));
        if (dash + 1 < close) {
          to = Long.parseLong(input.substring(dash + 1, close));
        }
      } catch (NumberFormatException e) {
        throw new CurlUsage(Problem.VARIABLE_SYNTAX);
      }
      if (from > to || to < 0) {
        throw new CurlUsage(Problem.VARIABLE_SYNTAX);
      }
      pos = close + 1;
    }
    String rest = input.substring(pos);
    if (content.isEmpty()) {
      if (rest.startsWith("@")) {
        String file = rest.substring(1);
        try {
          content = Optional.of(Inputs.range(environment, file, from, to));
        } catch (IOException e) {
          console.error("Failed to open " + file + ": " + Inputs.why(e));
          throw new CurlUsage(Problem.READ_ERROR);
        }
      } else if (rest.startsWith("=")) {
        String all = rest.substring(1);
        int begin = (int) Math.min(from, all.length());
        content =
            Optional.of(all.substring(begin, to >= all.length() ? all.length() : (int) to + 1));
      } else {
        console.warn("Bad --variable syntax, skipping: " + input);
        return;
      }
    }
    if (values.containsKey(name)) {
      console.note("Overwriting variable '" + name + "'");
    }
    values.put(name, content.get());
  }

  /** The text with its variables replaced. */
  public String expand(String text) throws CurlUsage {
    StringBuilder out = new StringBuilder();
    String line = text;
    boolean replaced = false;
    while (true) {
      int open = line.indexOf("{{");
      if (open < 0) {
        break;
      }
      if (open > 0 && line.charAt(open - 1) == '\\') {
        out.append(line, 0, open - 1).append("{{");
        line = line.substring(open + 2);
        continue;
      }
      int close = line.indexOf("}}", open);
      if (close < 0) {
        console.warn("missing close '}}' in '" + text + "'");
        break;
      }
      String inside = line.substring(open + 2, close);
      int colon = inside.indexOf(':');
      String name = colon < 0 ? inside : inside.substring(0, colon);
      if (name.isEmpty() || name.length() >= MAX_NAME) {
        console.warn("bad variable name length '" + text + "'");
        out.append(line, 0, close + 2);
      } else if (!name.chars().allMatch(c -> nameChar((char) c))) {
        out.append(line, 0, open);
        console.warn("bad variable name: " + name);
        out.append(line, open, close + 2);
      } else {
        out.append(line, 0, open);
        String value = values.getOrDefault(name, "");
        if (colon >= 0) {
          value = functions(value, inside.substring(colon));
        }
        if (value.indexOf('\0') >= 0) {
          console.error("variable contains null byte");
          throw new CurlUsage(Problem.EXPAND);
        }
        out.append(value);
        replaced = true;
      }
      line = line.substring(close + 2);
    }
    return replaced ? out + line : text;
  }

  private String functions(String start, String list) throws CurlUsage {
    String value = start;
    int pos = 0;
    while (pos < list.length()) {
      pos++;
      int end = ByteText.find(list, pos, ":");
      String function = list.substring(pos, end);
      pos = end;
      value =
          switch (function) {
            case "trim" -> trim(value);
            case "json" -> ByteText.jsonQuoted(value, false);
            case "url" -> ByteText.escape(value);
            case "b64" -> Base64.getEncoder().encodeToString(ByteText.bytes(value));
            case "64dec" -> decode(value);
            default -> {
              console.error("unknown variable function in '" + list + "'");
              throw new CurlUsage(Problem.EXPAND);
            }
          };
    }
    return value;
  }

  private static String trim(String value) {
    int from = 0;
    int to = value.length();
    while (from < to && ByteText.isSpace(value.charAt(from))) {
      from++;
    }
    while (to > from && ByteText.isSpace(value.charAt(to - 1))) {
      to--;
    }
    return value.substring(from, to);
  }

  private static String decode(String value) {
    if (value.isEmpty()) {
      return "";
    }
    try {
      if (value.length() % 4 != 0) {
        return "[64dec-fail]";
      }
      return ByteText.of(Base64.getDecoder().decode(ByteText.bytes(value)));
    } catch (IllegalArgumentException e) {
      return "[64dec-fail]";
    }
  }
}

package wirebook.internet.host;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import wirebook.internet.host.HostShell.Streams;
import wirebook.internet.host.ShellText.SyntaxError;

/**
 * The words that become of one (POSIX.1-2024, Shell Command Language, 2.6); unquoted values are
 * split, and {@code *} stands for names.
 */
final class ShellExpansion {
  private static final Pattern RANGE =
      Pattern.compile(
          "(-?\\d{1,9})\\.\\.(-?\\d{1,9})(?:\\.\\.(-?\\d{1,9}))?|([A-Za-z])\\.\\.([A-Za-z])");
  private static final int MOST_WORDS = 100_000;
  private static final Pattern PARAMETER =
      Pattern.compile("([A-Za-z_][A-Za-z0-9_]*|[0-9]+|[?$#@*])(.*)", Pattern.DOTALL);
  private static final Pattern CHANGED =
      Pattern.compile("(:?[-=+?]|##?|%%?|//?)(.*)", Pattern.DOTALL);

  private final HostShell shell;
  private final Streams streams;
  private final List<String> words = new ArrayList<>();
  private final StringBuilder text = new StringBuilder();
  private final StringBuilder pattern = new StringBuilder();
  private boolean any;
  private boolean globs;

  ShellExpansion(HostShell shell, Streams streams) {
    this.shell = shell;
    this.streams = streams;
  }

  /** As it is, not split into words. */
  String text() {
    return text.toString();
  }

  /** With what is not special in a pattern marked as such. */
  String pattern() {
    return pattern.toString();
  }

  List<String> words() {
    flush();
    return words;
  }

  private void flush() {
    if (any || !text.isEmpty()) {
      List<String> names = globs ? names(pattern.toString()) : List.of();
      words.addAll(names.isEmpty() ? List.of(text.toString()) : names);
    }
    text.setLength(0);
    pattern.setLength(0);
    any = false;
    globs = false;
  }

  private void literal(String value) {
    text.append(value);
    pattern.append(value.replaceAll("([\\\\*?\\[\\]{}])", "\\\\$1"));
  }

  void take(String raw, boolean quoted) throws SyntaxError, IOException, InterruptedException {
    for (int i = 0; i < raw.length(); ) {
      char c = raw.charAt(i);
      if (c == '\'' && !quoted) {
        int end = ShellText.close(raw, i);
        any = true;
        literal(raw.substring(i + 1, end - 1));
        i = end;
      } else if (c == '"' && !quoted) {
        int end = ShellText.close(raw, i);
        any = true;
        take(raw.substring(i + 1, end - 1), true);
        i = end;
      } else if (c == '\\' && i + 1 < raw.length()) {
        char next = raw.charAt(i + 1);
        literal(quoted && "$`\"\\".indexOf(next) < 0 ? "\\" + next : String.valueOf(next));
        i += 2;
      } else if (c == '`') {
        int end = ShellText.close(raw, i);
        value(output(raw.substring(i + 1, end - 1).replace("\\`", "`")), quoted);
        i = end;
      } else if (c == '$' && ShellText.arithmetic(raw, i + 1)) {
        int end = ShellText.parenthesis(raw, i + 1);
        value(String.valueOf(shell.value(raw.substring(i + 3, end - 2), streams)), quoted);
        i = end;
      } else if (raw.startsWith("$(", i)) {
        int end = ShellText.parenthesis(raw, i + 1);
        value(output(raw.substring(i + 2, end - 1)), quoted);
        i = end;
      } else if (c == '$' && i + 1 < raw.length()) {
        i = variable(raw, i, quoted);
      } else {
        if (!quoted && "*?[]".indexOf(c) >= 0) {
          globs |= c != ']';
          text.append(c);
          pattern.append(c);
        } else {
          literal(String.valueOf(c));
        }
        i++;
      }
    }
  }

  private int variable(String raw, int at, boolean quoted)
      throws SyntaxError, IOException, InterruptedException {
    boolean braced = raw.charAt(at + 1) == '{';
    int end = braced ? ShellText.brace(raw, at + 1) : raw.length();
    String text = braced ? raw.substring(at + 2, end - 1) : raw.substring(at + 1);
    if (braced && text.length() > 1 && text.startsWith("#")) {
      value(String.valueOf(parameter(text.substring(1)).orElse("").length()), quoted);
      return end;
    }
    Matcher parameter = PARAMETER.matcher(text);
    boolean named = parameter.matches();
    Matcher changed = CHANGED.matcher(named ? parameter.group(2) : "");
    if (braced && (!named || (!parameter.group(2).isEmpty() && !changed.matches()))) {
      throw new HostShell.Refused("${" + text + "}: bad substitution");
    }
    if (!named) {
      literal("$");
      return at + 1;
    }
    String name = parameter.group(1);
    if (!braced) {
      name = Character.isDigit(name.charAt(0)) ? name.substring(0, 1) : name;
      end = at + 1 + name.length();
    }
    if (name.equals("@") && quoted && !(braced && changed.matches())) {
      any &= !shell.given.isEmpty();
      boolean first = true;
      for (String each : shell.given) {
        if (!first) {
          flush();
        }
        first = false;
        any = true;
        literal(each);
      }
      return end;
    }
    value(
        braced && changed.matches()
            ? changed(name, changed.group(1), changed.group(2))
            : parameter(name).orElse(""),
        quoted);
    return end;
  }

  private Optional<String> parameter(String name) {
    return switch (name) {
      case "?" -> Optional.of(String.valueOf(shell.status()));
      case "$" -> Optional.of("4242");
      case "#" -> Optional.of(String.valueOf(shell.given.size()));
      case "0" -> Optional.of("bash");
      case "@", "*" -> Optional.of(String.join(" ", shell.given));
      case "PWD" -> Optional.of(shell.directory.toString());
      default ->
          name.matches("[0-9]{1,6}")
              ? shell.given.stream().skip(Integer.parseInt(name) - 1L).findFirst()
              : Optional.ofNullable(shell.variables.get(name));
    };
  }

  /** POSIX.1-2024, 2.6.2, and bash's replacement of a pattern. */
  private String changed(String name, String operator, String raw)
      throws SyntaxError, IOException, InterruptedException {
    Optional<String> set = parameter(name);
    String value = set.orElse("");
    boolean there = operator.startsWith(":") ? !value.isEmpty() : set.isPresent();
    int slash = operator.startsWith("/") ? raw.indexOf('/') : -1;
    ShellExpansion word = new ShellExpansion(shell, streams);
    word.take(slash < 0 ? raw : raw.substring(0, slash), false);
    String pattern = word.pattern();
    String text = word.text();
    return switch (operator) {
      case ":-", "-" -> there ? value : text;
      case ":+", "+" -> there ? text : "";
      case ":=", "=" -> {
        shell.variables.put(name, there ? value : text);
        yield there ? value : text;
      }
      case ":?", "?" -> {
        if (!there) {
          throw new HostShell.Refused(
              name + ": " + (text.isEmpty() ? "parameter null or not set" : text));
        }
        yield value;
      }
      case "#", "##" ->
          lengths(value, operator.equals("#"))
              .filter(n -> fits(pattern, value.substring(0, n)))
              .mapToObj(value::substring)
              .findFirst()
              .orElse(value);
      case "%", "%%" ->
          lengths(value, operator.equals("%"))
              .map(n -> value.length() - n)
              .filter(n -> fits(pattern, value.substring(n)))
              .mapToObj(n -> value.substring(0, n))
              .findFirst()
              .orElse(value);
      default -> {
        ShellExpansion with = new ShellExpansion(shell, streams);
        with.take(slash < 0 ? "" : raw.substring(slash + 1), true);
        Matcher found = regex(pattern).matcher(value);
        String by = Matcher.quoteReplacement(with.text());
        yield operator.equals("/") ? found.replaceFirst(by) : found.replaceAll(by);
      }
    };
  }

  private static IntStream lengths(String value, boolean shortestFirst) {
    return IntStream.rangeClosed(0, value.length())
        .map(n -> shortestFirst ? n : value.length() - n);
  }

  private void value(String value, boolean quoted) {
    if (quoted) {
      literal(value);
      return;
    }
    String[] parts = value.split("[ \t\n]+", -1);
    for (int i = 0; i < parts.length; i++) {
      if (i > 0) {
        flush();
      }
      literal(parts[i]);
    }
  }

  private String output(String command) throws IOException, InterruptedException {
    ByteArrayOutputStream kept = new ByteArrayOutputStream();
    OutputStream out =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
          }

          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            HostPrograms.bounded(kept.size() + (long) length);
            kept.write(bytes, offset, length);
          }
        };
    shell.status(
        shell.apart(its -> its.text(command, new Streams(streams.in(), out, streams.err()))));
    return kept.toString(StandardCharsets.UTF_8).replaceFirst("\n+$", "");
  }

  /** Files whose names fit; only the last part of a path may have a pattern. */
  private List<String> names(String pattern) {
    int slash = pattern.lastIndexOf('/');
    String folder = slash < 0 ? "" : pattern.substring(0, slash + 1);
    String last = pattern.substring(slash + 1);
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> found =
        Files.newDirectoryStream(shell.path(folder.isEmpty() ? "." : folder), last)) {
      for (Path each : found) {
        String name = String.valueOf(each.getFileName());
        if (!name.startsWith(".") || last.startsWith(".")) {
          names.add(folder + name);
        }
      }
    } catch (IOException | java.util.regex.PatternSyntaxException e) {
      return List.of();
    }
    names.sort(null);
    return names;
  }

  /** Whether a text is as a pattern of the shell says. */
  static boolean fits(String pattern, String text) {
    return regex(pattern).matcher(text).matches();
  }

  private static Pattern regex(String pattern) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      int end = c == '[' ? pattern.indexOf(']', i + 2) : -1;
      if (c == '*' || c == '?') {
        regex.append(c == '*' ? ".*" : ".");
      } else if (end > 0) {
        String set = pattern.substring(i + 1, end).replaceAll("[\\\\\\[&^]", "\\\\$0");
        regex.append('[').append(set.startsWith("!") ? "^" + set.substring(1) : set).append(']');
        i = end;
      } else {
        i += c == '\\' && i + 1 < pattern.length() ? 1 : 0;
        regex.append(Pattern.quote(pattern.substring(i, i + 1)));
      }
    }
    return Pattern.compile(regex.toString(), Pattern.DOTALL);
  }

  /**
   * The words that braces make of one: <code>a{b,c}</code> is two, <code>{1..3}</code> three.
   *
   * @throws SyntaxError when they are too many
   */
  static List<String> braces(String raw) throws SyntaxError {
    for (int i = 0; i < raw.length(); i = ShellText.past(raw, i)) {
      if (raw.charAt(i) != '{' || (i > 0 && raw.charAt(i - 1) == '$')) {
        continue;
      }
      List<String> parts = new ArrayList<>();
      int begin = i + 1;
      int level = 1;
      int end = i + 1;
      for (; end < raw.length() && level > 0; end = ShellText.past(raw, end)) {
        char c = raw.charAt(end);
        level += c == '{' ? 1 : c == '}' ? -1 : 0;
        if (level == 0 || (level == 1 && c == ',')) {
          parts.add(raw.substring(begin, end));
          begin = end + 1;
        }
      }
      List<String> made = parts.size() == 1 ? range(parts.getFirst()) : parts;
      if (level == 0 && !made.isEmpty()) {
        List<String> all = new ArrayList<>();
        List<String> tails = braces(raw.substring(end));
        for (String part : made) {
          for (String middle : parts.size() == 1 ? List.of(part) : braces(part)) {
            for (String tail : tails) {
              all.add(raw.substring(0, i) + middle + tail);
            }
          }
          bounded(all.size());
        }
        return all;
      }
    }
    return List.of(raw);
  }

  private static void bounded(long words) throws SyntaxError {
    if (words > MOST_WORDS) {
      throw new SyntaxError("brace expansion: more than " + MOST_WORDS + " words", false);
    }
  }

  private static List<String> range(String text) throws SyntaxError {
    Matcher range = RANGE.matcher(text);
    if (!range.matches()) {
      return List.of();
    }
    boolean letters = range.group(1) == null;
    int from = letters ? range.group(4).charAt(0) : Integer.parseInt(range.group(1));
    int to = letters ? range.group(5).charAt(0) : Integer.parseInt(range.group(2));
    int step = Math.max(1, Math.abs(range.group(3) == null ? 1 : Integer.parseInt(range.group(3))));
    int width =
        !letters && (range.group(1) + " " + range.group(2)).matches(".*\\b0\\d.*")
            ? Math.max(range.group(1).length(), range.group(2).length())
            : 1;
    bounded(Math.abs((long) to - from) / step);
    List<String> all = new ArrayList<>();
    for (int i = from; from <= to ? i <= to : i >= to; i += from <= to ? step : -step) {
      all.add(letters ? Character.toString(i) : String.format(Locale.ROOT, "%0" + width + "d", i));
    }
    return all;
  }
}

package wirebook.engine.shell;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import wirebook.spi.MagicException;
import wirebook.spi.Word;

/** Reads the words between two pipes. */
final class FilterParser {
  private static final int USUAL_LINES = 10;

  private final String magic;
  private final Word program;
  private final List<Word> rest;
  private final Set<Character> flags = new HashSet<>();
  private final List<Word> operands = new ArrayList<>();
  private final List<String> values = new ArrayList<>();

  FilterParser(List<Word> words, String magic) {
    this.magic = magic;
    program = words.getFirst();
    rest = words.subList(1, words.size());
  }

  Filter parse() {
    return switch (program.text()) {
      case "cat", "less", "more" -> {
        options("", "");
        yield only(0, new Filter.Pass());
      }
      case "head", "tail" -> ends(program.text().equals("tail"));
      case "grep", "egrep", "fgrep" -> grep();
      case "wc" -> {
        options("lwmc", "");
        yield only(0, new Filter.Count(flags.isEmpty() ? Set.of('l', 'w', 'c') : flags));
      }
      case "sort" -> {
        options("rnuf", "");
        yield only(0, new Filter.Sort(flags));
      }
      case "uniq" -> {
        options("c", "");
        yield only(0, new Filter.Unique(flags.contains('c')));
      }
      case "jq" -> jq();
      case "json_pp" -> {
        options("", "");
        yield only(0, new Filter.Query(new Jq(".", Set.of(), program)));
      }
      case "python", "python3" -> {
        if (rest.stream().map(Word::text).toList().equals(List.of("-m", "json.tool"))) {
          yield new Filter.Query(new Jq(".", Set.of(), program));
        }
        throw unknown();
      }
      default -> throw unknown();
    };
  }

  private MagicException unknown() {
    boolean runs = Set.of("sh", "bash", "zsh", "sudo", "xargs").contains(program.text());
    return CommandLine.wrong(
        program,
        runs
            ? "nothing is sent: what comes off the network is not run here"
            : "nothing is sent: %" + magic + " has no | " + program.text(),
        runs
            ? "Look at it first: leave | " + program.text() + " out."
            : "!"
                + magic
                + " … hands the line to the shell, which has it; here are jq, grep, head, tail, sort,"
                + " uniq, wc.");
  }

  /** Reads options: letters that stand alone, and those behind which a value comes. */
  private void options(String alone, String valued) {
    for (int i = 0; i < rest.size(); i++) {
      Word word = rest.get(i);
      String text = word.text();
      if (!text.startsWith("-") || text.length() < 2) {
        operands.add(word);
        continue;
      }
      if (text.equals("--")) {
        operands.addAll(rest.subList(i + 1, rest.size()));
        return;
      }
      if (text.startsWith("--color") || text.startsWith("--colour")) {
        continue;
      }
      for (int k = 1; k < text.length(); k++) {
        char c = text.charAt(k);
        if (alone.indexOf(c) >= 0) {
          flags.add(c);
        } else if (valued.indexOf(c) >= 0 && (k + 1 < text.length() || i + 1 < rest.size())) {
          String value = k + 1 < text.length() ? text.substring(k + 1) : rest.get(++i).text();
          values.add(c + value);
          break;
        } else {
          throw CommandLine.wrong(
              word,
              "nothing is sent: " + program.text() + " has no " + text + " here",
              "Leave it out, or write !" + magic + " …, which hands the line to the shell.");
        }
      }
    }
  }

  private Filter only(int most, Filter filter) {
    if (operands.size() > most) {
      throw CommandLine.wrong(
          operands.get(most),
          "nothing is sent: behind a pipe " + program.text() + " reads no file",
          "Leave " + operands.get(most).text() + " out.");
    }
    return filter;
  }

  private long number(String text, Word at) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw CommandLine.wrong(at, "\"" + text + "\" is no number", "Write one: -n 5.");
    }
  }

  private Filter ends(boolean last) {
    if (!rest.isEmpty() && rest.getFirst().text().matches("-\\d+")) {
      long count = number(rest.getFirst().text().substring(1), rest.getFirst());
      if (rest.size() > 1) {
        operands.addAll(rest.subList(1, rest.size()));
      }
      return only(0, new Filter.Ends(last, false, count, false));
    }
    options("q", "nc");
    boolean bytes = false;
    String count = String.valueOf(USUAL_LINES);
    for (String value : values) {
      bytes = value.charAt(0) == 'c';
      count = value.substring(1);
    }
    boolean from = last && count.startsWith("+");
    long n = number(count, program);
    return only(0, new Filter.Ends(last, bytes, last && !from ? Math.abs(n) : n, from));
  }

  private Filter grep() {
    options("EFGPivcnowqash", "eABCm");
    int before = 0;
    int after = 0;
    long most = Long.MAX_VALUE;
    List<String> patterns = new ArrayList<>();
    for (String value : values) {
      String text = value.substring(1);
      switch (value.charAt(0)) {
        case 'e' -> patterns.add(text);
        case 'm' -> most = number(text, program);
        case 'A' -> after = (int) number(text, program);
        case 'B' -> before = (int) number(text, program);
        default -> {
          after = (int) number(text, program);
          before = after;
        }
      }
    }
    if (patterns.isEmpty()) {
      if (operands.isEmpty()) {
        throw CommandLine.wrong(program, "grep needs a pattern", "Write | grep word.");
      }
      patterns.add(operands.removeFirst().text());
    }
    boolean literally = program.text().equals("fgrep") || flags.contains('F');
    boolean extended = program.text().equals("egrep") || flags.contains('E');
    String all =
        String.join(
            "|",
            patterns.stream()
                .map(
                    p ->
                        literally ? Pattern.quote(p) : flags.contains('P') ? p : posix(p, extended))
                .toList());
    String whole = flags.contains('w') ? "(?<!\\w)(?:" + all + ")(?!\\w)" : all;
    try {
      return only(
          0,
          new Filter.Grep(
              Pattern.compile(
                  whole,
                  Pattern.UNIX_LINES
                      | (flags.contains('i')
                          ? Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE
                          : 0)),
              flags,
              before,
              after,
              most));
    } catch (PatternSyntaxException e) {
      throw CommandLine.wrong(
          program,
          "the pattern is none: " + e.getDescription(),
          "Quote it: grep -F takes it as it is.");
    }
  }

  /**
   * A regular expression of POSIX as Java's: in a basic one, letters are operators when escaped.
   */
  private static String posix(String pattern, boolean extended) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c == '[') {
        int close = pattern.indexOf(']', pattern.startsWith("^", i + 1) ? i + 3 : i + 2);
        while (close > 0
            && pattern.lastIndexOf("[:", close) > i
            && pattern.charAt(close - 1) == ':') {
          close = pattern.indexOf(']', close + 1);
        }
        if (close > 0) {
          out.append(bracket(pattern.substring(i + 1, close)));
          i = close;
          continue;
        }
      }
      if (c == '\\' && i + 1 < pattern.length()) {
        char next = pattern.charAt(++i);
        boolean operator = !extended && "+?|(){}".indexOf(next) >= 0;
        out.append(
            operator ? String.valueOf(next) : next == '<' || next == '>' ? "\\b" : "\\" + next);
      } else if (!extended && "+?|(){}".indexOf(c) >= 0) {
        out.append('\\').append(c);
      } else if (!extended && c == '*' && out.isEmpty()) {
        out.append("\\*");
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  private static String bracket(String inside) {
    String text =
        inside
            .replace("\\", "\\\\")
            .replace("[:alpha:]", "\\p{Alpha}")
            .replace("[:digit:]", "\\d")
            .replace("[:alnum:]", "\\p{Alnum}")
            .replace("[:space:]", "\\s")
            .replace("[:upper:]", "\\p{Upper}")
            .replace("[:lower:]", "\\p{Lower}")
            .replace("[:punct:]", "\\p{Punct}")
            .replace("[:xdigit:]", "\\p{XDigit}");
    return "[" + text.replace("[", "\\[").replace("&&", "&\\&") + "]";
  }

  private Filter jq() {
    List<Word> words = new ArrayList<>();
    Set<Character> how = new HashSet<>();
    for (Word word : rest) {
      switch (word.text()) {
        case "--raw-output" -> how.add('r');
        case "--compact-output" -> how.add('c');
        case "--sort-keys" -> how.add('S');
        case "--exit-status", "--color-output", "--monochrome-output", "--unbuffered" -> {
          // They change nothing of what is shown here.
        }
        case "--join-output" -> how.addAll(Set.of('r', 'j'));
        case "--slurp" -> how.add('s');
        default -> {
          if (word.text().matches("-[rcSCMejs]+")) {
            word.text().substring(1).chars().forEach(c -> how.add((char) c));
            if (how.contains('j')) {
              how.add('r');
            }
          } else if (word.text().startsWith("-") && word.text().length() > 1) {
            throw CommandLine.wrong(
                word, "nothing is sent: jq has no " + word.text() + " here", "Leave it out.");
          } else {
            words.add(word);
          }
        }
      }
    }
    if (words.size() > 1) {
      throw CommandLine.wrong(
          words.get(1),
          "nothing is sent: behind a pipe jq reads no file",
          "Quote the filter: jq '.a'.");
    }
    return new Filter.Query(
        new Jq(
            words.isEmpty() ? "." : words.getFirst().text(),
            how,
            words.isEmpty() ? program : words.getFirst()));
  }
}

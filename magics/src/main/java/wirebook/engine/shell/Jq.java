package wirebook.engine.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import wirebook.codec.Json;
import wirebook.codec.JsonStyle;
import wirebook.engine.shell.Filter.Broken;
import wirebook.spi.Word;

/**
 * As much of jq 1.6 as people write behind curl: paths, pipes, constructions, comparisons, and the
 * functions of {@link JqParser}. What it has not, it says before anything is sent.
 */
final class Jq {
  /** A filter: any number of values for one. */
  interface Values {
    Stream<Json> of(Json in);
  }

  /** What jq says when a value is not what the filter needs. */
  static final class Wrong extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Wrong(String message) {
      super(message, null, false, false);
    }
  }

  private static final double MOST_WHOLE = 1e17;
  private static final JsonStyle LINE = new JsonStyle("", ",", ":", false, false, Jq::number);
  private static final JsonStyle LINES = LINE.withIndent("  ");

  /** A bracket, a string, or what neither has around it. */
  private static final Pattern PIECE =
      Pattern.compile("[\\[\\]{}]|\"(?:[^\"\\\\]|\\\\.)*+\"?|[^\\[\\]{}\"\\s]++");

  private final Values filter;
  private final Set<Character> flags;

  /**
   * @param flags the letters of its options
   * @param at where complaints about the filter are shown
   */
  Jq(String filter, Set<Character> flags, Word at) {
    this.filter = JqParser.parse(filter, at);
    this.flags = Set.copyOf(flags);
  }

  String run(String text) throws Broken {
    StringBuilder out = new StringBuilder();
    try {
      List<Json> all = values(text);
      List<Json> inputs = all;
      if (flags.contains('s')) {
        inputs = List.of(Json.of(all));
      }
      for (Json in : inputs) {
        filter.of(in).forEachOrdered(value -> print(value, out));
      }
      return out.toString();
    } catch (Wrong | StackOverflowError e) {
      throw new Broken(out + "jq: error: " + e.getMessage());
    } catch (Json.Malformed e) {
      String start = text.strip().lines().findFirst().orElse("");
      throw new Broken(
          "jq: error: what came is no JSON"
              + (start.isEmpty()
                  ? ": it is empty"
                  : "; it begins: " + start.substring(0, Math.min(80, start.length()))));
    }
  }

  /** One value after the other, with white space between them or without. */
  private static List<Json> values(String text) throws Json.Malformed {
    Optional<Json> one = Json.read(text);
    if (one.isPresent()) {
      return List.of(one.get());
    }
    List<Json> values = new ArrayList<>();
    for (Matcher m = PIECE.matcher(text); m.find(); ) {
      int begin = m.start();
      int depth = 0;
      do {
        depth += "[{".contains(m.group()) ? 1 : "]}".contains(m.group()) ? -1 : 0;
      } while (depth > 0 && m.find());
      // What is never closed is read to the end, and found to be so.
      values.add(Json.parse(text.substring(begin, depth > 0 ? text.length() : m.end())));
    }
    return values;
  }

  private void print(Json value, StringBuilder out) {
    JsonStyle style = flags.contains('c') ? LINE : LINES;
    out.append(
        flags.contains('r') && value instanceof Json.Text(String text)
            ? text
            : value.write(flags.contains('S') ? style.withNamesSorted() : style));
    if (!flags.contains('j')) {
      out.append('\n');
    }
  }

  /** Whole numbers as they are, however long; others without what adds nothing. */
  private static String number(String written) {
    if (written.matches("-?\\d+")) {
      return written;
    }
    double value = Double.parseDouble(written);
    if (value == Math.rint(value) && Math.abs(value) < MOST_WHOLE) {
      return String.valueOf((long) value);
    }
    return Double.toString(Math.clamp(value, -Double.MAX_VALUE, Double.MAX_VALUE))
        .replaceFirst("\\.0E", "E")
        .replaceFirst("E(\\d)", "e+$1")
        .replaceFirst("E-(\\d)$", "e-0$1")
        .replace('E', 'e');
  }

  /** On one line. */
  static String json(Json value) {
    return value.write(LINE);
  }
}

package wirebook.kernel.java.magics;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import wirebook.kernel.session.History;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.Word;

/** {@code %history}, with the options and the ranges that it has in IPython. */
final class HistoryMagic {
  static final String NAME = "history";

  private static final int LAST = 10;

  static final MagicSpec SPEC =
      MagicSpec.named(NAME, "Show the cells that have run")
          .synopsis("[-n] [-u] [-l [COUNT] | -g TEXT… | RANGE…]")
          .option(Option.flag("with their numbers, as always", "-n"))
          .option(Option.flag("of equal ones the last alone", "-u"))
          .option(Option.of("COUNT", Values.ANY, "the last so many: " + LAST + " without it", "-l"))
          .option(
              Option.of(
                  "TEXT", Values.ANY, "those with this text, where * and ? stand for others", "-g"))
          .operand("RANGE", Values.ANY, false, true)
          .example("%history -l 5", "the last five")
          .example("%history 2-4 7", "those of these numbers")
          .example("%history ~1/", "all of the session before this one; ~1/3-5 some of it")
          .build();

  /**
   * {@code 4}, {@code 2-4}, {@code 2:5} without the last, and {@code ~1/} or {@code 12/} before.
   */
  private static final Pattern RANGE =
      Pattern.compile("(?:(~?)(\\d{1,9})/)?(?:(\\d{1,9})(?:([-:])(\\d{1,9}))?)?");

  private static final String FIX = "%history -l 10, %history 2-4, or %history ~1/2-4";

  /** What IPython has besides, and what there is in its place. */
  private static final Map<String, String> OTHERS =
      Map.of(
          "-o", "Out[3] is the result of cell 3",
          "-f", "leave it out: the notebook is a file with all of them",
          "-p", "leave it out: cells are shown as they were written",
          "-t", "leave it out: cells are shown as they were written");

  /**
   * @param label its number, behind that of its session where it is another one
   */
  private record Cell(String label, String text) {}

  private HistoryMagic() {}

  static String run(List<Word> all, Cells cells) throws CellFailed {
    List<Word> words =
        all.stream()
            .flatMap(
                word ->
                    word.text().matches("-l\\d+")
                        ? Stream.of(
                            new Word("-l", word.span()),
                            new Word(word.text().substring(2), word.span()))
                        : Stream.of(word))
            .toList();
    List<Cell> own = own(0, Integer.MAX_VALUE, cells);
    List<Cell> wanted = new ArrayList<>();
    boolean whole = true;
    boolean unique = false;
    int at = 0;
    while (at < words.size()) {
      Word word = words.get(at++);
      switch (word.text()) {
        case "-n" -> {
          // They are there in any case.
        }
        case "-u" -> unique = true;
        case "-l" -> {
          boolean counted = at < words.size() && words.get(at).text().matches("\\d{1,9}");
          int count = counted ? Integer.parseInt(words.get(at++).text()) : LAST;
          wanted.addAll(own.subList(Math.max(0, own.size() - count), own.size()));
          whole = false;
        }
        case "-g" -> {
          List<String> text = new ArrayList<>();
          while (at < words.size() && !words.get(at).text().startsWith("-")) {
            text.add(words.get(at++).text());
          }
          if (text.isEmpty()) {
            throw cells.wrong(word, "-g is followed by what to look for", "%history -g HttpClient");
          }
          wanted.addAll(with(String.join(" ", text), own, cells));
          whole = false;
        }
        default -> {
          wanted.addAll(range(word, cells));
          whole = false;
        }
      }
    }
    Map<String, Cell> shown = new LinkedHashMap<>();
    for (Cell cell : whole ? own : wanted) {
      String key = unique ? cell.text : cell.label;
      shown.remove(key);
      shown.put(key, cell);
    }
    return shown.values().stream()
        .map(cell -> "In[" + cell.label + "]:\n" + cell.text.indent(4))
        .collect(Collectors.joining());
  }

  /** Those of the sessions before, of this notebook first, and of this one. */
  private static List<Cell> with(String text, List<Cell> own, Cells cells) {
    List<Cell> found = new ArrayList<>();
    if (cells.sessions().isPresent()) {
      History history = cells.sessions().get();
      List<History.Entry> current = history.range(0, 0, Optional.empty());
      history.search("*" + text + "*", Optional.empty(), false).stream()
          .filter(entry -> !current.contains(entry))
          .map(HistoryMagic::earlier)
          .forEach(found::add);
    }
    Pattern glob =
        Pattern.compile(
            "(?s).*\\Q" + text.replace("*", "\\E.*\\Q").replace("?", "\\E.\\Q") + "\\E.*");
    own.stream().filter(cell -> glob.matcher(cell.text).matches()).forEach(found::add);
    return found;
  }

  /** Those of this session from one number to the other. */
  private static List<Cell> own(int first, int last, Cells cells) {
    return cells.history().entrySet().stream()
        .filter(entry -> first <= entry.getKey() && entry.getKey() <= last)
        .map(entry -> new Cell(String.valueOf(entry.getKey()), entry.getValue()))
        .toList();
  }

  private static Cell earlier(History.Entry entry) {
    return new Cell(entry.session() + "/" + entry.line(), entry.input());
  }

  private static List<Cell> range(Word word, Cells cells) throws CellFailed {
    Matcher m = RANGE.matcher(word.text());
    if (OTHERS.containsKey(word.text())) {
      throw cells.wrong(
          word, "%history has no " + word.text() + " here", OTHERS.getOrDefault(word.text(), FIX));
    }
    if (!m.matches() || word.text().isEmpty()) {
      throw cells.wrong(word, "This is neither a number of a cell nor a range", FIX);
    }
    int first = m.group(3) == null ? 0 : Integer.parseInt(m.group(3));
    int last =
        m.group(5) != null
            ? Integer.parseInt(m.group(5)) - (m.group(4).equals(":") ? 1 : 0)
            : m.group(3) == null ? Integer.MAX_VALUE - 1 : first;
    if (m.group(2) == null) {
      return own(first, last, cells);
    }
    int session = Integer.parseInt(m.group(2));
    History history =
        cells
            .sessions()
            .orElseThrow(
                () -> cells.wrong(word, "No sessions before this one are remembered", FIX));
    return history
        .range(m.group(1).isEmpty() ? session : -session, first, Optional.of(last + 1))
        .stream()
        .map(HistoryMagic::earlier)
        .toList();
  }
}

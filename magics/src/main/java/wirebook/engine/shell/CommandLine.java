package wirebook.engine.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import wirebook.spi.Diagnostic;
import wirebook.spi.MagicException;
import wirebook.spi.Word;

/**
 * A command as a shell takes it: its own words, what its output runs through, and where its streams
 * go (POSIX.1-2024, Shell Command Language, 2.7 and 2.9.2).
 *
 * @param words the command's own
 * @param filters what its output runs through, in order
 * @param input the file that is its standard input
 * @param out where its standard output goes, before the filters
 * @param err where its standard error goes
 * @param result where the last filter's output goes; as {@code out} when there is none
 */
public record CommandLine(
    List<Word> words,
    List<Filter> filters,
    Optional<Word> input,
    Target out,
    Target err,
    Target result) {
  public CommandLine {
    words = List.copyOf(words);
    filters = List.copyOf(filters);
  }

  /** Where a stream goes. */
  public sealed interface Target {
    /** Into the cell, or into the pipe. */
    record Out() implements Target {}

    /** Below the cell, as errors are shown. */
    record Err() implements Target {}

    record Nowhere() implements Target {}

    /**
     * Into a file.
     *
     * @param append behind what it has
     */
    record File(Word name, boolean append) implements Target {}
  }

  private static final Target OUT = new Target.Out();
  private static final Target ERR = new Target.Err();

  /** One command between two pipes. */
  private static final class Stage {
    final List<Word> words = new ArrayList<>();
    Optional<Word> input = Optional.empty();
    Target out = OUT;
    Target err = ERR;
  }

  /**
   * Reads a magic's words.
   *
   * @param name of the magic
   * @throws MagicException at what is not done here
   */
  public static CommandLine of(List<Word> words, String name) {
    List<Stage> stages = new ArrayList<>(List.of(new Stage()));
    for (int i = 0; i < words.size(); i++) {
      Word word = words.get(i);
      Stage stage = stages.getLast();
      if (!word.operator()) {
        stage.words.add(word);
      } else if (word.text().equals("|") || word.text().equals("|&")) {
        if (word.text().equals("|&")) {
          stage.err = stage.out;
        }
        stages.add(new Stage());
      } else if (redirects(word, stage, i + 1 < words.size() ? words.get(i + 1) : word, name)) {
        i++;
      }
    }
    List<Filter> filters = new ArrayList<>();
    for (Stage stage : stages.subList(1, stages.size())) {
      if (stage.words.isEmpty()) {
        throw wrong(words.getLast(), "a command belongs behind |", "Write | jq . or | head there.");
      }
      if (stage.input.isPresent()) {
        throw wrong(
            stage.input.get(), "a filter reads what comes through the pipe", "Leave < out.");
      }
      filters.add(Filter.of(stage.words, name));
    }
    for (Stage stage : stages.subList(0, stages.size() - 1)) {
      if (stages.indexOf(stage) > 0 && !stage.out.equals(OUT)) {
        throw wrong(stage.words.getFirst(), "its output goes into the pipe", "Write > at the end.");
      }
    }
    Stage first = stages.getFirst();
    return new CommandLine(
        first.words, filters, first.input, first.out, first.err, stages.getLast().out);
  }

  /** Whether the operator took the next word. */
  private static boolean redirects(Word operator, Stage stage, Word next, String name) {
    String text = operator.text();
    switch (text) {
      case "2>&1" -> {
        stage.err = stage.out;
        return false;
      }
      case ">&2", "1>&2" -> {
        stage.out = stage.err;
        return false;
      }
      case ">", "1>", ">|", ">>", "1>>", "2>", "2>>", "&>", "&>>", ">&", "<", "0<" -> {
        if (next.operator()) {
          throw wrong(operator, "a file's name belongs behind " + text, "Write " + text + " name.");
        }
      }
      case "<<", "<<-", "<<<" ->
          throw wrong(
              operator,
              text + " is not done here",
              "Give the text itself, in single quotes that may span lines: -d '…'; or let the shell"
                  + " do it, with !"
                  + name
                  + " …, or %%bash for several lines.");
      default ->
          throw wrong(
              operator,
              "nothing is sent: the shell's " + text + " is not done here",
              text.startsWith("&") || text.startsWith(";") || text.equals("||")
                  ? "Write !"
                      + name
                      + " … for a line of the shell, or %%bash above several; put a URL or a value"
                      + " that has "
                      + text
                      + " in it into quotes."
                  : "Put it into single quotes if it belongs to %" + name + ".");
    }
    if (text.endsWith("<")) {
      stage.input = Optional.of(next);
      return true;
    }
    Target target =
        next.text().equals("/dev/null")
            ? new Target.Nowhere()
            : new Target.File(next, text.endsWith(">>"));
    if (text.startsWith("2") || text.contains("&")) {
      stage.err = target;
    }
    if (!text.startsWith("2")) {
      stage.out = target;
    }
    return true;
  }

  static MagicException wrong(Word at, String message, String fix) {
    return new MagicException(new Diagnostic("SHELL001", at.span(), message, fix));
  }
}

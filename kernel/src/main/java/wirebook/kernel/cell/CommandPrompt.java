package wirebook.kernel.cell;

import java.util.ArrayList;
import java.util.List;
import wirebook.spi.Span;

/**
 * A command that a browser copied for Windows' command prompt. There a caret makes the next
 * character an ordinary one and carries a line on, quotes between which carets are ordinary
 * themselves end with their line, and what is left is split into words by the program: in double
 * quotes, with backslashes. Browsers double every backslash, though Microsoft's C run-time takes
 * two for one only before a quote; here they are one everywhere, so that what the browser sent is
 * what is sent.
 */
final class CommandPrompt {
  private final String text;
  private int i;

  /** What the prompt hands on, and where each of its characters stands in {@link #text}. */
  private final StringBuilder command = new StringBuilder();

  private final List<Integer> places = new ArrayList<>();

  private CommandPrompt(String text, int from) {
    this.text = text;
    i = from;
  }

  /** Whether a line is one: it has a quote behind a caret, or a caret at its end. */
  static boolean wrote(String text, int from) {
    int end = Lines.end(text, from);
    char quote = 0;
    for (int at = from; at < end; at++) {
      char c = text.charAt(at);
      if (quote != 0) {
        quote = c == quote ? 0 : quote;
      } else if (c == '\\') {
        at++;
      } else if (c == '\'' || c == '"') {
        quote = c;
      } else if (c == '^' && (at + 1 == end ? end < text.length() : text.charAt(at + 1) == '"')) {
        return true;
      }
    }
    return false;
  }

  /** Where it ends, before the line end. */
  static int end(String text, int from) {
    CommandPrompt prompt = new CommandPrompt(text, from);
    prompt.read();
    return prompt.i;
  }

  /**
   * Its words.
   *
   * @param offset where {@code text} stands in the cell
   */
  static List<WordTemplate> words(String text, int offset) {
    CommandPrompt prompt = new CommandPrompt(text, 0);
    prompt.read();
    return prompt.split(offset);
  }

  private void read() {
    boolean quoted = false;
    while (i < text.length() && !Lines.isEnd(text.charAt(i))) {
      char c = text.charAt(i);
      if (c == '^' && !quoted) {
        i = Lines.skip(text, i + 1);
        if (i == text.length()) {
          return;
        }
        // What follows the caret is meant as it is, also on the next line, and a line end there.
        if (Lines.isEnd(text.charAt(i))) {
          add('\n');
          i = Lines.skip(text, i);
        } else {
          add(text.charAt(i++));
        }
      } else {
        quoted ^= c == '"';
        add(c);
        i++;
      }
    }
  }

  private void add(char c) {
    command.append(c);
    places.add(i);
  }

  private boolean blank(int at) {
    return command.charAt(at) == ' ' || command.charAt(at) == '\t';
  }

  private List<WordTemplate> split(int offset) {
    List<WordTemplate> words = new ArrayList<>();
    int at = 0;
    while (at < command.length()) {
      if (blank(at)) {
        at++;
        continue;
      }
      int start = at;
      StringBuilder word = new StringBuilder();
      boolean quoted = false;
      while (at < command.length() && (quoted || !blank(at))) {
        char c = command.charAt(at++);
        boolean more = at < command.length();
        if (c == '\\' && more && (command.charAt(at) == '\\' || command.charAt(at) == '"')) {
          word.append(command.charAt(at++));
        } else if (c != '"') {
          word.append(c);
        } else if (quoted && more && command.charAt(at) == '"') {
          word.append('"');
          at++;
        } else {
          quoted = !quoted;
        }
      }
      words.add(
          new WordTemplate(
              List.of(new WordTemplate.Piece.Literal(word.toString())),
              new Span(offset + places.get(start), offset + places.get(at - 1) + 1)));
    }
    return words;
  }
}

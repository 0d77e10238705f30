package wirebook.engine.http.file;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The words of one command as a shell splits them: quotes, backslashes, and nothing of what a shell
 * puts in (POSIX.1-2024, Shell Command Language, 2.2). A line end that is neither quoted nor
 * escaped ends it.
 */
final class CommandWords {
  private final String text;
  private int at;

  private CommandWords(String text) {
    this.text = text;
  }

  /**
   * @throws IllegalArgumentException with what does not belong to one command
   */
  static List<String> of(String text) {
    CommandWords command = new CommandWords(text.strip());
    List<String> words = new ArrayList<>();
    for (Optional<String> word = command.word(); word.isPresent(); word = command.word()) {
      words.add(word.get());
    }
    return words;
  }

  private Optional<String> word() {
    while (at < text.length() && (blank() || escapedEnd() > 0)) {
      at += Math.max(1, escapedEnd());
    }
    if (at == text.length()) {
      return Optional.empty();
    }
    if (text.charAt(at) == '\n' || text.charAt(at) == '\r') {
      String rest = text.substring(at).strip();
      if (!rest.isEmpty()) {
        throw new IllegalArgumentException(rest.lines().findFirst().orElse(""));
      }
      return Optional.empty();
    }
    StringBuilder word = new StringBuilder();
    while (at < text.length() && !blank() && "\r\n".indexOf(text.charAt(at)) < 0) {
      char c = text.charAt(at);
      if (c == '\'' || c == '"') {
        quoted(c, word);
      } else if (escapedEnd() > 0) {
        at += escapedEnd();
      } else if (c == '\\' && at + 1 < text.length()) {
        word.append(text.charAt(at + 1));
        at += 2;
      } else if ("|;<>()`".indexOf(c) >= 0 || (c == '&' && endsHere(at + 1))) {
        throw new IllegalArgumentException(text.substring(at).lines().findFirst().orElse(""));
      } else {
        word.append(c);
        at++;
      }
    }
    return Optional.of(word.toString());
  }

  private boolean blank() {
    return text.charAt(at) == ' ' || text.charAt(at) == '\t';
  }

  private boolean endsHere(int i) {
    return i == text.length() || " \t\r\n&>".indexOf(text.charAt(i)) >= 0;
  }

  /** The length of a backslash and the line end behind it, 0 when there is none. */
  private int escapedEnd() {
    return text.startsWith("\\\n", at) ? 2 : text.startsWith("\\\r\n", at) ? 3 : 0;
  }

  private void quoted(char quote, StringBuilder word) {
    int end = at + 1;
    while (end < text.length() && text.charAt(end) != quote) {
      char c = text.charAt(end);
      boolean escapes = quote == '"' && c == '\\' && end + 1 < text.length();
      if (escapes && "\"\\$`\n".indexOf(text.charAt(end + 1)) >= 0) {
        end++;
        if (text.charAt(end) != '\n') {
          word.append(text.charAt(end));
        }
      } else {
        word.append(c);
      }
      end++;
    }
    if (end == text.length()) {
      throw new IllegalArgumentException("a quote that is not closed");
    }
    at = end + 1;
  }
}

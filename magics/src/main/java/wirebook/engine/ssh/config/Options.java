package wirebook.engine.ssh.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A command's words as {@code getopt(3)} reads them.
 *
 * @param complaint what is wrong with the first word that is
 */
public record Options(List<Option> options, List<String> operands, Optional<String> complaint) {
  /**
   * @param value empty for a flag
   */
  public record Option(char name, String value) {}

  /**
   * As BSD's reads them: nothing behind the first operand is an option.
   *
   * @param known the letters; a colon behind one that takes a value
   */
  public static Options of(List<String> words, String known) {
    return read(words, known, false);
  }

  /** As GNU's reads them: what begins with a hyphen is an option wherever it stands. */
  public static Options anywhere(List<String> words, String known) {
    return read(words, known, true);
  }

  private static Options read(List<String> words, String known, boolean anywhere) {
    List<Option> options = new ArrayList<>();
    List<String> operands = new ArrayList<>();
    int at = 0;
    while (at < words.size()) {
      String word = words.get(at);
      if (!word.startsWith("-") || word.length() == 1) {
        if (!anywhere) {
          break;
        }
        operands.add(word);
        at++;
        continue;
      }
      at++;
      if (word.equals("--")) {
        break;
      }
      for (int i = 1; i < word.length(); i++) {
        char name = word.charAt(i);
        int found = name == ':' ? -1 : known.indexOf(name);
        if (found < 0) {
          return new Options(options, List.of(), Optional.of("unknown option -- " + name));
        }
        if (found + 1 == known.length() || known.charAt(found + 1) != ':') {
          options.add(new Option(name, ""));
          continue;
        }
        if (i + 1 == word.length() && at == words.size()) {
          return new Options(
              options, List.of(), Optional.of("option requires an argument -- " + name));
        }
        options.add(
            new Option(name, i + 1 < word.length() ? word.substring(i + 1) : words.get(at++)));
        break;
      }
    }
    operands.addAll(words.subList(at, words.size()));
    return new Options(options, operands, Optional.empty());
  }
}

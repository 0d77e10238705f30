package wirebook.engine.ssh.keygen;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A command's words as BSD's {@code getopt(3)} reads them: nothing behind the first operand is an
 * option.
 *
 * @param complaint what is wrong with the first word that is
 */
record Options(List<Option> options, List<String> operands, Optional<String> complaint) {
  /**
   * @param value empty for a flag
   */
  record Option(char name, String value) {}

  /**
   * @param known the letters; a colon behind one that takes a value
   */
  static Options of(List<String> words, String known) {
    List<Option> options = new ArrayList<>();
    int at = 0;
    while (at < words.size() && words.get(at).startsWith("-") && words.get(at).length() > 1) {
      String word = words.get(at++);
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
    return new Options(options, words.subList(at, words.size()), Optional.empty());
  }
}

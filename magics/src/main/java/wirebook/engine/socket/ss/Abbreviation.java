package wirebook.engine.socket.ss;

import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Words that may be shortened, as the tools of iproute2 read them. */
public final class Abbreviation {
  private Abbreviation() {}

  /** The first of some names that begins with {@code word}: for commands. */
  public static Optional<String> first(String word, List<String> names) {
    return names.stream().filter(name -> !word.isEmpty() && name.startsWith(word)).findFirst();
  }

  /**
   * The one of some names that is {@code word}, or the only one that begins with it: for long
   * options (getopt_long(3)).
   */
  public static Optional<String> only(String word, Collection<String> names) {
    if (names.contains(word)) {
      return Optional.of(word);
    }
    List<String> found = names.stream().filter(name -> name.startsWith(word)).toList();
    return found.size() == 1 ? Optional.of(found.getFirst()) : Optional.empty();
  }
}

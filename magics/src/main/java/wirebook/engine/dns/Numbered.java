package wirebook.engine.dns;

import java.util.Optional;

/** Mnemonics of the form {@code TYPE123} and {@code CLASS4} (RFC 3597, 5). */
final class Numbered {
  private static final int LONGEST = 5;

  private Numbered() {}

  static Optional<Integer> parse(String text, String prefix) {
    if (!text.startsWith(prefix)) {
      return Optional.empty();
    }
    String digits = text.substring(prefix.length());
    if (digits.isEmpty()
        || digits.length() > LONGEST
        || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return Optional.empty();
    }
    return Optional.of(Integer.parseInt(digits)).filter(code -> code <= 0xffff);
  }
}

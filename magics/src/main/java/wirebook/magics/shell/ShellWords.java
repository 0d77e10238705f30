package wirebook.magics.shell;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import wirebook.engine.http.ByteText;

/**
 * The arguments of this process as the bytes they were. In a locale without UTF-8 Java replaces
 * what it cannot read by question marks; Linux still has the original.
 */
public final class ShellWords {
  private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");

  private ShellWords() {}

  /** The words as byte text. */
  public static List<String> exact(List<String> words) {
    List<String> plain = words.stream().map(ByteText::fromText).toList();
    if (words.stream().allMatch(w -> w.indexOf('?') < 0 && w.indexOf('\ufffd') < 0)) {
      return plain;
    }
    try {
      String all = new String(Files.readAllBytes(COMMAND_LINE), StandardCharsets.ISO_8859_1);
      List<String> given = new ArrayList<>(List.of(all.split("\0", -1)));
      given.removeLast();
      if (given.size() < words.size()) {
        return plain;
      }
      List<String> tail = given.subList(given.size() - words.size(), given.size());
      for (int i = 0; i < words.size(); i++) {
        if (!same(words.get(i), tail.get(i)) && !plain.get(i).equals(tail.get(i))) {
          return plain;
        }
      }
      return List.copyOf(tail);
    } catch (IOException e) {
      return plain;
    }
  }

  /** Whether {@code seen} can be what Java made of {@code bytes}. */
  private static boolean same(String seen, String bytes) {
    if (seen.length() != bytes.length()) {
      return false;
    }
    for (int i = 0; i < seen.length(); i++) {
      char c = seen.charAt(i);
      if (c != bytes.charAt(i) && c != '?' && c != '\ufffd') {
        return false;
      }
    }
    return true;
  }
}

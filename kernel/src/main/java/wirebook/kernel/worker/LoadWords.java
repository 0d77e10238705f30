package wirebook.kernel.worker;

import java.util.List;

/**
 * {@code %load} is two magics: with a URL, or an option of how, the worker's, which puts load on a
 * server; with a file the kernel's, which is IJava's.
 */
public final class LoadWords {
  public static final String NAME = "load";

  private LoadWords() {}

  /** Whether the words behind {@code %load} name a server, or how to load one. */
  public static boolean areForServer(List<String> words) {
    return words.stream()
        .anyMatch(word -> word.matches("(?i)https?://.*|-.*|[\\w.-]+:\\d{1,5}(?:[/?].*)?"));
  }
}

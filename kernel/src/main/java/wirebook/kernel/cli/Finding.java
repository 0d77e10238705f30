package wirebook.kernel.cli;

/** What {@code doctor} found at one question. */
sealed interface Finding {
  String text();

  record Works(String text) implements Finding {}

  /** Something does not work; the labs do without. */
  record Lacks(String text, String mend) implements Finding {}

  /** Something does not work that every lab needs. */
  record Broken(String text, String mend) implements Finding {}
}

package wirebook.spi;

/**
 * One argument of a magic, after quotes and {@code ${…}} were resolved, and where it stood.
 *
 * @param operator whether it is one of the shell's operators, and no word at all; see {@link
 *     MagicSpec.Syntax#COMMAND}
 */
public record Word(String text, Span span, boolean operator) {
  public Word(String text, Span span) {
    this(text, span, false);
  }
}

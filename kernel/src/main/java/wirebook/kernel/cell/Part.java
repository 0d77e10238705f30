package wirebook.kernel.cell;

import java.util.Optional;
import wirebook.spi.Diagnostic;
import wirebook.spi.Span;

/** A piece of a cell. The texts of a cell's parts, joined, are the cell. */
public sealed interface Part {
  /** Where it stands in the cell, its last line end included. */
  Span span();

  /** What stands there, exactly. */
  String text();

  /** Java for JShell, possibly several snippets, possibly only blank lines. */
  record Java(Span span, String text) implements Part {}

  /**
   * {@code %name arguments}, also as the right side of an assignment; {@code !arguments} is {@code
   * %system arguments}, and {@code x = !arguments} is {@code x = %sx arguments}.
   *
   * @param arguments as written, without the line end; a backslash at a line's end, or a quote that
   *     is still open, has carried it over several lines
   */
  record LineMagic(
      Span span,
      String text,
      Optional<Assignment> assignment,
      String name,
      Span nameSpan,
      String arguments,
      Span argumentsSpan)
      implements Part {}

  /**
   * {@code %%name arguments} and all that is below it.
   *
   * @param body exactly as written, from the line after the name's to the cell's end
   */
  record CellMagic(
      Span span,
      String text,
      String name,
      Span nameSpan,
      String arguments,
      Span argumentsSpan,
      String body,
      Span bodySpan)
      implements Part {}

  /** {@code %name?}, {@code %%name?} or {@code some.java.name?} on a line of its own. */
  record Help(Span span, String text, Subject subject, String name, Span nameSpan)
      implements Part {}

  /** What looks like a magic and cannot be one here; nothing of such a cell should run. */
  record Malformed(Span span, String text, Diagnostic diagnostic) implements Part {}

  /** What help was asked for. */
  enum Subject {
    LINE_MAGIC,
    CELL_MAGIC,
    JAVA
  }

  /**
   * The left side of {@code Type name = %magic}.
   *
   * @param type {@code var} or a type as written, with {@code final} when it is there; empty when
   *     the variable is there already
   */
  record Assignment(Optional<String> type, String name, Span nameSpan) {}
}

package wirebook.spi;

/**
 * A place in a cell's text: UTF-16 offsets, {@code start} inclusive, {@code end} exclusive. Offsets
 * are counted from the cell's first character.
 */
public record Span(int start, int end) {
  public static final Span NONE = new Span(0, 0);

  public Span {
    if (start < 0 || end < start) {
      throw new IllegalArgumentException("no span: " + start + " to " + end);
    }
  }
}

package wirebook.engine.http.file;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import wirebook.spi.Span;

/** Text with {@code {{references}}} in it. */
public record Template(List<Piece> pieces) {
  public Template {
    pieces = List.copyOf(pieces);
  }

  /** A run of text, or a reference. */
  public sealed interface Piece {
    record Text(String text) implements Piece {}

    /**
     * {@code {{expression}}}.
     *
     * @param closed whether both braces at the end are there
     */
    record Reference(String expression, Span span, boolean closed) implements Piece {}
  }

  /**
   * @param offset where {@code text} begins in the cell
   */
  public static Template parse(String text, int offset) {
    List<Piece> pieces = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      int open = text.indexOf("{{", at);
      if (open < 0) {
        pieces.add(new Piece.Text(text.substring(at)));
        break;
      }
      if (open > at) {
        pieces.add(new Piece.Text(text.substring(at, open)));
      }
      int lineEnd = text.indexOf('\n', open);
      int end = lineEnd < 0 ? text.length() : lineEnd;
      int close = text.indexOf("}}", open);
      boolean closed = close >= 0 && close < end;
      int inner = closed ? close : end;
      int after = closed ? close + 2 : end;
      pieces.add(
          new Piece.Reference(
              text.substring(open + 2, inner).strip(),
              new Span(offset + open, offset + after),
              closed));
      at = after;
    }
    return new Template(pieces);
  }

  /** The text with each reference replaced by what {@code value} gives for it. */
  public String fill(Function<Piece.Reference, String> value) {
    return pieces.stream()
        .map(
            piece ->
                switch (piece) {
                  case Piece.Text text -> text.text();
                  case Piece.Reference reference -> value.apply(reference);
                })
        .collect(Collectors.joining());
  }

  public List<Piece.Reference> references() {
    return pieces.stream()
        .filter(Piece.Reference.class::isInstance)
        .map(Piece.Reference.class::cast)
        .toList();
  }

  /** As it was written. */
  @Override
  public String toString() {
    return fill(reference -> "{{" + reference.expression() + (reference.closed() ? "}}" : ""));
  }
}

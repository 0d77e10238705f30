package wirebook.kernel.cell;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import wirebook.spi.Span;
import wirebook.spi.Word;

/**
 * A magic's argument before its {@code ${…}} are evaluated.
 *
 * @param operator see {@link Word#operator}
 */
public record WordTemplate(List<Piece> pieces, Span span, boolean operator) {
  public WordTemplate(List<Piece> pieces, Span span) {
    this(pieces, span, false);
  }

  public WordTemplate {
    pieces = List.copyOf(pieces);
  }

  /** What a word is made of. */
  public sealed interface Piece {
    /** Text after quotes and backslashes were resolved. */
    record Literal(String text) implements Piece {}

    /** The Java between {@code ${} and {@code }}, and where in the cell it stands. */
    record Expression(String code, Span span) implements Piece {}

    /** {@code $NAME}, as the shell has it. */
    record Variable(String name, Span span) implements Piece {}
  }

  /** The word, with every expression replaced by what {@code evaluate} makes of it. */
  public Word resolve(Function<Piece.Expression, String> evaluate) {
    return new Word(
        pieces.stream()
            .map(
                piece ->
                    switch (piece) {
                      case Piece.Literal(String text) -> text;
                      case Piece.Expression expression -> evaluate.apply(expression);
                      case Piece.Variable(String name, Span place) ->
                          evaluate.apply(new Piece.Expression(name, place));
                    })
            .collect(Collectors.joining()),
        span,
        operator);
  }
}

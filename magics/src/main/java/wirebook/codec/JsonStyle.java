package wirebook.codec;

import java.util.function.UnaryOperator;

/**
 * How JSON is laid out.
 *
 * @param indent of each level on its own lines; empty for all on one line
 * @param comma between two on one line
 * @param colon behind a name
 * @param sorted whether names are in the order of their characters, or else in their own
 * @param ascii whether all other characters are escaped
 * @param number writes a number, given as it was written
 */
public record JsonStyle(
    String indent,
    String comma,
    String colon,
    boolean sorted,
    boolean ascii,
    UnaryOperator<String> number) {
  /** Without white space. */
  public static final JsonStyle COMPACT =
      new JsonStyle("", ",", ":", false, false, UnaryOperator.identity());

  /** Two spaces a level. */
  public static final JsonStyle INDENTED = COMPACT.withIndent("  ");

  /** This, with a line for each element and member. */
  public JsonStyle withIndent(String indent) {
    return new JsonStyle(indent, ",", ": ", sorted, ascii, number);
  }

  /** This, with names in the order of their characters. */
  public JsonStyle withNamesSorted() {
    return new JsonStyle(indent, comma, colon, true, ascii, number);
  }

  String lineEnd() {
    return indent.isEmpty() ? "" : "\n";
  }
}

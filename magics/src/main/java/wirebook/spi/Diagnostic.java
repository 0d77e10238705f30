package wirebook.spi;

/**
 * A complaint with a place, a what and a fix.
 *
 * @param id stable, for looking up: {@code DIG001}
 * @param span where in the cell
 * @param message what is wrong, one sentence
 * @param fix what to write instead, or empty
 */
public record Diagnostic(String id, Span span, String message, String fix) {}

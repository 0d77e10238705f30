package wirebook.spi;

/** One argument of a magic, after quotes and {@code ${…}} were resolved, and where it stood. */
public record Word(String text, Span span) {}

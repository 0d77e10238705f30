package wirebook.engine.http.file;

/**
 * Something that a response was expected to be.
 *
 * @param expected in the words of the file
 * @param passed whether it is so
 * @param seen what it is instead, empty when it passed
 */
public record Check(String expected, boolean passed, String seen) {
  @Override
  public String toString() {
    return (passed ? "ok      " : "FAILED  ") + expected + (seen.isEmpty() ? "" : ": " + seen);
  }
}

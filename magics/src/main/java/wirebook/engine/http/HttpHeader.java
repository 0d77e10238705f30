package wirebook.engine.http;

/** A header field: its name and its value, read as UTF-8. */
public record HttpHeader(String name, String value) {
  @Override
  public String toString() {
    return name + ": " + value;
  }
}

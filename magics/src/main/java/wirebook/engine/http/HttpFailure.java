package wirebook.engine.http;

/** A transfer cannot go on. The message is what curl prints after its code. */
public final class HttpFailure extends Exception {
  private static final long serialVersionUID = 1L;

  private final CurlCode code;

  public HttpFailure(CurlCode code, String message) {
    super(message, null, false, false);
    this.code = code;
  }

  public HttpFailure(CurlCode code) {
    this(code, code.words());
  }

  public CurlCode code() {
    return code;
  }

  /** The message; byte text. */
  public String words() {
    String message = getMessage();
    return message == null ? code.words() : message;
  }
}

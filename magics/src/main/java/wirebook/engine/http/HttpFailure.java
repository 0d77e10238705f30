package wirebook.engine.http;

import java.util.Optional;

/** A transfer cannot go on. The message is what curl prints after its code. */
public final class HttpFailure extends Exception {
  private static final long serialVersionUID = 1L;

  private final CurlCode code;

  /** Whether there is something to tell that the code alone does not say. */
  private boolean untold;

  public HttpFailure(CurlCode code, String message) {
    super(message, null, false, false);
    this.code = code;
    untold = true;
  }

  public HttpFailure(CurlCode code) {
    this(code, code.words());
    untold = false;
  }

  /** The message for a log, once, and only when it says more than the code. */
  public Optional<String> tell() {
    boolean first = untold;
    untold = false;
    return first ? Optional.of(words()) : Optional.empty();
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

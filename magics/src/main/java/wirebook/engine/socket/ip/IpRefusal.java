package wirebook.engine.socket.ip;

/** What ip says instead of doing something, and the status it ends with. */
public final class IpRefusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** {@code exit(-1)} */
  static final int WRONG = 255;

  private final int word;
  private final int status;
  private final String fix;

  /**
   * @param word the index of the word at fault; negative when it is not about a word
   */
  IpRefusal(int word, int status, String message, String fix) {
    super(message, null, false, false);
    this.word = word;
    this.status = status;
    this.fix = fix;
  }

  /** Not about a word. */
  IpRefusal(int status, String message) {
    this(-1, status, message, "");
  }

  public int word() {
    return word;
  }

  public int status() {
    return status;
  }

  public String fix() {
    return fix;
  }

  /** What ip writes on standard error. */
  public String text() {
    return String.valueOf(getMessage());
  }
}

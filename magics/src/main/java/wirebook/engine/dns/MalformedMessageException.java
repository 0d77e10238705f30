package wirebook.engine.dns;

/** Bytes are not what the protocol allows; the message is BIND's word for it. */
final class MalformedMessageException extends Exception {
  private static final long serialVersionUID = 1L;

  static final String END = "unexpected end of input";
  static final String FORMERR = "FORMERR";

  private final int offset;

  MalformedMessageException(String reason, int offset) {
    super(reason, null, false, false);
    this.offset = offset;
  }

  String reason() {
    return String.valueOf(getMessage());
  }

  int offset() {
    return offset;
  }
}

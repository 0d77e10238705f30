package wirebook.engine.dns;

/** A text is no domain name; the message says why, in BIND's words. */
public final class DnsNameSyntaxException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  public DnsNameSyntaxException(String reason) {
    super(reason);
  }
}

package wirebook.engine.dns.resolver;

/** How far data is believed, the least first (RFC 2181, 5.4.1). */
public enum Credibility {
  /** Addresses beside a referral. */
  GLUE("glue"),
  /** The NS set of a referral: the parent's word. */
  REFERRAL("referral"),
  /** An answer without the AA flag. */
  ANSWER("non-authoritative answer"),
  /** From the authority section of an authoritative reply. */
  AUTHORITY("authority section"),
  AUTHORITATIVE("authoritative answer");

  private final String words;

  Credibility(String words) {
    this.words = words;
  }

  public String words() {
    return words;
  }
}

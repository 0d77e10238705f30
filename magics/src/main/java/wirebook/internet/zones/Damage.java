package wirebook.internet.zones;

/** How a signed zone can go wrong, for a drill. */
public enum Damage {
  /** Nobody has renewed its signatures. */
  EXPIRED("its signatures have expired"),
  /** It has a new key, and its parent does not know. */
  ROLLED("its key was changed, and the DS record in its parent was not"),
  /** Somebody has changed addresses without the key. */
  FORGED("its addresses were changed by somebody who does not have its key"),
  /** It is no longer signed, but its parent's DS record says that it is. */
  UNSIGNED("its signatures are gone, and its parent still has the DS record");

  private final String words;

  Damage(String words) {
    this.words = words;
  }

  public String words() {
    return words;
  }
}

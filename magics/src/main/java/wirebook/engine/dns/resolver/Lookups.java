package wirebook.engine.dns.resolver;

/** Finds what was asked for: from the root, or by asking a resolver. */
public interface Lookups {
  /**
   * @param dnssec whether signatures and proofs are wanted
   * @throws InterruptedException when the asking thread was interrupted
   */
  Resolution resolve(Question question, boolean dnssec) throws InterruptedException;
}

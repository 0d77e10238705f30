package wirebook.engine.dns.resolver;

/** What a resolver may do or leave. */
public enum Feature {
  /** Servers are asked only what they need to know (RFC 9156). */
  MINIMISE,
  /**
   * The silence of the first few servers, when no server ever answered, is taken for a network that
   * lets no DNS through.
   */
  NOTICE_BLOCKED,
  /** When no fresh answer can be had, one that has run out is given (RFC 8767). */
  SERVE_STALE,
  /** Proven ranges of names that do not exist answer further questions (RFC 8198). */
  AGGRESSIVE,
  /** Servers about which nothing is known are taken in any order, which spreads the load. */
  SPREAD,
  /** Queries mix the case of letters, and replies have to repeat it (the "0x20" trick). */
  MIX_CASE
}

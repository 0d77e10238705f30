package wirebook.engine.dns;

/** How a message travelled. */
public enum DnsTransport {
  UDP,
  TCP,
  /** DNS over TLS (RFC 7858). */
  TLS,
  /** DNS over HTTPS (RFC 8484). */
  HTTPS
}

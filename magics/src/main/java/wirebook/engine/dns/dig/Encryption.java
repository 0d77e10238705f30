package wirebook.engine.dns.dig;

import java.util.Optional;

/**
 * How a channel is encrypted, and wrapped in HTTP.
 *
 * @param authority against which certificates the server's is checked: empty for not at all, an
 *     empty text for the system's, else a file
 * @param hostName what the certificate must say; by default the server as it was given
 * @param path of DNS over HTTPS (RFC 8484)
 * @param get whether HTTP's GET is used and not POST
 * @param plain HTTP without TLS
 */
record Encryption(
    Optional<String> authority,
    Optional<String> hostName,
    Optional<String> certificateFile,
    Optional<String> keyFile,
    Optional<String> path,
    boolean get,
    boolean plain) {
  /** The files for it cannot be used. */
  static final String UNUSABLE = "TLS context cannot be created";

  /** The server's certificate is none that is trusted. */
  static final String UNTRUSTED = "TLS peer certificate verification failed";

  static final Encryption NONE =
      new Encryption(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          false,
          false);
}

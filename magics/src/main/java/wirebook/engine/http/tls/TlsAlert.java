package wirebook.engine.http.tls;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/** Why one side gives a TLS connection up (RFC 8446, section 6), in the words of OpenSSL. */
public enum TlsAlert {
  CLOSE_NOTIFY(0),
  UNEXPECTED_MESSAGE(10),
  BAD_RECORD_MAC(20),
  RECORD_OVERFLOW(22),
  HANDSHAKE_FAILURE(40),
  BAD_CERTIFICATE(42),
  UNSUPPORTED_CERTIFICATE(43),
  CERTIFICATE_REVOKED(44),
  CERTIFICATE_EXPIRED(45),
  CERTIFICATE_UNKNOWN(46),
  ILLEGAL_PARAMETER(47),
  UNKNOWN_CA(48),
  ACCESS_DENIED(49),
  DECODE_ERROR(50),
  DECRYPT_ERROR(51),
  PROTOCOL_VERSION(70),
  INSUFFICIENT_SECURITY(71),
  INTERNAL_ERROR(80),
  INAPPROPRIATE_FALLBACK(86),
  USER_CANCELED(90),
  NO_RENEGOTIATION(100),
  MISSING_EXTENSION(109),
  UNSUPPORTED_EXTENSION(110),
  UNRECOGNIZED_NAME(112),
  BAD_CERTIFICATE_STATUS_RESPONSE(113),
  UNKNOWN_PSK_IDENTITY(115),
  CERTIFICATE_REQUIRED(116),
  NO_APPLICATION_PROTOCOL(120);

  private static final int FATAL = 2;

  /** Numbers up to here are as old as SSL 3. */
  private static final int LAST_OF_SSL3 = 47;

  /** What OpenSSL adds to an alert's number to make it an error of its library. */
  private static final int RECEIVED = 0x0a000000 + 1000;

  /** What the platform's messages begin with. */
  private static final Pattern WORDS =
      Pattern.compile("\\(([a-z_]+)\\) .*|Received fatal alert: ([a-z_]+)", Pattern.DOTALL);

  private final int number;

  TlsAlert(int number) {
    this.number = number;
  }

  static Optional<TlsAlert> numbered(int number) {
    for (TlsAlert alert : values()) {
      if (alert.number == number) {
        return Optional.of(alert);
      }
    }
    return Optional.empty();
  }

  /** The alert that came or was sent when a handshake failed. */
  public static Optional<TlsAlert> of(SSLException failure) {
    Matcher m = WORDS.matcher(String.valueOf(failure.getMessage()));
    if (!m.matches()) {
      return Optional.empty();
    }
    String name = m.group(1) == null ? m.group(2) : m.group(1);
    for (TlsAlert alert : values()) {
      if (alert.name().equalsIgnoreCase(name)) {
        return Optional.of(alert);
      }
    }
    return Optional.empty();
  }

  static boolean received(SSLException failure) {
    return String.valueOf(failure.getMessage()).contains("Received fatal alert");
  }

  /** Level and number, as they go over the wire. */
  int code() {
    return ((this == CLOSE_NOTIFY ? 1 : FATAL) << 8) | number;
  }

  String words() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ').replace("unknown ca", "unknown CA");
  }

  /** What OpenSSL calls having received it, and what people search for. */
  public String error() {
    String kind =
        number <= LAST_OF_SSL3
            ? "ssl/tls alert "
            : this == MISSING_EXTENSION || this == CERTIFICATE_REQUIRED
                ? "tlsv13 alert "
                : this == UNSUPPORTED_EXTENSION || this == UNRECOGNIZED_NAME
                    ? "tlsv1 "
                    : "tlsv1 alert ";
    return String.format(
        Locale.ROOT,
        "error:%08X:SSL routines::%s%s",
        RECEIVED + number,
        kind,
        words().toLowerCase(Locale.ROOT));
  }
}

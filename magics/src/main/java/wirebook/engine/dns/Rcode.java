package wirebook.engine.dns;

import java.util.List;

/**
 * How a server answered (RFC 1035, 4.1.1; extended by RFC 6891, 6.1.3).
 *
 * @param code 0 to 4095
 */
public record Rcode(int code) {
  public static final Rcode NOERROR = new Rcode(0);
  public static final Rcode FORMERR = new Rcode(1);
  public static final Rcode SERVFAIL = new Rcode(2);
  public static final Rcode NXDOMAIN = new Rcode(3);
  public static final Rcode NOTIMP = new Rcode(4);
  public static final Rcode REFUSED = new Rcode(5);
  public static final Rcode BADVERS = new Rcode(16);
  public static final Rcode BADCOOKIE = new Rcode(23);

  private static final List<String> NAMES =
      List.of(
          "NOERROR",
          "FORMERR",
          "SERVFAIL",
          "NXDOMAIN",
          "NOTIMP",
          "REFUSED",
          "YXDOMAIN",
          "YXRRSET",
          "NXRRSET",
          "NOTAUTH",
          "NOTZONE");

  /** The mnemonic, or the number where there is none. */
  @Override
  public String toString() {
    if (code < NAMES.size()) {
      return NAMES.get(code);
    }
    return switch (code) {
      case 11, 12, 13, 14, 15 -> "RESERVED" + code;
      case 16 -> "BADVERS";
      case 23 -> "BADCOOKIE";
      default -> Integer.toString(code);
    };
  }

  /** As {@link #toString()} for the error field of a TSIG record (RFC 8945, 3). */
  public static String tsigError(int code) {
    return switch (code) {
      case 16 -> "BADSIG";
      case 17 -> "BADKEY";
      case 18 -> "BADTIME";
      case 19 -> "BADMODE";
      case 20 -> "BADNAME";
      case 21 -> "BADALG";
      case 22 -> "BADTRUNC";
      case 23 -> "23";
      default -> new Rcode(code).toString();
    };
  }
}

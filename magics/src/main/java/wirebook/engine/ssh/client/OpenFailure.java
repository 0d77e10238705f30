package wirebook.engine.ssh.client;

/** Why a channel was not opened (RFC 4254, section 5.1), in OpenSSH's words. */
final class OpenFailure {
  private OpenFailure() {}

  static String of(int code) {
    return switch (code) {
      case 1 -> "administratively prohibited";
      case 2 -> "connect failed";
      case 3 -> "unknown channel type";
      case 4 -> "resource shortage";
      default -> "unknown reason";
    };
  }
}

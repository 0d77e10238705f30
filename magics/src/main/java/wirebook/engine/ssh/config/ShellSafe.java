package wirebook.engine.ssh.config;

/**
 * Names from outside that come to a shell by way of {@code %h} and {@code %r}, for which reason
 * OpenSSH takes neither a quote nor anything else that means something there (<i>ssh.c</i>, {@code
 * valid_hostname} and {@code valid_ruser}; CVE-2023-51385, CVE-2025-61984).
 */
final class ShellSafe {
  private ShellSafe() {}

  static boolean host(String name) {
    return !name.startsWith("-")
        && name.chars()
            .noneMatch(c -> c <= ' ' || c == 0x7f || "'`\"$\\;&<>|(){},".indexOf(c) >= 0);
  }

  /** A user's name may have spaces, yet no option after one, and Windows' domains. */
  static boolean user(String name) {
    return !name.startsWith("-")
        && !name.contains(" -")
        && !name.endsWith("\\")
        && name.chars().noneMatch(c -> c < ' ' || c == 0x7f || "'`\";&<>|(){}".indexOf(c) >= 0);
  }
}

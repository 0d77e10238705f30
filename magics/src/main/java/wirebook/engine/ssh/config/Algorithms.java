package wirebook.engine.ssh.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The names of algorithms: which OpenSSH 9.2 knows, which it proposes, and how a configuration's
 * {@code +}, {@code -} and {@code ^} change that. What is proposed on the wire is the part of it
 * that this client can do.
 */
public final class Algorithms {
  private static final String CERTIFICATE = "-cert-v01@openssh.com";

  /** A family of algorithms. */
  public enum Family {
    CIPHER(
        "3des-cbc aes128-cbc aes192-cbc aes256-cbc aes128-ctr aes192-ctr aes256-ctr"
            + " aes128-gcm@openssh.com aes256-gcm@openssh.com chacha20-poly1305@openssh.com",
        "chacha20-poly1305@openssh.com aes128-ctr aes192-ctr aes256-ctr aes128-gcm@openssh.com"
            + " aes256-gcm@openssh.com"),
    MAC(
        "hmac-sha1 hmac-sha1-96 hmac-sha2-256 hmac-sha2-512 hmac-md5 hmac-md5-96"
            + " umac-64@openssh.com umac-128@openssh.com hmac-sha1-etm@openssh.com"
            + " hmac-sha1-96-etm@openssh.com hmac-sha2-256-etm@openssh.com"
            + " hmac-sha2-512-etm@openssh.com hmac-md5-etm@openssh.com hmac-md5-96-etm@openssh.com"
            + " umac-64-etm@openssh.com umac-128-etm@openssh.com",
        "umac-64-etm@openssh.com umac-128-etm@openssh.com hmac-sha2-256-etm@openssh.com"
            + " hmac-sha2-512-etm@openssh.com hmac-sha1-etm@openssh.com umac-64@openssh.com"
            + " umac-128@openssh.com hmac-sha2-256 hmac-sha2-512 hmac-sha1"),
    KEX(
        "diffie-hellman-group1-sha1 diffie-hellman-group14-sha1 diffie-hellman-group14-sha256"
            + " diffie-hellman-group16-sha512 diffie-hellman-group18-sha512"
            + " diffie-hellman-group-exchange-sha1 diffie-hellman-group-exchange-sha256"
            + " ecdh-sha2-nistp256 ecdh-sha2-nistp384 ecdh-sha2-nistp521 curve25519-sha256"
            + " curve25519-sha256@libssh.org sntrup761x25519-sha512"
            + " sntrup761x25519-sha512@openssh.com",
        "sntrup761x25519-sha512 sntrup761x25519-sha512@openssh.com curve25519-sha256"
            + " curve25519-sha256@libssh.org ecdh-sha2-nistp256 ecdh-sha2-nistp384"
            + " ecdh-sha2-nistp521 diffie-hellman-group-exchange-sha256"
            + " diffie-hellman-group16-sha512 diffie-hellman-group18-sha512"
            + " diffie-hellman-group14-sha256"),
    /** Signatures of keys and of certificates' holders. */
    KEY(
        "ssh-ed25519 ssh-ed25519-cert-v01@openssh.com sk-ssh-ed25519@openssh.com"
            + " sk-ssh-ed25519-cert-v01@openssh.com ecdsa-sha2-nistp256"
            + " ecdsa-sha2-nistp256-cert-v01@openssh.com ecdsa-sha2-nistp384"
            + " ecdsa-sha2-nistp384-cert-v01@openssh.com ecdsa-sha2-nistp521"
            + " ecdsa-sha2-nistp521-cert-v01@openssh.com sk-ecdsa-sha2-nistp256@openssh.com"
            + " sk-ecdsa-sha2-nistp256-cert-v01@openssh.com"
            + " webauthn-sk-ecdsa-sha2-nistp256@openssh.com ssh-dss ssh-dss-cert-v01@openssh.com"
            + " ssh-rsa ssh-rsa-cert-v01@openssh.com rsa-sha2-256"
            + " rsa-sha2-256-cert-v01@openssh.com rsa-sha2-512 rsa-sha2-512-cert-v01@openssh.com",
        "ssh-ed25519-cert-v01@openssh.com ecdsa-sha2-nistp256-cert-v01@openssh.com"
            + " ecdsa-sha2-nistp384-cert-v01@openssh.com ecdsa-sha2-nistp521-cert-v01@openssh.com"
            + " sk-ssh-ed25519-cert-v01@openssh.com sk-ecdsa-sha2-nistp256-cert-v01@openssh.com"
            + " rsa-sha2-512-cert-v01@openssh.com rsa-sha2-256-cert-v01@openssh.com ssh-ed25519"
            + " ecdsa-sha2-nistp256 ecdsa-sha2-nistp384 ecdsa-sha2-nistp521"
            + " sk-ssh-ed25519@openssh.com sk-ecdsa-sha2-nistp256@openssh.com rsa-sha2-512"
            + " rsa-sha2-256"),
    /** What certificate authorities sign with. */
    CA_SIGNATURE(
        "ssh-ed25519 sk-ssh-ed25519@openssh.com ecdsa-sha2-nistp256 ecdsa-sha2-nistp384"
            + " ecdsa-sha2-nistp521 sk-ecdsa-sha2-nistp256@openssh.com"
            + " webauthn-sk-ecdsa-sha2-nistp256@openssh.com ssh-dss ssh-rsa rsa-sha2-256"
            + " rsa-sha2-512",
        "ssh-ed25519 ecdsa-sha2-nistp256 ecdsa-sha2-nistp384 ecdsa-sha2-nistp521"
            + " sk-ssh-ed25519@openssh.com sk-ecdsa-sha2-nistp256@openssh.com rsa-sha2-512"
            + " rsa-sha2-256");

    private final String known;
    private final String proposed;

    Family(String known, String proposed) {
      this.known = known.replace(' ', ',');
      this.proposed = proposed.replace(' ', ',');
    }

    /** All names, comma-separated. */
    public String known() {
      return known;
    }

    /** Those of OpenSSH's default proposal, in its order. */
    public String proposed() {
      return proposed;
    }
  }

  private Algorithms() {}

  /**
   * Whether a configuration's list may stand: every name is known, or is a pattern that fits some.
   */
  static boolean valid(Family family, String list) {
    String names = list.startsWith("+") || list.startsWith("^") ? list.substring(1) : list;
    if (list.startsWith("-")) {
      return true;
    }
    List<String> known = Patterns.split(family.known());
    boolean patterns = family == Family.KEY || family == Family.CA_SIGNATURE;
    List<String> all = List.of(names.split(",", -1));
    return !names.isEmpty()
        && all.stream()
            .allMatch(
                name ->
                    known.contains(name)
                        || (patterns
                            && known.stream().anyMatch(k -> Patterns.listed(k, name, false))));
  }

  /**
   * A configuration's list put together with the default one; none when it names nothing that is
   * known ({@code kex_assemble_names()}).
   */
  public static Optional<String> assemble(Family family, Optional<String> configured) {
    String list = configured.orElse("");
    if (list.isEmpty()) {
      return Optional.of(family.proposed());
    }
    String rest = list.substring(1);
    String together =
        switch (list.charAt(0)) {
          case '+' -> concatenate(family.proposed(), rest);
          case '^' -> concatenate(rest, family.proposed());
          case '-' -> "";
          default -> list;
        };
    if (list.charAt(0) == '-') {
      return Optional.of(Patterns.filter(family.proposed(), rest, true));
    }
    String result = "";
    for (String pattern : together.split(",", -1)) {
      if (pattern.startsWith("!")) {
        return Optional.empty();
      }
      result = concatenate(result, Patterns.filter(family.known(), pattern, false));
    }
    return result.isEmpty() ? Optional.empty() : Optional.of(result);
  }

  private static String concatenate(String first, String second) {
    List<String> names = new ArrayList<>();
    Stream.of(first, second)
        .flatMap(list -> Patterns.split(list).stream())
        .filter(name -> !names.contains(name))
        .forEach(names::add);
    return String.join(",", names);
  }

  /** Names that are known, but that this client cannot do: its parts have no code for them. */
  private static final List<String> BEYOND =
      List.of("sntrup761*", "umac-*", "*-96-etm@*", "hmac-md5*-etm@*", "sk-*", "webauthn-*");

  /** Whether this client can do what a name says. */
  public static boolean able(String name) {
    return BEYOND.stream().noneMatch(pattern -> Patterns.matches(name, pattern));
  }

  /**
   * What {@code ssh -Q} prints for a query, a name a line: what this client can do. None when there
   * is no such query.
   */
  public static Optional<String> query(String about) {
    String lower = ConfigWords.lower(about);
    return switch (about) {
      case "cipher" -> lines(Family.CIPHER.known());
      case "cipher-auth" -> lines(Patterns.filter(Family.CIPHER.known(), "*@openssh.com", false));
      case "mac" -> lines(Family.MAC.known());
      case "kex" -> lines(Family.KEX.known());
      case "key" -> lines(keys(true, true));
      case "key-cert" -> lines(keys(false, true));
      case "key-plain" -> lines(keys(true, false));
      case "key-sig" -> lines(Family.KEY.known());
      case "sig" -> lines(Family.CA_SIGNATURE.known());
      case "protocol-version" -> Optional.of("2");
      case "compression" -> lines("none,zlib@openssh.com,zlib");
      case "help" ->
          lines(
              "cipher,cipher-auth,compression,kex,key,key-cert,key-plain,key-sig,mac,"
                  + "protocol-version,sig");
      default ->
          switch (lower) {
            case "ciphers" -> lines(Family.CIPHER.known());
            case "macs" -> lines(Family.MAC.known());
            case "kexalgorithms" -> lines(Family.KEX.known());
            case "pubkeyacceptedkeytypes",
                "pubkeyacceptedalgorithms",
                "hostkeyalgorithms",
                "hostbasedkeytypes",
                "hostbasedacceptedkeytypes",
                "hostbasedacceptedalgorithms" ->
                lines(Family.KEY.known());
            default -> Optional.empty();
          };
    };
  }

  /** Types of keys: signature algorithms that are no type of their own are left out. */
  private static String keys(boolean plain, boolean certificates) {
    return Patterns.split(Family.KEY.known()).stream()
        .filter(name -> !name.startsWith("rsa-sha2-") && !name.startsWith("webauthn-"))
        .filter(name -> name.endsWith(CERTIFICATE) ? certificates : plain)
        .collect(Collectors.joining(","));
  }

  private static Optional<String> lines(String names) {
    return Optional.of(
        Patterns.split(names).stream().filter(Algorithms::able).collect(Collectors.joining("\n")));
  }
}

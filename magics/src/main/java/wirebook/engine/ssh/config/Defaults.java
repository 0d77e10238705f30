package wirebook.engine.ssh.config;

import java.util.List;
import java.util.Optional;

/** What a setting is when nobody says so: OpenSSH 9.2's as Debian has it. */
final class Defaults {
  private Defaults() {}

  /** Gives every setting a value ({@code fill_default_options()}). */
  static void fill(Settings s, LocalHost local, SshLog log) {
    boolean standard = s.standardForward().isPresent();
    s.first(Keyword.CLEAR_ALL_FORWARDINGS, standard ? "yes" : "no");
    s.first(Keyword.EXIT_ON_FORWARD_FAILURE, standard ? "yes" : "no");
    if (s.flag(Keyword.CLEAR_ALL_FORWARDINGS)) {
      s.replaceForwards(List.of(), List.of());
      s.set(Keyword.TUNNEL, "false");
    }
    for (Keyword keyword : Keyword.values()) {
      if (keyword.kind() == Keyword.Kind.FLAG) {
        s.first(keyword, usual(keyword));
      }
    }
    s.first(Keyword.ADDRESS_FAMILY, "any");
    s.first(Keyword.COMPRESSION, "no");
    s.first(Keyword.CONTROL_MASTER, "false");
    s.first(Keyword.FINGERPRINT_HASH, "SHA256");
    s.first(Keyword.PUBKEY_AUTHENTICATION, "true");
    s.first(Keyword.REQUEST_TTY, "auto");
    s.first(Keyword.SESSION_TYPE, "default");
    s.first(Keyword.STRICT_HOST_KEY_CHECKING, "ask");
    s.first(Keyword.TUNNEL, "false");
    s.first(Keyword.VERIFY_HOST_KEY_DNS, "false");
    List<String> hosts = s.list(Keyword.USER_KNOWN_HOSTS_FILE);
    boolean usualHosts = hosts.isEmpty() || hosts.equals(List.of("~/.ssh/known_hosts"));
    s.first(
        Keyword.UPDATE_HOSTKEYS,
        usualHosts && s.text(Keyword.VERIFY_HOST_KEY_DNS).equals("false") ? "true" : "false");
    fillForCanonical(s);
    s.first(Keyword.CONNECTION_ATTEMPTS, "1");
    s.first(Keyword.FORWARD_X11_TIMEOUT, "1200");
    s.first(Keyword.NUMBER_OF_PASSWORD_PROMPTS, "3");
    s.first(Keyword.SERVER_ALIVE_COUNT_MAX, "3");
    s.first(Keyword.SERVER_ALIVE_INTERVAL, s.flag(Keyword.BATCH_MODE) ? "300" : "0");
    s.first(Keyword.REQUIRED_RSA_SIZE, "1024");
    s.first(Keyword.LOG_LEVEL, "INFO");
    s.first(Keyword.SECURITY_KEY_PROVIDER, "internal");
    s.first(Keyword.XAUTH_LOCATION, "/usr/bin/xauth");
    s.first(
        Keyword.GSSAPI_KEX_ALGORITHMS,
        "gss-group14-sha256-,gss-group16-sha512-,gss-nistp256-sha256-,gss-curve25519-sha256-,"
            + "gss-group14-sha1-,gss-gex-sha1-");
    for (Keyword keyword : Keyword.values()) {
      keyword
          .family()
          // The host keys' order may depend on the keys that are known.
          .filter(family -> keyword != Keyword.HOST_KEY_ALGORITHMS)
          .ifPresent(family -> assemble(s, keyword, family, log));
    }
    if (s.list(Keyword.IDENTITY_FILE).isEmpty()) {
      for (String type :
          List.of("rsa", "ecdsa", "ecdsa_sk", "ed25519", "ed25519_sk", "xmss", "dsa")) {
        s.add(Keyword.IDENTITY_FILE, "~/.ssh/id_" + type);
      }
    }
    if (s.list(Keyword.GLOBAL_KNOWN_HOSTS_FILE).isEmpty()) {
      s.add(Keyword.GLOBAL_KNOWN_HOSTS_FILE, "/etc/ssh/ssh_known_hosts");
      s.add(Keyword.GLOBAL_KNOWN_HOSTS_FILE, "/etc/ssh/ssh_known_hosts2");
    }
    if (hosts.isEmpty()) {
      s.add(Keyword.USER_KNOWN_HOSTS_FILE, "~/.ssh/known_hosts");
      s.add(Keyword.USER_KNOWN_HOSTS_FILE, "~/.ssh/known_hosts2");
    }
    s.first(Keyword.ADD_KEYS_TO_AGENT, "false");
    s.first(Keyword.FORWARD_AGENT, "no");
    s.first(Keyword.TUNNEL_DEVICE, "any:any");
    s.first(Keyword.CONTROL_PERSIST, "no");
    s.first(Keyword.ESCAPE_CHAR, "~");
    s.first(Keyword.IP_QOS, "lowdelay throughput");
    s.set(Keyword.REKEY_LIMIT, s.value(Keyword.REKEY_LIMIT).orElse("0 0").replace("-", "0"));
    s.first(Keyword.STREAM_LOCAL_BIND_MASK, "0177");
    s.first(Keyword.SYSLOG_FACILITY, "USER");
    for (Keyword keyword :
        List.of(
            Keyword.LOCAL_COMMAND,
            Keyword.REMOTE_COMMAND,
            Keyword.PROXY_COMMAND,
            Keyword.CONTROL_PATH,
            Keyword.REVOKED_HOST_KEYS,
            Keyword.PKCS11_PROVIDER,
            Keyword.SECURITY_KEY_PROVIDER,
            Keyword.KNOWN_HOSTS_COMMAND)) {
      if (s.text(keyword).equalsIgnoreCase("none")) {
        s.clear(keyword);
      }
    }
    if (s.jump().equals(Optional.of(Settings.Jump.NONE))) {
      s.jump(Optional.empty());
    }
    if (s.list(Keyword.CANONICALIZE_PERMITTED_CNAMES).equals(List.of("none:"))) {
      s.replace(Keyword.CANONICALIZE_PERMITTED_CNAMES, List.of());
    }
    s.first(Keyword.USER, local.user());
  }

  /** The few that must be there before a name is made canonical. */
  static void fillForCanonical(Settings s) {
    s.first(Keyword.CANONICALIZE_MAX_DOTS, "1");
    s.first(Keyword.CANONICALIZE_FALLBACK_LOCAL, "yes");
    s.first(Keyword.CANONICALIZE_HOSTNAME, "false");
  }

  private static String usual(Keyword keyword) {
    return switch (keyword) {
      case CANONICALIZE_FALLBACK_LOCAL,
          FORWARD_X11_TRUSTED,
          KBD_INTERACTIVE_AUTHENTICATION,
          PASSWORD_AUTHENTICATION,
          TCP_KEEP_ALIVE ->
          "yes";
      default -> "no";
    };
  }

  /** Puts a list of algorithms together with the default one. */
  static void assemble(Settings s, Keyword keyword, Algorithms.Family family, SshLog log) {
    Optional<String> names = Algorithms.assemble(family, s.value(keyword));
    if (names.isEmpty()) {
      log.error(
          "fill_default_options: "
              + keyword.name().toLowerCase(java.util.Locale.ROOT)
              + ": invalid argument");
      throw new SshFatal(SshLog.Level.QUIET, "");
    }
    s.set(keyword, names.get());
  }
}

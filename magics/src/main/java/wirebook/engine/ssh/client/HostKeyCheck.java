// Above 500 lines: one decision, much of which are the warnings in OpenSSH's words.
package wirebook.engine.ssh.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import wirebook.engine.ssh.config.Keyword;
import wirebook.engine.ssh.config.Patterns;
import wirebook.engine.ssh.config.Plan;
import wirebook.engine.ssh.config.Settings;
import wirebook.engine.ssh.config.SshFatal;
import wirebook.engine.ssh.config.SshLog;
import wirebook.engine.ssh.config.SshPlanner;
import wirebook.engine.ssh.key.Certificate;
import wirebook.engine.ssh.key.Fingerprint;
import wirebook.engine.ssh.key.PublicKeyBlob;
import wirebook.engine.ssh.known.KnownHosts;
import wirebook.engine.ssh.known.KnownHosts.Entry;
import wirebook.engine.ssh.known.KnownHosts.Verdict;

/**
 * Whether a host key is the host's: known hosts files, certificates, the user's word ({@code
 * check_host_key()}), in OpenSSH's words.
 */
final class HostKeyCheck {
  private static final String LINE = "@".repeat(59);

  private final SshEnvironment environment;
  private final Plan plan;
  private final Settings settings;
  private final SshLog log;
  private final Peer peer;
  private final String hash;
  private final KnownKeys keys;
  private boolean mayUpdate;
  private boolean trusted = true;
  private boolean checkAddress;
  private boolean forwardingAllowed = true;

  HostKeyCheck(SshEnvironment environment, Plan plan, SshLog log, Peer peer, KnownKeys keys) {
    this.environment = environment;
    this.plan = plan;
    this.settings = plan.settings();
    this.log = log;
    this.peer = peer;
    this.keys = keys;
    hash = settings.text(Keyword.FINGERPRINT_HASH);
    mayUpdate = !settings.text(Keyword.UPDATE_HOSTKEYS).equals("false");
  }

  /** Whether passwords may be sent: not to a host whose key has changed. */
  boolean trusted() {
    return trusted;
  }

  /** The name under which the host's key is kept. */
  String name() {
    return keys.name();
  }

  boolean forwardingAllowed() {
    return forwardingAllowed;
  }

  /** Whether the host may tell of other keys of its own. */
  boolean mayUpdate() {
    return mayUpdate;
  }

  private enum Mode {
    WRITE,
    READ_ONLY,
    QUIET
  }

  /**
   * Checks a key that the server proved to have.
   *
   * @return whether the connection may go on
   */
  boolean check(PublicKeyBlob key) throws InterruptedException {
    Optional<Certificate> certificate = Certificate.of(key);
    // The fingerprint of a certificate is that of its key.
    String fingerprint = Fingerprint.of(certificate.map(Certificate::key).orElse(key), hash);
    certificate.ifPresentOrElse(
        c -> {
          log.debug(
              "Server host certificate: "
                  + key.type()
                  + " "
                  + fingerprint
                  + ", serial "
                  + Long.toUnsignedString(c.serial())
                  + " ID \""
                  + c.id()
                  + "\" CA "
                  + c.authority().type()
                  + " "
                  + Fingerprint.of(c.authority(), hash)
                  + " valid "
                  + c.validity());
          c.principals().forEach(p -> log.debug2("Server host certificate hostname: " + p));
        },
        () -> log.debug("Server host key: " + key.type() + " " + fingerprint));
    int bits = key.rsaBits();
    if (bits > 0 && bits < settings.number(Keyword.REQUIRED_RSA_SIZE)) {
      throw new SshFatal("Bad server host key: Invalid key length");
    }
    if (settings.has(Keyword.REVOKED_HOST_KEYS)
        && revoked(key, certificate, fingerprint, settings.text(Keyword.REVOKED_HOST_KEYS))) {
      return false;
    }
    checkAddress = settings.flag(Keyword.CHECK_HOST_IP);
    return check(key, plan.port(), Mode.WRITE, false);
  }

  private boolean revoked(
      PublicKeyBlob key, Optional<Certificate> certificate, String fingerprint, String name) {
    Path file = environment.local().file(name);
    try {
      if (wirebook.engine.ssh.known.RevokedKeys.read(file).revokes(key, certificate)) {
        log.error("Host key " + key.shortName() + " " + fingerprint + " revoked by file " + name);
        return true;
      }
      return false;
    } catch (IOException e) {
      log.error(
          "Error checking host key %s %s in revoked keys file %s: %s"
              .formatted(
                  key.shortName(),
                  fingerprint,
                  name,
                  Files.exists(file) ? "invalid format" : "No such file or directory"));
      return true;
    }
  }

  private boolean check(PublicKeyBlob offered, int port, Mode asked, boolean withoutPort)
      throws InterruptedException {
    if (settings.flag(Keyword.NO_HOST_AUTHENTICATION_FOR_LOCALHOST)
        && peer.loopback()
        && !settings.has(Keyword.HOST_KEY_ALIAS)) {
      log.debug("Forcing accepting of host key for loopback/localhost.");
      mayUpdate = false;
      return true;
    }
    Mode mode = asked;
    if (plan.host().chars().anyMatch(c -> "@?*#[]|'\"\\".indexOf(c) >= 0)) {
      log.debug("check_host_key: invalid hostname \"" + plan.host() + "\"; will not record");
      mode = Mode.READ_ONLY;
    }
    String host =
        settings.value(Keyword.HOST_KEY_ALIAS).orElseGet(() -> KnownHosts.name(plan.host(), port));
    String address =
        peer.address()
            .map(a -> KnownHosts.name(SshPlanner.compact(a), port))
            .orElse("<no hostip for proxy command>");
    if (settings.has(Keyword.HOST_KEY_ALIAS)) {
      log.debug("using hostkeyalias: " + host);
    }
    if (peer.loopback() || peer.address().isEmpty() || plan.host().equals(address)) {
      checkAddress = false;
    }
    List<Entry> ofHost = keys.entries(host, withoutPort ? "" : "HOSTNAME", Optional.of(offered));
    List<Entry> ofAddress =
        checkAddress && !offered.certificate()
            ? keys.entries(address, withoutPort ? "" : "ADDRESS", Optional.of(offered))
            : List.of();
    PublicKeyBlob key = offered;
    while (true) {
      Optional<Boolean> result =
          judge(key, host, address, ofHost, ofAddress, port, mode, withoutPort);
      if (result.isPresent()) {
        return result.get();
      }
      log.debug("No matching CA found. Retry with plain key");
      key = Certificate.of(key).map(Certificate::key).orElseThrow();
    }
  }

  /** The verdict; none when a certificate is of no use, but its key may be. */
  private Optional<Boolean> judge(
      PublicKeyBlob key,
      String host,
      String address,
      List<Entry> ofHost,
      List<Entry> ofAddress,
      int port,
      Mode asked,
      boolean withoutPort)
      throws InterruptedException {
    boolean certificate = key.certificate();
    Optional<Boolean> fail = certificate ? Optional.empty() : Optional.of(false);
    String type = key.shortName();
    Verdict verdict = KnownHosts.check(ofHost, key);
    Mode mode =
        asked == Mode.WRITE
                && (keys.userFiles().isEmpty()
                    || (verdict instanceof Verdict.Known known && known.entry().command()))
            ? Mode.READ_ONLY
            : asked;
    Verdict ofIp = checkAddress && !certificate ? KnownHosts.check(ofAddress, key) : verdict;
    boolean sure = false;
    switch (verdict) {
      case Verdict.Known(Entry entry) -> {
        log.debug(
            "Host '%s' is known and matches the %s host %s."
                .formatted(host, type, certificate ? "certificate" : "key"));
        log.debug(
            "Found %s in %s:%s"
                .formatted(certificate ? "CA key" : "key", entry.file(), entry.line()));
        if (certificate) {
          Optional<String> complaint =
              Certificate.of(key)
                  .orElseThrow()
                  .hostComplaint(
                      settings.value(Keyword.HOST_KEY_ALIAS).orElse(plan.host()),
                      environment.network().clock().instant(),
                      Patterns.split(settings.text(Keyword.CA_SIGNATURE_ALGORITHMS)));
          if (complaint.isPresent()) {
            log.error(complaint.get());
            return fail;
          }
          mayUpdate = false;
        }
        if (keys.systemFiles().contains(entry.file()) || entry.command()) {
          mayUpdate = false;
        }
        if (checkAddress && ofIp instanceof Verdict.Unknown) {
          noteAddress(key, address, mode);
        } else if (settings.flag(Keyword.VISUAL_HOST_KEY)) {
          log.info("Host key fingerprint is " + Fingerprint.of(key, hash) + "\n" + art(key));
        }
        sure = true;
      }
      case Verdict.Unknown() -> {
        if (!settings.has(Keyword.HOST_KEY_ALIAS) && port != 0 && port != 22 && !withoutPort) {
          log.debug("checking without port identifier");
          if (check(key, 0, Mode.QUIET, true)) {
            log.debug("found matching key w/out port");
            break;
          }
        }
        if (mode != Mode.WRITE || certificate) {
          return fail;
        }
        String strict = settings.text(Keyword.STRICT_HOST_KEY_CHECKING);
        if (strict.equals("true")) {
          log.error(
              "No %s host key is known for %s and you have requested strict checking."
                  .formatted(type, host));
          return fail;
        }
        if (strict.equals("ask")) {
          if (!confirm(
              question(key, host, address, ofHost), Optional.of(Fingerprint.of(key, hash)))) {
            return fail;
          }
          sure = true;
        }
        record(key, host, address, ofIp);
      }
      case Verdict.Revoked _ -> {
        log.error(LINE);
        log.error("@       WARNING: REVOKED HOST KEY DETECTED!               @");
        log.error(LINE);
        log.error("The " + type + " host key for " + host + " is marked as revoked.");
        log.error("This could mean that a stolen key is being used to");
        log.error("impersonate this host.");
        if (!settings.text(Keyword.STRICT_HOST_KEY_CHECKING).equals("false")) {
          log.error(
              "%s host key for %s was revoked and you have requested strict checking."
                  .formatted(type, host));
          return Optional.of(false);
        }
        unsafe();
      }
      case Verdict.Changed(Entry entry) -> {
        if (mode == Mode.QUIET) {
          return fail;
        }
        changed(key, host, address, entry, ofIp);
        if (!settings.text(Keyword.STRICT_HOST_KEY_CHECKING).equals("false")) {
          log.error(
              "Host key for " + host + " has changed and you have requested strict checking.");
          return fail;
        }
        unsafe();
      }
    }
    if (checkAddress
        && !(verdict instanceof Verdict.Changed)
        && ofIp instanceof Verdict.Changed(Entry other)
        && !otherAddress(type, host, address, other, verdict)) {
      return fail;
    }
    if (!sure) {
      mayUpdate = false;
    }
    return Optional.of(true);
  }

  private void noteAddress(PublicKeyBlob key, String address, Mode mode) {
    if (mode != Mode.WRITE) {
      log.info(
          "%s host key for IP address '%s' not in list of known hosts."
              .formatted(key.shortName(), address));
    } else if (keys.write(List.of(address), key)) {
      log.info(
          ("Warning: Permanently added the %s host key for IP address '%s' to the list of "
                  + "known hosts.")
              .formatted(key.shortName(), address));
    } else {
      log.info(
          ("Failed to add the %s host key for IP address '%s' to the list of known hosts "
                  + "(%s).")
              .formatted(key.shortName(), address, keys.userFiles().getFirst()));
    }
  }

  private void record(PublicKeyBlob key, String host, String address, Verdict ofIp) {
    boolean both = checkAddress && ofIp instanceof Verdict.Unknown;
    boolean hashed = settings.flag(Keyword.HASH_KNOWN_HOSTS);
    List<String> names =
        !both ? List.of(host) : hashed ? List.of(host, address) : List.of(host + "," + address);
    log.info(
        keys.write(names, key)
            ? "Warning: Permanently added '%s' (%s) to the list of known hosts."
                .formatted(both && !hashed ? host + "," + address : host, key.shortName())
            : "Failed to add the host to the list of known hosts ("
                + keys.userFiles().getFirst()
                + ").");
  }

  private String art(PublicKeyBlob key) {
    return Fingerprint.randomart(key, hash, Fingerprint.bits(key));
  }

  private String question(PublicKeyBlob key, String host, String address, List<Entry> ofHost) {
    StringBuilder text = new StringBuilder();
    text.append("The authenticity of host '")
        .append(host)
        .append(" (")
        .append(address)
        .append(")' can't be established");
    text.append(
        showOthers(ofHost, key)
            ? "\nbut keys of different type are already known for this host."
            : ".");
    text.append('\n')
        .append(key.shortName())
        .append(" key fingerprint is ")
        .append(Fingerprint.of(key, hash))
        .append('.');
    if (settings.flag(Keyword.VISUAL_HOST_KEY)) {
      text.append('\n').append(art(key));
    }
    if (!settings.text(Keyword.VERIFY_HOST_KEY_DNS).equals("false")) {
      text.append("\nNo matching host key fingerprint found in DNS.");
    }
    return text.append('\n')
        .append(keys.otherNames(key, host))
        .append("\nAre you sure you want to continue connecting (yes/no/[fingerprint])? ")
        .toString();
  }

  private boolean showOthers(List<Entry> ofHost, PublicKeyBlob key) {
    boolean any = false;
    for (Entry entry : ofHost) {
      if (entry.marker() == KnownHosts.Marker.NONE
          && !entry.key().shortName().equals(key.shortName())) {
        log.info(
            "WARNING: %s key found for host %s\nin %s:%s\n%s key fingerprint %s."
                .formatted(
                    entry.key().shortName(),
                    keys.name(),
                    entry.file(),
                    entry.line(),
                    entry.key().shortName(),
                    Fingerprint.of(entry.key(), hash)));
        any = true;
      }
    }
    return any;
  }

  private void changed(PublicKeyBlob key, String host, String address, Entry entry, Verdict ofIp) {
    String type = key.shortName();
    if (checkAddress
        && !(ofIp instanceof Verdict.Changed(Entry other) && other.key().equals(entry.key()))) {
      log.error(LINE);
      log.error("@       WARNING: POSSIBLE DNS SPOOFING DETECTED!          @");
      log.error(LINE);
      log.error("The " + type + " host key for " + host + " has changed,");
      log.error("and the key for the corresponding IP address " + address);
      log.error(
          switch (ofIp) {
                case Verdict.Unknown() -> "is unknown";
                case Verdict.Known _ -> "is unchanged";
                case Verdict.Changed _, Verdict.Revoked _ -> "has a different value";
              }
              + ". This could either mean that");
      log.error("DNS SPOOFING is happening or the IP address for the host");
      log.error("and its host key have changed at the same time.");
      if (ofIp instanceof Verdict.Changed(Entry other)) {
        log.error("Offending key for IP in " + other.file() + ":" + other.line());
      } else if (ofIp instanceof Verdict.Known(Entry other)) {
        log.error("Offending key for IP in " + other.file() + ":" + other.line());
      }
    }
    log.error(LINE);
    log.error("@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @");
    log.error(LINE);
    log.error("IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!");
    log.error("Someone could be eavesdropping on you right now (man-in-the-middle attack)!");
    log.error("It is also possible that a host key has just been changed.");
    log.error(
        "The fingerprint for the %s key sent by the remote host is\n%s."
            .formatted(type, Fingerprint.of(key, hash)));
    log.error("Please contact your system administrator.");
    if (!keys.files().isEmpty()) {
      log.error(
          "Add correct host key in " + keys.files().getFirst() + " to get rid of this message.");
    }
    log.error(
        "Offending " + entry.key().shortName() + " key in " + entry.file() + ":" + entry.line());
    // Debian adds how to mend it.
    if (!keys.userFiles().isEmpty() && keys.userFiles().contains(entry.file())) {
      log.error("  remove with:");
      log.error("  ssh-keygen -f \"" + entry.file() + "\" -R \"" + host + "\"");
    }
  }

  /** The connection goes on, but with nothing that a man in the middle could use. */
  private void unsafe() {
    trusted = false;
    boolean cancelled = false;
    if (settings.flag(Keyword.PASSWORD_AUTHENTICATION)) {
      log.error("Password authentication is disabled to avoid man-in-the-middle attacks.");
      cancelled = true;
    }
    if (settings.flag(Keyword.KBD_INTERACTIVE_AUTHENTICATION)) {
      log.error(
          "Keyboard-interactive authentication is disabled to avoid man-in-the-middle attacks.");
      cancelled = true;
    }
    if (!settings.text(Keyword.FORWARD_AGENT).equals("no")) {
      log.error("Agent forwarding is disabled to avoid man-in-the-middle attacks.");
      cancelled = true;
    }
    if (settings.flag(Keyword.FORWARD_X11)) {
      log.error("X11 forwarding is disabled to avoid man-in-the-middle attacks.");
      cancelled = true;
    }
    if (!settings.localForwards().isEmpty() || !settings.remoteForwards().isEmpty()) {
      log.error("Port forwarding is disabled to avoid man-in-the-middle attacks.");
      forwardingAllowed = false;
      cancelled = true;
    }
    if (mayUpdate) {
      log.error("UpdateHostkeys is disabled because the host key is not trusted.");
      mayUpdate = false;
    }
    if (settings.flag(Keyword.EXIT_ON_FORWARD_FAILURE) && cancelled) {
      throw new SshFatal("Error: forwarding disabled due to host key check failure");
    }
  }

  private boolean otherAddress(
      String type, String host, String address, Entry other, Verdict verdict)
      throws InterruptedException {
    String message =
        ("Warning: the %s host key for '%s' differs from the key for the IP address "
                + "'%s'\nOffending key for IP in %s:%s%s")
            .formatted(
                type,
                host,
                address,
                other.file(),
                other.line(),
                verdict instanceof Verdict.Known(Entry known)
                    ? "\nMatching host key in " + known.file() + ":" + known.line()
                    : "");
    String strict = settings.text(Keyword.STRICT_HOST_KEY_CHECKING);
    if (strict.equals("ask")) {
      return confirm(
          message + "\nAre you sure you want to continue connecting (yes/no)? ", Optional.empty());
    }
    log.info(message);
    if (!strict.equals("false")) {
      log.error("Exiting, you have requested strict checking.");
      return false;
    }
    return true;
  }

  private boolean confirm(String question, Optional<String> fingerprint)
      throws InterruptedException {
    if (settings.flag(Keyword.BATCH_MODE)) {
      return false;
    }
    String text = question;
    while (true) {
      Optional<String> answer = environment.asker().ask(text, true);
      String word = answer.orElse("").strip().split("[ \t\n]", 2)[0];
      if (word.isEmpty() || word.equalsIgnoreCase("no")) {
        return false;
      }
      if (word.equalsIgnoreCase("yes") || fingerprint.equals(Optional.of(word))) {
        return true;
      }
      text =
          fingerprint.isPresent()
              ? "Please type 'yes', 'no' or the fingerprint: "
              : "Please type 'yes' or 'no': ";
    }
  }
}

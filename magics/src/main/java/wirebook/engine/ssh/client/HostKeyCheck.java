// Above 500 lines: one decision, half of whose lines are the warnings in OpenSSH's words.
package wirebook.engine.ssh.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import wirebook.engine.ssh.config.Algorithms;
import wirebook.engine.ssh.config.Expansion;
import wirebook.engine.ssh.config.Keyword;
import wirebook.engine.ssh.config.Patterns;
import wirebook.engine.ssh.config.Plan;
import wirebook.engine.ssh.config.Settings;
import wirebook.engine.ssh.config.SshFatal;
import wirebook.engine.ssh.config.SshLog;
import wirebook.engine.ssh.config.SshPlanner;
import wirebook.engine.ssh.config.SystemWords;
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
  private static final int MOST_NAMES = 8;

  private final SshEnvironment environment;
  private final Plan plan;
  private final Settings settings;
  private final SshLog log;
  private final Peer peer;
  private final String hash;
  private boolean mayUpdate;
  private boolean trusted = true;
  private boolean checkAddress;
  private boolean forwardingAllowed = true;

  HostKeyCheck(SshEnvironment environment, Plan plan, SshLog log, Peer peer) {
    this.environment = environment;
    this.plan = plan;
    this.settings = plan.settings();
    this.log = log;
    this.peer = peer;
    hash = settings.text(Keyword.FINGERPRINT_HASH);
    mayUpdate = !settings.text(Keyword.UPDATE_HOSTKEYS).equals("false");
  }

  /** Whether passwords may be sent: not to a host whose key has changed. */
  boolean trusted() {
    return trusted;
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

  /** The name under which the host's key is kept. */
  String name() {
    return settings
        .value(Keyword.HOST_KEY_ALIAS)
        .orElseGet(() -> KnownHosts.name(plan.host(), plan.port()));
  }

  /** The usable lines about a name, of all files and of the command. */
  private List<Entry> entries(String name, String invocation, Optional<PublicKeyBlob> key) {
    List<Entry> all = new ArrayList<>();
    for (String file : files()) {
      read(file, SshLog.Level.DEBUG1, "load_hostkeys: fopen").stream()
          .filter(e -> e.matches(name))
          .forEach(all::add);
    }
    if (!invocation.isEmpty() && settings.has(Keyword.KNOWN_HOSTS_COMMAND)) {
      all.addAll(ofCommand(name, invocation, key));
    }
    return all;
  }

  private List<String> files() {
    List<String> files = new ArrayList<>(userFiles());
    files.addAll(systemFiles());
    return files;
  }

  private List<String> userFiles() {
    return settings.list(Keyword.USER_KNOWN_HOSTS_FILE);
  }

  private List<String> systemFiles() {
    return settings.list(Keyword.GLOBAL_KNOWN_HOSTS_FILE).stream()
        .map(environment.local()::tilde)
        .toList();
  }

  private List<Entry> read(String file, SshLog.Level level, String failed) {
    try {
      return KnownHosts.read(environment.local().file(file), file);
    } catch (IOException e) {
      log.say(level, failed + " " + file + ": " + SystemWords.of(e));
      return List.of();
    }
  }

  private List<Entry> ofCommand(String name, String invocation, Optional<PublicKeyBlob> key) {
    String template = settings.text(Keyword.KNOWN_HOSTS_COMMAND);
    String tag = "KnownHostsCommand-" + invocation;
    Optional<List<String>> words = SshPlanner.commandWords(template);
    if (words.isEmpty()) {
      log.error(tag + " \"" + template + "\" contains invalid quotes");
      return List.of();
    }
    if (words.get().isEmpty()) {
      log.error(tag + " \"" + template + "\" yielded no arguments");
      return List.of();
    }
    Map<Character, String> tokens = new HashMap<>(plan.tokens());
    tokens.put('H', name);
    tokens.put('I', invocation);
    tokens.put('t', key.map(PublicKeyBlob::type).orElse("NONE"));
    tokens.put('f', key.map(k -> Fingerprint.of(k, hash)).orElse("NONE"));
    tokens.put('K', key.map(PublicKeyBlob::base64).orElse("NONE"));
    List<String> command = new ArrayList<>();
    for (String word : words.get()) {
      command.add(
          command.isEmpty()
              ? word
              : Expansion.percentDollar(log, word, tokens, environment.local().environment()));
    }
    return KnownHosts.parse(new LocalPrograms(environment).output(command), tag, true).stream()
        .filter(e -> e.matches(name))
        .toList();
  }

  /** The algorithms to propose: those of keys that are known come first. */
  List<String> proposal() {
    String configured = settings.text(Keyword.HOST_KEY_ALGORITHMS);
    boolean byKnown =
        configured.isEmpty() || configured.startsWith("-") || configured.startsWith("+");
    List<String> names =
        Patterns.split(
            Algorithms.assemble(Algorithms.Family.KEY, settings.value(Keyword.HOST_KEY_ALGORITHMS))
                .orElseThrow(() -> new SshFatal("kex_assemble_namelist: invalid argument")));
    if (!byKnown) {
      return names;
    }
    List<Entry> known = entries(name(), "ORDER", Optional.empty());
    if (names.isEmpty() || has(known, names.getFirst())) {
      return names;
    }
    boolean authority =
        known.stream().anyMatch(e -> e.marker() == KnownHosts.Marker.CERT_AUTHORITY);
    List<String> ordered =
        new ArrayList<>(
            names.stream()
                .filter(n -> (n.contains("-cert-") && authority) || has(known, n))
                .toList());
    if (!ordered.isEmpty()) {
      log.debug3("order_hostkeyalgs: prefer hostkeyalgs: " + String.join(",", ordered));
    } else {
      log.debug3("order_hostkeyalgs: no algorithms matched; accept original");
    }
    names.stream().filter(n -> !ordered.contains(n)).forEach(ordered::add);
    return ordered;
  }

  private static boolean has(List<Entry> known, String algorithm) {
    String type = plainType(algorithm);
    return known.stream()
        .anyMatch(e -> e.marker() == KnownHosts.Marker.NONE && e.key().type().equals(type));
  }

  private static String plainType(String algorithm) {
    String plain = algorithm.replace("-cert-v01@openssh.com", "");
    return plain.startsWith("rsa-sha2-") ? "ssh-rsa" : plain;
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
          "Error checking host key "
              + key.shortName()
              + " "
              + fingerprint
              + " in revoked keys file "
              + name
              + ": "
              + (Files.exists(file) ? "invalid format" : "No such file or directory"));
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
    List<Entry> ofHost = entries(host, withoutPort ? "" : "HOSTNAME", Optional.of(offered));
    List<Entry> ofAddress =
        checkAddress && !offered.certificate()
            ? entries(address, withoutPort ? "" : "ADDRESS", Optional.of(offered))
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
                && (userFiles().isEmpty()
                    || (verdict instanceof Verdict.Known known && known.entry().command()))
            ? Mode.READ_ONLY
            : asked;
    Verdict ofIp = checkAddress && !certificate ? KnownHosts.check(ofAddress, key) : verdict;
    boolean sure = false;
    switch (verdict) {
      case Verdict.Known(Entry entry) -> {
        log.debug(
            "Host '"
                + host
                + "' is known and matches the "
                + type
                + " host "
                + (certificate ? "certificate" : "key")
                + ".");
        log.debug(
            "Found "
                + (certificate ? "CA key" : "key")
                + " in "
                + entry.file()
                + ":"
                + entry.line());
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
        if (systemFiles().contains(entry.file()) || entry.command()) {
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
              "No "
                  + type
                  + " host key is known for "
                  + host
                  + " and you have requested strict checking.");
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
              type
                  + " host key for "
                  + host
                  + " was revoked and you have requested strict checking.");
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
          key.shortName()
              + " host key for IP address '"
              + address
              + "' not in list of known hosts.");
    } else if (write(List.of(address), key)) {
      log.info(
          "Warning: Permanently added the "
              + key.shortName()
              + " host key for IP address '"
              + address
              + "' to the list of known hosts.");
    } else {
      log.info(
          "Failed to add the "
              + key.shortName()
              + " host key for IP address '"
              + address
              + "' to the list of known hosts ("
              + userFiles().getFirst()
              + ").");
    }
  }

  private void record(PublicKeyBlob key, String host, String address, Verdict ofIp) {
    boolean both = checkAddress && ofIp instanceof Verdict.Unknown;
    boolean hashed = settings.flag(Keyword.HASH_KNOWN_HOSTS);
    List<String> names =
        !both ? List.of(host) : hashed ? List.of(host, address) : List.of(host + "," + address);
    log.info(
        write(names, key)
            ? "Warning: Permanently added '"
                + (both && !hashed ? host + "," + address : host)
                + "' ("
                + key.shortName()
                + ") to the list of known hosts."
            : "Failed to add the host to the list of known hosts ("
                + userFiles().getFirst()
                + ").");
  }

  private boolean write(List<String> names, PublicKeyBlob key) {
    Path file = environment.local().file(userFiles().getFirst());
    Path own = environment.local().home().resolve(".ssh");
    try {
      // No other folder is made.
      if (file.startsWith(own) && Files.notExists(own)) {
        Files.createDirectory(
            own,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
    } catch (IOException e) {
      log.error("Could not create directory '" + own + "' (" + SystemWords.of(e) + ").");
    }
    try {
      KnownHosts.add(file, names, key, settings.flag(Keyword.HASH_KNOWN_HOSTS));
      return true;
    } catch (IOException e) {
      return false;
    }
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
        .append(otherNames(key, host))
        .append("\nAre you sure you want to continue connecting (yes/no/[fingerprint])? ")
        .toString();
  }

  private boolean showOthers(List<Entry> ofHost, PublicKeyBlob key) {
    boolean any = false;
    for (Entry entry : ofHost) {
      if (entry.marker() == KnownHosts.Marker.NONE
          && !entry.key().shortName().equals(key.shortName())) {
        log.info(
            "WARNING: "
                + entry.key().shortName()
                + " key found for host "
                + name()
                + "\nin "
                + entry.file()
                + ":"
                + entry.line()
                + "\n"
                + entry.key().shortName()
                + " key fingerprint "
                + Fingerprint.of(entry.key(), hash)
                + ".");
        any = true;
      }
    }
    return any;
  }

  private String otherNames(PublicKeyBlob key, String host) {
    List<String> names =
        files().stream()
            .flatMap(
                file ->
                    read(
                        file,
                        SshLog.Level.ERROR,
                        "hostkeys_find_by_key_hostfile: hostkeys_foreach failed for")
                        .stream())
            .filter(e -> e.marker() == KnownHosts.Marker.NONE)
            .filter(e -> e.key().equals(key) && !e.matches(host))
            .map(
                e ->
                    "    "
                        + untilde(e.file())
                        + ":"
                        + e.line()
                        + ": "
                        + (e.hashed() ? "[hashed name]" : e.hosts()))
            .toList();
    if (names.isEmpty()) {
      return "This key is not known by any other names.";
    }
    return "This host key is known by the following other names/addresses:\n"
        + names.stream().limit(MOST_NAMES).collect(Collectors.joining("\n"))
        + (names.size() > MOST_NAMES
            ? "\n    (" + (names.size() - MOST_NAMES) + " additional names omitted)"
            : "");
  }

  private String untilde(String file) {
    String home = environment.local().environment().getOrDefault("HOME", "");
    return !home.isEmpty() && file.startsWith(home + "/")
        ? "~/" + file.substring(home.length() + 1)
        : file;
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
        "The fingerprint for the "
            + type
            + " key sent by the remote host is\n"
            + Fingerprint.of(key, hash)
            + ".");
    log.error("Please contact your system administrator.");
    if (!files().isEmpty()) {
      log.error("Add correct host key in " + files().getFirst() + " to get rid of this message.");
    }
    log.error(
        "Offending " + entry.key().shortName() + " key in " + entry.file() + ":" + entry.line());
    // Debian adds how to mend it.
    if (!userFiles().isEmpty() && userFiles().contains(entry.file())) {
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
        "Warning: the "
            + type
            + " host key for '"
            + host
            + "' differs from the key for the IP address '"
            + address
            + "'\nOffending key for IP in "
            + other.file()
            + ":"
            + other.line()
            + (verdict instanceof Verdict.Known(Entry known)
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

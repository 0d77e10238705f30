package wirebook.engine.ssh.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.signature.Signature;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import wirebook.engine.ssh.config.Keyword;
import wirebook.engine.ssh.config.Plan;
import wirebook.engine.ssh.config.Settings;
import wirebook.engine.ssh.config.SshLog;
import wirebook.engine.ssh.key.Fingerprint;
import wirebook.engine.ssh.key.PublicKeyBlob;
import wirebook.engine.ssh.known.KnownHosts;
import wirebook.engine.ssh.known.KnownHosts.Entry;
import wirebook.engine.ssh.transport.Suite;

/**
 * A host that is known tells of its other keys, proves to have them, and they are recorded in the
 * place of those that it has no more ({@code UpdateHostKeys}; OpenSSH's PROTOCOL, 2.5).
 */
final class HostKeyUpdate {
  private static final String PROVE = "hostkeys-prove-00@openssh.com";
  private static final Duration REPLY = Duration.ofSeconds(30);

  private final SshEnvironment environment;
  private final Plan plan;
  private final Settings settings;
  private final SshLog log;
  private final ClientSession session;
  private final String host;

  HostKeyUpdate(
      SshEnvironment environment, Plan plan, SshLog log, ClientSession session, String host) {
    this.environment = environment;
    this.plan = plan;
    this.settings = plan.settings();
    this.log = log;
    this.session = session;
    this.host = host;
  }

  /** Takes the server's list of keys. */
  void run(Buffer announced) {
    try {
      update(announced);
    } catch (IOException | RuntimeException e) {
      log.debug("client_input_hostkeys: " + e.getMessage());
    }
  }

  private void update(Buffer announced) throws IOException {
    Set<PublicKeyBlob> keys = new LinkedHashSet<>();
    while (announced.available() > 0) {
      PublicKeyBlob.of(wirebook.trace.Bytes.of(announced.getBytes()))
          .filter(key -> !key.certificate() && usable(key))
          .ifPresent(keys::add);
    }
    if (keys.isEmpty()) {
      log.debug("client_input_hostkeys: server sent no hostkeys");
      return;
    }
    List<Entry> known = new ArrayList<>();
    for (String file : settings.list(Keyword.USER_KNOWN_HOSTS_FILE)) {
      KnownHosts.read(environment.local().file(file), file).stream()
          .filter(e -> e.matches(host))
          .forEach(known::add);
    }
    boolean complex =
        known.stream()
            .anyMatch(
                e ->
                    e.marker() != KnownHosts.Marker.NONE
                        || (!e.hashed() && !e.hosts().equals(host)));
    if (complex) {
      log.debug(
          "client_input_hostkeys: host key found matching a different name/address, skipping UserKnownHostsFile update");
      return;
    }
    List<PublicKeyBlob> fresh =
        keys.stream().filter(k -> known.stream().noneMatch(e -> e.key().equals(k))).toList();
    List<PublicKeyBlob> old =
        known.stream().map(Entry::key).distinct().filter(k -> !keys.contains(k)).toList();
    if (fresh.isEmpty() && old.isEmpty()) {
      log.debug("client_input_hostkeys: no new or deprecated keys from server");
      return;
    }
    if (!fresh.isEmpty() && !proven(fresh)) {
      return;
    }
    String hash = settings.text(Keyword.FINGERPRINT_HASH);
    SshLog.Level level =
        settings.text(Keyword.UPDATE_HOSTKEYS).equals("ask")
            ? SshLog.Level.INFO
            : SshLog.Level.VERBOSE;
    fresh.forEach(
        k ->
            log.say(
                level, "Learned new hostkey: " + k.shortName() + " " + Fingerprint.of(k, hash)));
    old.forEach(
        k ->
            log.say(
                level,
                "Deprecating obsolete hostkey: " + k.shortName() + " " + Fingerprint.of(k, hash)));
    for (String file : settings.list(Keyword.USER_KNOWN_HOSTS_FILE)) {
      Path path = environment.local().file(file);
      if (Files.isRegularFile(path)) {
        rewrite(path, old);
      }
    }
    for (PublicKeyBlob key : fresh) {
      KnownHosts.add(
          environment.local().file(settings.list(Keyword.USER_KNOWN_HOSTS_FILE).getFirst()),
          List.of(host),
          key,
          settings.flag(Keyword.HASH_KNOWN_HOSTS));
    }
  }

  private boolean usable(PublicKeyBlob key) {
    List<String> able = Suite.able(Identities.algorithms(key), Suite.Kind.SIGNATURE);
    String allowed =
        wirebook.engine.ssh.config.Algorithms.assemble(
                wirebook.engine.ssh.config.Algorithms.Family.KEY,
                settings.value(Keyword.HOST_KEY_ALGORITHMS))
            .orElse("");
    return able.stream()
        .anyMatch(a -> wirebook.engine.ssh.config.Patterns.listed(a, allowed, false));
  }

  /** Has the server sign with each of its new keys. */
  private boolean proven(List<PublicKeyBlob> keys) throws IOException {
    Buffer request = session.createBuffer(SshConstants.SSH_MSG_GLOBAL_REQUEST);
    request.putString(PROVE);
    request.putBoolean(true);
    keys.forEach(key -> request.putBytes(key.bytes().toArray()));
    Buffer reply = session.request(PROVE, request, REPLY);
    if (reply == null) {
      log.error(
          "client_global_hostkeys_prove_confirm: Server failed to confirm ownership of private host keys");
      return false;
    }
    for (PublicKeyBlob key : keys) {
      byte[] signature = reply.getBytes();
      Buffer signed = new ByteArrayBuffer();
      signed.putString(PROVE);
      signed.putBytes(session.getSessionId());
      signed.putBytes(key.bytes().toArray());
      if (!verified(key, signed.getCompactData(), signature)) {
        log.error(
            "client_global_hostkeys_prove_confirm: server gave bad signature for "
                + key.shortName()
                + " key");
        return false;
      }
    }
    return true;
  }

  private boolean verified(PublicKeyBlob key, byte[] data, byte[] signature) {
    String algorithm = new ByteArrayBuffer(signature).getString(StandardCharsets.US_ASCII);
    if (!Identities.algorithms(key).contains(algorithm)) {
      return false;
    }
    try {
      Signature verifier =
          Suite.signer(algorithm).orElseThrow(() -> new IOException("unknown algorithm"));
      verifier.initVerifier(session, new ByteArrayBuffer(key.bytes().toArray()).getRawPublicKey());
      verifier.update(session, data);
      return verifier.verify(session, signature);
    } catch (Exception e) {
      return false;
    }
  }

  /** Takes a host's old keys out of a file, as a whole or not at all. */
  private void rewrite(Path file, List<PublicKeyBlob> old) throws IOException {
    if (old.isEmpty()) {
      return;
    }
    Set<Integer> gone = new LinkedHashSet<>();
    for (Entry entry : KnownHosts.read(file, file.toString())) {
      if (entry.matches(host)
          && entry.marker() == KnownHosts.Marker.NONE
          && old.contains(entry.key())) {
        gone.add(entry.line());
      }
    }
    if (gone.isEmpty()) {
      return;
    }
    List<String> lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < lines.size(); i++) {
      if (!gone.contains(i + 1)) {
        text.append(lines.get(i)).append('\n');
      }
    }
    Path next = Files.createTempFile(file.toAbsolutePath().getParent(), "known_hosts", ".new");
    try {
      Files.writeString(next, text, StandardCharsets.ISO_8859_1);
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(next);
    }
    log.debug("update_known_hosts: rewrote " + file + " for " + plan.host());
  }
}

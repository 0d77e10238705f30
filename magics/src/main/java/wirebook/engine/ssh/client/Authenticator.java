// Above 500 lines: one conversation with one state; the methods share what was tried and what
// goes on.
package wirebook.engine.ssh.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.kex.extension.DefaultClientKexExtensionHandler;
import org.apache.sshd.common.signature.Signature;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.BufferException;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import wirebook.engine.ssh.client.Identities.Identity;
import wirebook.engine.ssh.config.Keyword;
import wirebook.engine.ssh.config.Patterns;
import wirebook.engine.ssh.config.Plan;
import wirebook.engine.ssh.config.Settings;
import wirebook.engine.ssh.config.SshFatal;
import wirebook.engine.ssh.config.SshLog;
import wirebook.engine.ssh.key.Agent;
import wirebook.engine.ssh.key.Certificate;
import wirebook.engine.ssh.key.Fingerprint;
import wirebook.engine.ssh.key.PrivateKeyFile;
import wirebook.engine.ssh.key.PublicKeyBlob;
import wirebook.engine.ssh.transport.Link;
import wirebook.engine.ssh.transport.LinkEvent;
import wirebook.engine.ssh.transport.Suite;
import wirebook.trace.Bytes;

/** Logs a user in (RFC 4252, RFC 4256), with OpenSSH's order of methods and its words. */
final class Authenticator {
  private static final String SERVICE = "ssh-connection";
  private static final String USUAL =
      "gssapi-with-mic,hostbased,publickey,keyboard-interactive,password";

  private final SshEnvironment environment;
  private final Plan plan;
  private final Settings settings;
  private final SshLog log;
  private final Link link;
  private final ClientSession session;
  private final boolean trusted;
  private final String hash;
  private final Deque<Identity> keys = new ArrayDeque<>();
  private final Set<Identity> tried = new HashSet<>();
  private final Set<String> disabled = new HashSet<>();
  private final Optional<Agent> agent;
  private int passwords;
  private int interactions;
  private boolean questionSeen;
  private String method = "none";

  /**
   * @param trusted whether the host key is the host's, so that passwords may be sent
   */
  Authenticator(
      SshEnvironment environment,
      Plan plan,
      SshLog log,
      Link link,
      boolean trusted,
      List<Identity> loaded,
      Identities identities,
      Optional<Bytes> exchangeSignature) {
    this.environment = environment;
    this.plan = plan;
    this.settings = plan.settings();
    this.log = log;
    this.link = link;
    this.session = link.session();
    this.trusted = trusted;
    hash = settings.text(Keyword.FINGERPRINT_HASH);
    agent = connect(identities.agentSocket(), exchangeSignature);
    keys.addAll(identities.ordered(loaded, agent));
  }

  private Optional<Agent> connect(Optional<Path> socket, Optional<Bytes> signature) {
    if (socket.isEmpty()) {
      return Optional.empty();
    }
    try {
      Agent found = Agent.connect(socket.get());
      if (signature.isPresent()) {
        boolean bound =
            found.bind(hostKey(), Bytes.of(session.getSessionId()), signature.get(), false);
        log.debug(
            bound
                ? "get_agent_identities: bound agent to hostkey"
                : "get_agent_identities: ssh_agent_bind_hostkey: agent refused operation");
      }
      return Optional.of(found);
    } catch (IOException e) {
      log.debug("get_agent_identities: ssh_get_authentication_socket: " + e.getMessage());
      return Optional.empty();
    }
  }

  private PublicKeyBlob hostKey() {
    return PublicKeyBlob.of(session.getServerKey());
  }

  /** Until the server lets the user in, or nothing is left to try. */
  void run() throws InterruptedException, IOException {
    try {
      converse();
    } finally {
      if (agent.isPresent()) {
        agent.get().close();
      }
    }
  }

  /** How the user got in. */
  String method() {
    return method;
  }

  private void converse() throws InterruptedException, IOException {
    send(request("none"));
    while (true) {
      switch (link.next()) {
        case LinkEvent.Message(int number, Buffer body) -> {
          try {
            if (take(number, body)) {
              return;
            }
          } catch (BufferException e) {
            throw new Lost(e);
          }
        }
        case LinkEvent.Ended(Throwable reason) -> throw new Lost(reason);
        case LinkEvent.HostKey(var verdict) -> verdict.complete(true);
        case LinkEvent.Accepted() -> {
          // Said already.
        }
      }
    }
  }

  private boolean take(int number, Buffer body) throws InterruptedException, IOException {
    switch (number) {
      case SshConstants.SSH_MSG_USERAUTH_SUCCESS -> {
        return true;
      }
      case SshConstants.SSH_MSG_USERAUTH_BANNER -> {
        String text = body.getString(StandardCharsets.UTF_8);
        if (log.level().compareTo(SshLog.Level.INFO) >= 0) {
          banner(text);
        }
      }
      case SshConstants.SSH_MSG_USERAUTH_FAILURE -> {
        String methods = body.getString(StandardCharsets.UTF_8);
        if (body.getBoolean()) {
          log.verbose("Authenticated using \"" + method + "\" with partial success.");
          tried.clear();
        }
        log.debug("Authentications that can continue: " + methods);
        next(methods);
      }
      case SshConstants.SSH_MSG_USERAUTH_PK_OK -> {
        switch (method) {
          case "publickey" -> accepted(body);
          case "keyboard-interactive" -> answer(body);
          case "password" -> changePassword(body);
          default -> throw unexpected(number);
        }
      }
      default -> throw unexpected(number);
    }
    return false;
  }

  private static SshFatal unexpected(int number) {
    return new SshFatal("input_userauth_error: bad message during authentication: type " + number);
  }

  /** Control characters of a stranger's text are shown, not sent. */
  private void banner(String text) throws IOException {
    StringBuilder safe = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if ((c >= 0x20 && c != 0x7f) || c == '\n' || c == '\t' || c == '\r') {
        safe.append(c);
      } else {
        safe.append('\\').append("%03o".formatted((int) c));
      }
    }
    environment.stderr().write(safe.toString().getBytes(StandardCharsets.UTF_8));
    environment.stderr().flush();
  }

  private String methodsLeft = "";

  private Buffer request(String name) {
    Buffer buffer = session.createBuffer(SshConstants.SSH_MSG_USERAUTH_REQUEST);
    buffer.putString(plan.user());
    buffer.putString(SERVICE);
    buffer.putString(name);
    return buffer;
  }

  private void send(Buffer buffer) throws IOException {
    session.writePacket(buffer);
  }

  /** Tries what is left of the methods that the server names. */
  private void next(String methods) throws InterruptedException, IOException {
    methodsLeft = methods;
    List<String> offered = Patterns.split(methods);
    while (true) {
      Optional<String> name = pick(offered);
      if (name.isEmpty()) {
        throw new SshFatal(
            plan.user() + "@" + plan.host() + ": Permission denied (" + methods + ").");
      }
      log.debug("Next authentication method: " + name.get());
      method = name.get();
      boolean sent =
          switch (name.get()) {
            case "publickey" -> offer();
            case "keyboard-interactive" -> interact();
            default -> password();
          };
      if (sent) {
        log.debug2("we sent a " + name.get() + " packet, wait for reply");
        return;
      }
      log.debug2("we did not send a packet, disable method");
      disabled.add(name.get());
    }
  }

  private Optional<String> pick(List<String> offered) {
    String preferred = settings.value(Keyword.PREFERRED_AUTHENTICATIONS).orElse(USUAL);
    log.debug3("start over, passed a different list " + String.join(",", offered));
    log.debug3("preferred " + preferred);
    return Patterns.split(preferred).stream()
        .filter(offered::contains)
        .filter(this::enabled)
        .findFirst();
  }

  private boolean enabled(String name) {
    boolean batch = settings.flag(Keyword.BATCH_MODE);
    return !disabled.contains(name)
        && switch (name) {
          case "publickey" -> !settings.text(Keyword.PUBKEY_AUTHENTICATION).equals("false");
          case "keyboard-interactive" ->
              settings.flag(Keyword.KBD_INTERACTIVE_AUTHENTICATION) && !batch && trusted;
          case "password" -> settings.flag(Keyword.PASSWORD_AUTHENTICATION) && !batch && trusted;
          default -> false;
        };
  }

  private boolean offer() throws InterruptedException, IOException {
    while (!keys.isEmpty()) {
      Identity identity = keys.peek();
      if (!tried.add(identity)) {
        return false;
      }
      keys.add(keys.poll());
      boolean sent;
      if (identity.key().isPresent()) {
        log.debug("Offering public key: " + identity.shown(hash));
        sent = test(identity.key().get());
      } else {
        log.debug("Trying private key: " + identity.name());
        Optional<PrivateKeyFile.Loaded.Key> loaded = load(identity);
        sent = loaded.isPresent() && sign(loaded.get().blob(), identity, loaded);
      }
      if (sent) {
        return true;
      }
    }
    return false;
  }

  private boolean test(PublicKeyBlob key) throws IOException {
    Optional<String> algorithm = algorithm(key);
    if (algorithm.isEmpty()) {
      log.debug("send_pubkey_test: no mutual signature algorithm");
      return false;
    }
    Buffer buffer = request("publickey");
    buffer.putBoolean(false);
    buffer.putString(algorithm.get());
    buffer.putBytes(key.bytes().toArray());
    send(buffer);
    return true;
  }

  /**
   * The first accepted algorithm that the key and the server can do ({@code key_sig_algorithm}).
   */
  private Optional<String> algorithm(PublicKeyBlob key) {
    List<String> accepted = Patterns.split(settings.text(Keyword.PUBKEY_ACCEPTED_ALGORITHMS));
    List<String> able = Identities.algorithms(key);
    Set<String> server = session.getAttribute(DefaultClientKexExtensionHandler.SERVER_ALGORITHMS);
    if (able.size() == 1 || server == null) {
      return accepted.contains(key.type()) ? Optional.of(key.type()) : Optional.empty();
    }
    return accepted.stream()
        .filter(able::contains)
        .filter(a -> server.contains(a.replace("-cert-v01@openssh.com", "")))
        .findFirst();
  }

  private void accepted(Buffer body) throws InterruptedException, IOException {
    body.getString(StandardCharsets.UTF_8);
    Optional<PublicKeyBlob> key = PublicKeyBlob.of(Bytes.of(body.getBytes()));
    Optional<Identity> identity = Optional.empty();
    for (Identity one : keys) {
      if (one.key().isPresent() && one.key().equals(key)) {
        identity = Optional.of(one);
      }
    }
    if (identity.isEmpty()) {
      log.error(
          "input_userauth_pk_ok: server replied with unknown key: "
              + key.map(k -> k.shortName() + " " + Fingerprint.of(k, hash)).orElse("<ERROR>"));
      next(methodsLeft);
      return;
    }
    log.debug("Server accepts key: " + identity.get().shown(hash));
    if (!sign(key.orElseThrow(), identity.get(), Optional.empty())) {
      next(methodsLeft);
    }
  }

  /** The identity that signs for a certificate: the one with its key, or its file. */
  private Identity signer(Identity identity) {
    Optional<PublicKeyBlob> plain = identity.key().flatMap(Certificate::of).map(Certificate::key);
    if (plain.isEmpty()) {
      return identity;
    }
    for (Identity one : keys) {
      if (one.key().equals(plain)) {
        log.debug2(
            "sign_and_send_pubkey: using private key \"%s\"%s for certificate"
                .formatted(one.name(), one.agent().isPresent() ? " from agent" : ""));
        return one;
      }
    }
    if (identity.agent().isEmpty()) {
      for (Identity one : keys) {
        if (one.key().isEmpty()
            && (identity.name().equals(one.name() + "-cert.pub")
                || identity.name().equals(one.name() + "-cert")
                || identity.name().equals(one.name() + ".pub"))) {
          return one;
        }
      }
    }
    log.debug(
        "sign_and_send_pubkey: no separate private key for certificate \""
            + identity.name()
            + "\"");
    return identity;
  }

  private boolean sign(
      PublicKeyBlob key, Identity identity, Optional<PrivateKeyFile.Loaded.Key> loaded)
      throws InterruptedException, IOException {
    Identity signer = loaded.isPresent() ? identity : signer(identity);
    Optional<String> algorithm = algorithm(key);
    if (algorithm.isEmpty()) {
      log.error("sign_and_send_pubkey: no mutual signature supported");
      return false;
    }
    Integer bound = session.getAttribute(DefaultClientKexExtensionHandler.HOSTBOUND_AUTHENTICATION);
    boolean hostBound =
        bound != null
            && bound == 0
            && !settings.text(Keyword.PUBKEY_AUTHENTICATION).equals("unbound");
    Buffer buffer = request(hostBound ? "publickey-hostbound-v00@openssh.com" : "publickey");
    int start = buffer.rpos();
    buffer.putBoolean(true);
    buffer.putString(algorithm.get());
    buffer.putBytes(key.bytes().toArray());
    if (hostBound) {
      buffer.putBytes(hostKey().bytes().toArray());
    }
    Buffer signed = new ByteArrayBuffer();
    signed.putBytes(session.getSessionId());
    signed.putRawBytes(buffer.array(), start, buffer.available());
    Bytes data = Bytes.of(signed.getCompactData());
    Bytes signature;
    try {
      if (signer.agent().isPresent()) {
        signature = signer.agent().get().sign(signer.key().orElseThrow(), data, algorithm.get());
      } else {
        Optional<PrivateKeyFile.Loaded.Key> own = loaded.isPresent() ? loaded : load(signer);
        if (own.isEmpty()) {
          return false;
        }
        PublicKeyBlob plain = Certificate.of(key).map(Certificate::key).orElse(key);
        if (!own.get().blob().equals(plain)) {
          log.error(
              "identity_sign: private key " + signer.name() + " contents do not match public");
          return false;
        }
        signature = signature(own.get(), data, algorithm.get());
      }
    } catch (IOException e) {
      log.error(
          "sign_and_send_pubkey: signing failed for %s \"%s\"%s: %s"
              .formatted(
                  key.shortName(),
                  signer.name(),
                  signer.agent().isPresent() ? " from agent" : "",
                  e.getMessage()));
      return false;
    }
    buffer.putBytes(signature.toArray());
    send(buffer);
    return true;
  }

  private Bytes signature(PrivateKeyFile.Loaded.Key key, Bytes data, String algorithm)
      throws IOException {
    String plain = algorithm.replace("-cert-v01@openssh.com", "");
    try {
      Signature signer =
          Suite.signer(plain).orElseThrow(() -> new IOException("unsupported algorithm"));
      signer.initSigner(session, key.pair().getPrivate());
      signer.update(session, data.toArray());
      Buffer out = new ByteArrayBuffer();
      out.putString(plain);
      out.putBytes(signer.sign(session));
      return Bytes.of(out.getCompactData());
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("error in libcrypto", e);
    }
  }

  /** Reads a private key, with the passphrase when it needs one ({@code load_identity_file()}). */
  private Optional<PrivateKeyFile.Loaded.Key> load(Identity identity) throws InterruptedException {
    Path file = environment.local().file(identity.name());
    for (int i = 0; i <= settings.number(Keyword.NUMBER_OF_PASSWORD_PROMPTS); i++) {
      String passphrase = "";
      if (i > 0) {
        passphrase =
            environment
                .asker()
                .ask("Enter passphrase for key '" + identity.name() + "': ", false)
                .orElse("");
        if (passphrase.isEmpty()) {
          log.debug2("no passphrase given, try next key");
          return Optional.empty();
        }
      }
      switch (PrivateKeyFile.load(file, environment.local().uid(), passphrase)) {
        case PrivateKeyFile.Loaded.Key key -> {
          int bits = key.blob().rsaBits();
          if (bits > 0 && bits < settings.number(Keyword.REQUIRED_RSA_SIZE)) {
            log.debug(
                "load_identity_file: Skipping key " + identity.name() + ": Invalid key length");
            return Optional.empty();
          }
          return Optional.of(key);
        }
        case PrivateKeyFile.Loaded.WrongPassphrase() -> {
          if (settings.flag(Keyword.BATCH_MODE)) {
            return Optional.empty();
          }
          if (i > 0) {
            log.debug2("bad passphrase given, try again...");
          }
        }
        case PrivateKeyFile.Loaded.Missing() -> {
          log.say(
              identity.explicit() ? SshLog.Level.INFO : SshLog.Level.DEBUG3,
              "no such identity: " + identity.name() + ": No such file or directory");
          return Optional.empty();
        }
        case PrivateKeyFile.Loaded.Exposed exposed -> {
          exposed.warning(identity.name()).forEach(log::error);
          log.error("Load key \"" + identity.name() + "\": bad permissions");
          return Optional.empty();
        }
        case PrivateKeyFile.Loaded.Unusable(String reason) -> {
          log.error("Load key \"" + identity.name() + "\": " + reason);
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }

  private String hostName() {
    return settings.value(Keyword.HOST_KEY_ALIAS).orElse(plan.host());
  }

  private boolean password() throws InterruptedException, IOException {
    if (passwords++ >= settings.number(Keyword.NUMBER_OF_PASSWORD_PROMPTS)) {
      return false;
    }
    if (passwords != 1) {
      log.error("Permission denied, please try again.");
    }
    String secret =
        environment.asker().ask(plan.user() + "@" + hostName() + "'s password: ", false).orElse("");
    Buffer buffer = request("password");
    buffer.putBoolean(false);
    buffer.putString(secret);
    send(buffer);
    return true;
  }

  private void changePassword(Buffer body) throws InterruptedException, IOException {
    String info = body.getString(StandardCharsets.UTF_8);
    if (!info.isEmpty()) {
      log.info(info);
    }
    String who = plan.user() + "@" + hostName();
    String old = ask("Enter " + who + "'s old password: ");
    String secret = ask("Enter " + who + "'s new password: ");
    while (!secret.equals(ask("Retype " + who + "'s new password: "))) {
      log.info("Mismatch; try again, EOF to quit.");
      secret = ask("Enter " + who + "'s new password: ");
    }
    Buffer buffer = request("password");
    buffer.putBoolean(true);
    buffer.putString(old);
    buffer.putString(secret);
    send(buffer);
  }

  private String ask(String prompt) throws InterruptedException {
    return environment.asker().ask(prompt, false).orElse("");
  }

  private boolean interact() throws IOException {
    if (interactions++ >= settings.number(Keyword.NUMBER_OF_PASSWORD_PROMPTS)
        || (interactions > 1 && !questionSeen)) {
      return false;
    }
    log.debug2("userauth_kbdint");
    Buffer buffer = request("keyboard-interactive");
    buffer.putString("");
    buffer.putString(settings.text(Keyword.KBD_INTERACTIVE_DEVICES));
    send(buffer);
    return true;
  }

  private void answer(Buffer body) throws InterruptedException, IOException {
    log.debug2("input_userauth_info_req: entering");
    questionSeen = true;
    String name = body.getString(StandardCharsets.UTF_8);
    String instruction = body.getString(StandardCharsets.UTF_8);
    body.getString(StandardCharsets.UTF_8);
    for (String text : List.of(name, instruction)) {
      if (!text.isEmpty()) {
        log.info(text);
      }
    }
    int count = body.getInt();
    log.debug2("input_userauth_info_req: num_prompts " + count);
    List<String> answers = new ArrayList<>();
    for (int i = 0; i < Math.clamp(count, 0, 32); i++) {
      String prompt = body.getString(StandardCharsets.UTF_8);
      boolean echo = body.getBoolean();
      answers.add(
          environment
              .asker()
              .ask("(" + plan.user() + "@" + plan.host() + ") " + prompt, echo)
              .orElse(""));
    }
    Buffer buffer = session.createBuffer(SshConstants.SSH_MSG_USERAUTH_INFO_RESPONSE);
    buffer.putInt(answers.size());
    answers.forEach(buffer::putString);
    send(buffer);
  }
}

package wirebook.engine.ssh.client;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import wirebook.engine.ssh.config.Expansion;
import wirebook.engine.ssh.config.Keyword;
import wirebook.engine.ssh.config.Patterns;
import wirebook.engine.ssh.config.Plan;
import wirebook.engine.ssh.config.Settings;
import wirebook.engine.ssh.config.SshLog;
import wirebook.engine.ssh.key.Agent;
import wirebook.engine.ssh.key.Certificate;
import wirebook.engine.ssh.key.Fingerprint;
import wirebook.engine.ssh.key.PublicKeyBlob;
import wirebook.engine.ssh.key.PublicKeyFile;

/** The keys that a user may log in with, in the order in which they are offered. */
final class Identities {
  private static final List<String> TYPES =
      List.of(
          "RSA",
          "DSA",
          "ECDSA",
          "ED25519",
          "RSA-CERT",
          "DSA-CERT",
          "ECDSA-CERT",
          "ED25519-CERT",
          "XMSS",
          "XMSS-CERT",
          "ECDSA-SK",
          "ECDSA-SK-CERT",
          "ED25519-SK",
          "ED25519-SK-CERT");

  /**
   * One of them.
   *
   * @param name its file, or what the agent calls it
   * @param key none when only the private half is there, and closed
   * @param explicit whether the user named it
   */
  record Identity(
      String name, Optional<PublicKeyBlob> key, boolean explicit, Optional<Agent> agent) {
    /** As {@code ssh -v} lists it. */
    String shown(String hash) {
      return name
          + " "
          + key.map(
                  k ->
                      k.shortName()
                          + " "
                          + Fingerprint.of(Certificate.of(k).map(Certificate::key).orElse(k), hash))
              .orElse("")
          + (explicit ? " explicit" : "")
          + (key.map(k -> k.type().startsWith("sk-")).orElse(false) ? " authenticator" : "")
          + (agent.isPresent() ? " agent" : "");
    }

    private Identity withAgent(Agent one) {
      return new Identity(name, key, explicit, Optional.of(one));
    }
  }

  private final SshEnvironment environment;
  private final Plan plan;
  private final Settings settings;
  private final SshLog log;

  Identities(SshEnvironment environment, Plan plan, SshLog log) {
    this.environment = environment;
    this.plan = plan;
    this.settings = plan.settings();
    this.log = log;
  }

  private String expanded(String path) {
    Map<Character, String> tokens = new HashMap<>(plan.tokens());
    return Expansion.percentDollar(
        log, environment.local().tilde(path), tokens, environment.local().environment());
  }

  /** Keys of files as they are named, certificates beside them included. */
  List<Identity> files() {
    List<Identity> all = new ArrayList<>();
    boolean usual = settings.list(Keyword.IDENTITY_FILE).contains("~/.ssh/id_xmss");
    for (String path : settings.list(Keyword.IDENTITY_FILE)) {
      String name = expanded(path);
      if (name.equalsIgnoreCase("none")) {
        continue;
      }
      Optional<PublicKeyBlob> key = publicKey(environment.local().file(name));
      all.add(noted(new Identity(name, key, !usual, Optional.empty())));
      // A certificate beside the key counts only when none is named.
      if (settings.list(Keyword.CERTIFICATE_FILE).isEmpty()) {
        String beside = name + "-cert";
        Optional<PublicKeyBlob> certificate =
            publicKey(environment.local().file(beside)).filter(PublicKeyBlob::certificate);
        Identity identity = new Identity(beside, certificate, !usual, Optional.empty());
        noted(identity);
        if (certificate.isPresent()) {
          all.add(identity);
        }
      }
    }
    return all;
  }

  private Identity noted(Identity identity) {
    log.debug(
        "identity file "
            + identity.name
            + " type "
            + identity.key.map(k -> TYPES.indexOf(k.shortName())).orElse(-1));
    return identity;
  }

  private List<Identity> certificates() {
    List<Identity> all = new ArrayList<>();
    for (String path : settings.list(Keyword.CERTIFICATE_FILE)) {
      String name = expanded(path);
      Optional<PublicKeyBlob> certificate =
          publicKey(environment.local().file(name)).filter(PublicKeyBlob::certificate);
      log.debug(
          "certificate file "
              + name
              + " type "
              + certificate.map(k -> TYPES.indexOf(k.shortName())).orElse(-1));
      certificate.ifPresent(c -> all.add(new Identity(name, certificate, true, Optional.empty())));
    }
    return all;
  }

  /** The public half of a file of either half. */
  private static Optional<PublicKeyBlob> publicKey(Path file) {
    return PublicKeyFile.read(file).map(PublicKeyFile::key);
  }

  /** The socket of the agent, when there is to be one. */
  Optional<Path> agentSocket() {
    Map<String, String> variables = environment.local().environment();
    String usual = variables.getOrDefault("SSH_AUTH_SOCK", "");
    String named = settings.value(Keyword.IDENTITY_AGENT).orElse("SSH_AUTH_SOCK");
    String path =
        named.equals("SSH_AUTH_SOCK")
            ? usual
            : named.equals("none")
                ? ""
                : named.startsWith("$") && !named.startsWith("${")
                    ? variables.getOrDefault(named.substring(1), "")
                    : named;
    return path.isEmpty() ? Optional.empty() : Optional.of(environment.local().file(path));
  }

  /** All keys, the agent's among them ({@code pubkey_prepare()}). */
  List<Identity> ordered(List<Identity> loaded, Optional<Agent> agent) {
    List<Identity> files = new ArrayList<>();
    for (Identity identity : loaded) {
      boolean host = identity.key.flatMap(Certificate::of).map(Certificate::forHost).orElse(false);
      if (host) {
        log.debug(
            "pubkey_prepare: ignoring certificate " + identity.name + ": not a user certificate");
      } else {
        files.add(identity);
      }
    }
    List<Identity> preferred = new ArrayList<>(certificates());
    agent.ifPresent(a -> addAgents(a, files, preferred));
    preferred.addAll(files);
    String accepted = settings.text(Keyword.PUBKEY_ACCEPTED_ALGORITHMS);
    List<Identity> allowed = new ArrayList<>();
    for (Identity identity : preferred) {
      if (identity.key.isPresent() && !allowed(identity.key.get(), accepted)) {
        log.debug(
            "Skipping %s key %s - corresponding algo not in PubkeyAcceptedAlgorithms"
                .formatted(identity.key.get().type(), identity.name));
      } else {
        allowed.add(identity);
      }
    }
    String hash = settings.text(Keyword.FINGERPRINT_HASH);
    allowed.forEach(i -> log.debug("Will attempt key: " + i.shown(hash)));
    return allowed;
  }

  private void addAgents(Agent agent, List<Identity> files, List<Identity> preferred) {
    List<Identity> others = new ArrayList<>();
    try {
      List<Agent.Held> keys = agent.keys();
      log.debug("get_agent_identities: agent returned " + keys.size() + " keys");
      for (Agent.Held held : keys) {
        Optional<Identity> file =
            files.stream().filter(f -> f.key.equals(Optional.of(held.key()))).findFirst();
        if (file.isPresent()) {
          files.remove(file.get());
          preferred.add(file.get().withAgent(agent));
        } else if (!settings.flag(Keyword.IDENTITIES_ONLY)) {
          others.add(
              new Identity(held.comment(), Optional.of(held.key()), false, Optional.of(agent)));
        }
      }
    } catch (IOException e) {
      log.debug("get_agent_identities: ssh_fetch_identitylist: " + e.getMessage());
    }
    preferred.addAll(others);
  }

  private static boolean allowed(PublicKeyBlob key, String accepted) {
    return algorithms(key).stream().anyMatch(a -> Patterns.listed(a, accepted, false));
  }

  /** The signature algorithms that a key can be used with. */
  static List<String> algorithms(PublicKeyBlob key) {
    return switch (key.type()) {
      case "ssh-rsa" -> List.of("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa");
      case "ssh-rsa-cert-v01@openssh.com" ->
          List.of(
              "rsa-sha2-512-cert-v01@openssh.com",
              "rsa-sha2-256-cert-v01@openssh.com",
              "ssh-rsa-cert-v01@openssh.com");
      default -> List.of(key.type());
    };
  }
}

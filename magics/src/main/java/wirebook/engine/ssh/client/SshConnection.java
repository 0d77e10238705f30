package wirebook.engine.ssh.client;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.kex.KexProposalOption;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.BufferException;
import org.jspecify.annotations.Nullable;
import wirebook.engine.ssh.client.Identities.Identity;
import wirebook.engine.ssh.config.Keyword;
import wirebook.engine.ssh.config.Patterns;
import wirebook.engine.ssh.config.Plan;
import wirebook.engine.ssh.config.Settings;
import wirebook.engine.ssh.config.SshFatal;
import wirebook.engine.ssh.config.SshLog;
import wirebook.engine.ssh.key.Agent;
import wirebook.engine.ssh.key.PublicKeyBlob;
import wirebook.engine.ssh.transcript.Transcript;
import wirebook.engine.ssh.transport.Link;
import wirebook.engine.ssh.transport.LinkEvent;
import wirebook.engine.ssh.transport.Suite;
import wirebook.trace.Bytes;

/** A connection to a host, from the first byte until the user is logged in. */
final class SshConnection implements AutoCloseable {
  /** So much is shown of what a server says when it hangs up. */
  private static final int LONGEST = 400;

  static final String IDENTIFICATION = "Wirebook_0.1";

  private final SshEnvironment environment;
  private final Plan plan;
  private final Settings settings;
  private final SshLog log;
  private final Transcript transcript;
  private final Peer peer;
  private final HostKeyCheck hostKeys;
  private final Link link;
  private final Forwarding forwarding;
  private final boolean agentForwarded;
  private volatile boolean closedHere;
  private volatile CompletableFuture<?> updating = CompletableFuture.completedFuture(true);

  private SshConnection(
      SshEnvironment environment,
      Plan plan,
      SshLog log,
      Transcript transcript,
      Peer peer,
      HostKeyCheck hostKeys,
      Link link,
      Forwarding forwarding,
      boolean agentForwarded) {
    this.environment = environment;
    this.plan = plan;
    this.settings = plan.settings();
    this.log = log;
    this.transcript = transcript;
    this.peer = peer;
    this.hostKeys = hostKeys;
    this.link = link;
    this.forwarding = forwarding;
    this.agentForwarded = agentForwarded;
  }

  /** The socket of the agent that the server may reach, when there is to be one. */
  private static Optional<Path> forwardedAgent(
      SshEnvironment environment, Plan plan, Identities identities) {
    String forward = plan.settings().text(Keyword.FORWARD_AGENT);
    Optional<Path> path =
        switch (forward) {
          case "no" -> Optional.empty();
          case "yes" -> identities.agentSocket();
          default ->
              Optional.ofNullable(
                      forward.startsWith("$")
                          ? environment.local().environment().get(forward.substring(1))
                          : forward)
                  .map(environment.local()::file);
        };
    return path.filter(Files::exists);
  }

  Forwarding forwarding() {
    return forwarding;
  }

  boolean agentForwarded() {
    return agentForwarded && hostKeys.trusted();
  }

  /**
   * The agent for the server, told which host that is: it keeps keys that are meant for others from
   * it. One that does not know of this has no such keys.
   */
  private Socket agentFor(Optional<Path> path) throws IOException {
    if (!agentForwarded()) {
      log.error("Warning: ssh server tried agent forwarding.");
      log.error("Warning: this is probably a break-in attempt by a malicious server.");
      throw new IOException("Connection refused");
    }
    Agent agent = Agent.connect(path.orElseThrow());
    try {
      boolean bound =
          agent.bind(
              PublicKeyBlob.of(session().getServerKey()),
              Bytes.of(session().getSessionId()),
              transcript.exchangeSignature().orElse(Bytes.EMPTY),
              true);
      log.debug2(
          "client_request_agent: "
              + (bound
                  ? "bound agent to hostkey"
                  : "ssh_agent_bind_hostkey: agent refused operation"));
      return agent.socket();
    } catch (IOException e) {
      agent.close();
      throw e;
    }
  }

  /** Not on the connection's own thread: the server is asked something. */
  private void update(Buffer keys) {
    if (hostKeys.mayUpdate()) {
      updating =
          CompletableFuture.runAsync(
              () -> new HostKeyUpdate(environment, plan, log, session(), hostKeys.name()).run(keys),
              task -> Thread.ofVirtual().name("ssh-host-keys").start(task));
    }
  }

  /**
   * Connects over {@code peer}, checks the host's key and logs the user in.
   *
   * @throws SshFatal when that does not work
   */
  static SshConnection open(
      SshEnvironment environment,
      Plan plan,
      SshLog log,
      Transcript transcript,
      Peer peer,
      Forwarding forwarding)
      throws InterruptedException, IOException {
    Identities identities = new Identities(environment, plan, log);
    Optional<Path> agent = forwardedAgent(environment, plan, identities);
    CompletableFuture<SshConnection> ready = new CompletableFuture<>();
    Channels channels =
        new Channels(
            forwarding,
            () -> ready.join().agentFor(agent),
            keys -> ready.thenAccept(c -> c.update(keys)));
    List<Identity> loaded = identities.files();
    log.debug("Local version string SSH-2.0-" + IDENTIFICATION);
    KnownKeys known = new KnownKeys(environment, plan, log);
    HostKeyCheck check = new HostKeyCheck(environment, plan, log, peer, known);
    Link link;
    try {
      link =
          Link.open(
              peer.streams(),
              proposal(plan.settings(), known),
              IDENTIFICATION,
              plan.user(),
              plan.host(),
              plan.port(),
              transcript::bytes,
              transcript,
              channels.factories(),
              channels.requests());
    } catch (IOException | RuntimeException e) {
      peer.streams().closing().close();
      throw e;
    }
    SshConnection connection =
        new SshConnection(
            environment, plan, log, transcript, peer, check, link, forwarding, agent.isPresent());
    try {
      connection.exchange();
      connection.logIn(identities, loaded);
      ready.complete(connection);
      return connection;
    } catch (Lost e) {
      connection.close();
      throw connection.explained(e.getCause());
    } catch (InterruptedException | IOException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  private static Link.Proposal proposal(Settings s, KnownKeys known) {
    String[] rekey = s.text(Keyword.REKEY_LIMIT).split(" ");
    return new Link.Proposal(
        able(Patterns.split(s.text(Keyword.KEX_ALGORITHMS)), Suite.Kind.KEX),
        able(known.proposal(), Suite.Kind.SIGNATURE),
        able(Patterns.split(s.text(Keyword.CIPHERS)), Suite.Kind.CIPHER),
        able(Patterns.split(s.text(Keyword.MACS)), Suite.Kind.MAC),
        s.flag(Keyword.COMPRESSION),
        Long.parseLong(rekey[0]),
        Duration.ofSeconds(Long.parseLong(rekey[1])),
        Duration.ofSeconds(s.number(Keyword.SERVER_ALIVE_INTERVAL)),
        s.number(Keyword.SERVER_ALIVE_COUNT_MAX));
  }

  /** OpenSSH can do all that it has a name for. */
  private static List<String> able(List<String> names, Suite.Kind kind) {
    List<String> able = Suite.able(names, kind);
    if (able.isEmpty()) {
      String what =
          switch (kind) {
            case KEX -> "key exchange method";
            case SIGNATURE -> "host key type";
            case CIPHER -> "cipher";
            case MAC -> "MAC";
          };
      throw new SshFatal(
          "No " + what + " left to propose: Wirebook has no " + String.join(", ", names));
    }
    return able;
  }

  private void exchange() throws InterruptedException, IOException {
    Optional<Duration> limit =
        settings.value(Keyword.CONNECT_TIMEOUT).map(Integer::parseInt).map(Duration::ofSeconds);
    long start = environment.network().clock().nanoTime();
    while (true) {
      LinkEvent event;
      if (limit.isPresent() && !limit.get().isZero()) {
        Duration left = limit.get().minusNanos(environment.network().clock().nanoTime() - start);
        event =
            link.next(left.isNegative() ? Duration.ZERO : left)
                .orElseThrow(
                    () -> {
                      log.error("Connection timed out during banner exchange");
                      return new SshFatal("Connection to " + peer.shown() + " timed out");
                    });
      } else {
        event = link.next();
      }
      switch (event) {
        case LinkEvent.HostKey(CompletableFuture<Boolean> verdict) -> {
          boolean good = false;
          try {
            sayChosen();
            good = hostKeys.check(PublicKeyBlob.of(link.session().getServerKey()));
            transcript.hostKey(PublicKeyBlob.of(link.session().getServerKey()));
          } finally {
            verdict.complete(good);
          }
          if (!good) {
            throw new SshFatal("Host key verification failed.");
          }
          limit = Optional.empty();
        }
        case LinkEvent.Accepted() -> {
          log.debug("SSH2_MSG_SERVICE_ACCEPT received");
          return;
        }
        case LinkEvent.Message _ -> {
          // Before its time: MINA has refused it.
        }
        case LinkEvent.Ended(Throwable reason) -> throw new Lost(reason);
      }
    }
  }

  private void sayChosen() {
    ClientSession s = link.session();
    log.debug(
        "Remote protocol version 2.0, remote software version "
            + s.getServerVersion().replaceFirst("^SSH-[0-9.]+-", ""));
    log.debug("Authenticating to " + plan.host() + ":" + plan.port() + " as '" + plan.user() + "'");
    log.debug("SSH2_MSG_KEXINIT sent");
    log.debug("SSH2_MSG_KEXINIT received");
    Map<String, String> chosen = new TreeMap<>();
    chosen.put("kex", name(s, KexProposalOption.ALGORITHMS));
    chosen.put("host key", name(s, KexProposalOption.SERVERKEYS));
    chosen.put("cipher", name(s, KexProposalOption.C2SENC));
    chosen.put("mac", name(s, KexProposalOption.C2SMAC));
    chosen.put("compression", name(s, KexProposalOption.C2SCOMP));
    transcript.chosen(chosen);
    log.debug("kex: algorithm: " + s.getNegotiatedKexParameter(KexProposalOption.ALGORITHMS));
    log.debug(
        "kex: host key algorithm: " + s.getNegotiatedKexParameter(KexProposalOption.SERVERKEYS));
    log.debug(
        "kex: server->client "
            + direction(
                s, KexProposalOption.S2CENC, KexProposalOption.S2CMAC, KexProposalOption.S2CCOMP));
    log.debug(
        "kex: client->server "
            + direction(
                s, KexProposalOption.C2SENC, KexProposalOption.C2SMAC, KexProposalOption.C2SCOMP));
    List<SshLog.Line> exchange = link.exchanged();
    if (exchange.isEmpty()) {
      log.debug("expecting SSH2_MSG_KEX_ECDH_REPLY");
      log.debug("SSH2_MSG_KEX_ECDH_REPLY received");
    }
    exchange.forEach(line -> log.say(line.level(), line.text()));
  }

  private static String name(ClientSession session, KexProposalOption option) {
    String name = session.getNegotiatedKexParameter(option);
    return name == null ? "" : name;
  }

  private static String direction(
      ClientSession s, KexProposalOption cipher, KexProposalOption mac, KexProposalOption zip) {
    String code = s.getNegotiatedKexParameter(mac);
    return "cipher: %s MAC: %s compression: %s"
        .formatted(
            s.getNegotiatedKexParameter(cipher),
            code == null || code.equals("aead") ? "<implicit>" : code,
            s.getNegotiatedKexParameter(zip));
  }

  private void logIn(Identities identities, List<Identity> loaded)
      throws InterruptedException, IOException {
    Authenticator authenticator =
        new Authenticator(
            environment,
            plan,
            log,
            link,
            hostKeys.trusted(),
            loaded,
            identities,
            transcript.exchangeSignature());
    authenticator.run();
    log.verbose(
        "Authenticated to %s%s using \"%s\"."
            .formatted(
                plan.host(),
                peer.address().isPresent()
                    ? " ([" + peer.shown().replace(" port ", "]:") + ")"
                    : " (via proxy)",
                authenticator.method()));
    transcript.loggedIn(authenticator.method());
  }

  ClientSession session() {
    return link.session();
  }

  Link link() {
    return link;
  }

  Transcript transcript() {
    return transcript;
  }

  HostKeyCheck hostKeys() {
    return hostKeys;
  }

  /** What OpenSSH says when a connection ends before its time. */
  private SshFatal explained(@Nullable Throwable reason) {
    ClientSession s = link.session();
    String message = reason == null ? "" : String.valueOf(reason.getMessage());
    boolean early = s.getServerVersion() == null;
    Optional<KexProposalOption> apart = Proposals.apart(s);
    if (apart.isPresent()) {
      // A server may have hung up by now, for the same reason.
      return last(
          "Unable to negotiate with %s: no matching %s found. Their offer: %s"
              .formatted(
                  peer.shown(),
                  Proposals.words(apart.get()),
                  s.getServerKexProposals().get(apart.get())));
    }
    if (transcript.disconnect().isPresent()) {
      Transcript.Disconnect d = transcript.disconnect().get();
      String text = d.text().substring(0, Math.min(d.text().length(), LONGEST));
      log.error("Received disconnect from " + peer.shown() + ":" + d.code() + ": " + text);
      return last("Disconnected from " + peer.shown());
    }
    if (message.contains("Connection reset")) {
      if (early) {
        log.error("kex_exchange_identification: read: Connection reset by peer");
      }
      return last("Connection reset by " + peer.shown());
    }
    if (message.contains("Unsupported protocol version")) {
      String major = message.replaceFirst("(?s).*SSH-([0-9]+)\\..*", "$1");
      log.error("Protocol major versions differ: 2 vs. " + major);
      return new SshFatal(
          "banner exchange: Connection to " + peer.shown() + ": could not read protocol version");
    }
    if (message.startsWith("Incorrect identification")) {
      log.error(
          "kex_exchange_identification: "
              + (message.contains("null characters")
                  ? "banner line contains invalid characters"
                  : message.contains("too many header lines")
                      ? "No SSH version received in first 1024 lines from server"
                      : "banner line too long"));
      return new SshFatal("banner exchange: Connection to " + peer.shown() + ": invalid format");
    }
    if (broken(reason)) {
      return last(
          "ssh_dispatch_run_fatal: Connection to %s: %s"
              .formatted(
                  peer.shown(),
                  reason instanceof BufferException ? "incomplete message" : message));
    }
    if (early) {
      log.error("kex_exchange_identification: Connection closed by remote host");
    }
    return last("Connection closed by " + peer.shown());
  }

  private static SshFatal last(String words) {
    return new SshFatal(SshLog.Level.INFO, words);
  }

  /** Whether the other side did not keep to the protocol. */
  private static boolean broken(@Nullable Throwable reason) {
    return reason instanceof BufferException
        || (reason instanceof SshException e && e.getDisconnectCode() > 0);
  }

  /**
   * That the other side has not ended the connection after the login.
   *
   * @param finished whether all that was wanted of it has come
   * @throws SshFatal when it has
   */
  void check(boolean finished) {
    Optional<Throwable> end = link.ended();
    if (closedHere || end.isEmpty()) {
      return;
    }
    if (transcript.disconnect().isPresent() || broken(end.get())) {
      throw explained(end.get());
    }
    String host = plan.host();
    if (String.valueOf(end.get().getMessage()).contains("heartbeat requests without reply")) {
      throw new SshFatal(SshLog.Level.ERROR, "Timeout, server " + host + " not responding.");
    }
    if (!finished) {
      throw new SshFatal(
          SshLog.Level.ERROR,
          String.valueOf(end.get().getMessage()).contains("Connection reset")
              ? "Read from remote host " + host + ": Connection reset by peer"
              : "Connection to " + host + " closed by remote host.");
    }
  }

  @Override
  public void close() {
    closedHere = true;
    // What the server is about to prove is not lost to a short command.
    updating.completeOnTimeout(null, 2, TimeUnit.SECONDS).join();
    try {
      forwarding.close();
    } catch (IOException e) {
      log.debug("forwarding: " + e.getMessage());
    }
    link.close();
  }
}

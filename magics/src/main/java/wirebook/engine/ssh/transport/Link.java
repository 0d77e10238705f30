package wirebook.engine.ssh.transport;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.sshd.client.ClientBuilder;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.kex.DHGClient;
import org.apache.sshd.client.session.ClientConnectionServiceFactory;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.client.session.SessionFactory;
import org.apache.sshd.common.channel.ChannelFactory;
import org.apache.sshd.common.channel.RequestHandler;
import org.apache.sshd.common.config.keys.OpenSshCertificate;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.kex.DHFactory;
import org.apache.sshd.common.kex.KeyExchange;
import org.apache.sshd.common.kex.KeyExchangeFactory;
import org.apache.sshd.common.session.ConnectionService;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.core.CoreModuleProperties;
import wirebook.engine.ssh.config.SshLog;

/** One SSH connection over {@link Streams}: MINA's session, and what it tells its owner. */
public final class Link implements AutoCloseable {
  /**
   * What is proposed; names that this client cannot do are left out.
   *
   * @param rekeyBytes after so many, 0 for the usual limit
   * @param rekeyInterval after so long, zero for never
   * @param alive how often the server is asked whether it is there, zero for never
   * @param aliveCount so many answers may be missing
   */
  public record Proposal(
      List<String> kex,
      List<String> hostKeys,
      List<String> ciphers,
      List<String> macs,
      boolean compression,
      long rekeyBytes,
      Duration rekeyInterval,
      Duration alive,
      int aliveCount) {}

  /** So many events wait for the owner; then the server does. */
  private static final int MOST = 64;

  private final SshClient client;
  private final BlockingQueue<LinkEvent> events = new LinkedBlockingQueue<>(MOST);
  private final WatchedSession session;

  private Link(SshClient client, MessageWatch watch, String user, String host, int port)
      throws IOException {
    this.client = client;
    client.setSessionFactory(
        new SessionFactory(client) {
          @Override
          protected WatchedSession doCreateSession(IoSession ioSession) throws Exception {
            return new WatchedSession(getClient(), ioSession, Link.this::tell, watch);
          }
        });
    client.start();
    session =
        (WatchedSession) client.connect(user, host, Math.max(port, 1)).verify().getClientSession();
  }

  private void tell(LinkEvent event) {
    if (event instanceof LinkEvent.Ended) {
      // This one is told by anybody, who must not wait.
      while (!events.offer(event)) {
        events.clear();
      }
      return;
    }
    try {
      events.put(event);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Begins the protocol on streams that stand. */
  public static Link open(
      Streams streams,
      Proposal proposal,
      String identification,
      String user,
      String host,
      int port,
      BiConsumer<Boolean, byte[]> tap,
      MessageWatch watch,
      List<ChannelFactory> channels,
      List<RequestHandler<ConnectionService>> requests)
      throws IOException {
    ClientBuilder builder = ClientBuilder.builder();
    builder.keyExchangeFactories(kex(proposal.kex));
    builder.signatureFactories(Suite.signatures(proposal.hostKeys));
    builder.cipherFactories(Suite.ciphers(proposal.ciphers));
    builder.macFactories(Suite.macs(proposal.macs));
    builder.compressionFactories(Suite.compressions(proposal.compression));
    builder.channelFactories(channels);
    builder.globalRequestHandlers(requests);
    SshClient client = builder.build();
    client.setIoServiceFactoryFactory(new StreamIo(streams, tap));
    client.setHostConfigEntryResolver(
        org.apache.sshd.client.config.hosts.HostConfigEntryResolver.EMPTY);
    client.setKeyIdentityProvider(
        org.apache.sshd.common.keyprovider.KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
    client.setServiceFactories(
        List.of(new UserAuthentication.Factory(), ClientConnectionServiceFactory.INSTANCE));
    CoreModuleProperties.CLIENT_IDENTIFICATION.set(client, identification);
    CoreModuleProperties.IDLE_TIMEOUT.set(client, Duration.ZERO);
    CoreModuleProperties.AUTH_TIMEOUT.set(client, Duration.ZERO);
    if (proposal.rekeyBytes > 0) {
      CoreModuleProperties.REKEY_BYTES_LIMIT.set(client, proposal.rekeyBytes);
    }
    CoreModuleProperties.REKEY_TIME_LIMIT.set(client, proposal.rekeyInterval);
    if (!proposal.alive.isZero()) {
      CoreModuleProperties.HEARTBEAT_INTERVAL.set(client, proposal.alive);
      CoreModuleProperties.HEARTBEAT_NO_REPLY_MAX.set(client, proposal.aliveCount);
    }
    try {
      return new Link(client, watch, user, host, port);
    } catch (IOException | RuntimeException e) {
      client.stop();
      throw e;
    }
  }

  private static List<KeyExchangeFactory> kex(List<String> names) {
    List<KeyExchangeFactory> all = new ArrayList<>();
    for (String name : names) {
      Suite.dh(name).ifPresent(factory -> all.add(keyExchange(factory)));
    }
    return all;
  }

  /** Certificates are looked at by the owner, which has words for what is wrong with them. */
  private static KeyExchangeFactory keyExchange(DHFactory factory) {
    return factory.isGroupExchange()
        ? GroupExchange.factory(factory)
        : new KeyExchangeFactory() {
          @Override
          public String getName() {
            return factory.getName();
          }

          @Override
          public KeyExchange createKeyExchange(Session session) {
            return new DHGClient(factory, session) {
              @Override
              protected void verifyCertificate(Session s, OpenSshCertificate certificate) {
                // See WatchedSession.checkKeys.
              }
            };
          }
        };
  }

  /** The next event; it waits for one. */
  public LinkEvent next() throws InterruptedException {
    return events.take();
  }

  /** The next event, when one comes in time. */
  public Optional<LinkEvent> next(Duration wait) throws InterruptedException {
    return Optional.ofNullable(
        events.poll(wait.toNanos(), java.util.concurrent.TimeUnit.NANOSECONDS));
  }

  public ClientSession session() {
    return session;
  }

  /** The log of a key exchange whose steps are not the usual two; nothing when they are. */
  public List<SshLog.Line> exchanged() {
    return session.exchanged();
  }

  /** Why it ended; none while it stands. */
  public Optional<Throwable> ended() {
    return session.endReason();
  }

  /** Does something when it has ended. */
  public void whenEnded(Consumer<Throwable> action) {
    session.whenEnded(action);
  }

  @Override
  public void close() {
    session.close(true);
    client.stop();
  }
}

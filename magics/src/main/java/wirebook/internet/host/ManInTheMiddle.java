package wirebook.internet.host;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import wirebook.engine.ssh.key.PublicKeyBlob;
import wirebook.engine.ssh.server.SshDaemon;
import wirebook.engine.ssh.server.SshHost;
import wirebook.engine.ssh.server.SshLogin;
import wirebook.net.Network;
import wirebook.net.Wire;
import wirebook.trace.Event;

/**
 * Somebody who answers in the place of a host. With a password he goes on to the real one; a key
 * gives him nothing to go on with, as its signature is for this connection alone.
 */
final class ManInTheMiddle implements SshHost {
  private final SshHost real;
  private final HostView machine;
  private final Network network;
  private final Consumer<String> heard;
  private final KeyPair key;
  private final SshDaemon daemon;

  /**
   * @param real the host, and {@code machine} what one sees on it
   * @param network where he is
   * @param heard told what he reads, a line each
   */
  ManInTheMiddle(
      SshHost real, HostView machine, Network network, KeyPair key, Consumer<String> heard)
      throws IOException {
    this.real = real;
    this.machine = machine;
    this.network = network;
    this.heard = heard;
    this.key = key;
    daemon = SshDaemon.start(this, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    Wire.hide(Event.Transport.TCP, daemon.port());
  }

  int port() {
    return daemon.port();
  }

  void close() throws IOException {
    Wire.unhide(Event.Transport.TCP, daemon.port());
    daemon.close();
  }

  @Override
  public Network network() {
    return network;
  }

  @Override
  public List<KeyPair> hostKeys() {
    return List.of(key);
  }

  @Override
  public Ends ends(InetSocketAddress local, InetSocketAddress remote) {
    return real.ends(local, remote);
  }

  @Override
  public void log(SshLogin entry) {
    if (entry.accepted()) {
      heard.accept("login of " + entry.user() + " by " + entry.method());
    }
  }

  @Override
  public Optional<Account> account(String user) {
    return Optional.of(
        victims.computeIfAbsent(
            user,
            u ->
                new Victim(
                    real.account(u),
                    new HostUser(machine, u, Optional.empty(), new HostFiles(machine.name(), u)))));
  }

  private final Map<String, Victim> victims = new ConcurrentHashMap<>();

  /** An account that he pretends to have. */
  private final class Victim implements Account {
    private final Optional<Account> there;
    private final HostUser own;
    private volatile boolean through;

    Victim(Optional<Account> there, HostUser own) {
      this.there = there;
      this.own = own;
    }

    @Override
    public String user() {
      return own.user();
    }

    @Override
    public Path home() {
      return own.home();
    }

    @Override
    public boolean password(String given) {
      heard.accept("password of " + user() + ": " + given);
      through = there.filter(a -> a.password(given)).isPresent();
      return through;
    }

    @Override
    public Optional<String> refuses(PublicKeyBlob offered) {
      through = false;
      // Who is refused types a password.
      return there.isPresent()
          ? there.get().refuses(offered)
          : Optional.of("not in authorized_keys");
    }

    @Override
    public SeekableByteChannel limited(SeekableByteChannel file) {
      return own.limited(file);
    }

    @Override
    public int run(Session session) throws InterruptedException {
      session.command().ifPresent(c -> heard.accept("command of " + user() + ": " + c));
      return (through ? there.orElse(own) : own).run(session);
    }
  }
}

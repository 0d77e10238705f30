package wirebook.internet;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.spec.NamedParameterSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import wirebook.engine.socket.Cidr;
import wirebook.engine.ssh.server.SshDaemon;
import wirebook.engine.ssh.server.SshHost;
import wirebook.engine.ssh.server.SshLogin;
import wirebook.internet.host.HostFiles;
import wirebook.internet.host.HostUser;
import wirebook.internet.host.HostView;
import wirebook.net.Network;
import wirebook.net.Networks;
import wirebook.net.Wire;
import wirebook.trace.Event;

/**
 * What one can log in to in the lab: an SSH server on each host of the class's networks. Each
 * starts when somebody first connects to it.
 */
final class LabLogins {
  static final int SSH = 22;
  private static final int MOST_LOGGED = 1000;

  /** Their hosts have accounts; the rest of the lab is other people's. */
  private static final List<Cidr> NETWORKS =
      List.of(Cidr.parse("192.0.2.0/24"), Cidr.parse("203.0.113.0/24"));

  /** The accounts of every host, and their passwords, which the class knows. */
  private static final Map<String, String> USERS =
      Map.of(LabHome.USER, "student", "ada", "lovelace", "grace", "hopper");

  /** Who has the student's key in authorized_keys from the start. */
  private static final List<String> KEYED = List.of(LabHome.USER, "ada");

  private static final List<String> TOOLS =
      List.of("curl", "dig", "host", "ip", "nc", "nslookup", "ping", "traceroute");

  private final Lab lab;
  private final Map<String, LabHost> hosts = new HashMap<>();

  LabLogins(Lab lab) {
    this.lab = lab;
  }

  /** Whether a host has accounts. */
  private static boolean has(Topology.Host host) {
    return !host.name().equals(Topology.HERE)
        && host.addresses().stream()
            .map(InetAddress::getHostAddress)
            .anyMatch(a -> a.indexOf(':') < 0 && NETWORKS.stream().anyMatch(n -> n.contains(a)));
  }

  synchronized Optional<LabHost> host(Topology.Host host) {
    return has(host)
        ? Optional.of(hosts.computeIfAbsent(host.name(), _ -> new LabHost(host)))
        : Optional.empty();
  }

  /** The loopback port behind a port of a host. */
  OptionalInt port(Topology.Host host, int port) throws IOException {
    if (port != SSH) {
      return OptionalInt.empty();
    }
    Optional<LabHost> found = host(host);
    return found.isPresent() ? OptionalInt.of(found.get().daemon()) : OptionalInt.empty();
  }

  /** Who logged in, or tried to, the latest last. */
  List<SshLogin> log(String host) {
    LabHost found;
    synchronized (this) {
      found = hosts.get(host);
    }
    return found == null ? List.of() : found.logged();
  }

  synchronized void close() throws IOException {
    for (LabHost host : hosts.values()) {
      host.close();
    }
    hosts.clear();
  }

  /**
   * The same key for a name always, so that its fingerprint can be written on a board. It protects
   * nothing: the lab is all inside this process.
   */
  static KeyPair key(String name) {
    try {
      byte[] seed =
          MessageDigest.getInstance("SHA-256")
              .digest(("a host key of the lab: " + name).getBytes(StandardCharsets.UTF_8));
      KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
      generator.initialize(
          NamedParameterSpec.ED25519,
          new SecureRandom() {
            private static final long serialVersionUID = 1;

            @Override
            public void nextBytes(byte[] bytes) {
              System.arraycopy(seed, 0, bytes, 0, bytes.length);
            }
          });
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** One host: its accounts, its files, its server. */
  final class LabHost implements SshHost, HostView {
    private final Topology.Host host;
    private final HostNetwork network;
    private final Map<String, Account> accounts = new ConcurrentHashMap<>();
    private final List<SshLogin> log = new ArrayList<>();
    private final Internets internets = new Internets("lab", () -> lab);
    private Optional<SshDaemon> daemon = Optional.empty();

    LabHost(Topology.Host host) {
      this.host = host;
      network = new HostNetwork(lab, host, port -> lab.ownPort(host, port));
      internets.sitOn(host.name());
    }

    synchronized int daemon() throws IOException {
      if (daemon.isEmpty()) {
        daemon =
            Optional.of(
                SshDaemon.start(this, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
      }
      return daemon.get().port();
    }

    synchronized void close() throws IOException {
      if (daemon.isPresent()) {
        daemon.get().close();
      }
    }

    @Override
    public String name() {
      return host.name();
    }

    @Override
    public Network network() {
      return network;
    }

    @Override
    public Networks networks() {
      return internets;
    }

    @Override
    public List<String> tools() {
      return TOOLS;
    }

    @Override
    public Duration uptime() {
      return Duration.ofDays(41).plusNanos(lab.clock().nanoTime());
    }

    @Override
    public List<KeyPair> hostKeys() {
      return List.of(key(host.name()));
    }

    /** A connection stands on loopback for one of the lab's. */
    @Override
    public Ends ends(InetSocketAddress local, InetSocketAddress remote) {
      return Wire.face(Event.Transport.TCP, remote.getPort())
          .map(face -> new Ends(face.remote(), face.local()))
          .orElse(new Ends(local, remote));
    }

    @Override
    public void log(SshLogin entry) {
      synchronized (log) {
        if (log.size() == MOST_LOGGED) {
          log.removeFirst();
        }
        log.add(entry);
      }
    }

    List<SshLogin> logged() {
      synchronized (log) {
        return List.copyOf(log);
      }
    }

    @Override
    public Optional<Account> account(String user) {
      return Optional.ofNullable(USERS.get(user))
          .map(password -> accounts.computeIfAbsent(user, u -> made(u, password)));
    }

    private Account made(String user, String password) {
      HostFiles files = new HostFiles(host.name(), user);
      try {
        Path ssh = files.home().resolve(".ssh");
        if (KEYED.contains(user)) {
          Files.createDirectory(ssh);
          Files.setPosixFilePermissions(ssh, PosixFilePermissions.fromString("rwx------"));
          Path keys = ssh.resolve("authorized_keys");
          Files.writeString(keys, lab.home().publicKey() + "\n");
          Files.setPosixFilePermissions(keys, PosixFilePermissions.fromString("rw-------"));
        }
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
      return new HostUser(this, user, Optional.of(password), files);
    }

    @Override
    public List<HostSocket> sockets() {
      List<HostSocket> all = new ArrayList<>();
      InetSocketAddress any = new InetSocketAddress(SSH);
      all.add(new HostSocket(any, Optional.empty(), "sshd"));
      synchronized (this) {
        daemon.ifPresent(
            d ->
                d.connections()
                    .forEach(
                        c -> all.add(new HostSocket(c.local(), Optional.of(c.remote()), "sshd"))));
      }
      all.addAll(network.sockets());
      return all;
    }
  }
}

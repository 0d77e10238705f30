package wirebook.internet.host;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import wirebook.engine.http.server.HttpServer;
import wirebook.engine.http.server.HttpServers;
import wirebook.engine.http.server.Response;
import wirebook.engine.http.server.Routes;
import wirebook.engine.socket.Cidr;
import wirebook.engine.ssh.key.Ed25519Support;
import wirebook.engine.ssh.server.SshDaemon;
import wirebook.engine.ssh.server.SshHost;
import wirebook.engine.ssh.server.SshLogin;
import wirebook.internet.topology.Topology;
import wirebook.internet.wire.Listeners;
import wirebook.internet.wire.Medium;
import wirebook.net.Carried;
import wirebook.net.Network;
import wirebook.net.Networks;
import wirebook.net.Wire;
import wirebook.trace.Event;

/**
 * What one can log in to in the lab: an SSH server on each host of the class's networks. Each
 * starts when somebody first connects to it.
 */
public final class LabLogins {
  private static final int SSH = 22;
  private static final int TELNET = 23;
  private static final int PAGE = 8000;
  private static final String GATE = "shell.class.example";
  private static final String OLD = "old.class.example";
  private static final String VAULT = "vault.class.example";
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

  private final Medium medium;
  private final Supplier<LabHome> home;
  private final Function<String, Networks> seats;
  private final Map<Machine, LabHost> hosts = new HashMap<>();
  private final HttpServers servers = new HttpServers();
  private final Map<String, HttpServer> pages = new HashMap<>();
  private final Map<String, ClearLogin> clear = new HashMap<>();
  private final Map<String, ManInTheMiddle> between = new HashMap<>();
  private final List<String> heard = new ArrayList<>();

  /**
   * @param home of the student, whose key the hosts know
   * @param seats the networks of who sits on a host
   */
  public LabLogins(Medium medium, Supplier<LabHome> home, Function<String, Networks> seats) {
    this.medium = medium;
    this.home = home;
    this.seats = seats;
  }

  /** What makes a host the same one, whatever else it comes to do. */
  private record Machine(String name, List<InetAddress> addresses) {}

  /** Whether a host has accounts. */
  public static boolean has(Topology.Host host) {
    return !host.name().equals(Topology.HERE)
        && host.addresses().stream()
            .map(InetAddress::getHostAddress)
            .anyMatch(a -> a.indexOf(':') < 0 && NETWORKS.stream().anyMatch(n -> n.contains(a)));
  }

  synchronized Optional<LabHost> host(Topology.Host host) {
    return has(host)
        ? Optional.of(
            hosts.computeIfAbsent(
                new Machine(host.name(), host.addresses()), _ -> new LabHost(host)))
        : Optional.empty();
  }

  /** The loopback port behind a port of a host, for who comes from another. */
  public synchronized OptionalInt port(Topology.Host host, int port) throws IOException {
    Optional<LabHost> found =
        port == SSH || (port == TELNET && host.name().equals(OLD)) ? host(host) : Optional.empty();
    if (found.isEmpty()) {
      return OptionalInt.empty();
    }
    ManInTheMiddle mallory = between.get(host.name());
    if (port == SSH) {
      return OptionalInt.of(mallory != null ? mallory.port() : found.get().daemon());
    }
    ClearLogin login = clear.get(host.name());
    if (login == null) {
      login = new ClearLogin(host.name(), found.get());
      clear.put(host.name(), login);
    }
    return OptionalInt.of(login.port());
  }

  /** The same for who is on the host already: its localhost has a page for its own eyes. */
  public synchronized OptionalInt ownPort(Topology.Host host, InetSocketAddress to)
      throws IOException {
    Optional<LabHost> found = host(host);
    int port = to.getPort();
    boolean near = port == PAGE && Listeners.isInside(to.getAddress());
    if (found.isEmpty() || (port != SSH && !near)) {
      return port(host, port);
    }
    if (port == SSH) {
      return OptionalInt.of(found.get().daemon());
    }
    HttpServer page = pages.get(host.name());
    if (page == null) {
      String text =
          """
          <!DOCTYPE html>
          <html lang="en">
          <title>Dashboard</title>
          <h1>Dashboard of %s</h1>
          <p>Only for eyes on this machine. The word of the day is %s.</p>
          </html>
          """
              .formatted(host.name(), word(host.name()));
      page =
          servers
              .start(
                  HttpServers.Plan.on(
                      0, host.name() + ":" + PAGE, new Routes().get("/", r -> Response.html(text))),
                  medium.clock())
              .server();
      pages.put(host.name(), page);
      Wire.hide(Event.Transport.TCP, page.port());
    }
    return OptionalInt.of(page.port());
  }

  /** What only the page of a host says. */
  private static String word(String host) {
    return host.equals(VAULT) ? "heron" : "kingfisher";
  }

  /** Whether a firewall stands between two hosts. */
  public static boolean apart(String from, String to) {
    return to.equals(VAULT) && !from.equals(GATE) && !from.equals(VAULT);
  }

  /**
   * The port of 127.0.0.1 at which other programs reach a host's SSH server.
   *
   * @throws IOException when it has none
   */
  public int sshPort(String host) throws IOException {
    return host(medium.world().host(host))
        .orElseThrow(() -> new IOException("it has none"))
        .daemon();
  }

  /**
   * Puts somebody between this host and another one's SSH server.
   *
   * @throws IOException when that host has none
   */
  public void putBetween(String host) throws IOException {
    between(Optional.of(medium.world().host(host)));
  }

  /** Nobody is in the middle any more. */
  public void takeAway() throws IOException {
    between(Optional.empty());
  }

  private synchronized void between(Optional<Topology.Host> host) throws IOException {
    for (ManInTheMiddle each : between.values()) {
      each.close();
    }
    between.clear();
    if (host.isPresent()) {
      LabHost real =
          host(host.get())
              .orElseThrow(() -> new IOException(host.get().name() + " has no SSH server"));
      Network middle = new HostNetwork(medium, medium.world().here(), to -> OptionalInt.empty());
      between.put(
          host.get().name(), new ManInTheMiddle(real, real, middle, key("mallory"), this::hear));
      synchronized (heard) {
        heard.clear();
      }
    }
  }

  /** What the man in the middle has read since he came. */
  public List<String> heard() {
    synchronized (heard) {
      return List.copyOf(heard);
    }
  }

  private void hear(String line) {
    synchronized (heard) {
      if (heard.size() < MOST_LOGGED) {
        heard.add(line);
      }
    }
  }

  public synchronized void heal() {
    hosts.values().forEach(LabHost::heal);
  }

  /** Whose files on which hosts are no longer as they were at first, in words. */
  public synchronized List<String> changesInWords() {
    return hosts.values().stream()
        .flatMap(
            host ->
                host.accounts.values().stream()
                    .filter(HostUser.class::isInstance)
                    .map(HostUser.class::cast)
                    .filter(user -> user.files().hasChanged())
                    .map(user -> "the files of " + user.user() + " on " + host.name()))
        .sorted()
        .toList();
  }

  /** Who logged in to a host, or tried to, the latest last. */
  public synchronized List<SshLogin> log(String host) {
    return hosts.values().stream()
        .filter(h -> h.name().equals(host))
        .flatMap(h -> h.logged().stream())
        .toList();
  }

  public synchronized void close() throws IOException {
    between(Optional.empty());
    synchronized (heard) {
      heard.clear();
    }
    pages.values().forEach(page -> Wire.unhide(Event.Transport.TCP, page.port()));
    servers.closeAll();
    pages.clear();
    for (ClearLogin each : clear.values()) {
      each.close();
    }
    clear.clear();
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
      return Ed25519Support.pair(seed);
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
    private final Networks networks;
    private Optional<SshDaemon> daemon = Optional.empty();

    LabHost(Topology.Host host) {
      this.host = host;
      network = new HostNetwork(medium, host, to -> medium.localPort(host.name(), to));
      networks = seats.apply(host.name());
    }

    synchronized int daemon() throws IOException {
      if (daemon.isEmpty()) {
        daemon =
            Optional.of(
                SshDaemon.start(this, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
      }
      return daemon.get().port();
    }

    public synchronized void close() throws IOException {
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
      return networks;
    }

    @Override
    public List<String> tools() {
      return TOOLS;
    }

    @Override
    public Duration uptime() {
      return Duration.ofDays(41).plusNanos(medium.clock().nanoTime());
    }

    @Override
    public List<KeyPair> hostKeys() {
      return List.of(key(host.name()));
    }

    /** A connection stands on loopback for one of the lab's. */
    @Override
    public Ends ends(InetSocketAddress local, InetSocketAddress remote) {
      return Carried.server(remote.getPort(), local.getPort())
          .map(ends -> new Ends(ends.local(), ends.remote()))
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
      if (KEYED.contains(user)) {
        admit(files.home());
      }
      files.asAtFirst();
      return new HostUser(this, user, Optional.of(password), files);
    }

    /** Those who lost their list of keys get the one that they had at first. */
    public void heal() {
      accounts.values().stream()
          .filter(account -> KEYED.contains(account.user()))
          .map(Account::home)
          .filter(home -> Files.notExists(home.resolve(".ssh/authorized_keys")))
          .forEach(this::admit);
    }

    private void admit(Path folder) {
      try {
        Path ssh = Files.createDirectories(folder.resolve(".ssh"));
        Files.setPosixFilePermissions(ssh, PosixFilePermissions.fromString("rwx------"));
        Path keys = ssh.resolve("authorized_keys");
        Files.writeString(keys, home.get().publicKey() + "\n");
        Files.setPosixFilePermissions(keys, PosixFilePermissions.fromString("rw-------"));
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
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
      all.add(
          new HostSocket(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), PAGE),
              Optional.empty(),
              "dashboard"));
      if (host.name().equals(OLD)) {
        all.add(new HostSocket(new InetSocketAddress(TELNET), Optional.empty(), "telnetd"));
      }
      all.addAll(network.sockets());
      return all;
    }
  }
}

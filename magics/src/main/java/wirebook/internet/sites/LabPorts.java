package wirebook.internet.sites;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import wirebook.engine.dns.resolver.NetworkUpstream;
import wirebook.engine.dns.resolver.RecursiveServer;
import wirebook.engine.dns.resolver.Resolver;
import wirebook.engine.dns.resolver.RootHints;
import wirebook.engine.dns.server.AuthoritativeServer;
import wirebook.engine.dns.server.ServerCookies;
import wirebook.engine.dns.server.ServerQuery;
import wirebook.engine.dns.server.Zone;
import wirebook.internet.host.LabLogins;
import wirebook.internet.topology.Condition;
import wirebook.internet.topology.Topology;
import wirebook.internet.topology.TopologyText;
import wirebook.internet.topology.World;
import wirebook.internet.wire.LabNetwork;
import wirebook.internet.wire.LabServers;
import wirebook.internet.wire.Medium;
import wirebook.internet.zones.Elsewhere;
import wirebook.internet.zones.LabZones;
import wirebook.internet.zones.Secondaries;
import wirebook.trace.Bytes;
import wirebook.trace.Event;

/**
 * What answers at the addresses of the lab: name servers, resolvers, sites, logins, registries, and
 * what the notebook publishes, each at a port of 127.0.0.1 that is opened when somebody first asks.
 */
public final class LabPorts implements LabServers, Closeable {
  private static final int DNS = 53;
  private static final int DNS_TLS = 853;
  private static final int SSH = 22;
  private static final int HTTP = 80;
  private static final int HTTPS = 443;
  private static final int WHOIS = 43;
  private static final int COOKIE_SECRET = 16;

  private final Medium medium;
  private final LabZones zones;
  private final Secondaries secondaries;
  private final WebSites sites;
  private final Registries registries;
  private final LabLogins logins;
  private final ServerCookies cookies;
  private final Map<InetSocketAddress, DnsListener> listeners = new LinkedHashMap<>();
  private final Map<InetSocketAddress, Integer> published = new ConcurrentHashMap<>();
  private final Map<String, Resolver> resolvers = new HashMap<>();
  private final Map<String, DnsListener.Service> recursive = new HashMap<>();
  private final Map<InetSocketAddress, DnsOverTls> encrypted = new HashMap<>();

  public LabPorts(Medium medium, LabZones zones, Secondaries secondaries, LabLogins logins) {
    this.medium = medium;
    this.zones = zones;
    this.secondaries = secondaries;
    this.sites = new WebSites(medium.clock(), medium.world(), medium::streamTime);
    this.registries = new Registries(zones, medium.clock());
    this.logins = logins;
    byte[] secret = new byte[COOKIE_SECRET];
    new SecureRandom().nextBytes(secret);
    this.cookies = new ServerCookies(Bytes.of(secret));
  }

  // What is published.

  /**
   * Makes a TCP server of this machine the one that answers at a lab address.
   *
   * @param realPort on 127.0.0.1
   */
  public void publish(InetSocketAddress address, int realPort) {
    published.put(address, realPort);
  }

  /** Nothing answers there any more, unless another server has taken the address over. */
  public void unpublish(InetSocketAddress address, int realPort) {
    published.remove(address, realPort);
  }

  private Stream<Integer> published(Topology.Host host) {
    return published.keySet().stream()
        .filter(p -> host.addresses().contains(p.getAddress()))
        .map(InetSocketAddress::getPort);
  }

  /** The TCP ports of what a host serves, and whether there are datagrams as well. */
  public SortedMap<Integer, Boolean> listening(String name) {
    SortedMap<Integer, Boolean> all = new TreeMap<>();
    Topology topology = medium.world().topology();
    topology.services(name).forEach(s -> all.put(s.port(), false));
    if (topology.nodes().get(name) instanceof Topology.Host host) {
      if (LabLogins.has(host)) {
        all.put(SSH, false);
      }
      if (WebSites.isSite(name)) {
        all.putAll(Map.of(HTTP, false, HTTPS, false));
      }
      published(host).forEach(port -> all.put(port, false));
      if (answersAt(new InetSocketAddress(host.addresses().getFirst(), DNS))) {
        all.put(DNS, true);
      }
    }
    return all;
  }

  /** What a host answers, a line each. */
  public List<String> inWords(String name) {
    List<String> all = new ArrayList<>();
    Topology topology = medium.world().topology();
    topology.services(name).forEach(s -> all.add("HTTP at port " + s.port() + ": " + s.answer()));
    if (topology.nodes().get(name) instanceof Topology.Host host) {
      if (!host.serves().isEmpty()) {
        all.add("DNS at port 53 for " + String.join(" ", host.serves()));
      } else if (RESOLVERS.contains(name)) {
        all.add("DNS at port 53 for everybody, as a resolver");
      }
      if (WebSites.isSite(name)) {
        all.add("HTTP at ports 80 and 443");
      }
      published(host).forEach(port -> all.add("a server of this notebook at port " + port));
    }
    return all;
  }

  // What answers.

  /** The hosts that answer anybody's questions about any name, over TLS and HTTPS as well. */
  private static final Set<String> RESOLVERS =
      Set.of(
          TopologyText.RESOLVER,
          "dns.google",
          "one.one.one.one",
          "cloudflare-dns.com",
          "dns.quad9.net");

  /** What answers at {@link World#resolver}: with its cache. */
  public Resolver providersResolver() {
    return resolverAt(medium.world().host(TopologyText.RESOLVER));
  }

  private synchronized Resolver resolverAt(Topology.Host host) {
    return resolvers.computeIfAbsent(
        host.name(),
        _ ->
            new Resolver(
                RootHints.builtIn(),
                Resolver.USUAL,
                new NetworkUpstream(new LabNetwork(medium, host), DNS),
                medium.clock(),
                new SecureRandom()));
  }

  @Override
  public boolean apart(String from, String to) {
    return LabLogins.apart(from, to);
  }

  @Override
  public OptionalInt ownPort(String name, InetSocketAddress to) throws IOException {
    if (!(medium.world().topology().nodes().get(name) instanceof Topology.Host host)) {
      return OptionalInt.empty();
    }
    OptionalInt own = logins.ownPort(host, to);
    if (own.isPresent()) {
      return own;
    }
    Optional<Integer> real =
        port(
            host,
            new InetSocketAddress(host.addresses().getFirst(), to.getPort()),
            Event.Transport.TCP);
    return real.isPresent() ? OptionalInt.of(real.get()) : OptionalInt.empty();
  }

  @Override
  public Optional<Integer> port(Topology.Node node, InetSocketAddress to, Event.Transport protocol)
      throws IOException {
    if (protocol == Event.Transport.TCP && published.containsKey(to)) {
      return Optional.ofNullable(published.get(to));
    }
    if (protocol == Event.Transport.TCP
        && node instanceof Topology.Host host
        && RESOLVERS.contains(host.name())
        && (to.getPort() == DNS_TLS || to.getPort() == HTTPS)) {
      return Optional.of(encrypted(host, to));
    }
    if (protocol == Event.Transport.TCP && to.getPort() == WHOIS) {
      OptionalInt whois = registries.port(node.name());
      return whois.isPresent() ? Optional.of(whois.getAsInt()) : Optional.empty();
    }
    if (protocol == Event.Transport.TCP && to.getPort() != DNS) {
      OptionalInt site = sites.port(node.name(), to.getPort());
      if (site.isEmpty() && node instanceof Topology.Host host) {
        site = logins.port(host, to.getPort());
      }
      return site.isPresent() ? Optional.of(site.getAsInt()) : Optional.empty();
    }
    if (to.getPort() != DNS || !(node instanceof Topology.Host host)) {
      return Optional.empty();
    }
    Optional<DnsListener> listener = listener(host, to);
    return listener.map(DnsListener::port);
  }

  private synchronized Optional<DnsListener> listener(Topology.Host host, InetSocketAddress address)
      throws IOException {
    DnsListener listener = listeners.get(address);
    if (listener == null) {
      Optional<DnsListener.Service> service = service(host);
      if (service.isEmpty()) {
        return Optional.empty();
      }
      listener = new DnsListener(medium, host, address, service.get());
      listeners.put(address, listener);
    }
    return Optional.of(listener);
  }

  @Override
  public synchronized Optional<LabServers.NameServer> nameServer(InetSocketAddress address) {
    return Optional.ofNullable(listeners.get(address));
  }

  /** What answers at a resolver, however it is asked. */
  private synchronized DnsListener.Service recursive(Topology.Host host) {
    return recursive.computeIfAbsent(
        host.name(),
        _ -> {
          Thread.startVirtualThread(zones::prepare);
          RecursiveServer server =
              new RecursiveServer(
                  resolverAt(host),
                  NameServers.traits(host.name(), cookies),
                  Optional.of(new RecursiveServer.Trust(zones.trustAnchor(), medium.clock())),
                  origin -> zones.zone(origin).isEmpty(),
                  // What was there from the start is the same each time that a lesson asks.
                  name -> !medium.world().cluster(name.toString(true)).isEmpty());
          return (query, transport, client) ->
              server.answer(query, transport, client, medium.clock().instant());
        });
  }

  /** The loopback port at which a resolver answers over TLS or HTTPS. */
  private synchronized int encrypted(Topology.Host host, InetSocketAddress to) throws IOException {
    List<String> names = new ArrayList<>();
    names.add(host.name());
    host.addresses().forEach(a -> names.add(a.getHostAddress()));
    if (to.getPort() == HTTPS) {
      return sites.port(host.name(), names, new DnsOverHttps(recursive(host))).orElseThrow();
    }
    DnsOverTls server = encrypted.get(to);
    if (server == null) {
      DnsListener plain = listener(host, new InetSocketAddress(to.getAddress(), DNS)).orElseThrow();
      server = new DnsOverTls(names, plain::serve);
      encrypted.put(to, server);
    }
    return server.port();
  }

  @Override
  public boolean answersAt(InetSocketAddress to) {
    return to.getPort() == DNS
        && medium.world().topology().node(to.getAddress()).orElse(null)
            instanceof Topology.Host host
        && service(host).isPresent();
  }

  private Optional<DnsListener.Service> service(Topology.Host host) {
    if (RESOLVERS.contains(host.name())) {
      return Optional.of(recursive(host));
    }
    if (host.serves().isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        (query, transport, client) ->
            medium.world().condition(host.name()) instanceof Condition.Lame
                ? refuse(query, Rcode.REFUSED)
                : answer(host, query, transport, client));
  }

  private List<Bytes> answer(
      Topology.Host host,
      Bytes query,
      AuthoritativeServer.Transport transport,
      InetAddress client) {
    Optional<Message> notified = notified(host, query);
    if (notified.isPresent()) {
      return List.of(Bytes.of(notified.get().toWire()));
    }
    secondaries.refreshWhatIsDue(host);
    List<Name> expired = secondaries.expired(host.name());
    if (ServerQuery.read(query) instanceof ServerQuery.Asked asked
        && expired.stream().anyMatch(z -> asked.name().subdomain(z))) {
      // RFC 1035, 3.3.13: after this time the zone is no longer authoritative.
      return refuse(query, Rcode.SERVFAIL);
    }
    AuthoritativeServer server =
        AuthoritativeServer.of(
            zonesOf(host.name()),
            NameServers.traits(host.name(), cookies),
            zones::isTransferable,
            zones::earlier);
    List<Bytes> replies = server.answer(query, transport, client, medium.clock().instant());
    return Elsewhere.instead(replies, query, name -> isCutOut(server, name));
  }

  /** Whether a name is below one of the lab's own zones, which are cut down, and no student's. */
  private boolean isCutOut(AuthoritativeServer server, Name name) {
    for (Name each = new Name(name, 1); ; each = new Name(each, 1)) {
      if (server.zones().containsKey(each)) {
        return zones.published(each).isEmpty();
      }
      if (each.labels() <= 1) {
        return false;
      }
    }
  }

  /** The reply to a NOTIFY (RFC 1996, 4.7); fetching comes after it. */
  private Optional<Message> notified(Topology.Host host, Bytes query) {
    try {
      Message message = new Message(query.toArray());
      if (message.getHeader().getOpcode() != Opcode.NOTIFY
          || message.getHeader().getFlag(Flags.QR)
          || message.getQuestion() == null) {
        return Optional.empty();
      }
      Name origin = message.getQuestion().getName();
      boolean ours = secondaries.holds(host.name(), origin);
      Message reply = new Message(message.getHeader().getID());
      reply.getHeader().setOpcode(Opcode.NOTIFY);
      reply.getHeader().setFlag(Flags.QR);
      reply.getHeader().setFlag(Flags.AA);
      reply.getHeader().setRcode(ours ? Rcode.NOERROR : Rcode.NOTAUTH);
      reply.addRecord(message.getQuestion(), Section.QUESTION);
      return Optional.of(reply);
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private List<Zone> zonesOf(String host) {
    List<Zone> served = new ArrayList<>();
    for (String origin : medium.world().host(host).serves()) {
      try {
        secondaries
            .served(host, Name.fromString(origin, Name.root))
            .map(zones::asServed)
            .ifPresent(served::add);
      } catch (TextParseException e) {
        throw new IllegalStateException("in the topology: " + origin, e);
      }
    }
    return served;
  }

  private static List<Bytes> refuse(Bytes query, int rcode) {
    return switch (ServerQuery.read(query)) {
      case ServerQuery.Ignored _ -> List.of();
      case ServerQuery.Rejected rejected -> List.of(Bytes.of(rejected.reply().toWire()));
      case ServerQuery.Asked asked -> {
        Message reply = asked.reply();
        reply.getHeader().setRcode(rcode);
        reply.getHeader().unsetFlag(Flags.AA);
        yield List.of(Bytes.of(reply.toWire()));
      }
    };
  }

  /** The port of 127.0.0.1 at which each DNS server of the lab can be asked from outside. */
  public Map<InetSocketAddress, Integer> listen() throws IOException {
    Map<InetSocketAddress, Integer> ports = new LinkedHashMap<>();
    for (Topology.Host host : medium.world().topology().hosts()) {
      for (InetAddress address : host.addresses()) {
        InetSocketAddress dns = new InetSocketAddress(address, DNS);
        listener(host, dns).ifPresent(l -> ports.put(dns, l.port()));
      }
    }
    return ports;
  }

  /** Nothing is published any more, and no resolver knows anything. */
  public synchronized void forget() {
    List.of(published, resolvers, recursive).forEach(Map::clear);
  }

  @Override
  public synchronized void close() throws IOException {
    sites.close();
    registries.close();
    logins.close();
    for (DnsListener listener : listeners.values()) {
      listener.close();
    }
    listeners.clear();
    for (DnsOverTls listener : encrypted.values()) {
      listener.close();
    }
    encrypted.clear();
  }
}

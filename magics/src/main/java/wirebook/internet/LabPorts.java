package wirebook.internet;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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
import wirebook.internet.topology.Condition;
import wirebook.internet.topology.Topology;
import wirebook.internet.topology.TopologyText;
import wirebook.trace.Bytes;

/**
 * What answers at the addresses of the lab: name servers, resolvers, sites, logins, registries, and
 * what the notebook publishes, each at a port of 127.0.0.1 that is opened when somebody first asks.
 */
final class LabPorts implements Closeable {
  private static final int DNS = 53;
  private static final int DNS_TLS = 853;
  private static final int HTTPS = 443;
  private static final int WHOIS = 43;
  private static final int COOKIE_SECRET = 16;

  private final Lab lab;
  private final WebSites sites;
  private final Registries registries;
  private final LabLogins logins;
  private final ServerCookies cookies;
  private final Map<InetSocketAddress, DnsListener> listeners = new LinkedHashMap<>();
  private final Listeners bound = new Listeners();
  private final Map<InetSocketAddress, Integer> published = new ConcurrentHashMap<>();
  private final Map<String, Resolver> resolvers = new HashMap<>();
  private final Map<String, DnsListener.Service> recursive = new HashMap<>();
  private final Map<InetSocketAddress, DnsOverTls> encrypted = new HashMap<>();

  LabPorts(Lab lab, WebSites sites, LabLogins logins) {
    this.lab = lab;
    this.sites = sites;
    this.registries = new Registries(lab);
    this.logins = logins;
    byte[] secret = new byte[COOKIE_SECRET];
    new SecureRandom().nextBytes(secret);
    this.cookies = new ServerCookies(Bytes.of(secret));
  }

  static boolean isResolver(String host) {
    return RESOLVERS.contains(host);
  }

  /** The sockets of the notebook, and the hosts that they are on. */
  Listeners bound() {
    return bound;
  }

  /** What becomes of a packet to a host's own address: it stays there. */
  LabPackets.Route inside(Topology.Host host, InetSocketAddress to, LabPackets.Protocol protocol)
      throws IOException {
    boolean here = host.name().equals(lab.topology().here());
    int port = to.getPort();
    LabPackets.Route real =
        new LabPackets.Route.Inside(
            to.getAddress().isLoopbackAddress()
                ? to
                : new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    if (bound.hearsItself(protocol, host.name(), to)) {
      return real;
    }
    if (protocol == LabPackets.Protocol.TCP
        // The machine's own sshd is this host's.
        && (!here
            || lab.topology().services().stream()
                .anyMatch(s -> s.host().equals(host.name()) && s.port() == port))) {
      OptionalInt service = lab.ownPort(host.name(), port);
      if (service.isPresent()) {
        return new LabPackets.Route.Open(service.getAsInt(), Duration.ZERO);
      }
    }
    boolean machines =
        bound.at(protocol, port).filter(p -> p.isOn(host.name())).isEmpty()
            && (here
                ? bound.isTheMachines(protocol, port)
                : bound.at(protocol, port).isEmpty()
                    && (protocol == LabPackets.Protocol.UDP || Listeners.isStartedHere(port)));
    return machines ? real : new LabPackets.Route.Closed(Duration.ZERO);
  }

  /** The servers of the notebook, and the ports behind them. */
  Map<InetSocketAddress, Integer> published() {
    return published;
  }

  /** The hosts that answer anybody's questions about any name, over TLS and HTTPS as well. */
  private static final Set<String> RESOLVERS =
      Set.of(
          TopologyText.RESOLVER,
          "dns.google",
          "one.one.one.one",
          "cloudflare-dns.com",
          "dns.quad9.net");

  /** What answers at {@link Lab#resolver}: with its cache. */
  Resolver providersResolver() {
    return resolverAt(lab.host(TopologyText.RESOLVER));
  }

  private synchronized Resolver resolverAt(Topology.Host host) {
    return resolvers.computeIfAbsent(
        host.name(),
        _ ->
            new Resolver(
                RootHints.builtIn(),
                Resolver.Options.USUAL,
                new NetworkUpstream(lab.networkOf(host), DNS),
                lab.clock(),
                new SecureRandom()));
  }

  /** What answers to who asks from elsewhere. */
  Optional<Integer> realPort(Topology.Node node, InetSocketAddress to, LabPackets.Protocol protocol)
      throws IOException {
    return bound.hears(protocol, node.name(), to)
        ? Optional.of(to.getPort())
        : service(node, to, protocol);
  }

  Optional<Integer> service(Topology.Node node, InetSocketAddress to, LabPackets.Protocol protocol)
      throws IOException {
    if (protocol == LabPackets.Protocol.TCP && published.containsKey(to)) {
      return Optional.ofNullable(published.get(to));
    }
    if (protocol == LabPackets.Protocol.TCP
        && node instanceof Topology.Host host
        && RESOLVERS.contains(host.name())
        && (to.getPort() == DNS_TLS || to.getPort() == HTTPS)) {
      return Optional.of(encrypted(host, to));
    }
    if (protocol == LabPackets.Protocol.TCP && to.getPort() == WHOIS) {
      OptionalInt whois = registries.port(node.name());
      return whois.isPresent() ? Optional.of(whois.getAsInt()) : Optional.empty();
    }
    if (protocol == LabPackets.Protocol.TCP && to.getPort() != DNS) {
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
      listener = new DnsListener(lab, host, address, service.get());
      listeners.put(address, listener);
    }
    return Optional.of(listener);
  }

  /** What answers questions there since somebody asked one. */
  synchronized Optional<DnsListener> listenerAt(InetSocketAddress address) {
    return Optional.ofNullable(listeners.get(address));
  }

  /** What answers at a resolver, however it is asked. */
  private synchronized DnsListener.Service recursive(Topology.Host host) {
    return recursive.computeIfAbsent(
        host.name(),
        _ -> {
          Thread.startVirtualThread(lab.zones()::prepare);
          RecursiveServer server =
              new RecursiveServer(
                  resolverAt(host),
                  NameServers.traits(host.name(), cookies),
                  Optional.of(new RecursiveServer.Trust(lab.trustAnchor(), lab.clock())),
                  origin -> lab.zones().zone(origin).isEmpty(),
                  // What was there from the start is the same each time that a lesson asks.
                  name -> !lab.cluster(name.toString(true)).isEmpty());
          return (query, transport, client) ->
              server.answer(query, transport, client, lab.clock().instant());
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

  /** Whether a name server of the lab answers there. */
  boolean answersAt(InetSocketAddress to) {
    return to.getPort() == DNS
        && lab.topology().node(to.getAddress()).orElse(null) instanceof Topology.Host host
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
            lab.condition(host.name()) instanceof Condition.Lame
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
    lab.secondaries().refreshWhatIsDue(host);
    List<Name> expired = lab.secondaries().expired(host.name());
    if (ServerQuery.read(query) instanceof ServerQuery.Asked asked
        && expired.stream().anyMatch(z -> asked.name().subdomain(z))) {
      // RFC 1035, 3.3.13: after this time the zone is no longer authoritative.
      return refuse(query, Rcode.SERVFAIL);
    }
    AuthoritativeServer server =
        AuthoritativeServer.of(
            zonesOf(host.name()),
            NameServers.traits(host.name(), cookies),
            lab::isTransferable,
            lab.zones()::earlier);
    List<Bytes> replies = server.answer(query, transport, client, lab.clock().instant());
    return Elsewhere.instead(replies, query, name -> isCutOut(server, name));
  }

  /** Whether a name is below one of the lab's own zones, which are cut down, and no student's. */
  private boolean isCutOut(AuthoritativeServer server, Name name) {
    for (Name each = new Name(name, 1); ; each = new Name(each, 1)) {
      if (server.zones().containsKey(each)) {
        return lab.zones().published(each).isEmpty();
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
      boolean ours = lab.secondaries().holds(host.name(), origin);
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
    for (String origin : lab.host(host).serves()) {
      try {
        lab.secondaries()
            .served(host, Name.fromString(origin, Name.root))
            .map(lab.zones()::asServed)
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
  Map<InetSocketAddress, Integer> listen() throws IOException {
    Map<InetSocketAddress, Integer> ports = new LinkedHashMap<>();
    for (Topology.Host host : lab.topology().hosts()) {
      for (InetAddress address : host.addresses()) {
        InetSocketAddress dns = new InetSocketAddress(address, DNS);
        listener(host, dns).ifPresent(l -> ports.put(dns, l.port()));
      }
    }
    return ports;
  }

  /** Nothing is published any more, and no resolver knows anything. */
  synchronized void forget() {
    bound.clear();
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

package wirebook.internet.zones;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import java.util.stream.Stream;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Type;
import wirebook.engine.dns.resolver.Question;
import wirebook.engine.dns.server.Zone;
import wirebook.engine.dns.server.ZoneSigner;
import wirebook.internet.topology.Topology;
import wirebook.internet.topology.World;
import wirebook.trace.IpText;

/** Gives a zone to its servers in the lab, and has its parent delegate it to them. */
public final class ZonePublisher {
  private static final int DNS = 53;
  private static final long PARENTS_TTL = 86_400;
  private static final long PROVIDERS_TTL = 3_600;

  /** Who is responsible for the zones of stand-ins: so they are known again. */
  private static final Name PROVIDER = Name.fromConstantString("stand-in.lab.");

  private static final String NEW_HOSTS_AT = "ix-frankfurt";
  private static final Duration NEW_HOSTS_DELAY = Duration.ofMillis(6);

  /** New hosts have addresses of this network, from the first on. */
  private static final String NETWORK = "203.0.113.";

  private static final int FIRST = 200;
  private static final int ADDRESSES = 50;

  private final World world;
  private final LabZones zones;
  private final Secondaries secondaries;
  private final Zone zone;
  private final boolean sign;
  private final SequencedMap<Name, List<InetAddress>> servers = new LinkedHashMap<>();
  private final SequencedSet<Name> delegated = new LinkedHashSet<>();
  private final List<String> notes = new ArrayList<>();

  public ZonePublisher(
      World world, LabZones zones, Secondaries secondaries, Zone zone, boolean sign) {
    this.world = world;
    this.zones = zones;
    this.secondaries = secondaries;
    this.zone = zone;
    this.sign = sign;
  }

  public Publication publish() throws Publication.RefusedException {
    Optional<Zone> parent = parent();
    if (parent.isEmpty()) {
      throw new Publication.RefusedException(
          "the lab's root has no parent that could delegate it", "Choose a name below example.");
    }
    for (Record record : at(zone, zone.origin(), Type.NS)) {
      Name name = ((NSRecord) record).getTarget();
      delegated.add(name);
      List<InetAddress> addresses = addresses(name);
      if (!addresses.isEmpty()) {
        servers.put(name, addresses);
      }
    }
    if (servers.isEmpty()) {
      throw new Publication.RefusedException(
          "none of its name servers is in the lab, nor could be: "
              + String.join(", ", delegated.stream().map(Name::toString).toList()),
          "Add one with an address of its own: @ NS ns1 and ns1 A 203.0.113.60");
    }
    Optional<Zone> before = zones.zone(zone.origin());
    Name primary = primary();
    for (Name name : servers.keySet()) {
      boolean served = serves(name);
      Topology.Host host = host(name);
      if (name.equals(primary)) {
        secondaries.release(host.name(), zone.origin());
      } else {
        secondaries.hold(
            host.name(),
            zone.origin(),
            served ? secondaries.served(host.name(), zone.origin()) : Optional.empty(),
            new InetSocketAddress(addressesOf(primary).getFirst(), DNS));
      }
    }
    zones.belongsToStudent(zone.origin());
    if (sign) {
      zones.sign(zone.origin());
    }
    zones.put(zone);
    List<Publication.Server> states = new ArrayList<>();
    states.add(server(primary, zone.soa().getSerial(), "is the primary and serves it now"));
    for (Name name : servers.keySet()) {
      if (!name.equals(primary)) {
        states.add(secondary(name, primary));
      }
    }
    // A stand-in may have changed it meanwhile.
    String delegation = delegate(parent().orElseThrow());
    notes.add(
        zones.isSigned(zone.origin())
            ? "The lab signs it; its parent has the DS record."
            : "It is not signed, and its parent proves so: resolvers take it as insecure.");
    if (!at(zone, zone.origin(), Type.NSEC3PARAM).isEmpty()) {
      notes.add(
          zones.isSigned(zone.origin()) && ZoneSigner.parameters(zone).isPresent()
              ? "It denies names by NSEC3, as its NSEC3PARAM says."
              : "Its NSEC3PARAM has no effect: that takes a signed zone, hash algorithm 1, no flags"
                  + " and at most "
                  + ZoneSigner.MOST_ITERATIONS
                  + " iterations.");
    }
    if (before.isPresent() && !before.get().records().equals(zone.records())) {
      notes.add("Caches keep what they have of the old version until its TTL ends.");
    }
    return new Publication(
        Question.dnsName(zone.origin()),
        zone.soa().getSerial(),
        zone.records().size(),
        states,
        delegation,
        notes);
  }

  private Publication.Server server(Name name, long serial, String state) {
    return new Publication.Server(Question.dnsName(name), addressesOf(name), serial, state);
  }

  private List<InetAddress> addressesOf(Name name) {
    return servers.getOrDefault(name, List.of());
  }

  /** Addresses of a server: as this zone says, or of the lab's host with that name. */
  private List<InetAddress> addresses(Name name) throws Publication.RefusedException {
    List<InetAddress> own =
        Stream.concat(at(zone, name, Type.A).stream(), at(zone, name, Type.AAAA).stream())
            .map(r -> r instanceof ARecord a ? a.getAddress() : ((AAAARecord) r).getAddress())
            .toList();
    if (own.stream().anyMatch(InetAddress::isLoopbackAddress)) {
      throw new Publication.RefusedException(
          "the name server " + name + " has a loopback address",
          "Give it one of the lab's, for example 203.0.113.60");
    }
    Optional<Topology.Node> node = world.topology().node(name.toString(true));
    if (!own.isEmpty()) {
      return own;
    }
    return node.isPresent() ? node.get().addresses() : standIn(name);
  }

  /**
   * Somebody else's name server, as a DNS provider has them: where the lab has nothing of its
   * domain, it gets one that serves the zone in its stead.
   */
  private List<InetAddress> standIn(Name name) throws Publication.RefusedException {
    Name domain = new Name(name, Math.max(0, name.labels() - 3));
    boolean free =
        domain.labels() == 3
            && name.labels() > 3
            && zones.zone(new Name(domain, 1)).isPresent()
            && (zones.zone(domain).isEmpty() || isProvider(domain));
    if (!free) {
      notes.add(
          name.subdomain(zone.origin())
              ? name + " has no address in the zone: nobody finds it."
              : name
                  + " is not in the lab: nobody answers there, and resolvers ask the other"
                  + " servers.");
      return List.of();
    }
    InetAddress address = free(world.topology());
    List<Record> records =
        new ArrayList<>(zones.zone(domain).map(Zone::records).orElseGet(() -> provider(domain)));
    records.replaceAll(r -> r instanceof SOARecord soa ? LabZones.bumped(soa) : r);
    records.add(new NSRecord(domain, DClass.IN, PROVIDERS_TTL, name));
    records.add(new ARecord(name, DClass.IN, PROVIDERS_TTL, address));
    try {
      new ZonePublisher(world, zones, secondaries, Zone.of(domain, records), false).publish();
    } catch (Zone.ZoneException e) {
      throw new IllegalStateException("the provider's zone " + domain, e);
    }
    notes.add(
        name
            + " is not in the lab, so a stand-in at "
            + IpText.of(address)
            + " serves the zone under that name.");
    return List.of(address);
  }

  private boolean isProvider(Name domain) {
    return zones.zone(domain).filter(z -> z.soa().getAdmin().equals(PROVIDER)).isPresent();
  }

  private static List<Record> provider(Name domain) {
    return List.of(
        new SOARecord(
            domain, DClass.IN, PROVIDERS_TTL, domain, PROVIDER, 1, 7200, 3600, 1_209_600, 300));
  }

  private Name primary() {
    Name master = zone.soa().getHost();
    return servers.containsKey(master) ? master : servers.firstEntry().getKey();
  }

  /** Whether the zone is already at a server: one that is new to it has no version of its own. */
  private boolean serves(Name name) {
    return node(addressesOf(name)).orElse(null) instanceof Topology.Host host
        && host.serves().contains(zone.origin().toString(true));
  }

  private Optional<Topology.Node> node(List<InetAddress> addresses) {
    return addresses.stream().map(world.topology()::node).flatMap(Optional::stream).findFirst();
  }

  /** The host of a server, which from now on serves the zone; a new one, if there is none yet. */
  private Topology.Host host(Name name) throws Publication.RefusedException {
    List<InetAddress> addresses = addressesOf(name);
    String origin = zone.origin().toString(true);
    return switch (node(addresses).orElse(null)) {
      case Topology.Host host -> world.serve(host, origin);
      case Topology.Router router ->
          throw new Publication.RefusedException(
              "the address of " + name + " is that of the router " + router.name(),
              "Choose a free address, for example 203.0.113.60");
      case null ->
          world.add(
              new Topology.Host(
                  name.toString(true), addresses, List.of(origin), zone.origin().toString(true)),
              NEW_HOSTS_AT,
              NEW_HOSTS_DELAY);
    };
  }

  /**
   * The secondary is notified; it asks the primary with its own serial, and fetches what is new.
   */
  private Publication.Server secondary(Name name, Name primary)
      throws Publication.RefusedException {
    Topology.Host host = host(name);
    Optional<Zone> old = secondaries.served(host.name(), zone.origin());
    long serial = old.map(z -> z.soa().getSerial()).orElse(0L);
    InetAddress address = addressesOf(name).getFirst();
    String told;
    try {
      ZoneTransfer.notify(
          secondaries.networkOf(host(primary)), new InetSocketAddress(address, DNS), zone.soa());
      told = "was notified";
    } catch (IOException e) {
      return server(
          name,
          serial,
          "did not answer the NOTIFY ("
              + e.getMessage()
              + ")"
              + (old.isPresent() ? " and still has serial " + serial : ""));
    }
    if (old.isPresent() && text(old.get()).equals(text(zone))) {
      return server(name, serial, told + ", and has this version already");
    }
    if (old.isPresent() && !newer(zone.soa().getSerial(), serial)) {
      notes.add(
          "The serial did not go up, so secondaries take this version for the old one: bump it.");
      return server(
          name, serial, told + ", and keeps what it has: serial " + serial + " is not older");
    }
    try {
      ZoneTransfer.Fetched fetched = secondaries.refresh(host, zone.origin());
      long now =
          secondaries.served(host.name(), zone.origin()).map(z -> z.soa().getSerial()).orElse(0L);
      return server(
          name,
          now,
          told
              + switch (fetched) {
                case ZoneTransfer.Fetched.Current _ -> ", and has nothing to fetch";
                case ZoneTransfer.Fetched.Whole whole ->
                    " and fetched it by AXFR, " + whole.zone().records().size() + " records";
                case ZoneTransfer.Fetched.Changed changed ->
                    " and fetched the changes by IXFR: "
                        + changed.removed()
                        + (changed.removed() == 1 ? " record gone, " : " records gone, ")
                        + changed.added()
                        + " new";
              });
    } catch (IOException e) {
      return server(
          name,
          serial,
          told
              + ", but could not fetch it from "
              + primary
              + " ("
              + e.getMessage()
              + ")"
              + (old.isPresent() ? " and still serves serial " + serial : ""));
    }
  }

  private static List<String> text(Zone zone) {
    return zone.records().stream().map(Record::toString).sorted().toList();
  }

  /** Serial number arithmetic (RFC 1982, 3.2). */
  static boolean newer(long serial, long than) {
    return serial != than && ((serial - than) & 0xffffffffL) < 0x80000000L;
  }

  private Optional<Zone> parent() {
    for (Name name = zone.origin(); name.labels() > 1; ) {
      name = new Name(name, 1);
      Optional<Zone> parent = zones.zone(name);
      if (parent.isPresent()) {
        return parent;
      }
    }
    return Optional.empty();
  }

  /** The parent's next version: NS and glue of this zone are as the zone itself has them. */
  private String delegate(Zone parent) {
    Name origin = zone.origin();
    Set<Name> gone = new HashSet<>();
    long ttl = PARENTS_TTL;
    for (Record record : at(parent, origin, Type.NS)) {
      ttl = record.getTTL();
      gone.add(((NSRecord) record).getTarget());
    }
    List<Record> delegation = new ArrayList<>();
    for (Name name : delegated) {
      delegation.add(new NSRecord(origin, DClass.IN, ttl, name));
    }
    for (Name name : servers.keySet()) {
      for (InetAddress address :
          name.subdomain(origin) ? addressesOf(name) : List.<InetAddress>of()) {
        delegation.add(
            address.getAddress().length == 4
                ? new ARecord(name, DClass.IN, ttl, address)
                : new AAAARecord(name, DClass.IN, ttl, address));
      }
    }
    List<Record> kept = new ArrayList<>();
    List<Record> replaced = new ArrayList<>();
    for (Record record : parent.records()) {
      boolean cut = record.getName().equals(origin) && !parent.origin().equals(origin);
      boolean glue = record.getName().subdomain(origin) && gone.contains(record.getName());
      (cut || glue ? replaced : kept).add(record);
    }
    String words =
        parent.origin()
            + " delegates it to "
            + String.join(", ", delegated.stream().map(Name::toString).toList());
    if (new HashSet<>(replaced).equals(new HashSet<>(delegation))) {
      return words + ", as before.";
    }
    kept.addAll(delegation);
    zones.put(LabZones.next(parent, kept));
    return words + " from now on.";
  }

  /** An address for a new host. */
  public static InetAddress free(Topology topology) throws Publication.RefusedException {
    for (int last = FIRST; last < FIRST + ADDRESSES; last++) {
      InetAddress candidate = InetAddress.ofLiteral(NETWORK + last);
      if (topology.node(candidate).isEmpty()) {
        return candidate;
      }
    }
    throw new Publication.RefusedException(
        "the lab has no more addresses for servers", "Publish under a name that you have used.");
  }

  private static List<Record> at(Zone zone, Name name, int type) {
    return zone.records().stream()
        .filter(r -> r.getType() == type && r.getName().equals(name))
        .toList();
  }
}

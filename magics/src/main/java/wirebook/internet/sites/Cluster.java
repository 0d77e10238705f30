package wirebook.internet.sites;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;
import wirebook.engine.dns.server.Zone;
import wirebook.engine.socket.Cidr;
import wirebook.internet.topology.Topology;
import wirebook.internet.topology.World;
import wirebook.internet.zones.LabZones;
import wirebook.internet.zones.Publication;
import wirebook.internet.zones.ZonePublisher;
import wirebook.trace.Bytes;
import wirebook.trace.IpText;

/**
 * Hosts of the lab that do the same under one name, which has the addresses of all of them.
 *
 * @param did what became of the name, in words
 */
public record Cluster(String name, List<Replica> replicas, String did) {
  private static final String DOES = "a replica of ";
  private static final Duration NEAR = Duration.ofNanos(500_000);
  private static final Duration AT_AN_EXCHANGE = Duration.ofMillis(5);
  private static final long TTL = 5;
  private static final int FIRST = 100;

  public Cluster {
    replicas = List.copyOf(replicas);
  }

  /**
   * @param delay one way, from where the notebook is
   */
  public record Replica(String host, InetAddress address, String at, Duration delay) {}

  /** A router, and the subnet there, if it is to be in one. */
  private record Site(String router, Optional<Cidr> subnet) {}

  /**
   * Puts the replicas into the lab, in the place of those that the name had.
   *
   * @param places subnets and routers, which get one after the other
   * @param answer what each says over HTTP, {@code {name}} is its own name
   */
  public static Cluster up(
      World world,
      LabZones zones,
      String name,
      int count,
      List<String> places,
      int port,
      String answer)
      throws Publication.RefusedException {
    String plain = name.toLowerCase(Locale.ROOT);
    Topology topology = without(world.topology(), plain);
    if (topology.node(plain).isPresent()) {
      throw new Publication.RefusedException(
          plain + " is the lab's host already", "Choose another name, such as shop.class.example.");
    }
    boolean named = world.resolver().isPresent();
    if (named) {
      PublishedSite.zone(zones, PublishedSite.parse(plain));
    }
    List<Site> sites = new ArrayList<>();
    for (String place : places.isEmpty() ? List.of(usual(topology)) : places) {
      sites.add(site(topology, place));
    }
    SequencedMap<String, InetAddress> hosts = new LinkedHashMap<>();
    Map<String, String> where = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      Site site = sites.get(i % sites.size());
      String host = host(plain, i + 1);
      InetAddress address =
          site.subnet.isPresent()
              ? free(topology, site.subnet.get())
              : ZonePublisher.free(topology);
      topology =
          topology
              .with(
                  new Topology.Host(host, List.of(address), List.of(), DOES + plain),
                  site.router,
                  site.subnet.isPresent() ? NEAR : AT_AN_EXCHANGE)
              .with(new Topology.Service(host, port, answer.replace("{name}", host)));
      hosts.put(host, address);
      where.put(host, site.subnet.map(Cidr::toString).orElse(site.router));
    }
    world.become(topology, plain, List.copyOf(hosts.values()));
    String did =
        named
            ? records(zones, plain, hosts)
            : plain + " is known by its name, with " + count + " addresses";
    Map<String, Duration> delays = topology.delays(topology.here());
    return new Cluster(
        plain,
        hosts.entrySet().stream()
            .map(
                e ->
                    new Replica(
                        e.getKey(),
                        e.getValue(),
                        where.getOrDefault(e.getKey(), ""),
                        delays.getOrDefault(e.getKey(), Duration.ZERO)))
            .toList(),
        did);
  }

  /** Takes the replicas of a name away; false when it has none. */
  public static boolean down(World world, LabZones zones, String name)
      throws Publication.RefusedException {
    String plain = name.toLowerCase(Locale.ROOT);
    Topology left = without(world.topology(), plain);
    if (left.nodes().size() == world.topology().nodes().size()) {
      return false;
    }
    world.become(left, plain, List.of());
    if (world.resolver().isPresent()) {
      records(zones, plain, new LinkedHashMap<>());
    }
    return true;
  }

  private static String host(String name, int number) {
    int dot = name.indexOf('.');
    return dot < 0
        ? name + "-" + number
        : name.substring(0, dot) + "-" + number + name.substring(dot);
  }

  private static Topology without(Topology topology, String name) {
    return topology.without(
        topology.hosts().stream()
            .filter(h -> h.does().equals(DOES + name))
            .map(Topology.Host::name)
            .collect(Collectors.toSet()));
  }

  /** Where the notebook's own host is. */
  private static String usual(Topology topology) {
    return topology
        .node(topology.here())
        .flatMap(n -> n.addresses().stream().findFirst())
        .flatMap(a -> topology.subnetOf(Bytes.of(a.getAddress())))
        .map(Cidr::toString)
        .orElse("");
  }

  private static Site site(Topology topology, String place) throws Publication.RefusedException {
    if (topology.nodes().get(place) instanceof Topology.Router router) {
      return new Site(
          place,
          router.addresses().stream()
              .map(a -> topology.subnetOf(Bytes.of(a.getAddress())))
              .flatMap(Optional::stream)
              .filter(r -> r.isIpv4() && r.bits() < 30)
              .findFirst());
    }
    Optional<Cidr> range = range(place);
    Optional<String> router =
        range.flatMap(
            r ->
                topology.nodes().values().stream()
                    .filter(Topology.Router.class::isInstance)
                    .filter(n -> n.addresses().stream().anyMatch(r::contains))
                    .map(Topology.Node::name)
                    .findFirst());
    if (range.isEmpty() || !range.get().isIpv4() || router.isEmpty()) {
      throw new Publication.RefusedException(
          "no router has a subnet " + place + ", nor is one of that name",
          "Write one of "
              + topology.nodes().values().stream()
                  .filter(Topology.Router.class::isInstance)
                  .map(Topology.Node::name)
                  .limit(8)
                  .collect(Collectors.joining(", "))
              + ", or a subnet such as "
              + usual(topology)
              + ".");
    }
    return new Site(router.get(), range);
  }

  private static Optional<Cidr> range(String text) {
    try {
      return Optional.of(Cidr.parse(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static InetAddress free(Topology topology, Cidr subnet)
      throws Publication.RefusedException {
    int hosts = subnet.hosts().min(java.math.BigInteger.valueOf(1 << 16)).intValue();
    int network = java.nio.ByteBuffer.wrap(subnet.network().toArray()).getInt();
    for (int i = hosts > 2 * FIRST ? FIRST : 2; i <= hosts; i++) {
      byte[] bytes = java.nio.ByteBuffer.allocate(4).putInt(network + i).array();
      try {
        InetAddress candidate = InetAddress.getByAddress(bytes);
        if (topology.node(candidate).isEmpty()) {
          return candidate;
        }
      } catch (UnknownHostException e) {
        throw new IllegalStateException(e);
      }
    }
    throw new Publication.RefusedException(
        subnet + " has no free address left: it has room for " + subnet.hosts() + " hosts",
        "Take fewer replicas, or a larger subnet.");
  }

  /** The zone has the addresses of the replicas under their names, and all under the one. */
  private static String records(
      LabZones zones, String name, SequencedMap<String, InetAddress> hosts)
      throws Publication.RefusedException {
    Name asked = PublishedSite.parse(name);
    Zone zone = PublishedSite.zone(zones, asked);
    String first = name.split("\\.", 2)[0];
    String rest = name.substring(first.length());
    List<Record> next = new ArrayList<>();
    for (Record record : zone.records()) {
      String owner = record.getName().toString(true).toLowerCase(Locale.ROOT);
      boolean ours =
          record.getType() == Type.A
              && (owner.equals(name)
                  || (owner.startsWith(first + "-")
                      && owner.endsWith(rest)
                      && owner
                          .substring(first.length() + 1, owner.length() - rest.length())
                          .matches("\\d+")));
      if (!ours) {
        next.add(record);
      }
    }
    hosts.forEach(
        (host, address) -> {
          next.add(new ARecord(asked, DClass.IN, TTL, address));
          next.add(new ARecord(Name.fromConstantString(host + "."), DClass.IN, TTL, address));
        });
    zones.put(LabZones.next(zone, next));
    return zone.origin()
        + " has "
        + hosts.size()
        + " addresses for it: "
        + hosts.values().stream()
            .map(a -> IpText.of(Bytes.of(a.getAddress())))
            .collect(Collectors.joining(" "));
  }
}

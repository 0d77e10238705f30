package wirebook.internet;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import wirebook.engine.dns.server.Zone;
import wirebook.engine.socket.icmp.Echo;
import wirebook.engine.socket.icmp.Probe;
import wirebook.internet.host.LabHome;
import wirebook.internet.host.LabLogins;
import wirebook.internet.sites.Cluster;
import wirebook.internet.sites.LabPorts;
import wirebook.internet.sites.PublishedSite;
import wirebook.internet.sites.Registries;
import wirebook.internet.sites.WebSites;
import wirebook.internet.time.LabClock;
import wirebook.internet.topology.Topology;
import wirebook.internet.topology.TopologyText;
import wirebook.internet.topology.World;
import wirebook.internet.wire.LabNetwork;
import wirebook.internet.wire.LabPackets;
import wirebook.internet.wire.Medium;
import wirebook.internet.zones.LabZones;
import wirebook.internet.zones.Publication;
import wirebook.internet.zones.Secondaries;
import wirebook.internet.zones.ZonePublisher;
import wirebook.net.NetworkClock;
import wirebook.net.Networks;

/**
 * The mini-Internet: hosts of a {@link World} whose servers really answer, on loopback sockets that
 * are opened when somebody first asks them. What is done to several of its parts at once is done
 * here, under one lock.
 */
public final class Lab implements AutoCloseable {
  /** Each time-out that a lesson waits for moves it a little. */
  private static final Duration CLOCK_KEEPS_TO = Duration.ofMinutes(10);

  private final LabClock clock;
  private final World world;
  private final Medium medium;
  private final LabZones zones;
  private final Secondaries secondaries;
  private final LabLogins logins;
  private final LabPorts ports;
  private Optional<LabHome> home = Optional.empty();

  /**
   * @param seats the networks of who sits on one of its hosts
   */
  Lab(LabClock clock, Topology topology, BiFunction<Lab, String, Networks> seats) {
    this.clock = clock;
    this.world = new World(topology);
    this.medium = new Medium(world, clock, this::ports);
    this.zones = new LabZones(clock, world::topology);
    this.secondaries = new Secondaries(world, zones, clock, this::networkOf);
    this.logins = new LabLogins(medium, this::home, host -> seats.apply(this, host));
    this.ports = new LabPorts(medium, zones, secondaries, logins);
  }

  /** The hosts that answer HTTP from the start, by the names that people type. */
  public static List<String> siteNames() {
    return WebSites.NAMES;
  }

  public LabClock clock() {
    return clock;
  }

  /** Its hosts, their tables, and what ails them. */
  public World world() {
    return world;
  }

  /** {@link World#topology}. */
  public Topology topology() {
    return world.topology();
  }

  /** What its sockets share. */
  public Medium medium() {
    return medium;
  }

  /** What answers at its addresses. */
  public LabPorts ports() {
    return ports;
  }

  public LabZones zones() {
    return zones;
  }

  /** What one can log in to. */
  public LabLogins logins() {
    return logins;
  }

  /** The student's home folder in the lab; made at first use. */
  public synchronized LabHome home() {
    if (home.isEmpty()) {
      home = Optional.of(new LabHome());
    }
    return home.get();
  }

  /** The network as a host sees it. */
  LabNetwork networkOf(Topology.Host host) {
    return new LabNetwork(medium, host);
  }

  /** The network as the notebook's host sees it. */
  public LabNetwork network() {
    return networkOf(world.here());
  }

  /** The network as another host, or a router, sees it. */
  LabNetwork networkAt(String name) {
    return switch (topology().node(name).orElse(null)) {
      case Topology.Host host -> networkOf(host);
      case Topology.Router r ->
          networkOf(new Topology.Host(r.name(), r.addresses(), List.of(), ""));
      case null -> network();
    };
  }

  /**
   * Takes another network in the place of this one, with no host down and nothing published. What
   * cannot be read, or does not work as it is drawn, leaves the old one as it is.
   *
   * @param anyway whether to take it although it does not work
   * @return what is wrong with it
   */
  public synchronized List<TopologyText.Mistake> load(String text, boolean anyway)
      throws IOException {
    return world.load(text, anyway, this::leave);
  }

  /** The network that the lab began with, as it was then. */
  public synchronized void loadOwnWorld() throws IOException {
    world.loadOwn(this::leave);
  }

  private void leave() throws IOException {
    close();
    ports.forget();
    zones.clear();
    secondaries.clear();
    medium.forget();
  }

  /**
   * Puts replicas of a service into the lab, in the place of those that its name had.
   *
   * @param places subnets and routers; none for the notebook's own subnet
   * @param answer what each says over HTTP, {@code {name}} is its own name
   */
  public synchronized Cluster up(
      String name, int replicas, List<String> places, int port, String answer)
      throws Publication.RefusedException {
    return Cluster.up(world, zones, name, replicas, places, port, answer);
  }

  /** Takes the replicas of a name away; false when it has none. */
  public synchronized boolean down(String name) throws Publication.RefusedException {
    return Cluster.down(world, zones, name);
  }

  /**
   * A place for a server under a name; a name that has been placed before keeps its address.
   *
   * @throws Publication.RefusedException when the lab has no place for the name
   */
  public synchronized PublishedSite place(String name, int port)
      throws Publication.RefusedException {
    return PublishedSite.place(world, zones, name, port);
  }

  /**
   * Gives a zone to the name servers that it names, and has its parent delegate it to them. The
   * primary has it at once and notifies the secondaries, which fetch it when its serial is newer
   * than what they have.
   *
   * @param sign whether the lab signs it from now on; one that it signs already stays so
   * @throws Publication.RefusedException when the lab has no place for it
   */
  public synchronized Publication publish(Zone zone, boolean sign)
      throws Publication.RefusedException {
    return new ZonePublisher(world, zones, secondaries, zone, sign).publish();
  }

  /** Secondaries that could not fetch a zone try again; what came of it, a line each. */
  public synchronized List<String> retryTransfers() {
    return secondaries.retryTransfers();
  }

  /** What the commands of a lesson have changed, apart from the network itself. */
  List<String> changesInWords() {
    List<String> all = new ArrayList<>();
    Duration ahead = Duration.between(NetworkClock.SYSTEM.instant(), clock.instant());
    if (ahead.abs().compareTo(CLOCK_KEEPS_TO) > 0) {
      all.add("the clock");
    }
    zones.students().forEach(zone -> all.add("the zone " + zone));
    all.addAll(world.changesInWords());
    zones.damages().keySet().forEach(zone -> all.add("what ails the zone " + zone));
    home.map(LabHome::changed)
        .filter(files -> !files.isEmpty())
        .ifPresent(files -> all.add(String.join(" and ", files) + " in ~/.ssh"));
    all.addAll(logins.changesInWords());
    return all;
  }

  /** All hosts and zones are well; what ip changed is nobody's illness, and stays. */
  public void healAll() {
    world.heal();
    logins.heal();
    zones.mendAll();
  }

  /**
   * Sends a packet from a host and waits, in no time, for what comes back; the clock stays. A
   * capture gets both.
   */
  public Echo echo(String from, InetAddress to, Probe probe) {
    return medium.packets().echo(from, to, probe);
  }

  /** The largest packet that a host sends to an address whole, as far as it knows. */
  public int mtu(String from, InetAddress to) {
    return medium.packets().mtu(from, to);
  }

  /** The network as it is drawn. */
  public NetworkMap map(String here) {
    return NetworkMap.of(world, medium.packets().lastTrip(), here);
  }

  /** Somebody waited until that lab time, in nanoseconds; a time that is past changes nothing. */
  public void waitedUntil(long nanos) {
    clock.moveTo(nanos);
  }

  /** The number of the autonomous system that an address belongs to. */
  public Optional<String> networkNumber(InetAddress address) {
    return Registries.network(address);
  }

  /** The name of an address by the lab's reverse tree. */
  public Optional<String> nameOf(InetAddress address) {
    Optional<LabPackets.Trip> asked = medium.packets().lastTrip();
    Optional<String> router =
        topology().node(address).filter(Topology.Router.class::isInstance).map(Topology.Node::name);
    try {
      return router.isPresent() ? router : networkOf(world.here()).nameOf(address);
    } catch (UnknownHostException e) {
      return Optional.empty();
    } finally {
      // The question for the name is nobody's packet.
      medium.packets().last(asked);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    ports.close();
  }
}

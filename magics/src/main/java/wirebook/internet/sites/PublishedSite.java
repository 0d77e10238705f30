package wirebook.internet.sites;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;
import wirebook.engine.dns.server.Zone;
import wirebook.internet.topology.Topology;
import wirebook.internet.topology.World;
import wirebook.internet.zones.LabZones;
import wirebook.internet.zones.Publication;
import wirebook.internet.zones.ZonePublisher;
import wirebook.trace.IpText;

/**
 * A place in the lab for a server of this machine: a name, and an address that the zone of the name
 * has for it. The server is reached there once {@link LabPorts#publish} has been told its port.
 *
 * @param name without a dot at the end
 * @param at its address in the lab
 * @param did what became of the zone, in words
 */
public record PublishedSite(String name, InetSocketAddress at, String did) {
  private static final String DOES = "a published server";
  private static final String NEAR = "ix-frankfurt";
  private static final Duration DELAY = Duration.ofMillis(6);
  private static final long TTL = 60;
  private static final int ALIASES = 8;
  private static final String FIX = "Choose a name such as shop.class.example.";

  /**
   * Finds an address for the name, which its zone then has.
   *
   * @throws Publication.RefusedException when the name is no name, is another's, or in no zone that
   *     the class may change
   */
  public static PublishedSite place(World world, LabZones zones, String name, int port)
      throws Publication.RefusedException {
    Name asked = parse(name);
    Zone zone = zone(zones, asked);
    Optional<InetAddress> known =
        zone.records().stream()
            .filter(r -> r.getName().equals(asked) && r.getType() == Type.A)
            .map(r -> ((ARecord) r).getAddress())
            .findFirst();
    Optional<Topology.Node> owner = known.flatMap(world.topology()::node);
    String plain = asked.toString(true).toLowerCase(Locale.ROOT);
    if (owner.isPresent()
        && !(owner.get() instanceof Topology.Host host && host.does().equals(DOES))) {
      throw new Publication.RefusedException(
          plain + " is the lab's host " + owner.get().name() + " already", FIX);
    }
    InetAddress address = known.isPresent() ? known.get() : ZonePublisher.free(world.topology());
    String did = zone.origin() + " has its address, " + IpText.of(address);
    if (known.isEmpty()) {
      List<Record> all = new ArrayList<>(zone.records());
      all.add(new ARecord(asked, DClass.IN, TTL, address));
      zones.put(LabZones.next(zone, all));
      did += ", from now on";
    }
    if (owner.isEmpty()) {
      world.add(new Topology.Host(plain, List.of(address), List.of(), DOES), NEAR, DELAY);
    }
    return new PublishedSite(plain, new InetSocketAddress(address, port), did);
  }

  /**
   * Whether a client in the lab can mean this place by a host's name: its own, its address, or
   * another name that a zone of the lab gives the same address.
   */
  public boolean isCalled(String host, LabZones zones) {
    if (host.equals(name) || host.equals(IpText.of(at.getAddress()))) {
      return true;
    }
    try {
      return leadsHere(parse(host), zones, ALIASES);
    } catch (Publication.RefusedException e) {
      return false;
    }
  }

  private boolean leadsHere(Name asked, LabZones zones, int more) {
    Optional<Zone> zone = Optional.empty();
    for (Name origin = asked; zone.isEmpty() && origin.labels() > 1; origin = new Name(origin, 1)) {
      zone = zones.zone(origin);
    }
    return zone.stream()
        .flatMap(z -> z.records().stream())
        .filter(record -> record.getName().equals(asked))
        .anyMatch(
            record ->
                switch (record) {
                  case ARecord a -> a.getAddress().equals(at.getAddress());
                  case CNAMERecord alias ->
                      more > 0 && leadsHere(alias.getTarget(), zones, more - 1);
                  default -> false;
                });
  }

  static Name parse(String name) throws Publication.RefusedException {
    try {
      Name parsed = Name.fromString(name, Name.root);
      if (!name.matches("[A-Za-z0-9.-]+")) {
        throw new Publication.RefusedException(name + " is no host name", FIX);
      }
      return parsed;
    } catch (TextParseException e) {
      throw new Publication.RefusedException(name + " is no host name: " + e.getMessage(), FIX);
    }
  }

  /** The zone that the name is in, when it is the class's, or one that a student published. */
  static Zone zone(LabZones zones, Name name) throws Publication.RefusedException {
    for (Name origin = name; origin.labels() > 1; origin = new Name(origin, 1)) {
      Optional<Zone> zone = zones.zone(origin);
      if (zone.isPresent()) {
        if (!zones.isTransferable(origin)) {
          throw new Publication.RefusedException(
              "the zone " + origin + " that " + name + " is in is not the class's", FIX);
        }
        if (zone.get().records().stream()
            .anyMatch(r -> r.getName().equals(name) && r.getType() == Type.CNAME)) {
          throw new Publication.RefusedException(
              name.toString(true) + " is another name's alias (CNAME) already", FIX);
        }
        return zone.get();
      }
    }
    throw new Publication.RefusedException("no zone of the lab has " + name + " in it", FIX);
  }
}

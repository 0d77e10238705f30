package wirebook.engine.dns.resolver;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.TextParseException;
import wirebook.engine.dns.server.Zone;

/**
 * Zones that every resolver answers itself and asks nobody about: {@code localhost} (RFC 6761, 6.3)
 * and the reverse names of addresses that are private, of this machine or of no machine (RFC 6303,
 * 4). The documentation networks of RFC 5737 and RFC 3849 are left out here, because the lab uses
 * them.
 */
public final class LocalZones {
  private static final long TTL = 10_800;
  private static final Name LOCALHOST = name("localhost.");
  private static final Name ONE = name("1.0.0.127.in-addr.arpa.");
  private static final Name ONE_IPV6 =
      name("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.");

  private static final Set<Name> ORIGINS =
      Stream.of(
              Stream.of(
                  "localhost.",
                  "0.in-addr.arpa.",
                  "10.in-addr.arpa.",
                  "127.in-addr.arpa.",
                  "254.169.in-addr.arpa.",
                  "168.192.in-addr.arpa.",
                  "255.255.255.255.in-addr.arpa.",
                  ONE_IPV6.toString(),
                  ONE_IPV6.toString().replaceFirst("1", "0"),
                  "d.f.ip6.arpa.",
                  "8.e.f.ip6.arpa.",
                  "9.e.f.ip6.arpa.",
                  "a.e.f.ip6.arpa.",
                  "b.e.f.ip6.arpa."),
              IntStream.range(16, 32).mapToObj(i -> i + ".172.in-addr.arpa."),
              IntStream.range(64, 128).mapToObj(i -> i + ".100.in-addr.arpa."))
          .flatMap(s -> s)
          .map(LocalZones::name)
          .collect(Collectors.toUnmodifiableSet());

  private LocalZones() {}

  private static Name name(String text) {
    try {
      return Name.fromString(text);
    } catch (TextParseException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The zone that a name is in, made as it is asked for. */
  public static Optional<Zone> zoneOf(Name name) {
    for (Name each = name; each.labels() > 1; each = new Name(each, 1)) {
      if (ORIGINS.contains(each)) {
        return Optional.of(zone(each));
      }
    }
    return Optional.empty();
  }

  private static Zone zone(Name origin) {
    List<Record> records = new ArrayList<>();
    records.add(
        new SOARecord(
            origin,
            DClass.IN,
            TTL,
            LOCALHOST,
            name("nobody.invalid."),
            1,
            3600,
            1200,
            604_800,
            TTL));
    records.add(new NSRecord(origin, DClass.IN, TTL, LOCALHOST));
    if (origin.equals(LOCALHOST)) {
      records.add(new ARecord(origin, DClass.IN, TTL, InetAddress.ofLiteral("127.0.0.1")));
      records.add(new AAAARecord(origin, DClass.IN, TTL, InetAddress.ofLiteral("::1")));
    } else if (ONE.subdomain(origin)) {
      records.add(new PTRRecord(ONE, DClass.IN, TTL, LOCALHOST));
    } else if (origin.equals(ONE_IPV6)) {
      records.add(new PTRRecord(origin, DClass.IN, TTL, LOCALHOST));
    }
    try {
      return Zone.of(origin, records);
    } catch (Zone.ZoneException e) {
      throw new IllegalStateException(e);
    }
  }
}

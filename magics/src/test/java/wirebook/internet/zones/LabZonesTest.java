package wirebook.internet.zones;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;
import wirebook.engine.dns.resolver.Question;
import wirebook.engine.dns.resolver.Resolution;
import wirebook.engine.dns.server.Zone;
import wirebook.internet.topology.Topology;

/** What the lab's zones say, taken together. */
@Tag("slow")
class LabZonesTest extends StandingLab {
  private static List<Name> origins() throws Exception {
    Path folder =
        Path.of(Objects.requireNonNull(LabZones.class.getResource("root.zone")).toURI())
            .getParent();
    try (Stream<Path> files = Files.list(folder)) {
      List<Name> origins = new ArrayList<>();
      for (Path file : files.filter(f -> f.toString().endsWith(".zone")).sorted().toList()) {
        String name = file.getFileName().toString().replaceFirst("\\.zone$", "");
        origins.add(name.equals("root") ? Name.root : Name.fromString(name, Name.root));
      }
      assertThat(origins).hasSizeGreaterThan(70);
      return origins;
    }
  }

  private List<Zone> zones() throws Exception {
    return origins().stream().map(o -> lab.zones().zone(o).orElseThrow()).toList();
  }

  @Test
  void everySignatureOfTheLabHolds() throws Exception {
    int checked = 0;
    for (Zone plain : zones()) {
      Zone zone = lab.zones().asServed(plain);
      List<Record> all = zone.records();
      Map<Integer, DNSKEYRecord> keys =
          all.stream()
              .flatMap(r -> r instanceof DNSKEYRecord key ? Stream.of(key) : Stream.empty())
              .collect(Collectors.toMap(DNSKEYRecord::getFootprint, Function.identity()));
      Map<List<Object>, List<Record>> sets =
          all.stream().collect(Collectors.groupingBy(r -> List.of(r.getName(), r.getType())));
      for (Record record : all) {
        if (record instanceof RRSIGRecord signature) {
          List<Object> covered = List.of(signature.getName(), signature.getTypeCovered());
          RRset set = new RRset(Objects.requireNonNull(sets.get(covered)));
          DNSKEYRecord key = Objects.requireNonNull(keys.get(signature.getFootprint()));
          DNSSEC.verify(set, signature, key, lab.clock().instant());
          checked++;
        }
      }
    }
    assertThat(checked).isGreaterThan(400);
  }

  private Resolution resolve(Name name, int type) throws Exception {
    return resolver.resolve(new Question(name, type), false);
  }

  /** The names that a record sends people to. */
  private static List<Name> targets(Record record) {
    return switch (record) {
      case NSRecord ns -> List.of(ns.getTarget());
      case MXRecord mx when !mx.getTarget().equals(Name.root) -> List.of(mx.getTarget());
      case SRVRecord srv when !srv.getTarget().equals(Name.root) -> List.of(srv.getTarget());
      case CNAMERecord alias -> List.of(alias.getTarget());
      case PTRRecord ptr -> List.of(ptr.getTarget());
      case SOARecord soa -> List.of(soa.getHost());
      case TXTRecord txt -> {
        List<Name> included = new ArrayList<>();
        for (String word : String.join("", txt.getStrings()).split(" ")) {
          if (word.startsWith("include:") || word.startsWith("redirect=")) {
            try {
              included.add(Name.fromString(word.split("[:=]")[1], Name.root));
            } catch (org.xbill.DNS.TextParseException e) {
              throw new AssertionError(e);
            }
          }
        }
        yield included;
      }
      default -> List.of();
    };
  }

  @Test
  void everyNameThatARecordLeadsToIsThereOrSaidNotToBeInTheLab() throws Exception {
    TreeSet<String> dangling = new TreeSet<>();
    TreeSet<Name> done = new TreeSet<>();
    for (Zone zone : zones()) {
      for (Record record : zone.records()) {
        for (Name target : targets(record)) {
          if (!done.add(target)) {
            continue;
          }
          int type = record instanceof TXTRecord ? Type.TXT : Type.A;
          Resolution found = resolve(target, type);
          boolean there =
              found.rcode() == Rcode.NOERROR
                  && (!isServer(record)
                      || hasAddress(found)
                      || hasAddress(resolve(target, Type.AAAA)));
          if (!there && Elsewhere.above(target).isEmpty()) {
            dangling.add(record + ": " + found.status());
          }
        }
      }
    }
    assertThat(dangling).isEmpty();
    assertThat(done).hasSizeGreaterThan(100);
  }

  /** To whom one connects, and not only asks something of. */
  private static boolean isServer(Record record) {
    return record instanceof NSRecord
        || record instanceof MXRecord
        || record instanceof SRVRecord
        || record instanceof CNAMERecord;
  }

  private static boolean hasAddress(Resolution found) {
    return found.answer().stream().anyMatch(r -> r instanceof ARecord || r instanceof AAAARecord);
  }

  @Test
  void aParentsGlueIsWhatTheZoneItselfSays() throws Exception {
    int compared = 0;
    for (Zone zone : zones()) {
      for (Record record : zone.records()) {
        boolean address = record instanceof ARecord || record instanceof AAAARecord;
        Optional<Zone> own = zoneOf(record.getName());
        if (address && own.isPresent() && own.get() != zone) {
          assertThat(own.get().records())
              .as("%s in %s", record, zone.origin())
              .anyMatch(
                  r ->
                      r.getName().equals(record.getName())
                          && r.getType() == record.getType()
                          && r.rdataToString().equals(record.rdataToString()));
          compared++;
        }
      }
    }
    assertThat(compared).isGreaterThan(100);
  }

  private Optional<Zone> zoneOf(Name name) {
    for (Name each = name; ; each = new Name(each, 1)) {
      Optional<Zone> zone = lab.zones().zone(each);
      if (zone.isPresent() || each.labels() <= 1) {
        return zone;
      }
    }
  }

  @Test
  void everyDelegationNamesTheServersThatTheZoneItselfNamesAndThatServeIt() throws Exception {
    for (Zone zone : zones()) {
      for (Record record : zone.records()) {
        if (record instanceof NSRecord ns) {
          Name child = ns.getName();
          assertThat(lab.zones().zone(child)).as("%s in %s", ns, zone.origin()).isPresent();
          Resolution address = resolve(ns.getTarget(), Type.A);
          for (Record one : address.answer()) {
            if (one instanceof ARecord a) {
              assertThat(serves(a.getAddress()))
                  .as("%s at %s", ns.getTarget(), a.getAddress().getHostAddress())
                  .contains(child.equals(Name.root) ? "." : child.toString(true));
            }
          }
        }
      }
    }
  }

  private List<String> serves(InetAddress address) {
    return lab.topology().node(address).orElse(null) instanceof Topology.Host host
        ? host.serves()
        : List.of();
  }

  @Test
  void whatIsSaidToBeElsewhereIsNotInTheLab() throws Exception {
    for (Name origin : origins()) {
      assertThat(Elsewhere.above(origin)).as(origin.toString()).isEmpty();
    }
    for (Topology.Host host : lab.topology().hosts()) {
      assertThat(Elsewhere.above(Name.fromString(host.name(), Name.root)))
          .as(host.name())
          .isEmpty();
    }
  }

  @Test
  void aNameOfTheWorldThatTheLabLacksIsNotDeniedButSaidNotToBeThere() throws Exception {
    for (String name :
        List.of("stackoverflow.com.", "www.bbc.co.uk.", "de.", "maps.google.com.", "mit.edu.")) {
      Resolution resolution = resolve(Name.fromString(name), name.equals("de.") ? Type.NS : Type.A);
      assertThat(resolution.rcode()).as(name).isEqualTo(Rcode.SERVFAIL);
      assertThat(resolution.errors())
          .as(name)
          .anyMatch(
              e ->
                  e.text().equals("not in the lab: %internet real")
                      && e.code() == ExtendedErrorCodeOption.OTHER);
      assertThat(resolution.queries()).as(name).isLessThan(12);
    }
  }

  @Test
  void whatIsNonsenseEverywhereStaysDenied() throws Exception {
    for (String name :
        List.of("nosuchname-xyz.com.", "qqzz.", "nothing.google.com.", "nope.class.example.")) {
      assertThat(resolve(Name.fromString(name), Type.A).rcode()).as(name).isEqualTo(Rcode.NXDOMAIN);
    }
  }
}

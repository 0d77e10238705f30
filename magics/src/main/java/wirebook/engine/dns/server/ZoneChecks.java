package wirebook.engine.dns.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Type;

/** What named-checkzone looks for in a zone that is well-formed (its {@code -i local -k warn}). */
final class ZoneChecks {
  private static final String ADDRESS = "Add a line such as: %s 3600 IN A 203.0.113.60";

  private ZoneChecks() {}

  /**
   * @param error whether named would not load the zone
   * @param message one sentence without a full stop
   */
  record Finding(Record record, boolean error, String message, String fix) {}

  static List<Finding> of(Zone zone) {
    List<Finding> findings = new ArrayList<>();
    for (Record record : zone.records()) {
      switch (record) {
        case NSRecord ns ->
            target(zone, ns, "NS", ns.getTarget(), ns.getName().equals(zone.origin()), findings);
        case MXRecord mx -> {
          if (isAddress(mx.getTarget())) {
            findings.add(
                new Finding(
                    mx,
                    false,
                    "the MX record of " + mx.getName() + " has an address where a name belongs",
                    "Give the mail host a name with an A record, and write that name."));
          } else {
            target(zone, mx, "MX", mx.getTarget(), false, findings);
          }
        }
        case DSRecord ds when ds.getType() == Type.DS && ds.getName().equals(zone.origin()) ->
            findings.add(
                new Finding(
                    ds,
                    true,
                    "the DS record of " + zone.origin() + " belongs to the zone above it",
                    "Leave it out; %%zone … --sign puts it into the parent."));
        case SRVRecord srv -> target(zone, srv, "SRV", srv.getTarget(), false, findings);
        case SOARecord soa -> {
          if (soa.getAdmin().getLabelString(0).contains("@")) {
            findings.add(
                new Finding(
                    soa,
                    false,
                    "the SOA record has an @ in the address of who is responsible",
                    "Write a dot instead, and one at the end: " + dotted(soa, zone.origin())));
          }
        }
        default -> {}
      }
      owner(zone, record, findings);
    }
    return findings;
  }

  /** The address as a name; its end is often the zone's name once more, for want of the dot. */
  private static String dotted(SOARecord soa, Name origin) {
    String dotted = soa.getAdmin().toString().replace("\\@", ".").replace('@', '.');
    String twice = "." + origin.toString(true) + "." + origin;
    return dotted.endsWith(twice)
        ? dotted.substring(0, dotted.length() - origin.toString().length())
        : dotted;
  }

  private static void owner(Zone zone, Record record, List<Finding> findings) {
    boolean host =
        switch (record.getType()) {
          case Type.A, Type.AAAA, Type.MX -> true;
          default -> false;
        };
    Name name = record.getName();
    if (host && !isHost(name)) {
      findings.add(
          new Finding(
              record,
              false,
              name + " is no name for a host (RFC 1123, 2.1)",
              "Letters, digits and hyphens are allowed: "
                  + name.toString().toLowerCase(Locale.ROOT).replace('_', '-')));
    }
    if (!name.equals(zone.origin()) && twice(name, zone.origin())) {
      findings.add(
          new Finding(
              record,
              false,
              name + " has the zone's name in it twice",
              "A name that is complete ends in a dot: " + once(name, zone.origin())));
    }
  }

  private static void target(
      Zone zone, Record record, String type, Name target, boolean error, List<Finding> findings) {
    Name owner = record.getName();
    if (target.equals(Name.root) || !target.subdomain(zone.origin())) {
      return;
    }
    String leads = "the " + type + " record of " + owner + " leads to " + target + ", ";
    if (twice(target, zone.origin())) {
      String fix = "A name that is complete ends in a dot: " + once(target, zone.origin());
      findings.add(new Finding(record, error, leads + "which is not there", fix));
      return;
    }
    if (zone.cut(target).isPresent()) {
      if (record.getType() == Type.NS
          && zone.node(target).filter(ZoneChecks::hasAddress).isEmpty()) {
        boolean own = !owner.equals(zone.origin()) && target.subdomain(owner);
        String why = own ? "nobody finds it without one (glue)" : "it is below a delegation";
        String message = leads + "which has no address here: " + why;
        findings.add(new Finding(record, false, message, ADDRESS.formatted(target)));
      }
      return;
    }
    if (zone.dname(target).isPresent()) {
      String fix = "Write the name that the DNAME makes of it.";
      findings.add(new Finding(record, error, leads + "below a DNAME", fix));
      return;
    }
    Optional<Zone.Node> node =
        zone.node(target)
            .or(
                () ->
                    zone.exists(target)
                        ? Optional.empty()
                        : zone.node(Zone.child(zone.closestEncloser(target), "*")));
    if (node.filter(n -> n.has(Type.CNAME)).isPresent()) {
      String message = leads + "which is an alias (CNAME): that is not allowed (RFC 2181, 10.3)";
      String fix =
          "Write the name that the alias leads to, or give "
              + target
              + " an address instead of the CNAME.";
      findings.add(new Finding(record, error, message, fix));
    } else if (node.filter(ZoneChecks::hasAddress).isEmpty()) {
      String message = leads + "which has no address in the zone";
      findings.add(new Finding(record, error, message, ADDRESS.formatted(target)));
    }
  }

  private static boolean hasAddress(Zone.Node node) {
    return node.has(Type.A) || node.has(Type.AAAA);
  }

  /**
   * Whether the zone's name stands in a name a second time, as it does when a dot was forgotten.
   */
  private static boolean twice(Name name, Name origin) {
    return origin.labels() > 1
        && name.labels() >= 2 * origin.labels() - 1
        && once(name, origin).subdomain(origin);
  }

  /** The name without the zone's at its end. */
  private static Name once(Name name, Name origin) {
    return name.relativize(origin).isAbsolute() ? name : absolute(name.relativize(origin));
  }

  private static Name absolute(Name relative) {
    try {
      return Name.concatenate(relative, Name.root);
    } catch (org.xbill.DNS.NameTooLongException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean isAddress(Name name) {
    return name.toString(true).matches("\\d{1,3}(\\.\\d{1,3}){3}(\\..*)?");
  }

  private static boolean isHost(Name name) {
    for (int i = 0; i < name.labels() - 1; i++) {
      String label = name.getLabelString(i);
      boolean wild = i == 0 && label.equals("*");
      if (!wild && !label.matches("[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?")) {
        return false;
      }
    }
    return true;
  }
}

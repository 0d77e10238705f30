// Above 500 lines: one algorithm (RFC 1034, 4.3.2) with what DNSSEC adds to each of its ends.
package wirebook.engine.dns.server;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNAMERecord;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import wirebook.trace.Bytes;

/**
 * A name server for some zones: bytes of a query in, bytes of the replies out, nothing remembered.
 * Long, as the steps of RFC 1034 §4.3.2 and of RFC 4035 §3 fill one reply together.
 *
 * @param zones by their origin
 * @param traits how it presents itself
 * @param transferable the zones that anybody may copy; others are refused
 * @param history earlier versions of a zone, for those who want only what changed
 */
public record AuthoritativeServer(
    Map<Name, Zone> zones,
    ServerTraits traits,
    Predicate<Name> transferable,
    Function<Name, List<Zone>> history) {
  /** Of other classes we have no zones; what else there may be we do not know. */
  private static final Set<Integer> CLASSES = Set.of(DClass.HS, DClass.ANY);

  /** The EDNS option of RFC 7314. */
  private static final int EXPIRE = 9;

  /** As many aliases are followed within our own zones. */
  private static final int LONGEST_CHAIN = 16;

  private static final int LARGEST_TCP = 65_535;

  /** Messages of a zone transfer are filled up to this size, so that all names compress. */
  private static final int TRANSFER_MESSAGE = 16_384;

  public enum Transport {
    UDP,
    TCP
  }

  public AuthoritativeServer {
    zones = Map.copyOf(zones);
  }

  /** All zones may be transferred. */
  public static AuthoritativeServer of(Collection<Zone> zones, ServerCookies cookies) {
    return of(zones, cookies, _ -> true);
  }

  public static AuthoritativeServer of(
      Collection<Zone> zones, ServerCookies cookies, Predicate<Name> transferable) {
    return of(zones, ServerTraits.of(cookies), transferable, _ -> List.of());
  }

  public static AuthoritativeServer of(
      Collection<Zone> zones,
      ServerTraits traits,
      Predicate<Name> transferable,
      Function<Name, List<Zone>> history) {
    Map<Name, Zone> byOrigin = new LinkedHashMap<>();
    zones.forEach(z -> byOrigin.put(z.origin(), z));
    return new AuthoritativeServer(byOrigin, traits, transferable, history);
  }

  /**
   * The replies to one query: none to what is no query, one to most, several for a zone transfer
   * over TCP.
   *
   * @param client for its cookie
   */
  public List<Bytes> answer(Bytes query, Transport transport, InetAddress client, Instant now) {
    return switch (ServerQuery.read(query)) {
      case ServerQuery.Ignored _ -> List.of();
      case ServerQuery.Rejected rejected -> List.of(Bytes.of(rejected.reply().toWire()));
      case ServerQuery.Asked asked -> answer(asked, transport, client, now);
    };
  }

  private List<Bytes> answer(
      ServerQuery.Asked asked, Transport transport, InetAddress client, Instant now) {
    if (asked.tsig().isPresent()) {
      return List.of(asked.badKey(asked.tsig().get(), traits.edns(asked, client, now)));
    }
    Message reply = asked.reply();
    int type = asked.type();
    List<Message> more = List.of();
    int itsClass = asked.question().getDClass();
    if (itsClass == DClass.NONE) {
      // Only an update's records are of no class (RFC 2136, 2.4).
      reply.getHeader().setRcode(Rcode.FORMERR);
    } else if (itsClass == DClass.CH) {
      traits.chaos(asked, reply);
    } else if (itsClass != DClass.IN) {
      reply.getHeader().setRcode(CLASSES.contains(itsClass) ? Rcode.REFUSED : Rcode.NOTIMP);
    } else if (type == Type.MAILA || type == Type.MAILB) {
      reply.getHeader().setRcode(Rcode.NOTIMP);
    } else if (type == Type.IXFR && asked.message().getSection(Section.AUTHORITY).isEmpty()) {
      // It has to say which version the client has (RFC 1995, 3).
      reply.getHeader().setRcode(Rcode.FORMERR);
    } else if (type == Type.AXFR || (type == Type.IXFR && transport == Transport.TCP)) {
      more = transfer(asked, transport, reply);
    } else if (type == Type.OPT || type == 0 || isMeta(type)) {
      reply.getHeader().setRcode(Rcode.FORMERR);
    } else {
      new Lookup(asked, reply).run();
    }
    traits
        .edns(asked, client, now)
        .map(o -> withExpire(o, asked, reply))
        .ifPresent(o -> reply.addRecord(o, Section.ADDITIONAL));
    int limit =
        transport == Transport.TCP ? LARGEST_TCP : Math.min(asked.udpSize(), ServerQuery.UDP_SIZE);
    List<Bytes> replies = new ArrayList<>();
    replies.add(Bytes.of(reply.toWire(limit)));
    more.forEach(m -> replies.add(Bytes.of(m.toWire(LARGEST_TCP))));
    return replies;
  }

  /** A primary's zone lives on for as long as its SOA says, to whoever asks (RFC 7314, 2). */
  private static OPTRecord withExpire(OPTRecord opt, ServerQuery.Asked asked, Message reply) {
    boolean wanted =
        asked.edns().stream()
            .flatMap(o -> o.getOptions().stream())
            .anyMatch(o -> o.getCode() == EXPIRE);
    Optional<SOARecord> soa =
        reply.getSection(Section.ANSWER).stream()
            .filter(r -> asked.type() == Type.SOA && r instanceof SOARecord)
            .map(SOARecord.class::cast)
            .findFirst();
    if (!wanted || soa.isEmpty()) {
      return opt;
    }
    List<EDNSOption> options = new ArrayList<>(opt.getOptions());
    byte[] seconds = ByteBuffer.allocate(4).putInt((int) soa.get().getExpire()).array();
    options.add(new GenericEDNSOption(EXPIRE, seconds));
    return new OPTRecord(opt.getPayloadSize(), 0, 0, opt.getFlags(), options);
  }

  /** 128 to 255 are for questions and for what is no data (RFC 6895, 3.1); ANY alone has data. */
  private static boolean isMeta(int type) {
    return type >= 128 && type < Type.ANY;
  }

  /** The zone that has the name: the one with the longest matching origin. */
  private Optional<Zone> zoneOf(Name name) {
    for (int labels = name.labels(); labels > 0; labels--) {
      Zone zone = zones.get(Zone.ancestor(name, labels));
      if (zone != null) {
        return Optional.of(zone);
      }
    }
    return Optional.empty();
  }

  /** A whole zone (RFC 5936); the first message is {@code reply}, the rest is returned. */
  private List<Message> transfer(ServerQuery.Asked asked, Transport transport, Message reply) {
    Zone zone = zones.get(asked.name());
    if (transport == Transport.UDP) {
      reply.getHeader().setRcode(Rcode.FORMERR);
      return List.of();
    }
    if (zone == null) {
      reply.getHeader().setRcode(Rcode.NOTAUTH);
      return List.of();
    }
    if (!transferable.test(zone.origin())) {
      reply.getHeader().setRcode(Rcode.REFUSED);
      return List.of();
    }
    Optional<Long> theirs =
        asked.type() == Type.IXFR
            ? asked.message().getSection(Section.AUTHORITY).stream()
                .filter(SOARecord.class::isInstance)
                .map(r -> ((SOARecord) r).getSerial())
                .findFirst()
            : Optional.empty();
    // Who has this version, or a newer one (RFC 1982), gets the SOA alone (RFC 1995, 2).
    boolean current = theirs.filter(s -> (int) (s - zone.soa().getSerial()) >= 0).isPresent();
    List<Message> more = new ArrayList<>();
    reply.getHeader().setFlag(Flags.AA);
    Message filling = reply;
    int size = 0;
    List<Record> all = new ArrayList<>();
    all.add(zone.soa());
    List<Record> changes =
        theirs
            .filter(_ -> !current)
            .flatMap(s -> version(zone.origin(), s))
            .map(v -> changes(v, zone))
            .orElse(List.of());
    if (!changes.isEmpty() && changes.size() < zone.records().size()) {
      all.addAll(changes);
      all.add(zone.soa());
    } else if (!current) {
      zone.records().stream().filter(r -> r.getType() != Type.SOA).forEach(all::add);
      all.add(zone.soa());
    }
    for (Record record : all) {
      int length = record.toWire(Section.ANSWER).length;
      if (size > 0 && size + length > TRANSFER_MESSAGE) {
        filling = asked.reply();
        filling.removeAllRecords(Section.QUESTION);
        filling.getHeader().setFlag(Flags.AA);
        more.add(filling);
        size = 0;
      }
      filling.addRecord(record, Section.ANSWER);
      size += length;
    }
    return more;
  }

  private Optional<Zone> version(Name origin, long serial) {
    return history.apply(origin).stream().filter(z -> z.soa().getSerial() == serial).findFirst();
  }

  /** From one version to another: what goes, what comes, each behind its SOA (RFC 1995, 4). */
  private static List<Record> changes(Zone from, Zone to) {
    List<Record> changes = new ArrayList<>();
    changes.add(from.soa());
    changes.addAll(missing(from, to));
    changes.add(to.soa());
    changes.addAll(missing(to, from));
    return changes;
  }

  /** By their text: the equality of records leaves out the TTL. */
  private static List<Record> missing(Zone from, Zone in) {
    Set<String> there = new HashSet<>();
    in.records().forEach(r -> there.add(r.toString()));
    return from.records().stream()
        .filter(r -> r.getType() != Type.SOA && !there.contains(r.toString()))
        .toList();
  }

  /** One walk through RFC 1034, 4.3.2, with the alias, wildcard and DNSSEC rules added since. */
  private final class Lookup {
    private final Message reply;
    private final int type;
    private final boolean dnssec;
    private final Name asked;
    private final Set<Name> visited = new LinkedHashSet<>();
    private final Set<Name> targets = new LinkedHashSet<>();
    private boolean referral;

    Lookup(ServerQuery.Asked query, Message reply) {
      this.reply = reply;
      this.type = query.type();
      this.dnssec = query.dnssec();
      this.asked = query.name();
    }

    void run() {
      Name name = asked;
      Optional<Zone> zone = zoneFor(name);
      if (zone.isEmpty()) {
        reply.getHeader().setRcode(Rcode.REFUSED);
        return;
      }
      // Aliases are followed within the zone: what other zones of ours say may not be what the
      // world
      // gets to hear.
      Optional<Name> next = Optional.of(name);
      for (int link = 0; next.isPresent() && zoneFor(next.get()).equals(zone); link++) {
        if (link >= LONGEST_CHAIN || !visited.add(next.get())) {
          reply.getHeader().setRcode(Rcode.SERVFAIL);
          return;
        }
        next = step(zone.get(), next.get(), link == 0);
      }
      additional(zone.get());
    }

    /** DS belongs to the parent's side of a cut (RFC 4035, 3.1.4.1). */
    private Optional<Zone> zoneFor(Name name) {
      if (type == Type.DS && !name.equals(Name.root)) {
        Optional<Zone> parent = zoneOf(new Name(name, 1));
        if (parent.isPresent() && zones.containsKey(name)) {
          return parent;
        }
      }
      return zoneOf(name);
    }

    /** Answers for one name; returns the next one when this is an alias. */
    private Optional<Name> step(Zone zone, Name name, boolean first) {
      Optional<Zone.Node> cut = zone.cut(name);
      Optional<DNAMERecord> dname = zone.dname(name);
      if (dname.isPresent()
          && (cut.isEmpty() || dname.get().getName().labels() < cut.get().name().labels())) {
        authoritative(first);
        return rename(zone, name, dname.get());
      }
      if (cut.isPresent() && !(cut.get().name().equals(name) && ofParent(cut.get()))) {
        refer(zone, cut.get());
        return Optional.empty();
      }
      authoritative(first);
      Optional<Zone.Node> node = zone.node(name);
      if (node.isPresent()) {
        return give(zone, name, node.get(), false);
      }
      if (zone.exists(name)) {
        deny(zone, name, false);
        return Optional.empty();
      }
      Name encloser = zone.closestEncloser(name);
      Optional<Zone.Node> wildcard = zone.node(Zone.child(encloser, "*"));
      if (wildcard.isPresent()) {
        return give(zone, name, wildcard.get(), true);
      }
      if (zone.exists(Zone.child(encloser, "*"))) {
        deny(zone, name, false);
        return Optional.empty();
      }
      reply.getHeader().setRcode(Rcode.NXDOMAIN);
      deny(zone, name, true);
      return Optional.empty();
    }

    /** What is at a cut and belongs to the upper side of it (RFC 4035, 2.3 and 3.1.4.1). */
    private boolean ofParent(Zone.Node cut) {
      return type == Type.DS || (type == Type.NSEC && cut.has(Type.NSEC));
    }

    private void authoritative(boolean first) {
      if (first) {
        reply.getHeader().setFlag(Flags.AA);
      }
    }

    private Optional<Name> give(Zone zone, Name name, Zone.Node node, boolean expanded) {
      List<Integer> types =
          switch (type) {
            case Type.ANY -> List.copyOf(node.sets().keySet());
            case Type.RRSIG -> node.signedTypes();
            default -> node.has(type) ? List.of(type) : List.of();
          };
      if (!types.isEmpty()) {
        for (int each : types) {
          if (type != Type.RRSIG) {
            node.set(each).forEach(r -> add(renamed(r, node, name), Section.ANSWER));
          }
          if (dnssec || type == Type.ANY || type == Type.RRSIG) {
            node.signatures(each).forEach(r -> add(renamed(r, node, name), Section.ANSWER));
          }
          if (each == type) {
            node.set(each).forEach(r -> Zone.target(r).ifPresent(targets::add));
          }
        }
        if (expanded) {
          denyExact(zone, name);
        }
        return Optional.empty();
      }
      // These stand beside a CNAME (RFC 4035, 2.5), so asking for them is asking for the alias
      // itself.
      boolean beside = type == Type.NSEC || type == Type.RRSIG || type == Type.KEY;
      Optional<Name> alias = beside ? Optional.empty() : Zone.alias(node);
      if (alias.isPresent()) {
        put(node, Type.CNAME, name, Section.ANSWER);
        if (expanded) {
          denyExact(zone, name);
        }
        return alias;
      }
      if (expanded) {
        denyWildcardType(zone, name, node);
      } else {
        deny(zone, name, false);
      }
      return Optional.empty();
    }

    /** RFC 6672, 3.1: the CNAME is synthesised, or the name would become too long. */
    private Optional<Name> rename(Zone zone, Name name, DNAMERecord dname) {
      zone.node(dname.getName()).ifPresent(n -> put(n, Type.DNAME, n.name(), Section.ANSWER));
      try {
        Name target = name.fromDNAME(dname);
        add(new CNAMERecord(name, DClass.IN, dname.getTTL(), target), Section.ANSWER);
        return type == Type.CNAME || type == Type.ANY ? Optional.empty() : Optional.of(target);
      } catch (NameTooLongException e) {
        reply.getHeader().setRcode(Rcode.YXDOMAIN);
        return Optional.empty();
      }
    }

    private void refer(Zone zone, Zone.Node cut) {
      cut.set(Type.NS).forEach(r -> add(r, Section.AUTHORITY));
      cut.set(Type.NS).forEach(r -> Zone.target(r).ifPresent(targets::add));
      referral = true;
      if (!dnssec) {
        return;
      }
      if (cut.has(Type.DS) && zone.signed()) {
        put(cut, Type.DS, cut.name(), Section.AUTHORITY);
      } else if (zone.nsec3().isPresent()) {
        matchOrEnclose(zone, cut.name());
      } else if (cut.has(Type.NSEC)) {
        put(cut, Type.NSEC, cut.name(), Section.AUTHORITY);
      }
    }

    // Negative answers: the SOA (RFC 2308, 3), and the proof when it is asked for.

    private void deny(Zone zone, Name name, boolean noName) {
      soa(zone);
      if (!dnssec) {
        return;
      }
      if (zone.nsec3().isPresent()) {
        if (noName) {
          Name encloser = zone.closestEncloser(name);
          enclose(zone, name, encloser);
          nsec3(zone.nsec3Covering(Zone.child(encloser, "*")));
        } else {
          matchOrEnclose(zone, name);
        }
      } else if (zone.signedWithNsec()) {
        nsec(zone, name);
        if (noName) {
          nsec(zone, Zone.child(zone.closestEncloser(name), "*"));
        }
      }
    }

    /** What was given came from a wildcard: there is no closer name. */
    private void denyExact(Zone zone, Name name) {
      if (dnssec && zone.nsec3().isPresent()) {
        nsec3(zone.nsec3Covering(nextCloser(name, zone.closestEncloser(name))));
      } else if (dnssec && zone.signedWithNsec()) {
        nsec(zone, name);
      }
    }

    private void denyWildcardType(Zone zone, Name name, Zone.Node wildcard) {
      soa(zone);
      if (dnssec && zone.nsec3().isPresent()) {
        enclose(zone, name, zone.closestEncloser(name));
        nsec3(zone.nsec3Matching(wildcard.name()));
      } else if (dnssec && zone.signedWithNsec()) {
        nsec(zone, name);
        nsec(zone, wildcard.name());
      }
    }

    private void soa(Zone zone) {
      SOARecord soa = zone.soa();
      long ttl = Math.min(soa.getTTL(), soa.getMinimum());
      add(Zone.withTtl(soa, ttl), Section.AUTHORITY);
      if (dnssec) {
        zone.apex().signatures(Type.SOA).forEach(s -> add(Zone.withTtl(s, ttl), Section.AUTHORITY));
      }
    }

    private void nsec(Zone zone, Name name) {
      zone.nsecAtOrBefore(name).ifPresent(n -> put(n, Type.NSEC, n.name(), Section.AUTHORITY));
    }

    private void nsec3(Optional<Zone.Node> node) {
      node.ifPresent(n -> put(n, Type.NSEC3, n.name(), Section.AUTHORITY));
    }

    private void matchOrEnclose(Zone zone, Name name) {
      Optional<Zone.Node> match = zone.nsec3Matching(name);
      if (match.isPresent()) {
        nsec3(match);
      } else {
        Name encloser = new Name(name, 1);
        while (!encloser.equals(zone.origin()) && zone.nsec3Matching(encloser).isEmpty()) {
          encloser = new Name(encloser, 1);
        }
        enclose(zone, name, encloser);
      }
    }

    private void enclose(Zone zone, Name name, Name encloser) {
      nsec3(zone.nsec3Matching(encloser));
      nsec3(zone.nsec3Covering(nextCloser(name, encloser)));
    }

    private static Name nextCloser(Name name, Name encloser) {
      return Zone.ancestor(name, encloser.labels() + 1);
    }

    /**
     * Addresses of the names that records of the reply point to (RFC 1034, 4.3.2 step 6): beside a
     * referral the glue, beside an answer what is ours to say.
     */
    private void additional(Zone zone) {
      for (Name target : targets) {
        boolean glue = target.subdomain(zone.origin()) && zone.cut(target).isPresent();
        if (referral ? glue : type == Type.NS || !glue) {
          zone.node(target).ifPresent(this::addresses);
        }
      }
    }

    private void addresses(Zone.Node node) {
      for (int address : List.of(Type.A, Type.AAAA)) {
        node.set(address).forEach(r -> add(r, Section.ADDITIONAL));
        if (dnssec) {
          node.signatures(address).forEach(r -> add(r, Section.ADDITIONAL));
        }
      }
    }

    private void put(Zone.Node node, int what, Name owner, int section) {
      Consumer<Record> adder = r -> add(renamed(r, node, owner), section);
      node.set(what).forEach(adder);
      if (dnssec) {
        node.signatures(what).forEach(adder);
      }
    }

    private static Record renamed(Record record, Zone.Node node, Name owner) {
      return node.name().isWild() && !owner.equals(node.name()) ? record.withName(owner) : record;
    }

    private void add(Record record, int section) {
      for (int earlier = Section.ANSWER; earlier <= section; earlier++) {
        if (reply.findRecord(record, earlier)) {
          return;
        }
      }
      reply.addRecord(record, section);
    }
  }
}

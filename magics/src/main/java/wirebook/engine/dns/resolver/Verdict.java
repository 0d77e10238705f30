package wirebook.engine.dns.resolver;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.stream.Stream;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNAMERecord;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** What a reply of a name server amounts to, once what is not its business was taken out. */
sealed interface Verdict {
  /**
   * The question's own records.
   *
   * @param proof that there is no closer name, where they come from a wildcard
   */
  record Answer(List<RecordSet> sets, boolean authoritative, List<RecordSet> proof)
      implements Verdict {}

  /** The name is an alias: {@code chain} is a CNAME, or a DNAME and the CNAME that it makes. */
  record Alias(List<RecordSet> chain, Name target, boolean authoritative, List<RecordSet> proof)
      implements Verdict {}

  /** A DNAME makes a name that is too long (RFC 6672, 2.2). */
  record TooLong(List<RecordSet> chain) implements Verdict {}

  /** The name does not exist; {@code proof} is the authority section. */
  record NoName(List<RecordSet> proof) implements Verdict {}

  /**
   * The name has no records of the type.
   *
   * @param proof the authority section; without a SOA record nothing says how long this holds
   */
  record NoData(List<RecordSet> proof) implements Verdict {
    boolean unfounded() {
      return proof.stream().noneMatch(s -> s.type() == Type.SOA);
    }
  }

  record Referral(Delegation delegation, long ttl) implements Verdict {}

  /** The server is not authoritative for the zone: nothing that it says about it counts. */
  record Lame(String why) implements Verdict {}

  /** It answered out of a cache: it recurses, and has no authority. */
  record Recursive() implements Verdict {}

  /** An error, or nothing that can be used. */
  record Useless(String why) implements Verdict {}

  /** A record that was not believed. */
  record Refused(String record, String why) {}

  /**
   * Reads a reply.
   *
   * @param zone the zone for which the server was asked: all else is none of its business
   * @param recursed whether recursion was asked for, so that an answer out of a cache is welcome
   * @param refused gets what was left out
   */
  static Verdict of(
      Message reply, Question question, Name zone, boolean recursed, List<Refused> refused) {
    int rcode = reply.getRcode();
    if (rcode != Rcode.NOERROR && rcode != Rcode.NXDOMAIN && rcode != Rcode.YXDOMAIN) {
      return new Useless("it says " + Rcode.string(rcode));
    }
    boolean authoritative = reply.getHeader().getFlag(Flags.AA);
    boolean cached = reply.getHeader().getFlag(Flags.RA) && !authoritative && !recursed;
    List<RecordSet> answer = believed(reply, Section.ANSWER, zone, refused);
    List<RecordSet> authority = believed(reply, Section.AUTHORITY, zone, refused);
    answer = withStraySignatures(answer, reply);

    Name name = question.name();
    List<RecordSet> own =
        answer.stream().filter(s -> s.name().equals(name) && matches(question.type(), s)).toList();
    if (rcode == Rcode.NOERROR && !own.isEmpty() && !isMade(own, answer)) {
      if (cached) {
        return new Recursive();
      }
      extra(answer, own, refused);
      return new Answer(own, authoritative, wildcardProof(own, authority));
    }
    Optional<Verdict> alias = alias(answer, question, authoritative, authority);
    if (alias.isPresent()) {
      if (cached) {
        return new Recursive();
      }
      // What follows an alias may be out of the server's cache: it is asked for again, under its
      // own
      // name (RFC 2181, 5.4.1).
      extra(answer, chain(alias.get()), refused);
      return alias.get();
    }
    extra(answer, List.of(), refused);
    if (rcode == Rcode.YXDOMAIN) {
      return new Useless("it says YXDOMAIN without a DNAME");
    }
    if (rcode == Rcode.NXDOMAIN) {
      return cached ? new Recursive() : new NoName(proof(authority, question));
    }
    boolean soa =
        authority.stream()
            .anyMatch(s -> s.type() == Type.SOA && question.name().subdomain(s.name()));
    if (soa) {
      return cached ? new Recursive() : new NoData(proof(authority, question));
    }
    for (Record record : reply.getSection(Section.AUTHORITY)) {
      if (record.getType() != Type.NS) {
        continue;
      }
      Name owner = record.getName();
      if (owner.equals(zone)) {
        if (authoritative) {
          return new NoData(proof(authority, question));
        }
        return cached ? new Recursive() : new Lame("it refers to " + owner + " itself");
      }
      if (zone.subdomain(owner)) {
        return new Lame("it refers up, to " + owner);
      }
    }
    for (RecordSet set : authority) {
      if (set.type() == Type.NS
          && question.name().subdomain(set.name())
          && !set.records().isEmpty()) {
        return referral(reply, set, authority, zone, refused);
      }
    }
    return cached ? new Recursive() : new NoData(proof(authority, question));
  }

  /** The CNAME at the name, or the DNAME above it and the CNAME that it makes (RFC 6672). */
  private static Optional<Verdict> alias(
      List<RecordSet> answer, Question question, boolean authoritative, List<RecordSet> authority) {
    Name name = question.name();
    Optional<RecordSet> dname = answer.stream().filter(s -> isAbove(s, name)).findFirst();
    if (dname.isPresent()) {
      return Optional.of(renamed(question, dname.get(), authoritative));
    }
    return answer.stream()
        .filter(s -> s.type() == Type.CNAME && s.name().equals(name) && !s.records().isEmpty())
        .findFirst()
        .map(
            s ->
                new Alias(
                    List.of(s),
                    ((CNAMERecord) s.records().getFirst()).getTarget(),
                    authoritative,
                    wildcardProof(List.of(s), authority)));
  }

  /** Whether a CNAME is there because of a DNAME above it. */
  private static boolean isMade(List<RecordSet> own, List<RecordSet> answer) {
    RecordSet set = own.getFirst();
    return set.type() == Type.CNAME && answer.stream().anyMatch(s -> isAbove(s, set.name()));
  }

  private static boolean isAbove(RecordSet dname, Name name) {
    return dname.type() == Type.DNAME
        && name.subdomain(dname.name())
        && !name.equals(dname.name())
        && !dname.records().isEmpty();
  }

  /** What a DNAME makes of a name; the CNAME is made here, whatever the server made. */
  static Verdict renamed(Question question, RecordSet dname, boolean authoritative) {
    Name name = question.name();
    DNAMERecord record = (DNAMERecord) dname.records().getFirst();
    try {
      Name target = name.fromDNAME(record);
      RecordSet cname =
          new RecordSet(
              name,
              Type.CNAME,
              List.of(new CNAMERecord(name, DClass.IN, record.getTTL(), target)),
              List.of());
      List<RecordSet> both = List.of(dname, cname);
      return question.type() == Type.CNAME || question.type() == Type.ANY
          ? new Answer(both, authoritative, List.of())
          : new Alias(both, target, authoritative, List.of());
    } catch (NameTooLongException e) {
      return new TooLong(List.of(dname));
    }
  }

  /** The alias sets of a verdict, empty where it has none. */
  static List<RecordSet> chain(Verdict verdict) {
    return switch (verdict) {
      case Alias alias -> alias.chain();
      case TooLong tooLong -> tooLong.chain();
      case Answer _, NoName _, NoData _, Referral _, Lame _, Recursive _, Useless _ -> List.of();
    };
  }

  private static boolean matches(int asked, RecordSet set) {
    if (asked == Type.ANY) {
      return !set.records().isEmpty() || !set.signatures().isEmpty();
    }
    return asked == Type.RRSIG
        ? !set.signatures().isEmpty()
        : set.type() == asked && !set.records().isEmpty();
  }

  /** Only what lies in the zone: about the rest this server has no say. */
  private static List<RecordSet> believed(
      Message reply, int section, Name zone, List<Refused> refused) {
    List<Record> kept = new ArrayList<>();
    for (Record record : reply.getSection(section)) {
      if (record.getDClass() != DClass.IN) {
        continue;
      }
      if (record.getName().subdomain(zone)) {
        kept.add(record);
      } else {
        refused.add(new Refused(show(record), "outside of " + zone));
      }
    }
    return RecordSet.group(kept);
  }

  /** Some servers put signatures into a section below; they prove what they prove anywhere. */
  private static List<RecordSet> withStraySignatures(List<RecordSet> answer, Message reply) {
    List<RRSIGRecord> strays =
        Stream.of(Section.AUTHORITY, Section.ADDITIONAL)
            .flatMap(section -> reply.getSection(section).stream())
            .filter(RRSIGRecord.class::isInstance)
            .map(RRSIGRecord.class::cast)
            .toList();
    return answer.stream()
        .map(
            set ->
                new RecordSet(
                    set.name(),
                    set.type(),
                    set.records(),
                    Stream.concat(
                            set.signatures().stream(),
                            strays.stream()
                                .filter(
                                    s ->
                                        s.getName().equals(set.name())
                                            && s.getTypeCovered() == set.type()))
                        .distinct()
                        .toList()))
        .toList();
  }

  private static void extra(List<RecordSet> answer, List<RecordSet> used, List<Refused> refused) {
    for (RecordSet set : answer) {
      boolean synthesized =
          set.type() == Type.CNAME
              && used.stream().anyMatch(u -> u.type() == Type.CNAME && u.name().equals(set.name()));
      if (!used.contains(set) && !synthesized) {
        refused.add(
            new Refused(
                set.name() + " " + Type.string(set.type()),
                used.isEmpty() || used.stream().noneMatch(u -> u.type() == Type.CNAME)
                    ? "it was not asked for"
                    : "what follows an alias is asked for again"));
      }
    }
  }

  /** A signature over fewer labels than the name has is that of a wildcard (RFC 4034, 3.1.3). */
  private static List<RecordSet> wildcardProof(List<RecordSet> sets, List<RecordSet> authority) {
    boolean expanded =
        sets.stream()
            .anyMatch(
                s ->
                    s.signatures().stream()
                        .anyMatch(sig -> sig.getLabels() < s.name().labels() - 1));
    return expanded
        ? authority.stream().filter(s -> s.type() == Type.NSEC || s.type() == Type.NSEC3).toList()
        : List.of();
  }

  /** SOA and, for those who want to check it, the records that deny. */
  private static List<RecordSet> proof(List<RecordSet> authority, Question question) {
    return authority.stream()
        .filter(
            s ->
                (s.type() == Type.SOA && question.name().subdomain(s.name()))
                    || s.type() == Type.NSEC
                    || s.type() == Type.NSEC3)
        .toList();
  }

  private static Referral referral(
      Message reply, RecordSet ns, List<RecordSet> authority, Name zone, List<Refused> refused) {
    SequencedSet<Name> servers = new LinkedHashSet<>();
    for (Record record : ns.records()) {
      servers.add(((NSRecord) record).getTarget());
    }
    SequencedMap<Name, List<InetAddress>> glue = new LinkedHashMap<>();
    SequencedMap<Name, List<InetAddress>> foreign = new LinkedHashMap<>();
    for (Record record : reply.getSection(Section.ADDITIONAL)) {
      Optional<InetAddress> address = address(record);
      if (address.isEmpty()) {
        continue;
      }
      if (!servers.contains(record.getName())) {
        refused.add(new Refused(show(record), "no name server of " + ns.name()));
      } else if (!record.getName().subdomain(zone)) {
        foreign.computeIfAbsent(record.getName(), _ -> new ArrayList<>()).add(address.get());
      } else {
        glue.computeIfAbsent(record.getName(), _ -> new ArrayList<>()).add(address.get());
      }
    }
    List<RecordSet> ds =
        authority.stream().filter(s -> s.type() == Type.DS && s.name().equals(ns.name())).toList();
    foreign.forEach(
        (name, _) ->
            refused.add(new Refused("the address of " + name, "glue from outside of " + zone)));
    return new Referral(new Delegation(ns.name(), servers, glue, foreign, ds), ns.ttl());
  }

  static Optional<InetAddress> address(Record record) {
    return switch (record) {
      case ARecord a -> Optional.of(a.getAddress());
      case AAAARecord aaaa -> Optional.of(aaaa.getAddress());
      default -> Optional.empty();
    };
  }

  static List<InetAddress> addresses(List<RecordSet> sets) {
    return sets.stream()
        .flatMap(s -> s.records().stream())
        .map(Verdict::address)
        .flatMap(Optional::stream)
        .toList();
  }

  private static String show(Record record) {
    return record.getName() + " " + Type.string(record.getType()) + " " + record.rdataToString();
  }

  /** The SOA that says how long a negative answer holds (RFC 2308, 5). */
  static Optional<SOARecord> soa(List<RecordSet> proof) {
    return proof.stream()
        .filter(s -> s.type() == Type.SOA)
        .flatMap(s -> s.records().stream())
        .map(SOARecord.class::cast)
        .findFirst();
  }
}

package wirebook.engine.dns.resolver;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import wirebook.engine.dns.server.AuthoritativeServer;
import wirebook.engine.dns.server.AuthoritativeServer.Transport;
import wirebook.engine.dns.server.ServerQuery;
import wirebook.engine.dns.server.ServerTraits;
import wirebook.engine.dns.server.Zone;
import wirebook.net.NetworkClock;
import wirebook.trace.Bytes;

/** A recursive name server: answers for others what its resolver finds, and checks it before. */
public final class RecursiveServer {
  private static final int LARGEST_TCP = 65_535;
  private static final int MOST_TURNS = 1000;
  private static final int RA_AT = 3;
  private static final byte RA = (byte) 0x80;

  /** Keys that were proven are proven anew after so much of the network's time. */
  private static final Duration KEYS = Duration.ofMinutes(5);

  private final Resolver resolver;
  private final ServerTraits traits;
  private final Optional<Trust> trust;
  private final Predicate<Name> local;
  private final Predicate<Name> turning;
  private final AnswerCache answers = new AnswerCache();
  private final Map<Question, Integer> turns = new ConcurrentHashMap<>();
  private Optional<Proven> proven = Optional.empty();

  /** A validator with the keys that it has proven, which what the resolver forgets ends. */
  private record Proven(Validator validator, int generation, long made) {}

  /**
   * @param traits how it presents itself
   * @param trust with what signatures are checked; without it, nothing is
   * @param local which of the {@link LocalZones} it answers itself, by their origins
   * @param turning the names whose addresses come in turn, so that clients, who mostly take the
   *     first, spread over them (RFC 1794); those of the others stay in their order
   */
  public RecursiveServer(
      Resolver resolver,
      ServerTraits traits,
      Optional<Trust> trust,
      Predicate<Name> local,
      Predicate<Name> turning) {
    this.turning = turning;
    this.local = local;
    this.resolver = resolver;
    this.traits = traits;
    this.trust = trust;
  }

  /**
   * @param anchors DS or DNSKEY records of the root, as a zone file
   * @param clock by which signatures expire
   */
  public record Trust(String anchors, NetworkClock clock) {}

  /**
   * The reply to a query, or none to what is no query.
   *
   * @throws InterruptedException when the thread was interrupted
   */
  public List<Bytes> answer(Bytes query, Transport transport, InetAddress client, Instant now)
      throws InterruptedException {
    return switch (ServerQuery.read(query)) {
      case ServerQuery.Ignored _ -> List.of();
      case ServerQuery.Rejected rejected -> List.of(Bytes.of(rejected.reply().toWire()));
      case ServerQuery.Asked asked -> {
        Optional<Zone> own =
            asked.question().getDClass() == DClass.IN
                ? LocalZones.zoneOf(asked.name()).filter(z -> local.test(z.origin()))
                : Optional.empty();
        yield own.isPresent()
            ? answer(own.get(), query, transport, client, now)
            : List.of(answer(asked, transport, client, now));
      }
    };
  }

  private List<Bytes> answer(
      Zone zone, Bytes query, Transport transport, InetAddress client, Instant now) {
    return AuthoritativeServer.of(List.of(zone), traits, _ -> false, _ -> List.of())
        .answer(query, transport, client, now)
        .stream()
        .map(
            reply -> {
              byte[] bytes = reply.toArray();
              bytes[RA_AT] |= RA;
              return Bytes.of(bytes);
            })
        .toList();
  }

  private Bytes answer(
      ServerQuery.Asked asked, Transport transport, InetAddress client, Instant now)
      throws InterruptedException {
    if (asked.tsig().isPresent()) {
      return asked.badKey(asked.tsig().get(), traits.edns(asked, client, now));
    }
    Message reply = asked.reply();
    reply.getHeader().setFlag(Flags.RA);
    if (asked.message().getHeader().getFlag(Flags.CD)) {
      reply.getHeader().setFlag(Flags.CD);
    }
    Question question = new Question(asked.name(), asked.type());
    List<ExtendedError> errors = List.of();
    switch (asked.type()) {
      case Type.AXFR, Type.IXFR -> reply.getHeader().setRcode(Rcode.REFUSED);
      case Type.MAILA, Type.MAILB -> reply.getHeader().setRcode(Rcode.NOTIMP);
      case 0, Type.OPT, Type.TSIG, Type.TKEY -> reply.getHeader().setRcode(Rcode.FORMERR);
      default -> {
        if (asked.question().getDClass() == DClass.CH) {
          traits.chaos(asked, reply);
        } else if (asked.question().getDClass() != DClass.IN) {
          reply.getHeader().setRcode(Rcode.REFUSED);
        } else {
          Optional<Resolution> found = find(question, asked, now);
          if (found.isPresent()) {
            fill(reply, found.get(), turned(found.get(), question), asked);
            errors = found.get().errors();
          }
        }
      }
    }
    Optional<OPTRecord> edns = traits.edns(asked, client, now);
    if (edns.isPresent()) {
      reply.addRecord(ExtendedError.with(edns.get(), errors), Section.ADDITIONAL);
    }
    int limit =
        transport == Transport.TCP ? LARGEST_TCP : Math.min(asked.udpSize(), ServerQuery.UDP_SIZE);
    return Bytes.of(reply.toWire(limit));
  }

  private Optional<Resolution> find(Question question, ServerQuery.Asked asked, Instant now)
      throws InterruptedException {
    // Who sets CD wants to see for himself (RFC 4035, 3.2.2).
    boolean unchecked = trust.isEmpty() || asked.message().getHeader().getFlag(Flags.CD);
    if (!asked.recursionDesired()) {
      Optional<Resolution> known = resolver.known(question, true);
      return unchecked || known.isEmpty() ? known : Optional.of(check(known.get(), trust.get()));
    }
    if (unchecked) {
      return Optional.of(resolver.resolve(question, true));
    }
    int generation = resolver.generation();
    Optional<Resolution> answered = answers.find(question, generation, resolver.nanoTime());
    if (answered.isPresent()) {
      return answered;
    }
    Resolution checked = check(resolver.resolve(question, true), trust.get());
    if (checked.rcode() != Rcode.SERVFAIL
        || !checked.validation().orElseThrow().errors().isEmpty()) {
      answers.put(checked, generation, resolver.nanoTime(), now);
    }
    return Optional.of(checked);
  }

  /** Whether it is what its zone signed. */
  private Resolution check(Resolution found, Trust trust) throws InterruptedException {
    Optional<Validator> validator = validator(trust);
    if (found.rcode() != Rcode.SERVFAIL && validator.isPresent()) {
      Validator.Judged judged = validator.get().judge(found);
      if (judged.security() != Validation.Security.BOGUS) {
        // Which keys were looked up nobody asks of a server.
        Resolution checked =
            found.with(
                new Validation(
                    judged.security(),
                    judged.reason().orElse(""),
                    List.of(),
                    List.of(),
                    List.of()));
        if (judged.security() == Validation.Security.SECURE) {
          resolver.proven(checked);
        }
        return checked;
      }
    }
    // What is wrong is put into words, by a look at the whole chain.
    return found.with(ChainOfTrust.check(found, resolver, trust.anchors(), trust.clock()));
  }

  private synchronized Optional<Validator> validator(Trust trust) {
    long now = resolver.nanoTime();
    int generation = resolver.generation();
    boolean good =
        proven
            .filter(p -> p.generation == generation && p.made <= now)
            .filter(p -> now - p.made < KEYS.toNanos())
            .isPresent();
    if (!good) {
      try {
        Validator next = new Validator(resolver, trust.anchors(), trust.clock());
        proven = Optional.of(new Proven(next, generation, now));
      } catch (IOException e) {
        proven = Optional.empty();
      }
    }
    return proven.map(Proven::validator);
  }

  private List<Record> turned(Resolution found, Question question) {
    List<Record> addresses =
        found.answer().stream()
            .filter(r -> r.getType() == question.type())
            .filter(r -> r.getType() == Type.A || r.getType() == Type.AAAA)
            .toList();
    if (addresses.size() < 2 || !turning.test(question.name())) {
      return found.answer();
    }
    if (turns.size() > MOST_TURNS) {
      turns.clear();
    }
    int turn = turns.merge(question, 1, Integer::sum) - 1;
    List<Record> rotated = new ArrayList<>(addresses);
    Collections.rotate(rotated, -(turn % addresses.size()));
    Iterator<Record> next = rotated.iterator();
    return found.answer().stream().map(r -> addresses.contains(r) ? next.next() : r).toList();
  }

  private static void fill(
      Message reply, Resolution resolution, List<Record> answer, ServerQuery.Asked asked) {
    reply.getHeader().setRcode(resolution.rcode());
    boolean secure =
        resolution.validation().filter(v -> v.security() == Validation.Security.SECURE).isPresent();
    // RFC 6840, 5.8: who sets AD, or DO, knows what it means.
    if (secure && (asked.dnssec() || asked.message().getHeader().getFlag(Flags.AD))) {
      reply.getHeader().setFlag(Flags.AD);
    }
    answer.stream()
        .filter(r -> asked.dnssec() || r.getType() == asked.type() || !isProof(r))
        .forEach(r -> reply.addRecord(r, Section.ANSWER));
    resolution.authority().stream()
        .filter(r -> asked.dnssec() || r.getType() == Type.SOA)
        .forEach(r -> reply.addRecord(r, Section.AUTHORITY));
  }

  private static boolean isProof(Record record) {
    return switch (record.getType()) {
      case Type.RRSIG, Type.NSEC, Type.NSEC3 -> true;
      default -> false;
    };
  }
}

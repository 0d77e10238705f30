package wirebook.engine.dns.resolver;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Master;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;
import org.xbill.DNS.dnssec.ValidatingResolver;
import wirebook.net.NetworkClock;

/**
 * Whether an answer is what its zone signed (RFC 4033, 5).
 *
 * @param security the verdict
 * @param reason why, in words; empty when it is secure
 * @param chain from the trust anchor to the answer, as far as it was followed
 * @param lookups how its keys and DS records were resolved
 * @param errors what is wrong with it, for a client
 */
public record Validation(
    Security security,
    String reason,
    List<Link> chain,
    List<Resolution> lookups,
    List<ExtendedError> errors) {
  private static final int DO = 0x8000;

  public Validation {
    chain = List.copyOf(chain);
    lookups = List.copyOf(lookups);
    errors = List.copyOf(errors);
  }

  /**
   * One step of the way from the anchor to the answer.
   *
   * @param zone whose keys or records these are
   * @param what {@code trust anchor}, {@code DS}, {@code DNSKEY}, or the answer's name and type
   * @param words which keys, or what is wrong
   */
  public record Link(Name zone, String what, State state, String words) {
    public enum State {
      /** It follows from the one before. */
      GOOD,
      /** It is not there, and that is proven: here trust ends without harm. */
      ABSENT,
      /** Here the chain is broken. */
      BROKEN
    }

    @Override
    public String toString() {
      return (what.isEmpty() ? "" : zone + " " + what + ": ") + words;
    }
  }

  /** The states of RFC 4033, 5. */
  public enum Security {
    /** There is a chain of signatures from the trust anchor. */
    SECURE,
    /** It is proven that the zone is not signed. */
    INSECURE,
    /** It should be signed and is not, or wrongly. */
    BOGUS,
    /** There is no telling. */
    INDETERMINATE
  }

  /** As lines for a person: the verdict, then the chain, each link indented. */
  public String text() {
    StringBuilder out = new StringBuilder();
    out.append("DNSSEC: ").append(security.name().toLowerCase(java.util.Locale.ROOT));
    if (!reason.isEmpty()) {
      out.append(": ").append(reason);
    }
    out.append('\n');
    for (Link link : chain) {
      out.append(
          switch (link.state) {
            case GOOD -> "  ✓ ";
            case ABSENT -> "  – ";
            case BROKEN -> "  ✗ ";
          });
      out.append(link).append('\n');
    }
    return out.toString();
  }

  /**
   * Checks a resolution that was asked for with signatures.
   *
   * @param anchors DS or DNSKEY records of the root, as a zone file
   * @throws InterruptedException when the thread was interrupted
   */
  public static Validation of(
      Resolution resolution, Resolver resolver, String anchors, NetworkClock clock)
      throws InterruptedException {
    if (resolution.rcode() == Rcode.SERVFAIL) {
      return undecided("there is no answer to check", List.of());
    }
    Head head = new Head(resolver, resolution);
    ValidatingResolver validator = new ValidatingResolver(head, at(clock));
    try {
      validator.loadTrustAnchors(
          new ByteArrayInputStream(anchors.getBytes(StandardCharsets.UTF_8)));
      Message query =
          Message.newQuery(
              Record.newRecord(
                  resolution.question().name(), resolution.question().type(), DClass.IN));
      query.addRecord(new OPTRecord(1232, 0, 0, DO), Section.ADDITIONAL);
      Message reply = head.serve(validator.sendAsync(query, Runnable::run).toCompletableFuture());
      Security security =
          reply.getRcode() == Rcode.SERVFAIL
              ? Security.BOGUS
              : reply.getHeader().getFlag(Flags.AD) ? Security.SECURE : Security.INSECURE;
      Chain chain = new Chain(anchors(anchors), security, clock.instant());
      head.lookups.forEach(chain::add);
      chain.finish(resolution);
      List<ExtendedError> errors =
          security != Security.BOGUS
              ? List.of()
              : List.of(
                  chain.fault.orElseGet(
                      () ->
                          new ExtendedError(
                              ExtendedErrorCodeOption.DNSSEC_BOGUS,
                              reason(reply).orElse("no proof"))));
      String reason =
          switch (security) {
            case SECURE -> "";
            case BOGUS -> errors.getFirst().text();
            case INSECURE, INDETERMINATE -> chain.absent.orElseGet(() -> reason(reply).orElse(""));
          };
      return new Validation(security, reason, chain.links, head.lookups, errors);
    } catch (IOException e) {
      return undecided("the trust anchors cannot be read: " + e.getMessage(), List.of());
    } catch (ExecutionException e) {
      return undecided(String.valueOf(e.getCause()), head.lookups);
    }
  }

  private static Validation undecided(String reason, List<Resolution> lookups) {
    return new Validation(Security.INDETERMINATE, reason, List.of(), lookups, List.of());
  }

  private static List<Record> anchors(String text) throws IOException {
    List<Record> records = new ArrayList<>();
    try (Master master =
        new Master(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), Name.root, 0)) {
      for (Record record = master.nextRecord(); record != null; record = master.nextRecord()) {
        records.add(record);
      }
    }
    return records;
  }

  /** Puts the look-ups of a validator in order, and finds where they stop to fit. */
  private static final class Chain {
    private final List<Link> links = new ArrayList<>();
    private final Map<Name, List<Record>> keys = new HashMap<>();
    private final Map<Name, List<Record>> ds = new HashMap<>();
    private final Security security;
    private final Instant now;
    private Optional<ExtendedError> fault = Optional.empty();
    private Optional<String> absent = Optional.empty();

    Chain(List<Record> anchors, Security security, Instant now) {
      this.security = security;
      this.now = now;
      List<String> tags = new ArrayList<>();
      for (Record anchor : anchors) {
        if (anchor.getType() == Type.DS) {
          ds.computeIfAbsent(anchor.getName(), _ -> new ArrayList<>()).add(anchor);
        }
        tag(anchor).ifPresent(tags::add);
      }
      links.add(
          new Link(
              Name.root,
              "trust anchor",
              Link.State.GOOD,
              "key " + String.join(", ", tags) + ", known beforehand"));
    }

    private static Optional<String> tag(Record record) {
      return switch (record) {
        case DNSKEYRecord key -> Optional.of(Integer.toString(key.getFootprint()));
        case DSRecord key -> Optional.of(Integer.toString(key.getFootprint()));
        default -> Optional.empty();
      };
    }

    void add(Resolution lookup) {
      Name zone = lookup.question().name();
      int type = lookup.question().type();
      List<RecordSet> sets = RecordSet.group(lookup.answer());
      Optional<RecordSet> set =
          sets.stream().filter(s -> s.type() == type && !s.records().isEmpty()).findFirst();
      Optional<Fault> wrong = Optional.empty();
      if (set.isPresent()) {
        if (type == Type.DNSKEY) {
          keys.put(zone, set.get().records());
          wrong = Fault.ofKeys(zone, set.get().records(), ds.getOrDefault(zone, List.of()));
        } else if (type == Type.DS) {
          ds.put(zone, set.get().records());
        }
        wrong = wrong.or(() -> check(set.get()));
      } else if (type == Type.DNSKEY) {
        wrong = Fault.ofKeys(zone, List.of(), ds.getOrDefault(zone, List.of()));
      }
      List<String> tags =
          set.stream()
              .flatMap(s -> s.records().stream())
              .map(Chain::tag)
              .flatMap(Optional::stream)
              .toList();
      String words;
      if (set.isEmpty()) {
        words = type == Type.DS ? "none, so from here on nothing is signed" : "none";
        if (type == Type.DS && absent.isEmpty()) {
          absent = Optional.of(zone + " is not signed: its parent proves that it has no DS record");
        }
      } else {
        words = (tags.size() > 1 ? "keys " : "key ") + String.join(", ", tags) + signed(set.get());
      }
      link(zone, Type.string(type), set.isPresent(), words, wrong);
    }

    /** The answer itself, or the proof that there is none. */
    void finish(Resolution resolution) {
      if (security == Security.INSECURE || security == Security.INDETERMINATE) {
        return;
      }
      List<Record> all = new ArrayList<>(resolution.answer());
      all.addAll(resolution.authority());
      for (RecordSet set : RecordSet.group(all)) {
        if (!set.records().isEmpty()
            && (set.type() != Type.CNAME || !set.signatures().isEmpty() || !hasDname(all))) {
          link(set.name(), Type.string(set.type()), true, "records" + signed(set), check(set));
        }
      }
    }

    /** The CNAME that a DNAME makes has no signature of its own (RFC 6672, 5.3.1). */
    private static boolean hasDname(List<Record> records) {
      return records.stream().anyMatch(r -> r.getType() == Type.DNAME);
    }

    private void link(
        Name zone, String what, boolean present, String words, Optional<Fault> wrong) {
      if (security == Security.BOGUS && wrong.isPresent()) {
        ExtendedError error = wrong.get().error();
        fault = fault.or(() -> Optional.of(error));
        links.add(new Link(zone, what, Link.State.BROKEN, error.text()));
      } else {
        links.add(new Link(zone, what, present ? Link.State.GOOD : Link.State.ABSENT, words));
      }
    }

    /** Only sets of zones whose keys are known can be checked. */
    private Optional<Fault> check(RecordSet set) {
      Name signer =
          set.signatures().stream()
              .findFirst()
              .map(RRSIGRecord::getSigner)
              .orElseGet(() -> zoneOf(set));
      return keys.containsKey(signer)
          ? Fault.ofSet(set.records(), set.signatures(), keys.getOrDefault(signer, List.of()), now)
          : Optional.empty();
    }

    /** The deepest zone above, or at, a set whose keys were looked up. */
    private Name zoneOf(RecordSet set) {
      Name name =
          set.type() == Type.DS && set.name().labels() > 1 ? new Name(set.name(), 1) : set.name();
      while (!keys.containsKey(name) && name.labels() > 1) {
        name = new Name(name, 1);
      }
      return name;
    }

    private String signed(RecordSet set) {
      return set.signatures().stream()
          .findFirst()
          .map(
              s ->
                  ", signed by key "
                      + s.getFootprint()
                      + " of "
                      + s.getSigner()
                      + (s.getExpire().isAfter(now)
                          ? ", good for " + Fault.length(Duration.between(now, s.getExpire()))
                          : ""))
          .orElse("");
    }
  }

  private static Optional<String> reason(Message reply) {
    return reply.getSection(Section.ADDITIONAL).stream()
        .filter(
            r ->
                r instanceof TXTRecord
                    && r.getDClass() == ValidatingResolver.VALIDATION_REASON_QCLASS)
        .map(r -> String.join("", ((TXTRecord) r).getStrings()))
        .findFirst();
  }

  private static Clock at(NetworkClock clock) {
    return new Clock() {
      @Override
      public ZoneId getZone() {
        return ZoneOffset.UTC;
      }

      @Override
      public Clock withZone(ZoneId zone) {
        return this;
      }

      @Override
      public Instant instant() {
        return clock.instant();
      }
    };
  }

  /**
   * Gives the validator what our resolver finds, and remembers what it wanted to know. The
   * validator thinks on threads of a pool; its questions are answered on the thread that waits for
   * it, which is the one that the lab's time and an interrupt belong to.
   */
  private static final class Head implements org.xbill.DNS.Resolver {
    private final Resolver resolver;
    private final Resolution first;
    private final List<Resolution> lookups = new ArrayList<>();
    private final BlockingQueue<Optional<Wanted>> wanted = new LinkedBlockingQueue<>();

    private record Wanted(Message query, CompletableFuture<Message> reply) {}

    Head(Resolver resolver, Resolution first) {
      this.resolver = resolver;
      this.first = first;
    }

    /** Answers questions until the validator is done. */
    Message serve(CompletableFuture<Message> verdict)
        throws InterruptedException, ExecutionException {
      verdict.whenComplete((_, _) -> wanted.add(Optional.empty()));
      while (!verdict.isDone()) {
        Optional<Wanted> next = wanted.take();
        if (next.isPresent()) {
          next.get().reply.complete(answer(next.get().query));
        }
      }
      return verdict.get();
    }

    @Override
    public CompletionStage<Message> sendAsync(Message query, Executor executor) {
      CompletableFuture<Message> reply = new CompletableFuture<>();
      wanted.add(Optional.of(new Wanted(query, reply)));
      return reply;
    }

    private Message answer(Message query) throws InterruptedException {
      Question question =
          new Question(query.getQuestion().getName(), query.getQuestion().getType());
      Resolution found = first;
      if (!question.equals(first.question())) {
        found = resolver.resolve(question, true);
        lookups.add(found);
      }
      Message reply = new Message(query.getHeader().getID());
      reply.getHeader().setFlag(Flags.QR);
      reply.getHeader().setFlag(Flags.RA);
      reply.getHeader().setRcode(found.rcode());
      reply.addRecord(query.getQuestion(), Section.QUESTION);
      found.answer().forEach(r -> reply.addRecord(r, Section.ANSWER));
      found.authority().forEach(r -> reply.addRecord(r, Section.AUTHORITY));
      reply.addRecord(new OPTRecord(1232, 0, 0, DO), Section.ADDITIONAL);
      return reply;
    }

    @Override
    public void setPort(int port) {}

    @Override
    public void setTCP(boolean flag) {}

    @Override
    public void setIgnoreTruncation(boolean flag) {}

    @Override
    public void setEDNS(int version, int payloadSize, int flags, List<EDNSOption> options) {}

    @Override
    public void setTSIGKey(TSIG key) {}

    @Override
    public void setTimeout(Duration timeout) {}
  }
}

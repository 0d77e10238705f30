package wirebook.engine.dns.delv;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DNAMERecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import wirebook.engine.dns.DnsName;
import wirebook.engine.dns.DnsRecord;
import wirebook.engine.dns.Inet;
import wirebook.engine.dns.MessageStyle;
import wirebook.engine.dns.MessageText;
import wirebook.engine.dns.RecordClass;
import wirebook.engine.dns.RecordType;
import wirebook.engine.dns.delv.DelvLookup.Answered;
import wirebook.engine.dns.delv.DelvLookup.Trust;
import wirebook.engine.dns.delv.DelvOptions.Plus;
import wirebook.engine.dns.dig.DigHost;
import wirebook.engine.dns.resolver.ChainOfTrust;
import wirebook.engine.dns.resolver.Forwarder;
import wirebook.engine.dns.resolver.NetworkUpstream;
import wirebook.engine.dns.resolver.Question;
import wirebook.engine.dns.resolver.RecordSet;
import wirebook.engine.dns.resolver.Resolution;
import wirebook.engine.dns.resolver.Step;
import wirebook.engine.dns.resolver.Validation;
import wirebook.trace.Bytes;

/**
 * BIND 9.18's delv: a resolver is asked for the answer and for all that proves it, and what is
 * proven is decided here (RFC 4035, 5). The verdicts are those of {@link Validation}; the words are
 * delv's.
 */
public final class Delv {
  private static final int MOST_ALIASES = 16;

  /** How long BIND keeps a denial at most: its {@code max-ncache-ttl}. */
  private static final int MOST_DENIED = 10_800;

  private static final String VERSION = "delv 9.18.49-1~deb12u3-Debian";

  private final DigHost host;
  private final DelvOptions options;
  private final String anchors;
  private final Forwarder forwarder;
  private final InetSocketAddress first;
  private final DelvTrace trace;
  private final List<Answered> sets = new ArrayList<>();
  private final List<Validation> validations = new ArrayList<>();
  private Optional<Trust> printed = Optional.empty();

  private Delv(DigHost host, DelvOptions options, String anchors, List<InetAddress> servers) {
    this.host = host;
    this.options = options;
    this.anchors = anchors;
    this.first = new InetSocketAddress(servers.getFirst(), options.port());
    this.forwarder =
        new Forwarder(
            servers,
            new NetworkUpstream(host.network(), options.port()),
            options.has(Plus.TCP),
            options.has(Plus.CDFLAG),
            new SecureRandom());
    this.trace = new DelvTrace(options, Inet.text(first), host.err());
  }

  /** Nothing could be asked. */
  private static final class FatalException extends Exception {
    private static final long serialVersionUID = 1L;

    FatalException(String words) {
      super(words);
    }
  }

  /**
   * @param anchors DS or DNSKEY records of the root, as a zone file
   * @return what was found; empty when the words were wrong, which was said
   * @throws InterruptedException when the thread was interrupted
   */
  public static Optional<DelvLookup> run(List<String> words, DigHost host, String anchors)
      throws InterruptedException {
    if (words.contains("-v")) {
      host.out().println(VERSION);
      return Optional.of(new DelvLookup(List.of(), "success", List.of(), List.of(), 0));
    }
    try {
      List<String> warnings = new ArrayList<>();
      DelvOptions options = DelvOptions.of(words, warnings);
      warnings.forEach(w -> host.err().println("delv: warning: " + w));
      String trusted = anchors(options, host, anchors);
      Optional<Name> name = name(options.name(), host);
      if (name.isEmpty()) {
        return Optional.of(new DelvLookup(List.of(), "failure", List.of(), List.of(), 0));
      }
      return Optional.of(
          new Delv(host, options, trusted, servers(options, host))
              .look(new Question(name.get(), options.type().code())));
    } catch (DelvOptions.UsageException e) {
      host.err().println(e.getMessage());
    } catch (FatalException e) {
      host.err().println(e.getMessage());
    }
    return Optional.empty();
  }

  private static Optional<Name> name(String text, DigHost host) {
    try {
      return Optional.of(Question.name(DnsName.of(text)));
    } catch (IllegalArgumentException e) {
      host.err().println(";; failed to convert QNAME " + text + ": " + e.getMessage());
      return Optional.empty();
    }
  }

  private static List<InetAddress> servers(DelvOptions options, DigHost host)
      throws FatalException {
    List<InetAddress> found = new ArrayList<>();
    if (options.server().isEmpty()) {
      host.network().hostConfig().nameServers().forEach(s -> found.add(s.getAddress()));
    } else {
      try {
        found.addAll(host.network().lookUp(options.server().get()));
      } catch (UnknownHostException e) {
        throw new FatalException(";; getaddrinfo failed: Name or service not known");
      }
    }
    found.removeIf(a -> a instanceof Inet4Address ? options.six() : options.four());
    if (found.isEmpty()) {
      throw new FatalException(";; no server has an address of the wanted family");
    }
    return found;
  }

  private static String anchors(DelvOptions options, DigHost host, String builtIn)
      throws FatalException {
    if (!options.validates()) {
      return builtIn;
    }
    String root = options.root().endsWith(".") ? options.root() : options.root() + ".";
    if (options.anchors().isEmpty()) {
      if (!root.equals(".")) {
        throw new FatalException("delv: No trusted keys were loaded");
      }
      return builtIn;
    }
    String text;
    try {
      text =
          Files.readString(
              host.directory().resolve(options.anchors().get()), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new FatalException("delv: Unable to read key file '" + options.anchors().get() + "'");
    }
    String zone = TrustAnchors.of(text, root);
    if (zone.isEmpty()) {
      throw new FatalException("delv: No trusted keys were loaded");
    }
    return zone;
  }

  private DelvLookup look(Question question) throws InterruptedException {
    String status = "success";
    Question next = question;
    for (int i = 0; i < MOST_ALIASES; i++) {
      Resolution found = forwarder.resolve(next, true);
      trace.fetched(found);
      if (found.rcode() != Rcode.NOERROR && found.rcode() != Rcode.NXDOMAIN) {
        trace.unanswered(found);
        status =
            found.asked().stream().allMatch(a -> a.result() instanceof Step.Result.Silence)
                ? "timed out"
                : "failure";
        break;
      }
      List<RecordSet> answer = RecordSet.group(found.answer());
      Question asked = next;
      List<RecordSet> alias = alias(answer, asked.name());
      List<RecordSet> own =
          answer.stream()
              .filter(s -> s.name().equals(asked.name()) && !s.records().isEmpty())
              .filter(s -> s.type() == asked.type() || asked.type() == Type.ANY)
              .filter(_ -> alias.stream().noneMatch(a -> a.type() == Type.DNAME))
              .toList();
      Optional<String> wrong =
          !own.isEmpty()
              ? each(own, found, asked)
              : !alias.isEmpty() ? positive(alias, found, asked) : negative(found, asked);
      if (wrong.isPresent()) {
        status = wrong.get();
        break;
      }
      if (!own.isEmpty() || alias.isEmpty()) {
        break;
      }
      Optional<Name> target = target(alias.getFirst().records().getFirst(), asked.name());
      if (target.isEmpty()) {
        break;
      }
      next = new Question(target.get(), asked.type());
    }
    if (!status.equals("success")) {
      host.err().println(";; resolution failed: " + status);
    }
    sets.forEach(this::print);
    return new DelvLookup(sets, status, validations, trace.fetches(), 0);
  }

  /**
   * The CNAME at a name, or the DNAME that makes it: such a CNAME has no signature, and what it
   * says follows from the DNAME alone (RFC 6672, 5.3.1).
   */
  private static List<RecordSet> alias(List<RecordSet> answer, Name name) {
    List<RecordSet> there = answer.stream().filter(s -> !s.records().isEmpty()).toList();
    return there.stream()
        .filter(s -> s.type() == Type.DNAME && name.subdomain(s.name()) && !name.equals(s.name()))
        .findFirst()
        .or(
            () ->
                there.stream()
                    .filter(s -> s.type() == Type.CNAME && s.name().equals(name))
                    .findFirst())
        .map(List::of)
        .orElse(List.of());
  }

  private static Optional<Name> target(Record alias, Name name) {
    if (alias instanceof DNAMERecord dname) {
      try {
        return Optional.of(name.fromDNAME(dname));
      } catch (NameTooLongException e) {
        return Optional.empty();
      }
    }
    return Optional.of(((CNAMERecord) alias).getTarget());
  }

  /** The sets of one name, each with a proof of its own; the first that is bogus ends it. */
  private Optional<String> each(List<RecordSet> own, Resolution found, Question asked)
      throws InterruptedException {
    for (RecordSet set : own) {
      Optional<String> wrong = positive(List.of(set), found, asked);
      if (wrong.isPresent()) {
        return wrong;
      }
    }
    return Optional.empty();
  }

  private Optional<String> positive(List<RecordSet> wanted, Resolution found, Question asked)
      throws InterruptedException {
    List<Record> records = wanted.stream().flatMap(s -> s.all(true).stream()).toList();
    List<Record> proof =
        found.authority().stream()
            .filter(r -> r.getType() == Type.NSEC || r.getType() == Type.NSEC3 || isOfThese(r))
            .toList();
    boolean wildcard =
        wanted.stream()
            .flatMap(s -> s.signatures().stream())
            .anyMatch(s -> s.getLabels() < s.getName().labels() - 1);
    Question question = new Question(wanted.getFirst().name(), wanted.getFirst().type());
    Resolution part = part(found, question, records, wildcard ? proof : List.of());
    Optional<Trust> trust = trust(part, isAuthoritative(found));
    if (trust.isEmpty()) {
      return Optional.of(trace.bogus(part, asked));
    }
    for (RecordSet set : wanted) {
      // What nobody checked is shown without its signatures.
      sets.add(
          new Answered(
              trust.get(),
              false,
              sorted(
                  asked.name(),
                  options.insecure()
                      ? new RecordSet(set.name(), set.type(), set.records(), List.of())
                      : set)));
    }
    return Optional.empty();
  }

  /** Whether the zone's own server answered: AA (RFC 1035, 4.1.1). */
  private static boolean isAuthoritative(Resolution found) {
    return found.asked().stream()
        .flatMap(a -> a.reply().stream())
        .reduce((_, last) -> last)
        .filter(reply -> (reply.at(2) & 0x04) != 0)
        .isPresent();
  }

  private static boolean isOfThese(Record record) {
    return record instanceof org.xbill.DNS.RRSIGRecord signature
        && (signature.getTypeCovered() == Type.NSEC || signature.getTypeCovered() == Type.NSEC3);
  }

  private static Resolution part(
      Resolution whole, Question question, List<Record> answer, List<Record> authority) {
    return new Resolution(
        question,
        whole.rcode() == Rcode.NXDOMAIN && !answer.isEmpty() ? Rcode.NOERROR : whole.rcode(),
        answer,
        authority,
        new Step.Walk(question.asked(), "", List.of()),
        0,
        whole.took(),
        Optional.empty(),
        List.of());
  }

  /** Empty when it is bogus. */
  private Optional<Trust> trust(Resolution part, boolean authoritative)
      throws InterruptedException {
    if (!options.validates()) {
      return Optional.of(authoritative ? Trust.AUTHORITATIVE : Trust.NOT_VALIDATED);
    }
    Validation validation = ChainOfTrust.check(part, forwarder, anchors, host.network().clock());
    validations.add(validation);
    trace.validated(part, validation, forwarder.asked());
    return switch (validation.security()) {
      case SECURE -> Optional.of(Trust.VALIDATED);
      case INSECURE -> Optional.of(isProven(part, validation) ? Trust.VALIDATED : Trust.UNSIGNED);
      case BOGUS, INDETERMINATE -> Optional.empty();
    };
  }

  /**
   * A denial by NSEC3 with opt-out says less than that the name is not there, and what it says is
   * signed all the same: delv speaks of the records.
   */
  private static boolean isProven(Resolution part, Validation validation) {
    boolean signed =
        validation.lookups().stream()
            .noneMatch(l -> l.question().type().code() == Type.DS && l.answer().isEmpty());
    return signed
        && part.answer().isEmpty()
        && part.authority().stream().anyMatch(r -> r.getType() == Type.NSEC3);
  }

  private Optional<String> negative(Resolution found, Question asked) throws InterruptedException {
    Resolution part = part(found, asked, List.of(), found.authority());
    Optional<Trust> trust = trust(part, false);
    if (trust.isEmpty()) {
      return Optional.of(trace.bogus(part, asked));
    }
    List<DnsRecord> proof =
        found.authority().stream()
            .filter(
                r ->
                    r.getType() == Type.SOA
                        || r.getType() == Type.NSEC
                        || r.getType() == Type.NSEC3
                        || r.getType() == Type.RRSIG)
            .map(Delv::record)
            .sorted(Comparator.comparing(Delv::place))
            .toList();
    boolean none = found.rcode() == Rcode.NXDOMAIN;
    long ttl =
        found.authority().stream()
            .filter(SOARecord.class::isInstance)
            .map(SOARecord.class::cast)
            .mapToLong(s -> Math.min(MOST_DENIED, Math.min(s.getTTL(), s.getMinimum())))
            .min()
            .orElse(0);
    List<DnsRecord> all = new ArrayList<>();
    all.add(
        new DnsRecord(
            new DnsName(Bytes.of(asked.name().toWire())),
            none ? RecordType.ANY : new RecordType(asked.type()),
            RecordClass.IN,
            ttl,
            Bytes.EMPTY));
    all.addAll(proof);
    sets.add(new Answered(trust.get(), true, all));
    return Optional.of(none ? "ncache nxdomain" : "ncache nxrrset");
  }

  /** BIND keeps them in the order of their bytes: name, type, data. */
  private static String place(DnsRecord record) {
    return record.name().wire().hex()
        + "%04x".formatted(record.type().code())
        + record.rdata().hex();
  }

  private static DnsRecord record(Record record) {
    Bytes wire = Bytes.of(record.toWire(Section.ANSWER));
    int name = record.getName().length();
    return new DnsRecord(
        new DnsName(wire.slice(0, name)),
        new RecordType(record.getType()),
        RecordClass.IN,
        record.getTTL(),
        wire.slice(name + 10, wire.length()));
  }

  /**
   * In canonical order (RFC 4034, 6.3), with signatures behind; the lowest TTL is that of all. They
   * stand under the name that was asked for, a DNAME from above it as well: so BIND's delv has it.
   */
  private static List<DnsRecord> sorted(Name asked, RecordSet set) {
    DnsName owner = new DnsName(Bytes.of(asked.toWire()));
    List<DnsRecord> all = new ArrayList<>();
    all.addAll(
        set.records().stream()
            .map(Delv::record)
            .sorted(Comparator.comparing(Delv::place))
            .toList());
    all.addAll(
        set.signatures().stream()
            .map(Delv::record)
            .sorted(Comparator.comparing(Delv::place))
            .toList());
    long ttl = all.stream().mapToLong(DnsRecord::ttl).min().orElse(0);
    return all.stream()
        .map(r -> new DnsRecord(owner, r.type(), r.recordClass(), ttl, r.rdata()))
        .toList();
  }

  private void print(Answered set) {
    MessageStyle style = options.style();
    if (options.has(Plus.TRUST) && !printed.equals(Optional.of(set.trust()))) {
      if (printed.isPresent() && !options.has(Plus.SHORT)) {
        host.out().println();
      }
      host.out().println("; " + (set.negative() ? "negative response, " : "") + set.trust());
    }
    printed = Optional.of(set.trust());
    if (set.negative()) {
      if (!options.has(Plus.SHORT)) {
        denial(set, style);
      }
      return;
    }
    for (DnsRecord record : set.records()) {
      if (options.has(Plus.DNSSEC) || !record.type().equals(RecordType.RRSIG)) {
        host.out()
            .print(
                options.has(Plus.SHORT)
                    ? MessageText.data(record, style) + "\n"
                    : MessageText.line(record, style));
      }
    }
  }

  private void denial(Answered set, MessageStyle style) {
    DnsRecord head = set.records().getFirst();
    // The columns of a line, with a type that none has.
    String line =
        MessageText.line(
            new DnsRecord(head.name(), head.type(), head.recordClass(), head.ttl(), Bytes.EMPTY),
            style);
    String type = head.type().toString();
    int at = line.lastIndexOf(type);
    String start = "; " + line.substring(0, at) + "\\-" + type;
    host.out()
        .println(
            start + "\t" + (head.type().equals(RecordType.ANY) ? ";-$NXDOMAIN" : ";-$NXRRSET"));
    for (DnsRecord record : set.records().subList(1, set.records().size())) {
      String data = MessageText.data(record, style);
      host.out()
          .println(
              "; "
                  + record.name()
                  + " "
                  + record.type()
                  + " "
                  + (record.type().equals(RecordType.RRSIG)
                      ? data.substring(0, data.indexOf(' ')) + " ..."
                      : data));
    }
  }
}

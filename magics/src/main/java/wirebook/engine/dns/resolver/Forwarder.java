package wirebook.engine.dns.resolver;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import wirebook.engine.dns.DnsName;
import wirebook.trace.Bytes;

/** Lets resolvers do the work: asks them with recursion, and remembers what they said. */
public final class Forwarder implements Lookups {
  private static final int UDP_SIZE = 1232;
  private static final int DO = 0x8000;
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final int TRIES = 2;

  private final List<InetAddress> servers;
  private final Upstream upstream;
  private final boolean tcp;
  private final boolean checkingDisabled;
  private final RandomGenerator ids;
  private final Map<Question, Resolution> known = new LinkedHashMap<>();

  /**
   * @param tcp whether to ask by TCP from the start
   * @param checkingDisabled whether what the resolvers find bogus is wanted (RFC 4035, 3.2.2)
   */
  public Forwarder(
      List<InetAddress> servers,
      Upstream upstream,
      boolean tcp,
      boolean checkingDisabled,
      RandomGenerator ids) {
    this.servers = List.copyOf(servers);
    this.upstream = upstream;
    this.tcp = tcp;
    this.checkingDisabled = checkingDisabled;
    this.ids = ids;
  }

  @Override
  public Resolution resolve(Question question, boolean dnssec) throws InterruptedException {
    Resolution before = known.get(question);
    if (before != null) {
      return before;
    }
    Resolution found = ask(question, dnssec);
    known.put(question, found);
    return found;
  }

  /** All that was asked, in order. */
  public List<Resolution> asked() {
    return List.copyOf(known.values());
  }

  private Resolution ask(Question question, boolean dnssec) throws InterruptedException {
    List<Step> steps = new ArrayList<>();
    Optional<Message> reply = Optional.empty();
    for (int i = 0; i < TRIES && reply.isEmpty(); i++) {
      for (InetAddress server : servers) {
        reply = ask(server, question, dnssec, steps);
        if (reply.filter(r -> r.getRcode() != Rcode.SERVFAIL).isPresent()) {
          break;
        }
      }
    }
    int rcode = reply.map(Message::getRcode).orElse(Rcode.SERVFAIL);
    boolean useful = rcode == Rcode.NOERROR || rcode == Rcode.NXDOMAIN;
    return new Resolution(
        question,
        rcode,
        useful ? reply.get().getSection(Section.ANSWER) : List.of(),
        useful ? reply.get().getSection(Section.AUTHORITY) : List.of(),
        new Step.Walk(question.asked(), "", steps),
        steps.size(),
        steps.stream()
            .map(s -> s instanceof Step.Asked asked ? asked.took() : Duration.ZERO)
            .reduce(Duration.ZERO, Duration::plus),
        Optional.empty(),
        useful
            ? List.of()
            : List.of(new ExtendedError(ExtendedErrorCodeOption.OTHER, Rcode.string(rcode))));
  }

  private Optional<Message> ask(
      InetAddress server, Question question, boolean dnssec, List<Step> steps)
      throws InterruptedException {
    Optional<Message> reply = Optional.empty();
    if (!tcp) {
      reply = ask(server, Upstream.Transport.UDP, question, dnssec, steps);
    }
    return tcp || reply.filter(r -> r.getHeader().getFlag(Flags.TC)).isPresent()
        ? ask(server, Upstream.Transport.TCP, question, dnssec, steps)
        : reply;
  }

  private Optional<Message> ask(
      InetAddress server,
      Upstream.Transport transport,
      Question question,
      boolean dnssec,
      List<Step> steps)
      throws InterruptedException {
    Message message = new Message(ids.nextInt(0x10000));
    message.getHeader().setFlag(Flags.RD);
    if (checkingDisabled) {
      message.getHeader().setFlag(Flags.CD);
    }
    message.addRecord(
        Record.newRecord(question.name(), question.type(), DClass.IN), Section.QUESTION);
    message.addRecord(new OPTRecord(UDP_SIZE, 0, 0, dnssec ? DO : 0), Section.ADDITIONAL);
    Bytes query = Bytes.of(message.toWire());
    Upstream.Outcome outcome =
        upstream.ask(server, transport, query, PATIENCE, Queries.answers(query, false));
    Optional<Message> reply = Optional.empty();
    Optional<Bytes> bytes = Optional.empty();
    Duration took = Duration.ZERO;
    Step.Result result = new Step.Result.Reply("a reply");
    switch (outcome) {
      case Upstream.Outcome.Replied replied -> {
        bytes = Optional.of(replied.reply());
        took = replied.took();
        try {
          reply = Optional.of(new Message(replied.reply().toArray()));
        } catch (IOException | IllegalArgumentException e) {
          result = new Step.Result.Failure("malformed: " + e.getMessage());
        }
      }
      case Upstream.Outcome.Silent silent -> {
        took = silent.waited();
        result = new Step.Result.Silence();
      }
      case Upstream.Outcome.Unreachable unreachable ->
          result = new Step.Result.Failure(unreachable.reason());
    }
    steps.add(
        new Step.Asked(
            DnsName.ROOT,
            DnsName.ROOT,
            server,
            transport,
            question.asked(),
            false,
            "the resolver",
            query,
            bytes,
            took,
            result));
    return reply;
  }
}

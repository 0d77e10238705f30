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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
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
 * @param chain the keys and DS records that were looked up for it, a line each
 * @param lookups how those were resolved
 */
public record Validation(
    Security security, String reason, List<String> chain, List<Resolution> lookups) {
  private static final int DO = 0x8000;

  public Validation {
    chain = List.copyOf(chain);
    lookups = List.copyOf(lookups);
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
    chain.forEach(l -> out.append("  ").append(l).append('\n'));
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
      return new Validation(
          Security.INDETERMINATE, "there is no answer to check", List.of(), List.of());
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
      Message reply = validator.sendAsync(query, Runnable::run).toCompletableFuture().get();
      String reason = reason(reply).orElse("");
      Security security =
          reply.getRcode() == Rcode.SERVFAIL
              ? Security.BOGUS
              : reply.getHeader().getFlag(Flags.AD) ? Security.SECURE : Security.INSECURE;
      return new Validation(
          security, security == Security.SECURE ? "" : reason, head.chain(), head.lookups);
    } catch (IOException e) {
      return new Validation(
          Security.INDETERMINATE,
          "the trust anchors cannot be read: " + e.getMessage(),
          List.of(),
          List.of());
    } catch (ExecutionException e) {
      if (head.interrupted) {
        throw new InterruptedException();
      }
      return new Validation(
          Security.INDETERMINATE, String.valueOf(e.getCause()), head.chain(), head.lookups);
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

  /** Gives the validator what our resolver finds, and remembers what it wanted to know. */
  private static final class Head implements org.xbill.DNS.Resolver {
    private final Resolver resolver;
    private final Resolution first;
    private final List<Resolution> lookups = new ArrayList<>();
    private boolean interrupted;

    Head(Resolver resolver, Resolution first) {
      this.resolver = resolver;
      this.first = first;
    }

    @Override
    public CompletionStage<Message> sendAsync(Message query, Executor executor) {
      Question question =
          new Question(query.getQuestion().getName(), query.getQuestion().getType());
      Resolution found = first;
      if (!question.equals(first.question())) {
        try {
          found = resolver.resolve(question, true);
        } catch (InterruptedException e) {
          interrupted = true;
          return CompletableFuture.failedFuture(e);
        }
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
      return CompletableFuture.completedFuture(reply);
    }

    List<String> chain() {
      return lookups.stream().map(Head::link).toList();
    }

    private static String link(Resolution lookup) {
      List<String> keys = new ArrayList<>();
      for (Record record : lookup.answer()) {
        if (record instanceof DNSKEYRecord key) {
          keys.add("key " + key.getFootprint());
        } else if (record instanceof DSRecord ds) {
          keys.add("key " + ds.getFootprint());
        }
      }
      String what = lookup.question().toString();
      return keys.isEmpty()
          ? what
              + ": none"
              + (lookup.question().type() == Type.DS ? ", so from here on nothing is signed" : "")
          : what + ": " + String.join(", ", keys);
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

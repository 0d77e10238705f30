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
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.dnssec.ValidatingResolver;
import wirebook.net.NetworkClock;

/**
 * dnsjava's validator over our resolver: it asks what our resolver finds. It remembers the keys
 * that it has proven, for up to a quarter of an hour. Safe for use by several threads.
 */
final class Validator {
  private static final int DO = 0x8000;
  private static final int UDP_SIZE = 1232;

  private final Lookups resolver;
  private final ValidatingResolver validator;

  /**
   * @param anchors DS or DNSKEY records of the root, as a zone file
   * @param clock by which signatures expire
   * @throws IOException when the anchors cannot be read
   */
  Validator(Lookups resolver, String anchors, NetworkClock clock) throws IOException {
    this.resolver = resolver;
    this.validator = new ValidatingResolver(new Head(), at(clock));
    validator.loadTrustAnchors(new ByteArrayInputStream(anchors.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * @param reason why it is not secure, in the validator's words
   * @param lookups what it had to know and did not remember, in order
   */
  record Judged(Validation.Security security, Optional<String> reason, List<Resolution> lookups) {
    Judged {
      lookups = List.copyOf(lookups);
    }
  }

  /**
   * The verdict on a resolution that was asked for with signatures.
   *
   * @throws InterruptedException when the thread was interrupted
   */
  Judged judge(Resolution resolution) throws InterruptedException {
    Message query =
        Message.newQuery(
            Record.newRecord(
                resolution.question().name(), resolution.question().type(), DClass.IN));
    query.addRecord(new OPTRecord(UDP_SIZE, 0, 0, DO), Section.ADDITIONAL);
    Asking asking = new Asking(resolution);
    try {
      Message reply = asking.serve(validator.sendAsync(query, asking).toCompletableFuture());
      Validation.Security security =
          reply.getRcode() == Rcode.SERVFAIL
              ? Validation.Security.BOGUS
              : reply.getHeader().getFlag(Flags.AD)
                  ? Validation.Security.SECURE
                  : Validation.Security.INSECURE;
      return new Judged(security, reason(reply), asking.lookups);
    } catch (ExecutionException e) {
      return new Judged(
          Validation.Security.INDETERMINATE,
          Optional.of(String.valueOf(e.getCause())),
          asking.lookups);
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
   * One verdict in the making. What the validator wants to know is found, and what it lets others
   * do is done, on the thread that waits for it, which is the one that the lab's time and an
   * interrupt belong to. The validator hands its executor on with each question of its own, and so
   * it comes back here.
   */
  private final class Asking implements Executor {
    private final Resolution first;
    private final List<Resolution> lookups = new ArrayList<>();
    private final BlockingQueue<Work> work = new LinkedBlockingQueue<>();

    private interface Work {
      void run() throws InterruptedException;
    }

    Asking(Resolution first) {
      this.first = first;
    }

    @Override
    public void execute(Runnable task) {
      work.add(task::run);
    }

    CompletionStage<Message> ask(Message query) {
      CompletableFuture<Message> reply = new Stage<>(this);
      work.add(() -> reply.complete(answer(query)));
      return reply;
    }

    /** Works until the validator is done. */
    Message serve(CompletableFuture<Message> verdict)
        throws InterruptedException, ExecutionException {
      verdict.whenComplete((_, _) -> work.add(() -> {}));
      while (!verdict.isDone()) {
        work.take().run();
      }
      return verdict.get();
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
      reply.addRecord(new OPTRecord(UDP_SIZE, 0, 0, DO), Section.ADDITIONAL);
      return reply;
    }
  }

  /**
   * What follows on an answer is done by the one who asks, also where the validator names no
   * executor: in the common pool it would wait for a thread while all of them, a cell's tasks, wait
   * for this verdict.
   */
  private static final class Stage<T> extends CompletableFuture<T> {
    private final Executor executor;

    Stage(Executor executor) {
      this.executor = executor;
    }

    @Override
    public Executor defaultExecutor() {
      return executor;
    }

    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
      return new Stage<>(executor);
    }
  }

  /** Leads the validator's questions to those who asked it. */
  private static final class Head implements org.xbill.DNS.Resolver {
    @Override
    public CompletionStage<Message> sendAsync(Message query, Executor executor) {
      return ((Asking) executor).ask(query);
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

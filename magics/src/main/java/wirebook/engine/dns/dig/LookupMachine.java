// Above 500 lines: one state machine.
package wirebook.engine.dns.dig;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Supplier;
import wirebook.engine.dns.DnsExchange;
import wirebook.engine.dns.DnsMessage;
import wirebook.engine.dns.DnsMessage.Flag;
import wirebook.engine.dns.DnsMessage.Parsed;
import wirebook.engine.dns.DnsName;
import wirebook.engine.dns.DnsNameSyntaxException;
import wirebook.engine.dns.DnsQuestion;
import wirebook.engine.dns.DnsRecord;
import wirebook.engine.dns.DnsTransport;
import wirebook.engine.dns.EdnsOption;
import wirebook.engine.dns.EdnsText.Cookie;
import wirebook.engine.dns.Inet;
import wirebook.engine.dns.Rcode;
import wirebook.engine.dns.RecordData;
import wirebook.engine.dns.RecordType;
import wirebook.trace.Bytes;
import wirebook.trace.Failure;

/**
 * What dig and nslookup do with a queue of lookups: whom they ask, when they ask again, how they
 * follow a trace. It waits for nothing: it says what it wants as a {@link Step}, and goes on with
 * the {@link Reply}. Long, as each state of a lookup can lead to each other one.
 */
final class LookupMachine {
  private static final int MOST_LOOKUPS = 64;
  private static final int MOST_NAME_SERVERS = 20;
  private static final int MOST_ADDRESSES = 20;
  private static final Duration UDP_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration TCP_TIMEOUT = Duration.ofSeconds(10);
  private static final int HEADER_LENGTH = 12;
  private static final String UNREACHED = "no servers could be reached";
  private static final String NAME_SERVERS_UNREACHED = "NS servers could not be reached";

  private final Session session;
  private final QuerySetUp setUp;
  private final Printer printer;
  private final Random random;

  /** Queues what comes after the last lookup, such as a batch file's next line. */
  private final Runnable more;

  private final List<Query> queries = new ArrayList<>();
  private final List<Query> open = new ArrayList<>();
  private Function<Reply, Step> then;
  private int lookups;
  private Optional<Query> kept = Optional.empty();

  LookupMachine(Session session, QuerySetUp setUp, Printer printer, Random random, Runnable more) {
    this.session = session;
    this.setUp = setUp;
    this.printer = printer;
    this.random = random;
    this.more = more;
    this.then = reply -> startLookup();
  }

  /** The first step is the answer to {@link Reply.Nothing}. */
  Step next(Reply reply) {
    return then.apply(reply);
  }

  /** Every query so far. */
  List<DnsExchange> exchanges() {
    return queries.stream().map(Query::exchange).toList();
  }

  private Step await(Step step, Function<Reply, Step> next) {
    then = next;
    return step;
  }

  private Step startLookup() {
    while (true) {
      if (session.queue.isEmpty()) {
        more.run();
        if (session.queue.isEmpty()) {
          return await(new Step.Done(), reply -> new Step.Done());
        }
      }
      Lookup lookup = session.queue.removeFirst();
      if (lookup.newSearch) {
        lookups = 0;
      }
      session.debug("start_lookup()");
      Optional<Running> running = setUp.setUp(lookup);
      if (running.isEmpty()) {
        nextOrigin(lookup);
        continue;
      }
      Running r = running.get();
      if (lookup.nsSearch && !lookup.traceRoot) {
        return searchNameServers(r);
      }
      if (!r.rest.isEmpty()) {
        return start(r, r.rest.removeFirst());
      }
    }
  }

  /** Ends the lookup, and goes on with the next. */
  private Step end() {
    if (!open.isEmpty()) {
      return close(open.removeFirst(), this::end);
    }
    return startLookup();
  }

  private Step close(Query query, Supplier<Step> next) {
    open.remove(query);
    if (query.channel == 0 || kept.filter(k -> k.channel == query.channel).isPresent()) {
      return next.get();
    }
    return await(new Step.Close(query.channel), reply -> next.get());
  }

  private Step dropKept(Supplier<Step> next) {
    Optional<Query> old = kept;
    kept = Optional.empty();
    return old.isEmpty() ? next.get() : close(old.get(), next);
  }

  private Lookup requeue(Lookup old) {
    return requeue(old, true);
  }

  private Lookup requeue(Lookup old, boolean servers) {
    if (++lookups > MOST_LOOKUPS) {
      throw session.fatal("too many lookups");
    }
    Lookup lookup = old.copy(servers);
    session.queue.addFirst(lookup);
    return lookup;
  }

  // Asking one server.

  private Step start(Running r, Server server) {
    Lookup l = r.lookup;
    Query query = query(r, server);
    if (server.address() instanceof Inet6Address six && isMapped(six)) {
      printer.warning("Skipping mapped address '" + server.text() + "'");
      Server next = r.rest.poll();
      if (next == null) {
        printer.warning("No acceptable nameservers");
        return end();
      }
      return start(r, next);
    }
    queries.add(query);
    if (l.tcp && kept.filter(k -> k.address.equals(query.address)).isPresent()) {
      query.channel = kept.get().channel;
      query.local = kept.get().local;
      return send(r, query);
    }
    return l.tcp ? dropKept(() -> open(r, query)) : open(r, query);
  }

  private Query query(Running r, Server server) {
    Lookup l = r.lookup;
    DnsTransport transport =
        !l.tcp
            ? DnsTransport.UDP
            : l.usesTls() ? DnsTransport.TLS : l.https ? DnsTransport.HTTPS : DnsTransport.TCP;
    if (!session.portSet) {
      session.port =
          switch (transport) {
            case UDP, TCP -> 53;
            case TLS -> 853;
            case HTTPS -> l.httpPlain ? 80 : 443;
          };
    }
    InetSocketAddress address = new InetSocketAddress(server.address(), session.port);
    return new Query(server, address, transport, l.zone, r.query);
  }

  private static boolean isMapped(Inet6Address address) {
    byte[] bytes = address.getAddress();
    for (int i = 0; i < 10; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return bytes[10] == -1 && bytes[11] == -1;
  }

  private Duration timeout(Lookup l) {
    return session.timeout > 0
        ? Duration.ofSeconds(session.timeout)
        : l.tcp ? TCP_TIMEOUT : UDP_TIMEOUT;
  }

  private Step.Open opening(Running r, Query query) {
    return new Step.Open(
        query.transport,
        query.address,
        query.server.given(),
        session.source,
        timeout(r.lookup),
        r.lookup.encryption());
  }

  private Step open(Running r, Query query) {
    return await(
        opening(r, query),
        reply ->
            switch (reply) {
              case Reply.Opened opened -> {
                opened(query, opened);
                yield send(r, query);
              }
              case Reply.Failed failed -> notOpened(r, query, failed);
              case Reply.Nothing _, Reply.Sent _, Reply.Received _, Reply.Found _ ->
                  throw unexpected(reply);
            });
  }

  private void opened(Query query, Reply.Opened opened) {
    session.exitCode = 0;
    query.channel = opened.channel();
    query.local = Optional.of(opened.local());
    open.add(query);
    if (session.keepOpen && query.transport != DnsTransport.UDP) {
      kept = Optional.of(query);
    }
  }

  private void couldNotOpen(Running r, Query query, Reply.Failed failed) {
    query.failures.add(failed.failure());
    printer.warning(
        (query.transport == DnsTransport.UDP ? "UDP setup with " : "Connection to ")
            + Inet.text(query.address)
            + "("
            + query.server.text()
            + ") for "
            + r.lookup.text
            + " failed: "
            + failed.reason()
            + ".");
  }

  private Step notOpened(Running r, Query query, Reply.Failed failed) {
    Lookup l = r.lookup;
    if (failed.reason().equals(Encryption.UNUSABLE)) {
      query.failures.add(failed.failure());
      boolean half = l.tlsKeyFile.isPresent() != l.tlsCertFile.isPresent();
      printer.warning(
          half
              ? "both TLS client certificate and key file must be specified a the same time"
              : Encryption.UNUSABLE);
      return r.rest.isEmpty() ? end() : start(r, r.rest.removeFirst());
    }
    if (failed.failure() instanceof Failure.TlsFailed(String reason)
        && failed.reason().equals(Encryption.UNTRUSTED)) {
      query.failures.add(failed.failure());
      printer.warning(
          "TLS peer certificate verification for "
              + Inet.text(query.address)
              + " failed: "
              + reason);
      return end();
    }
    couldNotOpen(r, query, failed);
    session.raiseExitCode(9);
    if (l.tries > 1) {
      l.tries--;
      requeue(l);
    } else if (!r.rest.isEmpty()) {
      return start(r, r.rest.removeFirst());
    }
    printer.error(UNREACHED);
    return end();
  }

  private Step send(Running r, Query query) {
    return send(r, query, () -> receive(r, query));
  }

  private Step send(Running r, Query query, Supplier<Step> next) {
    session.debug("have local timeout of " + timeout(r.lookup).toMillis());
    session.debug("sending a request");
    return await(
        new Step.Send(query.channel, r.query.wire()),
        reply -> {
          if (reply instanceof Reply.Failed failed) {
            return broken(r, query, failed);
          }
          if (reply instanceof Reply.Sent sent) {
            query.sent(sent);
          }
          if (r.lookup.showQuery) {
            printer.message(
                r, query, r.query.message(), true, r.query.wire().length(), 0, Cookie.UNCHECKED);
            if (r.lookup.stats && !session.yaml) {
              session.output.out(";; QUERY SIZE: " + r.query.wire().length() + "\n\n");
            }
          }
          return next.get();
        });
  }

  private Step receive(Running r, Query query) {
    return await(
        new Step.Receive(List.of(query.channel), timeout(r.lookup)),
        reply ->
            switch (reply) {
              case Reply.Received received -> received(r, query, received);
              case Reply.Failed failed -> broken(r, query, failed);
              case Reply.Nothing _, Reply.Sent _, Reply.Opened _, Reply.Found _ ->
                  throw unexpected(reply);
            });
  }

  private static IllegalStateException unexpected(Reply reply) {
    return new IllegalStateException("not the answer to this step: " + reply);
  }

  private Step broken(Running r, Query query, Reply.Failed failed) {
    Lookup l = r.lookup;
    query.failures.add(failed.failure());
    query.received(failed.at(), failed.nanos());
    printer.warning("communications error to " + Inet.text(query.address) + ": " + failed.reason());
    if (isNameServerSearch(l)) {
      return close(query, () -> searchOn(r));
    }
    if (l.tries > 1 && !l.tcp) {
      l.tries--;
      return close(query, () -> start(r, query.server));
    }
    if (l.tries > 1) {
      l.tries--;
      requeue(l);
      return dropKept(this::end);
    }
    if (!r.rest.isEmpty()) {
      return close(query, () -> start(r, r.rest.removeFirst()));
    }
    session.output.out(l.banner);
    printer.error(UNREACHED);
    session.raiseExitCode(9);
    return dropKept(this::end);
  }

  // A message came.

  private Step received(Running r, Query query, Reply.Received reply) {
    Lookup l = r.lookup;
    Bytes wire = reply.message();
    query.received(reply.at(), reply.nanos());
    query.replyBytes.add(wire);
    l.nsSearchSuccess = true;
    Optional<Step> refused = checkHeader(r, query, wire);
    if (refused.isPresent()) {
      return refused.get();
    }
    session.debug("before parse starts");
    return switch (DnsMessage.parse(wire, l.bestEffort)) {
      case Parsed.Malformed malformed -> {
        query.failures.add(new Failure.Malformed(malformed.reason(), malformed.offset()));
        if (!session.yaml) {
          session.output.out(";; Got bad packet: " + malformed.reason() + "\n" + HexDump.of(wire));
        }
        yield end();
      }
      case Parsed.Read readable -> readable(r, query, reply, readable);
    };
  }

  /** Another step when the message is none that was waited for. */
  private Optional<Step> checkHeader(Running r, Query query, Bytes wire) {
    boolean tcp = r.lookup.tcp;
    int expected = r.query.message().id();
    if (wire.length() < HEADER_LENGTH) {
      query.failures.add(new Failure.Malformed("a message shorter than its header", wire.length()));
      if (tcp) {
        printer.warning("ERROR: short (< header size) message");
        return Optional.of(end());
      }
      printer.warning("Warning: short (< header size) message received");
      return Optional.of(again(r, query));
    }
    int id = wire.at(0) << 8 | wire.at(1);
    boolean response = (wire.at(2) & 0x80) != 0;
    if (id != expected) {
      String mismatch = "ID mismatch: expected ID " + expected + ", got " + id;
      query.failures.add(new Failure.Malformed(mismatch, 0));
      if (tcp) {
        if (!query.firstSoa || query.warnOfId) {
          printer.warning((query.firstSoa ? "WARNING" : "ERROR") + ": " + mismatch);
        }
        query.warnOfId = false;
        if (!query.firstSoa) {
          return Optional.of(end());
        }
      } else {
        printer.warning("Warning: " + mismatch);
      }
    }
    if (!response) {
      printer.warning("Warning: query response not set");
    }
    return id != expected && !tcp ? Optional.of(again(r, query)) : Optional.empty();
  }

  private Step again(Running r, Query query) {
    return isNameServerSearch(r.lookup) ? searchOn(r) : receive(r, query);
  }

  private Step readable(Running r, Query query, Reply.Received reply, Parsed.Read readable) {
    Lookup l = r.lookup;
    DnsMessage message = readable.message();
    int size = reply.message().length();
    if (readable.problem().isPresent()) {
      query.failures.add(new Failure.Malformed(readable.problem().get(), -1));
      printer.warning("Warning: Message parser reports malformed message packet.");
    }
    if (!message.header().opcode().equals(l.opcode)) {
      printer.warning(
          "Warning: Opcode mismatch: expected " + l.opcode + ", got " + message.header().opcode());
      return again(r, query);
    }
    if (answersAnother(r, query, message)) {
      return l.tcp ? end() : again(r, query);
    }
    query.replies.add(message);
    Optional<Step> retry = retry(r, query, reply, readable);
    if (retry.isPresent()) {
      return retry.get();
    }
    Optional<Step> elsewhere = askElsewhere(r, query, message);
    if (elsewhere.isPresent()) {
      return elsewhere.get();
    }
    checkSignature(r, query, reply, readable);
    Cookie cookie = isBadCookieRetry(l, message) ? Cookie.DIFFERS : checkCookieOf(l, message);
    Shown shown = new Shown(r, query, message, size, readable.trailing(), cookie, reply.from());
    return show(shown);
  }

  private boolean answersAnother(Running r, Query query, DnsMessage message) {
    boolean another = false;
    for (DnsQuestion question : message.questions()) {
      if (!question.type().equals(r.lookup.type)
          || !question.recordClass().equals(r.lookup.recordClass)
          || !question.name().equals(r.name)) {
        String got =
            question.name().relative() + "/" + question.type() + "/" + question.recordClass();
        printer.warning(";; Question section mismatch: got " + got);
        query.failures.add(new Failure.Malformed("an answer to another question, " + got, -1));
        another = true;
      }
    }
    return another;
  }

  /** The same question in another way: an older EDNS version, TCP, or with the server's cookie. */
  private Optional<Step> retry(Running r, Query query, Reply.Received reply, Parsed.Read readable) {
    Lookup l = r.lookup;
    DnsMessage message = readable.message();
    if (message.rcode().equals(Rcode.BADVERS)
        && message.edns().isPresent()
        && message.edns().get().version() < l.edns
        && l.ednsNegotiation) {
      l.edns = message.edns().get().version();
      printer.comment(l, "BADVERS, retrying with EDNS version " + l.edns + ".");
      again(l);
      return Optional.of(end());
    }
    if (message.has(Flag.TC) && !l.ignoreTruncation && !l.tcp) {
      if (l.cookie.isEmpty() && l.sendCookie) {
        checkCookie(l, message);
      }
      printer.comment(l, "Truncated, retrying in TCP mode.");
      again(l).tcp = true;
      return Optional.of(end());
    }
    if (isBadCookieRetry(l, message)) {
      Cookie cookie = checkCookie(l, message);
      if (cookie == Cookie.MATCHES) {
        if (l.showBadCookie) {
          int size = reply.message().length();
          printer.message(r, query, message, false, size, readable.trailing(), cookie);
          printer.received(r, query, size, reply.from());
        }
        printer.comment(l, "BADCOOKIE, retrying" + (l.seenBadCookie ? " in TCP mode" : "") + ".");
        Lookup next = again(l);
        if (l.seenBadCookie) {
          next.tcp = true;
        }
        next.seenBadCookie = true;
        return Optional.of(end());
      }
    }
    return Optional.empty();
  }

  private static boolean isBadCookieRetry(Lookup l, DnsMessage message) {
    return message.rcode().equals(Rcode.BADCOOKIE) && !l.tcp && l.sendCookie && l.badCookie;
  }

  private Lookup again(Lookup l) {
    Lookup next = requeue(l);
    if (l.trace && l.traceRoot) {
      next.type = l.askedType;
    }
    return next;
  }

  private Optional<Step> askElsewhere(Running r, Query query, DnsMessage message) {
    Lookup l = r.lookup;
    boolean servfail = message.rcode().equals(Rcode.SERVFAIL) && !l.servfailStops;
    boolean unwilling = session.checkRecursion && !message.has(Flag.RA) && l.recurse;
    if (!servfail && !unwilling) {
      return Optional.empty();
    }
    String error = servfail ? "SERVFAIL reply" : "recursion not available";
    String got = "Got " + error + " from " + query.server.text();
    if (!r.rest.isEmpty() && !isNameServerSearch(l)) {
      printer.comment(l, got + ", trying next server");
      return Optional.of(close(query, () -> start(r, r.rest.removeFirst())));
    }
    printer.comment(l, got);
    return Optional.empty();
  }

  private void checkSignature(Running r, Query query, Reply.Received reply, Parsed.Read readable) {
    if (r.signature.isEmpty()) {
      return;
    }
    Optional<String> wrong =
        r.signature
            .get()
            .check(
                reply.message(),
                readable.message(),
                readable.signature().orElse(reply.message().length()),
                reply.at());
    if (wrong.isPresent()) {
      printer.warning("Couldn't verify signature: " + wrong.get());
      query.failures.add(new Failure.Malformed("signature: " + wrong.get(), -1));
      session.validated = false;
    }
  }

  private Cookie checkCookieOf(Lookup l, DnsMessage message) {
    if (message.edns().isEmpty()) {
      if (l.cookie.isPresent()) {
        printer.warning("expected opt record in response");
      }
      return Cookie.UNCHECKED;
    }
    return l.cookie.isPresent() || l.sendCookie ? checkCookie(l, message) : Cookie.UNCHECKED;
  }

  /**
   * RFC 7873, 5.3: the reply must have our cookie; then the server's is kept for the next query.
   */
  private Cookie checkCookie(Lookup l, DnsMessage message) {
    Optional<EdnsOption> option = message.edns().flatMap(edns -> edns.option(EdnsOption.COOKIE));
    if (option.isEmpty()) {
      return Cookie.UNCHECKED;
    }
    Bytes sent = l.cookie.map(setUp::cookie).orElse(session.clientCookie);
    Bytes got = option.get().data();
    if (sent.length() < 8 || got.length() < 8) {
      printer.warning("Warning: COOKIE bad token (too short)");
      return Cookie.DIFFERS;
    }
    if (!got.slice(0, 8).equals(sent.slice(0, 8))) {
      printer.warning("Warning: Client COOKIE mismatch");
      return Cookie.DIFFERS;
    }
    l.cookie = Optional.of(got.hex());
    return Cookie.MATCHES;
  }

  /** A message to be shown. */
  private record Shown(
      Running running,
      Query query,
      DnsMessage message,
      int size,
      int trailing,
      Cookie cookie,
      InetSocketAddress from) {}

  private void print(Shown shown) {
    printer.message(
        shown.running, shown.query, shown.message, false, shown.size, shown.trailing, shown.cookie);
  }

  private void statistics(Shown shown) {
    printer.received(shown.running, shown.query, shown.size, shown.from);
  }

  private Step show(Shown shown) {
    Lookup l = shown.running.lookup;
    DnsMessage message = shown.message;
    boolean notThere = message.rcode().equals(Rcode.NXDOMAIN);
    if (notThere && (l.origin.isPresent() || l.needSearch)) {
      if (!nextOrigin(l) || session.showSearch) {
        print(shown);
        statistics(shown);
      }
    } else if (!l.trace && !l.nsSearch) {
      print(shown);
    } else if (l.trace) {
      if (!l.nsSearch) {
        print(shown);
      }
      l.type = l.askedType;
      boolean answered = message.header().answerCount() > 0;
      if (l.traceRoot || (l.nsSearch && answered)) {
        if (!l.traceRoot) {
          l.type = RecordType.SOA;
        }
        return followUp(shown, false);
      }
      if (!answered) {
        return followUp(shown, true);
      }
    } else if (l.traceRoot) {
      l.type = RecordType.SOA;
      session.useSearch = false;
      return followUp(shown, false);
    } else {
      print(shown);
    }
    return finish(shown, false);
  }

  private Step finish(Shown shown, boolean noMore) {
    Lookup l = shown.running.lookup;
    if (l.transfer) {
      return noMore ? end() : transferOn(shown);
    }
    if (shown.message.rcode().equals(Rcode.NOERROR) || l.origin.isEmpty()) {
      statistics(shown);
    }
    if (isNameServerSearch(l)) {
      return close(shown.query, () -> searchOn(shown.running));
    }
    return end();
  }

  /** Completes a short name with the next domain of the search list; false when there is none. */
  private boolean nextOrigin(Lookup old) {
    if (!session.useSearch) {
      return false;
    }
    try {
      if (DnsName.isAbsolute(old.text) || DnsName.of(old.text).labelCount() - 1 > session.ndots) {
        return false;
      }
    } catch (DnsNameSyntaxException e) {
      // Then it was not asked for either; go on with the list.
    }
    if (old.origin.isEmpty()) {
      if (!old.needSearch) {
        return false;
      }
      Lookup next = requeue(old);
      next.origin = session.search.isEmpty() ? OptionalInt.empty() : OptionalInt.of(0);
      next.needSearch = false;
      return true;
    }
    int index = old.origin.getAsInt() + 1;
    boolean last = index >= session.search.size();
    if (last && old.doneAsIs) {
      return false;
    }
    Lookup next = requeue(old);
    next.origin = last ? OptionalInt.empty() : OptionalInt.of(index);
    return true;
  }

  // Following a referral.

  private Step followUp(Shown shown, boolean authority) {
    return new FollowUp(shown, authority).on();
  }

  /** Queues a lookup that asks the name servers which a message names. */
  private final class FollowUp {
    private final Shown shown;
    private final Lookup old;
    private final boolean authority;
    private final Iterator<DnsRecord> records;
    private Optional<Lookup> next = Optional.empty();
    private Optional<String> withoutAddress = Optional.empty();
    private boolean horizontal;
    private boolean bad;

    FollowUp(Shown shown, boolean authority) {
      this.shown = shown;
      this.old = shown.running.lookup;
      this.authority = authority;
      this.records = (authority ? shown.message.authorities() : shown.message.answers()).iterator();
    }

    Step on() {
      while (records.hasNext()) {
        DnsRecord record = records.next();
        if (authority && record.type().equals(RecordType.SOA)) {
          return done(0);
        }
        if (!(record.type().equals(RecordType.NS)
            && record.data() instanceof RecordData.Target(DnsName server))) {
          continue;
        }
        if (old.trace && !old.traceRoot && !leadsDown(record.name())) {
          continue;
        }
        if (old.traceRoot && old.nameServersFound >= MOST_NAME_SERVERS) {
          continue;
        }
        old.nameServersFound++;
        Lookup lookup = next.orElseGet(() -> begin(record.name()));
        next = Optional.of(lookup);
        String host = server.relative();
        return await(
            new Step.LookUp(host),
            reply -> {
              add(lookup, host, reply);
              return on();
            });
      }
      int found = next.map(lookup -> lookup.servers.size()).orElse(0);
      if (found == 0 && withoutAddress.isPresent()) {
        throw session.fatal("couldn't get address for '" + withoutAddress.get() + "': no more");
      }
      if (next.isEmpty() && !authority) {
        return followUp(shown, true);
      }
      next.ifPresent(lookup -> Collections.shuffle(lookup.servers, random));
      return done(found);
    }

    private boolean leadsDown(DnsName zone) {
      DnsName here = old.zone.orElse(DnsName.ROOT);
      if (zone.equals(here)) {
        if (!horizontal) {
          printer.warning("BAD (HORIZONTAL) REFERRAL");
        }
        horizontal = true;
        return true;
      }
      if (!zone.isSubdomainOf(here)) {
        if (!bad) {
          printer.warning("BAD REFERRAL");
        }
        bad = true;
        return false;
      }
      return true;
    }

    private Lookup begin(DnsName zone) {
      lookups++;
      Lookup lookup = requeue(old, false);
      lookup.transfer = false;
      lookup.trace = old.trace && (old.traceRoot || authority);
      lookup.traceRoot = false;
      if (lookup.nsSearch) {
        lookup.recurse = false;
      }
      lookup.zone = Optional.of(zone);
      return lookup;
    }

    private void add(Lookup lookup, String host, Reply reply) {
      if (reply instanceof Reply.Found found) {
        usable(found.addresses()).stream()
            .limit(MOST_ADDRESSES)
            .forEach(address -> lookup.servers.add(new Server(address, host)));
      } else if (reply instanceof Reply.Failed failed) {
        session.output.out("couldn't get address for '" + host + "': " + failed.reason() + "\n");
        if (withoutAddress.isEmpty()) {
          withoutAddress = Optional.of(host);
        }
      }
    }

    private Step done(int found) {
      old.traceRoot = false;
      return finishFollowUp(shown, found);
    }
  }

  private Step finishFollowUp(Shown shown, int found) {
    Lookup l = shown.running.lookup;
    if (l.transfer) {
      return found == 0 ? end() : transferOn(shown);
    }
    if (shown.message.rcode().equals(Rcode.NOERROR) || l.origin.isEmpty()) {
      statistics(shown);
    }
    return end();
  }

  private List<InetAddress> usable(List<InetAddress> addresses) {
    return addresses.stream()
        .filter(a -> a instanceof Inet4Address ? session.ipv4 : session.ipv6)
        .toList();
  }

  // All name servers of a zone at once.

  private static boolean isNameServerSearch(Lookup l) {
    return l.nsSearch && !l.traceRoot;
  }

  private Step searchNameServers(Running r) {
    Server server = r.rest.poll();
    if (server == null) {
      return searchOn(r);
    }
    Query query = query(r, server);
    queries.add(query);
    return await(
        opening(r, query),
        reply -> {
          if (reply instanceof Reply.Opened opened) {
            opened(query, opened);
            return send(r, query, () -> searchNameServers(r));
          }
          if (reply instanceof Reply.Failed failed) {
            couldNotOpen(r, query, failed);
          }
          return searchNameServers(r);
        });
  }

  private Step searchOn(Running r) {
    if (!r.rest.isEmpty()) {
      return searchNameServers(r);
    }
    if (open.isEmpty()) {
      if (!r.lookup.nsSearchSuccess) {
        printer.error(NAME_SERVERS_UNREACHED);
        session.raiseExitCode(9);
      }
      return end();
    }
    return await(
        new Step.Receive(open.stream().map(q -> q.channel).toList(), timeout(r.lookup)),
        reply ->
            switch (reply) {
              case Reply.Received received -> received(r, queryOf(received.channel()), received);
              case Reply.Failed failed -> broken(r, queryOf(failed.channel()), failed);
              case Reply.Nothing _, Reply.Sent _, Reply.Opened _, Reply.Found _ ->
                  throw unexpected(reply);
            });
  }

  private Query queryOf(int channel) {
    return open.stream().filter(q -> q.channel == channel).findFirst().orElseThrow();
  }

  // Zone transfers.

  /** Waits for more of a zone, unless the message was its last (RFC 5936, 2.2; RFC 1995, 4). */
  private Step transferOn(Shown shown) {
    Query query = shown.query;
    query.messages++;
    query.bytes += shown.size;
    if (shown.message.answers().isEmpty()) {
      session.output.out("; Transfer failed.\n");
      return end();
    }
    boolean ixfr = shown.running.lookup.type.equals(RecordType.IXFR);
    boolean axfr = ixfr ? query.isAxfr : shown.running.lookup.type.equals(RecordType.AXFR);
    for (DnsRecord record : shown.message.answers()) {
      query.records++;
      boolean soa = record.type().equals(RecordType.SOA);
      if (!query.firstSoa && !soa) {
        session.output.out("; Transfer failed.  Didn't start with SOA answer.\n");
        return end();
      }
      if (!query.secondRecord && !soa) {
        query.secondRecord = true;
        query.isAxfr = true;
        axfr = true;
        continue;
      }
      if (!soa || !(record.data() instanceof RecordData.StartOfAuthority start)) {
        continue;
      }
      if (isLast(shown.running.lookup, query, start.serial(), ixfr, axfr)) {
        statistics(shown);
        return end();
      }
    }
    return receive(shown.running, query);
  }

  private static boolean isLast(Lookup l, Query query, long serial, boolean ixfr, boolean axfr) {
    if (!query.firstSoa) {
      query.firstSoa = true;
      query.firstSerial = serial;
      return ixfr && (int) (l.serial - serial) >= 0;
    }
    if (axfr) {
      return true;
    }
    if (!query.secondRecord) {
      query.secondRecord = true;
      return query.firstSerial == serial;
    }
    if (query.firstSerial == serial) {
      if (query.firstRepeat) {
        return true;
      }
      query.firstRepeat = true;
    }
    return false;
  }
}

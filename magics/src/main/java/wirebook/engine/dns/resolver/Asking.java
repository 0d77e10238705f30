// Above 500 lines: one question to one zone's servers; each way on shares what was tried before.
package wirebook.engine.dns.resolver;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;
import wirebook.engine.dns.Inet;
import wirebook.trace.Bytes;

/** One question to the servers of one zone, until one of them says something useful. */
final class Asking {
  /** A server, under the name that a delegation gives it. */
  record Target(Name name, InetAddress address) {}

  /** What came of asking a zone's servers. */
  sealed interface Got {
    record Reply(Verdict verdict, Message message, Target target) implements Got {
      String origin(Name zone) {
        return target.name + " (" + Inet.text(target.address) + ") for " + zone;
      }
    }

    /**
     * @param explained whether the servers themselves said why
     */
    record Nothing(String why, boolean explained) implements Got {}
  }

  /** An inner walk, which finds the addresses of a name server. */
  interface Addresses {
    List<InetAddress> find(Question question, int depth, List<Step> steps)
        throws InterruptedException;
  }

  /** Inner walks for addresses of name servers may begin inner walks, up to this depth. */
  private static final int DEEPEST = 6;

  /** A delegation can name any number of servers without addresses (NXNSAttack); so many count. */
  private static final int MOST_ADDRESS_WALKS = 6;

  private static final Duration FIRST_TIMEOUT = Duration.ofMillis(800);
  private static final Duration SECOND_TIMEOUT = Duration.ofMillis(1600);
  private static final Duration TCP_TIMEOUT = Duration.ofSeconds(3);

  /** The round trip of a server that was never asked: longer than that of any that was. */
  private static final Duration UNKNOWN = Duration.ofDays(1);

  /** Servers that fail on a minimised name before the whole name is asked for. */
  private static final int MINIMISED_FAILURES = 2;

  /** Servers that give an empty reply without a SOA before it is believed. */
  private static final int EMPTY_REPLIES = 3;

  private final Means means;
  private final Budget budget;
  private final Addresses inner;
  private final Cache cache;
  private final Servers servers;
  private final Delegation delegation;
  private final Question sent;
  private final boolean minimised;
  private final int depth;
  private final List<Step> steps;
  private final Set<InetAddress> tried = new HashSet<>();
  private final List<Target> silent = new ArrayList<>();
  private final List<Target> recursive = new ArrayList<>();
  private final Set<Name> lookedUp = new HashSet<>();
  private final Set<ExtendedError> explained = new HashSet<>();
  private Optional<Got.Reply> empty = Optional.empty();
  private int empties;
  private int failures;
  private int walks;
  private final int salt;
  private String why = "no server of it has a known address";
  private final Set<InetAddress> lamesNoted = new HashSet<>();
  private final Set<InetAddress> unaskable = new HashSet<>();
  private final Map<Name, List<InetAddress>> looked = new HashMap<>();

  Asking(
      Means means,
      Budget budget,
      Addresses inner,
      Delegation delegation,
      Question sent,
      boolean minimised,
      int depth,
      List<Step> steps) {
    this.means = means;
    this.budget = budget;
    this.inner = inner;
    cache = means.cache();
    servers = means.servers();
    salt = means.has(Feature.SPREAD) ? means.ids().nextInt() : 0;
    this.delegation = delegation;
    this.sent = sent;
    this.minimised = minimised;
    this.depth = depth;
    this.steps = steps;
  }

  Got run() throws InterruptedException {
    while (true) {
      Optional<Target> next = next();
      if (next.isEmpty()) {
        break;
      }
      tried.add(next.get().address());
      Optional<Got> got = attempt(next.get(), FIRST_TIMEOUT, false);
      if (got.isPresent()) {
        return got.get();
      }
      if (minimised && failures >= MINIMISED_FAILURES) {
        return new Got.Nothing(why, false);
      }
    }
    if (!minimised) {
      for (Target target : silent) {
        Optional<Got> got = attempt(target, SECOND_TIMEOUT, false);
        if (got.isPresent()) {
          return got.get();
        }
      }
    }
    if (empty.isPresent()) {
      return empty.get();
    }
    for (Name name : delegation.foreignGlue().keySet()) {
      for (InetAddress address : delegation.foreignGlue().getOrDefault(name, List.of())) {
        if (tried.add(address)) {
          steps.add(new Step.Note("all else failed: the glue of " + name + " is used after all"));
          Optional<Got> got = attempt(new Target(name, address), FIRST_TIMEOUT, false);
          if (got.isPresent()) {
            return got.get();
          }
        }
      }
    }
    if (!minimised) {
      for (Name name : delegation.servers()) {
        Optional<Got> got = askAt(name, glueAbove(name), "glue of a zone above it");
        got = got.isPresent() ? got : askAt(name, otherFamily(name), "its other addresses");
        if (got.isPresent()) {
          return got.get();
        }
      }
    }
    for (Target target : recursive) {
      Optional<Got> got = attempt(target, SECOND_TIMEOUT, true);
      if (got.isPresent()) {
        return got.get();
      }
    }
    return new Got.Nothing("no server of " + delegation.zone() + " gave an answer: " + why, false);
  }

  private Optional<Got> askAt(Name name, List<InetAddress> addresses, String which)
      throws InterruptedException {
    for (InetAddress address : addresses) {
      if (isAskable(name, address) && tried.add(address)) {
        steps.add(new Step.Note("all else failed: " + name + " is asked at " + which));
        Optional<Got> got = attempt(new Target(name, address), FIRST_TIMEOUT, false);
        if (got.isPresent()) {
          return got;
        }
      }
    }
    return Optional.empty();
  }

  /** IPv4 addresses of a server that came with IPv6 ones only, or the other way round. */
  private List<InetAddress> otherFamily(Name name) throws InterruptedException {
    List<InetAddress> known = addresses(name);
    long six = known.stream().filter(Inet6Address.class::isInstance).count();
    boolean one = !known.isEmpty() && (six == 0 || six == known.size());
    return !one || depth >= DEEPEST || name.subdomain(delegation.zone())
        ? List.of()
        : lookUp(name, List.of(six == 0 ? Type.AAAA : Type.A));
  }

  /**
   * Where a parent says that a server is: its own zone may say something else, or be out of reach.
   */
  private List<InetAddress> glueAbove(Name name) throws InterruptedException {
    List<InetAddress> glue = cache.glueOf(name);
    if (!glue.isEmpty()
        || !name.subdomain(delegation.zone())
        || delegation.zone().equals(Name.root)
        || !addresses(name).isEmpty()
        || !budget.underWay.add(new Question(name, Type.A))) {
      return glue;
    }
    try {
      Optional<Cache.FoundCut> parent = cache.closest(new Name(delegation.zone(), 1));
      if (parent.isEmpty() || depth >= DEEPEST) {
        return List.of();
      }
      Question question = new Question(name, Type.A);
      List<Step> walk = new ArrayList<>();
      Got got = asking(parent.get(), question, walk).run();
      Name wanted = name;
      if (got instanceof Got.Reply reply && reply.verdict() instanceof Verdict.Alias alias) {
        wanted = alias.target();
        got = asking(parent.get(), new Question(wanted, Type.A), walk).run();
      }
      steps.add(new Step.Walk(question.asked(), "the glue that was left out", walk));
      return got instanceof Got.Reply reply ? addressesIn(reply, wanted) : List.of();
    } finally {
      budget.underWay.remove(new Question(name, Type.A));
    }
  }

  private Asking asking(Cache.FoundCut parent, Question question, List<Step> walk) {
    return new Asking(means, budget, inner, parent.delegation(), question, false, depth + 1, walk);
  }

  private static List<InetAddress> addressesIn(Got.Reply reply, Name name) {
    return switch (reply.verdict()) {
      case Verdict.Answer answer -> Verdict.addresses(answer.sets());
      case Verdict.Referral referral -> referral.delegation().glue().getOrDefault(name, List.of());
      case Verdict.Alias _,
          Verdict.NoData _,
          Verdict.NoName _,
          Verdict.TooLong _,
          Verdict.Lame _,
          Verdict.Recursive _,
          Verdict.Useless _ ->
          List.of();
    };
  }

  /** The best server not tried yet; its address is looked up when that is all that is left. */
  private Optional<Target> next() throws InterruptedException {
    while (true) {
      Optional<Target> best = known().min(order());
      if (best.isPresent() && !servers.isDead(best.get().address())) {
        return best;
      }
      if (minimised && failures > 0 && best.isEmpty()) {
        // A whole name costs less than the addresses of more servers.
        return best;
      }
      Optional<Name> unknown =
          delegation.servers().stream()
              .filter(n -> addresses(n).isEmpty() && !lookedUp.contains(n))
              .min(Comparator.comparing(n -> n.subdomain(delegation.zone())));
      if (unknown.isEmpty()) {
        return best;
      }
      Name name = unknown.get();
      lookedUp.add(name);
      if (name.subdomain(delegation.zone()) && tried.isEmpty()) {
        steps.add(
            new Step.Note(
                "the address of "
                    + name
                    + " is not known: it is in the zone itself, and came without glue"));
        continue;
      }
      if (walks >= MOST_ADDRESS_WALKS || depth >= DEEPEST) {
        steps.add(
            new Step.Note(
                "the address of "
                    + name
                    + " is not looked up: "
                    + (depth >= DEEPEST ? "too deep" : "too many were in vain")));
        return best;
      }
      if (lookUp(name, List.of(Type.A, Type.AAAA)).isEmpty()) {
        walks++;
      }
    }
  }

  private Stream<Target> known() {
    return delegation.servers().stream()
        .flatMap(n -> addresses(n).stream().map(a -> new Target(n, a)))
        .filter(t -> !tried.contains(t.address()))
        .filter(
            t -> {
              boolean lame = servers.isLame(t.address(), delegation.zone(), sent.type());
              if (lame && lamesNoted.add(t.address())) {
                why = "some were found lame before";
                steps.add(
                    new Step.Note(t.name() + " is not asked: it is lame for " + delegation.zone()));
              }
              return !lame;
            });
  }

  private Comparator<Target> order() {
    return Comparator.<Target, Boolean>comparing(t -> servers.isDead(t.address()))
        .thenComparing(t -> servers.roundTrip(t.address()).orElse(UNKNOWN))
        .thenComparing(t -> t.address() instanceof Inet6Address)
        .thenComparingInt(this::lot);
  }

  private int lot(Target target) {
    return means.has(Feature.SPREAD) ? (target.hashCode() ^ salt) * 0x9e3779b9 : 0;
  }

  /** Addresses of a server: what the cache has from its own zone, else the glue. */
  private List<InetAddress> addresses(Name name) {
    List<InetAddress> found = new ArrayList<>();
    for (int type : List.of(Type.A, Type.AAAA)) {
      cache
          .find(new Question(name, type))
          .map(Cache.Found::content)
          .ifPresent(
              c -> {
                if (c instanceof Cache.Content.Records(RecordSet set, List<RecordSet> _)) {
                  set.records().forEach(r -> Verdict.address(r).ifPresent(found::add));
                }
              });
    }
    delegation.glue().getOrDefault(name, List.of()).stream()
        .filter(a -> !found.contains(a))
        .forEach(found::add);
    found.addAll(looked.getOrDefault(name, List.of()));
    return found.stream().distinct().filter(a -> isAskable(name, a)).toList();
  }

  /** An address on this machine would make a stranger's zone ask us, or our neighbours. */
  private boolean isAskable(Name name, InetAddress address) {
    boolean askable =
        !address.isAnyLocalAddress()
            && !address.isMulticastAddress()
            && !address.isLinkLocalAddress()
            && (!address.isLoopbackAddress() || means.onLoopback());
    if (!askable && unaskable.add(address)) {
      steps.add(
          new Step.Refused(
              name + " at " + Inet.text(address),
              "no address that a name server on the Internet can have"));
    }
    return askable;
  }

  private List<InetAddress> lookUp(Name name, List<Integer> types) throws InterruptedException {
    List<InetAddress> found = new ArrayList<>();
    for (int type : types) {
      budget.check();
      Question question = new Question(name, type);
      List<Step> walk = new ArrayList<>();
      found.addAll(inner.find(question, depth + 1, walk));
      steps.add(
          new Step.Walk(question.asked(), "the address of a server of " + delegation.zone(), walk));
      if (!found.isEmpty()) {
        break;
      }
    }
    looked.put(name, found);
    return found;
  }

  /** Asks one server; empty when the next one has to be asked. */
  private Optional<Got> attempt(Target target, Duration timeout, boolean recurse)
      throws InterruptedException {
    String reason = recurse ? "as a last resort, with recursion" : reason(target);
    boolean edns = !servers.isPlain(target.address());
    Optional<Message> reply =
        exchange(target, Upstream.Transport.UDP, edns, timeout, recurse, reason);
    if (reply.isPresent() && reply.get().getHeader().getFlag(Flags.TC)) {
      reply =
          exchange(
              target,
              Upstream.Transport.TCP,
              edns,
              TCP_TIMEOUT,
              recurse,
              "for the reply was cut off");
    }
    if (reply.isPresent() && reply.get().getHeader().getFlag(Flags.TC)) {
      why = "its reply is cut off over TCP too";
      failures++;
      return Optional.empty();
    }
    if (edns && reply.isPresent() && dislikesEdns(reply.get())) {
      reply =
          exchange(target, Upstream.Transport.UDP, false, timeout, recurse, "again without EDNS");
      if (reply.isPresent() && !dislikesEdns(reply.get())) {
        servers.plain(target.address());
      }
    }
    if (reply.isEmpty()) {
      failures++;
      return Optional.empty();
    }
    return judge(target, reply.get(), recurse);
  }

  private static boolean dislikesEdns(Message reply) {
    int rcode = reply.getRcode();
    return rcode == Rcode.FORMERR || rcode == Rcode.NOTIMP || rcode == Rcode.BADVERS;
  }

  private String reason(Target target) {
    Optional<Duration> roundTrip = servers.roundTrip(target.address());
    if (servers.isDead(target.address())) {
      return "which was silent, for want of another";
    }
    if (roundTrip.isPresent()) {
      return String.format(
          Locale.ROOT, "the quickest known (%.1f ms)", roundTrip.get().toNanos() / 1_000_000.0);
    }
    return tried.size() == 1
        ? "the first of " + delegation.servers().size()
        : "the next of " + delegation.servers().size();
  }

  private Optional<Got> judge(Target target, Message reply, boolean recurse) {
    List<Verdict.Refused> refused = new ArrayList<>();
    Verdict verdict = Verdict.of(reply, sent, delegation.zone(), recurse, refused);
    if (verdict instanceof Verdict.Referral(Delegation to, long _)
        && sent.type() == Type.DS
        && !minimised
        && to.zone().equals(sent.name())
        && !to.ds().isEmpty()) {
      verdict = new Verdict.Answer(to.ds(), false, List.of());
    } else if (verdict instanceof Verdict.Referral(Delegation to, long _)
        && sent.type() == Type.DS
        && !minimised
        && to.zone().equals(sent.name())) {
      verdict = new Verdict.Useless("it refers to the zone whose DS it should know");
    }
    amend(verdict);
    note(refused);
    Got.Reply got = new Got.Reply(verdict, reply, target);
    switch (verdict) {
      case Verdict.Lame lame -> {
        if (!minimised) {
          servers.lame(target.address(), delegation.zone(), sent.type());
        }
        why = lame.why();
      }
      case Verdict.Useless useless -> {
        Optional<ExtendedError> error = explanation(reply);
        why = useless.why() + error.map(e -> ": " + e.text()).orElse("");
        if (error.isPresent()) {
          budget.errors.add(error.get());
          if (!explained.add(error.get())) {
            // Two servers give the same reason in words: the others would not know better.
            return Optional.of(
                new Got.Nothing(
                    "the servers of " + delegation.zone() + " give no answer: " + why, true));
          }
        }
      }
      case Verdict.Recursive _ -> {
        recursive.add(target);
        why = "it only has it from others";
      }
      case Verdict.NoData none when none.unfounded() && !minimised -> {
        empties++;
        empty = empty.or(() -> Optional.of(got));
        if (empties >= EMPTY_REPLIES) {
          return Optional.of(got);
        }
        steps.add(new Step.Note("an empty reply without a SOA record: another server is asked"));
      }
      case Verdict.NoData _,
          Verdict.NoName _,
          Verdict.Answer _,
          Verdict.Alias _,
          Verdict.TooLong _,
          Verdict.Referral _ -> {
        return Optional.of(got);
      }
    }
    failures++;
    return Optional.empty();
  }

  /** What a server says of its failure, where it has words for it (RFC 8914). */
  private static Optional<ExtendedError> explanation(Message reply) {
    return Optional.ofNullable(reply.getOPT()).stream()
        .flatMap(o -> o.getOptions(EDNSOption.Code.EDNS_EXTENDED_ERROR).stream())
        .map(ExtendedErrorCodeOption.class::cast)
        .filter(e -> e.getText() != null && !e.getText().isBlank())
        .map(e -> new ExtendedError(e.getErrorCode(), e.getText()))
        .findFirst();
  }

  /** One step for all that was left out for the same reason. */
  private void note(List<Verdict.Refused> refused) {
    SequencedMap<String, List<String>> byReason = new LinkedHashMap<>();
    refused.forEach(r -> byReason.computeIfAbsent(r.why(), _ -> new ArrayList<>()).add(r.record()));
    byReason.forEach(
        (reason, records) ->
            steps.add(
                new Step.Refused(
                    records.getFirst()
                        + (records.size() > 1 ? " and " + (records.size() - 1) + " more" : ""),
                    reason)));
  }

  /** Puts what a reply amounted to into the step that tells of its query. */
  private void amend(Verdict verdict) {
    if (steps.getLast() instanceof Step.Asked a) {
      steps.set(
          steps.size() - 1,
          new Step.Asked(
              a.zone(),
              a.server(),
              a.address(),
              a.transport(),
              a.question(),
              a.minimised(),
              a.why(),
              a.query(),
              a.reply(),
              a.took(),
              result(verdict)));
    }
  }

  private Optional<Message> exchange(
      Target target,
      Upstream.Transport transport,
      boolean edns,
      Duration timeout,
      boolean recurse,
      String reason)
      throws InterruptedException {
    budget.check();
    budget.queries++;
    boolean mixed = means.has(Feature.MIX_CASE);
    Bytes query = means.queries().query(sent, edns, recurse, mixed);
    Duration patience = timeout.compareTo(budget.left()) < 0 ? timeout : budget.left();
    Upstream.Outcome outcome =
        means
            .upstream()
            .ask(target.address(), transport, query, patience, Queries.answers(query, mixed));
    Optional<Bytes> bytes = Optional.empty();
    Optional<Message> message = Optional.empty();
    Duration took = Duration.ZERO;
    Step.Result result;
    int ignored = 0;
    switch (outcome) {
      case Upstream.Outcome.Replied replied -> {
        bytes = Optional.of(replied.reply());
        took = replied.took();
        ignored = replied.ignored();
        servers.answered(target.address(), took);
        means.heard().set(true);
        try {
          message = Optional.of(new Message(Queries.asAsked(replied.reply(), query, sent)));
          result =
              new Step.Result.Reply(
                  message.get().getHeader().getFlag(Flags.TC) ? "cut off" : "a reply");
        } catch (IOException | IllegalArgumentException e) {
          why = "malformed: " + e.getMessage();
          result = new Step.Result.Failure(why);
        }
      }
      case Upstream.Outcome.Silent(Duration waited, int others) -> {
        took = waited;
        ignored = others;
        result = new Step.Result.Silence();
        why = "no answer from " + target.name();
        if (timeout.equals(FIRST_TIMEOUT) && !silent.contains(target)) {
          silent.add(target);
        }
        servers.silent(target.address());
        budget.mute++;
      }
      case Upstream.Outcome.Unreachable(String cause) -> {
        result = new Step.Result.Failure(cause);
        why = target.name() + ": " + cause;
        servers.silent(target.address());
      }
    }
    budget.waited = budget.waited.plus(took);
    steps.add(
        new Step.Asked(
            Question.dnsName(delegation.zone()),
            Question.dnsName(target.name()),
            target.address(),
            transport,
            sent.asked(),
            minimised,
            reason,
            query,
            bytes,
            took,
            result));
    if (ignored > 0) {
      steps.add(
          new Step.Refused(
              ignored + (ignored == 1 ? " reply" : " replies"),
              "id or question are not those of the query"
                  + (mixed ? ", letter for letter in the same case" : "")));
    }
    if (mixed && ignored > 0 && message.isEmpty() && transport == Upstream.Transport.UDP) {
      // Over TCP nobody forges from afar, so that the letters need not prove anything.
      return exchange(
          target,
          Upstream.Transport.TCP,
          edns,
          TCP_TIMEOUT,
          recurse,
          "for it may not keep the case of letters");
    }
    return message;
  }

  private static Step.Result result(Verdict verdict) {
    return switch (verdict) {
      case Verdict.Answer answer ->
          new Step.Result.Answer(
              answer.sets().stream().mapToInt(s -> s.records().size()).sum(),
              answer.authoritative());
      case Verdict.Alias alias -> new Step.Result.Alias(Question.dnsName(alias.target()));
      case Verdict.TooLong _ -> new Step.Result.Failure("an alias that is too long");
      case Verdict.NoName _ -> new Step.Result.Denial(true);
      case Verdict.NoData none ->
          none.unfounded()
              ? new Step.Result.Failure("nothing, and no SOA record")
              : new Step.Result.Denial(false);
      case Verdict.Referral(Delegation to, long _) ->
          new Step.Result.Referral(
              Question.dnsName(to.zone()), to.servers().size(), to.addresses());
      case Verdict.Lame lame -> new Step.Result.Failure("lame: " + lame.why());
      case Verdict.Recursive _ ->
          new Step.Result.Failure("not authoritative: it answers out of a cache");
      case Verdict.Useless useless -> new Step.Result.Failure(useless.why());
    };
  }
}

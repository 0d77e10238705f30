package wirebook.engine.dns.resolver;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;
import wirebook.engine.dns.Inet;

/** The servers of a delegation, where they are, and which of them is asked next. */
final class Candidates {
  /** A server, under the name that a delegation gives it. */
  record Target(Name name, InetAddress address) {}

  /** An inner walk, which finds the addresses of a name server. */
  interface Addresses {
    List<InetAddress> find(Question question, int depth, List<Step> steps)
        throws InterruptedException;
  }

  /** Inner walks for addresses of name servers may begin inner walks, up to this depth. */
  static final int DEEPEST = 6;

  /** A delegation can name any number of servers without addresses (NXNSAttack); so many count. */
  private static final int MOST_ADDRESS_WALKS = 6;

  /** The round trip of a server that was never asked: longer than that of any that was. */
  private static final Duration UNKNOWN = Duration.ofDays(1);

  private final Means means;
  private final Budget budget;
  private final Addresses inner;
  private final Cache cache;
  private final Servers servers;
  private final Delegation delegation;
  private final Question sent;
  private final int depth;
  private final List<Step> steps;
  private final int salt;
  private final Set<InetAddress> tried = new HashSet<>();
  private final Set<InetAddress> lames = new HashSet<>();
  private final Set<InetAddress> unaskable = new HashSet<>();
  private final Set<Name> lookedUp = new HashSet<>();
  private final Map<Name, List<InetAddress>> looked = new HashMap<>();
  private int walks;

  Candidates(
      Means means,
      Budget budget,
      Addresses inner,
      Delegation delegation,
      Question sent,
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
    this.depth = depth;
    this.steps = steps;
  }

  /** Whether this address is asked for the first time. */
  boolean take(InetAddress address) {
    return tried.add(address);
  }

  int taken() {
    return tried.size();
  }

  /** How many were passed over, for they do not serve the zone. */
  int lames() {
    return lames.size();
  }

  /**
   * The best server not tried yet; its address is looked up when that is all that is left.
   *
   * @param knownAlone not even then: a whole name costs less than the addresses of more servers
   */
  Optional<Target> next(boolean knownAlone) throws InterruptedException {
    while (true) {
      Optional<Target> best = known().min(order());
      if (best.isPresent() && !servers.isDead(best.get().address())) {
        return best;
      }
      if (knownAlone && best.isEmpty()) {
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
              if (lame && lames.add(t.address())) {
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
  List<InetAddress> addresses(Name name) {
    List<InetAddress> found = new ArrayList<>();
    for (int type : List.of(Type.A, Type.AAAA)) {
      cache
          .find(new Question(name, type))
          .map(Cache.Found::content)
          .ifPresent(
              c -> {
                if (c instanceof Cache.Content.Records(RecordSet set, List<RecordSet> _)) {
                  found.addAll(Verdict.addresses(List.of(set)));
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
  boolean isAskable(Name name, InetAddress address) {
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

  /** IPv4 addresses of a server that came with IPv6 ones only, or the other way round. */
  List<InetAddress> otherFamily(Name name) throws InterruptedException {
    List<InetAddress> known = addresses(name);
    long six = known.stream().filter(Inet6Address.class::isInstance).count();
    boolean one = !known.isEmpty() && (six == 0 || six == known.size());
    return !one || depth >= DEEPEST || name.subdomain(delegation.zone())
        ? List.of()
        : lookUp(name, List.of(six == 0 ? Type.AAAA : Type.A));
  }
}

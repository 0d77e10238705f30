package wirebook.internet;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import wirebook.engine.dns.resolver.Feature;
import wirebook.engine.dns.resolver.NetworkUpstream;
import wirebook.engine.dns.resolver.Question;
import wirebook.engine.dns.resolver.Resolver;
import wirebook.engine.dns.resolver.RootHints;
import wirebook.engine.dns.resolver.Upstream;
import wirebook.engine.dns.server.Zone;
import wirebook.internet.time.LabClock;
import wirebook.internet.topology.Condition;
import wirebook.internet.topology.Topology;
import wirebook.internet.topology.TopologyText;
import wirebook.trace.Bytes;
import wirebook.trace.IpText;

/**
 * Why not one server for the whole world: the same look-ups, by hosts in Europe, America and Asia,
 * in labs of their own, once with one server that knows all names and once with the hierarchy. All
 * that is said was measured on messages that were sent.
 *
 * @param lookups how many were made in each world, in each run
 * @param worlds one server first
 */
public record Comparison(int lookups, List<World> worlds) {
  private static final int DNS = 53;
  private static final String ONE = "one.example";
  private static final Duration BETWEEN = Duration.ofSeconds(2);
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int ATTEMPTS = 2;

  public Comparison {
    worlds = List.copyOf(worlds);
  }

  /**
   * What was measured in one world.
   *
   * @param well with all servers up
   * @param down the same look-ups with the busiest server out of order
   */
  public record World(String name, Run well, Run down) {}

  /**
   * @param answered look-ups that came to an answer
   * @param queries by server, the busiest first
   * @param times of each look-up, the shortest first
   * @param means how long a look-up takes from each place, in the mean
   */
  public record Run(
      int answered,
      Map<String, Integer> queries,
      List<Duration> times,
      Map<String, Duration> means) {
    public Run {
      queries = new LinkedHashMap<>(queries);
      times = List.copyOf(times);
      means = new LinkedHashMap<>(means);
    }

    /** Of all servers. */
    public int load() {
      return queries.values().stream().mapToInt(Integer::intValue).sum();
    }

    public String busiest() {
      return queries.keySet().stream().findFirst().orElse("nobody");
    }

    public int busiestLoad() {
      return queries.values().stream().findFirst().orElse(0);
    }

    public Duration mean() {
      return Comparison.mean(times);
    }

    /** So long, or shorter, did so many of ten take. */
    public Duration ofTen(int many) {
      return times.isEmpty() ? Duration.ZERO : times.get((times.size() - 1) * many / 10);
    }
  }

  private static Duration mean(List<Duration> times) {
    return times.stream()
        .reduce(Duration.ZERO, Duration::plus)
        .dividedBy(Math.max(1, times.size()));
  }

  /**
   * Makes the look-ups.
   *
   * @throws InterruptedException when the thread was interrupted
   */
  public static Comparison measure(int lookups) throws InterruptedException, IOException {
    List<World> worlds = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      try (Lab lab = Internets.lab(LabClock.standing(START), topology())) {
        worlds.add(new Place(lab, kind).measure(lookups));
      }
    }
    return new Comparison(lookups, worlds);
  }

  private static final Instant START = Instant.parse("2026-02-01T12:00:00Z");

  /** How names are found in a world. */
  private enum Kind {
    ONE_SERVER("one server"),
    TREE("the tree, no caches"),
    TREE_WITH_CACHES("the tree and caches");

    private final String words;

    Kind(String words) {
      this.words = words;
    }
  }

  /** The lab's hosts, two more that ask, and the one server; nothing is signed. */
  private static Topology topology() {
    Topology standard = TopologyText.world();
    return standard
        .unsigned()
        .with(host("asker.ashburn", 230, List.of()), "ix-ashburn", Duration.ofMillis(5))
        .with(host("asker.tokyo", 231, List.of()), "ix-tokyo", Duration.ofMillis(5))
        .with(host(ONE, 240, List.of(".")), "ix-ashburn", Duration.ofMillis(4));
  }

  private static Topology.Host host(String name, int number, List<String> serves) {
    return new Topology.Host(
        name,
        List.of(
            InetAddress.ofLiteral("203.0.113." + number),
            InetAddress.ofLiteral("2001:db8:113::" + number)),
        serves,
        "");
  }

  private record Asker(String host, String place) {}

  private static final List<Asker> ASKERS =
      List.of(
          new Asker(Topology.HERE, "Europe"),
          new Asker("asker.ashburn", "America"),
          new Asker("asker.tokyo", "Asia"));

  /** One world at work. */
  private static final class Place {
    private final Lab lab;
    private final Kind kind;
    private final List<Name> names;
    private final Map<String, Resolver> resolvers = new LinkedHashMap<>();
    private final Map<String, Integer> queries = new LinkedHashMap<>();

    Place(Lab lab, Kind kind) {
      this.lab = lab;
      this.kind = kind;
      Zone everything = everything(lab);
      this.names = names(lab, everything);
      if (kind == Kind.ONE_SERVER) {
        lab.zones().put(everything);
      }
    }

    /** All names of the lab in one zone without delegations. */
    private static Zone everything(Lab lab) {
      Set<String> origins = new LinkedHashSet<>();
      lab.topology().hosts().forEach(h -> origins.addAll(h.serves()));
      List<Record> records = new ArrayList<>();
      Name server = name(ONE + ".");
      records.add(
          new SOARecord(Name.root, DClass.IN, 300, server, server, 1, 7200, 3600, 1_209_600, 60));
      records.add(new NSRecord(Name.root, DClass.IN, 300, server));
      for (String origin : origins) {
        for (Record record : lab.zones().zone(name(origin)).map(Zone::records).orElse(List.of())) {
          if (record instanceof ARecord) {
            records.add(record);
          }
        }
      }
      try {
        return Zone.of(Name.root, records.stream().distinct().toList());
      } catch (Zone.ZoneException e) {
        throw new IllegalStateException(e);
      }
    }

    /** The names that people look up: not those of name servers. */
    private static List<Name> names(Lab lab, Zone everything) {
      Set<Name> servers = new LinkedHashSet<>();
      lab.topology().hosts().stream()
          .filter(h -> !h.serves().isEmpty())
          .forEach(h -> servers.add(name(h.name() + ".")));
      return everything.records().stream()
          .filter(r -> r instanceof ARecord && !servers.contains(r.getName()))
          .map(Record::getName)
          .filter(n -> !n.isWild())
          .distinct()
          .toList();
    }

    private static Name name(String text) {
      return Name.fromConstantString(text.endsWith(".") ? text : text + ".");
    }

    World measure(int lookups) throws InterruptedException {
      Run well = run(lookups);
      lab.world().set(well.busiest(), new Condition.Failed());
      // What was cached has run out by then.
      lab.clock().advance(Duration.ofDays(8));
      return new World(kind.words, well, run(lookups));
    }

    /** The same names in the same order each time; a few are asked for often (Zipf's law). */
    private Run run(int lookups) throws InterruptedException {
      queries.clear();
      Random random = new Random(1);
      int answered = 0;
      List<Duration> times = new ArrayList<>();
      Map<String, List<Duration>> byPlace = new LinkedHashMap<>();
      for (int i = 0; i < lookups; i++) {
        Asker asker = ASKERS.get(i % ASKERS.size());
        Name name = names.get(rank(random));
        long before = lab.clock().nanoTime();
        answered += lookUp(asker.host(), name) ? 1 : 0;
        Duration took = Duration.ofNanos(lab.clock().nanoTime() - before);
        times.add(took);
        byPlace.computeIfAbsent(asker.place(), _ -> new ArrayList<>()).add(took);
        lab.clock().advance(BETWEEN);
      }
      times.sort(Comparator.naturalOrder());
      Map<String, Integer> sorted = new LinkedHashMap<>();
      queries.entrySet().stream()
          .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
          .forEach(e -> sorted.put(e.getKey(), e.getValue()));
      Map<String, Duration> means = new LinkedHashMap<>();
      byPlace.forEach((place, its) -> means.put(place, mean(its)));
      return new Run(answered, sorted, times, means);
    }

    private int rank(Random random) {
      double sum = 0;
      for (int i = 1; i <= names.size(); i++) {
        sum += 1.0 / i;
      }
      double at = random.nextDouble() * sum;
      int rank = 0;
      for (double reached = 1; reached < at && rank < names.size() - 1; rank++) {
        reached += 1.0 / (rank + 2);
      }
      return rank;
    }

    private boolean lookUp(String asker, Name name) throws InterruptedException {
      Upstream upstream = counting(asker);
      if (kind == Kind.ONE_SERVER) {
        return ask(upstream, name);
      }
      Resolver resolver =
          resolvers.computeIfAbsent(
              asker,
              _ ->
                  new Resolver(
                      RootHints.builtIn(),
                      Set.of(Feature.MINIMISE, Feature.SPREAD),
                      upstream,
                      lab.clock(),
                      new Random(asker.hashCode())));
      if (kind == Kind.TREE) {
        resolver.flush();
      }
      return !resolver.resolve(new Question(name, Type.A), false).answer().isEmpty();
    }

    /** As a host asks the resolver it is configured with. */
    private boolean ask(Upstream upstream, Name name) throws InterruptedException {
      Message query = Message.newQuery(Record.newRecord(name, Type.A, DClass.IN));
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        Upstream.Outcome outcome =
            upstream.ask(
                host(ONE).addresses().getFirst(),
                Upstream.Transport.UDP,
                Bytes.of(query.toWire()),
                PATIENCE,
                _ -> true);
        if (outcome instanceof Upstream.Outcome.Replied replied) {
          return hasAnswer(replied.reply());
        }
      }
      return false;
    }

    private static boolean hasAnswer(Bytes reply) {
      try {
        Message message = new Message(reply.toArray());
        return message.getRcode() == Rcode.NOERROR && !message.getSection(Section.ANSWER).isEmpty();
      } catch (IOException e) {
        return false;
      }
    }

    private Topology.Host host(String name) {
      return lab.topology().hosts().stream()
          .filter(h -> h.name().equals(name))
          .findFirst()
          .orElseThrow();
    }

    /** Counts what each server is asked. */
    private Upstream counting(String asker) {
      Upstream network = new NetworkUpstream(lab.networkOf(host(asker)), DNS);
      return (server, transport, query, timeout, answers) -> {
        Optional<String> host = lab.topology().node(server).map(Topology.Node::name);
        queries.merge(host.orElse(IpText.of(server)), 1, Integer::sum);
        return network.ask(server, transport, query, timeout, answers);
      };
    }
  }

  /** As a table. */
  @Override
  public String toString() {
    StringBuilder out = new StringBuilder();
    line(out, lookups + " look-ups", w -> w.name());
    line(out, "answered", w -> of(w.well().answered()));
    line(out, "queries to name servers", w -> Integer.toString(w.well().load()));
    line(out, "servers that share them", w -> Integer.toString(w.well().queries().size()));
    line(out, "the busiest gets", w -> w.well().busiestLoad() + " (" + share(w.well()) + ")");
    line(out, "a look-up takes, mean", w -> milliseconds(w.well().mean()));
    for (Asker asker : ASKERS) {
      line(
          out,
          "  from " + asker.place(),
          w -> milliseconds(w.well().means().getOrDefault(asker.place(), Duration.ZERO)));
    }
    line(out, "half of them at most", w -> milliseconds(w.well().ofTen(5)));
    line(out, "nine of ten at most", w -> milliseconds(w.well().ofTen(9)));
    out.append("and with its busiest server down:\n");
    line(out, "which is", w -> w.well().busiest());
    line(out, "answered", w -> of(w.down().answered()));
    line(out, "a look-up takes, mean", w -> milliseconds(w.down().mean()));
    return out.toString();
  }

  private String of(int answered) {
    return answered + " of " + lookups;
  }

  private static String share(Run run) {
    return Math.round(100.0 * run.busiestLoad() / Math.max(1, run.load())) + " %";
  }

  private static String milliseconds(Duration duration) {
    return Math.round(duration.toNanos() / 1e6) + " ms";
  }

  private void line(
      StringBuilder out, String what, java.util.function.Function<World, String> value) {
    out.append(String.format(java.util.Locale.ROOT, "%-26s", what));
    for (World world : worlds) {
      out.append(String.format(java.util.Locale.ROOT, "%21s", value.apply(world)));
    }
    out.append('\n');
  }
}

package wirebook.internet;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import wirebook.engine.socket.Cidr;
import wirebook.internet.topology.Condition;
import wirebook.internet.topology.Routing;
import wirebook.internet.topology.Topology;
import wirebook.internet.topology.World;
import wirebook.internet.wire.LabPackets;
import wirebook.trace.Bytes;
import wirebook.trace.IpText;

/**
 * The lab's network as it is drawn: routers one below the other, each with the subnets at it, and
 * what joins them.
 *
 * @param cables between two of the rows
 * @param leftOut how many nodes are not in it
 */
public record NetworkMap(
    List<Row> rows, List<Cable> cables, Optional<Way> way, int hosts, int routers, int leftOut) {
  private static final int MOST_CHIPS = 60;
  private static final int MOST_ROWS = 60;
  private static final int FEWEST_IN_A_SUBNET = 4;

  public NetworkMap {
    rows = List.copyOf(rows);
    cables = List.copyOf(cables);
  }

  /**
   * A router, or a host that is at none.
   *
   * @param column how far to the right it stands
   * @param step its place on the way of the last packet, from 0; negative when it is not on it
   */
  public record Row(
      String name,
      boolean router,
      List<String> addresses,
      int column,
      int step,
      Condition condition,
      List<Subnet> subnets) {
    public Row {
      addresses = List.copyOf(addresses);
      subnets = List.copyOf(subnets);
    }
  }

  /**
   * The hosts at a router that are in one range.
   *
   * @param range empty for hosts that are in none
   * @param more how many hosts are left out
   */
  public record Subnet(String range, List<Place> hosts, int more) {
    public Subnet {
      hosts = List.copyOf(hosts);
    }
  }

  /**
   * A host.
   *
   * @param like how many more there are that do the same
   * @param link whether the way to its router is up
   */
  public record Place(
      String name,
      String address,
      Duration delay,
      Condition condition,
      boolean here,
      int step,
      int like,
      boolean link) {}

  /**
   * What joins two rows.
   *
   * @param tree whether the second row hangs on it
   * @param step the step of the way that it is, from 1; negative when it is none
   * @param back whether only the answer took it
   */
  public record Cable(
      int one,
      int other,
      Duration delay,
      Duration jitter,
      int mtu,
      int lossPercent,
      boolean up,
      boolean tree,
      int step,
      boolean back) {
    /** What there is to say of it. */
    public String words() {
      return millis(delay)
          + (jitter.isZero() ? "" : " ± " + millis(jitter))
          + " ms"
          + (mtu == Topology.Link.ETHERNET_MTU ? "" : ", MTU " + mtu)
          + (lossPercent == 0 ? "" : ", " + lossPercent + " % lost")
          + (up ? "" : ", down");
    }

    private static String millis(Duration time) {
      return String.format(java.util.Locale.ROOT, "%.3f", time.toNanos() / 1e6)
          .replaceFirst("\\.?0+$", "");
    }
  }

  /**
   * The way of the last packet.
   *
   * @param back the nodes of the answer's way, where they are others
   * @param end what became of it
   */
  public record Way(String to, List<String> nodes, List<String> back, boolean arrived, String end) {
    public Way {
      nodes = List.copyOf(nodes);
      back = List.copyOf(back);
    }
  }

  static NetworkMap of(World world, Optional<LabPackets.Trip> last, String here) {
    return new Maker(world, last, here).make();
  }

  private static final class Maker {
    private final World world;
    private final String here;
    private final Topology topology;
    private final Map<String, List<Topology.Link>> links;
    private final Map<String, Integer> steps = new HashMap<>();
    private final Optional<Way> way;
    private final SequencedMap<String, Integer> columns = new LinkedHashMap<>();
    private final Set<Topology.Link> tree = new HashSet<>();

    Maker(World world, Optional<LabPackets.Trip> last, String here) {
      this.world = world;
      this.here = here;
      this.topology = world.topology();
      this.links = topology.linksByNode();
      this.way = last.map(t -> way(t, topology));
      way.ifPresent(
          w -> {
            for (int i = 0; i < w.nodes.size(); i++) {
              steps.putIfAbsent(w.nodes.get(i), i);
            }
          });
    }

    NetworkMap make() {
      Map<String, List<String>> backbone = backbone();
      Set<String> seen = new HashSet<>();
      Stream.concat(start(backbone).stream(), backbone.keySet().stream())
          .forEach(
              root -> {
                if (!seen.contains(root)) {
                  place(root, backbone, seen);
                }
              });
      List<String> names = new ArrayList<>();
      for (String name : columns.keySet()) {
        if (names.size() < MOST_ROWS || steps.containsKey(name)) {
          names.add(name);
        }
      }
      Map<String, SequencedMap<String, List<Topology.Host>>> lans = new LinkedHashMap<>();
      names.forEach(n -> lans.put(n, lans(n)));
      int budget = share(lans);
      List<Row> rows = names.stream().map(n -> row(n, lans, budget)).toList();
      int shown =
          rows.size()
              + rows.stream()
                  .flatMap(r -> r.subnets.stream())
                  .flatMap(s -> s.hosts.stream())
                  .mapToInt(p -> 1 + p.like)
                  .sum();
      int hosts = topology.hosts().size();
      return new NetworkMap(
          rows,
          cables(names),
          way,
          hosts,
          topology.nodes().size() - hosts,
          Math.max(0, topology.nodes().size() - shown));
    }

    private boolean isRouter(String name) {
      return topology.nodes().get(name) instanceof Topology.Router;
    }

    /** What has a row of its own, with its neighbours: routers, and hosts that are at none. */
    private Map<String, List<String>> backbone() {
      Map<String, List<String>> backbone = new LinkedHashMap<>();
      for (String name : topology.nodes().keySet()) {
        List<Topology.Link> own = links.getOrDefault(name, List.of());
        if (isRouter(name) || own.stream().noneMatch(l -> isRouter(l.opposite(name)))) {
          backbone.put(name, new ArrayList<>());
        }
      }
      backbone.forEach(
          (name, next) ->
              links.getOrDefault(name, List.of()).stream()
                  .map(l -> l.opposite(name))
                  .filter(backbone::containsKey)
                  .forEach(next::add));
      return backbone;
    }

    /** Where the map begins: where one sits. */
    private Optional<String> start(Map<String, List<String>> backbone) {
      return backbone.containsKey(here)
          ? Optional.of(here)
          : links.getOrDefault(here, List.of()).stream()
              .map(l -> l.opposite(here))
              .filter(backbone::containsKey)
              .findFirst();
    }

    /** The rows below a root: the largest branch last, in its parent's column. */
    private void place(String root, Map<String, List<String>> backbone, Set<String> seen) {
      Map<String, List<String>> children = new HashMap<>();
      List<String> order = new ArrayList<>(List.of(root));
      seen.add(root);
      for (int i = 0; i < order.size(); i++) {
        String name = order.get(i);
        for (String next : backbone.getOrDefault(name, List.of())) {
          if (seen.add(next)) {
            children.computeIfAbsent(name, _ -> new ArrayList<>()).add(next);
            order.add(next);
            links.getOrDefault(name, List.of()).stream()
                .filter(l -> l.opposite(name).equals(next))
                .findFirst()
                .ifPresent(tree::add);
          }
        }
      }
      Map<String, Integer> sizes = new HashMap<>();
      for (String name : order.reversed()) {
        sizes.put(
            name,
            1
                + children.getOrDefault(name, List.of()).stream()
                    .mapToInt(c -> sizes.getOrDefault(c, 0))
                    .sum());
      }
      children
          .values()
          .forEach(c -> c.sort(Comparator.comparingInt(n -> sizes.getOrDefault(n, 0))));
      List<String> left = new ArrayList<>(List.of(root));
      columns.put(root, 0);
      while (!left.isEmpty()) {
        String name = left.removeLast();
        int column = columns.getOrDefault(name, 0);
        columns.remove(name);
        columns.put(name, column);
        List<String> below = children.getOrDefault(name, List.of());
        for (String child : below.reversed()) {
          columns.put(child, column + (child.equals(below.getLast()) ? 0 : 1));
          left.add(child);
        }
      }
    }

    private SequencedMap<String, List<Topology.Host>> lans(String router) {
      SequencedMap<String, List<Topology.Host>> lans = new LinkedHashMap<>();
      if (!isRouter(router)) {
        return lans;
      }
      for (Topology.Link link : links.getOrDefault(router, List.of())) {
        if (topology.nodes().get(link.opposite(router)) instanceof Topology.Host host
            && firstRouter(host.name()).equals(router)) {
          lans.computeIfAbsent(range(host), _ -> new ArrayList<>()).add(host);
        }
      }
      return lans;
    }

    private String firstRouter(String host) {
      return links.getOrDefault(host, List.of()).stream()
          .map(l -> l.opposite(host))
          .filter(this::isRouter)
          .findFirst()
          .orElse("");
    }

    private String range(Topology.Host host) {
      return host.addresses().stream()
          .findFirst()
          .flatMap(a -> topology.subnetOf(Bytes.of(a.getAddress())))
          .map(Cidr::toString)
          .orElse("");
    }

    /** So many hosts of a subnet are shown that all together are not too many. */
    private static int share(Map<String, SequencedMap<String, List<Topology.Host>>> lans) {
      List<Integer> sizes =
          lans.values().stream()
              .flatMap(l -> l.values().stream())
              .map(List::size)
              .sorted()
              .toList();
      int left = MOST_CHIPS;
      for (int i = 0; i < sizes.size(); i++) {
        int each = left / (sizes.size() - i);
        if (sizes.get(i) > each) {
          return Math.max(FEWEST_IN_A_SUBNET, each);
        }
        left -= sizes.get(i);
      }
      return Integer.MAX_VALUE;
    }

    private Row row(
        String name, Map<String, SequencedMap<String, List<Topology.Host>>> lans, int budget) {
      List<Subnet> subnets = new ArrayList<>();
      lans.getOrDefault(name, new LinkedHashMap<>())
          .forEach((range, hosts) -> subnets.add(subnet(name, range, hosts, budget)));
      return new Row(
          name,
          isRouter(name),
          addresses(name),
          columns.getOrDefault(name, 0),
          steps.getOrDefault(name, -1),
          world.condition(name),
          subnets);
    }

    private List<String> addresses(String name) {
      return world.kernel(name).global().stream().map(IpText::of).toList();
    }

    private Subnet subnet(String router, String range, List<Topology.Host> hosts, int budget) {
      boolean all = hosts.size() <= budget;
      Map<String, List<Topology.Host>> groups = new LinkedHashMap<>();
      for (Topology.Host host : hosts) {
        boolean alone = all || isSpecial(host) || host.does().isEmpty();
        groups
            .computeIfAbsent(
                alone ? "host " + host.name() : "does " + host.does(), _ -> new ArrayList<>())
            .add(host);
      }
      List<List<Topology.Host>> first =
          groups.values().stream()
              .sorted(
                  Comparator.comparing((List<Topology.Host> g) -> !isSpecial(g.getFirst()))
                      .thenComparing(g -> !g.getFirst().serves().isEmpty()))
              .limit(
                  Math.max(
                      budget,
                      groups.values().stream().filter(g -> isSpecial(g.getFirst())).count()))
              .toList();
      int more = hosts.size() - first.stream().mapToInt(List::size).sum();
      Set<List<Topology.Host>> chosen = new LinkedHashSet<>(first);
      return new Subnet(
          range,
          groups.values().stream()
              .filter(chosen::contains)
              .map(g -> chip(router, g.getFirst(), g.size() - 1))
              .toList(),
          more);
    }

    /** Never left out: where one sits, what is on the way, what is not well. */
    private boolean isSpecial(Topology.Host host) {
      return host.name().equals(here)
          || steps.containsKey(host.name())
          || !(world.condition(host.name()) instanceof Condition.Up);
    }

    private Place chip(String router, Topology.Host host, int like) {
      Topology.Link link =
          links.getOrDefault(host.name(), List.of()).stream()
              .filter(l -> l.opposite(host.name()).equals(router))
              .findFirst()
              .orElseThrow();
      return new Place(
          host.name(),
          host.addresses().isEmpty() ? "" : IpText.of(host.addresses().getFirst()),
          link.delay(),
          world.condition(host.name()),
          host.name().equals(here),
          steps.getOrDefault(host.name(), -1),
          like,
          world.routing().isUp(link));
    }

    private List<Cable> cables(List<String> names) {
      Map<String, Integer> rows = new HashMap<>();
      names.forEach(n -> rows.put(n, rows.size()));
      List<Cable> cables = new ArrayList<>();
      for (Topology.Link link : topology.links()) {
        @Nullable Integer one = rows.get(link.one());
        @Nullable Integer other = rows.get(link.other());
        if (one != null && other != null) {
          int out = step(link, way.map(Way::nodes).orElse(List.of()));
          int back = step(link, way.map(Way::back).orElse(List.of()));
          cables.add(
              new Cable(
                  Math.min(one, other),
                  Math.max(one, other),
                  link.delay(),
                  link.jitter(),
                  link.mtu(),
                  link.lossPercent(),
                  world.routing().isUp(link),
                  tree.contains(link),
                  out,
                  out < 0 && back >= 0));
        }
      }
      return cables;
    }

    private static int step(Topology.Link link, List<String> nodes) {
      for (int i = 1; i < nodes.size(); i++) {
        Set<String> ends = Set.of(link.one(), link.other());
        if (ends.contains(nodes.get(i))
            && ends.contains(nodes.get(i - 1))
            && !nodes.get(i).equals(nodes.get(i - 1))) {
          return i;
        }
      }
      return -1;
    }
  }

  private static Way way(LabPackets.Trip trip, Topology topology) {
    List<String> nodes = nodes(trip.from(), trip.way());
    List<String> back =
        trip.back()
            .map(b -> nodes(nodes.getLast(), b))
            .filter(b -> !b.reversed().equals(nodes))
            .orElse(List.of());
    InetAddress to = trip.to();
    String end =
        switch (trip.way()) {
          case Routing.Outcome.Delivered d ->
              trip.back().filter(Routing.Outcome.Delivered.class::isInstance).isPresent()
                  ? "arrived at " + d.node()
                  : "arrived at " + d.node() + ", and the answer does not come home";
          case Routing.Outcome.Refused _ -> trip.from() + " itself has no way for it";
          case Routing.Outcome.ToMany _ -> "all on its link get it, and nobody answers";
          case Routing.Outcome.Dropped d -> d.reason() + ", and nobody says so";
          case Routing.Outcome.Returned r ->
              r.by()
                  + " sent it back: "
                  + r.why().name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
        };
    return new Way(
        topology.node(to).map(n -> n.name() + ", ").orElse("") + IpText.of(to),
        nodes,
        back,
        trip.way() instanceof Routing.Outcome.Delivered,
        end);
  }

  private static List<String> nodes(String from, Routing.Outcome way) {
    List<String> nodes = new ArrayList<>(List.of(from));
    if (!(way instanceof Routing.Outcome.Refused)) {
      way.steps().forEach(s -> nodes.add(s.node()));
    }
    return nodes;
  }
}

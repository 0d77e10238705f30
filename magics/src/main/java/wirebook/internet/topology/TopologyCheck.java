package wirebook.internet.topology;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import wirebook.engine.socket.Cidr;
import wirebook.engine.socket.icmp.Echo;
import wirebook.internet.topology.TopologyText.Mark;
import wirebook.internet.topology.TopologyText.Mistake;
import wirebook.trace.Bytes;
import wirebook.trace.IpText;

/**
 * What is wrong with a network of somebody's own that can be read: addresses that two nodes have,
 * hosts that no router knows, ways that end nowhere. What the lab's own world has is not looked at.
 */
public final class TopologyCheck {
  /** So many hosts are tried each with each. */
  private static final int TRIED = 24;

  private static final int SMALL = 60;

  private final Topology topology;
  private final Routing routing;
  private final TopologyText.Marks marks;
  private final List<Mistake> mistakes = new ArrayList<>();
  private final Map<String, List<Topology.Link>> links;

  private TopologyCheck(TopologyText.Reading reading, Routing routing) {
    this.topology = reading.topology();
    this.links = topology.linksByNode();
    this.routing = routing;
    this.marks = reading.marks();
  }

  public static List<Mistake> of(TopologyText.Reading reading, Routing routing) {
    TopologyCheck check = new TopologyCheck(reading, routing);
    check.addresses();
    check.places();
    check.commands();
    if (check.mistakes.isEmpty()) {
      check.ways();
    }
    return List.copyOf(check.mistakes);
  }

  private void wrong(Mark at, String message, String fix) {
    mistakes.add(new Mistake(at, message, fix, true));
  }

  private Topology.Node node(String name) {
    return topology.node(name).orElseThrow();
  }

  private void addresses() {
    Map<Bytes, String> owners = new HashMap<>();
    for (Topology.Node node : topology.nodes().values()) {
      if (!marks.nodes().containsKey(node.name())) {
        node.addresses().forEach(a -> owners.put(Bytes.of(a.getAddress()), node.name()));
      }
    }
    marks
        .nodes()
        .forEach(
            (name, _) -> {
              List<InetAddress> addresses = node(name).addresses();
              for (int i = 0; i < addresses.size(); i++) {
                Bytes address = Bytes.of(addresses.get(i).getAddress());
                Mark at = marks.addresses().getOrDefault(name, List.of()).get(i);
                String before = owners.putIfAbsent(address, name);
                if (before != null) {
                  wrong(
                      at,
                      before.equals(name)
                          ? name + " has the address " + IpText.of(address) + " twice"
                          : before + " has the address " + IpText.of(address) + " already",
                      "Give each its own.");
                }
                ends(name, address, at);
              }
            });
  }

  /** The first and the last address of a network are no host's. */
  private void ends(String name, Bytes address, Mark at) {
    Optional<Cidr> range = topology.subnetOf(address).filter(r -> r.isIpv4() && r.bits() < 31);
    if (range.isPresent()
        && (address.equals(range.get().network()) || address.equals(range.get().last()))) {
      wrong(
          at,
          IpText.of(address)
              + (address.equals(range.get().network())
                  ? " is the network " + range.get() + " itself"
                  : " is the broadcast address of " + range.get())
              + ", and "
              + name
              + " cannot have it",
          "The hosts of "
              + range.get()
              + " are "
              + IpText.of(range.get().firstHost())
              + " to "
              + IpText.of(range.get().lastHost())
              + ".");
    }
  }

  private void places() {
    if (topology.hosts().isEmpty()) {
      mistakes.add(
          new Mistake(
              marks.nodes().isEmpty() ? new Mark(0, 0, 0) : marks.nodes().lastEntry().getValue(),
              "the network has no host, so there is none for you to sit on",
              "For example: host pc1 10.0.0.10/24 at r1 1ms",
              false));
    }
    marks
        .nodes()
        .forEach(
            (name, at) -> {
              List<Topology.Link> own = links.getOrDefault(name, List.of());
              if (own.isEmpty() && topology.nodes().size() > 1) {
                wrong(
                    at,
                    name + " is linked to nothing",
                    node(name) instanceof Topology.Router
                        ? "Add a line such as: link " + name + " r2 5ms"
                        : "Add where it stands, behind its addresses: at r1 1ms");
              } else if (node(name) instanceof Topology.Host host) {
                gateway(host, own);
              }
            });
  }

  private void gateway(Topology.Host host, List<Topology.Link> own) {
    List<InetAddress> addresses = host.addresses();
    for (int i = 0; i < addresses.size(); i++) {
      InetAddress address = addresses.get(i);
      Bytes bytes = Bytes.of(address.getAddress());
      Mark at = marks.addresses().getOrDefault(host.name(), List.of()).get(i);
      Optional<Cidr> range = topology.subnetOf(bytes);
      List<Topology.Router> routers =
          own.stream()
              .map(l -> topology.nodes().get(l.opposite(host.name())))
              .filter(Topology.Router.class::isInstance)
              .map(Topology.Router.class::cast)
              .toList();
      if (range.isEmpty()) {
        wrong(
            at,
            host.name() + " with " + IpText.of(bytes) + " is in no subnet",
            "Write the mask with it, such as "
                + IpText.of(bytes)
                + (bytes.length() == 4 ? "/24" : "/64")
                + ", or a line with its subnet.");
      } else if (!routers.isEmpty()
          && routers.stream()
              .flatMap(r -> r.addresses().stream())
              .noneMatch(range.get()::contains)) {
        outside(host, address, range.get(), routers.getFirst(), at);
      }
    }
  }

  /** No router next to the host has an address in its subnet. */
  private void outside(
      Topology.Host host, InetAddress address, Cidr range, Topology.Router router, Mark at) {
    Optional<InetAddress> meant =
        router.addresses().stream()
            .filter(
                a ->
                    topology
                        .subnetOf(Bytes.of(a.getAddress()))
                        .filter(r -> r.contains(address))
                        .isPresent())
            .findFirst();
    if (meant.isPresent()) {
      wrong(
          at,
          "the mask /"
              + range.bits()
              + " of "
              + host.name()
              + " leaves out its gateway: "
              + IpText.of(meant.get())
              + " is not in "
              + range,
          "Write "
              + IpText.of(address)
              + "/"
              + topology.subnetOf(Bytes.of(meant.get().getAddress())).orElseThrow().bits()
              + ", as "
              + router.name()
              + " has it.");
    } else if (router.addresses().stream().anyMatch(a -> a.getClass() == address.getClass())) {
      wrong(
          at,
          router.name() + " has no address in " + range + ", so " + host.name() + " has no gateway",
          "Give "
              + router.name()
              + " one, such as "
              + IpText.of(range.firstHost())
              + "/"
              + range.bits()
              + ", or move "
              + host.name()
              + ".");
    }
  }

  /** What ip is told is taken as ip takes it. */
  private void commands() {
    marks
        .commands()
        .forEach(
            (name, at) -> {
              int before = topology.commands().getOrDefault(name, List.of()).size() - at.size();
              try {
                routing.kernel(name);
              } catch (Routing.RefusedCommand e) {
                Mark mark = at.get(Math.max(0, e.number() - before));
                mistakes.add(
                    new Mistake(
                        mark,
                        "ip refuses this on " + name + ": " + e.getMessage(),
                        "%ip -n " + name + " help shows what it takes.",
                        false));
              }
            });
  }

  /** Packets from some host of each subnet to some host of each other. */
  private void ways() {
    Map<String, Duration> reached = topology.delays(topology.here());
    for (Map.Entry<String, Mark> node : marks.nodes().entrySet()) {
      if (!reached.containsKey(node.getKey())) {
        wrong(
            node.getValue(),
            "no link leads from " + topology.here() + " to " + node.getKey(),
            "Add a link that joins the two parts.");
        return;
      }
    }
    if (marks.commands().isEmpty()) {
      // Where nobody told ip anything, the tables are those of the quickest ways.
      return;
    }
    Map<String, Topology.Host> some = new LinkedHashMap<>();
    for (String name : marks.nodes().keySet()) {
      if (node(name) instanceof Topology.Host host && !host.addresses().isEmpty()) {
        String place =
            topology.subnetOf(Bytes.of(host.addresses().getFirst().getAddress()))
                + links.getOrDefault(name, List.of()).stream()
                    .map(l -> l.opposite(name))
                    .toList()
                    .toString();
        some.putIfAbsent(place, host);
      }
    }
    List<Topology.Host> tried = some.values().stream().limit(TRIED).toList();
    for (Topology.Host from : tried) {
      for (Topology.Host to : tried) {
        if (!from.equals(to) && mistakes.isEmpty()) {
          way(from, to);
        }
      }
    }
  }

  private void way(Topology.Host from, Topology.Host to) {
    Bytes there = Bytes.of(to.addresses().getFirst().getAddress());
    Routing.Outcome out = routing.send(from.name(), Optional.empty(), there, SMALL);
    if (out instanceof Routing.Outcome.Delivered) {
      Bytes here = Bytes.of(from.addresses().getFirst().getAddress());
      Routing.Outcome back = routing.send(to.name(), Optional.of(there), here, SMALL);
      if (!(back instanceof Routing.Outcome.Delivered)) {
        trouble(
            back,
            to.name(),
            "no way back: a packet from "
                + from.name()
                + " comes to "
                + to.name()
                + ", and the answer does not come home");
      }
    } else {
      trouble(out, from.name(), "no way from " + from.name() + " to " + to.name());
    }
  }

  private void trouble(Routing.Outcome out, String from, String what) {
    List<String> steps = out.steps().stream().map(Routing.Step::node).toList();
    if (isLoop(out)) {
      List<String> round = steps.stream().distinct().limit(6).toList();
      wrong(
          blamed(round, from),
          what + ": it goes round and round, " + String.join(" → ", round) + " → …",
          "Mend the route of one of them: each must send it nearer to its end.");
    } else if (!deliberate(out)) {
      String last = steps.isEmpty() ? from : steps.getLast();
      wrong(
          blamed(List.of(last), from),
          what + ": it ends at " + last + ", " + why(out),
          "%ip -n " + last + " route shows its table; add a route there.");
    }
  }

  private static String why(Routing.Outcome out) {
    return out instanceof Routing.Outcome.Returned r && r.why() == Echo.Why.HOST_UNREACHABLE
        ? "where nobody on the cable has the address that its route names"
        : "which has no route for it";
  }

  private static boolean isLoop(Routing.Outcome out) {
    List<String> steps = out.steps().stream().map(Routing.Step::node).toList();
    return steps.stream().distinct().count() < steps.size();
  }

  /** Somebody wants it so. */
  private static boolean deliberate(Routing.Outcome out) {
    return out instanceof Routing.Outcome.Dropped
        || (out instanceof Routing.Outcome.Returned r && r.why() == Echo.Why.PROHIBITED);
  }

  /** The line that has most to do with it: what ip is told on one of the nodes, else a node's. */
  private Mark blamed(List<String> nodes, String otherwise) {
    return nodes.stream()
        .flatMap(n -> marks.commands().getOrDefault(n, List.of()).stream())
        .findFirst()
        .or(() -> nodes.stream().map(marks.nodes()::get).filter(m -> m != null).findFirst())
        .or(() -> Optional.ofNullable(marks.nodes().get(otherwise)))
        .orElse(new Mark(0, 0, 0));
  }
}

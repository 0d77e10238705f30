package wirebook.internet.topology;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import wirebook.engine.socket.Cidr;
import wirebook.trace.Bytes;

/**
 * Routes by their range, so that the longest prefix of an address is found in as many steps as
 * there are different lengths.
 */
final class RouteTable {
  record Hop(Optional<Bytes> gateway, int device, int weight, boolean onLink) {}

  /**
   * @param metric zero for none
   * @param more attributes that are kept and shown: metrics such as the MTU
   */
  record Route(
      Cidr to,
      int type,
      long table,
      int protocol,
      int scope,
      long metric,
      Optional<Bytes> source,
      List<Hop> hops,
      Bytes more) {
    Route {
      hops = List.copyOf(hops);
    }
  }

  private final TreeMap<Integer, Integer> lengths = new TreeMap<>(Comparator.reverseOrder());
  private final Map<Cidr, List<Route>> byRange = new HashMap<>();
  private int size;

  int size() {
    return size;
  }

  void add(Route route) {
    List<Route> same = byRange.computeIfAbsent(route.to(), _ -> new ArrayList<>(1));
    same.add(route);
    same.sort(Comparator.comparingLong(Route::metric));
    lengths.merge(route.to().bits(), 1, Integer::sum);
    size++;
  }

  void remove(Route route) {
    List<Route> same = byRange.get(route.to());
    if (same != null && same.remove(route)) {
      forget(route);
      if (same.isEmpty()) {
        byRange.remove(route.to());
      }
    }
  }

  private void forget(Route route) {
    lengths.merge(route.to().bits(), -1, (a, b) -> a + b == 0 ? null : a + b);
    size--;
  }

  void removeIf(Predicate<Route> gone) {
    inOrder().stream().filter(gone).forEach(this::remove);
  }

  boolean contains(Cidr to, long table, long metric) {
    return byRange.getOrDefault(to, List.of()).stream()
        .anyMatch(r -> r.table() == table && r.metric() == metric);
  }

  boolean hasTable(long table) {
    return all().anyMatch(r -> r.table() == table);
  }

  Stream<Route> all() {
    return byRange.values().stream().flatMap(List::stream);
  }

  /** By address, the longer prefix behind, then by metric. */
  List<Route> inOrder() {
    return all().sorted(Comparator.comparing(Route::to).thenComparingLong(Route::metric)).toList();
  }

  /** The longest prefix, then the lowest metric, of what is usable. */
  Optional<Route> longest(Bytes to, long table, Predicate<Route> usable) {
    for (int bits : lengths.keySet()) {
      if (bits > 8 * to.length()) {
        continue;
      }
      for (Route route : byRange.getOrDefault(Cidr.of(to, bits), List.of())) {
        if (route.table() == table && usable.test(route)) {
          return Optional.of(route);
        }
      }
    }
    return Optional.empty();
  }
}

// Above 500 lines: one state, a host's tables, which all that is asked and told reads or changes.
package wirebook.internet.topology;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import wirebook.engine.socket.Cidr;
import wirebook.engine.socket.Numbers;
import wirebook.engine.socket.ip.Attributes;
import wirebook.engine.socket.ip.IpNames;
import wirebook.engine.socket.ip.Rtnetlink;
import wirebook.engine.socket.ss.Netlink;
import wirebook.internet.topology.RouteTable.Hop;
import wirebook.internet.topology.RouteTable.Route;
import wirebook.trace.Bytes;

/**
 * The network side of a lab host's kernel: interfaces, addresses, rules, tables of routes. It is
 * asked and changed as Linux is (rtnetlink(7)), and refuses in Linux's words.
 */
public final class HostKernel implements Rtnetlink {
  static final int MAIN = 254;
  static final int LOCAL_TABLE = 255;
  static final int UNICAST = 1;
  static final int LOCAL = 2;
  static final int BROADCAST = 3;
  static final int MULTICAST = 5;
  static final int BLACKHOLE = 6;
  static final int UNREACHABLE = 7;
  static final int PROHIBIT = 8;
  static final int THROW = 9;
  static final int LOOPBACK = 1;
  static final int LINK_SCOPE = 253;
  static final int KERNEL = 2;
  static final int BOOT = 3;
  static final int STATIC = 4;

  private static final int DEFAULT_TABLE = 253;
  private static final int HOST_SCOPE = 254;
  private static final int ONLINK = 4;
  private static final int CLONED = 0x200;
  private static final int FIB_MATCH = 0x2000;
  private static final int INET = 2;
  private static final int INET6 = 10;
  private static final int ARP_ETHER = 1;
  private static final int ARP_LOOPBACK = 772;
  private static final int METRIC6 = 1024;
  private static final int CONNECTED_METRIC6 = 256;
  private static final int MOST = 20_000;
  private static final int SMALLEST_MTU = 68;
  private static final int LARGEST_MTU = 65535;

  /** The group that each host is a member of (RFC 1112, 4). */
  private static final Bytes ALL_HOSTS = Bytes.of(new byte[] {(byte) 224, 0, 0, 1});

  private static final int ENOENT = 2;
  private static final int EACCES = 13;
  private static final int EEXIST = 17;
  private static final int ENODEV = 19;
  private static final int EINVAL = 22;
  private static final int ESRCH = 3;
  private static final int ENOBUFS = 105;
  private static final int EADDRNOTAVAIL = 99;
  private static final int ENETDOWN = 100;
  private static final int ENETUNREACH = 101;
  private static final int EHOSTUNREACH = 113;

  /** An interface, and the cable in it. */
  record Interface(int index, String name, boolean up, int mtu, Bytes hardware) {
    Interface with(boolean isUp, int withMtu) {
      return new Interface(index, name, isUp, withMtu, hardware);
    }
  }

  record Address(
      int device, Bytes local, int bits, int scope, String label, Optional<Bytes> broadcast) {
    Cidr range() {
      return Cidr.of(local, bits);
    }
  }

  record Rule(
      long priority,
      int family,
      int action,
      long table,
      Cidr from,
      Cidr to,
      boolean not,
      Attributes more) {}

  /** What the tables say of a packet. */
  record Decision(int type, Optional<Hop> hop, Optional<Route> route, Optional<Bytes> source) {}

  private static final int MOST_SILENT = 100;

  /**
   * A neighbour: its address, the interface, its hardware address, which is empty when nobody
   * answered for the address, whether it was heard of.
   */
  record Neighbour(Bytes address, int device, Bytes hardware, boolean heard) {}

  private final String host;
  private final Runnable changed;
  private final Supplier<List<Neighbour>> neighbours;
  private final Map<Bytes, Integer> silent = new ConcurrentHashMap<>();
  private final List<Interface> interfaces = new ArrayList<>();
  private final List<Address> addresses = new ArrayList<>();
  private final List<Rule> rules = new ArrayList<>();
  private final RouteTable routes = new RouteTable();
  private boolean hadOtherRules;

  /**
   * What a router told of the way to an address (RFC 1191, 6.3).
   *
   * @param left how long it is remembered from now on, in nanoseconds
   */
  public record PathMtu(int mtu, LongSupplier left) {}

  private final Map<Bytes, PathMtu> paths = new HashMap<>();

  /** A router has told it. */
  public synchronized void learn(Bytes to, PathMtu path) {
    paths.put(to, path);
  }

  @Override
  public synchronized void forgetPaths() {
    paths.clear();
  }

  public synchronized Optional<PathMtu> path(Bytes to) {
    return Optional.ofNullable(paths.get(to)).filter(p -> p.left.getAsLong() > 0);
  }

  /**
   * @param changed is told when something was changed
   * @param neighbours asks the network who is there
   */
  HostKernel(String host, Runnable changed, Function<HostKernel, List<Neighbour>> neighbours) {
    this.host = host;
    this.changed = changed;
    this.neighbours = () -> neighbours.apply(this);
    interfaces.add(new Interface(LOOPBACK, "lo", true, 65536, Bytes.of(new byte[6])));
    for (int family : List.of(INET, INET6)) {
      rule(0, family, LOCAL_TABLE);
      rule(32766, family, MAIN);
      if (family == INET) {
        rule(32767, family, DEFAULT_TABLE);
      }
    }
    addresses.add(loopback(Bytes.of(new byte[] {127, 0, 0, 1}), 8, "lo"));
    byte[] one = new byte[16];
    one[15] = 1;
    addresses.add(loopback(Bytes.of(one), 128, ""));
  }

  private static Address loopback(Bytes address, int bits, String label) {
    return new Address(LOOPBACK, address, bits, HOST_SCOPE, label, Optional.empty());
  }

  private void rule(long priority, int family, long table) {
    Cidr all = all(family);
    rules.add(new Rule(priority, family, UNICAST, table, all, all, false, Attributes.NONE));
  }

  private static Cidr all(int family) {
    return new Cidr(Bytes.of(new byte[family == INET6 ? 16 : 4]), 0);
  }

  @Override
  public IpNames names() {
    return IpNames.usual();
  }

  @Override
  public boolean isThisMachine() {
    return false;
  }

  @Override
  public String closed() {
    return "";
  }

  String host() {
    return host;
  }

  // Set-up.

  synchronized int plug(String name, int mtu, Bytes hardware) {
    int index = interfaces.size() + 1;
    interfaces.add(new Interface(index, name, true, mtu, hardware));
    return index;
  }

  synchronized void give(int device, Bytes address, int bits) {
    put(address(device, address, bits, 0));
  }

  private Address address(int device, Bytes address, int bits, int scope) {
    boolean four = address.length() == 4;
    return new Address(
        device,
        address,
        bits,
        scope,
        four ? interfaces.get(device - 1).name : "",
        four && bits < 31 ? Optional.of(Cidr.of(address, bits).last()) : Optional.empty());
  }

  /** An address, and the route to its subnet. */
  private void put(Address a) {
    addresses.add(a);
    connected(a).ifPresent(routes::add);
  }

  private static Optional<Route> connected(Address a) {
    boolean four = a.local.length() == 4;
    if (a.bits == 8 * a.local.length() || a.device == LOOPBACK) {
      return Optional.empty();
    }
    return Optional.of(
        new Route(
            a.range(),
            UNICAST,
            MAIN,
            KERNEL,
            four ? LINK_SCOPE : 0,
            four ? 0 : CONNECTED_METRIC6,
            four ? Optional.of(a.local) : Optional.empty(),
            List.of(new Hop(Optional.empty(), a.device, 1, false)),
            Bytes.EMPTY));
  }

  synchronized void route(Cidr to, Optional<Bytes> gateway, int device, int protocol) {
    boolean four = to.isIpv4();
    boolean far =
        gateway
            .map(g -> Cidr.of(g, 8 * g.length()))
            .filter(g -> addresses.stream().noneMatch(a -> a.range().contains(g)))
            .isPresent();
    routes.add(
        new Route(
            to,
            UNICAST,
            MAIN,
            protocol,
            gateway.isEmpty() && four ? LINK_SCOPE : 0,
            four ? 0 : METRIC6,
            Optional.empty(),
            List.of(new Hop(gateway, device, 1, far)),
            Bytes.EMPTY));
  }

  // Questions of the network.

  synchronized List<Interface> interfaces() {
    return List.copyOf(interfaces);
  }

  synchronized boolean isUp(int device) {
    return device > 0 && device <= interfaces.size() && interfaces.get(device - 1).up;
  }

  public synchronized int mtu(int device) {
    return interfaces.get(device - 1).mtu;
  }

  synchronized List<Address> addresses() {
    return List.copyOf(addresses);
  }

  /** An address that is its own, on an interface that is up: Linux answers on any. */
  public synchronized boolean has(Bytes address) {
    for (Address a : addresses) {
      if (a.local.equals(address)) {
        return true;
      }
    }
    return false;
  }

  /** The addresses that others reach it by. */
  public synchronized List<Bytes> global() {
    return addresses.stream().filter(a -> a.scope == 0).map(Address::local).toList();
  }

  /** An address of a family on an interface, else on any. */
  public synchronized Optional<Bytes> ownAddress(int device, boolean six) {
    return addresses.stream()
        .filter(a -> a.scope == 0 && (a.local.length() == 16) == six)
        .sorted(Comparator.comparing(a -> a.device != device))
        .map(Address::local)
        .findFirst();
  }

  /** Where the default route of IPv4 leads. */
  public synchronized Optional<Bytes> defaultGateway() {
    return routes.inOrder().stream()
        .filter(r -> r.to().bits() == 0 && r.to().isIpv4() && r.table() == MAIN)
        .flatMap(r -> r.hops().stream())
        .flatMap(h -> h.gateway().stream())
        .findFirst();
  }

  /**
   * Which way a packet goes.
   *
   * @param from the source, if it is known
   * @param in the interface it came in by, zero when it is this host's own
   * @param flow tells packets apart where several ways are as good
   */
  synchronized Decision decide(Bytes to, Optional<Bytes> from, int in, long mark, int flow) {
    Optional<Address> subnet =
        addresses.stream()
            .filter(a -> a.local.length() == 4 && a.bits < 31 && a.range().last().equals(to))
            .filter(a -> isUp(a.device))
            .findFirst();
    if (subnet.isPresent()) {
      return new Decision(
          BROADCAST,
          Optional.of(new Hop(Optional.empty(), subnet.get().device, 1, false)),
          Optional.empty(),
          Optional.of(subnet.get().local));
    }
    if (has(to)) {
      return new Decision(
          LOCAL,
          Optional.of(new Hop(Optional.empty(), LOOPBACK, 1, false)),
          Optional.empty(),
          Optional.of(to));
    }
    Cidr whole = Cidr.of(to, 8 * to.length());
    boolean none = to.equals(all(family(to)).network());
    if (none || (to.length() == 4 && to.at(0) == 127)) {
      // Without an address, Linux takes its own.
      return new Decision(
          LOCAL,
          Optional.of(new Hop(Optional.empty(), LOOPBACK, 1, false)),
          Optional.empty(),
          Optional.of(
              addresses.stream()
                  .filter(a -> a.device == LOOPBACK && a.local.length() == to.length())
                  .findFirst()
                  .map(Address::local)
                  .orElse(to)));
    }
    Optional<Route> group = SIX_GROUPS.contains(whole) ? groups().findFirst() : Optional.empty();
    if (group.isPresent()) {
      // It is in the local table, which is asked before all others.
      Hop hop = group.get().hops().getFirst();
      return new Decision(MULTICAST, Optional.of(hop), group, in != 0 ? from : source(hop, to));
    }
    for (Rule rule : rules) {
      if (rule.family != family(to)
          || rule.table == LOCAL_TABLE
          || !applies(rule, whole, from, in, mark)) {
        continue;
      }
      if (rule.action != UNICAST) {
        return new Decision(rule.action, Optional.empty(), Optional.empty(), Optional.empty());
      }
      Optional<Route> found = routes.longest(to, rule.table, this::isUsable);
      if (found.isEmpty() || found.get().type() == THROW) {
        continue;
      }
      Route route = found.get();
      List<Hop> usable = route.hops().stream().filter(h -> isUp(h.device())).toList();
      Optional<Hop> hop = usable.isEmpty() ? Optional.empty() : Optional.of(pick(usable, flow));
      int many = route.type() == UNICAST ? toMany(to) : 0;
      return new Decision(
          many == 0 ? route.type() : many,
          many == 0 ? hop : hop.map(h -> new Hop(Optional.empty(), h.device(), 1, true)),
          found,
          // A packet that came in has a source already.
          in != 0 ? from : route.source().or(() -> hop.flatMap(h -> source(h, to))));
    }
    return new Decision(0, Optional.empty(), Optional.empty(), Optional.empty());
  }

  /** The type of what goes to all on a link, whatever the gateway: 255.255.255.255, multicast. */
  private static int toMany(Bytes to) {
    return to.equals(all(INET).last())
        ? BROADCAST
        : to.length() == 4 && to.at(0) >> 4 == 0xe ? MULTICAST : 0;
  }

  private static Hop pick(List<Hop> hops, int flow) {
    int weights = hops.stream().mapToInt(Hop::weight).sum();
    int at = Math.floorMod(flow, weights);
    for (Hop hop : hops) {
      at -= hop.weight();
      if (at < 0) {
        return hop;
      }
    }
    return hops.getLast();
  }

  private static boolean applies(Rule rule, Cidr to, Optional<Bytes> from, int in, long mark) {
    Attributes a = rule.more;
    boolean fits =
        rule.to.contains(to)
            && (rule.from.bits() == 0
                || from.filter(f -> rule.from.contains(Cidr.of(f, 8 * f.length()))).isPresent())
            && (!a.has(10) || a.u32(10) == (mark & (a.has(16) ? a.u32(16) : 0xffffffffL)))
            && (!a.has(3) || a.text(3).equals(in == 0 ? "lo" : "eth" + (in - 2)))
            && !a.has(17);
    return fits != rule.not;
  }

  private boolean isUsable(Route route) {
    return route.hops().isEmpty() || route.hops().stream().anyMatch(h -> isUp(h.device()));
  }

  private Optional<Bytes> source(Hop hop, Bytes to) {
    boolean six = to.length() == 16;
    Cidr next = Cidr.of(hop.gateway().orElse(to), 8 * to.length());
    return addresses.stream()
        .filter(a -> a.scope == 0 && (a.local.length() == 16) == six)
        .sorted(
            Comparator.comparing((Address a) -> a.device != hop.device())
                .thenComparing(a -> !a.range().contains(next)))
        .map(Address::local)
        .findFirst();
  }

  private static int family(Bytes address) {
    return address.length() == 16 ? INET6 : INET;
  }

  // Netlink.

  @Override
  public synchronized List<Bytes> dump(int type, Bytes request) throws IOException {
    int family = request.isEmpty() ? 0 : request.at(0);
    return switch (type) {
      case GET_LINK -> interfaces.stream().map(this::link).toList();
      case GET_ADDRESS ->
          addresses.stream()
              .filter(a -> family == 0 || family == family(a.local))
              .sorted(
                  Comparator.comparingInt((Address a) -> family(a.local))
                      .thenComparing(this::isSecondary))
              .map(this::message)
              .toList();
      case GET_ROUTE -> routeMessages(family, request);
      case GET_RULE ->
          rules.stream().filter(r -> r.family == family).map(HostKernel::message).toList();
      case GET_NEIGHBOUR ->
          neighboursNow().stream()
              .filter(n -> family == 0 || family == family(n.address))
              .map(HostKernel::message)
              .toList();
      default -> List.of();
    };
  }

  /** Somebody asked for who has the address there, and nobody answered (RFC 826). */
  void silent(int device, Bytes address) {
    if (device > LOOPBACK && silent.size() < MOST_SILENT) {
      silent.put(address, device);
    }
  }

  private List<Neighbour> neighboursNow() {
    List<Neighbour> all = new ArrayList<>(neighbours.get());
    all.forEach(n -> silent.remove(n.address));
    silent.forEach(
        (address, device) -> all.add(new Neighbour(address, device, Bytes.EMPTY, false)));
    return all;
  }

  private List<Bytes> routeMessages(int family, Bytes request) throws Netlink.Refused {
    Attributes asked = Attributes.of(request, 12);
    long table = asked.u32(15);
    if (table != 0 && table != MAIN && table != LOCAL_TABLE && !routes.hasTable(table)) {
      throw new Netlink.Refused(
          ENOENT, "ipv" + (family == INET6 ? 6 : 4) + ": FIB table does not exist");
    }
    // An address with two masks is one route.
    return Stream.of(
            routes.all(), addresses.stream().flatMap(a -> local(a).stream()).distinct(), groups())
        .flatMap(r -> r)
        .filter(r -> (family == 0 || family == family(r.to().network())))
        .filter(r -> table == 0 || table == r.table())
        .sorted(AS_LISTED)
        .map(r -> message(r, 0, Bytes.EMPTY))
        .toList();
  }

  /** As Linux lists them: IPv6 has what leads everywhere at the end of its table. */
  private static final Comparator<Route> AS_LISTED =
      Comparator.comparingInt((Route r) -> family(r.to().network()))
          .thenComparingLong(r -> r.table() & 0xff)
          .thenComparing(r -> !r.to().isIpv4() && r.to().bits() == 0)
          .thenComparing(Route::to)
          .thenComparingLong(Route::metric);

  private static final Cidr SIX_GROUPS = Cidr.parse("ff00::/8");
  private static final long GROUPS_METRIC = 256;

  /** Where multicast of IPv6 may go. */
  private Stream<Route> groups() {
    return interfaces.stream()
        .filter(i -> i.index != LOOPBACK && isUp(i.index))
        .map(
            i ->
                new Route(
                    SIX_GROUPS,
                    MULTICAST,
                    LOCAL_TABLE,
                    KERNEL,
                    0,
                    GROUPS_METRIC,
                    Optional.empty(),
                    List.of(new Hop(Optional.empty(), i.index, 1, false)),
                    Bytes.EMPTY));
  }

  /** The first address of a subnet on an interface; others of IPv4 are secondary. */
  private Bytes primary(Address a) {
    return addresses.stream()
        .filter(o -> o.device == a.device && o.range().equals(a.range()))
        .findFirst()
        .orElse(a)
        .local;
  }

  private boolean isSecondary(Address a) {
    return a.local.length() == 4 && !primary(a).equals(a.local);
  }

  /** The routes of the local table that an address brings. */
  private List<Route> local(Address a) {
    boolean four = a.local.length() == 4;
    Optional<Bytes> source = four ? Optional.of(primary(a)) : Optional.empty();
    List<Hop> out = List.of(new Hop(Optional.empty(), a.device, 1, false));
    List<Route> all = new ArrayList<>();
    if (four && a.device == LOOPBACK) {
      all.add(
          new Route(
              a.range(), LOCAL, LOCAL_TABLE, KERNEL, HOST_SCOPE, 0, source, out, Bytes.EMPTY));
    }
    all.add(
        new Route(
            Cidr.of(a.local, 8 * a.local.length()),
            LOCAL,
            LOCAL_TABLE,
            KERNEL,
            four ? HOST_SCOPE : 0,
            0,
            source,
            out,
            Bytes.EMPTY));
    if (four && a.bits < 31) {
      all.add(
          new Route(
              Cidr.of(a.range().last(), 32),
              BROADCAST,
              LOCAL_TABLE,
              KERNEL,
              LINK_SCOPE,
              0,
              source,
              out,
              Bytes.EMPTY));
    }
    return all;
  }

  @Override
  public synchronized Bytes get(int type, Bytes request) throws IOException {
    if (type == GET_LINK) {
      int index = Numbers.int32(request, 4);
      return link(
          interfaces.stream()
              .filter(i -> i.index == index)
              .findFirst()
              .orElseThrow(() -> new Netlink.Refused(ENODEV, "")));
    }
    if (type != GET_ROUTE) {
      throw new Netlink.Refused(ENOENT, "");
    }
    Attributes a = Attributes.of(request, 12);
    boolean six = request.at(0) == INET6;
    Bytes to = a.find(1).orElse(Bytes.of(new byte[six ? 16 : 4]));
    Optional<Bytes> from = a.find(2);
    int in = (int) a.u32(3);
    if (from.isPresent() && in == 0 && !has(from.get())) {
      throw new Netlink.Refused(six ? EINVAL : ENETUNREACH, "");
    }
    Decision d = decide(to, from, in, a.u32(16), to.hashCode());
    refuse(d);
    Hop hop = d.hop.orElseThrow(() -> new Netlink.Refused(ENETUNREACH, ""));
    long flags = Numbers.uint32(request, 8);
    if ((flags & FIB_MATCH) != 0 && d.route.isPresent()) {
      return message(d.route.get(), 0, Bytes.EMPTY);
    }
    // Linux keeps both tables as one until a rule of IPv4 is changed (fib_unmerge), and says main.
    int ownTable = six || hadOtherRules ? LOCAL_TABLE : MAIN;
    Route shown =
        new Route(
            Cidr.of(to, 8 * to.length()),
            d.type,
            d.route.map(Route::table).orElse((long) ownTable),
            six ? d.route.map(Route::protocol).orElse(KERNEL) : 0,
            0,
            six ? d.route.map(Route::metric).orElse(0L) : 0,
            from.isPresent() && in == 0 ? from.filter(_ -> six) : d.source,
            List.of(hop),
            d.route.map(Route::more).orElse(Bytes.EMPTY));
    // IPv6 names a source also where none was given, and has a clone only where it learned a size.
    Bytes more =
        from.or(() -> six ? Optional.of(all(INET6).network()) : Optional.empty())
            .map(f -> Netlink.attribute(2, f))
            .orElse(Bytes.EMPTY);
    if (!six) {
      more = more.plus(Netlink.attribute(25, u32(0)));
    }
    if (in != 0) {
      more = more.plus(Netlink.attribute(3, u32(in)));
    }
    Optional<PathMtu> path = path(to);
    if (path.isPresent()) {
      ByteBuffer cache = Numbers.room(32);
      cache.putInt(8, (int) (path.get().left.getAsLong() / 10_000_000));
      more =
          more.plus(Netlink.attribute(12, Numbers.bytes(cache)))
              .plus(Netlink.attribute(8, Netlink.attribute(2, u32(path.get().mtu))));
    }
    long cached =
        switch (d.type) {
          case LOCAL -> 0x80000000L;
          case BROADCAST -> 0x90000000L;
          case MULTICAST -> 0x20000000L | (to.equals(ALL_HOSTS) ? 0x80000000L : 0);
          default -> 0;
        };
    return message(shown, six && path.isEmpty() ? 0 : CLONED | cached, more);
  }

  /** In the words of a system call. */
  private static void refuse(Decision d) throws Netlink.Refused {
    int errno = errno(d);
    if (errno != 0 && d.type != BROADCAST) {
      throw new Netlink.Refused(errno, "");
    }
  }

  /** What a host's own packet meets: zero when it goes. */
  static int errno(Decision d) {
    return switch (d.type) {
      case BROADCAST -> EACCES;
      case UNICAST, LOCAL, MULTICAST -> d.hop.isPresent() ? 0 : ENETUNREACH;
      case BLACKHOLE -> EINVAL;
      case UNREACHABLE -> EHOSTUNREACH;
      case PROHIBIT -> EACCES;
      default -> ENETUNREACH;
    };
  }

  @Override
  public void change(int type, int flags, Bytes request) throws IOException {
    synchronized (this) {
      switch (type) {
        case NEW_LINK -> changeLink(request);
        case NEW_ADDRESS, DELETE_ADDRESS -> changeAddress(type == DELETE_ADDRESS, request);
        case NEW_ROUTE, DELETE_ROUTE -> {
          changeRoute(type == DELETE_ROUTE, flags, request);
          paths.clear();
        }
        case NEW_RULE, DELETE_RULE -> changeRule(type == DELETE_RULE, request);
        default -> throw new Netlink.Refused(EINVAL, "");
      }
    }
    changed.run();
  }

  private void changeLink(Bytes request) throws Netlink.Refused {
    int index = Numbers.int32(request, 4);
    Attributes a = Attributes.of(request, 16);
    Interface i = interfaces.get(index - 1);
    int mtu = a.has(4) ? (int) a.u32(4) : i.mtu;
    if (mtu < SMALLEST_MTU) {
      throw new Netlink.Refused(EINVAL, "mtu less than device minimum");
    } else if (mtu > LARGEST_MTU && mtu != i.mtu) {
      throw new Netlink.Refused(EINVAL, "mtu greater than device maximum");
    }
    boolean up =
        (Numbers.uint32(request, 12) & 1) != 0 ? (Numbers.uint32(request, 8) & 1) != 0 : i.up;
    interfaces.set(index - 1, i.with(up, mtu));
    if (i.up && !up) {
      // As Linux does: what goes by this interface is forgotten, and not learnt again.
      routes.removeIf(r -> r.hops().stream().anyMatch(h -> h.device() == index));
    } else if (!i.up && up) {
      addresses.stream()
          .filter(x -> x.device == index)
          .flatMap(x -> connected(x).stream())
          .filter(c -> !routes.contains(c.to(), c.table(), c.metric()))
          .forEach(routes::add);
    }
  }

  private void changeAddress(boolean delete, Bytes request) throws Netlink.Refused {
    Attributes a = Attributes.of(request, 8);
    int device = Numbers.int32(request, 4);
    Bytes local = a.get(2);
    int bits = request.at(1);
    String version = local.length() == 4 ? "ipv4: " : "ipv6: ";
    Optional<Address> same =
        addresses.stream()
            .filter(
                x ->
                    x.device == device
                        && x.local.equals(local)
                        // IPv6 has an address once on a link, IPv4 once with each mask.
                        && (x.bits == bits
                            || (delete ? bits == 8 * local.length() : local.length() == 16)))
            .findFirst();
    if (delete) {
      Address gone =
          same.orElseThrow(
              () ->
                  new Netlink.Refused(
                      EADDRNOTAVAIL,
                      version + (local.length() == 4 ? "Address not found" : "address not found")));
      addresses.remove(gone);
      Optional<Route> route = connected(gone);
      routes.removeIf(
          r ->
              route
                      .filter(
                          c ->
                              c.to().equals(r.to())
                                  && c.hops().equals(r.hops())
                                  && r.protocol() == KERNEL)
                      .isPresent()
                  || r.source().filter(s -> s.equals(gone.local) && !has(s)).isPresent());
      // Others of the same subnet keep it.
      addresses.stream()
          .filter(x -> x.device == device && x.range().equals(gone.range()) && isUp(device))
          .findFirst()
          .flatMap(HostKernel::connected)
          .ifPresent(routes::add);
      // Linux does not ask again whether a gateway is near; but with its last address of IPv4 an
      // interface loses all routes of IPv4 (fib_disable_ip).
      if (local.length() == 4
          && addresses.stream().noneMatch(x -> x.device == device && x.local.length() == 4)) {
        routes.removeIf(
            r -> r.to().isIpv4() && r.hops().stream().anyMatch(h -> h.device() == device));
      }
      return;
    }
    if (same.isPresent()) {
      throw new Netlink.Refused(
          EEXIST,
          version
              + (local.length() == 4 ? "Address already assigned" : "address already assigned"));
    }
    if (addresses.size() >= MOST) {
      throw new Netlink.Refused(ENOBUFS, "");
    }
    Address fresh =
        new Address(
            device,
            local,
            bits,
            request.at(3),
            a.text(3),
            local.length() == 4 ? a.find(4) : Optional.empty());
    addresses.add(fresh);
    if (isUp(device)) {
      connected(fresh)
          .filter(c -> !routes.contains(c.to(), c.table(), c.metric()))
          .ifPresent(routes::add);
    }
  }

  private void changeRoute(boolean delete, int flags, Bytes request) throws Netlink.Refused {
    Attributes a = Attributes.of(request, 12);
    boolean six = request.at(0) == INET6;
    Bytes any = Bytes.of(new byte[six ? 16 : 4]);
    Bytes network = a.find(1).orElse(any);
    int bits = request.at(1);
    Cidr to = Cidr.of(network, bits);
    if (!six && !to.network().equals(network)) {
      throw new Netlink.Refused(EINVAL, "Invalid prefix for given prefix length");
    }
    long table = a.has(15) ? a.u32(15) : request.at(4);
    long metric = a.has(6) ? a.u32(6) : six && !delete ? METRIC6 : 0;
    List<Hop> hops = hops(a, Numbers.uint32(request, 8));
    if (delete) {
      Route gone =
          routes.inOrder().stream()
              .filter(
                  r ->
                      r.to().equals(to)
                          && r.table() == table
                          && (request.at(7) == 0 || request.at(7) == r.type())
                          && (request.at(5) == 0 || request.at(5) == r.protocol())
                          && (!a.has(6) || r.metric() == metric)
                          && fits(r, hops))
              .findFirst()
              .orElseThrow(() -> new Netlink.Refused(ESRCH, ""));
      routes.remove(gone);
      return;
    }
    int type = request.at(7);
    List<Hop> resolved = new ArrayList<>();
    if (type == UNICAST || type == LOCAL) {
      for (Hop hop : hops) {
        resolved.add(resolve(hop, six));
      }
      if (hops.isEmpty()) {
        throw new Netlink.Refused(ENODEV, "");
      }
    } else if (six) {
      resolved.add(new Hop(Optional.empty(), LOOPBACK, 1, false));
    }
    Optional<Bytes> source = a.find(7);
    if (source.filter(s -> !has(s)).isPresent()) {
      throw new Netlink.Refused(EINVAL, six ? "Invalid source address" : "Invalid prefsrc address");
    }
    boolean there = routes.contains(to, table, metric);
    if (there && (flags & EXCLUSIVE) != 0) {
      throw new Netlink.Refused(EEXIST, "");
    } else if (!there && (flags & CREATE) == 0) {
      throw new Netlink.Refused(ENOENT, "");
    } else if (routes.size() >= MOST) {
      throw new Netlink.Refused(ENOBUFS, "");
    }
    if ((flags & REPLACE) != 0) {
      routes.removeIf(r -> r.to().equals(to) && r.table() == table && r.metric() == metric);
    }
    Bytes more = a.has(8) ? Netlink.attribute(8, a.get(8)) : Bytes.EMPTY;
    routes.add(
        new Route(to, type, table, request.at(5), request.at(6), metric, source, resolved, more));
  }

  private static boolean fits(Route route, List<Hop> wanted) {
    return wanted.stream()
        .allMatch(
            w ->
                route.hops().stream()
                    .anyMatch(
                        h ->
                            (w.device() == 0 || w.device() == h.device())
                                && (w.gateway().isEmpty() || w.gateway().equals(h.gateway()))));
  }

  private static List<Hop> hops(Attributes a, long flags) {
    List<Hop> hops = new ArrayList<>();
    if (a.has(5) || a.has(4)) {
      hops.add(new Hop(a.find(5), (int) a.u32(4), 1, (flags & ONLINK) != 0));
    }
    Bytes several = a.get(9);
    for (int at = 0; at + 8 <= several.length(); ) {
      int size = Numbers.uint16(several, at);
      Attributes own = Attributes.of(several.slice(at, at + size), 8);
      hops.add(
          new Hop(
              own.find(5),
              Numbers.int32(several, at + 4),
              several.at(at + 3) + 1,
              (several.at(at + 2) & ONLINK) != 0));
      at += (size + 3) & ~3;
    }
    return hops;
  }

  /** The interface of a gateway, which has to be on a link of this host. */
  private Hop resolve(Hop hop, boolean six) throws Netlink.Refused {
    if (hop.device() != 0 && !isUp(hop.device())) {
      throw new Netlink.Refused(
          ENETDOWN,
          hop.gateway().isPresent() && !six
              ? "Nexthop device is not up"
              : "Device for nexthop is not up");
    }
    if (hop.gateway().isEmpty() || hop.onLink()) {
      if (hop.device() == 0) {
        throw new Netlink.Refused(ENODEV, "");
      }
      return hop;
    }
    Bytes gateway = hop.gateway().get();
    if (has(gateway) && hop.device() != LOOPBACK) {
      throw new Netlink.Refused(
          EINVAL, six ? "Invalid gateway address" : "Nexthop has invalid gateway");
    }
    Optional<Route> way =
        routes.longest(
            gateway,
            MAIN,
            r ->
                r.type() == UNICAST
                    && r.hops().stream()
                        .anyMatch(
                            h ->
                                h.gateway().isEmpty()
                                    && (hop.device() == 0 || h.device() == hop.device())
                                    && isUp(h.device())));
    if (way.isEmpty()) {
      throw six
          ? new Netlink.Refused(EHOSTUNREACH, "")
          : new Netlink.Refused(ENETUNREACH, "Nexthop has invalid gateway");
    }
    return new Hop(hop.gateway(), way.get().hops().getFirst().device(), hop.weight(), false);
  }

  private void changeRule(boolean delete, Bytes request) throws Netlink.Refused {
    hadOtherRules |= request.at(0) == INET;
    Attributes a = Attributes.of(request, 12);
    int family = request.at(0);
    Bytes any = Bytes.of(new byte[family == INET6 ? 16 : 4]);
    long table = a.has(15) ? a.u32(15) : request.at(4);
    Cidr to = Cidr.of(a.find(1).orElse(any), request.at(1));
    Cidr from = Cidr.of(a.find(2).orElse(any), request.at(2));
    boolean not = (Numbers.uint32(request, 8) & 2) != 0;
    if (delete) {
      Rule gone =
          rules.stream()
              .filter(
                  r ->
                      r.family == family
                          && (!a.has(6) || r.priority == a.u32(6))
                          && (from.bits() == 0 || r.from.equals(from))
                          && (to.bits() == 0 || r.to().equals(to))
                          && (!a.has(10) || r.more().u32(10) == a.u32(10))
                          && ((a.has(6) && table == MAIN) || r.table() == table))
              .findFirst()
              .orElseThrow(() -> new Netlink.Refused(ENOENT, ""));
      rules.remove(gone);
      return;
    }
    long first =
        rules.stream()
            .filter(r -> r.family == family && r.priority > 0)
            .mapToLong(Rule::priority)
            .min()
            .orElse(32767);
    long priority = a.has(6) ? a.u32(6) : Math.max(1, first - 1);
    Rule rule =
        new Rule(
            priority,
            family,
            request.at(7),
            request.at(7) == UNICAST ? table : 0,
            from,
            to,
            not,
            a);
    boolean there =
        rules.stream()
            .anyMatch(
                r ->
                    r.priority == priority
                        && r.family == family
                        && r.from.equals(from)
                        && r.to().equals(to)
                        && r.table() == rule.table
                        && r.action == rule.action
                        && r.more().u32(10) == a.u32(10));
    if (there) {
      throw new Netlink.Refused(EEXIST, "");
    } else if (rules.size() >= MOST) {
      throw new Netlink.Refused(ENOBUFS, "");
    }
    rules.add(rule);
    rules.sort(Comparator.comparingLong(Rule::priority));
  }

  // Messages.

  private static Bytes u32(long value) {
    return Numbers.bytes(Numbers.room(4).putInt((int) value));
  }

  private static Bytes text(String value) {
    return Bytes.utf8(value + "\0");
  }

  private static Bytes u8(int value) {
    return Bytes.of(new byte[] {(byte) value});
  }

  private Bytes link(Interface i) {
    boolean loopback = i.index == LOOPBACK;
    int flags = (loopback ? 8 : 0x1002) | (i.up ? 0x10041 : 0);
    ByteBuffer header = Numbers.room(16);
    header
        .putShort(2, (short) (loopback ? ARP_LOOPBACK : ARP_ETHER))
        .putInt(4, i.index)
        .putInt(8, flags);
    byte[] all = {-1, -1, -1, -1, -1, -1};
    return Bytes.joined(
        List.of(
            Numbers.bytes(header),
            Netlink.attribute(3, text(i.name)),
            Netlink.attribute(4, u32(i.mtu)),
            Netlink.attribute(6, text(loopback ? "noqueue" : "fq_codel")),
            Netlink.attribute(16, u8(loopback ? 0 : i.up ? 6 : 2)),
            Netlink.attribute(17, u8(0)),
            Netlink.attribute(27, u32(0)),
            Netlink.attribute(13, u32(1000)),
            Netlink.attribute(1, i.hardware),
            Netlink.attribute(2, loopback ? Bytes.of(new byte[6]) : Bytes.of(all))));
  }

  private Bytes message(Address a) {
    int flags = isSecondary(a) ? 0x81 : 0x80;
    boolean four = a.local.length() == 4;
    ByteBuffer header = Numbers.room(8);
    header.put(0, (byte) family(a.local)).put(1, (byte) a.bits).put(2, (byte) flags);
    header.put(3, (byte) a.scope).putInt(4, a.device);
    Bytes message = Numbers.bytes(header).plus(Netlink.attribute(1, a.local));
    if (four) {
      message =
          message.plus(Netlink.attribute(2, a.local)).plus(Netlink.attribute(3, text(a.label)));
    }
    if (a.broadcast.isPresent()) {
      message = message.plus(Netlink.attribute(4, a.broadcast.get()));
    }
    ByteBuffer life = Numbers.room(16);
    life.putInt(0, -1).putInt(4, -1);
    return message
        .plus(Netlink.attribute(8, u32(flags)))
        .plus(Netlink.attribute(6, Numbers.bytes(life)));
  }

  private static Bytes message(Route r, long flags, Bytes more) {
    boolean six = !r.to().isIpv4();
    ByteBuffer header = Numbers.room(12);
    header.put(0, (byte) (six ? INET6 : INET)).put(1, (byte) r.to().bits());
    header.put(2, (byte) (Attributes.of(more, 0).has(2) ? 8 * r.to().network().length() : 0));
    header.put(4, (byte) (r.table() > 255 ? 252 : r.table())).put(5, (byte) r.protocol());
    header.put(6, (byte) r.scope()).put(7, (byte) r.type());
    boolean one = r.hops().size() == 1;
    header.putInt(
        8,
        (int) flags | (one && r.hops().getFirst().onLink() && (flags & CLONED) == 0 ? ONLINK : 0));
    Bytes message = Numbers.bytes(header).plus(Netlink.attribute(15, u32(r.table())));
    if (r.to().bits() > 0) {
      message = message.plus(Netlink.attribute(1, r.to().network()));
    }
    if (r.metric() != 0 || six) {
      message = message.plus(Netlink.attribute(6, u32(r.metric())));
    }
    if (r.source().isPresent()) {
      message = message.plus(Netlink.attribute(7, r.source().get()));
    }
    if (one) {
      Hop hop = r.hops().getFirst();
      if (hop.gateway().isPresent()) {
        message = message.plus(Netlink.attribute(5, hop.gateway().get()));
      }
      message = message.plus(Netlink.attribute(4, u32(hop.device())));
    } else if (!r.hops().isEmpty()) {
      Bytes hops = Bytes.EMPTY;
      for (Hop hop : r.hops()) {
        Bytes gateway = hop.gateway().map(g -> Netlink.attribute(5, g)).orElse(Bytes.EMPTY);
        ByteBuffer next = Numbers.room(8);
        next.putShort(0, (short) (8 + gateway.length())).put(2, (byte) (hop.onLink() ? ONLINK : 0));
        next.put(3, (byte) (hop.weight() - 1)).putInt(4, hop.device());
        hops = hops.plus(Numbers.bytes(next)).plus(gateway);
      }
      message = message.plus(Netlink.attribute(9, hops));
    }
    message = message.plus(r.more()).plus(more);
    return six ? message.plus(Netlink.attribute(20, u8(0))) : message;
  }

  private static Bytes message(Rule r) {
    ByteBuffer header = Numbers.room(12);
    header.put(0, (byte) r.family).put(1, (byte) r.to().bits()).put(2, (byte) r.from.bits());
    header.put(4, (byte) (r.table() > 255 ? 252 : r.table())).put(7, (byte) r.action);
    header.putInt(8, r.not ? 2 : 0);
    Bytes message = Numbers.bytes(header).plus(Netlink.attribute(15, u32(r.table())));
    if (r.priority != 0) {
      message = message.plus(Netlink.attribute(6, u32(r.priority)));
    }
    if (r.to().bits() > 0) {
      message = message.plus(Netlink.attribute(1, r.to().network()));
    }
    if (r.from.bits() > 0) {
      message = message.plus(Netlink.attribute(2, r.from.network()));
    }
    for (int type : List.of(10, 16, 3, 17)) {
      if (r.more().has(type)) {
        message = message.plus(Netlink.attribute(type, r.more().get(type)));
      }
    }
    return message;
  }

  private static Bytes message(Neighbour n) {
    ByteBuffer header = Numbers.room(12);
    header.put(0, (byte) family(n.address)).putInt(4, n.device);
    boolean answered = n.hardware.length() > 0;
    // NUD_REACHABLE, NUD_STALE, NUD_FAILED.
    header.putShort(8, (short) (!answered ? 0x20 : n.heard ? 2 : 4));
    return Numbers.bytes(header)
        .plus(Netlink.attribute(1, n.address))
        .plus(answered ? Netlink.attribute(2, n.hardware) : Bytes.EMPTY);
  }
}

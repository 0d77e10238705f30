package wirebook.engine.socket.ss;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import wirebook.engine.socket.SocketEntry;
import wirebook.engine.socket.SocketState;
import wirebook.net.NetworkClock;
import wirebook.net.Wire;
import wirebook.trace.Bytes;
import wirebook.trace.HostPort;
import wirebook.trace.IpText;

/**
 * Looks at the machine's TCP sockets again and again, and keeps how their states changed. No system
 * tells of a change of state without privileges, so it asks: about every millisecond while
 * something changes, and at each call of this process's sockets that changes a state. A state that
 * is shorter than that, such as a handshake's on loopback, may pass unseen.
 */
public final class StateWatch implements AutoCloseable {
  /** How long it goes on looking when nothing changes. */
  public static final Duration PATIENCE = Duration.ofMinutes(5);

  private static final int MOST_CONNECTIONS = 256;
  private static final int MOST_CHANGES = 64;
  private static final Duration OFTEN = Duration.ofMillis(1);
  private static final Duration SELDOM = Duration.ofMillis(20);

  /** It rests at least so many times as long as it looked. */
  private static final int MOST_BUSY = 9;

  private static final Duration LIVELY = Duration.ofSeconds(5);

  /** The system's TCP sockets. */
  interface Table {
    List<SocketEntry> now() throws IOException;
  }

  /** One end: an IPv4 address that stands in an IPv6 one is that IPv4 address. */
  private record Point(Bytes address, int port) {
    static Optional<Point> of(SocketEntry.End end) {
      return end instanceof SocketEntry.End.Ip ip
          ? Optional.of(new Point(IpText.unmapped(ip.address()), ip.port()))
          : Optional.empty();
    }

    static Point of(InetSocketAddress address) {
      return new Point(
          IpText.unmapped(Bytes.of(address.getAddress().getAddress())), address.getPort());
    }

    @Override
    public String toString() {
      return HostPort.of(IpText.of(address), port);
    }
  }

  /** Two ends, whichever way round. */
  private record Pair(Set<Point> ends) {
    static Pair of(Point one, Point other) {
      return new Pair(one.equals(other) ? Set.of(one) : Set.of(one, other));
    }
  }

  private record Moment(
      long at, Optional<SocketState> client, Optional<SocketState> server, String call) {}

  private static final class Listener {
    final Point at;
    final long since;
    SocketEntry entry;
    boolean own;

    Listener(Point at, long since, SocketEntry entry) {
      this.at = at;
      this.since = since;
      this.entry = entry;
    }
  }

  private static final class Connection {
    final Point client;
    final Point server;
    final List<Moment> moments = new ArrayList<>();
    final Map<Point, SocketEntry> ends = new HashMap<>();
    boolean own;
    int dropped;

    Connection(Point client, Point server) {
      this.client = client;
      this.server = server;
    }

    Optional<SocketState> state(Point end) {
      return moments.isEmpty()
          ? Optional.empty()
          : end.equals(client) ? moments.getLast().client : moments.getLast().server;
    }

    long changed() {
      return moments.getLast().at;
    }
  }

  private final Table table;
  private final Supplier<Set<Long>> owned;
  private final NetworkClock clock;
  private final Map<Point, Listener> listeners = new LinkedHashMap<>();
  private final Map<Pair, Connection> current = new HashMap<>();
  private final List<Connection> all = new ArrayList<>();
  private final Map<Point, Map<Point, String>> calls = new HashMap<>();
  private final Set<Long> others = new HashSet<>();
  private Set<Long> own = Set.of();
  private long changed;
  private long took;
  private boolean first = true;
  private @Nullable Thread looking;

  /** Of this machine; nothing is looked at before {@link #start}. */
  public StateWatch() {
    this(SocketTable::tcp, SocketTable::inodesOfThisProcess, NetworkClock.SYSTEM);
  }

  /** {@code owned} gives the inodes of this process's sockets. */
  StateWatch(Table table, Supplier<Set<Long>> owned, NetworkClock clock) {
    this.table = table;
    this.owned = owned;
    this.clock = clock;
  }

  /**
   * Looks from now on, until nothing has changed for {@link #PATIENCE}.
   *
   * @throws IOException when the system does not show its sockets, with its reason
   */
  public synchronized void start() throws IOException {
    look();
    changed = clock.nanoTime();
    if (looking == null) {
      Wire.turns(Optional.of(this::turn));
      looking = Thread.ofPlatform().daemon().name("socket-states").start(this::goOn);
    }
  }

  /** Whether it looks now. */
  public synchronized boolean isOn() {
    return looking != null;
  }

  @Override
  public synchronized void close() {
    Thread thread = looking;
    if (thread != null) {
      looking = null;
      Wire.turns(Optional.empty());
      thread.interrupt();
    }
  }

  private void goOn() {
    try {
      while (true) {
        clock.sleep(step());
      }
    } catch (InterruptedException | IOException e) {
      close();
    }
  }

  /** How long to wait before the next look. */
  private synchronized Duration step() throws IOException, InterruptedException {
    if (looking != Thread.currentThread()) {
      throw new InterruptedException();
    }
    look();
    long quiet = clock.nanoTime() - changed;
    if (quiet > PATIENCE.toNanos()) {
      throw new InterruptedException();
    }
    Duration pause = quiet < LIVELY.toNanos() ? OFTEN : SELDOM;
    return Duration.ofNanos(Math.max(pause.toNanos(), MOST_BUSY * took));
  }

  /** A call of this process is about to change the state of a connection, or has just done so. */
  private void turn(String call, InetSocketAddress local, InetSocketAddress remote) {
    if (Thread.holdsLock(this)) {
      return;
    }
    synchronized (this) {
      try {
        look();
        changed = clock.nanoTime();
        Point here = Point.of(local);
        Point there = Point.of(remote);
        if (current.containsKey(Pair.of(here, there))) {
          calls.computeIfAbsent(here, _ -> new HashMap<>()).put(there, call);
        }
      } catch (IOException e) {
        close();
      }
    }
  }

  /** Looks once. */
  public synchronized void look() throws IOException {
    long start = clock.nanoTime();
    List<SocketEntry> entries = table.now();
    long now = clock.nanoTime();
    Map<Pair, Map<Point, SocketEntry>> pairs = new LinkedHashMap<>();
    Map<Point, SocketEntry> listening = new LinkedHashMap<>();
    for (SocketEntry entry : entries) {
      Point local = Point.of(entry.local()).orElseThrow();
      Point peer = Point.of(entry.peer()).orElseThrow();
      if (entry.state() == SocketState.LISTEN) {
        listening.put(local, entry);
      } else if (peer.port != 0) {
        pairs.computeIfAbsent(Pair.of(local, peer), _ -> new HashMap<>()).put(local, entry);
      }
    }
    listen(listening, now);
    for (Map.Entry<Pair, Map<Point, SocketEntry>> pair : pairs.entrySet()) {
      Connection known = current.get(pair.getKey());
      if (known == null) {
        known = begin(pair.getValue());
        current.put(pair.getKey(), known);
        all.add(known);
      }
      for (SocketEntry entry : pair.getValue().values()) {
        known.own = known.own || isOwn(entry);
      }
      known.ends.putAll(pair.getValue());
      change(known, pair.getValue(), now);
    }
    for (Iterator<Map.Entry<Pair, Connection>> i = current.entrySet().iterator(); i.hasNext(); ) {
      Map.Entry<Pair, Connection> one = i.next();
      if (!pairs.containsKey(one.getKey())) {
        change(one.getValue(), Map.of(), now);
        calls.remove(one.getValue().client);
        calls.remove(one.getValue().server);
        i.remove();
      }
    }
    while (all.size() > MOST_CONNECTIONS) {
      all.remove(all.stream().filter(c -> !c.own).findFirst().orElse(all.getFirst()));
    }
    first = false;
    took = clock.nanoTime() - start;
  }

  private void listen(Map<Point, SocketEntry> listening, long now) {
    listeners.keySet().retainAll(listening.keySet());
    listening.forEach(
        (at, entry) -> {
          Listener known = listeners.computeIfAbsent(at, _ -> new Listener(at, now, entry));
          known.entry = entry;
          known.own = known.own || isOwn(entry);
          if (known.since == now && !first) {
            changed = now;
          }
        });
  }

  private Connection begin(Map<Point, SocketEntry> ends) {
    Map.Entry<Point, SocketEntry> one = ends.entrySet().iterator().next();
    Point here = one.getKey();
    Point there = Point.of(one.getValue().peer()).orElseThrow();
    Optional<Listener> ofHere = listener(here);
    Optional<Listener> ofThere = listener(there);
    boolean asks =
        ofHere.isPresent() != ofThere.isPresent()
            ? ofThere.isPresent()
            : one.getValue().state() == SocketState.SYN_SENT || here.port >= there.port;
    Connection made = asks ? new Connection(here, there) : new Connection(there, here);
    listener(made.server)
        .filter(_ -> !first)
        .ifPresent(
            l ->
                made.moments.add(
                    new Moment(
                        l.since, Optional.empty(), Optional.of(SocketState.LISTEN), "listen")));
    return made;
  }

  private Optional<Listener> listener(Point at) {
    Listener exact = listeners.get(at);
    return exact != null
        ? Optional.of(exact)
        : listeners.values().stream()
            .filter(l -> l.at.port == at.port && isAny(l.at.address))
            .findFirst();
  }

  private static boolean isAny(Bytes address) {
    for (int i = 0; i < address.length(); i++) {
      if (address.at(i) != 0) {
        return false;
      }
    }
    return true;
  }

  private void change(Connection of, Map<Point, SocketEntry> ends, long now) {
    Optional<SocketState> client = state(of, of.client, ends);
    Optional<SocketState> server = state(of, of.server, ends);
    if (client.equals(of.state(of.client)) && server.equals(of.state(of.server))) {
      return;
    }
    changed = now;
    if (of.moments.size() >= MOST_CHANGES) {
      of.dropped++;
      of.moments.removeLast();
    }
    List<String> by = new ArrayList<>();
    if (!client.equals(of.state(of.client))) {
      call(of.client, of.server).ifPresent(by::add);
    }
    if (!server.equals(of.state(of.server))) {
      call(of.server, of.client).ifPresent(by::add);
    }
    of.moments.add(new Moment(now, client, server, String.join(", ", by)));
  }

  private Optional<String> call(Point of, Point to) {
    Map<Point, String> known = calls.get(of);
    String call = known == null ? null : known.remove(to);
    if (known != null && known.isEmpty()) {
      calls.remove(of);
    }
    return Optional.ofNullable(call);
  }

  private static Optional<SocketState> state(
      Connection of, Point end, Map<Point, SocketEntry> ends) {
    SocketEntry entry = ends.get(end);
    if (entry != null) {
      return Optional.of(entry.state());
    }
    Optional<SocketState> was = of.state(end);
    return was.equals(Optional.of(SocketState.LISTEN)) ? was : was.map(_ -> SocketState.CLOSED);
  }

  private boolean isOwn(SocketEntry entry) {
    long inode = entry.inode();
    if (inode == 0 || others.contains(inode)) {
      return false;
    }
    if (!own.contains(inode)) {
      own = owned.get();
      if (!own.contains(inode)) {
        others.add(inode);
        return false;
      }
    }
    return true;
  }

  /**
   * The connections that pass a filter, at either end, the one that changed last first; without
   * any, the listeners that do.
   *
   * @param everyone whether those of other processes count as well
   * @param after a moment of the clock: those that have not changed since then are left out
   */
  public synchronized List<ConnectionStates> found(
      SsQuery.Filter filter, boolean everyone, Optional<Long> after) {
    List<ConnectionStates> connections =
        all.stream()
            .filter(c -> (everyone || c.own) && isAfter(c.changed(), after))
            .filter(c -> c.ends.values().stream().anyMatch(filter::matches))
            .sorted(Comparator.comparingLong(Connection::changed).reversed())
            .map(StateWatch::states)
            .toList();
    return connections.isEmpty()
        ? listeners.values().stream()
            .filter(l -> (everyone || l.own) && isAfter(l.since, after))
            .filter(l -> filter.matches(l.entry))
            .sorted(Comparator.comparingLong((Listener l) -> l.since).reversed())
            .map(StateWatch::states)
            .toList()
        : connections;
  }

  private static boolean isAfter(long moment, Optional<Long> start) {
    return start.isEmpty() || moment - start.get() >= 0;
  }

  /** Now, for {@link #found}. */
  public long now() {
    return clock.nanoTime();
  }

  private static ConnectionStates states(Listener one) {
    return new ConnectionStates(
        "",
        one.at.toString(),
        List.of(
            new ConnectionStates.Change(
                Duration.ZERO, Optional.empty(), Optional.of(SocketState.LISTEN), "listen")),
        0);
  }

  private static ConnectionStates states(Connection one) {
    long start = one.moments.getFirst().at;
    return new ConnectionStates(
        one.client.toString(),
        one.server.toString(),
        one.moments.stream()
            .map(
                m ->
                    new ConnectionStates.Change(
                        Duration.ofNanos(m.at - start), m.client, m.server, m.call))
            .toList(),
        one.dropped);
  }
}

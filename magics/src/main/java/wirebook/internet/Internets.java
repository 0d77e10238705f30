package wirebook.internet;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import wirebook.internet.host.LabHome;
import wirebook.internet.time.LabClock;
import wirebook.internet.topology.Topology;
import wirebook.internet.topology.TopologyText;
import wirebook.net.Network;
import wirebook.net.Networks;
import wirebook.net.RealNetwork;
import wirebook.spi.MagicCall;

/** The real Internet and the lab's, which starts when it is first used. */
public final class Internets implements Networks, AutoCloseable {
  private static final String LAB = "lab";
  private static final String REAL = "real";

  private static final Duration QUIET = Duration.ofSeconds(1);
  private static final Duration BUSY = Duration.ofMillis(50);

  private final Network real = new RealNetwork();
  private final Supplier<Lab> maker;
  private @Nullable Lab lab;
  private @Nullable LabProxy proxy;
  private String current;
  private Optional<String> host = Optional.empty();
  private boolean prepares;

  /**
   * @param initial {@code lab} or {@code real}
   * @throws IllegalArgumentException for anything else
   */
  public Internets(String initial) {
    this(initial, () -> lab(LabClock.running()));
  }

  Internets(String initial, Supplier<Lab> maker) {
    this.maker = maker;
    this.current = known(initial);
  }

  /** A lab with that time. */
  public static Lab lab(LabClock clock) {
    return lab(clock, TopologyText.world());
  }

  static Lab lab(LabClock clock, Topology topology) {
    return new Lab(clock, topology, Internets::on);
  }

  private static Internets on(Lab lab, String host) {
    Internets internets = new Internets(LAB, () -> lab);
    internets.sitOn(host);
    return internets;
  }

  private static String known(String name) {
    if (!name.equals(LAB) && !name.equals(REAL)) {
      throw new IllegalArgumentException("no network " + name + ": there are lab and real");
    }
    return name;
  }

  @Override
  public synchronized Network current() {
    return current.equals(LAB) ? lab().networkAt(host()) : real;
  }

  public synchronized Network use(String name) {
    current = known(name);
    return current();
  }

  /** Those of a call in the lab; none of one on the real network. */
  public static Optional<Internets> inLab(MagicCall call) {
    return call.network().name().equals(LAB) && call.networks() instanceof Internets internets
        ? Optional.of(internets)
        : Optional.empty();
  }

  /** Those of a call in the lab, when it is on another host than the notebook's. */
  public static Optional<Internets> elsewhere(MagicCall call) {
    return inLab(call).filter(it -> !it.host().equals(it.lab().topology().here()));
  }

  /**
   * A server of a magic listens: it is on the host of the lab that one sits on.
   *
   * @param at the address there that it listens at, as others see it
   */
  public static void listens(MagicCall call, InetAddress at, boolean datagrams, int port) {
    inLab(call)
        .filter(it -> call.network().equals(it.current()))
        .ifPresent(it -> it.lab().medium().bound(it.host(), datagrams, at, port));
  }

  /**
   * The file that is meant by one below the machine's {@code ~/.ssh}: in the lab that of the home
   * there, since a shell writes the machine's in the place of {@code ~}. All others mean
   * themselves.
   */
  public static Path meant(MagicCall call, Path file) {
    Path whole = call.directory().resolve(file).normalize();
    Optional<Path> keys =
        Stream.of(
                call.environment().getOrDefault("HOME", "/"), System.getProperty("user.home", "/"))
            .map(home -> Path.of(home).resolve(LabHome.KEYS))
            .filter(whole::startsWith)
            .findFirst();
    return keys.isEmpty()
        ? file
        : inLab(call)
            .map(it -> it.lab().home().folder().resolve(LabHome.KEYS))
            .map(labs -> labs.resolve(keys.get().relativize(whole).toString()).normalize())
            .orElse(file);
  }

  /** The host of the lab that one sits on. */
  public synchronized String host() {
    Topology topology = lab().topology();
    return host.filter(topology.nodes()::containsKey).orElseGet(topology::here);
  }

  /** From now on one sits on another host of the lab. */
  public synchronized void sitOn(String name) {
    host = Optional.of(name);
    lab().medium().sitOn(name);
  }

  /** What of the lab is no longer as it was at first, in words; does not start it. */
  public synchronized List<String> changes() {
    Lab started = lab;
    if (started == null) {
      return List.of();
    }
    List<String> all = new ArrayList<>();
    if (!started.world().isOwn()) {
      all.add("the network that was drawn");
    }
    if (!host().equals(started.topology().here())) {
      all.add("the seat on " + host());
    }
    all.addAll(started.changesInWords());
    return all;
  }

  /** The lab, also while the real network is in use. */
  public synchronized Lab lab() {
    if (lab == null) {
      Lab made = maker.get();
      lab = made;
      if (prepares) {
        Thread.ofPlatform().daemon().name("prepare").start(() -> prepare(made));
      }
    }
    return lab;
  }

  /**
   * What takes the first look-up in the lab half of its processor's time, the JDK's table for
   * signatures with P-256 and what is signed, is done ahead from now on: once there is a lab, since
   * it takes 12 MB, and this process has had nothing to do for a while.
   */
  public synchronized void prepareWhenIdle() {
    prepares = true;
  }

  private static void prepare(Lab lab) {
    Duration before;
    do {
      before = processorTime();
      LockSupport.parkNanos(QUIET.toNanos());
    } while (processorTime().minus(before).compareTo(BUSY) > 0);
    lab.zones().prepare();
  }

  private static Duration processorTime() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /**
   * The environment variables by which other programs reach the lab, through a proxy that starts
   * now if it does not run; none while the real network is in use.
   *
   * @throws IOException when the proxy cannot listen
   */
  public synchronized Map<String, String> variables() throws IOException {
    if (!current.equals(LAB)) {
      return Map.of();
    }
    if (proxy == null) {
      proxy = LabProxy.start(() -> lab().networkAt(host()));
    }
    return proxy.variables();
  }

  @Override
  public synchronized void close() throws IOException {
    if (proxy != null) {
      proxy.close();
    }
    if (lab != null) {
      lab.close();
    }
  }
}

package wirebook.magics.venv;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import wirebook.engine.http.server.Balancer;
import wirebook.engine.http.server.Endpoint;
import wirebook.engine.http.server.HttpServer;
import wirebook.engine.http.server.HttpServers;
import wirebook.engine.http.server.Knobs;
import wirebook.engine.http.server.OriginPolicy;
import wirebook.engine.http.server.Request;
import wirebook.engine.http.server.Response;
import wirebook.engine.process.Child;
import wirebook.engine.process.CompletedProcess;
import wirebook.engine.process.ProcessGroups;
import wirebook.internet.sites.PublishedSite;
import wirebook.net.Network;
import wirebook.net.NetworkClock;
import wirebook.net.PortOwner;
import wirebook.net.TemporaryFolder;
import wirebook.spi.MagicCall;
import wirebook.trace.HostPort;

/**
 * A program of an environment that serves HTTP, kept running behind a server of ours, which has the
 * address: while the program is replaced, or started again after its death, the address stays.
 */
final class PythonApp {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration STEP = Duration.ofMillis(20);
  private static final Duration WATCH = Duration.ofMillis(250);
  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  /** After so long a life it is as if it had never died. */
  private static final Duration SETTLED = Duration.ofSeconds(10);

  private static final Duration DRAIN = Duration.ofSeconds(5);

  private final MagicCall call;
  private final Plan plan;
  private final AppLog log;
  private final Network network;
  private volatile @Nullable Balancer inside;
  private volatile boolean stopped;
  private @Nullable Running running;
  private @Nullable HttpServer front;

  /**
   * What to run.
   *
   * @param words in words, for lists
   * @param command the program and its arguments, by the runner that tells where it listens
   * @param environment of the process, without the place to tell it
   */
  record Plan(
      String name,
      String words,
      Path prefix,
      List<String> command,
      Path directory,
      Map<String, String> environment,
      OptionalInt port,
      Optional<PublishedSite> site) {
    Plan {
      command = List.copyOf(command);
      environment = Map.copyOf(environment);
    }
  }

  /**
   * A process that listens.
   *
   * @param asked the port that it wanted
   * @param at where it listens
   * @param report the file in which it says so; it looks there when it starts itself anew
   */
  private record Running(Child child, int asked, InetSocketAddress at, Path report) {
    void stop() {
      child.stop();
      TemporaryFolder.delete(report);
    }
  }

  /** Why nothing is served, for the person. */
  static final class NotServedException extends Exception {
    private static final long serialVersionUID = 1L;
    private final String fix;

    NotServedException(String message, String fix) {
      super(message);
      this.fix = fix;
    }

    String fix() {
      return fix;
    }
  }

  PythonApp(MagicCall call, Plan plan) {
    this.call = call;
    this.plan = plan;
    this.log = new AppLog(call);
    this.network = call.network();
  }

  /** Its environment. */
  Path prefix() {
    return plan.prefix();
  }

  String name() {
    return plan.name();
  }

  boolean isServed() {
    HttpServer server = front;
    return server != null && server.isOpen();
  }

  /** The port at which the program itself listens. */
  int ownPort() {
    Running now = running;
    return now == null ? 0 : now.at().getPort();
  }

  Optional<String> url() {
    return isServed() ? Optional.of(server().url()) : Optional.empty();
  }

  private HttpServer server() {
    HttpServer server = front;
    if (server == null) {
      throw new IllegalStateException("it is not served yet");
    }
    return server;
  }

  /** Starts it, and has it take the place of what had its name or its port. */
  HttpServers.Started start(HttpServers servers)
      throws NotServedException, IOException, InterruptedException {
    Running first = launch();
    use(first);
    int port = plan.port().orElse(first.asked());
    try {
      HttpServers.Started started =
          servers.start(
              new HttpServers.Plan(
                  plan.name(),
                  plan.words(),
                  new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                  Optional.empty(),
                  Knobs.USUAL,
                  this::endpoint,
                  exchange -> {}),
              network.clock());
      front = started.server();
      started.server().whenClosed(this::stop);
      Thread.ofVirtual().name("app " + plan.name()).start(this::watch);
      return started;
    } catch (BindException e) {
      throw new NotServedException(
          "port "
              + port
              + " is taken"
              + PortOwner.of(port).map(owner -> " by " + owner.words()).orElse(""),
          "--port 0 takes a free one.");
    } finally {
      if (front == null) {
        stop();
      }
    }
  }

  private Endpoint endpoint() {
    return new OriginPolicy(
        this::answer,
        name -> plan.site().filter(s -> s.name().equals(name)).isPresent(),
        Optional.ofNullable(call.environment().get("JUPYTERHUB_SERVICE_PREFIX")),
        false,
        false);
  }

  private Response answer(Request request) throws Exception {
    Balancer now = inside;
    return now == null
        ? Response.text(plan.name() + " has ended, and is being started again\n")
            .withStatus(503)
            .with("Retry-After", "1")
        : now.handle(request);
  }

  // --------------------------------------------------------------------------- processes

  private Running launch() throws NotServedException, IOException, InterruptedException {
    Path report = Files.createTempFile(TemporaryFolder.get(), "listens", "");
    Map<String, String> environment = new java.util.HashMap<>(plan.environment());
    environment.put("WIREBOOK_LISTENS", report.toString());
    ProcessGroups groups = call.service(ProcessGroups.class, ProcessGroups::new);
    Child child =
        Child.start(
            groups, plan.command(), plan.directory(), environment, log.stream(), log.stream());
    boolean listens = false;
    try {
      for (int waited = 0; waited < PATIENCE.dividedBy(STEP); waited++) {
        List<String> lines = Files.readAllLines(report);
        if (!lines.isEmpty()) {
          String[] words = lines.getFirst().split(" ");
          listens = true;
          return new Running(
              child,
              Integer.parseInt(words[0]),
              new InetSocketAddress(InetAddress.ofLiteral(words[1]), Integer.parseInt(words[2])),
              report);
        }
        if (!child.isAlive()) {
          throw ended(child);
        }
        NetworkClock.SYSTEM.sleep(STEP);
      }
      throw new NotServedException(
          "%s runs, and after %s s it listens nowhere; it was stopped"
              .formatted(plan.name(), PATIENCE.toSeconds()),
          "A server ends in a call such as app.run(port=8080); what it printed is above.");
    } finally {
      if (!listens) {
        child.stop();
        Files.deleteIfExists(report);
      }
    }
  }

  private static CompletedProcess end(Child child) throws InterruptedException {
    return child.await(Optional::empty);
  }

  private NotServedException ended(Child child) throws InterruptedException {
    int status = end(child).exitStatus();
    List<String> last = log.latest();
    return new NotServedException(
        plan.name()
            + " ended at once, with status "
            + status
            + (last.isEmpty() ? ", and printed nothing" : "; its last line: " + last.getLast()),
        status == 0
            ? "It never came to serve: its last line has to be app.run(port=8080)."
            : "What it printed is above, the cause is in its last line.");
  }

  private synchronized void use(Running next) {
    if (stopped) {
      next.stop();
      return;
    }
    running = next;
    InetSocketAddress at = next.at();
    inside = Balancer.inFrontOf(network, URI.create("http://" + HostPort.of(at)));
  }

  /** Starts it again when it dies, until it is stopped or another has taken its address. */
  private void watch() {
    Duration pause = SHORTEST_PAUSE;
    try {
      while (!stopped) {
        long since = NetworkClock.SYSTEM.nanoTime();
        Running now = running;
        while (!stopped && now != null && now.child().isAlive()) {
          NetworkClock.SYSTEM.sleep(WATCH);
          if (!server().isOpen()) {
            retire();
            return;
          }
        }
        if (stopped || now == null) {
          return;
        }
        if (isListening(now)) {
          log.print(
              plan.name()
                  + " has gone into the background (it forked): it is served, and not started again"
                  + " when it ends.");
          waitForEnd();
          return;
        }
        inside = null;
        int status = end(now.child()).exitStatus();
        // What it has left would be there twice.
        now.stop();
        if (NetworkClock.SYSTEM.nanoTime() - since > SETTLED.toNanos()) {
          pause = SHORTEST_PAUSE;
        }
        pause = again(status, pause);
      }
    } catch (InterruptedException e) {
      stop();
    }
  }

  private Duration again(int status, Duration first) throws InterruptedException {
    String what = plan.name() + " has ended, with status " + status;
    for (Duration pause = first; ; pause = longer(pause)) {
      log.print(what + "; it is started again in " + pause.toMillis() + " ms.");
      for (Duration left = pause; left.isPositive(); left = left.minus(WATCH)) {
        NetworkClock.SYSTEM.sleep(WATCH);
        if (stopped || !server().isOpen()) {
          return pause;
        }
      }
      try {
        use(launch());
        log.print(plan.name() + " answers again.");
        return longer(pause);
      } catch (NotServedException | IOException e) {
        what = String.valueOf(e.getMessage());
      }
    }
  }

  private static Duration longer(Duration pause) {
    Duration twice = pause.multipliedBy(2);
    return twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
  }

  private boolean isListening(Running now) {
    try {
      network.connect(now.at(), Optional.empty(), Duration.ofSeconds(1)).close();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private void waitForEnd() throws InterruptedException {
    while (!stopped && server().isOpen()) {
      NetworkClock.SYSTEM.sleep(WATCH);
    }
    retire();
  }

  /** Another has its address: it ends when it has answered what it was asked. */
  private void retire() throws InterruptedException {
    for (Duration left = DRAIN;
        left.isPositive() && server().inFlight() > 0;
        left = left.minus(WATCH)) {
      NetworkClock.SYSTEM.sleep(WATCH);
    }
    stop();
  }

  /** Ends the process and all that it started. */
  void stop() {
    stopped = true;
    log.silence();
    Running now;
    synchronized (this) {
      now = running;
      running = null;
    }
    if (now != null) {
      now.stop();
    }
  }
}

// Above 500 lines: the start and the actions of one magic; more than half of the lines are what it
// says and how it complains.
package wirebook.magics.serve;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import wirebook.engine.http.backend.App;
import wirebook.engine.http.backend.Exit;
import wirebook.engine.http.backend.Fault;
import wirebook.engine.http.backend.Health;
import wirebook.engine.http.backend.JavaInstance;
import wirebook.engine.http.backend.Replica;
import wirebook.engine.http.backend.ReplicaEvent;
import wirebook.engine.http.backend.ReplicaSet;
import wirebook.engine.http.server.Endpoint;
import wirebook.engine.http.server.Handlers;
import wirebook.engine.http.server.HttpServer;
import wirebook.engine.http.server.HttpServers;
import wirebook.engine.http.server.LiveLog;
import wirebook.engine.http.server.Metrics;
import wirebook.engine.http.server.PerClient;
import wirebook.engine.process.ChildEnvironment;
import wirebook.engine.process.ProcessGroups;
import wirebook.net.NetworkClock;
import wirebook.net.RealNetwork;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.Plural;
import wirebook.spi.Word;
import wirebook.spi.Words;
import wirebook.spi.Words.Complaint;

/**
 * {@code %backend}: replicas of one application behind one address, kept up. Written again with
 * other lines it is a new version, which takes the old one's place. Replicas are on this machine
 * and live in its time, also where the lab has another.
 */
public final class Backend implements Magic {
  private static final int USUAL_COUNT = 2;
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
  private static final int LOGGED = 30;

  /** Of what programs print below the cell; their last lines are told when they end. */
  private static final int MOST_LINES = 500;

  /** From here on the logs of those that are stopped go. */
  private static final int MOST_KEPT = 20;

  private static final MagicSpec SPEC =
      spec(
          MagicSpec.named(
              "backend",
              "Keep a backend up: replicas behind one address, health, restarts, roll-outs, drills"));

  private static MagicSpec spec(MagicSpec.Builder spec) {
    spec.synopsis("NAME [PORT] [-n COUNT] [option…] | [NAME] | ACTION NAME[#REPLICA] […]")
        .javaBody(
            Handlers.class.getName()
                + ".each(() -> new "
                + Handlers.class.getName()
                + "() { @Override protected void routes() throws Exception {\n",
            "\n}});")
        .value(ReplicaSet.class)
        .action("ACTION", false, BackendOptions.Action.words())
        .operand("NAME", Values.ANY, false, true);
    BackendOptions.options().forEach(spec::option);
    new Serve()
        .spec().options().stream()
            .filter(option -> option.names().stream().anyMatch(BackendOptions.OF_SERVE::contains))
            .forEach(spec::option);
    return spec.id(Complaint.VALUE, "BACKEND001")
        .id(Complaint.TIME, "BACKEND003")
        .id(Complaint.OPTION, "BACKEND010")
        .id(Complaint.SHARE, "SERVE004")
        .id(Complaint.SIZE, "SERVE005")
        .id(Complaint.COUNT, "SERVE006")
        .id(Complaint.PORT, "SERVE007")
        .id(Complaint.ADDRESS, "SERVE008")
        .example(
            """
            %%backend shop 8080 -n 3 --ready /ready
            get("/", request -> "shop, from " + replica());
            get("/ready", request -> "yes");""",
            "three replicas; the same again with other lines rolls a new version out")
        .example("%backend api --run 'python3 app.py' -n 2", "a program, which reads PORT")
        .example("var shop = %backend shop -q", "the value alone: shop.url(), shop.replicas()")
        .example("%backend shop", "who is up, who got what, what failed; a picture over time")
        .example("%backend crash shop#2", "and it is started anew")
        .example("%backend slow shop#2 2s", "fail, sick, slow, leak, crash; heal ends it")
        .example(
            "%backend wait shop", "until every replica is ready; unready, ended, loop are others")
        .example("%backend scale shop 5", "five replicas")
        .example("%backend rollback shop", "the version before; promote makes the canary all")
        .example("%backend stop shop", "drains all, and the port is free")
        .build();
  }

  /**
   * The backends of a session.
   *
   * @param words with which it was started, which a new version inherits
   * @param of what its front was made of: {@link BackendOptions#fingerprint}
   */
  private record Running(ReplicaSet set, HttpServer front, List<Word> words, String of) {
    boolean isOpen() {
      return front.isOpen();
    }
  }

  /** By name. */
  private static final class Backends {
    private final Map<String, Running> all = new LinkedHashMap<>();

    Optional<Running> find(String name) {
      return latest(name).filter(Running::isOpen);
    }

    /** Also one that is stopped, or never got up. */
    synchronized Optional<Running> latest(String name) {
      return Optional.ofNullable(all.get(name));
    }

    synchronized void put(Running running) {
      if (all.size() >= MOST_KEPT) {
        all.values().removeIf(one -> !one.isOpen());
      }
      all.put(running.set().name(), running);
    }

    synchronized List<Running> list() {
      return all.values().stream().filter(Running::isOpen).toList();
    }
  }

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) throws InterruptedException {
    Backends backends = call.service(Backends.class, Backends::new);
    if (call.words().isEmpty()) {
      return list(call, backends);
    }
    Word first = call.words().getFirst();
    Optional<BackendOptions.Action> action = BackendOptions.Action.of(first.text());
    if (action.isPresent()) {
      return act(call, backends, action.get());
    }
    if (!first.text().matches("[A-Za-z0-9][A-Za-z0-9._-]{0,62}")) {
      throw call.wrong(
          "BACKEND005",
          first,
          "\"" + first.text() + "\" is no name of a backend",
          "Letters, digits, - and . make one: %%backend shop -n 3");
    }
    boolean quiet = call.words().stream().skip(1).allMatch(word -> word.text().equals("-q"));
    Optional<Running> running = backends.find(first.text());
    if (call.body().isEmpty() && quiet) {
      ReplicaSet set = running.orElseThrow(() -> unknown(call, first, backends)).set();
      if (call.words().size() == 1) {
        BackendReport.show(call, set);
      }
      return MagicResult.of(set);
    }
    if (call.body().isEmpty() && isMeantAsAction(call, backends, running.isPresent())) {
      throw call.wrong(
          "BACKEND006",
          first,
          "\"" + first.text() + "\" is nothing that %backend does",
          BackendOptions.meantAction(first.text()));
    }
    return start(call, backends, first.text(), running);
  }

  /** Whether the second word is the name of a backend, or can be nothing else. */
  private static boolean isMeantAsAction(MagicCall call, Backends backends, boolean named) {
    if (call.words().size() < 2) {
      return false;
    }
    String second = call.words().get(1).text();
    return backends.find(second.replaceFirst("#.*", "")).isPresent()
        || (!named
            && !second.matches("[0-9].*|-.*")
            && call.words().stream().noneMatch(word -> word.text().startsWith("--run")));
  }

  private static wirebook.spi.MagicException unknown(MagicCall call, Word word, Backends backends) {
    List<Running> all = backends.list();
    return call.wrong(
        "BACKEND006",
        word,
        "no backend of this notebook is called " + word.text(),
        BackendOptions.meant(word.text())
            + (all.isEmpty()
                ? "%%backend " + word.text() + " -n 2, with handlers below it, starts one."
                : "There is "
                    + all.stream().map(one -> one.set().name()).collect(Collectors.joining(", "))
                    + "."));
  }

  private static MagicResult list(MagicCall call, Backends backends) {
    List<Running> all = backends.list();
    if (all.isEmpty()) {
      call.out()
          .println("No backend runs. %%backend NAME -n 2, with handlers below it, starts one.");
    }
    all.forEach(one -> call.out().println(BackendReport.line(one.set(), one.front())));
    return MagicResult.NOTHING;
  }

  // ------------------------------------------------------------------------ start, roll out

  private static MagicResult start(
      MagicCall call, Backends backends, String name, Optional<Running> running)
      throws InterruptedException {
    List<Word> words = new ArrayList<>();
    running.ifPresent(old -> words.addAll(old.words()));
    words.addAll(call.words().subList(1, call.words().size()));
    List<Word> inherited = BackendOptions.inherited(words);
    List<Word> ports = SPEC.read(call, call.words().subList(1, call.words().size())).operands();
    if (ports.size() > 1) {
      throw call.wrong(
          "BACKEND009",
          ports.get(1),
          "%backend takes a name and a port",
          "%%backend NAME [PORT] [-n COUNT] [option…]");
    }
    BackendOptions wanted = new BackendOptions(call, SPEC, words);
    ReplicaSet.Plan plan = wanted.plan(call);
    App app = app(call, wanted, plan.health(), running.map(Running::set));
    if (running.isPresent()) {
      Running old = running.get();
      HttpServer server =
          wanted.fingerprint().equals(old.of()) ? old.front() : front(call, wanted, old.set());
      // What a version says that does not come about is not inherited.
      backends.put(new Running(old.set(), server, old.words(), wanted.fingerprint()));
      if (rollOut(call, wanted, plan, old.set(), app)) {
        backends.put(new Running(old.set(), server, inherited, wanted.fingerprint()));
      }
      return MagicResult.of(old.set());
    }
    if (wanted.canary.isPresent()) {
      throw call.wrong(
          "BACKEND007",
          call.words().getLast(),
          "there is no " + name + " yet whose requests a canary could share",
          "Start it without --canary first.");
    }
    // Its log has the time of the log of requests, which is the lab's.
    ReplicaSet set =
        new ReplicaSet(name, plan, new RealNetwork(call.network().clock()), told(call, wanted));
    boolean up = false;
    try {
      HttpServer server = front(call, wanted, set);
      backends.put(new Running(set, server, inherited, wanted.fingerprint()));
      set.deploy(app, wanted.count.orElse(USUAL_COUNT));
      up = true;
      call.out().println("  ready: " + urls(set) + ". %backend " + name + " tells how they are.");
      if (!call.inCell()) {
        new CountDownLatch(1).await();
      }
    } catch (ReplicaSet.RolloutException e) {
      throw call.wrong(
          "BACKEND008",
          call.words().getFirst(),
          name + " did not start: " + e.getMessage(),
          (wanted.run.isPresent()
                  ? "It has to listen on the port in $PORT, within --start of its start."
                  : "Its first lines say why; --start TIME gives it longer.")
              + " %backend log "
              + name
              + " tells what happened.");
    } finally {
      if (!up || !call.inCell()) {
        backends.find(name).ifPresent(it -> it.front().close());
        set.close();
      }
    }
    return MagicResult.of(set);
  }

  private static String urls(ReplicaSet set) {
    return set.replicas().stream()
        .map(r -> r.name() + " at " + r.url().map(url -> ":" + url.getPort()).orElse("?"))
        .collect(Collectors.joining(", "));
  }

  private static HttpServer front(MagicCall call, BackendOptions wanted, ReplicaSet set) {
    List<Word> ports = wanted.words.operands();
    int port = ports.isEmpty() ? 0 : wanted.words.port(ports.getLast(), 0);
    Endpoint endpoint = set.balancer();
    if (wanted.perClient.isPresent()) {
      endpoint =
          new PerClient(
              endpoint, wanted.perClient.getAsInt(), wanted.clientBy, NetworkClock.SYSTEM);
    }
    if (wanted.metrics) {
      endpoint =
          new Metrics(endpoint, NetworkClock.SYSTEM, text -> BackendReport.metrics(set, text));
    }
    Endpoint whole = endpoint;
    String before = set.url();
    String now = before;
    // The one whose place it takes may be closed, which does not end them.
    set.reachedAt("");
    try {
      HttpServer server =
          Serve.start(
              call,
              wanted.front,
              call.service(HttpServers.class, HttpServers::new),
              set.name(),
              port,
              new Serve.Service("the replicas of " + set.name(), "", () -> whole),
              true);
      now = server.url();
      server.whenClosed(() -> closed(set, server));
      return server;
    } finally {
      set.reachedAt(now);
    }
  }

  private static void closed(ReplicaSet set, HttpServer front) {
    if (set.url().equals(front.url())) {
      set.close();
    }
  }

  private static Consumer<ReplicaEvent> told(MagicCall call, BackendOptions wanted) {
    PrintStream out = call.out();
    return event -> {
      if (wanted.quiet) {
        return;
      }
      out.println(event);
      out.flush();
    };
  }

  private static App app(
      MagicCall call, BackendOptions wanted, Health health, Optional<ReplicaSet> running) {
    int version = running.map(set -> set.newest() + 1).orElse(1);
    if (call.body().isPresent()) {
      Supplier<Handlers> maker =
          Handlers.takeEach()
              .orElseThrow(
                  () ->
                      call.wrong(
                          "BACKEND011",
                          new Word("", call.bodySpan()),
                          "the lines below %%backend are Java, which only a notebook compiles",
                          "Use --run COMMAND."));
      LiveLog watcher = new LiveLog(call.inCell(), NetworkClock.SYSTEM, call.place(), line -> {});
      return new App(
          version,
          "handlers",
          replica -> new JavaInstance(replica, maker.get(), health, watcher, NetworkClock.SYSTEM));
    }
    if (wanted.run.isPresent()) {
      ChildEnvironment children = ChildEnvironment.of(call.services());
      ProgramInstance.Program program =
          new ProgramInstance.Program(
              call.service(ProcessGroups.class, ProcessGroups::new),
              wanted.run.get().text(),
              children.directory(),
              children.ofChildren(),
              wanted.memory,
              wanted.cpu);
      PrintStream out = call.out();
      AtomicInteger lines = new AtomicInteger();
      return new App(
          version,
          program.command(),
          replica ->
              new ProgramInstance(
                  new RealNetwork(),
                  replica,
                  program,
                  line -> {
                    if (!wanted.quiet && lines.incrementAndGet() <= MOST_LINES) {
                      out.println(replica + " | " + LiveLog.shown(line));
                      out.flush();
                    }
                  }));
    }
    String name = call.words().getFirst().text();
    throw call.wrong(
        "BACKEND012",
        call.words().getFirst(),
        "%backend " + name + " has nothing to run",
        BackendOptions.meant(name)
            + running
                .map(
                    set ->
                        "%backend scale "
                            + name
                            + " "
                            + wanted.count.orElse(set.size())
                            + " changes how many replicas it has; other options come with a new"
                            + " version: the same handlers below them.")
                .orElse("Write handlers below %%backend, or a program behind --run."));
  }

  /** Whether it came about. */
  private static boolean rollOut(
      MagicCall call, BackendOptions wanted, ReplicaSet.Plan plan, ReplicaSet set, App app)
      throws InterruptedException {
    int before = set.version();
    set.tell(told(call, wanted));
    set.use(plan);
    try {
      if (wanted.canary.isPresent()) {
        set.tryOut(app, wanted.canary.getAsDouble());
        call.out()
            .println(
                "Version "
                    + app.version()
                    + " is on trial: %backend promote "
                    + set.name()
                    + " makes it all, %backend rollback "
                    + set.name()
                    + " ends it.");
      } else {
        int cutOff = set.deploy(app, wanted.count.orElse(set.size()));
        call.out()
            .println(
                "Version "
                    + app.version()
                    + " of "
                    + set.name()
                    + " took the place of version "
                    + before
                    + "; "
                    + (cutOff == 0 ? "no request" : Plural.of(cutOff, "request"))
                    + " was cut off.");
      }
      return true;
    } catch (ReplicaSet.RolloutException e) {
      call.err()
          .println(
              "Version "
                  + app.version()
                  + " did not become ready; version "
                  + before
                  + " goes on. "
                  + String.valueOf(e.getMessage())
                      .replaceFirst("^version \\d+ did not become ready: ", "It was "));
      wanted
          .inheritedReady(call)
          .ifPresent(
              path ->
                  call.err()
                      .println(
                          "It is still asked at "
                              + path
                              + ", as an earlier cell says; --ready PATH asks elsewhere."));
      return false;
    }
  }

  // ------------------------------------------------------------------------------- actions

  private static MagicResult act(MagicCall call, Backends backends, BackendOptions.Action action)
      throws InterruptedException {
    List<Word> words = call.words();
    if (words.size() < 2) {
      throw call.wrong(
          "BACKEND013",
          words.getFirst(),
          "%backend " + action.word() + " needs the name of a backend",
          "%backend " + action.word() + " shop");
    }
    Word which = words.get(1);
    if (action == BackendOptions.Action.STOP
        && which.text().equals("all")
        && backends.find("all").isEmpty()) {
      for (Running one : backends.list()) {
        stop(call, one);
      }
      return MagicResult.NOTHING;
    }
    int hash = which.text().indexOf('#');
    Word nameOnly = hash < 0 ? which : new Word(which.text().substring(0, hash), which.span());
    Running running =
        (action == BackendOptions.Action.LOG
                ? backends.latest(nameOnly.text())
                : backends.find(nameOnly.text()))
            .orElseThrow(() -> unknown(call, nameOnly, backends));
    ReplicaSet set = running.set();
    if (hash >= 0 && action.ofAll()) {
      throw call.wrong(
          "BACKEND020",
          which,
          action.word() + " is for all of " + set.name() + ", not for one replica",
          action == BackendOptions.Action.STOP
              ? "Another would take its place: restart and crash do that to "
                  + which.text()
                  + ", and %backend scale "
                  + set.name()
                  + " "
                  + Math.max(1, set.size() - 1)
                  + " has one fewer."
              : "%backend " + action.word() + " " + set.name());
    }
    Words typed = SPEC.read(call, List.of());
    Optional<Word> value = words.size() > 2 ? Optional.of(words.get(2)) : Optional.empty();
    try {
      switch (action) {
        case STOP -> stop(call, running);
        case WAIT ->
            await(call, chosen(call, set, which), words.subList(2, words.size()), set.clock());
        case LOG ->
            set.events().stream()
                .skip(Math.max(0, set.events().size() - LOGGED))
                .forEach(call.out()::println);
        case WATCH -> BackendReport.watch(call, set, value.map(typed::duration));
        case SCALE ->
            set.scale(
                BackendOptions.replicas(
                    call,
                    typed,
                    value.orElseThrow(
                        () ->
                            call.wrong(
                                "BACKEND014",
                                which,
                                "scale needs a count",
                                "%backend scale shop 5"))));
        case RESTART -> {
          for (Replica replica : chosen(call, set, which)) {
            set.restart(replica);
          }
        }
        case PROMOTE -> set.promote();
        case ROLLBACK -> set.rollBack();
        case CRASH, FAIL, SICK, SLOW, LEAK, HEAL -> {
          Fault fault = fault(typed, action, value);
          for (Replica replica : chosen(call, set, which)) {
            set.drill(replica, fault);
          }
        }
      }
    } catch (ReplicaSet.RolloutException e) {
      throw call.wrong(
          "BACKEND015",
          which,
          String.valueOf(e.getMessage()),
          "%backend log " + set.name() + " tells what happened.");
    } catch (IllegalArgumentException e) {
      throw call.wrong(
          "BACKEND016",
          which,
          String.valueOf(e.getMessage()),
          "%backend " + set.name() + " tells how its replicas are.");
    }
    return MagicResult.of(set);
  }

  private static List<Replica> chosen(MagicCall call, ReplicaSet set, Word which) {
    if (!which.text().contains("#")) {
      return set.replicas();
    }
    return List.of(
        set.replica(which.text())
            .orElseThrow(
                () ->
                    call.wrong(
                        "BACKEND017",
                        which,
                        set.name() + " has no replica " + which.text(),
                        "There is "
                            + set.replicas().stream()
                                .map(Replica::name)
                                .collect(Collectors.joining(", "))
                            + ".")));
  }

  private static Fault fault(Words typed, BackendOptions.Action action, Optional<Word> value) {
    return switch (action) {
      case CRASH ->
          new Fault.Crash(value.map(w -> typed.count(w, Integer.MAX_VALUE)).orElse(Exit.KILLED));
      case FAIL -> new Fault.Fail(value.map(typed::share).orElse(1.0));
      case SICK -> new Fault.Sick();
      case SLOW -> new Fault.Slow(value.map(typed::duration).orElse(Duration.ofSeconds(2)));
      case LEAK -> new Fault.Leak(value.map(typed::size).orElse(1L << 20));
      case HEAL -> new Fault.None();
      case STOP, WAIT, LOG, WATCH, SCALE, RESTART, PROMOTE, ROLLBACK ->
          throw new IllegalStateException(action + " is no fault");
    };
  }

  /** What can be waited for. */
  private static final Map<String, Set<Replica.State>> AWAITED =
      Map.of(
          "ready", Set.of(Replica.State.READY),
          "unready", Set.of(Replica.State.UNREADY),
          "loop", Set.of(Replica.State.CRASH_LOOP),
          "ended", Set.of(Replica.State.BACK_OFF, Replica.State.CRASH_LOOP, Replica.State.ENDED));

  private static void await(
      MagicCall call, List<Replica> replicas, List<Word> words, NetworkClock clock)
      throws InterruptedException {
    Set<Replica.State> states = AWAITED.getOrDefault("ready", Set.of());
    Duration longest = LONGEST_WAIT;
    for (Word word : words) {
      if (AWAITED.containsKey(word.text())) {
        states = AWAITED.getOrDefault(word.text(), states);
      } else if (word.text().matches("[0-9].*")) {
        longest = SPEC.read(call, List.of()).duration(word);
      } else {
        throw call.wrong(
            "BACKEND018",
            word,
            "\"" + word.text() + "\" is nothing to wait for",
            "Write ready, unready, ended or loop, and how long at most: %backend wait shop 5s");
      }
    }
    long until = clock.nanoTime() + longest.toNanos();
    for (Replica replica : replicas) {
      replica.await(states, Duration.ofNanos(Math.max(0, until - clock.nanoTime())));
      call.out().println(replica.name() + " is " + replica.words());
    }
  }

  private static void stop(MagicCall call, Running running) throws InterruptedException {
    ReplicaSet set = running.set();
    int count = set.replicas().size();
    try {
      set.stop();
    } finally {
      running.front().close();
    }
    call.out()
        .println(
            set.name()
                + " is stopped, with "
                + Plural.of(count, "replica")
                + "; port "
                + running.front().port()
                + " is free.");
  }
}

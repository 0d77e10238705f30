package wirebook.engine.http.backend;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import wirebook.engine.http.server.Endpoint;
import wirebook.engine.http.server.Handlers;
import wirebook.engine.http.server.HttpServer;
import wirebook.engine.http.server.HttpServers;
import wirebook.engine.http.server.Knobs;
import wirebook.engine.http.server.Request;
import wirebook.engine.http.server.Response;
import wirebook.engine.http.server.Watcher;
import wirebook.net.NetworkClock;
import wirebook.net.ProgramExit;

/**
 * Handlers of a cell on a port of their own. Its threads are its own, its heap is the notebook's:
 * what it leaks is counted, and it ends when that is more than it may have.
 */
public final class JavaInstance implements Instance {
  /** What an instance may leak. */
  private static final long MEMORY = 64L << 20;

  private static final int LAST_LINES = 5;

  private final Health health;
  private final NetworkClock clock;
  private final HttpServer server;
  private final CountDownLatch ended = new CountDownLatch(1);
  private Optional<Exit> exit = Optional.empty();
  private volatile Fault fault = new Fault.None();
  private final ConcurrentLinkedQueue<byte[]> leaked = new ConcurrentLinkedQueue<>();
  private final AtomicLong leakedBytes = new AtomicLong();

  /**
   * @param handlers without routes yet
   * @param watcher is told what happens at it
   */
  public JavaInstance(
      String name, Handlers handlers, Health health, Watcher watcher, NetworkClock clock)
      throws Exception {
    this.health = health;
    this.clock = clock;
    handlers.begin(name);
    Endpoint endpoint = handlers.endpoint();
    server =
        new HttpServers()
            .start(
                new HttpServers.Plan(
                    name,
                    name,
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    Optional.empty(),
                    Knobs.USUAL,
                    () -> request -> answer(endpoint, request),
                    watcher),
                clock)
            .server();
  }

  private Response answer(Endpoint endpoint, Request request) throws Exception {
    Fault now = fault;
    boolean asked = health.asks(request.path());
    switch (now) {
      case Fault.None _, Fault.Crash _ -> {}
      case Fault.Fail(double share) -> {
        if (!asked && ThreadLocalRandom.current().nextDouble() < share) {
          return Response.text("this instance fails: a drill\n").withStatus(500);
        }
      }
      case Fault.Sick _ -> {
        if (asked) {
          return Response.text("not well: a drill\n").withStatus(503);
        }
      }
      case Fault.Slow(Duration by) -> clock.sleep(by);
      case Fault.Leak(long bytes) -> {
        if (!asked) {
          leak(bytes);
        }
      }
    }
    try {
      return endpoint.handle(request);
    } catch (ProgramExit e) {
      Thread.ofVirtual()
          .start(() -> end(e.status(), "it called " + e.getMessage() + " at " + request.target()));
      ended.await();
      throw e;
    }
  }

  private void leak(long bytes) {
    // With more it ends, and the heap is everybody's.
    leaked.add(new byte[(int) Math.min(bytes, MEMORY)]);
    if (leakedBytes.addAndGet(bytes) > MEMORY) {
      Thread.ofVirtual()
          .start(
              () -> end(Exit.KILLED, "out of memory: it had more than " + (MEMORY >> 20) + " MB"));
    }
  }

  private void end(int status, String why) {
    List<String> lines = server.logLines();
    List<String> last =
        new ArrayList<>(lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
    synchronized (this) {
      if (exit.isPresent()) {
        return;
      }
      exit = Optional.of(new Exit(OptionalInt.of(status), why, last));
    }
    server.kill();
    leaked.clear();
    ended.countDown();
  }

  @Override
  public URI url() {
    return URI.create(server.url());
  }

  @Override
  public synchronized Optional<Exit> exit() {
    return exit;
  }

  @Override
  public boolean awaitExit(Duration longest) throws InterruptedException {
    return ended.await(longest.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void stop(Duration grace) {
    if (grace.isZero()) {
      kill();
    } else {
      server.close();
      end(0, "stopped");
    }
  }

  @Override
  public void kill() {
    end(Exit.KILLED, "killed");
  }

  @Override
  public String words(Fault next) {
    if (next instanceof Fault.Sick && health.ready().isEmpty() && health.live().isEmpty()) {
      throw new IllegalArgumentException(
          "nobody asks it how it is: start it with --ready PATH or --live PATH");
    }
    return Instance.super.words(next);
  }

  @Override
  public void drill(Fault next) {
    fault = next;
    switch (next) {
      case Fault.Crash(int status) -> end(status, "killed in a drill");
      case Fault.None _ -> {
        leaked.clear();
        leakedBytes.set(0);
      }
      case Fault.Fail _, Fault.Sick _, Fault.Slow _, Fault.Leak _ -> {}
    }
  }
}

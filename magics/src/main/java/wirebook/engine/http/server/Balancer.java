// Above 500 lines: one request on its way, between servers that fail, wait and are retried.
package wirebook.engine.http.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.eclipse.jetty.io.EofException;
import wirebook.net.Network;
import wirebook.trace.Bytes;
import wirebook.trace.HostPort;

/**
 * Several servers behind one address: hands each request on to one of them (RFC 9110 §7.6). One
 * that fails is left alone for a while (see {@link Target}). A request that a server could not have
 * begun to answer is given to another; one that may have been is given to another only where twice
 * is as once (§9.2.2), and only within the budget of retries.
 */
public final class Balancer implements Endpoint {
  private static final Set<String> WITH_CONTENT = Set.of("POST", "PUT", "PATCH");
  private static final Set<String> IDEMPOTENT =
      Set.of("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE");

  /** Retries that are there before the first request has paid for any. */
  private static final int FIRST_RETRIES = 10;

  /** A longer answer is handed on piece by piece, and can no longer be asked for elsewhere. */
  private static final int HELD = 64 * 1024;

  /** How long a request waits for room where no time-out says it. */
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

  private static final String COOKIE = "replica";

  /** The same of an answer, to which ours is added when it is sent. */
  private static final Set<String> OF_THE_ANSWER = ignoringCase("Date");

  /** Of one connection, never handed on (RFC 9110 §7.6.1); what is sent anew is here, too. */
  private static final Set<String> OF_THE_CONNECTION =
      ignoringCase(
          "Connection",
          "Proxy-Connection",
          "Keep-Alive",
          "TE",
          "Trailer",
          "Transfer-Encoding",
          "Upgrade",
          "Content-Length",
          "Host",
          "Expect",
          "HTTP2-Settings",
          "traceparent",
          // What a client says of where it comes from is not believed.
          "Forwarded",
          "X-Forwarded-For",
          "X-Forwarded-Host",
          "X-Forwarded-Proto");

  static {
    OF_THE_ANSWER.addAll(OF_THE_CONNECTION);
  }

  /** The servers of a balancer, which come and go. */
  public interface Pool {
    /** Those that may be asked, the one whose turn it is first: for one more request. */
    List<Target> next();

    /** The same in any order, for no request. */
    List<Target> all();

    /** Why there is none. */
    default String whyNone() {
      return "there is no server behind this address";
    }
  }

  private final Network network;
  private final Pool pool;
  private volatile BalancerPolicy policy;
  private boolean stands;
  private final BiConsumer<Target, String> told;
  private final Object room = new Object();
  private int waiting;
  private double retries = FIRST_RETRIES;
  private final LongAdder retried = new LongAdder();
  private final LongAdder refused = new LongAdder();

  /** By which it knows a request that comes back to it (RFC 8586 §2). */
  private final String id = "id=" + TraceContext.randomHex(8);

  /**
   * @param urls of the servers, which take turns; a path in front of all is kept
   */
  public Balancer(Network network, List<URI> urls) {
    this(
        network,
        turns(urls.stream().map(Target::new).toList()),
        BalancerPolicy.USUAL,
        (_, _) -> {});
  }

  /**
   * @param told when a server's breaker opens or closes, in words
   */
  public Balancer(
      Network network, Pool pool, BalancerPolicy policy, BiConsumer<Target, String> told) {
    this.network = network;
    this.pool = pool;
    this.policy = policy;
    this.told = told;
  }

  /** Deals so with requests from now on. */
  public void use(BalancerPolicy next) {
    policy = next;
  }

  private static Pool turns(List<Target> all) {
    AtomicInteger turn = new AtomicInteger();
    return new Pool() {
      @Override
      public List<Target> next() {
        return rotated(all, turn.getAndIncrement());
      }

      @Override
      public List<Target> all() {
        return all;
      }
    };
  }

  /** The same from another one on. */
  public static List<Target> rotated(List<Target> all, int turn) {
    if (all.size() < 2) {
      return all;
    }
    int first = Math.floorMod(turn, all.size());
    List<Target> order = new ArrayList<>(all.subList(first, all.size()));
    order.addAll(all.subList(0, first));
    return order;
  }

  /** Requests that were asked a second time. */
  public long retried() {
    return retried.sum();
  }

  /** Requests that no server was asked: none was there, or none had room. */
  public long refused() {
    return refused.sum();
  }

  /** Requests that wait for room. */
  public int waiting() {
    synchronized (room) {
      return waiting;
    }
  }

  /**
   * One that lends its address to a single server, which answers under the name it is called by.
   */
  public static Balancer inFrontOf(Network network, URI url) {
    Balancer alone = new Balancer(network, List.of(url));
    alone.stands = true;
    return alone;
  }

  @Override
  public Response handle(Request request) throws Exception {
    if (request.headers().all("CDN-Loop").stream().anyMatch(line -> line.contains(id))) {
      request.note("loop");
      return ErrorPage.of(
          request,
          508,
          "this request has come here before: the servers that this address hands on to hand it"
              + " back (%serve list shows who hands on to whom)");
    }
    earn();
    Set<Target> tried = new LinkedHashSet<>();
    String how = "";
    int status = 503;
    while (true) {
      if (!tried.isEmpty() && request.isAbandoned()) {
        return givenUp(request);
      }
      Optional<Target> next = enter(request, tried);
      if (next.isEmpty()) {
        break;
      }
      Target target = next.get();
      tried.add(target);
      long begun = network.clock().nanoTime();
      UpstreamConnection connection;
      try {
        connection = target.connection(network, !mayAskAgain(request));
      } catch (IOException e) {
        boolean refused = e instanceof ConnectException;
        over(target, begun, false);
        failed(
            target,
            refused ? "nothing listens there" : said(e),
            refused ? Target.Failure.REFUSED : Target.Failure.UNREACHABLE);
        request.note(target.name() + " is not there");
        continue;
      }
      try {
        Response response = asked(target, connection, request, begun);
        if (!isPassing(response)
            || !hasOther(tried)
            || request.isAbandoned()
            || !mayRetry(request)) {
          request.note("to " + target.name());
          return sticky(request, response, target);
        }
        discard(response);
        request.note(target.name() + " says " + response.status());
      } catch (EofException | HttpError e) {
        // The client's fault, not the server's.
        connection.close();
        throw e;
      } catch (IOException e) {
        connection.close();
        boolean late = e instanceof SocketTimeoutException;
        how = target.name() + (late ? " said nothing in time" : " broke off: " + e.getMessage());
        status = late ? 504 : 502;
        target.counts().add(false, network.clock().nanoTime() - begun, network.clock().nanoTime());
        failed(target, said(e), Target.Failure.BAD);
        request.note(target.name() + (late ? " timed out" : " broke off"));
        if (request.isAbandoned()) {
          return givenUp(request);
        }
        if (!mayAskAgain(request)) {
          return ErrorPage.of(request, status, how);
        }
        if (hasOther(tried) && !mayRetry(request)) {
          request.note("no retry left");
          return ErrorPage.of(request, status, how + ", and the budget of retries is spent");
        }
      }
    }
    if (status != 503) {
      return ErrorPage.of(request, status, how);
    }
    refused.increment();
    return none(request, tried);
  }

  /** Nothing is done again for nobody. The status is nginx's, for its log. */
  private static Response givenUp(Request request) {
    request.note("the client has hung up");
    return ErrorPage.of(request, 499, "the client has hung up");
  }

  private Response none(Request request, Set<Target> tried) {
    List<Target> all = pool.all();
    String why =
        all.isEmpty()
            ? pool.whyNone()
            : all.stream().anyMatch(target -> target.isFull(policy))
                ? "every server behind this address is busy"
                    + (policy.queue() > 0 ? ", and the queue is full" : "")
                : "none of the servers behind this address answers: "
                    + all.stream()
                        .map(
                            target ->
                                target.name()
                                    + target
                                        .openBecause()
                                        .filter(_ -> !tried.contains(target))
                                        .map(because -> " (" + because + ")")
                                        .orElse(""))
                        .collect(Collectors.joining(", "));
    if (tried.isEmpty()) {
      request.note(all.isEmpty() ? "no server" : "none has room");
    }
    return ErrorPage.of(request, 503, why)
        .with("Retry-After", String.valueOf(Math.max(1, policy.openFor().toSeconds())));
  }

  /**
   * The next server that takes it, which it has entered. When all have no room it waits for one to
   * have; when nothing listens at any of those left, it tries them nevertheless: that costs
   * nothing.
   */
  private Optional<Target> enter(Request request, Set<Target> tried) throws InterruptedException {
    Optional<Target> free = free(request, tried);
    if (free.isPresent() || policy.queue() == 0 || policy.concurrency().isEmpty()) {
      return free;
    }
    long until = network.clock().nanoTime() + policy.timeout().orElse(LONGEST_WAIT).toNanos();
    synchronized (room) {
      free = free(request, tried);
      if (free.isPresent() || waiting >= policy.queue()) {
        return free;
      }
      waiting++;
      try {
        while (free.isEmpty() && pool.all().stream().anyMatch(target -> target.isFull(policy))) {
          long left = until - network.clock().nanoTime();
          if (left <= 0) {
            request.note("waited in vain");
            return Optional.empty();
          }
          room.wait(left / 1_000_000 + 1);
          free = free(request, tried);
        }
      } finally {
        waiting--;
      }
    }
    return free;
  }

  private Optional<Target> free(Request request, Set<Target> tried) {
    List<Target> order = pool.next();
    long now = network.clock().nanoTime();
    Optional<String> wanted = policy.sticky() ? cookie(request) : Optional.empty();
    if (wanted.isPresent()) {
      for (Target target : order) {
        if (target.name().equals(wanted.get())
            && !tried.contains(target)
            && target.enter(policy, now)) {
          return Optional.of(target);
        }
      }
    }
    for (Target target : order) {
      if (!tried.contains(target) && target.enter(policy, now)) {
        return Optional.of(target);
      }
    }
    for (Target target : order) {
      if (!tried.contains(target) && target.enterThoughRefused()) {
        return Optional.of(target);
      }
    }
    return Optional.empty();
  }

  private void over(Target target, long begun, boolean success) {
    long now = network.clock().nanoTime();
    target.counts().add(success, now - begun, now);
    left(target);
  }

  private void left(Target target) {
    target.leave();
    if (policy.queue() > 0) {
      synchronized (room) {
        room.notify();
      }
    }
  }

  private void failed(Target target, String how, Target.Failure failure) {
    if (target.failed(policy, how, failure, network.clock().nanoTime())) {
      told.accept(target, "gets no more requests for a while: " + how);
    }
  }

  private static String said(IOException failure) {
    return failure instanceof SocketTimeoutException
        ? "it said nothing in time"
        : String.valueOf(failure.getMessage());
  }

  private boolean hasOther(Set<Target> tried) {
    return pool.all().stream().anyMatch(target -> !tried.contains(target) && target.isThere());
  }

  /** A server's own word that it cannot now, which another may not have to say. */
  private static boolean isPassing(Response response) {
    return response.status() == 502 || response.status() == 503 || response.status() == 504;
  }

  private synchronized void earn() {
    retries = Math.min(FIRST_RETRIES + 100 * policy.retryBudget(), retries + policy.retryBudget());
  }

  private synchronized boolean mayRetry(Request request) {
    if (!mayAskAgain(request) || policy.retryBudget() == 0 || retries < 1) {
      return false;
    }
    retries--;
    retried.increment();
    return true;
  }

  private static boolean mayAskAgain(Request request) {
    return IDEMPOTENT.contains(request.method()) && !hasContent(request);
  }

  private static void discard(Response response) {
    if (response.content() instanceof Response.Content.Streamed streamed) {
      try {
        streamed.writer().write(OutputStream.nullOutputStream());
      } catch (IOException e) {
        // Nobody wanted it.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static Optional<String> cookie(Request request) {
    return Optional.ofNullable(request.cookies().get(COOKIE));
  }

  private Response sticky(Request request, Response response, Target target) {
    return policy.sticky() && !cookie(request).equals(Optional.of(target.name()))
        ? response.plus("Set-Cookie", COOKIE + "=" + target.name() + "; Path=/; HttpOnly")
        : response;
  }

  private static boolean hasContent(Request request) {
    return request.headers().has("Transfer-Encoding")
        || request.header("Content-Length").filter(length -> !length.equals("0")).isPresent();
  }

  // ---------------------------------------------------------------------- the way there

  /**
   * What the server answers. One that hung up on a connection while that waited has not failed: it
   * is asked again, over a new one.
   */
  private Response asked(Target target, UpstreamConnection connection, Request request, long begun)
      throws IOException {
    try {
      return ask(target, connection, request, begun);
    } catch (EofException | HttpError | SocketTimeoutException e) {
      left(target);
      throw e;
    } catch (IOException e) {
      if (!connection.mayHaveBeenStale() || !mayAskAgain(request) || request.isAbandoned()) {
        left(target);
        throw e;
      }
      connection.close();
    }
    Optional<UpstreamConnection> fresh = Optional.empty();
    try {
      fresh = Optional.of(target.fresh(network));
      return ask(target, fresh.get(), request, begun);
    } catch (IOException e) {
      fresh.ifPresent(UpstreamConnection::close);
      left(target);
      throw e;
    }
  }

  private Response ask(Target target, UpstreamConnection connection, Request request, long begun)
      throws IOException {
    boolean upgrade = asksForWebSocket(request);
    boolean content = hasContent(request);
    OptionalLong length =
        !content
            ? OptionalLong.of(0)
            : request.headers().has("Transfer-Encoding")
                ? OptionalLong.empty()
                : OptionalLong.of(Long.parseLong(request.header("Content-Length").orElse("0")));
    String before = target.url().getRawPath();
    String path =
        (before.endsWith("/") ? before.substring(0, before.length() - 1) : before)
            + request.target();
    try {
      connection.send(
          request.method(),
          path,
          headers(target, request, upgrade, content, length),
          request.content(),
          length);
    } catch (EofException | HttpError e) {
      connection.close();
      throw e;
    } catch (IOException e) {
      if (!content) {
        throw e;
      }
      // A server may answer, and hang up, before it has taken all: what it said is still there.
    }
    return response(target, connection, request, upgrade, begun);
  }

  private static boolean asksForWebSocket(Request request) {
    return request.header("Upgrade").filter("websocket"::equalsIgnoreCase).isPresent()
        && String.join(",", request.headers().all("Connection"))
            .toLowerCase(Locale.ROOT)
            .contains("upgrade");
  }

  private Headers headers(
      Target target, Request request, boolean upgrade, boolean content, OptionalLong length) {
    Set<String> dropped = dropped(request.headers(), OF_THE_CONNECTION);
    List<Headers.Field> fields = new ArrayList<>();
    String own = target.url().getAuthority();
    fields.add(new Headers.Field("Host", stands ? request.header("Host").orElse(own) : own));
    for (Headers.Field field : request.headers().fields()) {
      if (!dropped.contains(field.name())) {
        fields.add(field);
      }
    }
    if (upgrade) {
      fields.add(new Headers.Field("Connection", "Upgrade"));
      fields.add(new Headers.Field("Upgrade", "websocket"));
    }
    if (content) {
      fields.add(
          length.isPresent()
              ? new Headers.Field("Content-Length", String.valueOf(length.getAsLong()))
              : new Headers.Field("Transfer-Encoding", "chunked"));
    } else if (WITH_CONTENT.contains(request.method())) {
      fields.add(new Headers.Field("Content-Length", "0"));
    }
    fields.add(new Headers.Field("CDN-Loop", "wirebook; " + id));
    TraceContext trace = TraceContext.of(request);
    fields.add(new Headers.Field("traceparent", trace.next()));
    if (!request.headers().has("X-Request-Id")) {
      fields.add(new Headers.Field("X-Request-Id", trace.traceId()));
    }
    Origin here = Origin.of(request, Set.of());
    fields.add(new Headers.Field("Via", request.protocol().replace("HTTP/", "") + " wirebook"));
    fields.add(
        new Headers.Field(
            "Forwarded",
            new Forwarded(
                    Optional.of(HostPort.host(here.client())),
                    Optional.empty(),
                    Optional.of(here.host()).filter(host -> !host.isEmpty()),
                    Optional.of(here.scheme()))
                .element()));
    fields.add(new Headers.Field("X-Forwarded-For", here.client()));
    fields.add(new Headers.Field("X-Forwarded-Proto", here.scheme()));
    if (!here.host().isEmpty()) {
      fields.add(new Headers.Field("X-Forwarded-Host", here.host()));
    }
    return new Headers(fields);
  }

  private static Set<String> ignoringCase(String... names) {
    Set<String> set = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    set.addAll(List.of(names));
    return set;
  }

  /** With what the message itself says that it is of its connection. */
  private static Set<String> dropped(Headers headers, Set<String> always) {
    List<String> lines = headers.all("Connection");
    if (lines.isEmpty() || lines.equals(List.of("keep-alive"))) {
      return always;
    }
    Set<String> names = ignoringCase();
    names.addAll(always);
    for (String line : lines) {
      for (String name : line.split(",")) {
        names.add(name.strip());
      }
    }
    return names;
  }

  // ---------------------------------------------------------------------- the way back

  private Response response(
      Target target, UpstreamConnection connection, Request request, boolean upgrade, long begun)
      throws IOException {
    if (policy.timeout().isPresent()) {
      connection.patience(policy.timeout().get());
    }
    UpstreamConnection.Head head = connection.head();
    Set<String> dropped = dropped(head.headers(), OF_THE_ANSWER);
    List<Headers.Field> fields = new ArrayList<>();
    for (Headers.Field field : head.headers().fields()) {
      // Ours is added when it is sent.
      boolean ours = !stands && field.name().equalsIgnoreCase("Server");
      if (!ours && !dropped.contains(field.name())) {
        fields.add(field.name().equalsIgnoreCase("Location") ? here(target, field) : field);
      }
    }
    if (head.status() == 101) {
      if (!upgrade) {
        throw new IOException("it left HTTP, which nobody had asked for");
      }
      connection.patience(Duration.ZERO);
      connection.whenClosed(() -> over(target, begun, true));
      return new Response(101, new Headers(fields), new Response.Content.Tunnelled(connection));
    }
    fields.add(new Headers.Field("Via", "1.1 wirebook"));
    Headers headers = new Headers(fields);
    if (head.status() == 204 || head.status() == 304) {
      answered(target, connection, head.status(), begun);
      return Response.status(head.status()).withHeaders(headers);
    }
    OptionalLong length = UpstreamConnection.length(head);
    if (request.method().equals("HEAD")) {
      answered(target, connection, head.status(), begun);
      return new Response(head.status(), headers, new Response.Content.Streamed(length, out -> {}));
    }
    if (length.isPresent() && length.getAsLong() <= HELD) {
      ByteArrayOutputStream held = new ByteArrayOutputStream((int) length.getAsLong());
      connection.content(head, held);
      answered(target, connection, head.status(), begun);
      return new Response(
          head.status(), headers, new Response.Content.Whole(Bytes.of(held.toByteArray())));
    }
    connection.patience(Duration.ZERO);
    judge(target, head.status());
    connection.whenClosed(() -> over(target, begun, head.status() < 500));
    return new Response(
        head.status(),
        headers,
        new Response.Content.Streamed(
            length,
            out -> {
              try {
                connection.content(head, out);
              } catch (IOException e) {
                connection.close();
                throw e;
              }
              connection.over();
              target.keep(connection, network.clock().nanoTime());
            }));
  }

  /** An address of the server's own is one of ours, else the client would go there past us. */
  private static Headers.Field here(Target target, Headers.Field location) {
    String own = target.url().toString().replaceFirst("/$", "");
    String rest = location.value().startsWith(own) ? location.value().substring(own.length()) : "";
    // Two slashes would begin with another server's name (RFC 3986 §4.2).
    return rest.startsWith("/") && !rest.startsWith("//")
        ? new Headers.Field(location.name(), rest)
        : location;
  }

  /** All of its answer is here. */
  private void answered(Target target, UpstreamConnection connection, int status, long begun) {
    judge(target, status);
    target.keep(connection, network.clock().nanoTime());
    over(target, begun, status < 500);
  }

  private void judge(Target target, int status) {
    if (status >= 500) {
      failed(
          target,
          "it answered " + status + ", " + policy.tripAfter() + " times in a row",
          Target.Failure.BAD);
    } else if (target.succeeded()) {
      told.accept(target, "gets requests again");
    }
  }
}

package wirebook.magics.serve;

import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import wirebook.engine.http.server.ConnectionEvent;
import wirebook.engine.http.server.Exchange;
import wirebook.engine.http.server.HttpServer;
import wirebook.engine.http.server.HttpServers;
import wirebook.engine.http.server.LiveLog;
import wirebook.engine.http.server.UnderWay;
import wirebook.engine.http.server.WireFrame;
import wirebook.engine.ssh.server.SshDaemon;
import wirebook.net.NetworkClock;
import wirebook.render.ServerPictures;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.Plural;
import wirebook.spi.Word;
import wirebook.spi.Words;

/** What {@code %serve list}, {@code log} and {@code show} tell of the servers that run. */
final class ServeReports {
  /** More frames of one exchange would hide its bytes. */
  private static final int MOST_FRAMES = 60;

  private static final Duration MOMENT = Duration.ofMillis(10);
  private static final int MOMENTS = 30;
  private static final Duration LOOKING = Duration.ofMillis(200);

  private ServeReports() {}

  static MagicResult list(MagicCall call, HttpServers servers) throws InterruptedException {
    List<HttpServer> open = servers.list();
    List<SshDaemon> ssh = ServeSsh.Running.of(call).list();
    if (open.isEmpty() && ssh.isEmpty()) {
      call.out().println("No server runs. %serve 8080 starts one.");
    }
    for (HttpServer server : open) {
      settle(server);
      int underWay = server.underWay().size();
      call.out()
          .println(
              server.url()
                  + "  "
                  + server.serves()
                  + ", since "
                  + server.since().toString().substring(11, 19)
                  + ", "
                  + Plural.of(server.requestCount(), "request")
                  + (underWay == 0 ? "" : ", " + underWay + " still being answered")
                  + (server.name().equals(String.valueOf(server.port()))
                      ? ""
                      : "  [" + server.name() + "]"));
      HubLink.of(call, server).ifPresent(path -> call.out().println("  in your browser: " + path));
    }
    for (SshDaemon server : ssh) {
      call.out()
          .println(
              "ssh://127.0.0.1:"
                  + server.port()
                  + "  files in memory, "
                  + Plural.of(server.connections().size(), "connection"));
    }
    return MagicResult.NOTHING;
  }

  /** The server that the second operand names, or the only one. */
  static HttpServer chosen(MagicCall call, Words wanted, HttpServers servers) {
    List<HttpServer> open = servers.list();
    if (wanted.operands().size() < 2) {
      if (open.size() == 1) {
        return open.getFirst();
      }
      throw call.wrong(
          "SERVE012",
          wanted.operands().getFirst(),
          open.isEmpty() ? "no server runs" : "several servers run",
          open.isEmpty()
              ? "%serve 8080 starts one."
              : "Say which, by its port or name: " + names(open) + ".");
    }
    return named(call, wanted.operands().get(1), servers);
  }

  static HttpServer named(MagicCall call, Word which, HttpServers servers) {
    List<HttpServer> open = servers.list();
    List<SshDaemon> others = ServeSsh.Running.of(call).list();
    if (ServeSsh.Running.of(call).find(which.text()).isPresent()) {
      throw call.wrong(
          "SERVE047",
          which,
          "the SSH server at port " + which.text() + " keeps no log of requests",
          "%serve list and %serve stop " + which.text() + " know it.");
    }
    return servers
        .find(which.text())
        .orElseThrow(
            () ->
                call.wrong(
                    "SERVE013",
                    which,
                    "no server of this notebook has the port or name " + which.text(),
                    !open.isEmpty()
                        ? "There is " + names(open) + "."
                        : others.isEmpty()
                            ? "%serve 8080 starts one."
                            : "There are SSH servers alone, which keep no log of requests: %serve"
                                + " list has them, and %serve 8080 starts one for the web."));
  }

  private static String names(List<HttpServer> open) {
    return open.stream()
        .map(
            server ->
                server.port()
                    + (server.name().equals(String.valueOf(server.port()))
                        ? ""
                        : " (" + server.name() + ")"))
        .collect(Collectors.joining(", "));
  }

  static MagicResult log(MagicCall call, Words wanted, HttpServer server)
      throws InterruptedException {
    if (wanted.flag("--quiet")) {
      return MagicResult.of(server);
    }
    settle(server);
    Exchange.Later now = server.requestsAfter(0);
    List<Exchange> kept =
        now.exchanges().stream().filter(exchange -> isWanted(call, wanted, exchange)).toList();
    boolean chosen = wanted.has("--status") || wanted.has("--since");
    List<String> all =
        wanted.flag("--json") || wanted.flag("--combined")
            ? kept.stream().map(exchange -> line(wanted, exchange)).toList()
            : chosen ? kept.stream().map(Exchange::logLine).toList() : server.logLines();
    boolean asText = !wanted.flag("--json") && !wanted.flag("--combined");
    List<UnderWay> underWay = asText && !chosen ? server.underWay() : List.of();
    if (all.isEmpty() && underWay.isEmpty()) {
      call.out()
          .println(
              chosen && server.requestCount() > 0
                  ? "Of the requests to " + server.url() + " none was like that."
                  : "No request has come to " + server.url() + " yet.");
    }
    List<String> latest =
        all.subList(Math.max(0, all.size() - ServeOptions.lines(wanted)), all.size());
    long earlier = all.size() - latest.size() + (chosen ? 0 : now.count() - kept.size());
    // A program reads the lines of JSON.
    if (earlier > 0 && asText) {
      call.out().println("… " + Plural.of(earlier, "earlier line") + " …");
    }
    latest.forEach(call.out()::println);
    underWay.forEach(request -> call.out().println(request.line()));
    kept.reversed().stream()
        .filter(_ -> !wanted.flag("--json"))
        .filter(exchange -> latest.contains(exchange.logLine()))
        .filter(exchange -> server.failure(exchange).isPresent())
        .findFirst()
        .ifPresent(
            exchange -> failed(call.out(), exchange, server.failure(exchange).orElseThrow()));
    if (wanted.flag("--follow")) {
      follow(call, wanted, server, now.count());
    }
    return MagicResult.of(server);
  }

  /** Whoever has just got an answer wants to see its request, which is noted a moment later. */
  private static void settle(HttpServer server) throws InterruptedException {
    for (int i = 0; i < MOMENTS && server.inFlight() > 0; i++) {
      NetworkClock.SYSTEM.sleep(MOMENT);
    }
  }

  private static String line(Words wanted, Exchange exchange) {
    return wanted.flag("--json")
        ? exchange.json()
        : wanted.flag("--combined") ? exchange.combined() : exchange.logLine();
  }

  /** What comes from now on, until the server or the cell is stopped. */
  private static void follow(MagicCall call, Words wanted, HttpServer server, long shown)
      throws InterruptedException {
    long told = shown;
    while (server.isOpen()) {
      Exchange.Later later = server.requestsAfter(told);
      later.exchanges().stream()
          .filter(exchange -> isWanted(call, wanted, exchange))
          .forEach(exchange -> call.out().println(line(wanted, exchange)));
      call.out().flush();
      told = later.count();
      // In the machine's time: the lab's clock jumps where one waits.
      NetworkClock.SYSTEM.sleep(LOOKING);
    }
  }

  private static boolean isWanted(MagicCall call, Words wanted, Exchange exchange) {
    Instant now = call.network().clock().instant();
    return ServeOptions.status(call, wanted)
            .filter(s -> !String.valueOf(exchange.status()).matches(s))
            .isEmpty()
        && wanted
            .duration("--since")
            .filter(time -> exchange.at().isBefore(now.minus(time)))
            .isEmpty();
  }

  static MagicResult show(MagicCall call, Words wanted, HttpServer server)
      throws InterruptedException {
    settle(server);
    List<Exchange> all = server.requests();
    if (wanted.operands().size() < 3) {
      ServerPictures.of(server).ifPresent(call.display()::show);
    }
    List<UnderWay> underWay = server.underWay();
    if (all.isEmpty() && underWay.isEmpty()) {
      call.out().println("No request has come to " + server.url() + " yet.");
    }
    if (wanted.operands().size() < 3) {
      underWay.forEach(request -> call.out().println(request.line()));
    }
    if (all.isEmpty()) {
      return MagicResult.of(server);
    }
    int back =
        wanted.operands().size() > 2
            ? wanted.count(wanted.operands().get(2), Integer.MAX_VALUE)
            : 1;
    if (back > all.size()) {
      throw call.wrong(
          "SERVE025",
          wanted.operands().get(2),
          "of the latest requests " + all.size() + (all.size() == 1 ? " is" : " are") + " kept",
          "1 is the last one, " + all.size() + " the first.");
    }
    Exchange exchange = all.get(all.size() - back);
    PrintStream out = call.out();
    out.println(exchange.logLine());
    out.println();
    out.print(LiveLog.wire("> ", exchange.request(), exchange.requestLength()));
    out.println();
    out.print(LiveLog.wire("< ", exchange.response(), exchange.responseLength()));
    frames(out, server, exchange);
    server.failure(exchange).ifPresent(thrown -> failed(out, exchange, thrown));
    return MagicResult.of(server);
  }

  /** Tells where a handler failed, as of an exception that ends a thread. */
  private static void failed(PrintStream out, Exchange exchange, Throwable thrown) {
    out.println();
    out.flush();
    Thread handler = Thread.ofVirtual().name(exchange.requestLine()).unstarted(() -> {});
    Thread.currentThread().getUncaughtExceptionHandler().uncaughtException(handler, thrown);
  }

  /** The frames on the connection of an exchange that are its own or all streams'. */
  private static void frames(PrintStream out, HttpServer server, Exchange exchange) {
    List<ConnectionEvent.Framed> frames =
        server.connections().stream()
            .filter(connection -> connection.number() == exchange.connection())
            .flatMap(connection -> connection.frames().stream())
            .filter(framed -> belongs(framed.frame(), exchange))
            .toList();
    if (frames.isEmpty()) {
      return;
    }
    out.println();
    out.println(
        Plural.of(frames.size(), "frame") + " on connection " + exchange.connection() + ":");
    if (frames.size() > MOST_FRAMES) {
      out.println("… " + (frames.size() - MOST_FRAMES) + " earlier ones …");
    }
    frames.subList(Math.max(0, frames.size() - MOST_FRAMES), frames.size()).stream()
        .map(ConnectionEvent.Framed::frame)
        .forEach(frame -> out.println((frame.received() ? "> " : "< ") + frame.words()));
  }

  private static boolean belongs(WireFrame frame, Exchange exchange) {
    return switch (frame) {
      case WireFrame.WebSocket _ -> exchange.status() == 101;
      case WireFrame.Http2 http2 -> http2.stream() == 0 || http2.stream() == exchange.stream();
    };
  }
}

package wirebook.engine.http.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import wirebook.net.NetworkClock;

/**
 * Requests a second of our server, log and all, beside a bare Jetty that says the same, measured by
 * turns with {@code wrk}. Run by hand: {@code java … HttpBenchmark [rounds]}.
 */
final class HttpBenchmark {
  private static final byte[] HELLO = "Hello, world!\n".getBytes(StandardCharsets.US_ASCII);

  private HttpBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    int rounds = arguments.length == 0 ? 6 : Integer.parseInt(arguments[0]);
    Server bare = new Server(new QueuedThreadPool(16, 2));
    ServerConnector connector = new ServerConnector(bare, 1, 1, new HttpConnectionFactory());
    connector.setHost("127.0.0.1");
    bare.addConnector(connector);
    bare.setHandler(
        new Handler.Abstract() {
          @Override
          public boolean handle(Request request, Response response, Callback callback) {
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/plain; charset=utf-8");
            response.write(true, ByteBuffer.wrap(HELLO), callback);
            return true;
          }
        });
    bare.start();
    HttpServers servers = new HttpServers();
    Routes hello =
        new Routes()
            .get("/", request -> wirebook.engine.http.server.Response.text("Hello, world!\n"));
    HttpServer ours =
        servers.start(HttpServers.Plan.on(0, "hello", hello), NetworkClock.SYSTEM).server();
    double best = 0;
    double bestBare = 0;
    for (int round = 0; round < rounds; round++) {
      double there = measure(connector.getLocalPort());
      double here = measure(ours.port());
      bestBare = Math.max(bestBare, there);
      best = Math.max(best, here);
      System.out.printf(Locale.ROOT, "bare %.0f/s  ours %.0f/s  %.2f%n", there, here, here / there);
    }
    System.out.printf(
        Locale.ROOT, "best: bare %.0f/s  ours %.0f/s  %.2f%n", bestBare, best, best / bestBare);
    servers.closeAll();
    bare.stop();
  }

  private static double measure(int port) throws IOException, InterruptedException {
    Process wrk =
        new ProcessBuilder("wrk", "-t1", "-c32", "-d3", "http://127.0.0.1:" + port + "/").start();
    String out = new String(wrk.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    wrk.waitFor();
    return out.lines()
        .filter(line -> line.startsWith("Requests/sec:"))
        .mapToDouble(line -> Double.parseDouble(line.substring(13).strip()))
        .findFirst()
        .orElseThrow(() -> new IOException("wrk said: " + out));
  }
}

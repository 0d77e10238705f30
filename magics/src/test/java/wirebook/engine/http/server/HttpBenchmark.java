package wirebook.engine.http.server;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
 * turns with {@code wrk}; and, where there is an environment of Python with Flask and gunicorn,
 * beside Flask's own server and gunicorn with two workers. Run by hand: {@code java … HttpBenchmark
 * [rounds [environment]]}, with the flags of the process in which notebooks run (the kernel's
 * {@code WorkerOptions}), which has both compilers and the serial collector. Turns, since a machine
 * that others use too is never the same twice; and of the two Jettys the time of the processor for
 * a request, which others hardly change.
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
    SequencedMap<String, Integer> ports = new LinkedHashMap<>();
    ports.put("bare", connector.getLocalPort());
    ports.put("ours", ours.port());
    List<Process> others = new ArrayList<>();
    if (arguments.length > 1) {
      Path environment = Path.of(arguments[1]);
      Path folder = Files.createTempDirectory("app");
      Files.writeString(folder.resolve("app.py"), APP);
      int flask = freePort();
      others.add(start(folder, environment, "flask", "run", "--without-threads", "-p", "" + flask));
      ports.put("flask", flask);
      int gunicorn = freePort();
      others.add(
          start(
              folder,
              environment,
              "gunicorn",
              "-w",
              "2",
              "-b",
              "127.0.0.1:" + gunicorn,
              "app:app"));
      ports.put("gunicorn", gunicorn);
      for (int port : ports.values()) {
        waitFor(port);
      }
    }
    // The first round warms up.
    SequencedMap<String, List<Double>> shares = new LinkedHashMap<>();
    for (int round = 0; round <= rounds; round++) {
      StringBuilder line = new StringBuilder();
      Measured here = measure(ours.port());
      for (var each : ports.entrySet()) {
        Measured there = each.getValue() == ours.port() ? here : measure(each.getValue());
        line.append(String.format(Locale.ROOT, "%s %.0f/s", each.getKey(), there.perSecond()));
        boolean inThisProcess = each.getKey().equals("bare") || each.getKey().equals("ours");
        line.append(
            inThisProcess
                ? String.format(Locale.ROOT, " at %.1f µs  ", there.microseconds())
                : "  ");
        if (round > 0 && each.getValue() != ours.port()) {
          shares
              .computeIfAbsent(
                  "ours / " + each.getKey() + " in requests a second", k -> new ArrayList<>())
              .add(here.perSecond() / there.perSecond());
          if (inThisProcess) {
            shares
                .computeIfAbsent(
                    each.getKey() + " / ours in time of the processor", k -> new ArrayList<>())
                .add(there.microseconds() / here.microseconds());
          }
        }
      }
      System.out.println(line);
    }
    shares.forEach(
        (name, all) ->
            System.out.printf(
                Locale.ROOT,
                "%s: median %.2f%n",
                name,
                all.stream().sorted().toList().get(all.size() / 2)));
    others.forEach(
        process -> {
          process.descendants().forEach(ProcessHandle::destroy);
          process.destroy();
        });
    servers.closeAll();
    bare.stop();
  }

  private static final String APP =
      """
      from flask import Flask
      app = Flask(__name__)

      @app.route("/")
      def hello():
          return "Hello, world!\\n"
      """;

  private static Process start(Path folder, Path environment, String program, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(environment.resolve("bin").resolve(program).toString());
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .directory(folder.toFile())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void waitFor(int port) throws InterruptedException {
    while (true) {
      try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return;
      } catch (IOException e) {
        Thread.sleep(50);
      }
    }
  }

  /**
   * @param microseconds of the processor for each request, in this process
   */
  private record Measured(double perSecond, double microseconds) {}

  private static Measured measure(int port) throws IOException, InterruptedException {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long before = system.getProcessCpuTime();
    Process wrk =
        new ProcessBuilder("wrk", "-t1", "-c32", "-d3", "http://127.0.0.1:" + port + "/").start();
    String out = new String(wrk.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    wrk.waitFor();
    long used = system.getProcessCpuTime() - before;
    return new Measured(
        number(out, "Requests/sec: +([0-9.]+)"), used / 1e3 / number(out, "([0-9]+) requests in"));
  }

  private static double number(String out, String pattern) throws IOException {
    Matcher matcher = Pattern.compile(pattern).matcher(out);
    if (!matcher.find()) {
      throw new IOException("wrk said: " + out);
    }
    return Double.parseDouble(matcher.group(1));
  }
}

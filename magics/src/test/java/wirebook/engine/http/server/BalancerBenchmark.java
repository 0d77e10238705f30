package wirebook.engine.http.server;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import wirebook.net.NetworkClock;
import wirebook.net.RealNetwork;

/**
 * One hop through {@code --to} beside one hop through nginx, to the same server (another nginx), by
 * turns with {@code wrk}: requests a second with 32 connections, the median latency with one, and
 * the time of the processor for a request, which others on the machine hardly change. Run by hand:
 * {@code taskset -c 1 java … BalancerBenchmark [rounds [seconds]]}; nginx's proxy is put on the
 * same processor, {@code wrk} and the server behind on another.
 */
final class BalancerBenchmark {
  private static final Pattern RATE = Pattern.compile("Requests/sec: +([0-9.]+)");
  private static final Pattern REQUESTS = Pattern.compile("([0-9]+) requests in");
  private static final Pattern MEDIAN = Pattern.compile("50% +([0-9.]+)(us|ms|s)");

  private BalancerBenchmark() {}

  private record Measured(double perSecond, double medianMicros, long requests) {}

  public static void main(String[] arguments) throws Exception {
    int rounds = arguments.length == 0 ? 6 : Integer.parseInt(arguments[0]);
    int seconds = arguments.length < 2 ? 2 : Integer.parseInt(arguments[1]);
    Path folder = Files.createTempDirectory("wirebook-balancer");
    int behind = freePort();
    int proxy = freePort();
    Process server =
        nginx(
            folder.resolve("server"),
            "0",
            "server { listen 127.0.0.1:" + behind + "; location / { return 200 'Hello\\n'; } }");
    Process nginx =
        nginx(
            folder.resolve("proxy"),
            "1",
            "upstream u { server 127.0.0.1:"
                + behind
                + "; keepalive 64; } server { listen 127.0.0.1:"
                + proxy
                + "; location / { proxy_http_version 1.1; proxy_set_header Connection '';"
                + " proxy_set_header X-Forwarded-For $remote_addr; proxy_pass http://u; } }");
    HttpServers servers = new HttpServers();
    try {
      HttpServer ours =
          servers
              .start(
                  HttpServers.Plan.on(
                      0,
                      "to",
                      new Balancer(
                          new RealNetwork(), List.of(URI.create("http://127.0.0.1:" + behind)))),
                  NetworkClock.SYSTEM)
              .server();
      String theirs = "http://127.0.0.1:" + proxy + "/";
      wrk(ours.url(), 32, 2 * seconds);
      List<Double> rates = new ArrayList<>();
      List<Double> latencies = new ArrayList<>();
      List<Double> costs = new ArrayList<>();
      for (int i = 0; i < rounds; i++) {
        double before = cpu(nginx);
        Measured they = wrk(theirs, 32, seconds);
        double theirCpu = (cpu(nginx) - before) / they.requests();
        before = cpu();
        Measured we = wrk(ours.url(), 32, seconds);
        double ourCpu = (cpu() - before) / we.requests();
        costs.add(theirCpu / ourCpu);
        Measured theyOne = wrk(theirs, 1, seconds);
        Measured weOne = wrk(ours.url(), 1, seconds);
        rates.add(we.perSecond() / they.perSecond());
        latencies.add(weOne.medianMicros() / theyOne.medianMicros());
        System.out.printf(
            Locale.ROOT,
            "nginx %8.0f/s %6.0f us   --to %8.0f/s %6.0f us   rate %.2f  latency %.2f"
                + "   processor %.0f and %.0f us a request: %.2f%n",
            they.perSecond(),
            theyOne.medianMicros(),
            we.perSecond(),
            weOne.medianMicros(),
            rates.getLast(),
            latencies.getLast(),
            theirCpu * 1e6,
            ourCpu * 1e6,
            costs.getLast());
      }
      System.out.printf(
          Locale.ROOT,
          "medians: rate %.2f, latency %.2f, requests for the same time of a processor %.2f%n",
          median(rates),
          median(latencies),
          median(costs));
    } finally {
      servers.closeAll();
      nginx.destroy();
      server.destroy();
    }
    System.exit(0);
  }

  /** Seconds that its processes have computed. */
  private static double cpu(Process process) {
    return process
        .descendants()
        .map(child -> child.info().totalCpuDuration().orElseThrow())
        .mapToDouble(time -> time.toNanos() / 1e9)
        .sum();
  }

  private static double cpu() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
            .getProcessCpuTime()
        / 1e9;
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  private static int freePort() throws IOException {
    try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return any.getLocalPort();
    }
  }

  private static Process nginx(Path folder, String processor, String http) throws IOException {
    Files.createDirectories(folder);
    Path file = folder.resolve("nginx.conf");
    Files.writeString(
        file,
        "daemon off; worker_processes 1; pid "
            + folder.resolve("pid")
            + "; error_log stderr; events { worker_connections 512; } http { access_log "
            + folder.resolve("access.log")
            + "; keepalive_requests 100000000; client_body_temp_path "
            + folder
            + "/b; proxy_temp_path "
            + folder
            + "/p; fastcgi_temp_path "
            + folder
            + "/f; uwsgi_temp_path "
            + folder
            + "/u; scgi_temp_path "
            + folder
            + "/s; "
            + http
            + " }");
    return new ProcessBuilder(
            "taskset",
            "-c",
            processor,
            "/usr/sbin/nginx",
            "-c",
            file.toString(),
            "-p",
            folder.toString())
        .redirectError(folder.resolve("errors").toFile())
        .start();
  }

  private static Measured wrk(String url, int connections, int seconds)
      throws IOException, InterruptedException {
    Process wrk =
        new ProcessBuilder(
                "taskset",
                "-c",
                "0",
                "wrk",
                "-t1",
                "-c" + connections,
                "-d" + seconds + "s",
                "--latency",
                url)
            .redirectErrorStream(true)
            .start();
    String said = new String(wrk.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    wrk.waitFor();
    Matcher rate = RATE.matcher(said);
    Matcher median = MEDIAN.matcher(said);
    Matcher requests = REQUESTS.matcher(said);
    if (!rate.find() || !median.find() || !requests.find() || said.contains("Non-2xx")) {
      throw new IOException(said);
    }
    double unit = median.group(2).equals("us") ? 1 : median.group(2).equals("ms") ? 1e3 : 1e6;
    return new Measured(
        Double.parseDouble(rate.group(1)),
        Double.parseDouble(median.group(1)) * unit,
        Long.parseLong(requests.group(1)));
  }
}

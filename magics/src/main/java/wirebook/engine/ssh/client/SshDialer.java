package wirebook.engine.ssh.client;

import java.io.IOException;
import java.net.ConnectException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import wirebook.engine.ssh.config.Keyword;
import wirebook.engine.ssh.config.Plan;
import wirebook.engine.ssh.config.Settings;
import wirebook.engine.ssh.config.SshFatal;
import wirebook.engine.ssh.config.SshLog;
import wirebook.engine.ssh.config.SshPlanner;
import wirebook.engine.ssh.transport.Streams;

/** Opens what a connection runs over: a socket, or a command ({@code ssh_connect()}). */
final class SshDialer {
  private final SshEnvironment environment;
  private final Plan plan;
  private final Settings settings;
  private final SshLog log;

  SshDialer(SshEnvironment environment, Plan plan, SshLog log) {
    this.environment = environment;
    this.plan = plan;
    this.settings = plan.settings();
    this.log = log;
  }

  /** A command in the place of the network. */
  Peer proxy() throws IOException {
    String template = settings.text(Keyword.PROXY_COMMAND);
    if (template.equals("-")) {
      return new Peer(
          Streams.of(environment.stdin(), environment.stdout(), plan.port(), environment.stdin()),
          Optional.empty(),
          plan.port(),
          "standard input and output");
    }
    String command = wirebook.engine.ssh.config.Expansion.percent(log, template, plan.tokens());
    log.debug("Executing proxy command: exec " + command);
    Process process = new LocalPrograms(environment).proxy(command);
    return new Peer(
        Streams.of(
            process.getInputStream(),
            process.getOutputStream(),
            plan.port(),
            () -> {
              process.getOutputStream().close();
              process.destroy();
            }),
        Optional.empty(),
        plan.port(),
        "the command " + command);
  }

  /** A TCP connection to one of the host's addresses. */
  Peer tcp() throws InterruptedException, IOException {
    List<InetAddress> addresses = addresses();
    Duration timeout =
        Duration.ofSeconds(
            settings.value(Keyword.CONNECT_TIMEOUT).map(Integer::parseInt).orElse(0));
    String failure = "failure";
    int attempts = settings.number(Keyword.CONNECTION_ATTEMPTS);
    for (int attempt = 0; attempt < attempts; attempt++) {
      if (attempt > 0) {
        environment.network().clock().sleep(Duration.ofSeconds(1));
        log.debug("Trying again...");
      }
      for (InetAddress address : addresses) {
        String shown = SshPlanner.compact(address);
        log.debug("Connecting to " + plan.host() + " [" + shown + "] port " + plan.port() + ".");
        try {
          Socket socket =
              environment
                  .network()
                  .connect(new InetSocketAddress(address, plan.port()), local(address), timeout);
          log.debug("Connection established.");
          return new Peer(Streams.of(socket), Optional.of(address), plan.port(), "TCP");
        } catch (IOException e) {
          if (Thread.interrupted()) {
            throw (InterruptedException) new InterruptedException().initCause(e);
          }
          failure = reason(e);
          log.debug("connect to address " + shown + " port " + plan.port() + ": " + failure);
        }
      }
    }
    log.error("ssh: connect to host " + plan.host() + " port " + plan.port() + ": " + failure);
    throw new SshFatal(SshLog.Level.QUIET, "");
  }

  private List<InetAddress> addresses() {
    String family = settings.text(Keyword.ADDRESS_FAMILY);
    try {
      List<InetAddress> found =
          environment.network().lookUp(plan.host()).stream()
              .filter(
                  a ->
                      switch (family) {
                        case "inet" -> a instanceof Inet4Address;
                        case "inet6" -> a instanceof Inet6Address;
                        default -> true;
                      })
              .toList();
      if (!found.isEmpty()) {
        return found;
      }
      throw new UnknownHostException("Address family for hostname not supported");
    } catch (UnknownHostException e) {
      String message = String.valueOf(e.getMessage());
      log.error(
          "ssh: Could not resolve hostname %s: %s"
              .formatted(
                  plan.host(),
                  message.contains("Temporary failure")
                      ? "Temporary failure in name resolution"
                      : message.startsWith("Address family")
                          ? message
                          : "Name or service not known"));
      throw new SshFatal(SshLog.Level.QUIET, "");
    }
  }

  private Optional<InetSocketAddress> local(InetAddress remote) throws IOException {
    if (!settings.has(Keyword.BIND_ADDRESS)) {
      return Optional.empty();
    }
    String name = settings.text(Keyword.BIND_ADDRESS);
    for (InetAddress address : environment.network().lookUp(name)) {
      if (address.getClass() == remote.getClass()) {
        return Optional.of(new InetSocketAddress(address, 0));
      }
    }
    throw new IOException("getaddrinfo: " + name + ": Name or service not known");
  }

  /** What {@code strerror(3)} says. */
  static String reason(IOException e) {
    String message = String.valueOf(e.getMessage());
    String lower = message.toLowerCase(Locale.ROOT);
    return switch (e) {
      case SocketTimeoutException _ -> "Connection timed out";
      case NoRouteToHostException _ -> "No route to host";
      case ConnectException _ when lower.contains("refused") -> "Connection refused";
      case ConnectException _ when lower.contains("timed out") -> "Connection timed out";
      default ->
          lower.contains("network is unreachable")
              ? "Network is unreachable"
              : lower.contains("reset") ? "Connection reset by peer" : message;
    };
  }
}

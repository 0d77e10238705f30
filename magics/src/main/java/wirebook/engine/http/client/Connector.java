package wirebook.engine.http.client;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import wirebook.codec.Quietly;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.HttpUrl;
import wirebook.net.Network;
import wirebook.trace.Event;
import wirebook.trace.Failure;
import wirebook.trace.Recorder;

/** Looks names up and opens sockets for one transfer. */
final class Connector {
  /** {@code [+]host:port:address[,address]...} */
  private static final Pattern RESOLVE =
      Pattern.compile(
          "\\+?(?<host>\\[[^]]*\\]|[^:]+):(?<port>[0-9]{1,5}):(?<addresses>.*)", Pattern.DOTALL);

  private final Network network;
  private final Recorder recorder;
  private final Map<String, List<String>> resolved;
  private final CallOptions config;
  private final Consumer<String> log;

  /**
   * @param resolved names with their ports, and the addresses that they have whatever is looked up
   * @param log gets the lines that {@code -v} shows
   */
  Connector(
      Network network,
      Recorder recorder,
      Map<String, List<String>> resolved,
      CallOptions config,
      Consumer<String> log) {
    this.network = network;
    this.recorder = recorder;
    this.resolved = resolved;
    this.config = config;
    this.log = log;
  }

  /** Takes {@code --resolve} in. */
  void loadResolve() throws HttpFailure {
    for (String entry : config.resolve) {
      if (entry.startsWith("-")) {
        resolved.remove(entry.substring(1).toLowerCase(Locale.ROOT));
        continue;
      }
      Matcher m = RESOLVE.matcher(entry);
      List<String> addresses = m.matches() ? addresses(m.group("addresses")) : List.of();
      if (addresses.isEmpty()) {
        throw new HttpFailure(
            CurlCode.SETOPT_OPTION_SYNTAX, "Could not parse CURLOPT_RESOLVE entry '" + entry + "'");
      }
      String host = m.group("host").replaceAll("[\\[\\]]", "").toLowerCase(Locale.ROOT);
      String key = host + ":" + Integer.parseInt(m.group("port"));
      if (resolved.put(key, addresses) != null) {
        log.accept("RESOLVE " + key + " - old addresses discarded");
      }
      log.accept(
          "Added %s:%s to DNS cache%s"
              .formatted(
                  key, m.group("addresses"), entry.startsWith("+") ? " (non-permanent)" : ""));
    }
  }

  /** Those of a list with commas, none when one of them is no address. */
  private List<String> addresses(String list) {
    List<String> addresses = new ArrayList<>();
    for (String one : list.split(",")) {
      String literal =
          one.startsWith("[") && one.endsWith("]") ? one.substring(1, one.length() - 1) : one;
      if (HttpUrl.isLiteral(literal)) {
        addresses.add(literal);
      } else if (!literal.isEmpty()) {
        log.accept("Resolve IP address '" + literal + "' found is illegal");
        return List.of();
      }
    }
    return addresses;
  }

  List<InetAddress> resolve(String host, int port, boolean proxy) throws HttpFailure {
    String lower = host.toLowerCase(Locale.ROOT);
    String plain = lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    List<String> given =
        resolved.getOrDefault(lower + ":" + port, resolved.getOrDefault("*:" + port, List.of()));
    List<InetAddress> found = new ArrayList<>();
    try {
      if (!given.isEmpty()) {
        given.forEach(a -> found.add(InetAddress.ofLiteral(a)));
        log.accept("Hostname " + host + " was found in DNS cache");
      } else if (HttpUrl.isLiteral(host)) {
        found.add(InetAddress.ofLiteral(host));
      } else if (plain.equals("localhost") || plain.endsWith(".localhost")) {
        found.add(InetAddress.ofLiteral("::1"));
        found.add(InetAddress.ofLiteral("127.0.0.1"));
      } else if (plain.endsWith(".onion")) {
        throw new HttpFailure(
            CurlCode.COULDNT_RESOLVE_HOST, "Not resolving .onion address (RFC 7686)");
      } else {
        found.addAll(network.lookUp(ByteText.toText(host)));
        recorder.looked(ByteText.toText(host), found, network.name());
      }
    } catch (UnknownHostException e) {
      found.clear();
    }
    if (config.ipVersion != 0 && !HttpUrl.isLiteral(host)) {
      found.removeIf(
          a -> config.ipVersion == 4 ? !(a instanceof Inet4Address) : !(a instanceof Inet6Address));
    }
    if (found.isEmpty()) {
      recorder.failed(0, new Failure.NameNotFound(ByteText.toText(host)));
      throw new HttpFailure(
          proxy ? CurlCode.COULDNT_RESOLVE_PROXY : CurlCode.COULDNT_RESOLVE_HOST,
          "Could not resolve " + (proxy ? "proxy" : "host") + ": " + host);
    }
    if (given.isEmpty() && !HttpUrl.isLiteral(host)) {
      log.accept("Host " + host + ":" + port + " was resolved.");
      log.accept("IPv6: " + addresses(found, Inet6Address.class));
      log.accept("IPv4: " + addresses(found, Inet4Address.class));
    }
    return found;
  }

  private static String addresses(List<InetAddress> all, Class<? extends InetAddress> family) {
    String text =
        String.join(", ", all.stream().filter(family::isInstance).map(HttpUrl::text).toList());
    return text.isEmpty() ? "(none)" : text;
  }

  private Optional<InetSocketAddress> local(InetAddress remote, int localPort) throws HttpFailure {
    String name = config.networkInterface;
    if (name == null) {
      return localPort == 0
          ? Optional.empty()
          : Optional.of(new InetSocketAddress(wildcard(remote), localPort));
    }
    String host = name;
    String device = name;
    boolean deviceOnly = false;
    boolean hostOnly = false;
    if (name.startsWith("if!")) {
      device = name.substring(3);
      deviceOnly = true;
    } else if (name.startsWith("host!")) {
      host = name.substring(5);
      hostOnly = true;
    } else if (name.startsWith("ifhost!")) {
      String[] both = name.substring(7).split("!", 2);
      device = both[0];
      host = both.length > 1 ? both[1] : "";
      hostOnly = true;
    }
    try {
      if (!hostOnly && !HttpUrl.isLiteral(device)) {
        NetworkInterface found = NetworkInterface.getByName(device);
        if (found != null) {
          for (InetAddress a : java.util.Collections.list(found.getInetAddresses())) {
            if ((a instanceof Inet4Address) == (remote instanceof Inet4Address)) {
              return Optional.of(new InetSocketAddress(a, localPort));
            }
          }
        }
        if (deviceOnly || found != null) {
          throw new HttpFailure(
              CurlCode.INTERFACE_FAILED,
              "Could not bind to interface '" + device + "' with errno 19: No such device");
        }
      }
      InetAddress address =
          HttpUrl.isLiteral(host) ? InetAddress.ofLiteral(host) : network.lookUp(host).getFirst();
      return Optional.of(new InetSocketAddress(address, localPort));
    } catch (IOException e) {
      throw new HttpFailure(
          CurlCode.INTERFACE_FAILED,
          "Could not bind to '" + host + "' with errno 99: Cannot assign requested address");
    }
  }

  private static InetAddress wildcard(InetAddress remote) {
    return InetAddress.ofLiteral(remote instanceof Inet4Address ? "0.0.0.0" : "::");
  }

  /** A try to connect: a socket, or why not. */
  private record Try(Optional<Socket> socket, Optional<Exception> failure) {}

  /**
   * Connects to the first address that answers. IPv6 has a head start (RFC 8305).
   *
   * @param millis how long all of it may take
   */
  Socket connect(List<InetAddress> addresses, int port, int channel, long millis)
      throws HttpFailure, InterruptedException, IOException {
    long deadline = now() + millis;
    boolean firstIs6 = addresses.getFirst() instanceof Inet6Address;
    List<InetAddress> first = new ArrayList<>();
    List<InetAddress> second = new ArrayList<>();
    for (InetAddress a : addresses) {
      ((a instanceof Inet6Address) == firstIs6 ? first : second).add(a);
    }
    if (second.isEmpty()) {
      return attempt(first, port, channel, deadline);
    }
    BlockingQueue<Try> results = new LinkedBlockingQueue<>();
    List<Thread> threads = new ArrayList<>();
    threads.add(race(first, port, channel, deadline, results));
    Optional<Exception> failure = Optional.empty();
    try {
      Try result = results.poll(config.happyEyeballs, TimeUnit.MILLISECONDS);
      if (result != null && result.socket.isPresent()) {
        return result.socket.get();
      }
      threads.add(race(second, port, channel, deadline, results));
      for (int ended = 0; ended < 2; ended++) {
        Try now = result == null ? results.take() : result;
        result = null;
        if (now.socket.isPresent()) {
          return now.socket.get();
        }
        failure = now.failure;
      }
    } finally {
      threads.forEach(Thread::interrupt);
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  for (Thread t : threads) {
                    t.join();
                  }
                } catch (InterruptedException e) {
                  return;
                }
                results.forEach(t -> t.socket.ifPresent(Quietly::close));
              });
    }
    switch (failure.orElseThrow()) {
      case HttpFailure f -> throw f;
      case IOException e -> throw e;
      default -> throw new ConnectException("Connection refused");
    }
  }

  private Thread race(
      List<InetAddress> addresses,
      int port,
      int channel,
      long deadline,
      BlockingQueue<Try> results) {
    return Thread.ofVirtual()
        .start(
            () -> {
              try {
                results.add(
                    new Try(
                        Optional.of(attempt(addresses, port, channel, deadline)),
                        Optional.empty()));
              } catch (HttpFailure | IOException e) {
                results.add(new Try(Optional.empty(), Optional.of(e)));
              }
            });
  }

  private long now() {
    return network.clock().nanoTime() / 1_000_000;
  }

  /** One after the other; as in curl each but the last has half of the time that is left. */
  private Socket attempt(List<InetAddress> addresses, int port, int channel, long deadline)
      throws HttpFailure, IOException {
    @Nullable IOException last = null;
    for (InetAddress address : addresses) {
      InetSocketAddress remote = new InetSocketAddress(address, port);
      log.accept("  Trying " + HttpUrl.host(address) + ":" + port + "...");
      recorder.connecting(channel, Event.Transport.TCP, remote);
      try {
        long left = deadline - now();
        boolean isLast = address.equals(addresses.getLast());
        return fromFreePort(remote, Duration.ofMillis(Math.max(1, isLast ? left : left / 2)));
      } catch (IOException e) {
        recorder.failed(channel, Failure.of(e, remote));
        if (e instanceof BindException) {
          throw new HttpFailure(
              CurlCode.INTERFACE_FAILED,
              "bind failed with errno "
                  + (inUse(e)
                      ? "98: Address already in use"
                      : "99: Cannot assign requested address"));
        }
        last = e;
        if (!(e instanceof SocketTimeoutException)) {
          log.accept(
              "connect to " + HttpUrl.text(address) + " port " + port + " failed: " + reason(e));
        }
      }
    }
    throw last == null ? new ConnectException("no address") : last;
  }

  /** Connects from the first port of the wanted range that nobody has. */
  private Socket fromFreePort(InetSocketAddress remote, Duration limit)
      throws HttpFailure, IOException {
    for (int port = config.localPort; ; port++) {
      try {
        return network.connect(remote, local(remote.getAddress(), port), limit);
      } catch (BindException e) {
        if (port + 1 >= config.localPort + config.localPortRange) {
          throw e;
        }
        log.accept("Bind to local port " + port + " failed, trying next");
      }
    }
  }

  private static boolean inUse(IOException e) {
    return String.valueOf(e.getMessage()).contains("in use");
  }

  static String reason(IOException e) {
    String message = e.getMessage() == null ? "" : e.getMessage();
    return message.contains("refused")
        ? "Connection refused"
        : message.contains("unreachable") ? "Network is unreachable" : message;
  }
}

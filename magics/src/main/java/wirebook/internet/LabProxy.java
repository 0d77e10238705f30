// Above 500 lines: two protocols on one port, told apart by the first byte, with one way into the
// lab behind them.
package wirebook.internet;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import wirebook.internet.sites.PackageIndex;
import wirebook.net.Network;
import wirebook.net.PortOwner;
import wirebook.net.RealNetwork;
import wirebook.net.TemporaryFolder;
import wirebook.net.Wire;
import wirebook.trace.Event;
import wirebook.trace.IpText;
import wirebook.trust.LabTrust;

/**
 * The way into the lab for programs that are not Java: on one port of the loopback interface an
 * HTTP proxy (RFC 9110 §9.3.6, {@code CONNECT}; RFC 9112 §3.2.2, absolute-form) and SOCKS 5 (RFC
 * 1928, with names; RFC 1929, with a password). Names are looked up and connections are made in the
 * lab, so they are on the wire as the notebook's own are, and nothing leads out of it or back to
 * this machine's loopback interface. Long, as two protocols share one port.
 *
 * <p>It serves who knows its token and, as a browser takes none from its environment, where the
 * system tells it, processes of this process's user.
 */
public final class LabProxy implements Closeable {
  private static final String USER = "lab";
  private static final int TOKEN = 16;
  private static final int MOST_CONNECTIONS = 512;
  private static final int LONGEST_HEAD = 64 * 1024;
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String HERE = "localhost,127.0.0.1,::1";

  private final Supplier<Network> network;
  private final ServerSocket server;
  private final String token = randomToken();
  private final Semaphore places = new Semaphore(MOST_CONNECTIONS);
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  private LabProxy(Supplier<Network> network, ServerSocket server) {
    this.network = network;
    this.server = server;
  }

  /**
   * Opens it at a free port.
   *
   * @param network the lab's, as it is for each new connection
   */
  public static LabProxy start(Supplier<Network> network) throws IOException {
    ServerSocket server =
        new RealNetwork()
            .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), MOST_CONNECTIONS);
    // On the wire is what it does in the lab.
    Wire.hide(Event.Transport.TCP, server.getLocalPort());
    LabProxy proxy = new LabProxy(network, server);
    Thread.ofVirtual().name("lab proxy").start(proxy::accept);
    return proxy;
  }

  private static String randomToken() {
    byte[] bytes = new byte[TOKEN];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  public int port() {
    return server.getLocalPort();
  }

  /** Its address with its token, as programs take it in {@code http_proxy}. */
  public String url() {
    return "http://" + USER + ":" + token + "@127.0.0.1:" + port();
  }

  /**
   * What tells other programs of it, and of the lab's certificate authority: environment variables
   * as curl, wget, git, Python, pip and Node read them.
   */
  public Map<String, String> variables() {
    Map<String, String> all = new LinkedHashMap<>();
    // As an HTTP proxy also for all_proxy: some clients fail at socks5h for want of a library.
    for (String name : List.of("http_proxy", "https_proxy", "all_proxy")) {
      all.put(name, url());
      all.put(name.toUpperCase(Locale.ROOT), url());
    }
    all.put("no_proxy", HERE);
    all.put("NO_PROXY", HERE);
    // With no attempt the C library asks none of the machine's name servers (resolv.conf(5)); what
    // is in its hosts file it still finds.
    all.put("RES_OPTIONS", "attempts:0");
    String authority = LabTrust.file().toString();
    for (String name :
        List.of(
            "SSL_CERT_FILE",
            "CURL_CA_BUNDLE",
            "REQUESTS_CA_BUNDLE",
            "NODE_EXTRA_CA_CERTS",
            "GIT_SSL_CAINFO",
            "PIP_CERT")) {
      all.put(name, authority);
    }
    wgetSettings(authority).ifPresent(file -> all.put("WGETRC", file.toString()));
    // Node reads the proxy's variables only when it is told to.
    all.put("NODE_USE_ENV_PROXY", "1");
    all.put("PIP_INDEX_URL", PackageIndex.URL);
    // What a machine's own settings say of other indexes leads nowhere in the lab.
    all.put("PIP_CONFIG_FILE", "/dev/null");
    for (String name : List.of("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX")) {
      all.put(name, "");
    }
    // What it takes from its cache is not on the wire.
    all.put("PIP_NO_CACHE_DIR", "1");
    all.put("PIP_DISABLE_PIP_VERSION_CHECK", "1");
    return all;
  }

  /** wget has no variable for authorities, only one for its settings; the person's go first. */
  private static synchronized Optional<Path> wgetSettings(String authority) {
    try {
      Path file = TemporaryFolder.get().resolve("wgetrc");
      if (!Files.exists(file)) {
        Map<String, String> own = System.getenv();
        Path before =
            Path.of(own.getOrDefault("WGETRC", own.getOrDefault("HOME", "") + "/.wgetrc"));
        byte[] settings = Files.isReadable(before) ? Files.readAllBytes(before) : new byte[0];
        Files.write(file, settings);
        Files.writeString(
            file, "\nca_certificate = " + authority + "\n", StandardOpenOption.APPEND);
      }
      return Optional.of(file);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        if (places.tryAcquire()) {
          open.add(client);
          Thread.ofVirtual().name("lab proxy, connection").start(() -> serve(client));
        } else {
          client.close();
        }
      } catch (IOException e) {
        // One that went before it was accepted, or the end.
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      client.setTcpNoDelay(true);
      client.setSoTimeout(Math.toIntExact(PATIENCE.toMillis()));
      BufferedInputStream in = new BufferedInputStream(client.getInputStream());
      in.mark(1);
      int first = in.read();
      in.reset();
      if (first == 5) {
        socks(client, new DataInputStream(in));
      } else if (first >= 0) {
        http(client, in);
      }
    } catch (IOException e) {
      // Its peer is gone, or it was closed.
    } finally {
      open.remove(client);
      places.release();
    }
  }

  @Override
  public void close() throws IOException {
    Wire.unhide(Event.Transport.TCP, port());
    server.close();
    for (Socket each : open) {
      each.close();
    }
  }

  // -------------------------------------------------------------------------- who may

  private boolean isOwnProcess(Socket client) {
    try {
      Object own = java.nio.file.Files.getAttribute(Path.of("/proc/self"), "unix:uid");
      return PortOwner.userOfClient(client)
          .filter(user -> user == ((Integer) own).longValue())
          .isPresent();
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return false;
    }
  }

  private boolean isToken(String user, String password) {
    return user.equals(USER)
        && MessageDigest.isEqual(password.getBytes(UTF_8), token.getBytes(UTF_8));
  }

  private boolean isAllowed(Socket client, Optional<String> authorization) {
    if (authorization.isEmpty()) {
      return isOwnProcess(client);
    }
    String[] words = authorization.get().strip().split(" +", 2);
    if (words.length < 2 || !words[0].equalsIgnoreCase("Basic")) {
      return false;
    }
    try {
      String[] pair = new String(Base64.getDecoder().decode(words[1]), UTF_8).split(":", 2);
      return pair.length == 2 && isToken(pair[0], pair[1]);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  // ------------------------------------------------------------------------- the lab

  /** That a connection came to nothing, for the client. */
  private static final class Failed extends IOException {
    private static final long serialVersionUID = 1L;
    final int status;
    final int socks;

    Failed(int status, int socks, String message) {
      super(message);
      this.status = status;
      this.socks = socks;
    }
  }

  /** Connects to the first of the host's addresses that takes it. */
  private Socket connect(String host, int port) throws Failed {
    Network lab = network.get();
    List<InetAddress> addresses;
    try {
      addresses = lab.lookUp(host);
    } catch (UnknownHostException e) {
      String more = String.valueOf(e.getMessage());
      throw new Failed(
          502, 4, more.equals(host) ? "the lab has no host " + host + " (NXDOMAIN)" : more);
    }
    Failed failure = new Failed(502, 1, host + " has no address");
    for (InetAddress address : addresses) {
      if (address.isLoopbackAddress() || address.isAnyLocalAddress()) {
        throw new Failed(
            403,
            2,
            host
                + " is this machine, and this proxy leads to the lab only: leave the proxy out"
                + " (no_proxy="
                + HERE
                + ")");
      }
      try {
        return lab.connect(new InetSocketAddress(address, port), Optional.empty(), Duration.ZERO);
      } catch (IOException e) {
        String at = host + ", " + IpText.of(address) + " port " + port + ": ";
        String text = String.valueOf(e.getMessage());
        failure =
            switch (e) {
              case SocketTimeoutException _ -> new Failed(504, 4, at + "nothing answers");
              case NoRouteToHostException _ -> new Failed(502, 4, at + text);
              case ConnectException _ when text.contains("timed out") ->
                  new Failed(504, 4, at + "nothing answers");
              case ConnectException _ -> new Failed(502, 5, at + text);
              default -> new Failed(502, 3, at + text);
            };
      }
    }
    throw failure;
  }

  /** Carries bytes both ways until both sides have ended. */
  private void relay(Socket client, InputStream fromClient, Socket lab) throws IOException {
    client.setSoTimeout(0);
    open.add(lab);
    try {
      Thread there =
          Thread.ofVirtual().name("lab proxy, to the lab").start(() -> pump(fromClient, lab));
      pump(lab.getInputStream(), client);
      there.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      open.remove(lab);
    }
  }

  private static void pump(InputStream from, Socket to) {
    try {
      from.transferTo(to.getOutputStream());
      to.shutdownOutput();
    } catch (IOException e) {
      // What can no longer be handed on is no longer read.
      try {
        to.close();
        from.close();
      } catch (IOException again) {
        // It is closed.
      }
    }
  }

  // ------------------------------------------------------------------------------ HTTP

  private void http(Socket client, InputStream in) throws IOException {
    OutputStream out = client.getOutputStream();
    List<String> head = head(in);
    String[] words = head.getFirst().split(" ");
    if (words.length != 3 || !words[2].startsWith("HTTP/1.")) {
      refuse(out, 400, "this is no request that a proxy understands");
      return;
    }
    Optional<String> authorization =
        head.stream()
            .filter(line -> isField(line, "proxy-authorization"))
            .map(LabProxy::value)
            .findFirst();
    if (!isAllowed(client, authorization)) {
      refuse(
          out, 407, "this proxy is for the notebook that started it: its http_proxy has the token");
      return;
    }
    try {
      if (words[0].equals("CONNECT")) {
        URI target = new URI("http://" + words[1]);
        if (target.getHost() == null || target.getPort() < 1) {
          throw new URISyntaxException(words[1], "no host and port");
        }
        try (Socket lab = connect(bare(target.getHost()), target.getPort())) {
          out.write("HTTP/1.1 200 Connection established\r\n\r\n".getBytes(ISO_8859_1));
          relay(client, in, lab);
        }
      } else {
        URI target = new URI(words[1]);
        if (!"http".equalsIgnoreCase(target.getScheme()) || target.getHost() == null) {
          throw new URISyntaxException(words[1], "no http:// address");
        }
        int port = target.getPort() < 0 ? 80 : target.getPort();
        try (Socket lab = connect(bare(target.getHost()), port)) {
          lab.getOutputStream().write(handedOn(words, target, head).getBytes(ISO_8859_1));
          relay(client, in, lab);
        }
      }
    } catch (URISyntaxException e) {
      refuse(out, 400, "this is the proxy into the lab, and no site: " + e.getMessage());
    } catch (Failed e) {
      refuse(out, e.status, String.valueOf(e.getMessage()));
    }
  }

  private static String bare(String host) {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  /** The request as it goes on: in origin-form, and the last one of its connection. */
  private static String handedOn(String[] words, URI target, List<String> head) {
    String path = words[1].replaceFirst("^[^:]*://[^/?#]*", "").replaceFirst("#.*", "");
    StringBuilder text = new StringBuilder();
    text.append(words[0]).append(' ').append(path.startsWith("/") ? path : "/" + path);
    text.append(' ').append(words[2]).append("\r\n");
    boolean upgrade = head.stream().anyMatch(line -> isField(line, "upgrade"));
    Set<String> dropped = Set.of("connection", "keep-alive");
    for (String line : head.subList(1, head.size())) {
      String name = line.split(":", 2)[0].toLowerCase(Locale.ROOT);
      if (!name.startsWith("proxy-") && !dropped.contains(name)) {
        text.append(line).append("\r\n");
      }
    }
    if (head.stream().noneMatch(line -> isField(line, "host"))) {
      text.append("Host: ").append(target.getRawAuthority()).append("\r\n");
    }
    return text.append("Connection: ")
        .append(upgrade ? "Upgrade" : "close")
        .append("\r\n\r\n")
        .toString();
  }

  private static boolean isField(String line, String name) {
    return line.regionMatches(/* ignoreCase= */ true, 0, name + ":", 0, name.length() + 1);
  }

  private static String value(String line) {
    return line.substring(line.indexOf(':') + 1).strip();
  }

  /** The lines before the empty one. */
  private static List<String> head(InputStream in) throws IOException {
    List<String> lines = new ArrayList<>();
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int left = LONGEST_HEAD; left > 0; left--) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException();
      }
      if (next != '\n') {
        line.write(next);
        continue;
      }
      String text = line.toString(ISO_8859_1);
      text = text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
      if (!text.isEmpty()) {
        lines.add(text);
      } else if (!lines.isEmpty()) {
        return lines;
      }
      line.reset();
    }
    throw new IOException("a head without an end");
  }

  private static void refuse(OutputStream out, int status, String why) throws IOException {
    String reason =
        switch (status) {
          case 400 -> "Bad Request";
          case 403 -> "Forbidden";
          case 407 -> "Proxy Authentication Required";
          case 504 -> "Gateway Timeout";
          default -> "Bad Gateway";
        };
    byte[] body = ("wirebook: " + why + "\n").getBytes(UTF_8);
    String head =
        "HTTP/1.1 "
            + status
            + " "
            + reason
            + "\r\n"
            + (status == 407 ? "Proxy-Authenticate: Basic realm=\"Wirebook lab\"\r\n" : "")
            + "Content-Type: text/plain; charset=utf-8\r\nContent-Length: "
            + body.length
            + "\r\nConnection: close\r\n\r\n";
    out.write(head.getBytes(ISO_8859_1));
    out.write(body);
    out.flush();
  }

  // ----------------------------------------------------------------------------- SOCKS

  private void socks(Socket client, DataInputStream in) throws IOException {
    OutputStream out = client.getOutputStream();
    in.readByte();
    byte[] methods = in.readNBytes(in.readUnsignedByte());
    if (has(methods, 2)) {
      out.write(new byte[] {5, 2});
      in.readByte();
      String user = new String(in.readNBytes(in.readUnsignedByte()), UTF_8);
      boolean right = isToken(user, new String(in.readNBytes(in.readUnsignedByte()), UTF_8));
      out.write(new byte[] {1, (byte) (right ? 0 : 1)});
      if (!right) {
        return;
      }
    } else if (has(methods, 0) && isOwnProcess(client)) {
      out.write(new byte[] {5, 0});
    } else {
      out.write(new byte[] {5, (byte) 0xff});
      return;
    }
    in.readByte();
    int command = in.readUnsignedByte();
    in.readByte();
    int type = in.readUnsignedByte();
    String host =
        switch (type) {
          case 1 -> InetAddress.getByAddress(in.readNBytes(4)).getHostAddress();
          case 3 -> new String(in.readNBytes(in.readUnsignedByte()), UTF_8);
          case 4 -> InetAddress.getByAddress(in.readNBytes(16)).getHostAddress();
          default -> "";
        };
    if (host.isEmpty() || command != 1) {
      reply(out, host.isEmpty() ? 8 : 7);
      return;
    }
    try (Socket lab = connect(host, in.readUnsignedShort())) {
      reply(out, 0);
      relay(client, in, lab);
    } catch (Failed e) {
      reply(out, e.socks);
    }
  }

  private static boolean has(byte[] methods, int method) {
    for (byte each : methods) {
      if (each == method) {
        return true;
      }
    }
    return false;
  }

  private static void reply(OutputStream out, int code) throws IOException {
    out.write(new byte[] {5, (byte) code, 0, 1, 0, 0, 0, 0, 0, 0});
  }
}

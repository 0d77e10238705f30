package wirebook.engine.ssh.keygen;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import wirebook.engine.ssh.client.SshEnvironment;
import wirebook.engine.ssh.config.Algorithms;
import wirebook.engine.ssh.config.ConfigWords;
import wirebook.engine.ssh.config.Options;
import wirebook.engine.ssh.config.Patterns;
import wirebook.engine.ssh.config.SshFatal;
import wirebook.engine.ssh.config.SshLog;
import wirebook.engine.ssh.config.SystemWords;
import wirebook.engine.ssh.key.Fingerprint;
import wirebook.engine.ssh.key.PublicKeyBlob;
import wirebook.engine.ssh.known.KnownHosts;
import wirebook.engine.ssh.transport.Link;
import wirebook.engine.ssh.transport.LinkEvent;
import wirebook.engine.ssh.transport.Streams;

/** The ssh-keyscan command: begins a key exchange for each type of key, and ends it there. */
public final class KeyscanTool {
  private static final String USAGE =
      """
      usage: ssh-keyscan [-46cDHv] [-f file] [-p port] [-T timeout] [-t type]
      \t\t   [host | addrlist namelist]
      """;
  private static final String IDENTIFICATION = "Wirebook-keyscan";
  private static final int AT_ONCE = 100;
  private static final int MOST_OF_A_RANGE = 65_536;

  /** In the order in which they are asked for. */
  private enum Type {
    DSA("ssh-dss"),
    RSA("rsa-sha2-512,rsa-sha2-256,ssh-rsa"),
    ECDSA("ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521"),
    ED25519("ssh-ed25519"),
    ECDSA_SK("sk-ecdsa-sha2-nistp256@openssh.com"),
    ED25519_SK("sk-ssh-ed25519@openssh.com");

    private final String algorithms;

    Type(String algorithms) {
      this.algorithms = algorithms;
    }

    List<String> algorithms(boolean certificates) {
      return Patterns.split(algorithms).stream()
          .map(a -> certificates ? a.replace("@openssh.com", "") + "-cert-v01@openssh.com" : a)
          .toList();
    }

    static Type of(String name) {
      for (Type type : values()) {
        if (type.name().replace('_', '-').equalsIgnoreCase(name)
            || (type.algorithms(false).contains(name) && !name.startsWith("rsa-"))) {
          return type;
        }
      }
      throw new SshFatal("Unknown key type \"" + name + "\"");
    }
  }

  private final KeygenConsole console;
  private final List<KeyReport.Key> keys = new ArrayList<>();
  private Set<Type> types =
      EnumSet.of(Type.RSA, Type.ECDSA, Type.ED25519, Type.ECDSA_SK, Type.ED25519_SK);
  private boolean hashed;
  private boolean certificates;
  private boolean records;
  private int port = 22;
  private Duration timeout = Duration.ofSeconds(5);
  private Optional<Class<? extends InetAddress>> family = Optional.empty();

  private KeyscanTool(SshEnvironment environment) {
    this.console = new KeygenConsole(environment);
  }

  /** Runs a command's words. */
  public static KeyReport run(SshEnvironment environment, List<String> words)
      throws InterruptedException {
    KeyscanTool tool = new KeyscanTool(environment);
    int exit;
    try {
      exit = tool.run(words);
    } catch (SshFatal e) {
      tool.console.log.say(SshLog.Level.FATAL, e.words());
      exit = 255;
    }
    return new KeyReport(exit, tool.keys);
  }

  private int run(List<String> words) throws InterruptedException {
    Options options = Options.of(words, "cDHv46p:T:t:f:");
    options.complaint().ifPresent(console.log::error);
    if (options.complaint().isPresent() || words.isEmpty()) {
      console.complain(USAGE);
      return 1;
    }
    List<String> files = new ArrayList<>();
    for (Options.Option option : options.options()) {
      String value = option.value();
      switch (option.name()) {
        case 'c' -> certificates = true;
        case 'D' -> records = true;
        case 'H' -> hashed = true;
        case '4' -> family = Optional.of(Inet4Address.class);
        case '6' -> family = Optional.of(Inet6Address.class);
        case 'f' -> files.add(value);
        case 'p' -> {
          port = value.matches("[0-9]{1,5}") ? Integer.parseInt(value) : 0;
          if (port < 1 || port > 65_535) {
            console.complain("Bad port '" + value + "'\n");
            return 1;
          }
        }
        case 'T' -> {
          int seconds = ConfigWords.seconds(value).orElse(0);
          if (seconds <= 0) {
            console.complain("Bad timeout '" + value + "'\n" + USAGE);
            return 1;
          }
          timeout = Duration.ofSeconds(seconds);
        }
        case 't' -> {
          types = EnumSet.noneOf(Type.class);
          Stream.of(value.split(",")).filter(t -> !t.isEmpty()).map(Type::of).forEach(types::add);
        }
        default -> {
          // -v: there is nothing more to say.
        }
      }
    }
    if (options.operands().isEmpty() && files.isEmpty()) {
      console.complain(USAGE);
      return 1;
    }
    List<String> hosts = new ArrayList<>();
    for (String file : files) {
      text(file)
          .lines()
          .map(line -> line.replaceFirst("#.*", "").strip())
          .filter(line -> !line.isEmpty())
          .forEach(hosts::add);
    }
    hosts.addAll(options.operands());
    scan(hosts);
    return keys.isEmpty() ? 1 : 0;
  }

  private String text(String file) {
    try (InputStream in =
        file.equals("-")
            ? console.environment.stdin()
            : Files.newInputStream(console.environment.local().file(file))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new SshFatal("ssh-keyscan: " + file + ": " + SystemWords.of(e));
    }
  }

  /**
   * What one connection gave.
   *
   * @param shown the names under which the key is known
   * @param said what goes to standard error, whole lines
   */
  private record Scan(String shown, String said, Optional<PublicKeyBlob> key) {}

  private void scan(List<String> hosts) throws InterruptedException {
    Deque<Future<Scan>> running = new ArrayDeque<>();
    ExecutorService threads =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("ssh-keyscan-", 0).factory());
    try {
      for (String host : hosts) {
        String[] words = host.split("[ \t]+", 2);
        for (String name : expanded(words[0])) {
          for (Type type : types) {
            if (running.size() >= AT_ONCE) {
              report(running.removeFirst());
            }
            running.add(threads.submit(() -> one(name, words.length > 1 ? words[1] : name, type)));
          }
        }
      }
      while (!running.isEmpty()) {
        report(running.removeFirst());
      }
    } finally {
      threads.shutdownNow();
    }
  }

  /** The addresses of a range, or the name itself. */
  private static List<String> expanded(String host) {
    int slash = host.indexOf('/');
    if (slash < 0 || !host.substring(slash + 1).matches("[0-9]{1,3}")) {
      return List.of(host);
    }
    try {
      byte[] address = InetAddress.ofLiteral(host.substring(0, slash)).getAddress();
      int free = address.length * 8 - Integer.parseInt(host.substring(slash + 1));
      if (free < 0) {
        return List.of(host);
      }
      if (free > Integer.numberOfTrailingZeros(MOST_OF_A_RANGE)) {
        throw new SshFatal("more than " + MOST_OF_A_RANGE + " addresses: " + host);
      }
      BigInteger first = new BigInteger(1, address).shiftRight(free).shiftLeft(free);
      List<String> all = new ArrayList<>();
      for (int i = 0; i < 1 << free; i++) {
        byte[] bytes = first.add(BigInteger.valueOf(i)).toByteArray();
        byte[] each = new byte[address.length];
        int length = Math.min(bytes.length, each.length);
        System.arraycopy(bytes, bytes.length - length, each, each.length - length, length);
        all.add(InetAddress.getByAddress(each).getHostAddress());
      }
      return all;
    } catch (IllegalArgumentException | UnknownHostException e) {
      return List.of(host);
    }
  }

  private void report(Future<Scan> future) throws InterruptedException {
    Scan scan;
    try {
      scan = future.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
    console.complain(scan.said);
    if (scan.key.isEmpty()) {
      return;
    }
    PublicKeyBlob key = scan.key.get();
    keys.add(new KeyReport.Key(key, scan.shown));
    if (certificates || (!hashed && port == 22)) {
      console.print(line(scan.shown, key));
      return;
    }
    for (String name : scan.shown.split(",", -1)) {
      console.print(line(name, key));
    }
  }

  private String line(String host, PublicKeyBlob key) {
    if (records) {
      return Fingerprint.records(key, host, false);
    }
    String known = KnownHosts.name(host, port).toLowerCase(Locale.ROOT);
    return (certificates ? "" : (hashed ? KnownHosts.hash(known) : known) + " ")
        + key.type()
        + " "
        + key.base64()
        + "\n";
  }

  private Scan one(String names, String shown, Type type) throws InterruptedException {
    StringBuilder said = new StringBuilder();
    for (String name : names.split(",", -1)) {
      try (Socket socket = connect(name)) {
        return exchange(socket, name, shown, type);
      } catch (UnknownHostException e) {
        said.append("getaddrinfo ").append(name).append(": Name or service not known\n");
      } catch (IOException e) {
        if (Thread.interrupted()) {
          throw (InterruptedException) new InterruptedException().initCause(e);
        }
        // OpenSSH does not say so either: a network is scanned for those who answer.
      }
    }
    return new Scan(shown, said.toString(), Optional.empty());
  }

  private Socket connect(String name) throws IOException {
    InetAddress address =
        console.environment.network().lookUp(name).stream()
            .filter(a -> family.isEmpty() || family.get().isInstance(a))
            .findFirst()
            .orElseThrow(() -> new UnknownHostException(name));
    return console
        .environment
        .network()
        .connect(new InetSocketAddress(address, port), Optional.empty(), timeout);
  }

  private Scan exchange(Socket socket, String name, String shown, Type type)
      throws IOException, InterruptedException {
    try (Link link =
        Link.open(
            Streams.of(socket),
            new Link.Proposal(
                Patterns.split(Algorithms.Family.KEX.proposed()),
                type.algorithms(certificates),
                Patterns.split(Algorithms.Family.CIPHER.proposed()),
                Patterns.split(Algorithms.Family.MAC.proposed()),
                false,
                0,
                Duration.ZERO,
                Duration.ZERO,
                0),
            IDENTIFICATION,
            "",
            name,
            port,
            (out, bytes) -> {},
            (out, number, size, body) -> {},
            List.of(),
            List.of())) {
      Optional<LinkEvent> event = link.next(timeout);
      String version = link.session().getServerVersion();
      String said =
          version == null
              ? event.isPresent() ? name + ": Connection closed by remote host\n" : ""
              : (records ? "; " : "# ")
                  + name
                  + ":"
                  + port
                  + " "
                  + KeygenConsole.visible(version)
                  + "\n";
      if (event.isPresent() && event.get() instanceof LinkEvent.HostKey(var verdict)) {
        verdict.complete(false);
        PublicKeyBlob key = PublicKeyBlob.of(link.session().getServerKey());
        return new Scan(shown, said, Optional.of(key));
      }
      return new Scan(shown, said, Optional.empty());
    }
  }
}

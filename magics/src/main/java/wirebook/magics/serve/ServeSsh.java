package wirebook.magics.serve;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import wirebook.engine.http.server.HttpServers;
import wirebook.engine.ssh.key.PublicKeyBlob;
import wirebook.engine.ssh.server.SshDaemon;
import wirebook.engine.ssh.server.SshHost;
import wirebook.engine.ssh.server.SshLogin;
import wirebook.engine.ssh.transport.IncomingChannel;
import wirebook.engine.ssh.transport.NetworkIo;
import wirebook.internet.Internets;
import wirebook.internet.host.HostFiles;
import wirebook.internet.host.HostUser;
import wirebook.internet.host.HostView;
import wirebook.magics.ssh.SshHome;
import wirebook.net.Network;
import wirebook.net.Networks;
import wirebook.net.RealNetwork;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.Word;
import wirebook.spi.Words;
import wirebook.spi.Words.Complaint;
import wirebook.trace.Bytes;

/**
 * {@code %serve --ssh}: an SSH server on loopback whose accounts have a small shell and files in
 * memory. No option gives a shell of the machine.
 */
final class ServeSsh {
  static final String FLAG = "--ssh";
  private static final String FORWARD = "--forward";
  private static final int USUAL_PORT = 2222;
  private static final String LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";
  private static final int SECRET = 14;

  /** Its words; {@code %serve} tells of them. */
  private static final MagicSpec SPEC =
      MagicSpec.named("serve", "An SSH server")
          .synopsis(
              "--ssh [PORT] [--user NAME] [--password WORD] [--key FILE.pub] [--forward]"
                  + " [--host HOST]")
          .operand("PORT", Values.OWN_PORT, false, false)
          .option(Option.flag("an SSH server", FLAG))
          .option(Option.of("NAME", Values.ANY, "who may log in", "--user"))
          .option(Option.of("WORD", Values.ANY, "with this password", "--password"))
          .option(Option.of("FILE", Values.FILE, "with this key", "--key"))
          .option(Option.flag("lead -L and -W to all that this machine reaches", FORWARD))
          .option(Option.of("HOST", Values.HOST, "one of the lab's hosts", "--host"))
          .id(Complaint.OPTION, "SERVE040")
          .id(Complaint.OPERANDS, "SERVE040")
          .id(Complaint.PORT, "SERVE040")
          .id(Complaint.VALUE, "SERVE042")
          .build();

  private final MagicCall call;
  private int port = USUAL_PORT;
  private String user = "student";
  private Optional<String> password = Optional.empty();
  private Optional<String> key = Optional.empty();
  private boolean forward;
  private Optional<Word> host = Optional.empty();

  /** Those that run, by their ports. */
  static final class Running {
    private final Map<Integer, SshDaemon> byPort = new ConcurrentSkipListMap<>();

    static Running of(MagicCall call) {
      return call.service(Running.class, Running::new);
    }

    List<SshDaemon> list() {
      return byPort.values().stream().filter(SshDaemon::isOpen).toList();
    }

    Optional<SshDaemon> find(String port) {
      return list().stream().filter(s -> String.valueOf(s.port()).equals(port)).findFirst();
    }
  }

  private ServeSsh(MagicCall call) {
    this.call = call;
  }

  static MagicResult run(MagicCall call) throws InterruptedException {
    ServeSsh serve = new ServeSsh(call);
    serve.read();
    return serve.host.isPresent() ? serve.labHost(serve.host.get()) : serve.start();
  }

  private void read() {
    Words words = SPEC.read(call);
    user = words.text("--user").orElse(user);
    password = words.text("--password");
    forward = words.flag(FORWARD);
    host = words.word("--host");
    key = words.word("--key").map(this::publicKey);
    port = words.operand(0).map(word -> words.port(word, 0)).orElse(port);
    if (!user.matches("[a-z_][a-z0-9_-]{0,31}")) {
      throw call.wrong(
          "SERVE041",
          call.words().getFirst(),
          "\"" + user + "\" is no user's name",
          "Small letters, digits, - and _ make one.");
    }
  }

  private String publicKey(Word file) {
    try {
      String text =
          Files.readString(call.directory().resolve(SshHome.of(call).tilde(file.text()))).strip();
      if (PublicKeyBlob.ofText(text).isPresent()) {
        return text;
      }
      throw call.wrong(
          "SERVE043", file, file.text() + " is no public key", "Its name ends in .pub.");
    } catch (IOException e) {
      throw call.wrong(
          "SERVE043", file, file.text() + " cannot be read", "%ssh-keygen makes a key.");
    }
  }

  /** The port at which other programs reach a host of the lab. */
  private MagicResult labHost(Word name) throws InterruptedException {
    if (!(call.networks() instanceof Internets internets)) {
      throw call.wrong("SERVE016", name, "there is no lab here", "Use it in a notebook.");
    }
    try {
      String found =
          internets
              .lab()
              .world()
              .hostNamed(name.text())
              .orElseThrow(() -> new IOException("the lab has no such host"));
      int at = internets.lab().logins().sshPort(found);
      call.out().println(found + " is reached at ssh -p " + at + " student@127.0.0.1");
      stay();
      return MagicResult.of(at);
    } catch (IOException e) {
      throw call.wrong(
          "SERVE044",
          name,
          "no SSH server for " + name.text() + ": " + e.getMessage(),
          "For example --host shell.class.example");
    }
  }

  private MagicResult start() throws InterruptedException {
    Running running = Running.of(call);
    if (password.isEmpty() && key.isEmpty()) {
      SecureRandom random = new SecureRandom();
      StringBuilder secret = new StringBuilder();
      for (int i = 0; i < SECRET; i++) {
        secret.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
      }
      password = Optional.of(secret.toString());
      call.out().println("The password of " + user + " is " + secret + ".");
    }
    try {
      Optional<SshDaemon> former = Optional.ofNullable(running.byPort.remove(port));
      if (former.isPresent()) {
        former.get().close();
      }
      SshDaemon daemon =
          SshDaemon.start(new Own(), new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      running.byPort.put(daemon.port(), daemon);
      call.out()
          .println(
              "An SSH server with files in memory listens: ssh -p "
                  + daemon.port()
                  + " "
                  + user
                  + "@127.0.0.1");
      stay();
      return MagicResult.of(daemon);
    } catch (BindException e) {
      throw call.wrong(
          "SERVE045",
          call.words().getLast(),
          "port " + port + " is taken",
          "%serve --ssh 0 takes a free one.");
    } catch (IOException e) {
      throw call.wrong("SERVE046", call.words().getFirst(), "no server: " + e.getMessage(), "");
    }
  }

  /** From the shell for as long as the command runs. */
  private void stay() throws InterruptedException {
    if (!call.inCell()) {
      call.out().println("Stop with Ctrl-C.");
      call.out().flush();
      new CountDownLatch(1).await();
    }
  }

  /** A host with one account. */
  private final class Own implements SshHost, HostView {
    private final Network network = new RealNetwork();
    private final KeyPair hostKey = hostKey();
    private final Account account;

    Own() throws IOException {
      HostFiles files = new HostFiles(name(), user);
      if (key.isPresent()) {
        Path folder = Files.createDirectory(files.home().resolve(".ssh"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        Path list = folder.resolve("authorized_keys");
        Files.writeString(list, key.get() + "\n");
        Files.setPosixFilePermissions(list, PosixFilePermissions.fromString("rw-------"));
      }
      account = new HostUser(this, user, password, files);
    }

    private static KeyPair hostKey() {
      try {
        return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public String name() {
      return "wirebook";
    }

    @Override
    public Network network() {
      return network;
    }

    @Override
    public Networks networks() {
      return call.networks();
    }

    /** To the lab, and to what this notebook serves itself. */
    @Override
    public Socket forward(InetSocketAddress target) throws IOException {
      if (forward) {
        return NetworkIo.connect(network, target);
      }
      Network seen = call.networks().current();
      InetAddress address = seen.lookUp(target.getHostString()).getFirst();
      if (here(address) ? served(target.getPort()) : seen.name().equals("lab")) {
        return NetworkIo.connect(seen, new InetSocketAddress(address, target.getPort()));
      }
      throw new IncomingChannel.Prohibited();
    }

    /** Whether it is this machine's, as which one also sits in the lab. */
    private boolean here(InetAddress address) {
      return address.isLoopbackAddress()
          || address.isAnyLocalAddress()
          || Internets.inLab(call)
              .filter(
                  i ->
                      i.lab()
                          .world()
                          .routing()
                          .kernel(i.host())
                          .has(Bytes.of(address.getAddress())))
              .isPresent();
    }

    private boolean served(int port) {
      return Running.of(call).find(String.valueOf(port)).isPresent()
          || call.service(HttpServers.class, HttpServers::new).list().stream()
              .anyMatch(server -> server.port() == port);
    }

    @Override
    public List<KeyPair> hostKeys() {
      return List.of(hostKey);
    }

    @Override
    public String identification() {
      return "Wirebook_0.1";
    }

    @Override
    public Optional<Account> account(String name) {
      return Optional.of(account).filter(a -> a.user().equals(name));
    }

    @Override
    public void log(SshLogin entry) {
      call.place().execute(() -> call.out().println(entry));
    }

    @Override
    public Duration uptime() {
      return Duration.ZERO;
    }

    @Override
    public List<HostSocket> sockets() {
      return List.of();
    }

    @Override
    public List<String> tools() {
      return List.of();
    }
  }
}

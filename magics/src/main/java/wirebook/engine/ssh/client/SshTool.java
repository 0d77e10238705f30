package wirebook.engine.ssh.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.sshd.client.channel.ClientChannel;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.channel.exception.SshChannelOpenException;
import org.apache.sshd.common.session.ConnectionService;
import org.apache.sshd.common.session.helpers.AbstractSession;
import wirebook.engine.ssh.config.Expansion;
import wirebook.engine.ssh.config.Forward;
import wirebook.engine.ssh.config.Keyword;
import wirebook.engine.ssh.config.Patterns;
import wirebook.engine.ssh.config.Plan;
import wirebook.engine.ssh.config.Settings;
import wirebook.engine.ssh.config.SshFatal;
import wirebook.engine.ssh.config.SshLog;
import wirebook.engine.ssh.config.SshPlanner;
import wirebook.engine.ssh.transcript.SshSession;
import wirebook.engine.ssh.transcript.Transcript;
import wirebook.engine.ssh.transport.OpenFailure;
import wirebook.engine.ssh.transport.Streams;
import wirebook.trace.Bytes;

/** The ssh command. */
public final class SshTool {
  private static final int OURS = 255;
  private static final int KEPT = 16 << 20;

  private final SshEnvironment environment;
  private final SshLog log;
  private final ByteArrayOutputStream keptOut = new ByteArrayOutputStream();
  private final ByteArrayOutputStream keptErr = new ByteArrayOutputStream();
  private final List<Transcript> transcripts = new ArrayList<>();
  private Optional<SshConnection> running = Optional.empty();

  private final Optional<Use> use;

  /** What is done with a session instead of running a command. */
  public interface Use {
    /**
     * @return the exit status
     */
    int run(ClientSession session) throws IOException, InterruptedException;
  }

  private SshTool(SshEnvironment environment, Optional<Use> use) {
    this.environment = environment;
    this.use = use;
    this.log = new SshLog(line -> err(line + (environment.inCell() ? "\n" : "\r\n")));
  }

  /** Runs a command's words. */
  public static SshResult run(SshEnvironment environment, List<String> words)
      throws InterruptedException {
    return run(environment, words, Optional.empty());
  }

  /**
   * Logs in as ssh does with these words, and uses the connection.
   *
   * @throws InterruptedException when it was stopped
   */
  public static SshResult run(SshEnvironment environment, List<String> words, Use use)
      throws InterruptedException {
    return run(environment, words, Optional.of(use));
  }

  private static SshResult run(SshEnvironment environment, List<String> words, Optional<Use> use)
      throws InterruptedException {
    SshTool tool = new SshTool(environment, use);
    int exit = tool.exit(words);
    return new SshResult(
        exit,
        Bytes.of(tool.keptOut.toByteArray()),
        Bytes.of(tool.keptErr.toByteArray()),
        tool.sessions(),
        new SshResult.Running(tool.running.map(c -> c)));
  }

  private List<SshSession> sessions() {
    return environment.inCell()
        ? transcripts.stream().map(Transcript::session).toList()
        : List.of();
  }

  private int exit(List<String> words) throws InterruptedException {
    try {
      SshPlanner planner =
          new SshPlanner(
              environment.local(),
              environment.network(),
              log,
              this::err,
              environment.terminal(),
              new LocalPrograms(environment)::quietly);
      return switch (planner.plan(words)) {
        case SshPlanner.Outcome.Done(String text, boolean error, int status) -> {
          if (error) {
            err(text);
          } else {
            out(text);
          }
          yield status;
        }
        case SshPlanner.Outcome.Go(Plan plan) -> run(plan);
      };
    } catch (SshFatal e) {
      if (Thread.interrupted()) {
        throw (InterruptedException) new InterruptedException().initCause(e);
      }
      if (!e.words().isEmpty()) {
        log.say(e.level(), e.words());
      }
      return OURS;
    } catch (IOException e) {
      // MINA tells of an interrupt by an exception of input and output.
      if (Thread.interrupted() || e instanceof InterruptedIOException) {
        throw (InterruptedException) new InterruptedException().initCause(e);
      }
      log.say(SshLog.Level.FATAL, String.valueOf(e.getMessage()));
      return OURS;
    }
  }

  private void out(String text) {
    write(environment.stdout(), text);
  }

  private void err(String text) {
    write(environment.stderr(), text);
  }

  private static void write(OutputStream to, String text) {
    try {
      to.write(text.getBytes(StandardCharsets.UTF_8));
      to.flush();
    } catch (IOException e) {
      // Nobody reads it.
    }
  }

  private int run(Plan plan) throws InterruptedException, IOException {
    Optional<Integer> controlled = Control.command(environment, plan, log);
    if (controlled.isPresent()) {
      return controlled.get();
    }
    SshConnection connection = connect(plan, log);
    boolean goesOn = false;
    try {
      Forwarding forwarding = connection.forwarding();
      if (connection.hostKeys().forwardingAllowed()) {
        forwarding.start(connection.session());
      }
      localCommand(plan, connection);
      Optional<Control> control = Control.listen(environment, plan, log, connection);
      control.ifPresent(c -> connection.link().whenEnded(reason -> c.close()));
      boolean background = plan.settings().flag(Keyword.FORK_AFTER_AUTHENTICATION);
      boolean nothing = plan.settings().text(Keyword.SESSION_TYPE).equals("none");
      if (environment.inCell() && nothing && plan.settings().standardForward().isEmpty()) {
        goesOn = true;
        running = Optional.of(connection);
        return 0;
      }
      if (background) {
        environment.background().run();
      }
      int status = serve(plan, connection);
      String persist = plan.settings().text(Keyword.CONTROL_PERSIST);
      if (control.isPresent() && !persist.equals("no") && (background || environment.inCell())) {
        control.get().persist(environment.network().clock(), persist);
        if (environment.inCell()) {
          goesOn = true;
          running = Optional.of(connection);
        } else {
          ended(connection);
        }
      }
      return status;
    } finally {
      if (!goesOn) {
        connection.close();
      }
    }
  }

  private void localCommand(Plan plan, SshConnection connection) {
    Settings s = plan.settings();
    if (s.flag(Keyword.PERMIT_LOCAL_COMMAND) && s.has(Keyword.LOCAL_COMMAND)) {
      Map<Character, String> tokens = new TreeMap<>(plan.tokens());
      tokens.put('H', connection.hostKeys().name());
      tokens.put('T', "NONE");
      new LocalPrograms(environment)
          .locally(Expansion.percent(log, s.text(Keyword.LOCAL_COMMAND), tokens));
    }
  }

  /** Connects, through other hosts when the configuration says so. */
  private SshConnection connect(Plan plan, SshLog itsLog) throws InterruptedException, IOException {
    Transcript transcript = new Transcript(environment.network().clock(), itsLog);
    // The last that is made is that of the host that was asked for.
    transcripts.add(transcript);
    SshDialer dialer = new SshDialer(environment, plan, itsLog);
    Settings s = plan.settings();
    Peer peer =
        s.jump().isPresent()
            ? through(plan, s.jump().get())
            : s.has(Keyword.PROXY_COMMAND) ? dialer.proxy() : dialer.tcp();
    Forwarding forwarding = new Forwarding(environment, s, itsLog);
    return SshConnection.open(environment, plan, itsLog, transcript, peer, forwarding);
  }

  /** A connection inside one to another host ({@code -J}). */
  private Peer through(Plan plan, Settings.Jump jump) throws InterruptedException, IOException {
    List<String> words = new ArrayList<>();
    jump.user().ifPresent(u -> words.addAll(List.of("-l", u)));
    jump.port().ifPresent(p -> words.addAll(p > 0 ? List.of("-p", "" + p) : List.of()));
    jump.before().ifPresent(b -> words.addAll(List.of("-J", b)));
    plan.configFile().ifPresent(f -> words.addAll(List.of("-F", f)));
    if (plan.verbose() > 0) {
      words.add("-" + "v".repeat(plan.verbose()));
    }
    words.addAll(List.of("-W", "[" + plan.host() + "]:" + plan.port(), jump.host()));
    log.debug("Setting implicit ProxyCommand from ProxyJump: ssh " + String.join(" ", words));
    SshLog itsLog = new SshLog(line -> err(line + (environment.inCell() ? "\n" : "\r\n")));
    SshPlanner planner =
        new SshPlanner(
            environment.local(),
            environment.network(),
            itsLog,
            this::err,
            false,
            new LocalPrograms(environment)::quietly);
    if (!(planner.plan(words) instanceof SshPlanner.Outcome.Go(Plan first))) {
      throw new SshFatal("Connection closed by UNKNOWN port 65535");
    }
    Optional<SshConnection> connection = Optional.empty();
    try {
      connection = Optional.of(connect(first, itsLog));
      ClientChannel channel =
          direct(
              connection.get().session(),
              new Forward.End.Tcp(Optional.of(plan.host()), plan.port()));
      return new Peer(
          Streams.of(
              channel.getInvertedOut(),
              channel.getInvertedIn(),
              plan.port(),
              connection.get()::close),
          Optional.empty(),
          plan.port(),
          "through " + first.host());
    } catch (SshFatal e) {
      connection.ifPresent(SshConnection::close);
      if (Thread.currentThread().isInterrupted()) {
        throw e;
      }
      if (!e.words().isEmpty()) {
        itsLog.say(e.level(), e.words());
      }
      // With OpenSSH another process has ended, of which the connection knows nothing.
      log.error("kex_exchange_identification: Connection closed by remote host");
      throw new SshFatal("Connection closed by UNKNOWN port 65535");
    }
  }

  private ClientChannel direct(ClientSession session, Forward.End.Tcp to) throws IOException {
    try {
      return Forwarding.standard(session, to);
    } catch (SshChannelOpenException e) {
      log.error("channel 0: " + OpenFailure.words(e));
      throw new SshFatal("stdio forwarding failed");
    }
  }

  private int serve(Plan plan, SshConnection connection) throws InterruptedException, IOException {
    Settings s = plan.settings();
    if (use.isPresent()) {
      return use.get().run(connection.session());
    }
    if (s.standardForward().isPresent()) {
      return standardForward(s.standardForward().get(), connection);
    }
    if (s.text(Keyword.SESSION_TYPE).equals("none")) {
      log.debug("Entering interactive session.");
      ended(connection);
      connection.check(false);
      return 0;
    }
    return session(plan, connection);
  }

  private static void ended(SshConnection connection) throws InterruptedException {
    CompletableFuture<Throwable> end = new CompletableFuture<>();
    connection.link().whenEnded(end::complete);
    get(end);
  }

  private int standardForward(Forward.End.Tcp to, SshConnection connection)
      throws InterruptedException, IOException {
    ClientChannel channel = direct(connection.session(), to);
    Thread.ofVirtual().start(() -> pump(environment.stdin(), channel.getInvertedIn()));
    try (InputStream in = channel.getInvertedOut()) {
      byte[] piece = new byte[32 * 1024];
      for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
        environment.stdout().write(piece, 0, n);
        environment.stdout().flush();
      }
    }
    connection.check(false);
    return 0;
  }

  private static void pump(InputStream from, OutputStream to) {
    try (to) {
      byte[] piece = new byte[32 * 1024];
      for (int n = from.read(piece); n >= 0; n = from.read(piece)) {
        to.write(piece, 0, n);
        to.flush();
      }
    } catch (IOException e) {
      // The other side has closed.
    }
  }

  private Map<String, String> variables(Settings s) {
    Map<String, String> sent = new LinkedHashMap<>();
    List<String> patterns = s.list(Keyword.SEND_ENV);
    new TreeMap<>(environment.local().environment())
        .forEach(
            (name, value) -> {
              if (patterns.stream().anyMatch(p -> Patterns.matches(name, p))) {
                log.debug("channel 0: setting env " + name + " = \"" + value + "\"");
                sent.put(name, value);
              }
            });
    for (String setting : s.list(Keyword.SET_ENV)) {
      int equals = setting.indexOf('=');
      log.debug(
          "channel 0: setting env %s = \"%s\""
              .formatted(setting.substring(0, equals), setting.substring(equals + 1)));
      sent.put(setting.substring(0, equals), setting.substring(equals + 1));
    }
    return sent;
  }

  private int session(Plan plan, SshConnection connection)
      throws InterruptedException, IOException {
    Settings s = plan.settings();
    String kind =
        s.text(Keyword.SESSION_TYPE).equals("subsystem")
            ? "subsystem"
            : plan.command().isEmpty() ? "shell" : "exec";
    Map<String, String> local = environment.local().environment();
    boolean sized = environment.terminal();
    SessionChannel channel =
        new SessionChannel(
            new SessionChannel.Wish(
                kind,
                plan.command(),
                plan.tty(),
                local.getOrDefault("TERM", ""),
                sized ? 80 : 0,
                sized ? 24 : 0,
                connection.agentForwarded(),
                variables(s)));
    log.debug("Entering interactive session.");
    long start = environment.network().clock().nanoTime();
    Output out = new Output(environment.stdout(), keptOut, environment.inCell());
    Output err = new Output(environment.stderr(), keptErr, environment.inCell());
    channel.setOut(out);
    channel.setErr(err);
    ConnectionService service =
        ((AbstractSession) connection.session()).getService(ConnectionService.class);
    service.registerChannel(channel);
    if (!plan.command().isEmpty()) {
      log.debug("Sending " + (kind.equals("exec") ? "command" : kind) + ": " + plan.command());
    }
    try {
      OpenFailure.verify(channel.open());
    } catch (SshChannelOpenException e) {
      log.error("channel 0: " + OpenFailure.words(e));
      return OURS;
    } catch (IOException e) {
      connection.check(false);
      throw e;
    }
    InputStream in =
        s.flag(Keyword.STDIN_NULL) ? InputStream.nullInputStream() : environment.stdin();
    if (environment.inCell() && kind.equals("shell") && in.available() == 0) {
      err(
          "# A shell with nothing to do: a cell has no terminal. Give it a command, as in\n"
              + "# %ssh "
              + plan.host()
              + " uptime, or lines of its own below %%ssh.\n");
    }
    Thread.ofVirtual().start(() -> pump(in, channel.getInvertedIn()));
    // Some servers do not say whether they will.
    channel.addCloseFutureListener(closed -> channel.started().complete(true));
    connection.link().whenEnded(reason -> channel.started().complete(true));
    if (!get(channel.started())) {
      throw new SshFatal(kind + " request failed on channel 0");
    }
    await(channel, connection);
    Integer status = channel.getExitStatus();
    connection.check(status != null || channel.getExitSignal() != null);
    if (plan.tty()) {
      log.info("Connection to " + plan.host() + " closed.");
    }
    connection.transcript().sayTraffic(start);
    log.debug("Exit status " + (status == null ? -1 : status));
    return status == null ? OURS : status & 0xff;
  }

  /** Waits for the channel's end; an interrupt ends the connection. */
  private void await(ClientChannel channel, SshConnection connection) throws InterruptedException {
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    channel.addCloseFutureListener(closed -> done.complete(true));
    connection.link().whenEnded(reason -> done.complete(true));
    if (channel.getChannelState().contains(ClientChannelEvent.CLOSED)) {
      done.complete(true);
    }
    get(done);
    channel.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), 1000);
  }

  /** Waits for it, and can be stopped. */
  private static <T> T get(CompletableFuture<T> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Where the remote command's output goes. */
  private static final class Output extends OutputStream {
    private final OutputStream to;
    private final ByteArrayOutputStream kept;
    private final boolean keep;

    Output(OutputStream to, ByteArrayOutputStream kept, boolean keep) {
      this.to = to;
      this.kept = kept;
      this.keep = keep;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (keep && kept.size() < KEPT) {
        kept.write(bytes, offset, Math.min(length, KEPT - kept.size()));
      }
      to.write(bytes, offset, length);
    }

    @Override
    public void flush() throws IOException {
      to.flush();
    }

    @Override
    public void close() throws IOException {
      // It is the caller's.
      to.flush();
    }
  }
}

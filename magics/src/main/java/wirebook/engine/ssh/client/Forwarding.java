package wirebook.engine.ssh.client;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.sshd.client.channel.ClientChannel;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.channel.exception.SshChannelOpenException;
import org.apache.sshd.common.util.buffer.Buffer;
import wirebook.engine.ssh.config.Forward;
import wirebook.engine.ssh.config.Forward.End;
import wirebook.engine.ssh.config.Keyword;
import wirebook.engine.ssh.config.Settings;
import wirebook.engine.ssh.config.SshFatal;
import wirebook.engine.ssh.config.SshLog;
import wirebook.engine.ssh.transport.Accepting;
import wirebook.engine.ssh.transport.ForwardChannel;
import wirebook.engine.ssh.transport.IncomingChannel;
import wirebook.engine.ssh.transport.Joint;
import wirebook.engine.ssh.transport.OpenFailure;
import wirebook.net.PortOwner;
import wirebook.net.UnixListener;
import wirebook.net.UnixSocket;

/** Ports of one side that lead to the other (RFC 4254, section 7; OpenSSH's PROTOCOL, 2.4). */
final class Forwarding implements Closeable {
  private static final int BACKLOG = 128;
  private static final Duration REPLY = Duration.ofSeconds(60);

  private final SshEnvironment environment;
  private final Settings settings;
  private final SshLog log;
  private final Map<Forward, List<Closeable>> listeners = new ConcurrentHashMap<>();
  private final Map<String, Forward> remotes = new ConcurrentHashMap<>();
  private volatile Optional<ClientSession> session = Optional.empty();

  Forwarding(SshEnvironment environment, Settings settings, SshLog log) {
    this.environment = environment;
    this.settings = settings;
    this.log = log;
  }

  /**
   * Begins all that the configuration asks for.
   *
   * @throws SshFatal when one cannot be had and that matters
   */
  void start(ClientSession with) throws IOException {
    session = Optional.of(with);
    boolean strict = settings.flag(Keyword.EXIT_ON_FORWARD_FAILURE);
    boolean good = true;
    boolean any = false;
    for (Forward forward : settings.localForwards()) {
      boolean listens = local(forward);
      good &= listens;
      any |= listens;
    }
    if (!good && strict) {
      throw new SshFatal("Could not request local forwarding.");
    }
    if (!good && !any) {
      log.error("Could not request local forwarding.");
    }
    for (Forward forward : settings.remoteForwards()) {
      if (!remote(forward)) {
        String where =
            switch (forward.listen()) {
              case End.Tcp tcp -> "port " + tcp.port();
              case End.Unix unix -> "path " + unix.path();
            };
        if (strict) {
          throw new SshFatal(
              SshLog.Level.ERROR, "Error: remote port forwarding failed for listen " + where);
        }
        log.info("Warning: remote port forwarding failed for listen " + where);
      }
    }
  }

  /** Listens here; false when that is not possible, which was said. */
  boolean local(Forward forward) {
    List<Closeable> open = new ArrayList<>();
    switch (forward.listen()) {
      case End.Unix unix -> {
        try {
          Path path = environment.local().file(unix.path());
          if (settings.flag(Keyword.STREAM_LOCAL_BIND_UNLINK)) {
            Files.deleteIfExists(path);
          }
          UnixListener listener = UnixListener.listen(path);
          log.debug("Local forwarding listening on path " + unix.path() + ".");
          open.add(new Accepting(listener, accept(listener::accept, forward, -1)));
        } catch (IOException e) {
          log.error("unix_listener: cannot bind to path " + unix.path() + ": " + inUse(e));
          log.error(
              "channel_setup_fwd_listener_streamlocal: cannot listen to path: " + unix.path());
        }
      }
      case End.Tcp tcp -> {
        List<InetAddress> all = addresses(tcp);
        for (InetAddress address : all) {
          String shown = wirebook.engine.ssh.config.SshPlanner.compact(address);
          try {
            ServerSocket listener =
                environment.network().listen(new InetSocketAddress(address, tcp.port()), BACKLOG);
            log.debug("Local forwarding listening on " + shown + " port " + tcp.port() + ".");
            open.add(new Accepting(listener, accept(listener::accept, forward, tcp.port())));
          } catch (IOException e) {
            String message = "bind [" + shown + "]:" + tcp.port() + ": " + inUse(e);
            // That the others cannot be had may be because the first has taken the port for all.
            if (address.equals(all.getLast())) {
              log.error(message);
            } else {
              log.verbose(message);
            }
          }
        }
        if (open.isEmpty()) {
          log.error("channel_setup_fwd_listener_tcpip: cannot listen to port: " + tcp.port());
          if (environment.inCell()) {
            PortOwner.of(tcp.port())
                .ifPresent(
                    owner ->
                        log.error(
                            "# Port %d is that of %s: what answers there does not come through ssh."
                                .formatted(tcp.port(), owner.words())));
          }
        }
      }
    }
    if (!open.isEmpty()) {
      listeners.put(forward, open);
    }
    return !open.isEmpty();
  }

  private static String inUse(IOException e) {
    String message = String.valueOf(e.getMessage());
    return message.startsWith("Address already in use") ? "Address already in use" : message;
  }

  private List<InetAddress> addresses(End.Tcp tcp) {
    String host = tcp.host().orElse(settings.flag(Keyword.GATEWAY_PORTS) ? "*" : "localhost");
    try {
      if (host.equals("*") || host.isEmpty()) {
        // Java's socket takes both families with one address.
        return List.of(InetAddress.ofLiteral("0.0.0.0"));
      }
      if (host.equals("localhost")) {
        String family = settings.text(Keyword.ADDRESS_FAMILY);
        List<InetAddress> loopback = new ArrayList<>();
        if (!family.equals("inet")) {
          loopback.add(InetAddress.ofLiteral("::1"));
        }
        if (!family.equals("inet6")) {
          loopback.add(InetAddress.ofLiteral("127.0.0.1"));
        }
        return List.copyOf(loopback);
      }
      return environment.network().lookUp(host);
    } catch (IOException e) {
      log.error(
          "channel_setup_fwd_listener_tcpip: getaddrinfo(" + host + "): Name or service not known");
      return List.of();
    }
  }

  private interface Source {
    Socket accept() throws IOException;
  }

  private Thread accept(Source listener, Forward forward, int port) {
    return Thread.ofVirtual()
        .name("ssh-forward-" + port)
        .start(
            () -> {
              while (true) {
                Socket socket;
                try {
                  socket = listener.accept();
                } catch (IOException e) {
                  return;
                }
                Thread.ofVirtual().start(() -> carry(socket, forward));
              }
            });
  }

  /** One connection, until both directions have ended. */
  private void carry(Socket socket, Forward forward) {
    try (socket) {
      End to =
          forward.target().isPresent()
              ? forward.target().get()
              : SocksProxy.target(socket.getInputStream(), socket.getOutputStream());
      log.debug(
          "Connection to %s forwarding to %s requested."
              .formatted(shown(forward.listen()), shown(to)));
      ForwardChannel channel = ForwardChannel.to(to, socket);
      try {
        channel.open(session.orElseThrow());
      } catch (SshChannelOpenException e) {
        log.info("channel " + channel.getChannelId() + ": " + OpenFailure.words(e));
        return;
      }
      Joint.join(channel, channel.getInvertedOut(), channel.getInvertedIn(), socket);
      channel.close(false);
    } catch (IOException e) {
      log.debug("forwarded connection: " + e.getMessage());
    }
  }

  static String shown(End end) {
    return switch (end) {
      case End.Tcp tcp -> tcp.host().orElse("LOCALHOST") + " port " + tcp.port();
      case End.Unix unix -> "path " + unix.path();
    };
  }

  /** Has the server listen; false when it does not. */
  boolean remote(Forward forward) throws IOException {
    ClientSession with = session.orElseThrow();
    Buffer request = with.createBuffer(SshConstants.SSH_MSG_GLOBAL_REQUEST);
    String kind =
        forward.listen() instanceof End.Unix ? "streamlocal-forward@openssh.com" : "tcpip-forward";
    address(request, kind, forward.listen());
    Buffer reply = with.request(kind, request, REPLY);
    if (reply == null) {
      return false;
    }
    Forward kept = forward;
    if (forward.listen() instanceof End.Tcp tcp && tcp.port() == 0) {
      int port = reply.getInt();
      log.info(
          "Allocated port "
              + port
              + " for remote forward to "
              + forward.target().map(t -> shown(t).replace(" port ", ":")).orElse("SOCKS"));
      kept = new Forward(new End.Tcp(tcp.host(), port), forward.target());
    }
    log.debug("remote forward success for: listen " + shown(kept.listen()));
    remotes.put(key(kept.listen()), kept);
    return true;
  }

  private void address(Buffer request, String kind, End listen) {
    request.putString(kind);
    request.putBoolean(true);
    switch (listen) {
      case End.Unix unix -> request.putString(unix.path());
      case End.Tcp tcp -> {
        request.putString(
            tcp.host()
                .map(h -> h.equals("*") ? "" : h)
                .orElse(settings.flag(Keyword.GATEWAY_PORTS) ? "" : "localhost"));
        request.putInt(tcp.port());
      }
    }
  }

  private static String key(End end) {
    return switch (end) {
      case End.Tcp tcp -> "" + tcp.port();
      case End.Unix unix -> unix.path();
    };
  }

  /** Ends one of them; false when there is none. */
  boolean cancel(Forward forward, boolean remote) throws IOException {
    if (!remote) {
      List<Closeable> open = listeners.remove(forward);
      if (open != null) {
        for (Closeable one : open) {
          one.close();
        }
      }
      return open != null;
    }
    if (remotes.remove(key(forward.listen())) == null) {
      return false;
    }
    ClientSession with = session.orElseThrow();
    Buffer request = with.createBuffer(SshConstants.SSH_MSG_GLOBAL_REQUEST);
    String kind =
        "cancel-"
            + (forward.listen() instanceof End.Unix
                ? "streamlocal-forward@openssh.com"
                : "tcpip-forward");
    address(request, kind, forward.listen());
    return with.request(kind, request, REPLY) != null;
  }

  /** Where a connection that the server has taken is to go; none when nobody asked for it. */
  Optional<Forward> wanted(End listen) {
    return Optional.ofNullable(remotes.get(key(listen)));
  }

  /** The near end of a remote forwarding; when none was named, SOCKS says where it is. */
  IncomingChannel.Way near(Forward forward) throws IOException {
    if (forward.target().isPresent()) {
      return IncomingChannel.Way.to(connect(forward.target().get()));
    }
    return (channel, from, to) -> {
      try (Socket socket = connect(permitted(SocksProxy.target(from, to)))) {
        Joint.join(channel, from, to, socket);
      } catch (IOException e) {
        log.debug("forwarded SOCKS connection: " + e.getMessage());
      }
    };
  }

  /** {@code PermitRemoteOpen}. */
  private End permitted(End to) throws IOException {
    List<String> allowed = settings.list(Keyword.PERMIT_REMOTE_OPEN);
    if (allowed.isEmpty() || allowed.equals(List.of("any"))) {
      return to;
    }
    if (to instanceof End.Tcp(Optional<String> host, int port)
        && allowed.stream()
            .anyMatch(
                a -> {
                  int colon = a.lastIndexOf(':');
                  return colon > 0
                      && a.substring(0, colon).replaceAll("[\\[\\]]", "").equals(host.orElse(""))
                      && (a.endsWith(":*") || a.substring(colon + 1).equals("" + port));
                })) {
      return to;
    }
    throw new IOException("not permitted to open " + shown(to));
  }

  private Socket connect(End to) throws IOException {
    return switch (to) {
      case End.Unix unix -> UnixSocket.connect(environment.local().file(unix.path()));
      case End.Tcp tcp ->
          environment
              .network()
              .connect(
                  new InetSocketAddress(
                      environment.network().lookUp(tcp.host().orElse("localhost")).getFirst(),
                      tcp.port()),
                  Optional.empty(),
                  Duration.ZERO);
    };
  }

  /** Ends listening; connections that stand go on. */
  @Override
  public void close() throws IOException {
    for (List<Closeable> open : listeners.values()) {
      for (Closeable one : open) {
        one.close();
      }
    }
    listeners.clear();
  }

  /** A channel for standard input and output. */
  static ClientChannel standard(ClientSession session, End.Tcp to) throws IOException {
    ForwardChannel channel =
        new ForwardChannel(
            "direct-tcpip",
            buffer -> {
              buffer.putString(to.host().orElse("localhost"), StandardCharsets.UTF_8);
              buffer.putInt(to.port());
              buffer.putString("127.0.0.1");
              buffer.putInt(65_535);
            });
    channel.open(session);
    return channel;
  }
}

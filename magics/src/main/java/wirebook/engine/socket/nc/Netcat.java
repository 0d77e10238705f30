package wirebook.engine.socket.nc;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import wirebook.codec.Quietly;
import wirebook.net.Network;
import wirebook.net.UdpSocket;
import wirebook.trace.Bytes;
import wirebook.trace.Event;
import wirebook.trace.Recorder;

/**
 * What nc(1) does: connects or listens, sends what it is given, and hands on what comes. It ends
 * when the peer ends, when nothing came for the given time, or when it is closed. What was said can
 * be read at any time.
 */
public final class Netcat implements Closeable {
  /** What one conversation may receive; what comes after that is not read. */
  static final int MOST = 16 << 20;

  private static final Duration FOREVER = Duration.ofDays(365);
  private static final int CHUNK = 1 << 16;

  /** What OpenBSD's netcat reads at once, and so sends as one datagram. */
  private static final int DATAGRAM = 1 << 14;

  /** A listener that is closed lets its port go within this time. */
  private static final Duration LETS_GO = Duration.ofSeconds(10);

  /** A refusal of a datagram comes within this time. */
  private static final Duration UNREFUSED = Duration.ofSeconds(1);

  private final Network network;
  private final Plan plan;
  private final Recorder recorder;
  private final Consumer<Event> watcher;
  private final List<Closeable> open = new CopyOnWriteArrayList<>();
  private volatile boolean closed;
  private volatile @Nullable Thread server;

  /**
   * What to do.
   *
   * @param halfClose whether sending ends (FIN) when all is sent
   * @param keep whether to listen on after a conversation
   * @param crlf whether each line feed without a carriage return before it gets one
   * @param idle how long to wait for the next bytes; zero waits for ever
   * @param local the address to speak from, or port zero for any port
   */
  public record Plan(
      boolean udp,
      boolean halfClose,
      boolean keep,
      boolean crlf,
      Duration idle,
      Bytes data,
      Optional<InetSocketAddress> local) {
    public Plan {
      data = crlf ? withReturns(data, 0) : data;
    }

    /** Of an address that the system chooses. */
    public Plan(
        boolean udp, boolean halfClose, boolean keep, boolean crlf, Duration idle, Bytes data) {
      this(udp, halfClose, keep, crlf, idle, data, Optional.empty());
    }
  }

  /** Puts a carriage return before each line feed that has none; {@code last} came before. */
  private static Bytes withReturns(Bytes bytes, int last) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int before = last;
    for (int i = 0; i < bytes.length(); i++) {
      int b = bytes.at(i);
      if (b == '\n' && before != '\r') {
        out.write('\r');
      }
      out.write(b);
      before = b;
    }
    return Bytes.of(out.toByteArray());
  }

  /** {@code watcher} is told of each event as it happens. */
  public Netcat(Network network, Plan plan, Consumer<Event> watcher) {
    this.network = network;
    this.plan = plan;
    this.watcher = watcher;
    this.recorder = new Recorder(network.clock());
  }

  /** Everything so far. */
  public Conversation conversation() {
    return new Conversation(recorder.trace());
  }

  /** What was received so far, read as UTF-8. */
  public String text() {
    return conversation().text();
  }

  /**
   * Talks to a server until the end.
   *
   * @param input what is sent after the plan's data, until its end
   */
  public void connect(InetSocketAddress to, Optional<InputStream> input) throws IOException {
    int channel = recorder.newChannel();
    if (plan.udp) {
      try (UdpSocket socket = network.openUdpTo(to, plan.local)) {
        open.add(socket);
        socket.connect(to);
        told(connected(channel, Event.Transport.UDP, socket.localAddress(), to));
        if (!plan.data.isEmpty()) {
          send(socket, channel, to, plan.data);
        }
        Optional<Thread> copier = input.flatMap(i -> datagrams(i, socket, channel, to));
        datagrams(socket, channel, Optional.empty(), copier);
      }
      return;
    }
    told(new Event.Connecting(network.clock().instant(), channel, Event.Transport.TCP, to));
    try (Socket socket = network.connect(to, plan.local, plan.idle)) {
      open.add(socket);
      talk(socket, channel, input);
    }
  }

  /**
   * Whether a connection can be made, which is closed at once; with UDP, whether a datagram is not
   * refused, which says less: no answer may also mean that it was lost.
   *
   * @throws IOException when not
   */
  public void probe(InetSocketAddress to) throws IOException {
    if (plan.udp) {
      try (UdpSocket socket = network.openUdpTo(to, plan.local)) {
        socket.connect(to);
        socket.send(to, Bytes.utf8("X"));
        socket.receive(UNREFUSED);
      } catch (SocketTimeoutException e) {
        // Nobody says no.
      }
      return;
    }
    network.connect(to, plan.local, plan.idle).close();
  }

  /**
   * Why there is no connection, in nc's words.
   *
   * @param patient whether nc has a patience of its own (-w), which ends before the system's
   */
  public static String why(IOException e, boolean patient) {
    return !(e instanceof SocketTimeoutException)
        ? "failed: " + e.getMessage()
        : patient ? "timed out: Operation now in progress" : "failed: Connection timed out";
  }

  /** Opens a listening socket; {@link #serve} then talks to who comes. */
  public Listener listen(InetSocketAddress at) throws IOException {
    if (plan.udp) {
      UdpSocket socket = network.openUdp(StandardProtocolFamily.INET, Optional.of(at));
      open.add(socket);
      return new Listener(Optional.empty(), Optional.of(socket), socket.localAddress());
    }
    ServerSocket server = network.listen(at, 5);
    open.add(server);
    return new Listener(
        Optional.of(server), Optional.empty(), (InetSocketAddress) server.getLocalSocketAddress());
  }

  /** A socket that waits for a peer. */
  public record Listener(
      Optional<ServerSocket> stream, Optional<UdpSocket> datagrams, InetSocketAddress address) {}

  /** Waits for a peer, or for one after the other, and talks. */
  public void serve(Listener listener, Optional<InputStream> input) throws IOException {
    server = Thread.currentThread();
    if (listener.datagrams.isPresent()) {
      datagrams(
          listener.datagrams.get(), recorder.newChannel(), Optional.of(input), Optional.empty());
      return;
    }
    try (ServerSocket server = listener.stream.orElseThrow()) {
      do {
        try (Socket socket = server.accept()) {
          open.add(socket);
          if (closed) {
            return;
          }
          int channel = recorder.newChannel();
          talk(socket, channel, input);
          open.remove(socket);
        }
      } while (plan.keep && !closed);
    } catch (IOException e) {
      if (!closed) {
        throw e;
      }
    }
  }

  private void talk(Socket socket, int channel, Optional<InputStream> input) throws IOException {
    InetSocketAddress peer = (InetSocketAddress) socket.getRemoteSocketAddress();
    InetSocketAddress own = (InetSocketAddress) socket.getLocalSocketAddress();
    told(connected(channel, Event.Transport.TCP, own, peer));
    OutputStream out = socket.getOutputStream();
    if (!plan.data.isEmpty()) {
      send(out, channel, peer, plan.data);
    }
    Thread copier = Thread.ofVirtual().unstarted(() -> copy(input, socket, channel, peer));
    if (input.isPresent()) {
      copier.start();
    } else if (plan.halfClose) {
      socket.shutdownOutput();
    }
    socket.setSoTimeout(Math.toIntExact(Math.min(plan.idle.toMillis(), Integer.MAX_VALUE)));
    byte[] buffer = new byte[CHUNK];
    InputStream in = socket.getInputStream();
    long received = 0;
    try {
      int count;
      while ((count = in.read(buffer)) >= 0) {
        told(
            new Event.Received(
                network.clock().instant(), channel, peer, Bytes.of(buffer, 0, count)));
        received += count;
        if (received >= MOST) {
          told(
              new Event.Note(
                  network.clock().instant(),
                  "the rest is not read: " + MOST + " bytes came, which is the cap here"));
          return;
        }
      }
      told(new Event.Closed(network.clock().instant(), channel, true));
    } catch (SocketTimeoutException e) {
      told(
          new Event.Note(
              network.clock().instant(),
              "nothing more came for "
                  + plan.idle.toMillis()
                  + " ms, so the connection is closed (-w SECONDS waits longer)"));
    }
  }

  private void copy(
      Optional<InputStream> input, Socket socket, int channel, InetSocketAddress peer) {
    byte[] buffer = new byte[CHUNK];
    int last = 0;
    try {
      int count;
      while ((count = input.orElseThrow().read(buffer)) >= 0) {
        Bytes bytes = Bytes.of(buffer, 0, count);
        send(socket.getOutputStream(), channel, peer, plan.crlf ? withReturns(bytes, last) : bytes);
        last = count > 0 ? buffer[count - 1] : last;
      }
      if (plan.halfClose) {
        socket.shutdownOutput();
      }
    } catch (IOException e) {
      // The reading side says how the conversation ended.
    }
  }

  private void send(OutputStream out, int channel, InetSocketAddress to, Bytes bytes)
      throws IOException {
    out.write(bytes.toArray());
    out.flush();
    told(new Event.Sent(network.clock().instant(), channel, to, bytes));
  }

  /**
   * Sends each piece of input as a datagram.
   *
   * @return what sends the pieces after the first, which nothing can come before; empty when there
   *     are none
   */
  private Optional<Thread> datagrams(
      InputStream input, UdpSocket socket, int channel, InetSocketAddress to) {
    byte[] buffer = new byte[DATAGRAM];
    if (!sendPiece(input, buffer, socket, channel, to)) {
      return Optional.empty();
    }
    return Optional.of(
        Thread.ofVirtual()
            .start(
                () -> {
                  boolean more = true;
                  while (more) {
                    more = sendPiece(input, buffer, socket, channel, to);
                  }
                }));
  }

  private boolean sendPiece(
      InputStream input, byte[] buffer, UdpSocket socket, int channel, InetSocketAddress to) {
    try {
      int count = input.read(buffer);
      if (count > 0) {
        Bytes piece = Bytes.of(buffer, 0, count);
        send(socket, channel, to, plan.crlf ? withReturns(piece, 0) : piece);
      }
      return count >= 0;
    } catch (IOException e) {
      // The receiving side says how the conversation ended.
      return false;
    }
  }

  private void send(UdpSocket socket, int channel, InetSocketAddress to, Bytes bytes)
      throws IOException {
    socket.send(to, bytes);
    told(new Event.Sent(network.clock().instant(), channel, to, bytes));
  }

  /**
   * Takes what comes.
   *
   * @param answer what a listener sends to who speaks to it first, after the plan's data
   * @param sending what still sends input
   */
  private void datagrams(
      UdpSocket socket,
      int channel,
      Optional<Optional<InputStream>> answer,
      Optional<Thread> sending)
      throws IOException {
    Duration idle = plan.idle.isZero() ? FOREVER : plan.idle;
    boolean first = answer.isPresent();
    Optional<Thread> copier = sending;
    while (!closed) {
      try {
        UdpSocket.Datagram datagram = socket.receive(idle);
        told(
            new Event.Received(
                network.clock().instant(), channel, datagram.from(), datagram.payload()));
        if (first) {
          first = false;
          if (!plan.data.isEmpty()) {
            send(socket, channel, datagram.from(), plan.data);
          }
          copier = answer.get().flatMap(i -> datagrams(i, socket, channel, datagram.from()));
        }
      } catch (SocketTimeoutException e) {
        // The end of a conversation without connections, unless there is more to say.
        if (copier.isEmpty() || !saysMore(copier.get(), idle)) {
          return;
        }
      } catch (IOException e) {
        if (!closed) {
          throw e;
        }
      }
    }
  }

  /** The lab's time may have jumped over what the input takes. */
  private boolean saysMore(Thread copier, Duration idle) {
    int before = recorder.trace().events().size();
    try {
      return copier.isAlive() && (copier.join(idle) || recorder.trace().events().size() > before);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private Event.Connected connected(
      int channel, Event.Transport transport, InetSocketAddress local, InetSocketAddress remote) {
    return new Event.Connected(network.clock().instant(), channel, transport, local, remote);
  }

  private void told(Event event) {
    recorder.add(event);
    watcher.accept(event);
  }

  /** The port of a listener is free then: the last to leave a socket closes it. */
  @Override
  public void close() {
    closed = true;
    for (Closeable one : open) {
      Quietly.close(one);
    }
    Thread serving = server;
    if (serving != null && !serving.equals(Thread.currentThread())) {
      try {
        serving.join(LETS_GO);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** The address of a host in the network in use. */
  public static InetAddress lookUp(Network network, String host) throws IOException {
    return network.lookUp(host).getFirst();
  }

  /** The address of a host in one family. */
  public static InetAddress lookUp(Network network, String host, boolean six) throws IOException {
    return network.lookUp(host).stream()
        .filter(a -> a instanceof Inet6Address == six)
        .findFirst()
        .orElseThrow(
            () -> new UnknownHostException(host + ": Address family for hostname not supported"));
  }

  /** {@code 80} or {@code 20-25}, both ends included. */
  public static List<Integer> ports(String text) {
    String[] ends = text.split("-", 2);
    List<Integer> ports = new ArrayList<>();
    int one = Integer.parseInt(ends[0]);
    int other = Integer.parseInt(ends[ends.length - 1]);
    int first = Math.min(one, other);
    int last = Math.max(one, other);
    if (first < 0 || last > 65_535) {
      throw new IllegalArgumentException("no ports: " + text);
    }
    for (int port = first; port <= last; port++) {
      ports.add(port);
    }
    return List.copyOf(ports);
  }

  @Override
  public String toString() {
    return text();
  }
}

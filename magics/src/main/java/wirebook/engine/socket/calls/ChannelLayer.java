// Above 500 lines: one state machine; a call acts on what those before made of a channel.
package wirebook.engine.socket.calls;

import java.io.IOException;
import java.net.ConnectException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;
import wirebook.engine.socket.Errno;
import wirebook.engine.socket.Libc;
import wirebook.engine.socket.Names;
import wirebook.engine.socket.Numbers;
import wirebook.engine.socket.SocketName;
import wirebook.engine.socket.SocketState;
import wirebook.trace.Bytes;

/**
 * The calls as POSIX describes them, over the JDK's channels, for systems whose own calls are not
 * known here. All channels are non-blocking; a call that blocks waits in a selector, which an
 * interrupt leaves without closing the channel. A stream socket is a {@link SocketChannel} until it
 * listens; then it gives its address to a {@link ServerSocketChannel}. Long, as each call is here,
 * and all of them share the descriptors.
 *
 * <p>Not here: raw sockets, datagrams of the Unix domain, abstract names, urgent data, TCP_INFO,
 * and in poll the errors of a connection that stands, which only its next call tells.
 */
public final class ChannelLayer implements SocketLayer {
  /** As POSIX numbers them, the standard streams come first. */
  private static final int FIRST = 3;

  private static final int INTERNET = Names.FAMILIES.get("AF_INET");
  private static final int INTERNET_6 = Names.FAMILIES.get("AF_INET6");
  private static final int STREAM = Names.TYPES.get("SOCK_STREAM");
  private static final int DATAGRAM = Names.TYPES.get("SOCK_DGRAM");
  private static final int NONBLOCK = Names.FILE_FLAGS.get("O_NONBLOCK");
  private static final int PEEK = Names.MESSAGE_FLAGS.get("MSG_PEEK");
  private static final int DONTWAIT = Names.MESSAGE_FLAGS.get("MSG_DONTWAIT");
  private static final int WAITALL = Names.MESSAGE_FLAGS.get("MSG_WAITALL");
  private static final int NOSIGNAL = Names.MESSAGE_FLAGS.get("MSG_NOSIGNAL");
  private static final int LARGEST_DATAGRAM = 65_536;

  /** The options that channels have. */
  private static final Map<String, java.net.SocketOption<?>> OPTIONS =
      Map.ofEntries(
          Map.entry("SO_REUSEADDR", StandardSocketOptions.SO_REUSEADDR),
          Map.entry("SO_REUSEPORT", StandardSocketOptions.SO_REUSEPORT),
          Map.entry("SO_KEEPALIVE", StandardSocketOptions.SO_KEEPALIVE),
          Map.entry("SO_BROADCAST", StandardSocketOptions.SO_BROADCAST),
          Map.entry("SO_SNDBUF", StandardSocketOptions.SO_SNDBUF),
          Map.entry("SO_RCVBUF", StandardSocketOptions.SO_RCVBUF),
          Map.entry("SO_LINGER", StandardSocketOptions.SO_LINGER),
          Map.entry("IP_TOS", StandardSocketOptions.IP_TOS),
          Map.entry("TCP_NODELAY", StandardSocketOptions.TCP_NODELAY),
          Map.entry("TCP_QUICKACK", ExtendedSocketOptions.TCP_QUICKACK),
          Map.entry("TCP_KEEPIDLE", ExtendedSocketOptions.TCP_KEEPIDLE),
          Map.entry("TCP_KEEPINTVL", ExtendedSocketOptions.TCP_KEEPINTERVAL),
          Map.entry("TCP_KEEPCNT", ExtendedSocketOptions.TCP_KEEPCOUNT));

  /** The words of Linux, macOS and Windows for the errors that exceptions carry in their text. */
  private static final Map<String, String> WORDS =
      Map.ofEntries(
          Map.entry("already in use", "EADDRINUSE"),
          Map.entry("only one usage of each socket address", "EADDRINUSE"),
          Map.entry("assign requested address", "EADDRNOTAVAIL"),
          Map.entry("not valid in its context", "EADDRNOTAVAIL"),
          Map.entry("permission denied", "EACCES"),
          Map.entry("access permissions", "EACCES"),
          Map.entry("connection refused", "ECONNREFUSED"),
          Map.entry("actively refused", "ECONNREFUSED"),
          Map.entry("timed out", "ETIMEDOUT"),
          Map.entry("network is unreachable", "ENETUNREACH"),
          Map.entry("unreachable network", "ENETUNREACH"),
          Map.entry("no route to host", "EHOSTUNREACH"),
          Map.entry("unreachable host", "EHOSTUNREACH"),
          Map.entry("connection reset", "ECONNRESET"),
          Map.entry("forcibly closed", "ECONNRESET"),
          Map.entry("connection was aborted", "ECONNABORTED"),
          Map.entry("broken pipe", "EPIPE"),
          Map.entry("message too long", "EMSGSIZE"),
          Map.entry("larger than the internal message buffer", "EMSGSIZE"),
          Map.entry("no such file", "ENOENT"),
          Map.entry("too many open files", "EMFILE"),
          Map.entry("temporarily unavailable", "EAGAIN"),
          Map.entry("not supported", "EOPNOTSUPP"),
          Map.entry("invalid argument", "EINVAL"));

  private final Map<Integer, Node> nodes = new ConcurrentHashMap<>();

  /** Datagrams and bytes that are here, but not yet received by the program. */
  private record Pending(Bytes bytes, @Nullable SocketAddress from) {}

  /** What a descriptor stands for. */
  private static final class Node {
    final int family;
    final int type;
    final Set<Selector> waits = ConcurrentHashMap.newKeySet();
    final Map<String, Bytes> kept = new ConcurrentHashMap<>();
    final Map<String, Bytes> set = new ConcurrentHashMap<>();
    volatile SelectableChannel channel;
    volatile int fileFlags;
    volatile int descriptorFlags;
    volatile boolean connected;
    volatile boolean noMoreOut;
    volatile boolean noMoreIn;
    volatile boolean ended;
    volatile boolean endedFirst;
    volatile boolean reset;
    volatile int error;
    volatile @Nullable Pending pending;
    volatile @Nullable Path path;

    Node(int family, int type, SelectableChannel channel) {
      this.family = family;
      this.type = type;
      this.channel = channel;
    }

    boolean listens() {
      return channel instanceof ServerSocketChannel;
    }

    boolean connecting() {
      return channel instanceof SocketChannel c && c.isConnectionPending();
    }
  }

  /** A call fails with this errno. */
  private static final class Fails extends IOException {
    private static final long serialVersionUID = 1L;
    final String name;

    Fails(String name) {
      super(name);
      this.name = name;
    }
  }

  /** The body of a call. */
  private interface Body {
    Answer make(Node node) throws IOException;
  }

  @Override
  public Optional<String> note() {
    return Optional.of(
        "made over the JDK's channels, not as system calls of "
            + System.getProperty("os.name")
            + ": the descriptors are numbered here, errors are derived from Java's exceptions");
  }

  private Answer on(Descriptor on, Body body) {
    Node node = nodes.get(on.number());
    if (node == null) {
      return failed("EBADF");
    }
    Answer answer = guarded(() -> body.make(node));
    if (answer.error().filter(e -> e.is("ECONNRESET")).isPresent()) {
      node.reset = true;
    }
    return answer;
  }

  private interface Guarded {
    Answer make() throws IOException;
  }

  private static Answer guarded(Guarded body) {
    try {
      return body.make();
    } catch (IOException | RuntimeException e) {
      return failed(errno(e));
    }
  }

  /** The error that a system would have given for what Java threw. */
  public static String errno(Exception e) {
    String text = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    return switch (e) {
      case Fails fails -> fails.name;
      case NotYetConnectedException _ -> "ENOTCONN";
      case AlreadyConnectedException _ -> "EISCONN";
      case AlreadyBoundException _ -> "EINVAL";
      case ConnectionPendingException _ -> "EALREADY";
      case UnsupportedAddressTypeException _ -> "EAFNOSUPPORT";
      case UnsupportedOperationException _ -> "ENOPROTOOPT";
      case IllegalArgumentException _ -> "EINVAL";
      case ClosedChannelException _ -> "EBADF";
      case PortUnreachableException _ -> "ECONNREFUSED";
      case NoSuchFileException _ -> "ENOENT";
      case FileAlreadyExistsException _ -> "EADDRINUSE";
      case NoRouteToHostException _ -> "EHOSTUNREACH";
      default ->
          WORDS.entrySet().stream()
              .filter(w -> text.contains(w.getKey()))
              .map(Map.Entry::getValue)
              .findFirst()
              .orElse(e instanceof ConnectException ? "ECONNREFUSED" : "EIO");
    };
  }

  private static Answer failed(String errno) {
    return Answer.of(new Libc.Outcome(-1, Errno.named(errno).number()));
  }

  private static Answer ok(long result) {
    return Answer.of(new Libc.Outcome(result, 0));
  }

  private static Answer got(Bytes bytes, long result, Optional<SocketName> from, Node node) {
    int length = from.map(f -> f.encode().length()).orElse(node.type == STREAM ? 0 : 2);
    return new Answer(result, 0, bytes, 0, from, /* nameAt= */ 0, length);
  }

  // Making and closing.

  @Override
  public Answer socket(int family, int type, int protocol) {
    int kind = type & 0xf;
    return guarded(
        () -> {
          int flags =
              (type & Names.TYPE_FLAGS.number("SOCK_NONBLOCK").orElse(0)) == 0 ? 0 : NONBLOCK;
          int onExec = (type & Names.TYPE_FLAGS.number("SOCK_CLOEXEC").orElse(0)) == 0 ? 0 : 1;
          boolean unix = family != INTERNET && family != INTERNET_6;
          int own = kind == STREAM ? 6 : 17;
          if (kind != STREAM && (kind != DATAGRAM || unix)) {
            throw new Fails("ESOCKTNOSUPPORT");
          }
          if (protocol != 0 && (unix || protocol != own)) {
            throw new Fails("EPROTONOSUPPORT");
          }
          Node node = new Node(family, kind, open(family, kind));
          node.fileFlags = flags;
          node.descriptorFlags = onExec;
          return ok(number(node));
        });
  }

  private static SelectableChannel open(int family, int type) throws IOException {
    SelectableChannel channel =
        type == DATAGRAM
            ? DatagramChannel.open(family(family))
            : SocketChannel.open(family(family));
    channel.configureBlocking(false);
    return channel;
  }

  private static ProtocolFamily family(int family) {
    return family == INTERNET
        ? StandardProtocolFamily.INET
        : family == INTERNET_6 ? StandardProtocolFamily.INET6 : StandardProtocolFamily.UNIX;
  }

  /** The lowest that is free, as POSIX has it. */
  private int number(Node node) {
    int number = FIRST;
    while (nodes.putIfAbsent(number, node) != null) {
      number++;
    }
    return number;
  }

  @Override
  public Answer close(Descriptor on) {
    Node node = nodes.remove(on.number());
    if (node == null) {
      return failed("EBADF");
    }
    return guarded(
        () -> {
          node.channel.close();
          node.waits.forEach(Selector::wakeup);
          return ok(0);
        });
  }

  /** A new channel in place of one that Java closed, or that has to be of another class. */
  private static void replace(Node node, SelectableChannel channel) throws IOException {
    channel.configureBlocking(false);
    for (Map.Entry<String, Bytes> one : node.set.entrySet()) {
      java.net.SocketOption<?> option = OPTIONS.get(one.getKey());
      if (option != null && ((NetworkChannel) channel).supportedOptions().contains(option)) {
        set((NetworkChannel) channel, one.getKey(), one.getValue());
      }
    }
    node.channel.close();
    node.channel = channel;
  }

  // Addresses.

  private static SocketAddress address(Node node, SocketName name) throws IOException {
    return switch (name) {
      case SocketName.Ip ip when node.family == INTERNET || node.family == INTERNET_6 -> {
        boolean six = ip.address().length() == 16;
        if (six != (node.family == INTERNET_6)) {
          throw new Fails(six ? "EAFNOSUPPORT" : "EINVAL");
        }
        byte[] raw = ip.address().toArray();
        yield new InetSocketAddress(
            six ? Inet6Address.getByAddress(null, raw, ip.scope()) : InetAddress.getByAddress(raw),
            ip.port());
      }
      case SocketName.Path path when node.family != INTERNET && node.family != INTERNET_6 -> {
        if (path.hidden() || path.path().isEmpty()) {
          throw new Fails("EINVAL");
        }
        yield UnixDomainSocketAddress.of(path.path());
      }
      default ->
          throw new Fails(
              node.family == INTERNET || node.family == INTERNET_6 ? "EAFNOSUPPORT" : "EINVAL");
    };
  }

  private static SocketName name(Node node, @Nullable SocketAddress address) {
    return switch (address) {
      case InetSocketAddress ip -> {
        byte[] raw = ip.getAddress().getAddress();
        Bytes bytes = Bytes.of(raw);
        if (node.family == INTERNET_6 && raw.length == 4) {
          byte[] mapped = new byte[16];
          mapped[10] = mapped[11] = (byte) 0xff;
          System.arraycopy(raw, 0, mapped, 12, 4);
          bytes = Bytes.of(ip.getAddress().isAnyLocalAddress() ? new byte[16] : mapped);
        }
        int scope = ip.getAddress() instanceof Inet6Address six ? six.getScopeId() : 0;
        yield new SocketName.Ip(bytes, ip.getPort(), scope);
      }
      case UnixDomainSocketAddress unix when !unix.getPath().toString().isEmpty() ->
          new SocketName.Path(unix.getPath().toString(), false);
      case null, default ->
          node.family == INTERNET || node.family == INTERNET_6
              ? new SocketName.Ip(Bytes.of(new byte[node.family == INTERNET_6 ? 16 : 4]), 0, 0)
              : new SocketName.Unnamed(2);
    };
  }

  @Override
  public Answer bind(Descriptor on, SocketName to) {
    return on(
        on,
        node -> {
          NetworkChannel channel = (NetworkChannel) node.channel;
          if (channel.getLocalAddress() != null && !isUnnamed(channel.getLocalAddress())) {
            throw new Fails("EINVAL");
          }
          SocketAddress address = address(node, to);
          if (address instanceof UnixDomainSocketAddress unix) {
            Path folder = unix.getPath().toAbsolutePath().getParent();
            if (folder != null && !Files.isDirectory(folder)) {
              throw new Fails("ENOENT");
            }
            node.path = unix.getPath();
          }
          channel.bind(address);
          return ok(0);
        });
  }

  private static boolean isUnnamed(SocketAddress address) {
    return address instanceof UnixDomainSocketAddress unix && unix.getPath().toString().isEmpty();
  }

  @Override
  public Answer getsockname(Descriptor on) {
    return on(
        on,
        node ->
            got(
                Bytes.EMPTY,
                0,
                Optional.of(name(node, ((NetworkChannel) node.channel).getLocalAddress())),
                node));
  }

  @Override
  public Answer getpeername(Descriptor on) {
    return on(on, node -> got(Bytes.EMPTY, 0, Optional.of(name(node, peer(node))), node));
  }

  private static SocketAddress peer(Node node) throws IOException {
    SocketAddress peer =
        switch (node.channel) {
          case SocketChannel c when c.isConnected() -> c.getRemoteAddress();
          case DatagramChannel c -> c.getRemoteAddress();
          default -> null;
        };
    if (peer == null || (node.ended && node.noMoreOut)) {
      throw new Fails("ENOTCONN");
    }
    return peer;
  }

  // Connections.

  @Override
  public Answer listen(Descriptor on, int backlog) {
    return on(
        on,
        node -> {
          if (node.type == DATAGRAM) {
            throw new Fails("EOPNOTSUPP");
          }
          if (node.listens()) {
            return ok(0);
          }
          SocketChannel before = (SocketChannel) node.channel;
          if (before.isConnected() || before.isConnectionPending()) {
            throw new Fails("EINVAL");
          }
          SocketAddress local = before.getLocalAddress();
          boolean unix = node.family != INTERNET && node.family != INTERNET_6;
          if (unix && (local == null || isUnnamed(local))) {
            throw new Fails("EINVAL");
          }
          ServerSocketChannel server = ServerSocketChannel.open(family(node.family));
          try {
            if (!unix) {
              // Java sets it by itself on some systems.
              server.setOption(StandardSocketOptions.SO_REUSEADDR, false);
            }
            replace(node, server);
            Path path = node.path;
            if (path != null) {
              Files.deleteIfExists(path);
            }
            server.bind(local, Math.max(1, backlog));
          } catch (IOException | RuntimeException e) {
            server.close();
            node.channel = open(node.family, node.type);
            throw e;
          }
          return ok(0);
        });
  }

  @Override
  public Answer accept(Descriptor on) {
    return on(
        on,
        node -> {
          if (!(node.channel instanceof ServerSocketChannel server)) {
            throw new Fails(node.type == DATAGRAM ? "EOPNOTSUPP" : "EINVAL");
          }
          SocketChannel accepted;
          while ((accepted = server.accept()) == null) {
            waitFor(node, SelectionKey.OP_ACCEPT, 0, "SO_RCVTIMEO");
          }
          accepted.configureBlocking(false);
          Node made = new Node(node.family, node.type, accepted);
          made.connected = true;
          SocketName peer = name(node, accepted.getRemoteAddress());
          return got(Bytes.EMPTY, number(made), Optional.of(peer), node);
        });
  }

  @Override
  public Answer connect(Descriptor on, SocketName to) {
    return on(
        on,
        node -> {
          SocketAddress address = address(node, to);
          return switch (node.channel) {
            case DatagramChannel channel -> {
              if (channel.isConnected()) {
                channel.disconnect();
              }
              channel.connect(address);
              yield ok(0);
            }
            case SocketChannel channel -> connect(node, channel, address);
            default -> throw new Fails("EISCONN");
          };
        });
  }

  private static Answer connect(Node node, SocketChannel channel, SocketAddress address)
      throws IOException {
    if (node.error != 0) {
      int error = node.error;
      node.error = 0;
      return Answer.of(new Libc.Outcome(-1, error));
    }
    SocketAddress local = channel.getLocalAddress();
    try {
      boolean done = channel.connect(address);
      while (!done) {
        if ((node.fileFlags & NONBLOCK) != 0) {
          throw new Fails("EINPROGRESS");
        }
        waitFor(node, SelectionKey.OP_CONNECT, 0, "SO_SNDTIMEO");
        done = channel.finishConnect();
      }
      node.connected = true;
      return ok(0);
    } catch (Fails e) {
      throw e;
    } catch (IOException e) {
      again(node, local);
      throw e;
    }
  }

  /** Java closes a channel that could not connect; a system's socket can try again. */
  private static void again(Node node, @Nullable SocketAddress local) throws IOException {
    if (!node.channel.isOpen()) {
      replace(node, open(node.family, node.type));
      if (local instanceof InetSocketAddress ip && ip.getPort() != 0 && node.path == null) {
        try {
          ((NetworkChannel) node.channel).bind(ip);
        } catch (IOException e) {
          // Another has the port by now; the next connect takes one of its own.
        }
      }
    }
  }

  /** Ends a handshake that went on by itself, if it is over. */
  private static void finish(Node node) {
    if (node.channel instanceof SocketChannel channel && channel.isConnectionPending()) {
      try {
        node.connected = channel.finishConnect();
      } catch (IOException e) {
        node.error = Errno.named(errno(e)).number();
        try {
          again(node, null);
        } catch (IOException again) {
          // Its next call finds it closed.
        }
      }
    }
  }

  @Override
  public Answer shutdown(Descriptor on, int how) {
    return on(
        on,
        node -> {
          if (how < 0 || how > 2) {
            throw new Fails("EINVAL");
          }
          if (!(node.channel instanceof SocketChannel channel) || !channel.isConnected()) {
            throw new Fails("ENOTCONN");
          }
          if (how != 1) {
            channel.shutdownInput();
            node.noMoreIn = true;
          }
          if (how != 0) {
            channel.shutdownOutput();
            node.endedFirst = node.endedFirst || (node.ended && !node.noMoreOut);
            node.noMoreOut = true;
          }
          node.waits.forEach(Selector::wakeup);
          return ok(0);
        });
  }

  // Bytes.

  @Override
  public Answer send(Descriptor on, Bytes data, int flags) {
    return on(on, node -> send(node, data, flags, null));
  }

  @Override
  public Answer write(Descriptor on, Bytes data) {
    return on(on, node -> send(node, data, 0, null));
  }

  @Override
  public Answer sendto(Descriptor on, Bytes data, int flags, SocketName to) {
    return on(
        on,
        node -> {
          if (node.channel instanceof SocketChannel channel && channel.isConnected()) {
            // Linux ignores the address of a TCP peer, and refuses one of the Unix domain.
            boolean unix = node.family != INTERNET && node.family != INTERNET_6;
            if (unix) {
              throw new Fails("EISCONN");
            }
            return send(node, data, flags, null);
          }
          return send(node, data, flags, address(node, to));
        });
  }

  private static Answer send(Node node, Bytes data, int flags, @Nullable SocketAddress to)
      throws IOException {
    if ((flags & ~(DONTWAIT | NOSIGNAL)) != 0) {
      throw new Fails("EOPNOTSUPP");
    }
    ByteBuffer rest = ByteBuffer.wrap(data.toArray());
    if (node.channel instanceof DatagramChannel channel) {
      if (to == null && !channel.isConnected()) {
        throw new Fails("EDESTADDRREQ");
      }
      if (data.length() > LARGEST_DATAGRAM) {
        throw new Fails("EMSGSIZE");
      }
      while (true) {
        int sent =
            to == null || channel.isConnected() ? channel.write(rest) : channel.send(rest, to);
        if (sent > 0 || data.isEmpty()) {
          return ok(sent);
        }
        waitFor(node, SelectionKey.OP_WRITE, flags, "SO_SNDTIMEO");
      }
    }
    if (!(node.channel instanceof SocketChannel channel)
        || !channel.isConnected()
        || node.noMoreOut) {
      throw new Fails(node.connecting() ? "EAGAIN" : "EPIPE");
    }
    try {
      while (rest.hasRemaining()) {
        if (channel.write(rest) == 0) {
          waitFor(node, SelectionKey.OP_WRITE, flags, "SO_SNDTIMEO");
        }
      }
    } catch (Fails e) {
      if (rest.position() == 0) {
        throw e;
      }
    } catch (ClosedChannelException e) {
      throw new Fails(nodeClosed(node) ? "EBADF" : "EPIPE");
    }
    return ok(rest.position());
  }

  private static boolean nodeClosed(Node node) {
    return !node.channel.isOpen();
  }

  @Override
  public Answer recv(Descriptor on, int size, int flags) {
    return on(on, node -> receive(node, size, flags));
  }

  @Override
  public Answer recvfrom(Descriptor on, int size, int flags) {
    return on(on, node -> receive(node, size, flags));
  }

  @Override
  public Answer read(Descriptor on, int size) {
    return on(on, node -> receive(node, size, 0));
  }

  private static Answer receive(Node node, int size, int flags) throws IOException {
    if ((flags & ~(DONTWAIT | NOSIGNAL | PEEK | WAITALL)) != 0) {
      throw new Fails((flags & Names.MESSAGE_FLAGS.get("MSG_OOB")) != 0 ? "EINVAL" : "EOPNOTSUPP");
    }
    if (node.channel instanceof DatagramChannel channel) {
      Pending one;
      while ((one = datagram(node, channel)) == null) {
        waitFor(node, SelectionKey.OP_READ, flags, "SO_RCVTIMEO");
      }
      node.pending = (flags & PEEK) != 0 ? one : null;
      Bytes bytes = one.bytes.slice(0, Math.min(size, one.bytes.length()));
      return got(bytes, bytes.length(), Optional.of(name(node, one.from)), node);
    }
    if (!(node.channel instanceof SocketChannel channel) || !channel.isConnected()) {
      throw new Fails("ENOTCONN");
    }
    if (size == 0) {
      return got(Bytes.EMPTY, 0, Optional.empty(), node);
    }
    Bytes all = Bytes.EMPTY;
    boolean whole = (flags & WAITALL) != 0;
    try {
      do {
        Bytes more;
        while ((more = stream(node, channel, size - all.length())) == null) {
          waitFor(node, SelectionKey.OP_READ, flags, "SO_RCVTIMEO");
        }
        if (more.isEmpty()) {
          break;
        }
        all = all.plus(more);
      } while (whole && all.length() < size);
    } catch (Fails e) {
      if (all.isEmpty()) {
        throw e;
      }
    }
    if ((flags & PEEK) != 0 && !all.isEmpty()) {
      Pending later = node.pending;
      node.pending = new Pending(later == null ? all : all.plus(later.bytes), null);
    }
    return got(all, all.length(), Optional.empty(), node);
  }

  /** Bytes that came, none at the end; null when there is nothing yet. */
  private static @Nullable Bytes stream(Node node, SocketChannel channel, int size)
      throws IOException {
    Pending before = node.pending;
    if (before != null) {
      int taken = Math.min(size, before.bytes.length());
      node.pending =
          taken == before.bytes.length()
              ? null
              : new Pending(before.bytes.slice(taken, before.bytes.length()), null);
      return before.bytes.slice(0, taken);
    }
    if (node.noMoreIn) {
      return Bytes.EMPTY;
    }
    ByteBuffer room = ByteBuffer.allocate(size);
    int count = channel.read(room);
    if (count < 0) {
      node.ended = true;
      return Bytes.EMPTY;
    }
    return count == 0 ? null : Bytes.of(room.array(), 0, count);
  }

  private static @Nullable Pending datagram(Node node, DatagramChannel channel) throws IOException {
    Pending before = node.pending;
    if (before != null) {
      return before;
    }
    if (channel.getLocalAddress() == null) {
      // Java answers at once when there is no port yet; a system waits.
      channel.bind(null);
    }
    ByteBuffer room = ByteBuffer.allocate(LARGEST_DATAGRAM);
    SocketAddress from = channel.receive(room);
    return from == null ? null : new Pending(Bytes.of(room.array(), 0, room.position()), from);
  }

  // Waiting.

  /** Until the channel is ready. */
  private static void waitFor(Node node, int operation, int flags, String timeout)
      throws IOException {
    if ((flags & DONTWAIT) != 0 || (node.fileFlags & NONBLOCK) != 0) {
      throw new Fails("EAGAIN");
    }
    long millis = millis(node.kept.get(timeout));
    try (Selector selector = Selector.open()) {
      node.waits.add(selector);
      try {
        node.channel.register(selector, operation);
        int ready = selector.select(millis);
        if (Thread.currentThread().isInterrupted()) {
          throw new Fails("EINTR");
        }
        if (ready == 0 && millis > 0) {
          throw new Fails(operation == SelectionKey.OP_CONNECT ? "EINPROGRESS" : "EAGAIN");
        }
      } finally {
        node.waits.remove(selector);
      }
    }
  }

  /** A {@code struct timeval}; zero waits without an end, as a selector does. */
  private static long millis(@Nullable Bytes timeval) {
    return timeval == null || timeval.length() < 16
        ? 0
        : Math.max(0, Numbers.int64(timeval, 0) * 1000 + Numbers.int64(timeval, 8) / 1000);
  }

  @Override
  public Polled poll(List<SystemCalls.Interest> interests, int millis) {
    List<Integer> events = new ArrayList<>();
    Answer answer =
        guarded(
            () -> {
              try (Selector selector = Selector.open()) {
                List<Node> all = new ArrayList<>();
                for (SystemCalls.Interest one : interests) {
                  Node node = nodes.get(one.descriptor().number());
                  if (node == null) {
                    throw new Fails("EBADF");
                  }
                  all.add(node);
                  node.waits.add(selector);
                }
                try {
                  return ok(poll(selector, interests, all, millis, events));
                } finally {
                  all.forEach(n -> n.waits.remove(selector));
                }
              }
            });
    while (events.size() < interests.size()) {
      events.add(0);
    }
    return new Polled(answer, events);
  }

  private static int poll(
      Selector selector,
      List<SystemCalls.Interest> interests,
      List<Node> all,
      int millis,
      List<Integer> events)
      throws IOException {
    boolean asked = false;
    while (true) {
      for (int i = 0; i < all.size(); i++) {
        register(selector, all.get(i), interests.get(i).events());
      }
      boolean atOnce = all.stream().anyMatch(ChannelLayer::readyWithoutAsking);
      selector.selectedKeys().clear();
      if (atOnce || millis == 0 || (asked && millis > 0)) {
        selector.selectNow();
      } else {
        selector.select(Math.max(0, millis));
      }
      if (Thread.currentThread().isInterrupted() && selector.selectedKeys().isEmpty()) {
        throw new Fails("EINTR");
      }
      asked = true;
      events.clear();
      int ready = 0;
      for (int i = 0; i < all.size(); i++) {
        int now = events(selector, all.get(i), interests.get(i).events());
        events.add(now);
        ready += now == 0 ? 0 : 1;
      }
      if (ready > 0 || millis >= 0) {
        return ready;
      }
      if (all.stream().anyMatch(ChannelLayer::nodeClosed)) {
        throw new Fails("EBADF");
      }
    }
  }

  private static boolean isIdle(Node node) {
    return node.channel instanceof SocketChannel c && !c.isConnected() && !c.isConnectionPending();
  }

  private static boolean readyWithoutAsking(Node node) {
    return node.pending != null || node.error != 0 || isIdle(node);
  }

  private static void register(Selector selector, Node node, int events) throws IOException {
    int operations = 0;
    if ((events & Names.POLL.get("POLLIN")) != 0) {
      operations |= node.listens() ? SelectionKey.OP_ACCEPT : SelectionKey.OP_READ;
    }
    if ((events & Names.POLL.get("POLLOUT")) != 0) {
      operations |= SelectionKey.OP_WRITE;
    }
    if (node.connecting()) {
      operations = SelectionKey.OP_CONNECT;
    }
    operations &= node.channel.validOps();
    SelectionKey before = node.channel.keyFor(selector);
    boolean changed = before != null && (before.interestOps() & SelectionKey.OP_CONNECT) != 0;
    node.channel.register(
        selector, before == null || changed ? operations : operations | before.interestOps());
  }

  private static int events(Selector selector, Node node, int asked) {
    int in = asked & Names.POLL.get("POLLIN");
    int out = asked & Names.POLL.get("POLLOUT");
    SelectionKey key = node.channel.keyFor(selector);
    int ready = key != null && key.isValid() ? key.readyOps() : 0;
    boolean answered = (ready & SelectionKey.OP_CONNECT) != 0;
    if (answered) {
      finish(node);
    }
    if (node.error != 0) {
      return in | out | Names.POLL.get("POLLERR") | Names.POLL.get("POLLHUP");
    }
    if (isIdle(node)) {
      return out | Names.POLL.get("POLLHUP");
    }
    int events = 0;
    if ((ready & (SelectionKey.OP_READ | SelectionKey.OP_ACCEPT)) != 0 || node.pending != null) {
      events |= in;
    }
    if ((ready & SelectionKey.OP_WRITE) != 0 || answered) {
      events |= out;
    }
    return events;
  }

  // Options.

  @Override
  public Answer setsockopt(Descriptor on, SocketOption option, Bytes value) {
    return on(
        on,
        node -> {
          if (value.length() < Math.min(4, option.kind().size)) {
            throw new Fails("EINVAL");
          }
          if (option.kind() == SocketOption.Kind.TIMEVAL) {
            node.kept.put(option.name(), value);
          } else {
            set((NetworkChannel) node.channel, option.name(), value);
            node.set.put(option.name(), value);
          }
          return ok(0);
        });
  }

  @SuppressWarnings("unchecked")
  private static void set(NetworkChannel channel, String name, Bytes value) throws IOException {
    java.net.SocketOption<?> option = OPTIONS.get(name);
    if (option == null || !channel.supportedOptions().contains(option)) {
      throw new Fails("ENOPROTOOPT");
    }
    int number = Numbers.int32(value, 0);
    if (name.equals("SO_LINGER")) {
      int seconds = number == 0 || value.length() < 8 ? -1 : Numbers.int32(value, 4);
      channel.setOption(StandardSocketOptions.SO_LINGER, seconds);
    } else if (option.type() == Boolean.class) {
      channel.setOption((java.net.SocketOption<Boolean>) option, number != 0);
    } else {
      channel.setOption((java.net.SocketOption<Integer>) option, number);
    }
  }

  @Override
  public Answer getsockopt(Descriptor on, SocketOption option) {
    return on(
        on,
        node -> {
          Bytes kept = node.kept.get(option.name());
          if (kept != null) {
            return got(kept, 0, Optional.empty(), node);
          }
          finish(node);
          return got(read(node, option), 0, Optional.empty(), node);
        });
  }

  private static Bytes read(Node node, SocketOption option) throws IOException {
    boolean unix = node.family != INTERNET && node.family != INTERNET_6;
    switch (option.name()) {
      case "SO_TYPE" -> {
        return number(node.type);
      }
      case "SO_DOMAIN" -> {
        return number(node.family);
      }
      case "SO_PROTOCOL" -> {
        return number(unix ? 0 : node.type == STREAM ? 6 : 17);
      }
      case "SO_ACCEPTCONN" -> {
        return number(node.listens() ? 1 : 0);
      }
      case "SO_ERROR" -> {
        int error = node.error;
        node.error = 0;
        return number(error);
      }
      case "SO_RCVTIMEO", "SO_SNDTIMEO" -> {
        return Bytes.of(new byte[16]);
      }
      default -> {
        // One that channels may have.
      }
    }
    NetworkChannel channel = (NetworkChannel) node.channel;
    java.net.SocketOption<?> known = OPTIONS.get(option.name());
    if (known == null || !channel.supportedOptions().contains(known)) {
      throw new Fails("ENOPROTOOPT");
    }
    Object value = channel.getOption(known);
    int number = value instanceof Boolean b ? (b ? 1 : 0) : value instanceof Integer n ? n : 0;
    return option.kind() == SocketOption.Kind.LINGER
        ? Numbers.bytes(Numbers.room(8).putInt(number < 0 ? 0 : 1).putInt(Math.max(0, number)))
        : number(number);
  }

  private static Bytes number(int value) {
    return Numbers.bytes(Numbers.room(4).putInt(value));
  }

  @Override
  public Answer fcntl(Descriptor on, int command, int argument) {
    return on(
        on,
        node -> {
          if (command == Names.FCNTL.get("F_GETFL")) {
            return ok(Names.FILE_FLAGS.get("O_RDWR") | node.fileFlags);
          } else if (command == Names.FCNTL.get("F_SETFL")) {
            node.fileFlags = argument & NONBLOCK;
          } else if (command == Names.FCNTL.get("F_GETFD")) {
            return ok(node.descriptorFlags);
          } else if (command == Names.FCNTL.get("F_SETFD")) {
            node.descriptorFlags = argument & Names.DESCRIPTOR_FLAGS.get("FD_CLOEXEC");
          } else {
            throw new Fails("EINVAL");
          }
          return ok(0);
        });
  }

  /** What this end can know: that the peer has closed, only once it was read. */
  @Override
  public Optional<SocketState> state(Descriptor on) {
    Node node = nodes.get(on.number());
    if (node == null) {
      return Optional.empty();
    }
    return Optional.of(
        node.listens()
            ? SocketState.LISTEN
            : node.connecting()
                ? SocketState.SYN_SENT
                : !node.connected || node.reset || node.endedFirst
                    ? SocketState.CLOSED
                    : node.noMoreOut
                        ? node.ended ? SocketState.TIME_WAIT : SocketState.FIN_WAIT_2
                        : node.ended ? SocketState.CLOSE_WAIT : SocketState.ESTABLISHED);
  }
}

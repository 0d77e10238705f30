package wirebook.kernel.zmq;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.IntSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The bound ZeroMQ sockets of a kernel, over TCP or Unix-domain sockets ({@code ipc}), and the one
 * thread that accepts and reads for all of them. It sleeps in {@link Selector#select()} when there
 * is nothing to do. This is the part of ZeroMQ which a kernel needs, ROUTER, XPUB and REP over ZMTP
 * 3.0, and no more: the released pure-Java ZeroMQ emulates {@code ipc} over a TCP port that anybody
 * on the machine can connect to, and passes each message through two threads and their queues.
 */
final class ZmtpServer implements AutoCloseable {
  /** How long nobody is let in after that has failed. */
  private static final long PAUSE_MILLIS = 200;

  /** Peers that a kernel is let in by itself; so many only where there are files for twice that. */
  private static final int MOST = 1024;

  static final int FEWEST = 24;
  private static final Pattern FILES = Pattern.compile("^Max open files +([0-9]+)");

  private final Selector selector;
  private final Thread thread;
  private final List<ZmtpSocket> sockets = new CopyOnWriteArrayList<>();
  private final BiConsumer<String, Optional<Throwable>> log;
  private final List<SelectionKey> paused = new ArrayList<>();
  private final IntSupplier limit;
  private int most = MOST;
  private boolean refusing;
  private volatile boolean closing;

  /**
   * Opens no socket yet.
   *
   * @param log told what a peer did wrong
   */
  ZmtpServer(BiConsumer<String, Optional<Throwable>> log) throws IOException {
    this(log, ZmtpServer::mostPeers);
  }

  ZmtpServer(BiConsumer<String, Optional<Throwable>> log, IntSupplier limit) throws IOException {
    this.log = log;
    this.limit = limit;
    selector = Selector.open();
    thread = Thread.ofPlatform().daemon().name("zmq").unstarted(this::run);
  }

  /** Starts to accept and read. */
  void start() {
    thread.start();
  }

  /** Binds a socket. To be called before {@link #start}. */
  ZmtpSocket bind(ZmtpSocket.Type type, SocketAddress address, ZmtpSocket.Listener listener)
      throws IOException {
    ServerSocketChannel channel;
    Optional<Path> path = Optional.empty();
    if (address instanceof UnixDomainSocketAddress unix) {
      channel = bindPrivately(unix.getPath());
      path = Optional.of(unix.getPath());
    } else {
      channel = ServerSocketChannel.open();
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      bound(channel, address);
    }
    ZmtpSocket socket = new ZmtpSocket(type, channel, path, listener);
    channel.configureBlocking(false);
    channel.register(selector, SelectionKey.OP_ACCEPT, socket);
    sockets.add(socket);
    return socket;
  }

  private static ServerSocketChannel bound(ServerSocketChannel channel, SocketAddress address)
      throws IOException {
    try {
      return channel.bind(address, 100);
    } catch (IOException e) {
      channel.close();
      throw new IOException("cannot bind " + address + ": " + e.getMessage(), e);
    }
  }

  /**
   * Binds where only this user can look, and moves the socket to its place when its permissions are
   * right, so that there is no moment at which another user could connect.
   */
  private static ServerSocketChannel bindPrivately(Path path) throws IOException {
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) || Files.isDirectory(path)) {
        throw new IOException("cannot bind " + path + ": another file is there");
      }
      // What a kernel that was killed has left, as libzmq does it.
      Files.delete(path);
    }
    Path parent = path.toAbsolutePath().getParent();
    if (parent == null) {
      throw new IOException("cannot bind " + path + ": it is no file");
    }
    Path folder = Files.createTempDirectory(parent, ".");
    try {
      Path hidden = folder.resolve("s");
      ServerSocketChannel channel =
          bound(
              ServerSocketChannel.open(StandardProtocolFamily.UNIX),
              UnixDomainSocketAddress.of(hidden));
      try {
        Files.setPosixFilePermissions(hidden, PosixFilePermissions.fromString("rw-------"));
        Files.move(hidden, path);
        return channel;
      } catch (IOException e) {
        channel.close();
        Files.deleteIfExists(hidden);
        throw new IOException("cannot bind " + path + ": " + e.getMessage(), e);
      }
    } finally {
      Files.deleteIfExists(folder);
    }
  }

  private void run() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(64 * 1024);
    while (!closing) {
      try {
        selector.select(key -> ready(key, buffer), paused.isEmpty() ? 0 : PAUSE_MILLIS);
        goOn();
      } catch (ClosedSelectorException e) {
        // The end: close() closes the selector under this thread, between two of its selects too.
        return;
      } catch (IOException | RuntimeException | Error e) {
        // One message must not end the kernel, whatever it brought about.
        log.accept("reading messages failed", Optional.of(e));
      }
    }
  }

  private void ready(SelectionKey key, ByteBuffer buffer) {
    switch (key.attachment()) {
      case ZmtpSocket socket -> accept(socket, key);
      case ZmtpConnection connection -> {
        try {
          connection.ready(key, buffer);
        } catch (IOException e) {
          connection.close();
        } catch (RuntimeException | Error e) {
          connection.close();
          throw e;
        }
      }
      default -> throw new IllegalStateException("no owner of " + key);
    }
  }

  /** Those who wait at a socket that was left alone for a while are looked at again. */
  private void goOn() {
    for (SelectionKey key : paused) {
      if (key.isValid()) {
        key.interestOps(SelectionKey.OP_ACCEPT);
      }
    }
    paused.clear();
  }

  /**
   * Files of which peers may use half; the others are the kernel's. Where that is not known, as
   * many as a kernel can have any use for.
   */
  private static int mostPeers() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
        Matcher limit = FILES.matcher(line);
        if (limit.find()) {
          return Math.clamp(Long.parseLong(limit.group(1)) / 2, FEWEST, MOST);
        }
      }
    } catch (IOException e) {
      // Not on this system.
    }
    return MOST;
  }

  /**
   * Whoever connects may be anybody on this machine: of those who have not even said what they are,
   * the oldest goes when there are too many.
   *
   * @return whether there is room for one more
   */
  private boolean makeRoom() {
    int count = sockets.stream().mapToInt(ZmtpSocket::size).sum();
    if (count == FEWEST) {
      most = limit.getAsInt();
    }
    if (count < most) {
      return true;
    }
    Optional<ZmtpConnection> idle =
        sockets.stream()
            .flatMap(ZmtpSocket::strangers)
            .min(Comparator.comparingLong(ZmtpConnection::number));
    idle.ifPresent(ZmtpConnection::close);
    refuse("there are " + count + " connections, and no more are taken", Optional.empty());
    return idle.isPresent();
  }

  /** Says it once. */
  private void refuse(String what, Optional<Throwable> cause) {
    if (!refusing) {
      refusing = true;
      log.accept(what, cause);
    }
  }

  private void accept(ZmtpSocket socket, SelectionKey listening) {
    try {
      SocketChannel channel = socket.channel().accept();
      if (channel == null) {
        return;
      }
      if (!makeRoom()) {
        channel.close();
        return;
      }
      channel.configureBlocking(false);
      if (channel.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) {
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      }
      SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
      ZmtpConnection connection = new ZmtpConnection(socket, channel, key);
      key.attach(connection);
      socket.add(connection);
      connection.greet();
    } catch (IOException e) {
      // Most probably no file is left for it. Whoever waits goes on waiting.
      refuse("accepting a connection failed", Optional.of(e));
      listening.interestOps(0);
      paused.add(listening);
    }
  }

  /** Waits until all is sent, but not longer than {@code linger}, and closes everything. */
  void close(Duration linger) {
    long end = System.nanoTime() + linger.toNanos();
    for (ZmtpSocket socket : sockets) {
      socket.drain(end);
    }
    close();
  }

  @Override
  public void close() {
    closing = true;
    selector.wakeup();
    for (ZmtpSocket socket : sockets) {
      socket.close();
    }
    try {
      selector.close();
    } catch (IOException e) {
      log.accept("closing failed", Optional.of(e));
    }
  }
}

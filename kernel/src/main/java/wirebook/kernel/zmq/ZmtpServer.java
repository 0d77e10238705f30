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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;

/**
 * The bound ZeroMQ sockets of a kernel, over TCP or Unix-domain sockets ({@code ipc}), and the one
 * thread that accepts and reads for all of them. It sleeps in {@link Selector#select()} when there
 * is nothing to do. This is the part of ZeroMQ which a kernel needs, ROUTER, XPUB and REP over ZMTP
 * 3.0, and no more: the released pure-Java ZeroMQ emulates {@code ipc} over a TCP port that anybody
 * on the machine can connect to, and passes each message through two threads and their queues.
 */
final class ZmtpServer implements AutoCloseable {
  private final Selector selector;
  private final Thread thread;
  private final List<ZmtpSocket> sockets = new CopyOnWriteArrayList<>();
  private final BiConsumer<String, Throwable> log;
  private volatile boolean closing;

  /**
   * Opens no socket yet.
   *
   * @param log told what a peer did wrong
   */
  ZmtpServer(BiConsumer<String, Throwable> log) throws IOException {
    this.log = log;
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
        selector.select(key -> ready(key, buffer));
      } catch (ClosedSelectorException e) {
        // The end: close() closes the selector under this thread, between two of its selects too.
        return;
      } catch (IOException | RuntimeException | Error e) {
        // One message must not end the kernel, whatever it brought about.
        log.accept("reading messages failed", e);
      }
    }
  }

  private void ready(SelectionKey key, ByteBuffer buffer) {
    switch (key.attachment()) {
      case ZmtpSocket socket -> accept(socket);
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

  private void accept(ZmtpSocket socket) {
    try {
      SocketChannel channel = socket.channel().accept();
      if (channel == null) {
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
      log.accept("accepting a connection failed", e);
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
      log.accept("closing failed", e);
    }
  }
}

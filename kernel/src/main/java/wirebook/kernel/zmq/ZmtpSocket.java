package wirebook.kernel.zmq;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import wirebook.trace.Bytes;

/** A bound ZeroMQ socket and its connections. Sending is safe for several threads. */
final class ZmtpSocket {
  /** What it does with messages (ZeroMQ RFCs 28 and 29). */
  enum Type {
    /** The first frame names the peer; of two peers with one name the newer is meant. */
    ROUTER,
    /** Everyone gets what he subscribed to. */
    XPUB,
    /** Sends everything back as it came: a heartbeat. */
    REP;

    boolean talksTo(String type) {
      return switch (this) {
        case ROUTER -> Set.of("DEALER", "REQ", "ROUTER").contains(type);
        case XPUB -> Set.of("SUB", "XSUB").contains(type);
        case REP -> Set.of("REQ", "DEALER").contains(type);
      };
    }
  }

  /** Told what comes, by the reading thread; must not wait for anything. */
  interface Listener {
    /** A message; for a ROUTER the first frame is the peer's name. */
    void received(List<Bytes> frames);

    /** Returns what greets the new subscriber, no frames for no greeting. */
    default List<Bytes> subscribed(Bytes topic) {
      return List.of();
    }
  }

  private final Type type;
  private final ServerSocketChannel channel;
  private final Listener listener;
  private final Set<ZmtpConnection> connections = ConcurrentHashMap.newKeySet();
  private final Map<Bytes, ZmtpConnection> peers = new ConcurrentHashMap<>();
  private final Optional<Path> path;

  /** A socket on a bound channel; {@code path} is the file to delete with it. */
  ZmtpSocket(Type type, ServerSocketChannel channel, Optional<Path> path, Listener listener) {
    this.type = type;
    this.channel = channel;
    this.path = path;
    this.listener = listener;
  }

  Type type() {
    return type;
  }

  ServerSocketChannel channel() {
    return channel;
  }

  Listener listener() {
    return listener;
  }

  int size() {
    return connections.size();
  }

  /** Those of which it is not known yet what they are. */
  Stream<ZmtpConnection> strangers() {
    return connections.stream().filter(connection -> !connection.isReady());
  }

  void add(ZmtpConnection connection) {
    connections.add(connection);
  }

  void named(Bytes identity, ZmtpConnection connection) {
    peers.put(identity, connection);
  }

  void remove(ZmtpConnection connection) {
    connections.remove(connection);
    peers.remove(connection.identity(), connection);
  }

  /** Sends to the peer that the first frame names; nothing when it is gone. */
  void route(List<Bytes> frames) {
    ZmtpConnection peer = peers.get(frames.getFirst());
    if (peer != null) {
      peer.send(Zmtp.message(frames.subList(1, frames.size())));
    }
  }

  /** Sends to all who subscribed to a prefix of the first frame. */
  void publish(List<Bytes> frames) {
    ByteBuffer message = null;
    for (ZmtpConnection connection : connections) {
      if (connection.subscribedTo(frames.getFirst())) {
        if (message == null) {
          message = Zmtp.message(frames);
        }
        connection.send(message.duplicate());
      }
    }
  }

  /** Waits while a subscriber is behind, unless it does not read at all. */
  void awaitRoom() throws InterruptedException {
    for (ZmtpConnection connection : connections) {
      connection.awaitRoom();
    }
  }

  void drain(long end) {
    connections.forEach(connection -> connection.drain(end));
  }

  void close() {
    new ArrayList<>(connections).forEach(ZmtpConnection::close);
    try {
      channel.close();
      if (path.isPresent()) {
        Files.deleteIfExists(path.get());
      }
    } catch (IOException e) {
      // It is closed all the same.
    }
  }
}

package wirebook.engine.http.server;

import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What went over one connection of a server, as far as its log still has it.
 *
 * @param number from 1 on, at its port
 * @param remote the client; unknown when only what happened later is still kept
 * @param opened when it was accepted, if that is still known
 * @param exchanges in the order in which they began
 * @param frames of HTTP/2 or of a WebSocket, in the order in which they went by
 * @param closed its end, once it has come
 */
public record ServerConnection(
    long number,
    Optional<InetSocketAddress> remote,
    Optional<Instant> opened,
    List<Exchange> exchanges,
    List<ConnectionEvent.Framed> frames,
    Optional<ConnectionEvent.Closed> closed) {
  public ServerConnection {
    exchanges = List.copyOf(exchanges);
    frames = List.copyOf(frames);
  }

  /** When the first of what is known happened. */
  public Instant begin() {
    return opened
        .or(() -> exchanges.stream().map(Exchange::at).findFirst())
        .or(() -> frames.stream().map(ConnectionEvent.Framed::at).findFirst())
        .or(() -> closed.map(ConnectionEvent.Closed::at))
        .orElse(Instant.EPOCH);
  }

  /** Sorts out what happened where. */
  static List<ServerConnection> of(List<Exchange> exchanges, List<ConnectionEvent> events) {
    TreeMap<Long, ServerConnection> all = new TreeMap<>();
    for (ConnectionEvent event : events) {
      all.merge(event.connection(), of(event), ServerConnection::and);
    }
    for (Exchange exchange : exchanges) {
      ServerConnection one =
          new ServerConnection(
              exchange.connection(),
              Optional.of(exchange.remote()),
              Optional.empty(),
              List.of(exchange),
              List.of(),
              Optional.empty());
      all.merge(exchange.connection(), one, ServerConnection::and);
    }
    return List.copyOf(all.values());
  }

  private static ServerConnection of(ConnectionEvent event) {
    long number = event.connection();
    Optional<InetSocketAddress> none = Optional.empty();
    return switch (event) {
      case ConnectionEvent.Opened opened ->
          new ServerConnection(
              number,
              Optional.of(opened.remote()),
              Optional.of(opened.at()),
              List.of(),
              List.of(),
              Optional.empty());
      case ConnectionEvent.Framed framed ->
          new ServerConnection(
              number, none, Optional.empty(), List.of(), List.of(framed), Optional.empty());
      case ConnectionEvent.Closed closed ->
          new ServerConnection(
              number, none, Optional.empty(), List.of(), List.of(), Optional.of(closed));
    };
  }

  private ServerConnection and(ServerConnection later) {
    return new ServerConnection(
        number,
        remote.or(later::remote),
        opened.or(later::opened),
        joined(exchanges, later.exchanges),
        joined(frames, later.frames),
        closed.or(later::closed));
  }

  private static <T> List<T> joined(List<T> first, List<T> second) {
    if (first.isEmpty() || second.isEmpty()) {
      return first.isEmpty() ? second : first;
    }
    List<T> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }
}

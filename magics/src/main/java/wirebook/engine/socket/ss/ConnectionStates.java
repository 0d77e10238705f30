package wirebook.engine.socket.ss;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import wirebook.engine.socket.SocketState;

/**
 * The states of one TCP connection's two ends (RFC 9293, 3.3.2), as they changed while somebody
 * looked.
 *
 * @param client the end that asked for the connection, {@code address:port}; empty when only a
 *     listener has been seen
 * @param dropped how many changes before the last one are not kept
 */
public record ConnectionStates(String client, String server, List<Change> changes, int dropped) {
  private static final int TIME = 12;
  private static final int END = 24;
  private static final int WIRE = 26;

  public ConnectionStates {
    changes = List.copyOf(changes);
  }

  /**
   * The states from some moment on.
   *
   * @param at after the first change
   * @param client empty when this machine has no such socket
   * @param call of the end that changed first, as far as it is known; empty when not
   */
  public record Change(
      Duration at, Optional<SocketState> client, Optional<SocketState> server, String call) {}

  /** As RFC 9293 names the state. */
  public static String name(SocketState state) {
    return switch (state) {
      case NEW_SYN_RECEIVED -> "SYN-RECEIVED";
      default -> state.name().replace('_', '-');
    };
  }

  /** What went over the wire for a change. */
  public enum Segments {
    NONE("", true),
    SYN("SYN", true),
    SYN_ANSWERED("SYN, SYN+ACK", true),
    ANSWER("SYN+ACK, ACK", true),
    HANDSHAKE("SYN, SYN+ACK, ACK", true),
    FIN_OF_CLIENT("FIN", true),
    FIN_OF_SERVER("FIN", false),
    BOTH_FINS("FIN, FIN", true),
    BOTH_FINS_SERVER_FIRST("FIN, FIN", false),
    RESET("RST", true);

    private final String shown;
    private final boolean byClient;

    Segments(String shown, boolean byClient) {
      this.shown = shown;
      this.byClient = byClient;
    }

    public String shown() {
      return shown;
    }

    /** Whether the first of them was the client's. */
    public boolean byClient() {
      return byClient;
    }
  }

  /** What must have gone over the wire between the change before and this one (RFC 9293, 3.5). */
  public Segments segments(int change) {
    Change now = changes.get(change);
    Optional<SocketState> clientWas = change == 0 ? Optional.empty() : before(change).client;
    Optional<SocketState> serverWas = change == 0 ? Optional.empty() : before(change).server;
    boolean opened = clientWas.isEmpty() || clientWas.equals(Optional.of(SocketState.CLOSED));
    if (change == 0 && now.client.filter(s -> s != SocketState.SYN_SENT).isPresent()) {
      // It stood before anybody looked.
      return Segments.NONE;
    }
    if (now.client.equals(Optional.of(SocketState.SYN_SENT))) {
      return opened ? Segments.SYN : Segments.NONE;
    }
    boolean clientOpen = now.client.filter(s -> s != SocketState.CLOSED).isPresent();
    if (opened && clientOpen) {
      return Segments.HANDSHAKE;
    }
    if (clientWas.equals(Optional.of(SocketState.SYN_SENT))) {
      return now.client.equals(Optional.of(SocketState.ESTABLISHED))
          ? Segments.ANSWER
          : Segments.NONE;
    }
    boolean clientsFin =
        sentFin(clientWas, now.client) || gotFin(serverWas, now.server, now.client);
    boolean serversFin =
        sentFin(serverWas, now.server) || gotFin(clientWas, now.client, now.server);
    boolean bothGone =
        isGone(now.client) && isGone(now.server) && !isGone(clientWas) && !isGone(serverWas);
    if (bothGone && !saidFin(clientWas) && !saidFin(serverWas)) {
      return Segments.RESET;
    }
    if (clientsFin && serversFin) {
      boolean serverFirst = now.server.equals(Optional.of(SocketState.TIME_WAIT));
      return serverFirst ? Segments.BOTH_FINS_SERVER_FIRST : Segments.BOTH_FINS;
    }
    return clientsFin
        ? Segments.FIN_OF_CLIENT
        : serversFin ? Segments.FIN_OF_SERVER : Segments.NONE;
  }

  private Change before(int change) {
    return changes.get(change - 1);
  }

  private static boolean isGone(Optional<SocketState> state) {
    return state.isEmpty() || state.get() == SocketState.CLOSED;
  }

  private static boolean saidFin(Optional<SocketState> state) {
    return state
        .filter(
            s ->
                switch (s) {
                  case FIN_WAIT_1, FIN_WAIT_2, TIME_WAIT, CLOSING, LAST_ACK -> true;
                  case ESTABLISHED,
                      SYN_SENT,
                      SYN_RECEIVED,
                      CLOSED,
                      CLOSE_WAIT,
                      LISTEN,
                      NEW_SYN_RECEIVED ->
                      false;
                })
        .isPresent();
  }

  private static boolean sentFin(Optional<SocketState> was, Optional<SocketState> now) {
    boolean could =
        was.filter(s -> s == SocketState.ESTABLISHED || s == SocketState.CLOSE_WAIT).isPresent();
    return could && (saidFin(now) || (was.get() == SocketState.CLOSE_WAIT && isGone(now)));
  }

  /** Whether a FIN came from an end that is on another machine. */
  private static boolean gotFin(
      Optional<SocketState> was, Optional<SocketState> now, Optional<SocketState> other) {
    return other.isEmpty()
        && !was.equals(now)
        && now.filter(s -> s == SocketState.CLOSE_WAIT || s == SocketState.TIME_WAIT).isPresent();
  }

  /** The states in the order in which they came. */
  private static List<String> path(List<Optional<SocketState>> states) {
    List<String> path = new ArrayList<>();
    for (Optional<SocketState> state : states) {
      if (state.isPresent() && (path.isEmpty() || !path.getLast().equals(name(state.get())))) {
        path.add(name(state.get()));
      }
    }
    return path;
  }

  /** The states in one line. */
  public String line() {
    List<String> ofClient = path(changes.stream().map(Change::client).toList());
    List<String> ofServer = path(changes.stream().map(Change::server).toList());
    List<String> ends = new ArrayList<>();
    if (!ofClient.isEmpty()) {
      ends.add("client " + client + ": " + String.join(", ", ofClient));
    }
    if (!ofServer.isEmpty()) {
      ends.add("server " + server + ": " + String.join(", ", ofServer));
    }
    return String.join("; ", ends);
  }

  /** The client's port, or a listener's own. */
  public String port() {
    String of = client.isEmpty() ? server : client;
    return of.substring(of.lastIndexOf(':') + 1);
  }

  /** The moment of a change: {@code +0.132 s}. */
  public String time(int change) {
    return String.format(Locale.ROOT, "+%.3f s", changes.get(change).at.toNanos() / 1e9);
  }

  /** A line for each change: the time, both states, and what went over the wire. */
  public String text() {
    StringBuilder out = new StringBuilder();
    row(out, "", client.isEmpty() ? "" : "client " + client, "", "server " + server, "");
    for (int i = 0; i < changes.size(); i++) {
      Change change = changes.get(i);
      Segments segments = segments(i);
      row(
          out,
          time(i),
          change.client.map(ConnectionStates::name).orElse(""),
          segments == Segments.NONE
              ? ""
              : segments.byClient ? "── " + segments.shown + " ─▶" : "◀─ " + segments.shown + " ──",
          change.server.map(ConnectionStates::name).orElse(""),
          change.call);
    }
    if (dropped > 0) {
      out.append("# ").append(dropped).append(" changes before the last one are not kept\n");
    }
    return out.toString();
  }

  private static void row(
      StringBuilder out, String time, String client, String wire, String server, String call) {
    String line = pad(time, TIME) + pad(client, END) + pad(wire, WIRE) + pad(server, END) + call;
    out.append(line.stripTrailing()).append('\n');
  }

  private static String pad(String text, int width) {
    return text + " ".repeat(Math.max(1, width - text.length()));
  }

  @Override
  public String toString() {
    return text();
  }
}

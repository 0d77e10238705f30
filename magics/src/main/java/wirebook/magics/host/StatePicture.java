package wirebook.magics.host;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import wirebook.engine.socket.SocketState;
import wirebook.engine.socket.ss.ConnectionStates;
import wirebook.render.Picture;
import wirebook.render.StateLadder;

/** {@code %ss}'s picture of how the states of one connection changed. */
final class StatePicture {
  private StatePicture() {}

  static Picture of(ConnectionStates states) {
    List<StateLadder.Rung> rungs = new ArrayList<>();
    for (int i = 0; i < states.changes().size(); i++) {
      ConnectionStates.Change change = states.changes().get(i);
      ConnectionStates.Segments segments = states.segments(i);
      boolean none = segments == ConnectionStates.Segments.NONE;
      rungs.add(
          new StateLadder.Rung(
              none ? ofClient(states, i) : segments.byClient(),
              (states.time(i) + "  " + change.call()).strip(),
              false,
              change.client().map(ConnectionStates::name),
              change.server().map(ConnectionStates::name),
              none ? Optional.empty() : Optional.of(segments.shown()),
              segments == ConnectionStates.Segments.RESET));
    }
    return new StateLadder(
            name("client", states.client()), name("server", states.server()), rungs, states.line())
        .picture();
  }

  /** Whether the change was one of the client's state. */
  private static boolean ofClient(ConnectionStates states, int change) {
    Optional<SocketState> before =
        change == 0 ? Optional.empty() : states.changes().get(change - 1).client();
    return !states.changes().get(change).client().equals(before);
  }

  private static String name(String role, String end) {
    return end.isEmpty() ? "" : role + " " + end.substring(end.lastIndexOf(':'));
  }
}

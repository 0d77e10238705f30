package wirebook.render;

import java.util.List;
import java.util.Optional;

/**
 * The two ends of one TCP connection, top to bottom in time: the calls of each, the states that
 * they lead to at both ends (RFC 9293, 3.3.2), and what goes over the wire between them.
 *
 * @param line the whole in one line of text
 */
public record StateLadder(String left, String right, List<Rung> rungs, String line) {
  private static final int CALL = 216;
  private static final int STATE = 112;
  private static final int WIRE = 150;
  private static final int MARGIN = 14;
  private static final int HEAD = 34;
  private static final int STEP = 34;

  public StateLadder {
    rungs = List.copyOf(rungs);
  }

  /**
   * One call.
   *
   * @param byLeft whose call it is
   * @param failed whether the system refused it
   * @param leftState the state afterwards, empty when there is none
   * @param wire what the call sent, empty when nothing
   * @param lost whether that throws the connection away
   */
  public record Rung(
      boolean byLeft,
      String call,
      boolean failed,
      Optional<String> leftState,
      Optional<String> rightState,
      Optional<String> wire,
      boolean lost) {}

  public Picture picture() {
    int width = 2 * MARGIN + 2 * CALL + 2 * STATE + WIRE;
    int height = 2 * MARGIN + HEAD + STEP * rungs.size();
    Svg svg = new Svg();
    double first = MARGIN + CALL;
    double second = first + STATE + WIRE;
    svg.text(
            "strong",
            "middle",
            13,
            first + STATE / 2.0,
            MARGIN + 18,
            Svg.fit(left, STATE, 13, false))
        .text(
            "strong",
            "middle",
            13,
            second + STATE / 2.0,
            MARGIN + 18,
            Svg.fit(right, STATE, 13, false));
    states(svg, first, true);
    states(svg, second, false);
    for (int i = 0; i < rungs.size(); i++) {
      rung(svg, rungs.get(i), top(i) + STEP / 2.0, first, second);
    }
    return svg.picture(width, height, line);
  }

  private static double top(int rung) {
    return MARGIN + HEAD + (double) STEP * rung;
  }

  /** A box for as long as one end stays in one state. */
  private void states(Svg svg, double x, boolean ofLeft) {
    int from = 0;
    while (from < rungs.size()) {
      Optional<String> state = state(from, ofLeft);
      int to = from + 1;
      while (to < rungs.size() && state(to, ofLeft).equals(state)) {
        to++;
      }
      if (state.isPresent()) {
        double y = top(from) + 2;
        double height = (double) STEP * (to - from) - 4;
        String hue = hue(state.get());
        double edge = ofLeft ? x + STATE : x;
        svg.rectangle("head", x, y, STATE, height, 5)
            .line("arrow l-" + hue, edge, y + 3, edge, y + height - 3)
            .text(
                "mono strong f-" + hue,
                "middle",
                11.5,
                x + STATE / 2.0,
                y + STEP / 2.0 + 2,
                Svg.fit(state.get(), STATE - 6, 11.5, true));
      }
      from = to;
    }
  }

  private Optional<String> state(int rung, boolean ofLeft) {
    return ofLeft ? rungs.get(rung).leftState : rungs.get(rung).rightState;
  }

  private static String hue(String state) {
    return switch (state) {
      case "ESTABLISHED" -> "give";
      case "LISTEN" -> "ask";
      case "CLOSED" -> "soft";
      default -> "point";
    };
  }

  private static void rung(Svg svg, Rung rung, double y, double first, double second) {
    String style = "mono" + (rung.failed ? " f-bad" : "");
    String call = Svg.fit(rung.call, CALL - 12, 11, true);
    if (rung.byLeft) {
      svg.text(style, "end", 11, first - 8, y + 4, call);
    } else {
      svg.text(style, "start", 11, second + STATE + 8, y + 4, call);
    }
    if (rung.wire.isEmpty()) {
      return;
    }
    String hue = rung.lost ? "bad" : "ask";
    double from = rung.byLeft ? first + STATE + 4 : second - 4;
    double to = rung.byLeft ? second - 6 : first + STATE + 6;
    int direction = rung.byLeft ? 1 : -1;
    svg.line("arrow l-" + hue, from, y, to, y)
        .path("f-" + hue, "M" + to + " " + y + "l" + (-8 * direction) + " -4.5v9z")
        .text(
            "halo f-" + hue,
            "middle",
            11,
            (from + to) / 2,
            y - 5,
            Svg.fit(rung.wire.get(), WIRE - 16, 11, false));
  }
}

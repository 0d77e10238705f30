package wirebook.render;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import wirebook.spi.Durations;

/**
 * Who said what to whom, top to bottom in time: a lane for each party, an arrow for each message.
 *
 * @param lanes left to right
 * @param messages in the order in which they were sent
 * @param line the whole in one line of text
 */
public record SequenceDiagram(List<Lane> lanes, List<Message> messages, String line) {
  private static final int GUTTER = 74;
  private static final int SPACING = 196;
  private static final int HEAD = 62;
  private static final int STEP = 36;
  private static final int MARGIN = 14;
  private static final int WIDTH = 640;
  private static final int TEXT_MARGIN = 18;
  private static final double TEXT = 11.5;
  private static final int LINE = 15;
  private static final int LINES = 3;

  public SequenceDiagram {
    lanes = List.copyOf(lanes);
    messages = List.copyOf(messages);
  }

  /** A party: what it is to the reader, and what it is called on the wire. */
  public record Lane(String title, String name, String address) {}

  public enum Kind {
    QUESTION,
    ANSWER,
    REFERRAL,
    FAILURE
  }

  /**
   * @param from index of a lane
   * @param to index of a lane
   * @param took how long it was waited for: written at the left
   * @param arrived false for what was sent and never answered: drawn dashed, with a cross at its
   *     end
   */
  public record Message(
      int from, int to, String text, Optional<Duration> took, Kind kind, boolean arrived) {}

  public Picture picture() {
    int spacing = spacing();
    int width = GUTTER + spacing * lanes.size() + MARGIN - (lanes.size() > 1 ? 10 : 0);
    List<List<String>> texts = messages.stream().map(m -> text(m, spacing)).toList();
    int further = texts.stream().mapToInt(t -> t.size() - 1).sum();
    int height = MARGIN + HEAD + 20 + STEP * messages.size() + LINE * further + MARGIN;
    Svg svg = new Svg();
    for (int i = 0; i < lanes.size(); i++) {
      lane(svg, i, spacing, height);
    }
    if (messages.stream().anyMatch(m -> m.took().isPresent())) {
      svg.text("soft", "end", 10.5, GUTTER - 8, MARGIN + 36, "it took");
    }
    int y = MARGIN + HEAD + 34 - STEP;
    for (int i = 0; i < messages.size(); i++) {
      y += STEP + LINE * (texts.get(i).size() - 1);
      message(svg, messages.get(i), texts.get(i), spacing, y);
    }
    return svg.picture(width, height, line);
  }

  /** What the messages need, as long as few lanes leave room for it. */
  private int spacing() {
    double needed =
        messages.stream()
            .mapToDouble(
                m ->
                    (Svg.width(m.text(), TEXT, false) + TEXT_MARGIN)
                        / Math.max(1, Math.abs(m.to() - m.from())))
            .max()
            .orElse(0);
    int room = (WIDTH - GUTTER - MARGIN + 10) / Math.max(1, lanes.size());
    return Math.clamp((long) Math.ceil(needed), SPACING, Math.max(SPACING, room));
  }

  private static List<String> text(Message message, int spacing) {
    double room = spacing * Math.max(1, Math.abs(message.to() - message.from())) - TEXT_MARGIN;
    List<String> lines = Svg.wrapped(message.text(), room, TEXT);
    List<String> fitting = new ArrayList<>(lines.subList(0, Math.min(lines.size(), LINES - 1)));
    if (lines.size() >= LINES) {
      fitting.add(String.join(" ", lines.subList(LINES - 1, lines.size())));
    }
    return fitting.stream().map(l -> Svg.fit(l, room, TEXT, false)).toList();
  }

  private static double x(int lane, int spacing) {
    return GUTTER + spacing * (lane + 0.5) - 10;
  }

  private void lane(Svg svg, int i, int spacing, int height) {
    Lane lane = lanes.get(i);
    double x = x(i, spacing);
    double left = x - spacing / 2.0 + 8;
    double room = spacing - 16;
    svg.line("lane", x, MARGIN + HEAD, x, height - MARGIN + 4)
        .rectangle("head", left, MARGIN, room, HEAD, 7)
        .text("strong", "middle", 13, x, MARGIN + 19, Svg.fit(lane.title(), room, 13, false))
        .text("mono", "middle", 10.5, x, MARGIN + 36, Svg.fit(lane.name(), room, 10.5, true))
        .text(
            "mono soft", "middle", 10.5, x, MARGIN + 52, Svg.fit(lane.address(), room, 10.5, true));
  }

  private static void message(Svg svg, Message message, List<String> text, int spacing, double y) {
    String hue =
        switch (message.kind()) {
          case QUESTION -> "ask";
          case ANSWER -> "give";
          case REFERRAL -> "point";
          case FAILURE -> "bad";
        };
    message
        .took()
        .ifPresent(
            took -> svg.text("soft", "end", 10.5, GUTTER - 8, y + 4, Durations.milliseconds(took)));
    double from = x(message.from(), spacing);
    double to = x(message.to(), spacing);
    int direction = to < from ? -1 : 1;
    double end = message.arrived() ? to - 2 * direction : (from + to) / 2;
    svg.line("arrow l-" + hue + (message.arrived() ? "" : " lost"), from, y, end, y);
    if (message.arrived()) {
      svg.path("f-" + hue, "M" + end + " " + y + "l" + (-8 * direction) + " -4.5v9z");
    } else {
      svg.path("arrow l-" + hue, "M" + (end - 5) + " " + (y - 5) + "l10 10m0 -10l-10 10");
    }
    for (int i = 0; i < text.size(); i++) {
      double above = LINE * (text.size() - 1.0 - i);
      svg.text("halo f-" + hue, "middle", TEXT, (from + to) / 2, y - 6 - above, text.get(i));
    }
  }
}

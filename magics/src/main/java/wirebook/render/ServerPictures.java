package wirebook.render;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import wirebook.engine.http.server.ConnectionEvent;
import wirebook.engine.http.server.Exchange;
import wirebook.engine.http.server.HttpServer;
import wirebook.engine.http.server.ServerConnection;
import wirebook.engine.http.server.UnderWay;
import wirebook.engine.http.server.WireFrame;
import wirebook.spi.Durations;
import wirebook.spi.MimeBundle;
import wirebook.spi.Plural;
import wirebook.trace.HostPort;

/**
 * A server's latest connections, each a band with what came in and went out on it from top to
 * bottom: that a connection is kept, and where a knob acted, is seen. As text the same, line by
 * line.
 */
public final class ServerPictures {
  /** More lines would be too small to read; the value has them all. */
  private static final int MOST = 30;

  private static final int WIDTH = 680;
  private static final int MARGIN = 14;
  private static final int GUTTER = 76;
  private static final int LEFT = 150;
  private static final int RIGHT = 515;
  private static final int BAND_END = WIDTH - MARGIN;
  private static final int LANE_WIDTH = 186;
  private static final int HEAD = 46;
  private static final int STEP = 28;
  private static final int CHIP = BAND_END - RIGHT - 22;

  private ServerPictures() {}

  private enum Way {
    IN,
    OUT,
    END
  }

  /**
   * One arrow, or the end of a connection.
   *
   * @param at since the first that is shown
   * @param took what the server needed, for an answer
   * @param acted what a knob did
   */
  private record Row(
      Way way, Instant at, Optional<Duration> took, String text, String acted, String hue) {}

  private record Band(String title, List<Row> rows) {}

  /** Empty when nothing has come yet. */
  public static Optional<MimeBundle> of(HttpServer server) {
    List<ServerConnection> all = server.connections();
    List<UnderWay> underWay = server.underWay();
    List<Band> bands = new ArrayList<>();
    int rows = 0;
    int shown = 0;
    for (ServerConnection connection : all.reversed()) {
      Band band = band(connection, underWay);
      if (rows > 0 && rows + band.rows().size() > MOST) {
        break;
      }
      rows += band.rows().size();
      bands.addFirst(band);
      shown++;
    }
    if (bands.isEmpty()) {
      return Optional.empty();
    }
    int left = all.size() - shown;
    String earlier = left == 0 ? "" : Plural.of(left, "earlier connection") + " not shown";
    Instant begin =
        bands.stream()
            .flatMap(b -> b.rows().stream())
            .map(Row::at)
            .min(Comparator.naturalOrder())
            .orElse(Instant.EPOCH);
    MimeBundle picture = draw(server, bands, begin, earlier).bundle();
    return Optional.of(
        MimeBundle.text(text(bands, begin, earlier))
            .with(MimeBundle.HTML, picture.data().getOrDefault(MimeBundle.HTML, "")));
  }

  // ---- rows ---------------------------------------------------------------------------------

  private static Band band(ServerConnection connection, List<UnderWay> underWay) {
    List<Row> rows = new ArrayList<>();
    for (Exchange exchange : connection.exchanges()) {
      rows.add(new Row(Way.IN, exchange.at(), Optional.empty(), asked(exchange), "", "ask"));
      rows.add(
          new Row(
              Way.OUT,
              exchange.at().plus(exchange.duration()),
              Optional.of(exchange.duration()),
              answer(exchange),
              String.join(", ", exchange.notes()),
              exchange.status() >= 400 || exchange.status() == 0
                  ? "bad"
                  : exchange.status() >= 300 ? "point" : "give"));
    }
    for (ConnectionEvent.Framed framed : connection.frames()) {
      if (framed.frame() instanceof WireFrame.WebSocket frame) {
        rows.add(
            new Row(
                frame.received() ? Way.IN : Way.OUT,
                framed.at(),
                Optional.empty(),
                frame.words(),
                "",
                "seal"));
      }
    }
    for (UnderWay request : underWay) {
      if (request.connection() == connection.number()) {
        rows.add(new Row(Way.IN, request.at(), Optional.empty(), request.request(), "", "ask"));
        rows.add(
            new Row(
                Way.END,
                request.at().plus(request.going()),
                Optional.empty(),
                request.state(),
                "",
                "point"));
      }
    }
    rows.sort(Comparator.comparing(Row::at));
    int left = rows.size() - MOST + 1;
    if (left > 0) {
      rows.subList(0, left).clear();
    }
    connection
        .closed()
        .ifPresent(
            closed ->
                rows.add(
                    new Row(
                        Way.END, closed.at(), Optional.empty(), closed.why(), "", knob(closed))));
    if (rows.isEmpty()) {
      rows.add(
          new Row(
              Way.END, connection.begin(), Optional.empty(), "open, nothing came yet", "", "soft"));
    }
    return new Band(title(connection) + (left > 0 ? ", the end of it" : ""), rows);
  }

  private static String knob(ConnectionEvent.Closed closed) {
    return closed.why().contains("(--") ? "point" : "soft";
  }

  private static String title(ServerConnection connection) {
    String protocol =
        connection.frames().stream().anyMatch(f -> f.frame() instanceof WireFrame.WebSocket)
            ? ", a WebSocket"
            : connection.frames().stream().anyMatch(f -> f.frame() instanceof WireFrame.Http2)
                ? ", HTTP/2"
                : "";
    return "connection "
        + connection.number()
        + connection.remote().map(from -> " from " + HostPort.of(from)).orElse("")
        + protocol;
  }

  private static String asked(Exchange exchange) {
    String stream = exchange.stream() == 0 ? "" : ", stream " + exchange.stream();
    return exchange.target().isEmpty()
        ? Sizes.text(exchange.requestLength()) + " that are no request"
        : exchange.method() + " " + exchange.target() + stream;
  }

  /** Status and reason as they were sent, and how much content. */
  private static String answer(Exchange exchange) {
    if (exchange.status() == 0) {
      return "no answer";
    }
    String head = exchange.response().text(StandardCharsets.ISO_8859_1);
    String number = String.valueOf(exchange.status());
    // Interim responses go before it.
    String status =
        head.lines()
            .filter(line -> line.startsWith("HTTP/1.") && line.startsWith(number, 9))
            .map(line -> line.substring(9))
            .findFirst()
            .orElse(number);
    return status + ", " + Sizes.text(exchange.contentLength());
  }

  // ---- text ---------------------------------------------------------------------------------

  private static String text(List<Band> bands, Instant begin, String earlier) {
    StringBuilder out = new StringBuilder();
    if (!earlier.isEmpty()) {
      out.append("… ").append(earlier).append(" …\n");
    }
    for (Band band : bands) {
      out.append(band.title()).append('\n');
      for (Row row : band.rows()) {
        out.append(
                String.format(
                    Locale.ROOT,
                    "%10s  ",
                    "+" + Durations.milliseconds(Duration.between(begin, row.at()))))
            .append(
                switch (row.way()) {
                  case IN -> "> ";
                  case OUT -> "< ";
                  case END -> "- ";
                })
            .append(row.text());
        row.took().ifPresent(took -> out.append(", ").append(Durations.milliseconds(took)));
        out.append(row.acted().isEmpty() ? "" : "  [" + row.acted() + "]").append('\n');
      }
    }
    return out.toString().stripTrailing();
  }

  // ---- drawing ------------------------------------------------------------------------------

  private static Picture draw(HttpServer server, List<Band> bands, Instant begin, String earlier) {
    int rows = bands.stream().mapToInt(b -> b.rows().size()).sum();
    int top = MARGIN + HEAD + 10 + (earlier.isEmpty() ? 0 : 18);
    int height = top + bands.size() * 42 + rows * STEP + MARGIN;
    Svg svg = new Svg();
    svg.line("lane", LEFT, MARGIN + HEAD, LEFT, height - MARGIN)
        .line("lane", RIGHT, MARGIN + HEAD, RIGHT, height - MARGIN);
    lane(svg, LEFT, "clients", "");
    lane(svg, RIGHT, server.name(), server.url());
    if (!earlier.isEmpty()) {
      svg.text("soft", "start", 10.5, GUTTER, top - 6, "… " + earlier);
    }
    int y = top;
    for (Band band : bands) {
      y = band(svg, band, begin, y);
    }
    return svg.picture(WIDTH, height, line(server, bands));
  }

  private static void lane(Svg svg, int x, String title, String name) {
    double width = name.isEmpty() ? 90 : LANE_WIDTH;
    svg.rectangle("head", x - width / 2, MARGIN, width, HEAD, 7)
        .text(
            "strong",
            "middle",
            13,
            x,
            MARGIN + (name.isEmpty() ? 27 : 19),
            Svg.fit(title, width - 12, 13, false));
    if (!name.isEmpty()) {
      svg.text(
          "mono soft", "middle", 10.5, x, MARGIN + 36, Svg.fit(name, LANE_WIDTH - 8, 10.5, true));
    }
  }

  private static int band(Svg svg, Band band, Instant begin, int top) {
    int height = 26 + band.rows().size() * STEP + 4;
    svg.rectangle("band", GUTTER, top, BAND_END - GUTTER, height, 8)
        .text(
            "mono soft",
            "start",
            10.5,
            GUTTER + 10,
            top + 15,
            Svg.fit(band.title(), BAND_END - GUTTER - 20, 10.5, true));
    int y = top + 26 + 18;
    for (Row row : band.rows()) {
      svg.text(
          "soft",
          "end",
          10.5,
          GUTTER - 6,
          y + 4,
          "+" + Durations.milliseconds(Duration.between(begin, row.at())));
      if (row.way() == Way.END) {
        end(svg, row, y);
      } else {
        arrow(svg, row, y);
      }
      y += STEP;
    }
    return top + height + 12;
  }

  private static void end(Svg svg, Row row, int y) {
    String fill = "f-" + row.hue();
    svg.path("arrow l-" + row.hue(), "M" + (LEFT - 4) + " " + (y - 4) + "l8 8m0 -8l-8 8")
        .text(
            "halo " + fill,
            "start",
            11.5,
            LEFT + 20,
            y + 4,
            Svg.fit(row.text(), BAND_END - LEFT - 30, 11.5, false));
  }

  private static void arrow(Svg svg, Row row, int y) {
    boolean in = row.way() == Way.IN;
    String fill = "f-" + row.hue();
    svg.line("arrow l-" + row.hue(), LEFT + 2, y, RIGHT - 2, y)
        .path(
            fill,
            in
                ? "M" + (RIGHT - 2) + " " + y + "l-8 -4.5v9z"
                : "M" + (LEFT + 2) + " " + y + "l8 -4.5v9z");
    String took = row.took().map(Durations::milliseconds).map(t -> "after " + t).orElse("");
    double room = RIGHT - LEFT - 40;
    double forText = room - (took.isEmpty() ? 0 : Svg.width(took, 10.5, false) + 10);
    svg.text(
        "halo strong " + fill,
        "start",
        11.5,
        LEFT + 20,
        y - 6,
        Svg.fit(row.text(), forText, 11.5, false));
    if (!took.isEmpty()) {
      // The server's own time: from the request's arrow to this one.
      svg.rectangle("f-hold", RIGHT - 3, y - STEP + 2, 6, STEP - 4, 2)
          .text("halo soft", "end", 10.5, RIGHT - 16, y - 6, took);
    }
    if (!row.acted().isEmpty()) {
      svg.text(
          "f-point strong",
          "start",
          10.5,
          RIGHT + 12,
          y - 8,
          Svg.fit(row.acted(), CHIP, 10.5, false));
    }
  }

  private static String line(HttpServer server, List<Band> bands) {
    return server.url()
        + ", "
        + bands.size()
        + (bands.size() == 1 ? " connection" : " connections")
        + ": "
        + String.join(
            "; ",
            bands.stream()
                .map(
                    band ->
                        band.title()
                            + ": "
                            + String.join(", ", band.rows().stream().map(Row::text).toList()))
                .toList());
  }
}

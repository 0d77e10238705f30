package wirebook.render;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import wirebook.engine.http.HttpExchange;
import wirebook.engine.http.HttpResponse;
import wirebook.engine.http.HttpTransfer;
import wirebook.spi.Durations;
import wirebook.trace.Event;
import wirebook.trace.Failure;
import wirebook.trace.HostPort;
import wirebook.trace.IpText;
import wirebook.trace.Trace;

/**
 * HTTP as a picture: the exchanges from top to bottom, those that shared a connection in one band,
 * and below them where the time of each went.
 */
public final class HttpPictures {
  /** More would be too small to read; the value has them all. */
  private static final int MOST = 10;

  private static final int WIDTH = 660;
  private static final int MARGIN = 14;
  private static final int GUTTER = 70;
  private static final int LEFT = 150;
  private static final int RIGHT = 540;
  private static final int LANE_WIDTH = 190;
  private static final int HEAD = 46;
  private static final int STEP = 32;

  private HttpPictures() {}

  /** One arrow, or a line of text between the lanes. */
  private record Row(String text, String more, Duration took, String hue, Way way) {}

  private enum Way {
    HERE,
    THERE,
    BACK,
    BOTH,
    LOST
  }

  /** What happened over one connection, until another one was used. */
  private record Band(String title, String end, List<Row> rows) {}

  /** Empty when nothing was sent and nothing failed on the way. */
  public static Optional<Picture> transfer(HttpTransfer transfer) {
    return transfers(List.of(transfer));
  }

  /** Several calls, one below the other. */
  public static Optional<Picture> transfers(List<HttpTransfer> transfers) {
    List<HttpExchange> all = transfers.stream().flatMap(t -> t.exchanges().stream()).toList();
    if (all.isEmpty()) {
      return Optional.empty();
    }
    List<Band> bands = new ArrayList<>();
    List<HttpExchange> shown = new ArrayList<>();
    List<Waterfall.Bar> bars = new ArrayList<>();
    int before = 0;
    for (HttpTransfer transfer : transfers) {
      bands(transfer, before, bands, shown);
      for (HttpExchange exchange : transfer.exchanges()) {
        int channel = exchange.channel();
        bars.add(new Waterfall.Bar(exchange, channel == 0 ? 0 : before + channel));
      }
      // Each call counts its connections from one.
      before += transfer.exchanges().stream().mapToInt(HttpExchange::channel).max().orElse(0);
    }
    return Optional.of(
        draw(transfers, bands, shown, new Waterfall(bars), all.size() - shown.size()));
  }

  private static void bands(
      HttpTransfer transfer, int before, List<Band> bands, List<HttpExchange> shown) {
    int channel = -1;
    List<Row> rows = new ArrayList<>();
    for (HttpExchange exchange : transfer.exchanges()) {
      if (shown.size() == MOST) {
        break;
      }
      shown.add(exchange);
      if (exchange.channel() != channel) {
        channel = exchange.channel();
        rows = new ArrayList<>();
        bands.add(
            new Band(
                title(transfer.trace(), exchange, before), end(transfer.trace(), channel), rows));
        opening(transfer.trace(), exchange, rows);
      }
      rows.add(
          new Row(
              exchange.request().method() + " " + exchange.request().target(),
              exchange.request().bodyLength() > 0
                  ? Sizes.text(exchange.request().bodyLength()) + " of body"
                  : "",
              Duration.ZERO,
              "ask",
              Way.THERE));
      rows.add(answer(transfer, exchange));
    }
  }

  private static Row answer(HttpTransfer transfer, HttpExchange exchange) {
    Waterfall.Bar bar = new Waterfall.Bar(exchange, 0);
    Duration took = bar.of(Waterfall.Phase.WAIT).plus(bar.of(Waterfall.Phase.RECEIVE));
    if (exchange.response().isEmpty()) {
      String why =
          transfer.error().isEmpty()
              ? "no answer"
              : transfer.error().lines().findFirst().orElse("no answer");
      return new Row(why, "", took, "bad", Way.LOST);
    }
    HttpResponse response = exchange.response().get();
    String type = response.contentType();
    String more =
        response.header("Location").map(to -> "→ " + to).orElse(type.isEmpty() ? "" : type + ", ");
    boolean sized = !more.startsWith("→");
    String hue = response.status() >= 400 ? "bad" : response.status() >= 300 ? "point" : "give";
    return new Row(
        response.toString(),
        sized ? more + Sizes.text(response.bodyLength()) : more,
        took,
        hue,
        Way.BACK);
  }

  private static String title(Trace trace, HttpExchange exchange, int before) {
    String ends =
        trace
            .of(Event.Connected.class)
            .filter(e -> e.channel() == exchange.channel())
            .findFirst()
            .map(
                e ->
                    e.transport() == Event.Transport.UNIX
                        ? ", a Unix socket"
                        : ", from port " + e.local().getPort() + " to " + HostPort.of(e.remote()))
            .orElse("");
    return "connection " + (before + exchange.channel()) + ends;
  }

  private static String end(Trace trace, int channel) {
    return trace
        .of(Event.Closed.class)
        .filter(e -> e.channel() == channel)
        .findFirst()
        .map(e -> e.byPeer() ? "closed by the server" : "kept open until all was done")
        .orElse("");
  }

  private static void opening(Trace trace, HttpExchange exchange, List<Row> rows) {
    if (exchange.reused()) {
      return;
    }
    Waterfall.Phase[] phases = {
      Waterfall.Phase.LOOKUP, Waterfall.Phase.CONNECT, Waterfall.Phase.TLS
    };
    for (Waterfall.Phase phase : phases) {
      Duration took = phase.of(exchange.timing());
      switch (phase) {
        case LOOKUP ->
            lookUp(trace, exchange.channel())
                .filter(_ -> !took.isZero())
                .ifPresent(
                    e ->
                        rows.add(
                            new Row(
                                e.name() + " is " + addresses(e), "", took, "point", Way.HERE)));
        case CONNECT -> {
          if (!took.isZero()) {
            rows.add(new Row("TCP handshake: SYN, SYN-ACK, ACK", "", took, "soft", Way.BOTH));
          }
        }
        case TLS ->
            trace
                .of(Event.Secured.class)
                .filter(e -> e.channel() == exchange.channel())
                .findFirst()
                .ifPresent(
                    e ->
                        rows.add(
                            new Row(
                                e.protocol() + " handshake", e.cipher(), took, "seal", Way.BOTH)));
        case QUEUE, WAIT, RECEIVE -> {
          // They are the exchange itself.
        }
      }
    }
  }

  /** The look-up that a connection's address came from. */
  private static Optional<Event.Looked> lookUp(Trace trace, int channel) {
    Optional<InetAddress> peer =
        trace
            .of(Event.Connected.class)
            .filter(e -> e.channel() == channel)
            .findFirst()
            .flatMap(e -> Optional.ofNullable(e.remote().getAddress()));
    return trace
        .of(Event.Looked.class)
        .filter(e -> peer.isEmpty() || e.addresses().contains(peer.get()))
        .reduce((_, last) -> last);
  }

  private static String addresses(Event.Looked looked) {
    return looked.addresses().isEmpty()
        ? "nothing"
        : IpText.of(looked.addresses().getFirst())
            + (looked.addresses().size() > 1
                ? " and " + (looked.addresses().size() - 1) + " more"
                : "");
  }

  // ---- drawing ------------------------------------------------------------------------------

  private static Picture draw(
      List<HttpTransfer> transfers,
      List<Band> bands,
      List<HttpExchange> shown,
      Waterfall waterfall,
      int left) {
    int rows = bands.stream().mapToInt(b -> b.rows().size()).sum();
    int sequence = MARGIN + HEAD + bands.size() * 46 + rows * STEP + 8;
    int more = left > 0 ? 22 : 0;
    int below = sequence + more + 10;
    int height = below + waterfall.height() + MARGIN;
    Svg svg = new Svg();
    lanes(svg, shown, sequence);
    int y = MARGIN + HEAD + 10;
    for (Band band : bands) {
      y = band(svg, band, y);
    }
    if (left > 0) {
      svg.text(
          "soft",
          "start",
          11,
          MARGIN + 4,
          sequence + more - 4,
          "and " + left + " more exchanges: the value has them all");
    }
    waterfall.draw(svg, below);
    return svg.picture(WIDTH, height, line(transfers, left));
  }

  private static void lanes(Svg svg, List<HttpExchange> shown, int bottom) {
    List<String> hosts = shown.stream().map(e -> host(e.url())).distinct().toList();
    svg.line("lane", LEFT, MARGIN + HEAD, LEFT, bottom)
        .line("lane", RIGHT, MARGIN + HEAD, RIGHT, bottom)
        .rectangle("head", LEFT - LANE_WIDTH / 2.0, MARGIN, LANE_WIDTH, HEAD, 7)
        .rectangle("head", RIGHT - LANE_WIDTH / 2.0, MARGIN, LANE_WIDTH, HEAD, 7)
        .text("strong", "middle", 13, LEFT, MARGIN + 19, "this host")
        .text("mono soft", "middle", 10.5, LEFT, MARGIN + 36, "client")
        .text(
            "strong",
            "middle",
            13,
            RIGHT,
            MARGIN + 19,
            Svg.fit(
                hosts.size() == 1 ? hosts.getFirst() : hosts.size() + " sites",
                LANE_WIDTH - 12,
                13,
                false))
        .text(
            "mono soft",
            "middle",
            10.5,
            RIGHT,
            MARGIN + 36,
            Svg.fit(
                hosts.size() == 1 ? "server" : String.join(", ", hosts),
                LANE_WIDTH - 12,
                10.5,
                true));
  }

  private static String host(String url) {
    int start = url.indexOf("://");
    String rest = start < 0 ? url : url.substring(start + 3);
    int end = rest.length();
    for (char c : new char[] {'/', '?', '#'}) {
      int at = rest.indexOf(c);
      end = at < 0 ? end : Math.min(end, at);
    }
    String authority = rest.substring(0, end);
    return authority.substring(authority.lastIndexOf('@') + 1);
  }

  private static int band(Svg svg, Band band, int top) {
    int height = 24 + band.rows().size() * STEP + (band.end().isEmpty() ? 4 : 12);
    svg.rectangle("band", GUTTER, top, RIGHT - GUTTER + 26, height, 8)
        .text(
            "mono soft",
            "start",
            10.5,
            GUTTER + 10,
            top + 15,
            Svg.fit(band.title(), RIGHT - GUTTER, 10.5, true));
    int y = top + 24 + 22;
    for (Row row : band.rows()) {
      row(svg, row, y);
      y += STEP;
    }
    if (!band.end().isEmpty()) {
      svg.text("soft", "end", 10.5, RIGHT + 18, top + 15, band.end());
    }
    return top + height + 10;
  }

  private static void row(Svg svg, Row row, int y) {
    if (!row.took().isZero()) {
      svg.text("soft", "end", 10.5, GUTTER - 6, y + 4, Durations.milliseconds(row.took()));
    }
    boolean quiet = row.hue().equals("soft");
    String stroke = "arrow l-" + (quiet ? "hold" : row.hue());
    String fill = "f-" + (quiet ? "hold" : row.hue());
    double end = row.way() == Way.LOST ? (LEFT + RIGHT) / 2.0 : RIGHT - 2;
    switch (row.way()) {
      case HERE -> svg.rectangle(fill, LEFT - 4, y - 4, 8, 8, 4);
      case THERE, BACK, BOTH, LOST -> svg.line(stroke, LEFT + 2, y, end, y);
    }
    if (row.way() == Way.BACK || row.way() == Way.BOTH) {
      svg.path(fill, "M" + (LEFT + 2) + " " + y + "l8 -4.5v9z");
    }
    if (row.way() == Way.THERE || row.way() == Way.BOTH) {
      svg.path(fill, "M" + (RIGHT - 2) + " " + y + "l-8 -4.5v9z");
    }
    if (row.way() == Way.LOST) {
      svg.path(stroke, "M" + (end - 5) + " " + (y - 5) + "l10 10m0 -10l-10 10");
    }
    double room = RIGHT - LEFT - 40;
    String first = Svg.fit(row.text(), row.more().isEmpty() ? room : room * 0.62, 11.5, false);
    boolean strong = row.way() == Way.THERE || row.way() == Way.BACK;
    svg.text(
        "halo " + (strong ? "strong " : "") + (quiet ? "soft" : fill),
        "start",
        11.5,
        LEFT + 20,
        row.way() == Way.HERE ? y + 4 : y - 6,
        first);
    if (!row.more().isEmpty()) {
      svg.text(
          "halo soft",
          "end",
          10.5,
          RIGHT - 16,
          y - 6,
          Svg.fit(row.more(), room - Svg.width(first, 11.5, false) - 10, 10.5, false));
    }
  }

  private static String line(List<HttpTransfer> transfers, int left) {
    String way =
        transfers.stream()
            .flatMap(t -> t.exchanges().stream())
            .limit(MOST)
            .map(
                e ->
                    e.request()
                        + " → "
                        + e.response().map(HttpResponse::toString).orElse("no answer")
                        + (e.reused() ? " over the same connection" : "")
                        + ", "
                        + Durations.milliseconds(e.timing().total()))
            .collect(Collectors.joining("; "));
    String failed =
        transfers.stream()
            .flatMap(t -> t.trace().failures().stream())
            .findFirst()
            .map(Failure::words)
            .map(words -> "; " + words)
            .orElse("");
    return "HTTP: " + way + (left > 0 ? "; and " + left + " more" : "") + failed;
  }
}

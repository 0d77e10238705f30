package wirebook.magics.host;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import wirebook.codec.Json;
import wirebook.codec.JsonStyle;
import wirebook.engine.socket.icmp.Echo;
import wirebook.engine.socket.icmp.Probe;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Syntax;
import wirebook.spi.MagicSpec.Values;

/** {@code %mtr}: traceroute again and again, as the report of mtr 0.95. */
public final class Mtr implements Magic {
  private static final int MOST_CYCLES = 1000;
  private static final int USUAL = 10;
  private static final int MOST_HOPS = 255;
  private static final int HOSTS = 33;
  private static final int SIZE = 64;
  private static final int UNKNOWN = 12;
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final double GRACE = 5;
  private static final String FIELDS = "LS NABWV";

  /** What is a number of packets; else it is milliseconds or a share. */
  private static final String COUNTED = "DRS ";

  private static final MagicSpec SPEC =
      MagicSpec.named(
              "mtr", "Asks every router on the way many times, and reports the losses of each")
          .synopsis(
              "[-46nrwbuTjCz] [-P PORT] [-c COUNT] [-i SECONDS] [-G SECONDS] [-m HOPS] [-f TTL] [-s BYTES] [-o FIELDS] HOST")
          .syntax(Syntax.LITERAL_COMMAND)
          .value(Report.class)
          .option(Option.flag("IPv4 only", "-4"))
          .option(Option.flag("IPv6 only", "-6"))
          .option(Option.flag("addresses as numbers", "-n", "--no-dns"))
          .option(Option.flag("as a report: always so here", "-r", "--report"))
          .option(Option.flag("a report with whole names", "-w", "--report-wide"))
          .option(Option.flag("names and addresses", "-b", "--show-ips"))
          .option(Option.flag("as JSON", "-j", "--json"))
          .option(Option.flag("as comma-separated values", "-C", "--csv"))
          .option(Option.flag("whose network each is in", "-z", "--aslookup"))
          .option(Option.of("PORT", Values.PORT, "the port of UDP or TCP", "-P", "--port"))
          .option(Option.flag("with UDP", "-u", "--udp"))
          .option(Option.flag("with TCP's SYN", "-T", "--tcp"))
          .option(Option.of("COUNT", Values.ANY, "so many rounds (10)", "-c", "--report-cycles"))
          .option(Option.of("SECONDS", Values.ANY, "between two rounds (1)", "-i", "--interval"))
          .option(Option.of("SECONDS", Values.ANY, "wait for the last (5)", "-G", "--gracetime"))
          .option(Option.of("HOPS", Values.ANY, "at most so many routers", "-m", "--max-ttl"))
          .option(Option.of("TTL", Values.ANY, "begin with this one", "-f", "--first-ttl"))
          .option(Option.of("BYTES", Values.ANY, "the size of a packet", "-s", "--psize"))
          .option(Option.of("FIELDS", Values.ANY, "columns: L D R S N B A W V …", "-o", "--order"))
          .operand("host", Values.HOST, true, false)
          .example("%mtr -r -c 10 -n httpbin.org", "losses and times of each router on the way")
          .build();

  /**
   * One distance.
   *
   * @param by who answered, if anybody did
   */
  public record Hop(int ttl, Optional<InetAddress> by, int sent, List<Duration> roundTrips) {
    public Hop {
      roundTrips = List.copyOf(roundTrips);
    }

    /** The share that was not answered, in percent. */
    public double lossPercent() {
      return sent == 0 ? 0 : 100.0 * (sent - roundTrips.size()) / sent;
    }
  }

  /** What came of all rounds. */
  public record Report(InetAddress to, List<Hop> hops, String text) {
    public Report {
      hops = List.copyOf(hops);
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** A column: its head, its width and how its value is printed. */
  private record Field(String title, int width, String format) {}

  private static final Map<Character, Field> ALL =
      Map.ofEntries(
          Map.entry(' ', new Field(" ", 1, " ")),
          Map.entry('L', new Field("Loss%", 6, " %4.1f%%")),
          Map.entry('D', new Field("Drop", 5, " %4.0f")),
          Map.entry('R', new Field("Rcv", 6, " %5.0f")),
          Map.entry('S', new Field("Snt", 6, " %5.0f")),
          Map.entry('N', new Field("Last", 6, " %5.1f")),
          Map.entry('B', new Field("Best", 6, " %5.1f")),
          Map.entry('A', new Field("Avg", 6, " %5.1f")),
          Map.entry('W', new Field("Wrst", 6, " %5.1f")),
          Map.entry('V', new Field("StDev", 6, " %5.1f")));

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) throws InterruptedException {
    Probing probing = Probing.of(call, SPEC);
    int cycles = (int) Math.min(MOST_CYCLES, probing.whole("-c", USUAL, 1, Integer.MAX_VALUE));
    double interval = wait(call, probing, "-i", 1);
    double grace = wait(call, probing, "-G", GRACE);
    int most = (int) Math.clamp(probing.number("-m", 30), 1, MOST_HOPS);
    int first = (int) Math.clamp(probing.number("-f", 1), 1, most);
    int size = (int) Math.clamp(probing.number("-s", SIZE), 28, 65_535);
    String fields = probing.text("-o").orElse(FIELDS);
    for (int i = 0; i < fields.length(); i++) {
      char c = fields.charAt(i);
      if (!ALL.containsKey(c)) {
        throw call.wrong(
            "PING004", probing.wordOf("-o"), "mtr: Unknown field identifier: " + c, FIELDS);
      }
    }
    Optional<InetAddress> found = probing.address();
    if (found.isEmpty()) {
      call.err()
          .println("mtr: Failed to resolve host: " + probing.host() + ": " + probing.unknown());
      return MagicResult.of(new Report(InetAddress.getLoopbackAddress(), List.of(), ""), 1);
    }
    InetAddress to = found.get();
    Probe.Kind wanted =
        probing.has("-T") ? Probe.Kind.SYN : probing.has("-u") ? Probe.Kind.UDP : Probe.Kind.ECHO;
    Probe.Kind kind = probing.kind(wanted, Probe.Kind.UDP, to);
    Instant start = probing.clock().instant();
    List<Hop> hops = measure(probing, to, kind, first, most, size, cycles, interval, grace);
    StringBuilder out = new StringBuilder();
    if (probing.has("-j")) {
      json(out, probing, hops, fields, cycles, size);
    } else if (probing.has("-C")) {
      csv(out, probing, hops, fields, start);
    } else {
      out.append("Start: ")
          .append(
              DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ssxx")
                  .format(start.atOffset(ZoneOffset.UTC)))
          .append('\n');
      print(out, probing, hops, fields);
    }
    call.out().print(out);
    return MagicResult.of(new Report(to, hops, out.toString()));
  }

  private static double wait(MagicCall call, Probing probing, String option, double usual) {
    double seconds = probing.number(option, usual);
    if (seconds <= 0) {
      throw call.wrong(
          "PING003",
          probing.wordOf(option),
          "mtr: wait time must be positive",
          option + " " + (int) usual);
    }
    return seconds;
  }

  /** In the lab all is known at once, also what comes when nobody waits any more. */
  private static Echo heard(Probing probing, Echo echo, long over) {
    Duration left = Duration.ofNanos(over - probing.clock().nanoTime());
    boolean late =
        switch (echo) {
          case Echo.Reply reply -> reply.after().compareTo(left) > 0;
          case Echo.Returned returned -> returned.after().compareTo(left) > 0;
          case Echo.Silence _, Echo.Refused _ -> false;
        };
    return late && !probing.isReal() ? new Echo.Silence(left) : echo;
  }

  private static List<Hop> measure(
      Probing probing,
      InetAddress to,
      Probe.Kind kind,
      int first,
      int most,
      int size,
      int cycles,
      double interval,
      double grace)
      throws InterruptedException {
    int id = ThreadLocalRandom.current().nextInt(1, 0x10000);
    int port = (int) Math.clamp(probing.number("-P", 0), 0, 65_535);
    int number = 0;
    long start = probing.clock().nanoTime();
    long over = start + Math.round(((cycles - 1) * interval + grace) * 1e9);
    List<List<Duration>> times = new ArrayList<>();
    List<Optional<InetAddress>> by = new ArrayList<>();
    int end = most;
    for (int cycle = 0; cycle < cycles; cycle++) {
      probing.waitUntil(start + Math.round(cycle * interval * 1e9));
      int silent = 0;
      int round = number;
      int hops = end - first + 1;
      number += hops;
      try (Probing.Volley volley =
          probing
          .new Volley(
              to,
              hops,
              PATIENCE,
              n -> {
                int next = round + n + 1;
                // Of UDP the ports count up from there, unless one is wanted.
                int at = port == 0 || kind == Probe.Kind.SYN ? port : port - next + 1 & 0xffff;
                return new Probe(kind, first + n, size, /* whole= */ false, id, next, at);
              })) {
        for (int ttl = first; ttl <= end && silent < UNKNOWN; ttl++) {
          int at = ttl - first;
          if (at == times.size()) {
            times.add(new ArrayList<>());
            by.add(Optional.empty());
          }
          switch (heard(probing, volley.answer(at), over)) {
            case Echo.Reply reply -> {
              end = ttl;
              by.set(at, Optional.of(reply.by()));
              times.get(at).add(reply.after());
            }
            case Echo.Returned returned -> {
              // Who refuses is the last that is reported.
              end = returned.why() == Echo.Why.TIME_EXCEEDED ? end : ttl;
              by.set(at, Optional.of(returned.by()));
              times.get(at).add(returned.after());
            }
            case Echo.Silence _, Echo.Refused _ -> silent++;
          }
        }
      }
    }
    if (!probing.isReal()) {
      // Here each round has been waited for.
      probing.waitUntil(over);
    }
    int last = 0;
    for (int i = 0; i < by.size(); i++) {
      last = by.get(i).isPresent() ? (i + first == end ? i + 1 : i + 2) : last;
    }
    List<Hop> found = new ArrayList<>();
    for (int i = 0; i < Math.min(last, end - first + 1); i++) {
      boolean asked = i < times.size();
      found.add(
          new Hop(
              i + first,
              asked ? by.get(i) : Optional.empty(),
              cycles,
              asked ? times.get(i) : List.of()));
    }
    return found;
  }

  private static void print(StringBuilder out, Probing probing, List<Hop> hops, String fields) {
    boolean wide = probing.has("-w");
    List<String> names = hops.stream().map(h -> name(probing, h)).toList();
    boolean networks = probing.has("-z");
    int hosts =
        wide
            ? Math.max(
                probing.from().length(), names.stream().mapToInt(String::length).max().orElse(0))
            : HOSTS;
    // With a network's number before it, a name begins further right.
    int room = networks ? 15 + hosts : 8 + hosts;
    int head = !wide ? hosts : networks ? room : 6 + hosts;
    line(out, pad("HOST: " + probing.from(), room), head, fields, null);
    for (int i = 0; i < hops.size(); i++) {
      Hop hop = hops.get(i);
      String before =
          networks ? String.format(Locale.ROOT, " %-9s", network(probing, hop)) : "|-- ";
      String row = String.format(Locale.ROOT, " %2d.%s%s", hop.ttl(), before, names.get(i));
      line(out, pad(row, room), wide ? room : hosts, fields, hop);
    }
  }

  /** The number of the network that an address is in. */
  private static String network(Probing probing, Hop hop) {
    return "AS" + hop.by().flatMap(probing::networkOf).orElse("???");
  }

  private static void json(
      StringBuilder out, Probing probing, List<Hop> hops, String fields, int cycles, int size) {
    Json.Obj mtr =
        Json.Obj.EMPTY
            .with("src", Json.of(probing.from()))
            .with("dst", Json.of(probing.host()))
            .with("tos", Json.of(0L))
            .with("tests", Json.of((long) cycles))
            .with("psize", Json.of(Integer.toString(size)))
            .with("bitpattern", Json.of("0x00"));
    List<Json> hubs = new ArrayList<>();
    for (Hop hop : hops) {
      Json.Obj hub =
          Json.Obj.EMPTY
              .with("count", Json.of((long) hop.ttl()))
              .with("host", Json.of(name(probing, hop)));
      if (probing.has("-z")) {
        hub = hub.with("ASN", Json.of(network(probing, hop)));
      }
      for (char c : fields.replace(" ", "").toCharArray()) {
        double value = value(c, hop);
        Json number =
            COUNTED.indexOf(c) >= 0
                ? Json.of((long) value)
                : Json.of(Math.round(value * 1000) / 1000.0);
        hub = hub.with(field(c).title, number);
      }
      hubs.add(hub);
    }
    Json.Obj report = Json.Obj.EMPTY.with("mtr", mtr).with("hubs", Json.of(hubs));
    out.append(Json.Obj.EMPTY.with("report", report).write(JsonStyle.COMPACT.withIndent("    ")))
        .append('\n');
  }

  private static void csv(
      StringBuilder out, Probing probing, List<Hop> hops, String fields, Instant start) {
    out.append("Mtr_Version,Start_Time,Status,Host,Hop,Ip,");
    out.append(probing.has("-z") ? "Asn," : "");
    fields.chars().forEach(c -> out.append(field((char) c).title).append(','));
    for (Hop hop : hops) {
      out.append(
          "\nMTR.0.95,%d,OK,%s,%d,%s"
              .formatted(start.getEpochSecond(), probing.host(), hop.ttl(), name(probing, hop)));
      out.append(probing.has("-z") ? "," + network(probing, hop) : "");
      for (int i = 0; i < fields.length(); i++) {
        char c = fields.charAt(i);
        boolean counted = COUNTED.indexOf(c) >= 0;
        out.append(
            String.format(Locale.ROOT, counted ? ",%.0f" : ",%.2f", c == ' ' ? 0 : value(c, hop)));
      }
    }
    out.append('\n');
  }

  private static String name(Probing probing, Hop hop) {
    if (hop.by().isEmpty()) {
      return "???";
    }
    String address = Probing.text(hop.by().get());
    Optional<String> name = probing.has("-n") ? Optional.empty() : probing.nameOf(hop.by().get());
    return name.map(n -> probing.has("-b") ? n + " (" + address + ")" : n).orElse(address);
  }

  /** As mtr fills its line: a field that is too long is cut by the next one. */
  private static void line(
      StringBuilder out,
      String head,
      int from,
      String fields,
      @org.jspecify.annotations.Nullable Hop hop) {
    StringBuilder line = new StringBuilder(head.substring(0, from));
    int at = from;
    for (int i = 0; i < fields.length(); i++) {
      char c = fields.charAt(i);
      Field field = field(c);
      line.setLength(at);
      line.append(
          hop == null
              ? " ".repeat(Math.max(0, field.width - field.title.length())) + field.title
              : c == ' ' ? " " : String.format(Locale.ROOT, field.format, value(c, hop)));
      at += field.width;
    }
    out.append(line).append('\n');
  }

  private static Field field(char letter) {
    return ALL.getOrDefault(letter, new Field(" ", 1, " "));
  }

  private static double value(char field, Hop hop) {
    double[] millis = hop.roundTrips().stream().mapToDouble(d -> d.toNanos() / 1e6).toArray();
    double average = java.util.Arrays.stream(millis).average().orElse(0);
    return switch (field) {
      case 'L' -> hop.lossPercent();
      case 'D' -> hop.sent() - millis.length;
      case 'R' -> millis.length;
      case 'S' -> hop.sent();
      case 'N' -> millis.length == 0 ? 0 : millis[millis.length - 1];
      case 'B' -> java.util.Arrays.stream(millis).min().orElse(0);
      case 'A' -> average;
      case 'W' -> java.util.Arrays.stream(millis).max().orElse(0);
      default ->
          millis.length < 2
              ? 0
              : Math.sqrt(
                  java.util.Arrays.stream(millis).map(m -> (m - average) * (m - average)).sum()
                      / (millis.length - 1));
    };
  }

  private static String pad(String text, int width) {
    return text.length() >= width ? text : text + " ".repeat(width - text.length());
  }
}

package wirebook.magics;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import wirebook.internet.Lab;
import wirebook.internet.Probe;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Syntax;
import wirebook.spi.MagicSpec.Values;

/** {@code %ping} in the lab: echo requests, printed as ping of iputils 20221126 does. */
public final class Ping implements Magic {
  private static final int HEADERS4 = 28;
  private static final int HEADERS6 = 48;
  private static final int MOST = 1000;
  private static final int USUAL = 4;
  private static final int LARGEST = 65_507;

  private static final MagicSpec SPEC =
      MagicSpec.named(
              "ping", "Sends echo requests to a host of the lab, and prints what ping prints")
          .synopsis(
              "[-46nqDO] [-c COUNT] [-i SECONDS] [-s BYTES] [-t TTL] [-w SECONDS] [-W SECONDS] [-M do] HOST")
          .syntax(Syntax.LITERAL)
          .value(Pings.class)
          .option(Option.flag("IPv4 only", "-4"))
          .option(Option.flag("IPv6 only", "-6"))
          .option(Option.flag("addresses as numbers", "-n"))
          .option(Option.flag("only the summary", "-q"))
          .option(Option.flag("the time before each line", "-D"))
          .option(Option.flag("say at once what was not answered", "-O"))
          .option(Option.of("SECONDS", Values.ANY, "end after this time", "-w"))
          .option(Option.of("COUNT", Values.ANY, "so many requests; 4 without it", "-c"))
          .option(Option.of("SECONDS", Values.ANY, "between two requests", "-i"))
          .option(Option.of("BYTES", Values.ANY, "the size of the data", "-s"))
          .option(Option.of("TTL", Values.ANY, "the time to live", "-t"))
          .option(Option.of("SECONDS", Values.ANY, "how long to wait for the last answer", "-W"))
          .option(Option.of("do|want|dont", Values.ANY, "whether routers may cut it", "-M"))
          .operand("host", Values.HOST, true, false)
          .example("%ping -c 3 httpbin.org", "three round trips")
          .example(
              "%ping -c 1 -M do -s 1472 google.com",
              "the largest packet that Ethernet carries whole")
          .build();

  /**
   * What came of the requests.
   *
   * @param roundTrips of those that were answered, in their order
   */
  public record Pings(InetAddress to, int sent, List<Duration> roundTrips, String text) {
    public Pings {
      roundTrips = List.copyOf(roundTrips);
    }

    /** The share that was not answered, in percent. */
    public int lossPercent() {
      return sent == 0 ? 0 : 100 * (sent - roundTrips.size()) / sent;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) {
    Probing probing = Probing.of(call, SPEC, "cistWMw");
    double interval = probing.number("-i", 1);
    double deadline = probing.number("-w", Double.POSITIVE_INFINITY);
    int most =
        probing.has("-w") ? (int) Math.min(MOST, deadline / Math.max(0.001, interval) + 1) : USUAL;
    int count = Math.min(MOST, (int) probing.number("-c", most));
    count = probing.has("-w") ? Math.min(count, most) : count;
    int size = (int) probing.number("-s", 56);
    if (size > LARGEST) {
      throw call.wrong(
          "PING003", probing.wordOf("-s"), "a packet has at most 65507 bytes of data", "-s 56");
    }
    int ttl = (int) probing.number("-t", 64);
    boolean whole = probing.text("-M").filter("do"::equals).isPresent();
    Lab lab = probing.lab();
    Optional<InetAddress> found = probing.address();
    if (found.isEmpty()) {
      call.err().println("ping: " + probing.host() + ": " + probing.unknown());
      return MagicResult.of(new Pings(InetAddress.getLoopbackAddress(), 0, List.of(), ""), 2);
    }
    InetAddress to = found.get();
    boolean six = to instanceof Inet6Address;
    int headers = six ? HEADERS6 : HEADERS4;
    StringBuilder out = new StringBuilder();
    String address = Probing.text(to);
    String named =
        probing.isLiteral() || probing.has("-n")
            ? address
            : lab.nameOf(to).map(n -> n + " (" + address + ")").orElse(address);
    out.append(
        six
            ? "PING %s(%s) %d data bytes\n"
                .formatted(probing.host(), probing.isLiteral() ? address : named, size)
            : "PING %s (%s) %d(%d) bytes of data.\n"
                .formatted(probing.host(), address, size, size + headers));
    List<Duration> answered = new ArrayList<>();
    List<Line> lines = new ArrayList<>();
    int errors = 0;
    int id = ThreadLocalRandom.current().nextInt(1, 0x10000);
    long start = lab.clock().nanoTime();
    for (int i = 1; i <= count; i++) {
      lab.waitedUntil(start + Math.round((i - 1) * interval * 1e9));
      Lab.Echo echo =
          lab.echo(
              probing.from(), to, new Probe(Probe.Kind.ECHO, ttl, size + headers, whole, id, i));
      String line;
      long arrival = lab.clock().nanoTime() + echo.after().toNanos();
      switch (echo) {
        case Lab.Echo.Reply reply -> {
          answered.add(reply.after());
          line =
              "%d bytes from %s: icmp_seq=%d ttl=%d time=%s ms"
                  .formatted(size + 8, named, i, reply.ttl(), time(reply.after()));
        }
        case Lab.Echo.Returned returned -> {
          errors++;
          line =
              "From %s icmp_seq=%d %s"
                  .formatted(probing.name(returned.by()), i, words(returned, six));
        }
        case Lab.Echo.Silence _ -> {
          // It is noticed when the next one is sent.
          line = probing.has("-O") && i < count ? "no answer yet for icmp_seq=" + i : "";
          arrival = lab.clock().nanoTime() + Math.round(interval * 1e9);
        }
        case Lab.Echo.Refused refused when refused.mtu() > 0 -> {
          errors++;
          line = "ping: local error: message too long, mtu=" + refused.mtu();
        }
        case Lab.Echo.Refused refused when !refused.after().isZero() -> {
          // A neighbour that was asked for and did not answer; a route that refuses does so at
          // once.
          errors++;
          line = "From %s icmp_seq=%d Destination Host Unreachable".formatted(probing.own(six), i);
        }
        case Lab.Echo.Refused refused -> {
          call.err()
              .println(
                  refused.error().equals("Permission denied") && !six
                      ? "ping: Do you want to ping broadcast? Then -b. If not, check your local"
                          + " firewall rules"
                      : "ping: connect: " + refused.error());
          return MagicResult.of(new Pings(to, 0, List.of(), ""), 2);
        }
      }
      if (!line.isEmpty() && !probing.has("-q")) {
        lines.add(new Line(arrival, line));
      }
    }
    // What was overtaken on the way comes later.
    lines.stream()
        .sorted(Comparator.comparingLong(Line::at))
        .forEach(
            l -> out.append(probing.has("-D") ? stamp(lab, l.at) : "").append(l.text).append('\n'));
    Duration last =
        answered.isEmpty()
            ? Duration.ofMillis(Math.round(1000 * probing.number("-W", 10)))
            : answered.getLast();
    lab.waitedUntil(lab.clock().nanoTime() + last.toNanos());
    summary(
        out, probing.host(), count, answered, errors, Math.round((count - 1) * interval * 1000));
    call.out().print(out);
    return MagicResult.of(
        new Pings(to, count, answered, out.toString()), answered.isEmpty() ? 1 : 0);
  }

  /** What is printed, and when in the lab's nanoseconds. */
  private record Line(long at, String text) {}

  private static String stamp(Lab lab, long at) {
    Instant time = lab.clock().instant().plusNanos(at - lab.clock().nanoTime());
    return String.format(Locale.ROOT, "[%d.%06d] ", time.getEpochSecond(), time.getNano() / 1000);
  }

  private static void summary(
      StringBuilder out, String host, int sent, List<Duration> answered, int errors, long millis) {
    out.append("\n--- ").append(host).append(" ping statistics ---\n");
    out.append("%d packets transmitted, %d received, ".formatted(sent, answered.size()));
    out.append(errors > 0 ? "+" + errors + " errors, " : "");
    double loss = 100.0 * (sent - answered.size()) / sent;
    String percent = String.format(Locale.ROOT, "%.4f", loss).replaceFirst("\\.?0+$", "");
    out.append("%s%% packet loss, time %dms\n".formatted(percent, millis));
    if (answered.isEmpty()) {
      out.append('\n');
      return;
    }
    double[] times = answered.stream().mapToDouble(d -> d.toNanos() / 1e6).toArray();
    double average = java.util.Arrays.stream(times).average().orElse(0);
    double squares = java.util.Arrays.stream(times).map(t -> t * t).average().orElse(0);
    out.append(
        String.format(
            Locale.ROOT,
            "rtt min/avg/max/mdev = %.3f/%.3f/%.3f/%.3f ms%n",
            java.util.Arrays.stream(times).min().orElse(0),
            average,
            java.util.Arrays.stream(times).max().orElse(0),
            Math.sqrt(Math.max(0, squares - average * average))));
  }

  /** As many digits as ping shows. */
  private static String time(Duration d) {
    double millis = d.toNanos() / 1e6;
    int digits = millis >= 100 ? 0 : millis >= 10 ? 1 : millis >= 1 ? 2 : 3;
    return String.format(Locale.ROOT, "%." + digits + "f", millis);
  }

  private static String words(Lab.Echo.Returned returned, boolean six) {
    return switch (returned.why()) {
      case TIME_EXCEEDED -> six ? "Time exceeded: Hop limit" : "Time to live exceeded";
      case NET_UNREACHABLE ->
          six ? "Destination unreachable: No route" : "Destination Net Unreachable";
      case HOST_UNREACHABLE ->
          six ? "Destination unreachable: Address unreachable" : "Destination Host Unreachable";
      case PROHIBITED ->
          six ? "Destination unreachable: Administratively prohibited" : "Packet filtered";
      case TOO_LARGE ->
          six
              ? "Packet too big: mtu=" + returned.mtu()
              : "Frag needed and DF set (mtu = " + returned.mtu() + ")";
    };
  }
}

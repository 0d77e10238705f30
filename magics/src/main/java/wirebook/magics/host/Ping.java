package wirebook.magics.host;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import wirebook.engine.socket.icmp.Echo;
import wirebook.engine.socket.icmp.Probe;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Syntax;
import wirebook.spi.MagicSpec.Values;

/** {@code %ping}: echo requests, printed as ping of iputils 20221126 does. */
public final class Ping implements Magic {
  private static final int HEADERS4 = 28;
  private static final int HEADERS6 = 48;
  private static final int MOST = 1000;
  private static final List<String> FRAGMENTING = List.of("do", "dont", "want");
  private static final int USUAL = 4;
  private static final int LARGEST = 65_507;
  private static final Duration TOGETHER = Duration.ofMillis(5);
  private static final Duration PATIENCE = Duration.ofMinutes(20);

  private static final MagicSpec SPEC =
      MagicSpec.named("ping", "Sends echo requests to a host, and prints what ping prints")
          .synopsis(
              "[-46bnqDO] [-c COUNT] [-i SECONDS] [-s BYTES] [-t TTL] [-w SECONDS] [-W SECONDS] [-M do] HOST")
          .syntax(Syntax.LITERAL_COMMAND)
          .value(Pings.class)
          .option(Option.flag("IPv4 only", "-4"))
          .option(Option.flag("IPv6 only", "-6"))
          .option(Option.flag("addresses as numbers", "-n"))
          .option(Option.flag("only the summary", "-q"))
          .option(Option.flag("a broadcast address too; in the lab", "-b"))
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
  public MagicResult run(MagicCall call) throws InterruptedException {
    Probing probing = Probing.of(call, SPEC);
    double interval = Math.max(0, probing.seconds("-i", 1));
    double linger = probing.seconds("-W", 10);
    double deadline =
        probing.has("-w") ? probing.whole("-w", 0, 0, Integer.MAX_VALUE) : Double.POSITIVE_INFINITY;
    int most =
        probing.has("-w") ? (int) Math.min(MOST, deadline / Math.max(0.001, interval) + 1) : USUAL;
    int count = (int) Math.min(MOST, probing.whole("-c", most, 1, Long.MAX_VALUE));
    count = probing.has("-w") ? Math.min(count, most) : count;
    int size = (int) probing.whole("-s", 56, 0, Integer.MAX_VALUE);
    int ttl = (int) probing.whole("-t", 64, 0, 255);
    if (linger < 0) {
      throw call.wrong(
          "PING003",
          probing.wordOf("-W"),
          "ping: bad linger time: " + probing.text("-W").orElse(""),
          "-W 2");
    }
    if (probing.has("-4") && probing.has("-6")) {
      throw call.wrong(
          "PING003",
          probing.wordOf("-6"),
          "ping: only one -4 or -6 option may be specified",
          "leave one out");
    }
    if (size > LARGEST) {
      throw call.wrong(
          "PING003", probing.wordOf("-s"), "a packet has at most 65507 bytes of data", "-s 56");
    }
    probing
        .text("-M")
        .filter(way -> !FRAGMENTING.contains(way))
        .ifPresent(
            way -> {
              throw call.wrong(
                  "PING003",
                  probing.wordOf("-M"),
                  "ping: invalid -M argument: " + way,
                  String.join(", ", FRAGMENTING));
            });
    Optional<InetAddress> found = probing.address();
    if (found.isEmpty()) {
      call.err().println("ping: " + probing.host() + ": " + probing.unknown());
      return MagicResult.of(new Pings(InetAddress.getLoopbackAddress(), 0, List.of(), ""), 2);
    }
    InetAddress to = found.get();
    if (to.isAnyLocalAddress()) {
      // Where Linux connects to no address, it takes its own.
      to = InetAddress.ofLiteral(to instanceof Inet6Address ? "::1" : "127.0.0.1");
    }
    return new Run(call, probing, to, new Wanted(count, interval, deadline, linger, size, ttl))
        .run();
  }

  /** What the options ask for; times are seconds. */
  private record Wanted(
      int count, double interval, double deadline, double linger, int size, int ttl) {}

  /** What came of a request, and when in the network's nanoseconds. */
  private record Answer(int number, Echo echo, long at) {}

  /** One use: what was asked for, and what has come of it. */
  private static final class Run {
    private final MagicCall call;
    private final Probing probing;
    private final InetAddress to;
    private final boolean six;
    private final int count;
    private final long interval;
    private final double deadline;
    private final double linger;
    private final int size;
    private final int ttl;
    private final Probe.Kind kind;
    private final int id = ThreadLocalRandom.current().nextInt(1, 0x10000);
    private final String named;
    private final StringBuilder out = new StringBuilder();
    private final List<Duration> answered = new ArrayList<>();
    private long start;
    private long newest;
    private int sent;
    private int errors;
    private int pipe;
    private Optional<String> refusal = Optional.empty();

    Run(MagicCall call, Probing probing, InetAddress to, Wanted wanted) {
      this.call = call;
      this.probing = probing;
      this.to = to;
      this.six = to instanceof Inet6Address;
      this.count = wanted.count;
      this.interval = Math.round(wanted.interval * 1e9);
      this.deadline = wanted.deadline;
      this.linger = wanted.linger;
      this.size = wanted.size;
      this.ttl = wanted.ttl;
      this.kind = probing.kind(Probe.Kind.ECHO, Probe.Kind.SYN, to);
      this.named = probing.isLiteral() ? Probing.text(to) : probing.name(to);
      this.start = probing.clock().nanoTime();
      this.newest = start;
    }

    MagicResult run() throws InterruptedException {
      try {
        if (probing.isReal()) {
          real();
        } else {
          lab();
        }
      } catch (InterruptedException e) {
        summary();
        throw e;
      }
      if (refusal.isPresent()) {
        call.err().println(refusal.get());
        return MagicResult.of(new Pings(to, 0, List.of(), ""), 2);
      }
      summary();
      return MagicResult.of(
          new Pings(to, sent, answered, out.toString()), answered.isEmpty() ? 1 : 0);
    }

    private String head() {
      String address = Probing.text(to);
      return kind == Probe.Kind.SYN
          ? "PING %s (%s) port 80 of TCP.\n".formatted(probing.host(), address)
          : six
              ? "PING %s(%s) %d data bytes\n".formatted(probing.host(), named, size)
              : "PING %s (%s) %d(%d) bytes of data.\n"
                  .formatted(probing.host(), address, size, size + HEADERS4);
    }

    private Probe probe(int number) {
      int all = size + (six ? HEADERS6 : HEADERS4);
      // As Linux sends what nobody says anything of: whole as far as is known to be possible.
      boolean whole =
          switch (probing.text("-M").orElse("want")) {
            case "do" -> true;
            case "want" -> probing.fits(all, to);
            default -> false;
          };
      return new Probe(kind, ttl, all, whole, id, number);
    }

    /** All is known at once, also what was overtaken on the way and comes later. */
    private void lab() throws InterruptedException {
      List<Answer> answers = new ArrayList<>();
      for (int i = 1; i <= count; i++) {
        newest = start + (i - 1) * interval;
        probing.waitUntil(newest);
        long now = probing.clock().nanoTime();
        Echo echo = probing.ask(probe(i), to, Duration.ZERO);
        if (probing.has("-b") && isBroadcast(echo)) {
          if (i == 1) {
            call.err().println("WARNING: pinging broadcast address");
          }
          // As Linux has it (icmp_echo_ignore_broadcasts), nobody answers.
          echo = new Echo.Silence(Duration.ZERO);
        }
        // Silence is noticed when the next one is sent.
        boolean silent = echo instanceof Echo.Silence;
        answers.add(new Answer(i, echo, now + (silent ? interval : echo.after().toNanos())));
        refusal = i == 1 ? refused(echo) : refusal;
        if (refusal.isPresent()) {
          return;
        }
      }
      say(head());
      answers.sort(Comparator.comparingLong(Answer::at));
      for (Answer answer : answers) {
        sent = (int) Math.min(count, (answer.at - start) / Math.max(1, interval) + 1);
        if (answer.echo instanceof Echo.Silence) {
          late(answer.number, answer.at);
        } else {
          take(answer);
        }
      }
      sent = count;
      // Who has heard of all of them, good or bad, waits no more.
      probing.waitUntil(
          answered.size() + errors >= count
              ? answers.getLast().at
              : probing.clock().nanoTime()
                  + (answered.isEmpty() ? linger() : answered.getLast().toNanos()));
    }

    private void real() throws InterruptedException {
      refusal = probing.way(to).flatMap(this::refused);
      if (refusal.isPresent()) {
        return;
      }
      say(head());
      start = probing.clock().nanoTime();
      BlockingQueue<Answer> answers = new LinkedBlockingQueue<>();
      boolean[] heard = new boolean[count + 1];
      int open = 0;
      long end = deadline < MOST ? start + Math.round(deadline * 1e9) : Long.MAX_VALUE;
      ExecutorService asking = Executors.newVirtualThreadPerTaskExecutor();
      try {
        while (sent < count && probing.clock().nanoTime() < end) {
          if (sent > 0 && !heard[sent]) {
            late(sent, probing.clock().nanoTime());
          }
          newest = probing.clock().nanoTime();
          int number = ++sent;
          long at = newest;
          open++;
          var _ =
              asking.submit(
                  () -> {
                    Echo echo = probing.ask(probe(number), to, PATIENCE);
                    answers.add(new Answer(number, echo, at + echo.after().toNanos()));
                  });
          long next;
          do {
            next = sent < count ? start + sent * interval : newest + linger();
            Answer answer =
                answers.poll(
                    Math.min(next, end) - probing.clock().nanoTime(), TimeUnit.NANOSECONDS);
            if (answer == null) {
              break;
            }
            // What comes at once is told in its order.
            probing.clock().sleep(TOGETHER);
            List<Answer> together = new ArrayList<>(List.of(answer));
            answers.drainTo(together);
            together.sort(
                Comparator.<Answer>comparingLong(a -> a.at / 1_000_000)
                    .thenComparingInt(Answer::number));
            open -= together.size();
            for (Answer one : together) {
              heard[one.number] = !(one.echo instanceof Echo.Silence);
              take(one);
            }
          } while (sent < count || open > 0);
        }
      } finally {
        asking.shutdownNow();
      }
    }

    /**
     * How long the last answer is waited for: without any, as asked for; else twice the slowest.
     */
    private long linger() {
      long slowest = answered.stream().mapToLong(Duration::toNanos).max().orElse(0);
      return answered.isEmpty() ? Math.round(linger * 1e9) : Math.max(2 * slowest, interval);
    }

    private void late(int number, long at) {
      if (probing.has("-O") && number < count) {
        line("no answer yet for icmp_seq=" + number, at);
      }
    }

    private void take(Answer answer) {
      int number = answer.number;
      switch (answer.echo) {
        case Echo.Reply reply -> {
          answered.add(reply.after());
          String time = time(reply.after());
          line(
              kind == Probe.Kind.SYN
                  ? "answer from %s: tcp_seq=%d port=80 time=%s ms".formatted(named, number, time)
                  : "%d bytes from %s: icmp_seq=%d ttl=%d time=%s ms"
                      .formatted(size + 8, named, number, reply.ttl(), time),
              answer.at);
        }
        case Echo.Returned returned -> {
          errors++;
          line(
              "From %s icmp_seq=%d %s"
                  .formatted(probing.name(returned.by()), number, words(returned, six)),
              answer.at);
        }
        case Echo.Silence _ -> {
          return;
        }
        case Echo.Refused refused when refused.mtu() > 0 -> {
          errors++;
          line("ping: local error: message too long, mtu=" + refused.mtu(), answer.at);
        }
        case Echo.Refused refused when !refused.after().isZero() -> {
          // A neighbour that was asked for and did not answer; a route that refuses does so at
          // once.
          errors++;
          line(
              "From %s icmp_seq=%d Destination Host Unreachable"
                  .formatted(probing.own(six), number),
              answer.at);
        }
        case Echo.Refused refused -> line("ping: sendmsg: " + refused.error(), answer.at);
      }
      pipe = Math.max(pipe, sent - number + 1);
    }

    /** What connect says where nothing can be sent at all. */
    private Optional<String> refused(Echo echo) {
      return echo instanceof Echo.Refused r && r.mtu() == 0 && r.after().isZero()
          ? Optional.of(
              isBroadcast(echo)
                  ? "ping: Do you want to ping broadcast? Then -b. If not, check your local"
                      + " firewall rules"
                  : "ping: connect: " + r.error())
          : Optional.empty();
    }

    private boolean isBroadcast(Echo echo) {
      return echo instanceof Echo.Refused r && r.error().equals("Permission denied") && !six;
    }

    private void line(String text, long at) {
      if (!probing.has("-q")) {
        say((probing.has("-D") ? stamp(at) : "") + text + "\n");
      }
    }

    /** What is waited for is seen as it comes. */
    private void say(String text) {
      out.append(text);
      call.out().print(text);
      call.out().flush();
    }

    private String stamp(long at) {
      Instant time = probing.clock().instant().plusNanos(at - probing.clock().nanoTime());
      return String.format(Locale.ROOT, "[%d.%06d] ", time.getEpochSecond(), time.getNano() / 1000);
    }

    private void summary() {
      StringBuilder text = new StringBuilder();
      text.append("\n--- ").append(probing.host()).append(" ping statistics ---\n");
      text.append("%d packets transmitted, %d received, ".formatted(sent, answered.size()));
      text.append(errors > 0 ? "+" + errors + " errors, " : "");
      double loss = 100.0 * (sent - answered.size()) / Math.max(1, sent);
      String percent = String.format(Locale.ROOT, "%.4f", loss).replaceFirst("\\.?0+$", "");
      text.append("%s%% packet loss, time %dms\n".formatted(percent, (newest - start) / 1_000_000));
      double[] times = answered.stream().mapToDouble(d -> d.toNanos() / 1e6).toArray();
      if (times.length > 0) {
        double average = Arrays.stream(times).average().orElse(0);
        double squares = Arrays.stream(times).map(t -> t * t).average().orElse(0);
        text.append(
            String.format(
                Locale.ROOT,
                "rtt min/avg/max/mdev = %.3f/%.3f/%.3f/%.3f ms",
                Arrays.stream(times).min().orElse(0),
                average,
                Arrays.stream(times).max().orElse(0),
                Math.sqrt(Math.max(0, squares - average * average))));
      }
      // So many were on their way at once.
      text.append(pipe > 1 ? (times.length > 0 ? ", " : "") + "pipe " + pipe : "").append('\n');
      say(text.toString());
    }
  }

  /** As many digits as ping shows. */
  private static String time(Duration d) {
    double millis = d.toNanos() / 1e6;
    int digits = millis >= 100 ? 0 : millis >= 10 ? 1 : millis >= 1 ? 2 : 3;
    return String.format(Locale.ROOT, "%." + digits + "f", millis);
  }

  private static String words(Echo.Returned returned, boolean six) {
    return switch (returned.why()) {
      case TIME_EXCEEDED -> six ? "Time exceeded: Hop limit" : "Time to live exceeded";
      case NET_UNREACHABLE ->
          six ? "Destination unreachable: No route" : "Destination Net Unreachable";
      case HOST_UNREACHABLE ->
          six ? "Destination unreachable: Address unreachable" : "Destination Host Unreachable";
      case PROTOCOL_UNREACHABLE ->
          six ? "Parameter problem: Unknown header" : "Destination Protocol Unreachable";
      case PORT_UNREACHABLE ->
          six ? "Destination unreachable: Port unreachable" : "Destination Port Unreachable";
      case NET_PROHIBITED ->
          six ? "Destination unreachable: Unknown code: 5" : "Destination Net Prohibited";
      case HOST_PROHIBITED ->
          six ? "Destination unreachable: Unknown code: 6" : "Destination Host Prohibited";
      case PROHIBITED ->
          six ? "Destination unreachable: Administratively prohibited" : "Packet filtered";
      case TOO_LARGE ->
          six
              ? "Packet too big: mtu=" + returned.mtu()
              : "Frag needed and DF set (mtu = " + returned.mtu() + ")";
    };
  }
}

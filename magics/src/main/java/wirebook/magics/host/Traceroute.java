package wirebook.magics.host;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntFunction;
import wirebook.engine.socket.icmp.Echo;
import wirebook.engine.socket.icmp.Probe;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicException;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Syntax;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.Word;

/** {@code %traceroute} the routers on the way, as traceroute 2.1 prints them. */
public final class Traceroute implements Magic {
  private static final int PACKET4 = 60;
  private static final int PACKET6 = 80;
  private static final int MOST_HOPS = 255;
  private static final int MOST_PROBES = 10;
  private static final int FIRST_EPHEMERAL = 32_768;
  private static final int LARGEST = 65_000;

  private static final MagicSpec SPEC =
      MagicSpec.named("traceroute", "Shows the routers on the way to a host")
          .synopsis("[-46nAITUF] [--mtu] [-f TTL] [-m HOPS] [-q PROBES] [-p PORT] HOST [BYTES]")
          .syntax(Syntax.LITERAL_COMMAND)
          .value(Way.class)
          .option(Option.flag("IPv4 only", "-4"))
          .option(Option.flag("IPv6 only", "-6"))
          .option(Option.flag("addresses as numbers", "-n"))
          .option(Option.flag("with echo requests", "-I", "--icmp"))
          .option(Option.flag("with TCP's SYN", "-T", "--tcp"))
          .option(Option.flag("with UDP", "-U", "--udp"))
          .option(Option.flag("whose network each is in", "-A", "--as-path-lookups"))
          .option(Option.flag("packets that no router may cut", "-F", "--dont-fragment"))
          .option(Option.flag("find the largest packet that no router must cut", "--mtu"))
          .option(Option.of("TTL", Values.ANY, "begin with this one", "-f", "--first"))
          .option(Option.of("PORT", Values.ANY, "UDP's first port, or TCP's", "-p", "--port"))
          .option(
              Option.of("SECONDS", Values.ANY, "how long to wait for an answer", "-w", "--wait"))
          .option(
              Option.of(
                  "COUNT", Values.ANY, "at a time; it changes nothing here", "-N", "--sim-queries"))
          .option(Option.of("SECONDS", Values.ANY, "between two packets", "-z", "--sendwait"))
          .option(Option.of("HOPS", Values.ANY, "at most so many routers", "-m", "--max-hops"))
          .option(
              Option.of("PROBES", Values.ANY, "so many packets for each router", "-q", "--queries"))
          .operand("host", Values.HOST, true, false)
          .example(
              "%traceroute httpbin.org",
              "who forwards a packet to httpbin.org; the lab's links have delay and loss, but no queue ever"
                  + " fills there and no BGP moves a route")
          .build();

  /**
   * One distance.
   *
   * @param by who answered, if anybody did
   */
  public record Hop(int ttl, Optional<InetAddress> by, List<Duration> roundTrips) {
    public Hop {
      roundTrips = List.copyOf(roundTrips);
    }
  }

  /** The way that was found. */
  public record Way(InetAddress to, List<Hop> hops, boolean reached, String text) {
    public Way {
      hops = List.copyOf(hops);
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
    int first = number(call, probing, "-f", 1);
    int most = number(call, probing, "-m", 30);
    int probes = number(call, probing, "-q", 3);
    int length = number(call, probing, Probing.LENGTH, 0);
    if (first < 1 || first > most) {
      throw wrong(call, probing.wordOf(probing.has("-f") ? "-f" : "-m"), "first hop out of range");
    }
    if (most > MOST_HOPS) {
      throw wrong(call, probing.wordOf("-m"), "max hops cannot be more than " + MOST_HOPS);
    }
    if (probes < 1 || probes > MOST_PROBES) {
      throw wrong(call, probing.wordOf("-q"), "no more than " + MOST_PROBES + " probes per hop");
    }
    if (length > LARGEST) {
      throw wrong(
          call, probing.wordOf(Probing.LENGTH), "too big packetlen " + length + " specified");
    }
    Optional<InetAddress> host = probing.address();
    if (host.isEmpty()) {
      call.err().println(probing.host() + ": " + probing.unknown());
      call.err()
          .println(
              "Cannot handle \"host\" cmdline arg `" + probing.host() + "' on position 1 (argc 1)");
      return MagicResult.of(new Way(InetAddress.getLoopbackAddress(), List.of(), false, ""), 2);
    }
    InetAddress to = host.get();
    int usual = to instanceof Inet6Address ? PACKET6 : PACKET4;
    boolean mtu = probing.has("--mtu") && !probing.has("-T");
    int size =
        probing.has("-T")
            ? usual
            : probing.has(Probing.LENGTH) ? Math.max(28, length) : mtu ? LARGEST : usual;
    int port = (int) Math.clamp(probing.number("-p", 0), 0, 65_535);
    boolean whole = mtu || probing.has("-F");
    StringBuilder out = new StringBuilder();
    out.append(
        "traceroute to %s (%s), %d hops max, %d byte packets\n"
            .formatted(probing.host(), Probing.text(to), most, size));
    List<Hop> hops = new ArrayList<>();
    Probe.Kind wanted =
        probing.has("-T") ? Probe.Kind.SYN : probing.has("-I") ? Probe.Kind.ECHO : Probe.Kind.UDP;
    Probe.Kind kind = probing.kind(wanted, Probe.Kind.UDP, to);
    int id = ThreadLocalRandom.current().nextInt(FIRST_EPHEMERAL, 0x10000);
    boolean ended = false;
    boolean reached = false;
    Duration patience = Duration.ofMillis(Math.round(1000 * probing.number("-w", 5)));
    int said = 0;
    int fitting = size;
    IntFunction<Probe> usually =
        n -> {
          int number = (first - 1) * probes + n;
          return new Probe(kind, number / probes + 1, size, whole, id, number + 1, port);
        };
    try (Probing.Volley volley =
        probing.new Volley(to, (most - first + 1) * probes, patience, usually)) {
      for (int ttl = first; ttl <= most && !ended; ttl++) {
        out.append(String.format(Locale.ROOT, "%2d ", ttl));
        List<Duration> times = new ArrayList<>();
        Optional<InetAddress> by = Optional.empty();
        for (int i = 0; i < probes; i++) {
          int number = (ttl - first) * probes + i;
          String found = "";
          Echo echo;
          if (mtu) {
            // Smaller and smaller, until it is no longer too large for the next link.
            echo = probing.ask(usually.apply(number).ofSize(fitting), to, patience);
            for (int less = mtu(echo); less > 0 && less < fitting; less = mtu(echo)) {
              fitting = less;
              found = " F=" + less;
              echo = probing.ask(usually.apply(number).ofSize(fitting), to, patience);
            }
          } else {
            echo = volley.answer(number);
          }
          String flag = "";
          InetAddress who;
          switch (echo) {
            case Echo.Reply reply -> {
              who = reply.by();
              ended = true;
              reached = true;
            }
            case Echo.Returned returned -> {
              who = returned.by();
              flag = flag(returned);
              ended |= !flag.isEmpty();
            }
            case Echo.Silence _ -> {
              out.append(" *").append(found);
              continue;
            }
            case Echo.Refused refused -> {
              call.out().print(out.substring(said, Math.max(said, out.lastIndexOf("\n") + 1)));
              call.err().println("connect: " + refused.error());
              return MagicResult.of(new Way(to, hops, false, out.toString()), 1);
            }
          }
          if (by.isEmpty() || !by.get().equals(who)) {
            String address = Probing.text(who);
            out.append(' ')
                .append(
                    probing.has("-n")
                        ? address
                        : probing.nameOf(who).orElse(address) + " (" + address + ")")
                .append(
                    probing.has("-A")
                        ? probing.networkOf(who).map(n -> " [AS" + n + "]").orElse(" [*]")
                        : "");
            by = Optional.of(who);
          }
          times.add(echo.after());
          out.append(String.format(Locale.ROOT, "  %.3f ms%s", echo.after().toNanos() / 1e6, flag))
              .append(found);
          if (!probing.isReal()) {
            probing.waitUntil(probing.clock().nanoTime() + echo.after().toNanos());
          }
        }
        hops.add(new Hop(ttl, by, times));
        out.append('\n');
        // A line is seen when it is known.
        call.out().print(out.substring(said));
        call.out().flush();
        said = out.length();
      }
    }
    return MagicResult.of(new Way(to, hops, reached, out.toString()));
  }

  private static int number(MagicCall call, Probing probing, String option, int otherwise) {
    Word word = probing.wordOf(option);
    try {
      return probing.has(option) ? Integer.parseInt(word.text()) : otherwise;
    } catch (NumberFormatException e) {
      int at = call.words().indexOf(word) + 1;
      throw wrong(
          call,
          word,
          option.equals(Probing.LENGTH)
              ? "Cannot handle \"packetlen\" cmdline arg `%s' on position 2 (argc %d)"
                  .formatted(word.text(), at)
              : "Cannot handle `%s' option with arg `%s' (argc %d)"
                  .formatted(option, word.text(), at));
    }
  }

  private static MagicException wrong(MagicCall call, Word word, String message) {
    return call.wrong("PING003", word, message, "such as -f 1 -m 30 -q 3");
  }

  /** What the next link carries, when that was too large; else zero. */
  private static int mtu(Echo echo) {
    return switch (echo) {
      case Echo.Refused refused -> refused.mtu();
      case Echo.Returned returned when returned.why() == Echo.Why.TOO_LARGE -> returned.mtu();
      case Echo.Returned _, Echo.Reply _, Echo.Silence _ -> 0;
    };
  }

  private static String flag(Echo.Returned returned) {
    return switch (returned.why()) {
      case TIME_EXCEEDED -> "";
      case NET_UNREACHABLE -> " !N";
      case HOST_UNREACHABLE -> " !H";
      case PROTOCOL_UNREACHABLE -> " !P";
      case PORT_UNREACHABLE -> " !<3>";
      case PROHIBITED, NET_PROHIBITED, HOST_PROHIBITED -> " !X";
      case TOO_LARGE -> " !F-" + returned.mtu();
    };
  }
}

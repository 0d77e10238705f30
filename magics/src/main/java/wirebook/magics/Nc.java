package wirebook.magics;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import wirebook.engine.socket.Netcat;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.Span;
import wirebook.spi.Word;
import wirebook.trace.Bytes;
import wirebook.trace.Event;
import wirebook.trace.Failure;

/** {@code %nc}: netcat, client and server, TCP and UDP. */
public final class Nc implements Magic {
  private static final Duration IN_CELL = Duration.ofSeconds(5);
  private static final Duration DATAGRAMS = Duration.ofSeconds(1);
  private static final Duration PROBE = Duration.ofSeconds(2);

  private static final MagicSpec SPEC =
      MagicSpec.named("nc", "talks to a port, or listens on one, with bytes as you give them")
          .synopsis("[-uvzxCN] [-w SECONDS] HOST PORT | -l [-ukvxC] [-w SECONDS] [HOST] PORT")
          .body(MagicSpec.Body.OPTIONAL)
          .value(Netcat.class)
          .option(
              Option.flag(
                  "listen, on loopback unless a host is given; port 0 takes a free one", "-l"))
          .option(Option.flag("UDP instead of TCP", "-u"))
          .option(Option.flag("only see whether the ports are open: 80 or 20-25", "-z"))
          .option(Option.flag("listen on after a conversation", "-k"))
          .option(Option.flag("end sending (FIN) when all is sent", "-N"))
          .option(Option.flag("send CR LF where a line ends, as HTTP wants it", "-C"))
          .option(Option.flag("say what happens", "-v"))
          .option(Option.flag("show both directions in hex", "-x"))
          .option(Option.flag("addresses and ports are numbers only; taken for granted", "-n"))
          .option(Option.of("SECONDS", Values.ANY, "wait so long for the next bytes", "-w"))
          .operand("host", Values.HOST, false, false)
          .operand("port", Values.PORT, false, false)
          .example("%nc -zv localhost 8080-8090", "which of these ports are open")
          .example("%%nc -C httpbin.org 80\nGET /get HTTP/1.0\nHost: httpbin.org\n", "HTTP by hand")
          .example(
              "%nc -lk 9000",
              "a listener that shows what comes; stop it by running it again, or with close()")
          .build();

  /** The listeners of this session, by port. */
  static final class Listeners {
    private final Map<Integer, Netcat> byPort = new ConcurrentHashMap<>();
  }

  private record Options(
      boolean listen,
      boolean udp,
      boolean scan,
      boolean keep,
      boolean halfClose,
      boolean verbose,
      boolean hex,
      boolean crlf,
      Optional<Duration> idle,
      List<Word> operands) {}

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) throws InterruptedException {
    Options options = options(call);
    List<Word> operands = options.operands;
    if (operands.isEmpty() || operands.size() > 2 || (operands.size() < 2 && !options.listen)) {
      throw call.wrong(
          "NC001",
          operands.isEmpty() ? new Word("", Span.NONE) : operands.getLast(),
          "nc needs " + (options.listen ? "a port" : "a host and a port"),
          options.listen ? "%nc -l 9000" : "%nc localhost 9000");
    }
    Word portWord = operands.getLast();
    List<Integer> ports;
    try {
      ports = Netcat.ports(portWord.text());
    } catch (IllegalArgumentException e) {
      throw call.wrong(
          "NC002", portWord, "no port: " + portWord.text(), "from 0 to 65535, with -z also 20-25");
    }
    if (ports.size() > 1 && !options.scan) {
      throw call.wrong("NC003", portWord, "several ports only with -z", "-z");
    }
    try {
      String host = operands.size() == 2 ? operands.getFirst().text() : "127.0.0.1";
      InetAddress address = Netcat.lookUp(call.network(), host);
      return options.scan
          ? scan(call, options, operands.getFirst(), host, address, ports)
          : options.listen
              ? listen(call, options, new InetSocketAddress(address, ports.getFirst()))
              : connect(call, options, host, new InetSocketAddress(address, ports.getFirst()));
    } catch (IOException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      call.err().println("nc: " + e.getMessage());
      return new MagicResult(Optional.empty(), 1);
    }
  }

  private static Options options(MagicCall call) {
    String flags = "";
    Optional<Duration> idle = Optional.empty();
    List<Word> operands = new ArrayList<>();
    List<Word> words = call.words();
    for (int i = 0; i < words.size(); i++) {
      Word word = words.get(i);
      if (!word.text().startsWith("-") || word.text().length() == 1) {
        operands.add(word);
      } else if (word.text().equals("-w")) {
        if (++i == words.size() || !words.get(i).text().matches("\\d{1,6}(\\.\\d+)?")) {
          throw call.wrong("NC004", word, "-w needs a time in seconds", "-w 3");
        }
        idle =
            Optional.of(
                Duration.ofMillis(Math.round(Double.parseDouble(words.get(i).text()) * 1000)));
      } else if (word.text().matches("-[luzkNvxnC]+")) {
        flags += word.text();
      } else {
        throw call.wrong(
            "NC005", word, "nc has no option " + word.text(), "-l -u -z -k -C -N -v -x -w SECONDS");
      }
    }
    return new Options(
        flags.contains("l"),
        flags.contains("u"),
        flags.contains("z"),
        flags.contains("k"),
        flags.contains("N"),
        flags.contains("v"),
        flags.contains("x"),
        flags.contains("C"),
        idle,
        operands);
  }

  private static MagicResult connect(
      MagicCall call, Options options, String host, InetSocketAddress to)
      throws IOException, InterruptedException {
    Duration idle =
        options.idle.orElse(call.inCell() ? (options.udp ? DATAGRAMS : IN_CELL) : Duration.ZERO);
    try (Netcat netcat = netcat(call, options, idle)) {
      try {
        netcat.connect(to, call.inCell() ? Optional.empty() : input(call));
      } catch (IOException e) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        Failure failure = Failure.of(e, to);
        call.err()
            .println(
                "nc: connect to %s port %d (%s) failed: %s"
                    .formatted(host, to.getPort(), options.udp ? "udp" : "tcp", e.getMessage()));
        if (call.inCell()) {
          call.err().println("# " + failure.nextStep());
        }
        return MagicResult.of(netcat, 1);
      }
      return MagicResult.of(netcat);
    }
  }

  private static Optional<InputStream> input(MagicCall call) {
    return call.body().isPresent() ? Optional.empty() : Optional.of(call.in());
  }

  private static Netcat netcat(MagicCall call, Options options, Duration idle) {
    Bytes data = call.body().map(Bytes::utf8).orElse(Bytes.EMPTY);
    PrintStream out = call.out();
    PrintStream err = call.err();
    return new Netcat(
        call.network(),
        new Netcat.Plan(options.udp, options.halfClose, options.keep, options.crlf, idle, data),
        event -> show(event, options, call.inCell(), out, err));
  }

  private static void show(
      Event event, Options options, boolean inCell, PrintStream out, PrintStream err) {
    switch (event) {
      case Event.Connected c when options.verbose && options.listen ->
          err.println(
              "Connection received on "
                  + c.remote().getAddress().getHostAddress()
                  + " "
                  + c.remote().getPort());
      case Event.Connected c when options.verbose ->
          err.println(
              "Connection to %s %d port [%s/*] succeeded!"
                  .formatted(
                      c.remote().getAddress().getHostAddress(),
                      c.remote().getPort(),
                      options.udp ? "udp" : "tcp"));
      case Event.Sent s when options.hex -> out.print(hex("> ", s.bytes()));
      case Event.Received r when options.hex -> out.print(hex("< ", r.bytes()));
      case Event.Received r when inCell -> out.print(visible(r.bytes().text()));
      case Event.Received r -> {
        out.write(r.bytes().toArray(), 0, r.bytes().length());
        out.flush();
      }
      case Event.Note n when inCell -> err.println("# " + n.text());
      case Event.Looked _,
          Event.Connecting _,
          Event.Connected _,
          Event.Secured _,
          Event.Sent _,
          Event.Closed _,
          Event.Failed _,
          Event.Note _ -> {
        // netcat does not say it.
      }
    }
  }

  private static String hex(String mark, Bytes bytes) {
    StringBuilder out = new StringBuilder();
    bytes.hexdump().lines().forEach(l -> out.append(mark).append(l).append('\n'));
    return out.toString();
  }

  /** Control characters other than line ends and tabs are shown, so that they do not act. */
  private static String visible(String text) {
    StringBuilder out = new StringBuilder();
    text.chars()
        .forEach(
            c ->
                out.append(
                    c < 0x20 && c != '\n' && c != '\t' && c != '\r'
                        ? (char) (0x2400 + c)
                        : c == 0x7f ? '\u2421' : (char) c));
    return out.toString().replace("\r\n", "\n");
  }

  private static MagicResult listen(MagicCall call, Options options, InetSocketAddress at)
      throws IOException, InterruptedException {
    Netcat netcat = netcat(call, options, options.idle.orElse(Duration.ZERO));
    Listeners listeners = call.service(Listeners.class, Listeners::new);
    Netcat former = listeners.byPort.remove(at.getPort());
    if (former != null && at.getPort() != 0) {
      former.close();
    }
    Netcat.Listener listener = netcat.listen(at);
    String where =
        listener.address().getAddress().getHostAddress() + " " + listener.address().getPort();
    if (options.verbose || call.inCell()) {
      call.err().println("Listening on " + where);
    }
    if (!call.inCell()) {
      netcat.serve(listener, input(call));
      return MagicResult.of(netcat);
    }
    // The next cell is to talk to it, so it goes on in the background.
    listeners.byPort.put(listener.address().getPort(), netcat);
    PrintStream err = call.err();
    Thread.ofVirtual()
        .name("nc-" + listener.address().getPort())
        .start(
            () -> {
              try {
                netcat.serve(listener, Optional.empty());
              } catch (IOException e) {
                err.println("nc: " + e.getMessage());
              }
            });
    return MagicResult.of(netcat);
  }

  private static MagicResult scan(
      MagicCall call,
      Options options,
      Word hostWord,
      String host,
      InetAddress address,
      List<Integer> ports)
      throws InterruptedException {
    if (!call.network().name().equals("lab") && !address.isLoopbackAddress() && ports.size() > 1) {
      throw call.wrong(
          "NC006",
          hostWord,
          "several ports are tried on this machine and in the lab only: elsewhere that is an attack"
              + " to whoever looks on",
          "%internet lab, or one port");
    }
    boolean some = false;
    Netcat netcat = netcat(call, options, options.idle.orElse(PROBE));
    for (int port : ports) {
      try {
        netcat.probe(new InetSocketAddress(address, port));
        some = true;
        if (options.verbose || call.inCell()) {
          call.err()
              .println(
                  "Connection to %s %d port [%s/*] succeeded!"
                      .formatted(host, port, options.udp ? "udp" : "tcp"));
        }
      } catch (IOException e) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        if (options.verbose && !options.udp) {
          call.err()
              .println(
                  "nc: connect to %s port %d (tcp) failed: %s"
                      .formatted(host, port, e.getMessage()));
        }
      }
    }
    if (!some && call.inCell() && !options.verbose) {
      call.err().println("# none of these ports is open");
    }
    return MagicResult.of(netcat, some ? 0 : 1);
  }
}

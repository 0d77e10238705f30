// Above 500 lines: one command, as netcat.c has it: its options, and what each makes of a
// connection.
package wirebook.magics.host;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import wirebook.engine.http.HttpUrl;
import wirebook.engine.socket.nc.Netcat;
import wirebook.engine.socket.ss.SystemNames;
import wirebook.internet.Internets;
import wirebook.net.Visible;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicException;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.Span;
import wirebook.spi.Word;
import wirebook.trace.Bytes;
import wirebook.trace.Event;
import wirebook.trace.Failure;
import wirebook.trace.IpText;

/** {@code %nc}: netcat, client and server, TCP and UDP. */
public final class Nc implements Magic {
  private static final Duration IN_CELL = Duration.ofSeconds(5);
  private static final Duration DATAGRAMS = Duration.ofSeconds(1);
  private static final Duration PROBE = Duration.ofSeconds(2);

  private static final MagicSpec SPEC =
      MagicSpec.named("nc", "talks to a port, or listens on one, with bytes as you give them")
          .synopsis(
              "[-46uvzxnCNd] [-w SECONDS] [-q SECONDS] [-s ADDRESS] [-p PORT] HOST PORT… | -l [-46ukvxC]"
                  + " [-w SECONDS] [HOST] PORT")
          .body(MagicSpec.Body.OPTIONAL)
          .value(Netcat.class)
          // Any: a listener wants a port at which nothing is, and no host at first.
          .option(
              Option.of(
                  "PORT",
                  Values.ANY,
                  "listen, on loopback unless a host is given; port 0 takes a free one",
                  "-l"))
          .option(Option.flag("UDP instead of TCP", "-u"))
          .option(Option.flag("only see whether the ports are open: 80 or 20-25", "-z"))
          .option(Option.flag("listen on after a conversation", "-k"))
          .option(Option.flag("end sending (FIN) when all is sent", "-N"))
          .option(Option.flag("send CR LF where a line ends, as HTTP wants it", "-C"))
          .option(Option.flag("say what happens", "-v"))
          .option(Option.flag("show both directions in hex", "-x"))
          .option(Option.flag("show addresses and ports as numbers only", "-n"))
          .option(Option.flag("IPv4 only", "-4"))
          .option(Option.flag("IPv6 only", "-6"))
          .option(Option.flag("send nothing of what is typed", "-d"))
          .option(
              Option.of("SECONDS", Values.ANY, "end sending (FIN), and so long later all", "-q"))
          .option(Option.of("ADDRESS", Values.ANY, "speak from this address", "-s"))
          .option(
              Option.of("PORT", Values.PORT, "speak from this port; with -l, listen on it", "-p"))
          .option(Option.of("SECONDS", Values.ANY, "wait so long for the next bytes", "-w"))
          .operand("host", Values.HOST, false, false)
          .operand("port", Values.PORT, false, false)
          .example("%nc -zv localhost 8080-8090", "which of these ports are open")
          .example("%%nc -C httpbin.org 80\nGET /get HTTP/1.0\nHost: httpbin.org\n", "HTTP by hand")
          .example(
              "%nc -lk 9000",
              "a listener that shows what comes; stop it by running it again, or with close()")
          .build();

  /** Flags, the last of which may take a value, joined to it or as the next word. */
  private static final Pattern OPTION = Pattern.compile("-([luzkNvxnC46d]*)(?:([wqsp])(.*))?");

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
      boolean numeric,
      boolean silent,
      Optional<Boolean> six,
      Optional<Duration> idle,
      Optional<Word> source,
      Optional<Word> sourcePort,
      List<Word> operands) {

    /** With -p the port of a listener may stand there. */
    List<Word> ends() {
      List<Word> ends = new ArrayList<>(operands);
      if (listen) {
        sourcePort.ifPresent(ends::add);
      }
      return ends;
    }
  }

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) throws InterruptedException {
    if (call.words().size() == 1 && call.words().getFirst().text().equals("-h")) {
      call.out().println("usage: nc " + SPEC.synopsis());
      SPEC.options()
          .forEach(o -> call.out().println("\t" + String.join(", ", o.names()) + "\t" + o.help()));
      return MagicResult.NOTHING;
    }
    Options options = options(call);
    List<Word> operands = options.ends();
    if (options.hex && operands.size() == 3) {
      throw noProxy(call, operands.getFirst());
    }
    if (operands.isEmpty()
        || (operands.size() > 2 && (options.listen || !options.scan))
        || (operands.size() < 2 && !options.listen)) {
      throw call.wrong(
          "NC001",
          operands.isEmpty() ? new Word("", Span.NONE) : operands.getLast(),
          "nc needs " + (options.listen ? "a port" : "a host and a port"),
          options.listen ? "%nc -l 9000" : "%nc localhost 9000");
    }
    Word portWord = operands.getLast();
    List<Integer> ports = new ArrayList<>();
    for (Word word : operands.subList(operands.size() == 1 ? 0 : 1, operands.size())) {
      try {
        ports.addAll(Netcat.ports(number(word.text(), options.udp)));
      } catch (IllegalArgumentException e) {
        throw noPort(call, word);
      }
      if (ports.contains(0) && !options.listen) {
        throw noPort(call, word);
      }
    }
    if (ports.size() > 1 && !options.scan) {
      throw call.wrong("NC003", portWord, "several ports only with -z", "-z");
    }
    if (options.keep && !options.listen) {
      throw call.wrong("NC009", portWord, "must use -l with -k", "%nc -lk " + portWord.text());
    }
    try {
      String host = operands.size() > 1 ? operands.getFirst().text() : "127.0.0.1";
      if (options.numeric && !HttpUrl.isLiteral(host)) {
        throw new UnknownHostException(host);
      }
      InetAddress address =
          operands.size() == 1 && options.six.orElse(false)
              ? InetAddress.ofLiteral("::1")
              : options.six.isPresent()
                  ? Netcat.lookUp(call.network(), host, options.six.get())
                  : Netcat.lookUp(call.network(), host);
      return options.scan
          ? scan(call, options, operands.getFirst(), host, address, ports)
          : options.listen
              ? listen(call, options, new InetSocketAddress(address, ports.getFirst()))
              : connect(call, options, host, new InetSocketAddress(address, ports.getFirst()));
    } catch (IOException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      String why = String.valueOf(e.getMessage());
      call.err()
          .println(
              e instanceof UnknownHostException && operands.size() >= 2
                  ? unknown(operands.getFirst().text(), ports.getFirst(), why)
                  : "nc: " + why);
      return new MagicResult(Optional.empty(), 1);
    }
  }

  private static String unknown(String host, int port, String message) {
    String why = message.startsWith(host + ": ") ? message.substring(host.length() + 2) : message;
    return "nc: getaddrinfo for host \"%s\" port %d: %s"
        .formatted(host, port, why.equals(host) ? "Name or service not known" : why);
  }

  private static MagicException noPort(MagicCall call, Word word) {
    return call.wrong(
        "NC002",
        word,
        "no port: " + word.text(),
        "from 1 to 65535 (0 with -l), with -z also 20-25, or a name of /etc/services such as"
            + " http");
  }

  private static MagicException noProxy(MagicCall call, Word at) {
    return call.wrong(
        "NC008",
        at,
        "nc goes over no proxy here; -x shows both directions in hex",
        "%curl -x http://HOST:PORT URL goes over one");
  }

  /** The number of a named port. */
  private static String number(String port, boolean udp) {
    Integer named = SystemNames.ports(port).get(udp ? "udp" : "tcp");
    return named == null ? port : named.toString();
  }

  /** As netcat writes a peer and what its port is for. */
  private static String peer(String host, InetAddress address, Options options) {
    boolean literal = host.indexOf(':') >= 0 || host.equals(address.getHostAddress());
    return options.numeric || literal ? host : host + " (" + IpText.of(address) + ")";
  }

  private static String service(int port, Options options) {
    String protocol = options.udp ? "udp" : "tcp";
    String name =
        options.numeric ? "*" : SystemNames.services().getOrDefault(port + "/" + protocol, "*");
    return protocol + "/" + name;
  }

  private static Options options(MagicCall call) {
    String flags = "";
    Optional<Duration> idle = Optional.empty();
    Optional<Word> source = Optional.empty();
    Optional<Word> sourcePort = Optional.empty();
    List<Word> operands = new ArrayList<>();
    List<Word> words = call.words();
    for (int i = 0; i < words.size(); i++) {
      Word word = words.get(i);
      Matcher option = OPTION.matcher(word.text());
      if (!word.text().startsWith("-") || word.text().length() == 1) {
        operands.add(word);
        continue;
      }
      if (word.text().startsWith("-X")) {
        throw noProxy(call, word);
      }
      if (!option.matches()) {
        throw call.wrong(
            "NC005",
            word,
            word.text().contains("U")
                ? "nc speaks to ports here, not to Unix-domain sockets"
                : "nc has no option " + word.text(),
            word.text().contains("U")
                ? "%socket socket AF_UNIX, then connect FD /a/path"
                : "-l -u -z -k -C -N -v -x -n -4 -6 -d -w SECONDS -q SECONDS -s ADDRESS -p PORT");
      }
      flags += option.group(1);
      String with = option.group(2);
      if (with == null) {
        continue;
      }
      // What belongs to an option is joined to it, or is the next word.
      Word value =
          !option.group(3).isEmpty()
              ? new Word(option.group(3), word.span())
              : i + 1 < words.size() ? words.get(++i) : new Word("", word.span());
      switch (with) {
        case "s" -> source = Optional.of(value);
        case "p" -> sourcePort = Optional.of(value);
        default -> {
          if (!value.text().matches("\\d{1,6}(\\.\\d+)?")) {
            throw call.wrong(
                "NC004", word, "-" + with + " needs a time in seconds", "-" + with + " 3");
          }
          flags += with.equals("q") ? "N" : "";
          idle =
              Optional.of(Duration.ofMillis(Math.round(Double.parseDouble(value.text()) * 1000)))
                  .filter(time -> !time.isZero() || with.equals("w"))
                  .or(() -> Optional.of(Duration.ofMillis(1)));
        }
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
        flags.contains("n"),
        flags.contains("d"),
        flags.contains("4")
            ? Optional.of(false)
            : flags.contains("6") ? Optional.of(true) : Optional.empty(),
        idle,
        source,
        sourcePort,
        operands);
  }

  private static MagicResult connect(
      MagicCall call, Options options, String host, InetSocketAddress to)
      throws IOException, InterruptedException {
    Duration idle =
        options.idle.orElse(call.inCell() ? (options.udp ? DATAGRAMS : IN_CELL) : Duration.ZERO);
    try (Netcat netcat = netcat(call, options, idle, host)) {
      try {
        netcat.connect(to, call.inCell() || options.silent ? Optional.empty() : input(call));
      } catch (IOException e) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        Failure failure = Failure.of(e, to);
        if (options.udp && e instanceof PortUnreachableException) {
          // A read that fails ends nc without a word; only what -v sends first may fail it.
          if (call.inCell()) {
            call.err().println("# " + failure.words() + ". " + failure.nextStep());
          }
          return MagicResult.of(netcat, options.verbose ? 1 : 0);
        }
        call.err().println(failed(host, to.getAddress(), to.getPort(), options, e));
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

  private static Netcat netcat(MagicCall call, Options options, Duration idle, String host) {
    Bytes data = call.body().map(Bytes::utf8).orElse(Bytes.EMPTY);
    PrintStream out = call.out();
    PrintStream err = call.err();
    return new Netcat(
        call.network(),
        new Netcat.Plan(
            options.udp,
            options.halfClose,
            options.keep,
            options.crlf,
            idle,
            data,
            local(call, options)),
        event -> show(event, options, call.inCell(), host, out, err));
  }

  private static Optional<InetSocketAddress> local(MagicCall call, Options options) {
    if (options.listen || (options.source.isEmpty() && options.sourcePort.isEmpty())) {
      return Optional.empty();
    }
    Word port = options.sourcePort.orElse(new Word("0", Span.NONE));
    Word source = options.source.orElse(new Word("", Span.NONE));
    try {
      int number = Netcat.ports(number(port.text(), options.udp)).getFirst();
      return Optional.of(
          options.source.isEmpty()
              ? new InetSocketAddress(number)
              : new InetSocketAddress(InetAddress.ofLiteral(source.text()), number));
    } catch (IllegalArgumentException e) {
      Word wrong = options.source.isEmpty() ? port : source;
      throw call.wrong(
          "NC007", wrong, "nothing to speak from: " + wrong.text(), "-s 127.0.0.1 -p 40000");
    }
  }

  private static void show(
      Event event, Options options, boolean inCell, String host, PrintStream out, PrintStream err) {
    switch (event) {
      case Event.Connected c when options.verbose && options.listen ->
          err.println(
              "Connection received on "
                  + IpText.of(c.remote().getAddress())
                  + " "
                  + c.remote().getPort());
      case Event.Connected c when options.verbose ->
          err.println(succeeded(host, c.remote().getAddress(), c.remote().getPort(), options));
      case Event.Sent s when options.hex -> out.print(hex("> ", s.bytes()));
      case Event.Received r when options.hex -> out.print(hex("< ", r.bytes()));
      case Event.Received r when inCell -> out.print(Visible.lines(r.bytes().text()));
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

  private static String succeeded(String host, InetAddress address, int port, Options options) {
    return "Connection to %s %d port [%s] succeeded!"
        .formatted(peer(host, address, options), port, service(port, options));
  }

  private static String hex(String mark, Bytes bytes) {
    StringBuilder out = new StringBuilder();
    bytes.hexdump().lines().forEach(l -> out.append(mark).append(l).append('\n'));
    return out.toString();
  }

  private static MagicResult listen(MagicCall call, Options options, InetSocketAddress at)
      throws IOException, InterruptedException {
    Netcat netcat = netcat(call, options, options.idle.orElse(Duration.ZERO), "");
    Listeners listeners = call.service(Listeners.class, Listeners::new);
    Netcat former = listeners.byPort.remove(at.getPort());
    if (former != null && at.getPort() != 0) {
      former.close();
    }
    Netcat.Listener listener = netcat.listen(at);
    Internets.listens(
        call,
        options.ends().size() > 1 ? at.getAddress() : InetAddress.ofLiteral("0.0.0.0"),
        options.udp,
        listener.address().getPort());
    String where = IpText.of(listener.address().getAddress()) + " " + listener.address().getPort();
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

  private static String failed(
      String host, InetAddress address, int port, Options options, IOException why) {
    String said = Netcat.why(why, options.idle.isPresent());
    return "nc: connect to %s port %d (%s) %s"
        .formatted(peer(host, address, options), port, options.udp ? "udp" : "tcp", said);
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
    Netcat netcat = netcat(call, options, options.idle.orElse(PROBE), host);
    for (int port : ports) {
      try {
        netcat.probe(new InetSocketAddress(address, port));
        some = true;
        if (options.verbose || call.inCell()) {
          call.err().println(succeeded(host, address, port, options));
        }
      } catch (IOException e) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        if (options.verbose && !options.udp) {
          call.err().println(failed(host, address, port, options, e));
        }
      }
    }
    if (!some && call.inCell() && !options.verbose) {
      call.err().println("# none of these ports is open");
    }
    return MagicResult.of(netcat, some ? 0 : 1);
  }
}

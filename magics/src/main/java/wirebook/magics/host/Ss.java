package wirebook.magics.host;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import wirebook.engine.socket.SocketState;
import wirebook.engine.socket.ss.ConnectionStates;
import wirebook.engine.socket.ss.SocketSummary;
import wirebook.engine.socket.ss.SocketTable;
import wirebook.engine.socket.ss.SsQuery;
import wirebook.engine.socket.ss.StateWatch;
import wirebook.internet.Internets;
import wirebook.internet.plain.PlainJava;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.Span;
import wirebook.spi.Word;

/** {@code %ss}: the socket table, as ss prints it; and how the states of a connection change. */
public final class Ss implements Magic {
  private static final String STATES = "--states";
  private static final String MACHINE = "--machine";

  /** {@code -s} among letters without an argument: the summary comes before what the others ask. */
  private static final Pattern SUMMARY =
      Pattern.compile("-([tuwx46alnopeimbHO]*)s([tuwx46alnopeimbHO]*)");

  private static final int MOST_NAMED = 8;

  private static final MagicSpec SPEC =
      MagicSpec.named("ss", "shows the socket table: who listens, which connections stand")
          .synopsis(
              "[-tuwx46] [-al] [-nopeim] [-HO] [-A TABLES] [-f FAMILY] [--machine] [--states] [state STATE] [FILTER] | -s | -V")
          .cellBody("begin", "end")
          .value(SocketTable.class)
          .option(Option.flag("TCP sockets", "-t", "--tcp"))
          .option(Option.flag("UDP sockets", "-u", "--udp"))
          .option(Option.flag("raw sockets", "-w", "--raw"))
          .option(Option.flag("Unix-domain sockets", "-x", "--unix"))
          .option(Option.flag("IPv4 only", "-4", "--ipv4"))
          .option(Option.flag("IPv6 only", "-6", "--ipv6"))
          .option(Option.flag("sockets in all states", "-a", "--all"))
          .option(Option.flag("listening sockets only", "-l", "--listening"))
          .option(Option.flag("ports as numbers", "-n", "--numeric"))
          .option(Option.flag("the processes that have them open", "-p", "--processes"))
          .option(Option.flag("timers", "-o", "--options"))
          .option(Option.flag("inode, owner and more", "-e", "--extended"))
          .option(Option.flag("TCP's own numbers: round trip, window, retransmits", "-i", "--info"))
          .option(Option.flag("memory", "-m", "--memory"))
          .option(Option.flag("no header", "-H", "--no-header"))
          .option(Option.flag("each socket on one line", "-O", "--oneline"))
          .option(
              Option.of(
                  "tcp|udp|raw|unix|inet|all",
                  Values.ANY,
                  "these tables, or several with commas",
                  "-A",
                  "--query"))
          .option(
              Option.of("inet|inet6|unix", Values.ANY, "addresses of this kind", "-f", "--family"))
          .option(Option.flag("packet filters, of which no socket here has one", "-b", "--bpf"))
          .option(Option.flag("how many of each kind the machine has", "-s", "--summary"))
          .option(Option.flag("the release of ss that this prints as", "-V", "--version"))
          .option(Option.flag("what there is", "-h", "--help"))
          .option(Option.flag("all sockets of the machine, not only those of this kernel", MACHINE))
          .option(
              Option.flag(
                  "the states of one TCP connection as they change, from the first use of this on;"
                      + " %%ss shows those of its cell",
                  STATES))
          .operand("filter", Values.ANY, false, true)
          .forms(
              "state|exclude " + String.join("|", SsQuery.STATES),
              "state|exclude STATE sport|dport|src|dst",
              "sport|dport|src|dst")
          .example("%ss -tan", "all TCP sockets of this kernel")
          .example("%ss -tlnp --machine", "who listens on this machine")
          .example(
              "%ss -tin state established '( sport = :8080 or dport = :8080 )'",
              "one service's connections, with TCP's numbers")
          .example("%ss --states dport = :8080", "the states of the newest connection to 8080")
          .example(
              "%%ss dport = :8080\nnew java.net.Socket(\"localhost\", 8080).close();",
              "how the states change while a cell runs, as a picture")
          .build();

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  /** The session's look at how states change. */
  static final class Watching {
    private final StateWatch watch = new StateWatch();
    private long cellStart;
  }

  @Override
  public MagicResult run(MagicCall call) {
    List<Word> words = call.words();
    String first = words.isEmpty() ? "" : words.getFirst().text();
    boolean ofCell = call.inCell() && (first.equals("begin") || first.equals("end"));
    List<Word> asked = ofCell ? words.subList(1, words.size()) : words;
    if (asked.size() == 1) {
      switch (first) {
        case "-V", "--version" -> {
          call.out().println("ss utility, iproute2-6.1.0 (Wirebook)");
          return MagicResult.NOTHING;
        }
        case "-h", "--help" -> {
          call.out().println("Usage: ss " + SPEC.synopsis());
          SPEC.options()
              .forEach(
                  o -> call.out().println("   " + String.join(", ", o.names()) + "  " + o.help()));
          return MagicResult.NOTHING;
        }
        default -> {
          // A question about sockets.
        }
      }
    }
    List<Word> rest = asked.stream().flatMap(Ss::withoutSummary).toList();
    if (!rest.equals(asked)) {
      call.out().print(SocketSummary.text());
      if (rest.stream().allMatch(w -> w.text().equals(MACHINE))) {
        return MagicResult.NOTHING;
      }
      asked = rest;
    }
    boolean states = ofCell || asked.stream().anyMatch(w -> w.text().equals(STATES));
    SsQuery query = query(call, asked.stream().filter(w -> !w.text().equals(STATES)).toList());
    try {
      return states ? states(call, query, ofCell ? first : "") : table(call, query);
    } catch (IOException e) {
      call.err().println("ss: the system does not show its sockets here: " + e.getMessage());
      return MagicResult.of(new SocketTable(List.of(), ""), 1);
    }
  }

  private static SsQuery query(MagicCall call, List<Word> words) {
    try {
      return SsQuery.parse(words.stream().map(Word::text).flatMap(Ss::split).toList());
    } catch (SsQuery.Wrong e) {
      Word at =
          words.isEmpty()
              ? new Word("", Span.NONE)
              : words.get(Math.clamp(e.word(), 0, words.size() - 1));
      throw call.wrong("SS001", at, String.valueOf(e.getMessage()), e.fix());
    }
  }

  private static MagicResult table(MagicCall call, SsQuery query) throws IOException {
    Optional<Internets> lab = Internets.inLab(call).filter(_ -> !query.machine());
    boolean seated = !query.machine() && Internets.elsewhere(call).isPresent();
    boolean machine = query.machine() || !(call.inCell() || seated);
    SocketTable table =
        machine
            ? SocketTable.ofMachine(query)
            : lab.isEmpty()
                ? SocketTable.ofThisProcess(query)
                : SocketTable.ofHost(
                    query, new HostSockets(lab.get().lab(), lab.get().host(), query));
    call.out().print(table.text());
    if (seated) {
      (call.inCell() ? call.out() : call.err())
          .println("# of " + lab.orElseThrow().host() + "; --machine shows the machine's");
    } else if (!machine) {
      String left =
          table.in(SocketState.TIME_WAIT).isEmpty() ? "" : ", and TIME-WAIT, which has no owner";
      call.out()
          .println(
              "# of this kernel (process "
                  + ProcessHandle.current().pid()
                  + " and what it started"
                  + left
                  + "); --machine shows all");
    }
    return MagicResult.of(table);
  }

  /** {@code moment} is {@code begin} or {@code end} of a cell, or empty. */
  private static MagicResult states(MagicCall call, SsQuery query, String moment)
      throws IOException {
    if (!call.inCell()) {
      throw call.wrong(
          "SS002",
          call.words().getFirst(),
          "states change while something runs: " + STATES + " is for a notebook",
          "%%ss, with what is to be seen below it");
    }
    Watching watching = call.service(Watching.class, Watching::new);
    synchronized (watching) {
      boolean begins = !watching.watch.isOn();
      if (begins) {
        PlainJava.prepare()
            .ifPresent(why -> call.err().println("# which call it was is not seen: " + why));
      }
      watching.watch.start();
      if (moment.equals("begin")) {
        watching.cellStart = watching.watch.now();
        return MagicResult.NOTHING;
      }
      List<ConnectionStates> found =
          watching.watch.found(
              query.filter(),
              query.machine(),
              moment.isEmpty() ? Optional.empty() : Optional.of(watching.cellStart));
      return show(call, found, begins, !moment.isEmpty());
    }
  }

  private static MagicResult show(
      MagicCall call, List<ConnectionStates> found, boolean begins, boolean ofCell) {
    List<String> notes = new ArrayList<>();
    if (found.isEmpty()) {
      notes.add("no TCP connection" + (ofCell ? " changed its state here" : " was seen"));
    } else {
      call.out().print(found.getFirst().text());
    }
    if (found.size() > 1) {
      notes.add(
          "%d connections, this is the one that changed last; the others: %s"
              .formatted(
                  found.size(),
                  String.join(
                      ", ",
                      found.stream()
                          .skip(1)
                          .limit(MOST_NAMED)
                          .map(c -> "sport = :" + c.port())
                          .toList())));
    }
    if (begins && !ofCell) {
      notes.add("watched from now on: run this again after the calls");
    }
    notes.forEach(note -> call.out().println("# " + note));
    if (found.isEmpty()) {
      return MagicResult.NOTHING;
    }
    call.display().show(StatePicture.of(found.getFirst()).bundle());
    return MagicResult.of(found.getFirst());
  }

  /** A filter may be one quoted word, as ss takes it. */
  private static Stream<Word> withoutSummary(Word word) {
    Matcher summary = SUMMARY.matcher(word.text());
    boolean letters = summary.matches();
    String rest = letters ? summary.group(1) + summary.group(2) : "";
    return letters && !rest.isEmpty()
        ? Stream.of(new Word("-" + rest, word.span()))
        : letters || word.text().equals("--summary") ? Stream.empty() : Stream.of(word);
  }

  private static Stream<String> split(String word) {
    return Arrays.stream(word.strip().split("\\s+"));
  }
}

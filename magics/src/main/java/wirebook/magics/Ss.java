package wirebook.magics;

import java.io.IOException;
import wirebook.engine.socket.SocketTable;
import wirebook.engine.socket.SsQuery;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.Span;
import wirebook.spi.Word;

/** {@code %ss}: the socket table, as ss prints it. */
public final class Ss implements Magic {
  private static final MagicSpec SPEC =
      MagicSpec.named("ss", "shows the socket table: who listens, which connections stand")
          .synopsis("[-tuwx46] [-al] [-nopeim] [-HO] [--machine] [state STATE] [FILTER]")
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
              Option.flag("all sockets of the machine, not only those of this kernel", "--machine"))
          .operand("filter", Values.ANY, false, true)
          .example("%ss -tan", "all TCP sockets of this kernel")
          .example("%ss -tlnp --machine", "who listens on this machine")
          .example(
              "%ss -tin state established '( sport = :8080 or dport = :8080 )'",
              "one service's connections, with TCP's numbers")
          .build();

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) {
    SsQuery query;
    try {
      query = SsQuery.parse(call.arguments().stream().flatMap(Ss::split).toList());
    } catch (SsQuery.Wrong e) {
      int word = Math.clamp(e.word(), 0, Math.max(0, call.words().size() - 1));
      Word at = call.words().isEmpty() ? new Word("", Span.NONE) : call.words().get(word);
      throw call.wrong("SS001", at, String.valueOf(e.getMessage()), e.fix());
    }
    boolean machine = query.machine() || !call.inCell();
    try {
      SocketTable table = machine ? SocketTable.ofMachine(query) : SocketTable.ofThisProcess(query);
      call.out().print(table.text());
      if (!machine) {
        call.out()
            .println(
                "# of this kernel (process "
                    + ProcessHandle.current().pid()
                    + " and what it started); --machine shows all");
      }
      return MagicResult.of(table);
    } catch (IOException e) {
      call.err().println("ss: the system does not show its sockets here: " + e.getMessage());
      return MagicResult.of(new SocketTable(java.util.List.of(), ""), 1);
    }
  }

  /** A filter may be one quoted word, as ss takes it. */
  private static java.util.stream.Stream<String> split(String word) {
    return java.util.Arrays.stream(word.strip().split("\\s+"));
  }
}

package wirebook.magics.dns;

import java.net.InetSocketAddress;
import wirebook.engine.dns.DnsExchange;
import wirebook.engine.dns.DnsLookup;
import wirebook.engine.dns.DnsTransport;
import wirebook.engine.dns.dig.DigHost;
import wirebook.engine.dns.dig.DigOption;
import wirebook.magics.lab.LabNote;
import wirebook.magics.shell.ShellCommand;
import wirebook.render.DnsPictures;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Syntax;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.MimeBundle;

/** {@code %dig}: BIND's dig. */
public final class DigCommand implements Magic {
  private static final MagicSpec SPEC = specification();

  private static MagicSpec specification() {
    MagicSpec.Builder spec =
        MagicSpec.named("dig", "Asks DNS servers, and prints what dig prints")
            .synopsis("[@server] [name] [type] [class] [-options] [+options] [name …]")
            .syntax(Syntax.LITERAL_COMMAND)
            .value(DnsLookup.class)
            .operand("name", Values.HOST, false, true)
            .operand("type", Values.RECORD_TYPE, false, true)
            .option(Option.flag("use IPv4 only", "-4"))
            .option(Option.flag("use IPv6 only", "-6"))
            .option(Option.of("address[#port]", Values.ANY, "send from this address", "-b"))
            .option(Option.of("class", Values.ANY, "the class: in, ch or hs", "-c"))
            .option(Option.flag("say on standard error what is being done", "-d"))
            .option(Option.of("file", Values.FILE, "read queries from a file, one a line", "-f"))
            .option(Option.of("file", Values.FILE, "sign with the TSIG key in a file", "-k"))
            .option(Option.of("port", Values.PORT, "ask this port", "-p"))
            .option(Option.of("name", Values.HOST, "the name to ask for", "-q"))
            .option(Option.flag("do not read ~/.digrc", "-r"))
            .option(Option.of("type", Values.RECORD_TYPE, "the type to ask for", "-t"))
            .option(Option.flag("show times in microseconds", "-u"))
            .option(Option.of("address", Values.HOST, "look up the name of an address", "-x"))
            .option(Option.of("[hmac:]name:key", Values.ANY, "sign with this TSIG key", "-y"))
            .option(Option.flag("show all options", "-h"))
            .option(Option.flag("show the version", "-v"));
    for (DigOption option : DigOption.values()) {
      if (!option.isObsolete()) {
        spec.option(
            new Option(
                option.names().stream().map(n -> "+" + n).toList(),
                option.argument(),
                Values.ANY,
                true,
                option.help()));
      }
    }
    return spec.example("%dig example.com", "the addresses of a name")
        .example("%dig @a.root-servers.net com NS", "ask one server for one type")
        .example("%dig +trace example.com", "walk from the root to the answer")
        .example("%dig -x 192.0.2.1 +short", "the name of an address")
        .build();
  }

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) throws InterruptedException {
    boolean watched = call.inCell() && call.network().name().equals("real");
    Watch watch = new Watch(call);
    DnsLookup lookup =
        ShellCommand.run(
            call,
            "dig",
            // As dig does at a terminal.
            (words, host) ->
                wirebook.engine.dns.dig.Dig.dig(
                    words, (watched ? host.watched(watch::silent) : host).idn(call.inCell())));
    if (watched) {
      watch.end(lookup);
    }
    LabNote.show(call, lookup);
    if (call.inCell() && lookup.exchanges().stream().anyMatch(e -> e.zone().isPresent())) {
      call.display().show(DnsPictures.walk(lookup).bundle());
    }
    return MagicResult.of(lookup, lookup.exitCode());
  }

  /**
   * Says when the network seems to let no DNS through, long before dig gives up: below what dig
   * prints, which stays dig's.
   */
  private static final class Watch {
    private final MagicCall call;
    private boolean said;

    Watch(MagicCall call) {
      this.call = call;
    }

    synchronized void silent(InetSocketAddress server) {
      say(server, "nothing came back within " + DigHost.SILENCE.toMillis() + " ms");
    }

    synchronized void end(DnsLookup lookup) {
      boolean heard = lookup.exchanges().stream().anyMatch(e -> !e.replyBytes().isEmpty());
      if (heard || lookup.exchanges().isEmpty()) {
        return;
      }
      DnsExchange last = lookup.exchanges().getLast();
      if (last.transport() == DnsTransport.UDP && !last.failures().isEmpty()) {
        say(last.server(), last.failures().getLast().words());
      }
    }

    private void say(InetSocketAddress server, String words) {
      if (said) {
        return;
      }
      said = true;
      try {
        String found = Blocked.afterUdp(call.network(), server, name(), words);
        call.display().show(MimeBundle.text(found));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private String name() {
      return call.arguments().stream()
          .filter(w -> w.matches("[^@+-].*\\..*"))
          .reduce((_, last) -> last)
          .orElse("NAME");
    }
  }
}

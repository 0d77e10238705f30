package wirebook.magics;

import wirebook.engine.dns.DnsLookup;
import wirebook.engine.dns.dig.DigOption;
import wirebook.engine.dns.dig.Host;
import wirebook.render.DnsPictures;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Syntax;
import wirebook.spi.MagicSpec.Values;

/** {@code %dig}: BIND's dig. */
public final class Dig implements Magic {
  private static final MagicSpec SPEC = specification();

  private static MagicSpec specification() {
    MagicSpec.Builder spec =
        MagicSpec.named("dig", "Asks DNS servers, and prints what dig prints")
            .synopsis("[@server] [name] [type] [class] [-options] [+options] [name …]")
            .syntax(Syntax.LITERAL)
            .value(DnsLookup.class)
            .operand("name", Values.HOST, false, true)
            .operand("type", Values.RECORD_TYPE, false, true)
            .option(Option.flag("use IPv4 only", "-4"))
            .option(Option.flag("use IPv6 only", "-6"))
            .option(Option.of("address[#port]", Values.ANY, "send from this address", "-b"))
            .option(Option.of("class", Values.ANY, "the class: in, ch or hs", "-c"))
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
    DnsLookup lookup = wirebook.engine.dns.dig.Dig.dig(call.arguments(), host(call));
    if (call.inCell() && lookup.exchanges().stream().anyMatch(e -> e.zone().isPresent())) {
      call.display().show(DnsPictures.walk(lookup).bundle());
    }
    return MagicResult.of(lookup, lookup.exitCode());
  }

  static Host host(MagicCall call) {
    return new Host(
        call.network(), call.in(), call.out(), call.err(), call.directory(), call.environment());
  }
}

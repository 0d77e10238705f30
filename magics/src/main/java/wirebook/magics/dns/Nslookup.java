package wirebook.magics.dns;

import wirebook.engine.dns.DnsLookup;
import wirebook.magics.lab.LabNote;
import wirebook.magics.shell.ShellCommand;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Syntax;
import wirebook.spi.MagicSpec.Values;

/** {@code %nslookup}: BIND's nslookup. */
public final class Nslookup implements Magic {
  private static final MagicSpec SPEC =
      MagicSpec.named("nslookup", "Asks DNS servers, and prints what nslookup prints")
          .synopsis("[-options] name [server]")
          .syntax(Syntax.LITERAL_COMMAND)
          .value(DnsLookup.class)
          .operand("name", Values.HOST, true, false)
          .operand("server", Values.HOST, false, false)
          .option(Option.of("TYPE", Values.RECORD_TYPE, "the type to ask for", "-type="))
          .option(Option.of("CLASS", Values.ANY, "the class to ask for", "-class="))
          .option(Option.of("PORT", Values.PORT, "ask this port", "-port="))
          .option(Option.of("SECONDS", Values.ANY, "how long to wait", "-timeout="))
          .option(Option.of("N", Values.ANY, "how often to ask", "-retry="))
          .option(Option.of("NAME", Values.HOST, "complete short names by this domain", "-domain="))
          .option(Option.of("N", Values.ANY, "from how many dots on a name is complete", "-ndots="))
          .option(Option.flag("show messages in detail", "-debug"))
          .option(Option.flag("ask by TCP", "-vc"))
          .option(Option.flag("ask by UDP: the default", "-novc"))
          .option(Option.flag("do not ask for recursion", "-norecurse"))
          .option(Option.flag("do not complete short names", "-nosearch"))
          .option(Option.flag("a SERVFAIL is an answer: do not ask the next server", "-fail"))
          .example("%nslookup example.com", "the addresses of a name")
          .example("%nslookup -type=MX example.com", "its mail servers")
          .example("%nslookup 192.0.2.1", "the name of an address")
          .build();

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) throws InterruptedException {
    DnsLookup lookup =
        ShellCommand.run(
            call, "nslookup", (words, host) -> wirebook.engine.dns.dig.Dig.nslookup(words, host));
    LabNote.show(call, lookup);
    return MagicResult.of(lookup, lookup.exitCode());
  }
}

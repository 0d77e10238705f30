package wirebook.magics;

import java.io.IOException;
import java.util.List;
import wirebook.engine.socket.IpCommand;
import wirebook.engine.socket.IpResult;
import wirebook.engine.socket.IpSource;
import wirebook.internet.Internets;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.Span;
import wirebook.spi.Word;

/** {@code %ip}: interfaces, addresses, routes and neighbours as ip prints them, and CIDR sums. */
public final class Ip implements Magic {
  private static final MagicSpec SPEC =
      MagicSpec.named(
              "ip", "shows interfaces, addresses, routes and neighbours; computes with CIDR")
          .synopsis(
              "[-4|-6] [-br] [-o] {addr | link | neigh} [show [dev NAME]] | route [show [PREFIX] [dev NAME] [table NAME]]"
                  + " | route get ADDRESS | calc RANGE [contains RANGE… | split /BITS | split PARTS | merge RANGE… | cover RANGE…]")
          .value(IpResult.class)
          .option(Option.flag("IPv4 only", "-4"))
          .option(Option.flag("IPv6 only", "-6"))
          .option(Option.flag("one short line each", "-br", "-brief"))
          .option(Option.flag("each on one line", "-o", "-oneline"))
          .action("object", true, "addr", "link", "neigh", "route", "calc")
          .operand("argument", Values.ANY, false, true)
          .example("%ip addr", "this host's interfaces and their addresses")
          .example("%ip route get 8.8.8.8", "which way a packet goes, and why")
          .example("%ip calc 10.1.2.3/20", "network, netmask, broadcast and hosts")
          .example("%ip calc 10.0.0.0/24 split /26", "four subnets")
          .build();

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) {
    try {
      IpResult result = IpCommand.run(source(call), call.arguments(), call.inCell());
      call.out().print(result.text());
      return MagicResult.of(result);
    } catch (IpCommand.Wrong e) {
      int word = Math.clamp(e.word(), 0, Math.max(0, call.words().size() - 1));
      Word at = call.words().isEmpty() ? new Word("", Span.NONE) : call.words().get(word);
      throw call.wrong("IP001", at, String.valueOf(e.getMessage()), e.fix());
    } catch (IOException e) {
      String message = String.valueOf(e.getMessage());
      call.err().println(message.startsWith("Device") ? message : "RTNETLINK answers: " + message);
      return MagicResult.of(new IpResult(List.of(), ""), message.startsWith("Device") ? 1 : 2);
    }
  }

  /** In the lab, the host on which the notebook is there. */
  private static IpSource source(MagicCall call) {
    return call.network().name().equals("lab") && call.networks() instanceof Internets internets
        ? LabHost.of(internets.lab().topology())
        : IpSource.system();
  }
}

package wirebook.magics.host;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import wirebook.engine.socket.ip.IpCommand;
import wirebook.engine.socket.ip.IpRefusal;
import wirebook.engine.socket.ip.IpResult;
import wirebook.engine.socket.ip.Rtnetlink;
import wirebook.internet.Internets;
import wirebook.render.AddressPictures;
import wirebook.render.Picture;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Syntax;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.Span;
import wirebook.spi.Word;
import wirebook.trace.Bytes;
import wirebook.trace.IpText;

/** {@code %ip}: interfaces, addresses, routes and neighbours as ip prints them, and CIDR sums. */
public final class Ip implements Magic {
  private static final MagicSpec SPEC =
      MagicSpec.named(
              "ip", "Shows interfaces, addresses, routes and neighbours; computes with CIDR")
          .synopsis(
              "[-46] [-br] [-o] [-s] [-d] [-j] [-p] [-c] [-n HOST] {addr | link | route | rule | neigh | nexthop | maddr} [show SELECTOR…]"
                  + " | route get ADDRESS | route|addr|rule add|del …, link set … (in the lab)"
                  + " | calc RANGE [contains RANGE… | split /BITS | split PARTS | plan HOSTS… | merge|cover|exclude|overlap RANGE…]")
          .syntax(Syntax.LITERAL_COMMAND)
          .value(IpResult.class)
          .option(Option.flag("IPv4 only", "-4"))
          .option(Option.flag("IPv6 only", "-6"))
          .option(Option.flag("one short line each", "-br", "-brief"))
          .option(Option.flag("each on one line", "-o", "-oneline"))
          .option(Option.flag("counters; twice: errors too", "-s", "-statistics"))
          .option(Option.flag("all that is known", "-d", "-details"))
          .option(Option.flag("as JSON", "-j", "-json"))
          .option(Option.flag("JSON on many lines", "-p", "-pretty"))
          .option(Option.flag("in colours", "-c", "-color"))
          .option(Option.of("HOST", Values.HOST, "on another host of the lab", "-n", "-netns"))
          .action(
              "object", true, "addr", "link", "neigh", "route", "rule", "nexthop", "maddr", "netns",
              "calc")
          .operand("argument", Values.ANY, false, true)
          .forms(
              "addr show|add|del|change|replace|flush",
              "link show|set|add|del",
              "route show|get|add|del|change|replace|flush",
              "route get HOST",
              "rule show|add|del|flush",
              "neigh show|get|add|del|change|replace|flush",
              "nexthop show|get|add|del|replace|flush",
              "maddr show",
              "netns list",
              "calc RANGE contains|split|plan|merge|cover|exclude|overlap")
          .example("%ip addr", "this host's interfaces and their addresses")
          .example("%ip route get 8.8.8.8", "which way a packet goes, and why")
          .example("%ip route del default", "in the lab: nobody but the neighbours is reached")
          .example("%ip calc 10.1.2.3/20", "network, netmask, broadcast and hosts")
          .example("%ip calc 10.0.0.0/24 plan 100 50 20", "subnets for so many hosts each")
          .build();

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) {
    try {
      int before = changes(call);
      IpResult result =
          IpCommand.run(here(call), name -> host(call, name), call.arguments(), call.inCell());
      call.out().print(result.text());
      call.err().print(result.error());
      if (call.inCell() && result.status() == 0) {
        picture(call.arguments(), result).ifPresent(p -> call.display().show(p.bundle()));
      }
      if (changes(call) != before) {
        Internets.inLab(call).ifPresent(internets -> remember(internets, call.arguments()));
      }
      return MagicResult.of(result, result.status());
    } catch (IpRefusal e) {
      if (call.inCell() && e.word() >= 0) {
        int word = Math.clamp(e.word(), 0, Math.max(0, call.words().size() - 1));
        Word at = call.words().isEmpty() ? new Word("", Span.NONE) : call.words().get(word);
        throw call.wrong("IP001", at, e.text().strip(), e.fix());
      }
      call.err().println(e.text());
      return MagicResult.of(new IpResult(List.of(), "", e.text(), e.status()), e.status());
    }
  }

  /** The bits of one range, or the routes that came into question. */
  private static Optional<Picture> picture(List<String> words, IpResult result) {
    int calc = words.indexOf("calc");
    int get = words.indexOf("get");
    if (calc >= 0 && words.size() == calc + 2 && result.ranges().size() == 1) {
      return address(words.get(calc + 1))
          .map(a -> AddressPictures.bits(a, result.ranges().getFirst()));
    }
    if (get >= 0 && words.size() > get + 1 && result.candidates().size() > 1) {
      return words.stream()
          .skip(get + 1L)
          .flatMap(w -> address(w).stream())
          .findFirst()
          .map(a -> AddressPictures.routes(a, result.candidates()));
    }
    return Optional.empty();
  }

  private static Optional<Bytes> address(String word) {
    try {
      return Optional.of(IpText.parse(word.replaceFirst("/.*", "")));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static int changes(MagicCall call) {
    return Internets.inLab(call).map(internets -> internets.lab().world().changes()).orElse(0);
  }

  /** What was changed is part of the network when it is saved. */
  private static void remember(Internets internets, List<String> arguments) {
    List<String> words = new ArrayList<>(arguments);
    int other = words.indexOf("-n") < 0 ? words.indexOf("-netns") : words.indexOf("-n");
    String host = internets.host();
    if (other >= 0 && other + 1 < words.size()) {
      host = internets.lab().world().nodeNamed(words.get(other + 1)).orElse(host);
      words.subList(other, other + 2).clear();
    }
    internets.lab().world().told(host, words);
  }

  /** In the lab, the host on which the notebook is. */
  private static Rtnetlink here(MagicCall call) {
    return Internets.inLab(call)
        .<Rtnetlink>map(internets -> internets.lab().world().kernel(internets.host()))
        .orElseGet(Rtnetlink::system);
  }

  private static Optional<Rtnetlink> host(MagicCall call, String name) {
    return Internets.inLab(call).flatMap(internets -> internets.lab().world().kernelNamed(name));
  }
}

package wirebook.magics.dns;

import java.util.List;
import java.util.Optional;
import wirebook.engine.dns.delv.Delv;
import wirebook.engine.dns.delv.DelvLookup;
import wirebook.engine.dns.delv.DelvOptions.Plus;
import wirebook.engine.dns.resolver.RootHints;
import wirebook.engine.dns.resolver.Validation;
import wirebook.internet.Internets;
import wirebook.magics.shell.ShellCommand;
import wirebook.render.TrustPicture;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Syntax;
import wirebook.spi.MagicSpec.Values;

/** {@code %delv}: BIND's delv. */
public final class DelvCommand implements Magic {
  private static final MagicSpec SPEC = specification();

  private static MagicSpec specification() {
    MagicSpec.Builder spec =
        MagicSpec.named("delv", "Looks a name up and checks its signatures, as delv does")
            .synopsis("[@server] [name] [type] [-options] [+options]")
            .syntax(Syntax.LITERAL_COMMAND)
            .value(DelvLookup.class)
            .operand("name", Values.HOST, false, true)
            .operand("type", Values.RECORD_TYPE, false, true)
            .option(Option.flag("use IPv4 only", "-4"))
            .option(Option.flag("use IPv6 only", "-6"))
            .option(Option.of("file", Values.FILE, "the trust anchors, as BIND writes them", "-a"))
            .option(Option.flag("validate nothing", "-i"))
            .option(Option.of("port", Values.PORT, "ask this port", "-p"))
            .option(Option.of("name", Values.HOST, "the name to ask for", "-q"))
            .option(Option.of("type", Values.RECORD_TYPE, "the type to ask for", "-t"))
            .option(Option.of("address", Values.HOST, "look up the name of an address", "-x"));
    for (Plus option : Plus.values()) {
      spec.option(Option.flag(option.help(), "+" + option.word(), "+no" + option.word()));
    }
    return spec.option(Option.flag("comments, rrcomments and trust", "+all", "+noall"))
        .option(
            Option.of("N", Values.ANY, "split hex and Base64 after so many characters", "+split="))
        .example("%delv example.com", "an answer and whether it is proven")
        .example("%delv +vtrace example.com", "each step of the proof")
        .example("%delv +cd www.example.com", "what is wrong with what a resolver refuses")
        .build();
  }

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) throws InterruptedException {
    String anchors =
        Internets.inLab(call)
            .map(internets -> internets.lab().zones().trustAnchor())
            .orElseGet(RootHints::trustAnchors);
    Optional<DelvLookup> lookup =
        ShellCommand.run(
            call,
            "delv",
            (words, host) -> Delv.run(words, host, anchors),
            l -> l.map(d -> new DelvLookup(d.sets(), d.status(), d.validations(), d.fetches(), 1)));
    if (call.inCell()) {
      List<Validation> chains =
          lookup.map(DelvLookup::validations).orElse(List.of()).stream()
              .filter(v -> !v.chain().isEmpty())
              .toList();
      if (!chains.isEmpty()) {
        call.display().show(TrustPicture.of(chains.getLast()).bundle());
      }
    }
    return lookup
        .map(l -> MagicResult.of(l, l.exitCode()))
        .orElseGet(() -> new MagicResult(Optional.empty(), 1));
  }
}

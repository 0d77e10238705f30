package wirebook.magics.host;

import wirebook.internet.Internets;
import wirebook.internet.Lab;
import wirebook.internet.topology.Topology;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.Word;

/** {@code %on}: the host of the lab that one sits on, for magics and plain Java alike. */
public final class On implements Magic {
  private static final MagicSpec SPEC =
      MagicSpec.named("on", "Sits down at another host of the lab")
          .synopsis("[HOST]")
          .value(String.class)
          .operand("HOST", Values.HOST, false, false)
          .example("%on gateway", "%ip, %ping and Java's sockets are the gateway's from now on")
          .example("%on lab", "back at the notebook's own host")
          .build();

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) {
    if (call.words().size() > 1) {
      throw call.wrong(
          "ON002", call.words().get(1), "one host is enough", "%on " + call.arguments().getFirst());
    }
    if (!(call.networks() instanceof Internets internets)) {
      call.out().println("There is no lab here.");
      return MagicResult.NOTHING;
    }
    if (!call.words().isEmpty()) {
      Word host = call.words().getFirst();
      Lab lab = internets.lab();
      internets.sitOn(
          lab.world()
              .nodeNamed(host.text())
              .orElseThrow(
                  () ->
                      call.wrong(
                          "ON001",
                          host,
                          "the lab has no host " + host.text(),
                          "%internet hosts lists them; back is %on " + Topology.HERE)));
    }
    call.out().println("You are on " + internets.host() + ".");
    return MagicResult.of(internets.host());
  }
}

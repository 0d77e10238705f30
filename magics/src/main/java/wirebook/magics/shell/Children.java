package wirebook.magics.shell;

import java.io.IOException;
import java.util.Map;
import wirebook.engine.process.ChildEnvironment;
import wirebook.internet.Internets;
import wirebook.spi.MagicCall;

/** What other programs are started with. */
public final class Children {
  private Children() {}

  /**
   * The variables of a program that starts now: in the lab with the way into it, which it has not
   * on the real network.
   *
   * @throws IOException when the way into the lab cannot be opened
   */
  public static Map<String, String> variables(MagicCall call) throws IOException {
    ChildEnvironment all = ChildEnvironment.of(call.services());
    if (call.networks() instanceof Internets internets) {
      all.give(internets.variables());
    }
    return all.ofChildren();
  }
}

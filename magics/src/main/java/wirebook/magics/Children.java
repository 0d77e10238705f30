package wirebook.magics;

import java.io.IOException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import wirebook.engine.process.ChildEnvironment;
import wirebook.internet.Internets;
import wirebook.spi.MagicCall;

/** What other programs are started with. */
public final class Children {
  /** Which of the lab's variables the session's children have now. */
  private record Given(Set<String> names) {}

  private Children() {}

  /**
   * The variables of a program that starts now: in the lab with the way into it, which it has not
   * on the real network.
   *
   * @throws IOException when the way into the lab cannot be opened
   */
  public static Map<String, String> variables(MagicCall call) throws IOException {
    ChildEnvironment all = ChildEnvironment.of(call.services());
    Given given = call.service(Given.class, () -> new Given(new HashSet<>()));
    if (call.networks() instanceof Internets internets) {
      Map<String, String> now = internets.variables();
      synchronized (given) {
        given.names().forEach(all::take);
        given.names().clear();
        given.names().addAll(now.keySet());
        now.forEach(all::give);
      }
    }
    return all.ofChildren();
  }
}

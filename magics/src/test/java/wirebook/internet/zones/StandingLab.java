package wirebook.internet.zones;

import java.io.IOException;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import wirebook.engine.dns.resolver.NetworkUpstream;
import wirebook.engine.dns.resolver.Resolver;
import wirebook.engine.dns.resolver.RootHints;
import wirebook.internet.Internets;
import wirebook.internet.Lab;
import wirebook.internet.time.LabClock;

/** A lab whose clock stands, and a resolver that begins at its root. */
abstract class StandingLab {
  final Lab lab = Internets.lab(LabClock.standing(Instant.parse("2026-02-01T12:00:00Z")));
  final Resolver resolver =
      new Resolver(
          RootHints.builtIn(),
          Resolver.USUAL,
          new NetworkUpstream(lab.network(), 53),
          lab.clock(),
          new Random(1));

  @AfterEach
  void close() throws IOException {
    lab.close();
  }
}

package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.engine.http.backend.ReplicaSet;
import wirebook.engine.http.server.Handlers;
import wirebook.engine.http.server.HttpServers;
import wirebook.internet.Internets;

class BackendTest {
  @TempDir Path directory;
  private final Internets internets = new Internets("real");
  private TestCells cells;
  private HttpServers servers;

  @BeforeEach
  void aNotebook() {
    cells = new TestCells(internets, directory);
    servers = cells.service(HttpServers.class, HttpServers::new);
  }

  @AfterEach
  void closeAll() throws Exception {
    servers.closeAll();
    internets.close();
  }

  /** A version whose handlers answer {@code said}, and are ready at {@code /ready}. */
  private ReplicaSet backend(String said, String options) throws InterruptedException {
    Handlers.each(
        () ->
            new Handlers() {
              @Override
              protected void routes() {
                get("/", request -> said);
                get("/ready", request -> "yes");
              }
            });
    return (ReplicaSet)
        cells.run(new Backend(), "%%backend shop -q -n 1 --every 20ms " + options + "\nhandlers");
  }

  @Test
  void thereAreNotMoreReplicasThanAMachineBears() throws Exception {
    backend("one", "--start 5s");
    assertThat(cells.complaint(new Backend(), "%backend scale shop 5000").diagnostic().id())
        .isEqualTo("BACKEND002");
  }
}

package wirebook.magics;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import wirebook.engine.http.server.HttpServers;
import wirebook.internet.Internets;

/** A notebook in a folder of its own whose servers end with the test. */
abstract class ServingNotebook {
  @TempDir Path directory;
  final Internets internets;
  TestCells cells;
  HttpServers servers;

  /**
   * @param network {@code lab} or {@code real}
   */
  ServingNotebook(String network) {
    internets = new Internets(network);
  }

  @BeforeEach
  void aNotebook() throws Exception {
    cells = new TestCells(internets, directory);
    servers = cells.service(HttpServers.class, HttpServers::new);
  }

  @AfterEach
  void closeAll() throws IOException {
    servers.closeAll();
    internets.close();
  }
}

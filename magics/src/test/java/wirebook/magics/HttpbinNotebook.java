package wirebook.magics;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import wirebook.engine.http.server.HttpServers;
import wirebook.engine.http.server.httpbin.Httpbin;
import wirebook.internet.Internets;
import wirebook.net.NetworkClock;

/** A notebook in a folder of its own, and httpbin on this machine. */
abstract class HttpbinNotebook {
  @TempDir Path directory;
  final HttpServers servers = new HttpServers();
  private final Internets internets = new Internets("real");
  TestCells cells;

  /** Where httpbin is, with its port. */
  String host = "";

  @BeforeEach
  void aNotebook() throws IOException {
    cells = new TestCells(internets, directory);
    host =
        "127.0.0.1:"
            + servers
                .start(
                    HttpServers.Plan.on(0, "test", new Httpbin(NetworkClock.SYSTEM)),
                    NetworkClock.SYSTEM)
                .server()
                .port();
  }

  @AfterEach
  void closeAll() throws IOException {
    servers.closeAll();
    internets.close();
  }
}

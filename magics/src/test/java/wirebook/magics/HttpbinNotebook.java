package wirebook.magics;

import org.junit.jupiter.api.BeforeEach;
import wirebook.engine.http.server.HttpServers;
import wirebook.engine.http.server.httpbin.Httpbin;
import wirebook.net.NetworkClock;

/** Such a notebook, and httpbin on this machine. */
abstract class HttpbinNotebook extends ServingNotebook {
  /** Where httpbin is, with its port. */
  String host = "";

  HttpbinNotebook() {
    super("real");
  }

  @BeforeEach
  void httpbin() throws Exception {
    host =
        "127.0.0.1:"
            + servers
                .start(
                    HttpServers.Plan.on(0, "test", new Httpbin(NetworkClock.SYSTEM)),
                    NetworkClock.SYSTEM)
                .server()
                .port();
  }
}

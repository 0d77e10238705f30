package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.engine.http.HttpTransfer;
import wirebook.engine.http.backend.ReplicaSet;
import wirebook.engine.http.server.Handlers;
import wirebook.engine.http.server.HttpServers;
import wirebook.internet.Internets;
import wirebook.magics.http.Curl;
import wirebook.magics.serve.Backend;
import wirebook.magics.serve.Load;
import wirebook.peer.Peer;

/** What a backend says at {@code /metrics}, as Prometheus' own tool judges it. */
@Peer(value = "promtool", of = "prometheus")
class MetricsIT {
  @TempDir Path directory;

  @Test
  void prometheusFindsNothingAmissInTheMetricsOfABackend() throws Exception {
    try (Internets internets = new Internets("real")) {
      TestCells cells = new TestCells(internets, directory);
      try {
        Handlers.each(
            () ->
                new Handlers() {
                  @Override
                  protected void routes() {
                    get("/", request -> "hello");
                  }
                });
        ReplicaSet set =
            (ReplicaSet) cells.run(new Backend(), "%%backend shop -q -n 2 --metrics\nhandlers");
        cells.run(new Load(), "%load " + set.url() + " -n 20 -q");
        cells.run(new Load(), "%load " + set.url() + "missing -n 5 -q");
        String metrics =
            ((HttpTransfer) cells.run(new Curl(), "%curl -s " + set.url() + "metrics"))
                .response()
                .orElseThrow()
                .body();
        assertThat(metrics).contains("code=\"404\"} 5", "backend_replica_ready");
        Process promtool =
            new ProcessBuilder("promtool", "check", "metrics").redirectErrorStream(true).start();
        promtool.getOutputStream().write(metrics.getBytes(StandardCharsets.UTF_8));
        promtool.getOutputStream().close();
        assertThat(promtool.getInputStream().readAllBytes()).asString().isEmpty();
        assertThat(promtool.waitFor()).isZero();
      } finally {
        cells.service(HttpServers.class, HttpServers::new).closeAll();
      }
    }
  }
}

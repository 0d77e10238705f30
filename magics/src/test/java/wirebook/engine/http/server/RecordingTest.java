package wirebook.engine.http.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.engine.http.Har;
import wirebook.net.NetworkClock;

class RecordingTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void aRequestThatIsInterruptedWhenItsServerStopsIsRecordedAndTheArchiveIsWhole()
      throws Exception {
    Path file = folder.resolve("visit.har");
    Endpoint recorded =
        new Recording(file, NetworkClock.SYSTEM).of(request -> Response.text(request.path()));
    for (String path : new String[] {"/one", "/two", "/three"}) {
      if (path.equals("/two")) {
        Thread.currentThread().interrupt();
      }
      recorded.handle(
          new Request(
              "GET",
              path,
              "HTTP/1.1",
              false,
              Headers.of("Host", "h"),
              new InetSocketAddress(0),
              InputStream.nullInputStream()));
      assertThat(Thread.interrupted()).isEqualTo(path.equals("/two"));
    }
    assertThat(file)
        .content()
        .contains("http://h/one", "http://h/two", "http://h/three")
        .endsWith(Har.TAIL);
  }
}

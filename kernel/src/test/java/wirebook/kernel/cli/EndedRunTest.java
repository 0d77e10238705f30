package wirebook.kernel.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is left of a run that is told to end, as {@code timeout} and CI do it. */
@Tag("slow")
class EndedRunTest {
  private static final String CELL =
      "{\"cell_type\":\"code\",\"metadata\":{},\"outputs\":[],\"execution_count\":null,\"source\":\"%s\"}";

  @TempDir private Path folder;

  private String notebook(String name, String... cells) throws Exception {
    String list = String.join(",", Arrays.stream(cells).map(CELL::formatted).toList());
    Path file = folder.resolve(name);
    Files.writeString(
        file, "{\"cells\":[" + list + "],\"metadata\":{},\"nbformat\":4,\"nbformat_minor\":4}");
    return file.toString();
  }

  @Test
  void theJUnitFileSaysHowFarItCame() throws Exception {
    Path report = folder.resolve("j.xml");
    Process run =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "run",
                "--junit",
                report.toString(),
                notebook("a.ipynb", "1", "new CountDownLatch(1).await();", "3"),
                notebook("b.ipynb", "1"))
            .redirectErrorStream(true)
            .start();
    try (InputStream said = run.getInputStream()) {
      StringBuilder text = new StringBuilder();
      for (int c = said.read(); c >= 0 && text.indexOf("await") < 0; c = said.read()) {
        text.append((char) c);
      }
      assertThat(text).contains("await");
      // Process.destroy() closes the streams as well.
      run.toHandle().destroy();
      said.readAllBytes();
      assertThat(run.waitFor()).isEqualTo(143);
    } finally {
      run.destroyForcibly();
    }
    assertThat(Files.readString(report, UTF_8))
        .contains("tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\"")
        .contains("the run was ended while this cell ran", "the run was ended before it came here");
  }
}

package wirebook.kernel.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.kernel.protocol.ConnectionInfo;

class MainTest {
  /** As jupyter run starts kernels: with the names of the files that it is going to send. */
  @Test
  void theKernelLeavesFurtherArgumentsToTheFrontEnd(@TempDir Path folder) throws Exception {
    Path connection = folder.resolve("kernel.json");
    Files.writeString(
        connection,
        """
        {"transport": "tcp", "ip": "127.0.0.1", "key": "k",
         "shell_port": 0, "iopub_port": 0, "stdin_port": 0, "control_port": 0, "hb_port": 0}
        """);
    Process kernel =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "kernel",
                connection.toString(),
                "script.java",
                "--more")
            .redirectErrorStream(true)
            .start();
    try {
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () -> assertThat(ConnectionInfo.read(connection).shellPort()).isPositive());
    } finally {
      kernel.destroy();
      kernel.waitFor();
    }
  }
}

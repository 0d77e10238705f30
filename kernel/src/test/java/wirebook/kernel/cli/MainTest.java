package wirebook.kernel.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.kernel.protocol.ConnectionInfo;

@Tag("slow")
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
          .untilAsserted(
              () -> assertThat(ConnectionInfo.read(connection).shellPort()).isPositive());
    } finally {
      kernel.destroy();
      kernel.waitFor();
    }
  }

  /** As SIGPIPE ends the programs of the machine: {@code nc … | head -1}. */
  @Test
  void whoReadsItsOutputNoMoreEndsACommand() throws Exception {
    try (ServerSocket talker = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual()
          .start(
              () -> {
                try (Socket socket = talker.accept()) {
                  while (true) {
                    socket.getOutputStream().write("y\n".getBytes(StandardCharsets.US_ASCII));
                  }
                } catch (IOException e) {
                  // The command has ended.
                }
              });
      Process command =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  Main.class.getName(),
                  "nc",
                  "127.0.0.1",
                  String.valueOf(talker.getLocalPort()))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try {
        try (InputStream out = command.getInputStream()) {
          assertThat(out.read()).isEqualTo('y');
        }
        assertThat(command.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(command.exitValue()).isEqualTo(141);
      } finally {
        command.destroyForcibly();
      }
    }
  }
}

package wirebook.kernel.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConnectionInfoTest {
  private static final String PORTS =
      "'shell_port': 1, 'iopub_port': 2, 'stdin_port': 3, 'control_port': 4, 'hb_port': 5";

  @TempDir private Path folder;

  private ConnectionInfo read(String json) throws IOException {
    Path file = folder.resolve("connection.json");
    return ConnectionInfo.read(Files.writeString(file, json.replace('\'', '"')));
  }

  @Test
  void whatIsLeftOutIsAsJupyterHasIt() throws IOException {
    assertThat(read("{" + PORTS + ", 'curve_secretkey': null}"))
        .isEqualTo(new ConnectionInfo("tcp", "127.0.0.1", 1, 2, 3, 4, 5, "hmac-sha256", ""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'transport': 'inproc' | asks for the transport inproc; tcp and ipc are known",
        "'curve_publickey': 'a', 'curve_secretkey': 'b' | asks for CurveZMQ, which this kernel"
            + " does",
        "'hb_port': 70000 | has no usable hb_port",
      })
  void whatCannotBeHadIsRefusedByName(String asked, String said) {
    assertThatThrownBy(() -> read("{" + PORTS + ", " + asked + "}"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("connection.json")
        .hasMessageContaining(said);
  }

  @Test
  void aFileThatIsNoObjectIsRefusedWithItsName() {
    assertThatThrownBy(() -> read("[]")).hasMessageEndingWith("holds no JSON object");
    assertThatThrownBy(() -> read("{")).hasMessageContaining("connection.json is not JSON: ");
    assertThatThrownBy(() -> ConnectionInfo.read(folder))
        .hasMessageContaining("no connection file");
  }
}

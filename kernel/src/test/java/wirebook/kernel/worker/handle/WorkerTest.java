package wirebook.kernel.worker.handle;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import wirebook.kernel.session.CellOutput.Stream;
import wirebook.kernel.worker.wire.WorkerMessage;

class WorkerTest {
  private static final class Nobody implements Worker.Events {
    @Override
    public void received(Worker worker, WorkerMessage.ToKernel message) {}

    @Override
    public void stray(Stream stream, String text) {}
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aProcessThatEndsBeforeItHasConnectedIsToldToWhoeverWaitsForIt(@TempDir Path directory) {
    try (Worker worker =
        Worker.start(List.of("-XX:NoSuchFlag=1"), directory, Map.of(), new Nobody())) {
      assertThatThrownBy(() -> worker.send(new WorkerMessage.Stop(1)))
          .isInstanceOf(Worker.Died.class)
          .hasMessageContaining("exit code 1");
    }
  }
}

package wirebook.kernel.zmq;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class LauncherTest {
  @Test
  void aLauncherIsGoneWhenItsProcessHasEnded() throws Exception {
    Process process = new ProcessBuilder("sleep", "60").start();
    Launcher launcher = Launcher.of(String.valueOf(process.pid())).orElseThrow();
    assertThat(launcher.isGone()).isFalse();
    process.destroyForcibly().waitFor();
    assertThat(launcher.isGone()).isTrue();
    assertThat(Launcher.of(String.valueOf(process.pid()))).isEmpty();
  }

  @Test
  void theParentThatIsThereIsNotGone() {
    long parent = ProcessHandle.current().parent().orElseThrow().pid();
    assertThat(Launcher.of(String.valueOf(parent)).orElseThrow().isGone()).isFalse();
  }

  @Test
  void aNumberThatIsNoProcessSaysNothing() throws IOException {
    assertThat(Launcher.of("none")).isEmpty();
  }
}

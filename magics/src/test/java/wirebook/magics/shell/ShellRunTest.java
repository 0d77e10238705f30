package wirebook.magics.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShellRunTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "pip install flask",
        "cd x && pip3 install flask",
        "echo a\n  python3 -m pip install flask",
        "sudo pip install -r requirements.txt"
      })
  void whatPipInstallsBesideAllEnvironmentsIsSeen(String text) {
    assertThat(ShellRun.installs("bash\n-c\n" + text, Map.of("PATH", "/usr/bin"))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ". shop/bin/activate\npip install flask",
        "shop/bin/pip install flask",
        "echo to install flask: pip install flask",
        "pip list"
      })
  void whatIsInstalledElsewhereOrNotAtAllIsNot(String text) {
    assertThat(ShellRun.installs("bash\n-c\n" + text, Map.of())).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bash -l",
        "bash --norc -el",
        "sh -l -c ls sh",
        "bash -c,bash -lc 'type dig',bash"
      })
  void aShellForALoginIsSeen(String command) {
    assertThat(ShellRun.logsIn(List.of(command.split(command.contains(",") ? "," : " ")))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"bash,-ex,-c,ls -l; bash x.sh -l,bash", "python3,-c,x -l"})
  void anyOtherIsNone(String command) {
    assertThat(ShellRun.logsIn(List.of(command.split(",")))).isFalse();
  }

  @Test
  void inAnEnvironmentThatIsActiveNothingIsSaid() {
    assertThat(ShellRun.installs("pip install flask", Map.of("VIRTUAL_ENV", "/x"))).isFalse();
  }
}

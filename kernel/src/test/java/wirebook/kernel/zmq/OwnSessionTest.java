package wirebook.kernel.zmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class OwnSessionTest {
  @Test
  void whatAChildHasLeftRunningIsInTheSessionOfItsLeader() throws Exception {
    Path setsid = Path.of("/usr/bin/setsid");
    assumeTrue(Files.isExecutable(setsid), "setsid is of util-linux");
    Process leader =
        new ProcessBuilder(
                setsid.toString(), "sh", "-c", "sh -c 'sleep 600 >&2 & echo $!'; exec sleep 600")
            .start();
    try {
      long orphan = Long.parseLong(leader.inputReader().readLine());
      // Whoever started it has told its number, and may not have ended yet.
      await()
          .untilAsserted(
              () ->
                  assertThat(OwnSession.others(leader.pid()).map(ProcessHandle::pid))
                      .containsExactly(orphan));
      assertThat(OwnSession.others(orphan)).isEmpty();
    } finally {
      OwnSession.others(leader.pid()).forEach(ProcessHandle::destroyForcibly);
      leader.destroyForcibly();
    }
  }
}

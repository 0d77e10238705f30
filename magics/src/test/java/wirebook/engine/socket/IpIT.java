package wirebook.engine.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What we print of this machine is what ip of iproute2 6.1 prints. */
class IpIT {
  @Test
  void theTextIsThatOfIp() throws Exception {
    try {
      assumeTrue(ip("-V").contains("iproute2-6.1"), "the text is that of iproute2 6.1");
    } catch (IOException e) {
      assertFalse("true".equals(System.getenv("CI")), "ip is missing, and CI has to have it");
      assumeTrue(false, "no ip: apt install iproute2");
    }
    for (String words :
        List.of(
            "link",
            "addr",
            "-4 addr",
            "-6 addr",
            "-br addr",
            "-br link",
            "-o addr",
            "-o link",
            "route",
            "-6 route",
            "route show table all",
            "route show table local",
            "neigh",
            "addr show dev lo",
            "link show lo",
            "route show default",
            "route get 127.0.0.1",
            "route get ::1")) {
      assertThat(IpCommand.run(IpSource.system(), List.of(words.split(" ")), false).text())
          .as(words)
          .isEqualTo(ip(words));
    }
  }

  private static String ip(String words) throws IOException {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(words.split(" ")));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}

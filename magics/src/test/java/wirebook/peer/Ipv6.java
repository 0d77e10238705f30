package wirebook.peer;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/**
 * Whether this machine has {@code ::1}. Containers often have not, and nothing that can be
 * installed brings it: so a test that needs it is skipped there, in CI too.
 */
public final class Ipv6 {
  private Ipv6() {}

  /** Skips the test where there is none. */
  public static void assumed() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral("::1"))) {
      assumeTrue(socket.isBound());
    } catch (IOException e) {
      assumeTrue(false, "this machine has no ::1: " + e.getMessage());
    }
  }
}

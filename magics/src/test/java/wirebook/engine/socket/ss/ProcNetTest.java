package wirebook.engine.socket.ss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import wirebook.engine.socket.Names;
import wirebook.engine.socket.SocketEntry;
import wirebook.engine.socket.SocketName;
import wirebook.engine.socket.SocketState;
import wirebook.engine.socket.calls.Descriptor;
import wirebook.engine.socket.calls.SystemCalls;

class ProcNetTest {
  private static final int ALL = -1;

  @Test
  void theFilesSayOfASocketWhatNetlinkSaysOfIt() throws IOException {
    assumeTrue(Files.isReadable(Path.of("/proc/net/tcp")), "no /proc/net here");
    try (ServerSocket server = new ServerSocket(0, 3, InetAddress.ofLiteral("127.0.0.1"));
        Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
        Socket waiting = new Socket(server.getInetAddress(), server.getLocalPort());
        Socket accepted = server.accept();
        DatagramSocket udp = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.1"))) {
      client.getOutputStream().write(new byte[7]);
      waiting.shutdownOutput();
      for (int port : new int[] {server.getLocalPort(), udp.getLocalPort()}) {
        int protocol = port == udp.getLocalPort() ? 17 : 6;
        // Between the two looks a segment that was under way may have come.
        await()
            .untilAsserted(
                () -> {
                  List<String> files = new ArrayList<>();
                  List<String> netlink = new ArrayList<>();
                  for (int family : new int[] {2, 10}) {
                    files.addAll(shown(ProcNet.internet(family, protocol, ALL), port));
                    netlink.addAll(
                        shown(SockDiag.internet(family, protocol, ALL, false, false), port));
                  }
                  assertThat(files).isNotEmpty().containsExactlyInAnyOrderElementsOf(netlink);
                });
      }
      assertThat(accepted.isConnected()).isTrue();
    }
  }

  private static List<String> shown(List<SocketEntry> entries, int port) {
    return entries.stream()
        .filter(
            e -> e.port() == port || (e.peer() instanceof SocketEntry.End.Ip p && p.port() == port))
        .map(
            e ->
                e.netid()
                    + " "
                    + e.state()
                    + " "
                    + e.receiveQueue()
                    + " "
                    // The files do not tell a listener's backlog.
                    + (e.state() == SocketState.LISTEN ? "" : e.sendQueue())
                    + " "
                    + e.local()
                    + " "
                    + e.peer()
                    + " "
                    + e.inode()
                    + " "
                    + e.user())
        .toList();
  }

  @Test
  void unixSocketsHaveTheirNamesAndStates() throws IOException {
    assumeTrue(Files.isReadable(Path.of("/proc/net/unix")), "no /proc/net here");
    try (SystemCalls calls = new SystemCalls()) {
      Descriptor socket =
          calls.socket(Names.FAMILIES.get("AF_UNIX"), 1, 0).descriptor().orElseThrow();
      String name = "wirebook-proc-" + ProcessHandle.current().pid();
      calls.bind(socket, SocketName.parse("@" + name));
      calls.listen(socket, 1);
      assertThat(ProcNet.unix(ALL))
          .filteredOn(
              e -> e.local() instanceof SocketEntry.End.Unix u && u.name().equals("@" + name))
          .singleElement()
          .satisfies(e -> assertThat(e.state()).isEqualTo(SocketState.LISTEN))
          .satisfies(e -> assertThat(e.netid()).isEqualTo("u_str"));
    }
  }
}

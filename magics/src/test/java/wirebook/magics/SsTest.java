package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import wirebook.engine.socket.SocketEntry;
import wirebook.engine.socket.SocketState;
import wirebook.engine.socket.ss.SocketTable;
import wirebook.engine.socket.ss.SsQuery;
import wirebook.internet.Internets;
import wirebook.magics.host.Ss;

class SsTest {
  private String ss(String words) throws Exception {
    try (Internets internets = new Internets("real")) {
      TestCells cells = new TestCells(internets, Path.of("").toAbsolutePath());
      cells.run(new Ss(), "%ss " + words);
      return cells.printed();
    }
  }

  @Test
  void theSummaryStandsAloneOrBeforeWhatElseIsAsked() throws Exception {
    assertThat(ss("-s")).startsWith("Total: ").doesNotContain("Recv-Q");
    assertThat(ss("--machine --summary")).startsWith("Total: ").doesNotContain("Recv-Q");
    assertThat(ss("-stn")).startsWith("Total: ").contains("Recv-Q");
    assertThat(ss("-tn -s")).startsWith("Total: ").contains("Recv-Q");
  }

  @Test
  void whatIsLeftOfOthersConnectionsIsShownOnlyToWhoAsksForIt() throws Exception {
    int port;
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = server.getLocalPort();
      try (Socket client = new Socket(server.getInetAddress(), port)) {
        Socket accepted = server.accept();
        accepted.close();
        assertThat(client.getInputStream().read()).isEqualTo(-1);
      }
      assertThat(remains("-tan", port)).isTrue();
    }
    assertThat(remains("-tan", port)).isFalse();
    assertThat(remains("-tan state time-wait", port)).isTrue();
    assertThat(remains("-tan sport = :" + port, port)).isTrue();
  }

  private static boolean remains(String words, int port) throws IOException {
    return SocketTable.ofThisProcess(SsQuery.parse(List.of(words.split(" "))))
        .in(SocketState.TIME_WAIT)
        .stream()
        .anyMatch(e -> e.local() instanceof SocketEntry.End.Ip at && at.port() == port);
  }
}

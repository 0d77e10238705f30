package wirebook.internet.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import wirebook.internet.Internets;
import wirebook.internet.Lab;
import wirebook.internet.time.LabClock;
import wirebook.internet.topology.Topology;
import wirebook.net.Wire;
import wirebook.trace.Event;

class LabLoginsTest {
  private static final String OLD = "old.class.example";
  private static final int TELNET = 23;
  private static final int DASHBOARD = 8000;
  private static final String OTHER =
      """
      router r1 10.0.0.1/24
      host pc1 10.0.0.10/24 at r1 1ms
      """;

  private final Lab lab = Internets.lab(LabClock.running());

  @AfterEach
  void close() throws IOException {
    lab.close();
  }

  private static void answers(OptionalInt port) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port.getAsInt()), 5000);
      assertThat(socket.isConnected()).isTrue();
    }
  }

  private OptionalInt ownPort(int port) throws IOException {
    return lab.ports().ownPort(OLD, new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
  }

  @Test
  void afterAnotherNetworkTheServersOfTheFirstHostsListenAgain() throws IOException {
    OptionalInt telnet = ownPort(TELNET);
    OptionalInt dashboard = ownPort(DASHBOARD);
    answers(telnet);
    answers(dashboard);
    assertThat(lab.load(OTHER, false)).isEmpty();
    assertThat(ownPort(DASHBOARD)).isEmpty();
    assertThat(Wire.isHidden(Event.Transport.TCP, telnet.getAsInt())).isFalse();
    assertThat(Wire.isHidden(Event.Transport.TCP, dashboard.getAsInt())).isFalse();
    lab.loadOwnWorld();
    answers(ownPort(TELNET));
    answers(ownPort(DASHBOARD));
    assertThat(lab.logins().sshPort(OLD)).isPositive();
  }

  @Test
  void aHostThatServesOneMoreZoneKeepsItsFiles() throws IOException {
    LabLogins logins = lab.logins();
    Path file = home(logins).resolve("notes.txt");
    Files.writeString(file, "kept\n");
    lab.world()
        .serve((Topology.Host) lab.topology().node(OLD).orElseThrow(), "notes.class.example");
    assertThat(home(logins).resolve("notes.txt")).hasContent("kept");
  }

  private Path home(LabLogins logins) {
    Topology.Host host = (Topology.Host) lab.topology().node(OLD).orElseThrow();
    return logins
        .host(host)
        .flatMap(h -> h.account(LabHome.USER))
        .map(wirebook.engine.ssh.server.SshHost.Account::home)
        .orElseThrow();
  }
}

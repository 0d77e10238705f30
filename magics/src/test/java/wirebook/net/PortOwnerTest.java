package wirebook.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class PortOwnerTest {
  private static final List<String> TABLE =
      List.of(
          "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
          "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0",
          "   1: 0100007F:1F90 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0");

  @Test
  void onlyTheSocketThatListensOnThePortIsFound() {
    assertThat(PortOwner.listening(TABLE, 8080)).containsExactly("socket:[4711]");
    assertThat(PortOwner.listening(TABLE, 80)).isEmpty();
  }

  @Test
  void aConnectionIsKnownByItsAddressesToo() throws Exception {
    assumeTrue(ByteOrder.nativeOrder().equals(ByteOrder.LITTLE_ENDIAN), "the table is of such one");
    List<String> table =
        List.of(
            "   0: 0100007F:15B3 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 1 1 0",
            "   1: 0200007F:15B3 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1001        0 2 1 0",
            "   2: 0000000000000000FFFF00000300007F:15B3 0000000000000000FFFF00000100007F:1F90 01 00000000:00000000 00:00000000 00000000  1002        0 3 1 0",
            "   3: 0400007F:15B3 0100007F:1F90 06 00000000:00000000 00:00000000 00000000     0        0 0 1 0");
    InetSocketAddress server = at("127.0.0.1", 8080);
    assertThat(PortOwner.user(table, at("127.0.0.1", 5555), server)).contains(1000L);
    assertThat(PortOwner.user(table, at("127.0.0.2", 5555), server))
        .as("the same ports, another's connection")
        .contains(1001L);
    assertThat(PortOwner.user(table, at("127.0.0.3", 5555), server)).contains(1002L);
    assertThat(PortOwner.user(table, at("127.0.0.4", 5555), server))
        .as("its process is gone")
        .isEmpty();
    assertThat(PortOwner.user(table, at("127.0.0.1", 5555), at("127.0.0.2", 8080))).isEmpty();
  }

  @Test
  void theUserOfARealConnectionIsFound() throws Exception {
    assumeTrue(Files.isReadable(Path.of("/proc/net/tcp")), "only Linux tells");
    long own = ((Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid")).longValue();
    for (String address : List.of("127.0.0.1", "127.0.0.2")) {
      try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
          Socket client =
              new Socket(
                  server.getInetAddress(),
                  server.getLocalPort(),
                  InetAddress.getByName(address),
                  0);
          Socket accepted = server.accept()) {
        assertThat(client.isConnected()).isTrue();
        assertThat(PortOwner.userOfClient(accepted)).contains(own);
      }
    }
  }

  private static InetSocketAddress at(String address, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(address), port);
  }
}

package wirebook.engine.http.server;

import static org.assertj.core.api.Assertions.assertThat;

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
}

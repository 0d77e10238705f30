package wirebook.kernel.zmq;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import wirebook.trace.Bytes;

@Timeout(30)
class ZmtpServerTest {
  /** As a process does that has no key, but may connect. */
  @Test
  void aFloodOfConnectionsLocksNobodyOutAndIsLoggedOnce() throws Exception {
    BlockingQueue<String> log = new LinkedBlockingQueue<>();
    List<SocketChannel> flood = new ArrayList<>();
    try (ZmtpServer server =
        new ZmtpServer((what, cause) -> log.add(what), () -> ZmtpServer.FEWEST)) {
      SocketAddress address =
          server
              .bind(
                  ZmtpSocket.Type.REP,
                  new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                  frames -> {})
              .channel()
              .getLocalAddress();
      server.start();
      try {
        for (int i = 0; i < 3 * ZmtpServer.FEWEST; i++) {
          SocketChannel one = SocketChannel.open(address);
          one.setOption(StandardSocketOptions.TCP_NODELAY, true);
          flood.add(one);
        }
        try (RawPeer peer = new RawPeer(address)) {
          peer.greet("REQ");
          peer.write(Zmtp.message(List.of(Bytes.EMPTY, Bytes.utf8("ping"))));
          assertThat(peer.message()).containsExactly(Bytes.EMPTY, Bytes.utf8("ping"));
        }
        ByteBuffer greeting = ByteBuffer.allocate(1000);
        int length = 0;
        while (length >= 0) {
          length = flood.getFirst().read(greeting.clear());
        }
        assertThat(log).hasSize(1);
      } finally {
        for (SocketChannel one : flood) {
          one.close();
        }
      }
    }
  }
}

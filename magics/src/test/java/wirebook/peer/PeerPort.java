package wirebook.peer;

import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** A port of 127.0.0.1 for a server that a test starts and that cannot choose one itself. */
public final class PeerPort {
  // Below the ports that systems give to clients (RFC 6335 section 6, and Linux's 32768 to 60999).
  private static final int LOWEST = 10_000;
  private static final int HIGHEST = 32_000;

  private PeerPort() {}

  /**
   * One that nobody has and that no client is given. A port that the system chose is, once it is
   * free again, soon another socket's on a machine where other tests run; and as named and dig let
   * others share theirs (SO_REUSEPORT), a dig that was given named's port would read its own
   * question as the answer, once in some ten thousand queries.
   */
  public static int find() throws IOException {
    InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
    for (int attempt = 0; attempt < 100; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
      try (ServerSocket tcp = new ServerSocket(port, 1, loopback);
          DatagramSocket udp =
              new DatagramSocket(new InetSocketAddress(loopback, tcp.getLocalPort()))) {
        return udp.getLocalPort();
      } catch (BindException e) {
        // Somebody's: the next one.
      }
    }
    throw new IOException("no port between " + LOWEST + " and " + HIGHEST + " is free");
  }
}

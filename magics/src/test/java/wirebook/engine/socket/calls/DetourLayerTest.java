package wirebook.engine.socket.calls;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import wirebook.engine.socket.Errno;
import wirebook.engine.socket.Names;
import wirebook.engine.socket.SocketName;
import wirebook.net.Detour;
import wirebook.trace.Bytes;

/** System calls whose addresses belong to another network than the machine's. */
class DetourLayerTest {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
  private static final InetAddress OWN = InetAddress.ofLiteral("192.0.2.10");
  private static final int AF_INET = Names.FAMILIES.get("AF_INET");
  private static final int STREAM = Names.TYPES.get("SOCK_STREAM");
  private static final int DATAGRAM = Names.TYPES.get("SOCK_DGRAM");
  private static final SocketName SITE = SocketName.parse("93.184.215.14:80");
  private static final SocketName NOBODY = SocketName.parse("10.99.0.1:80");

  private boolean inUse = true;
  private int port;

  /** One site, of which the given port of loopback is the real one. */
  private final class OneSite implements Detour {
    @Override
    public boolean isInUse() {
      return inUse;
    }

    @Override
    public Leads connect(InetSocketAddress to, boolean waits) throws IOException {
      if (to.getAddress().isLoopbackAddress()) {
        return new Leads(to, Optional.empty());
      }
      if (!to.getAddress().getHostAddress().equals("93.184.215.14")) {
        throw new ConnectException("Connection timed out");
      }
      if (to.getPort() != 80) {
        throw new ConnectException("Connection refused");
      }
      return new Leads(new InetSocketAddress(LOOPBACK, port), Optional.empty());
    }

    @Override
    public InetSocketAddress datagram(InetSocketAddress to) {
      return new InetSocketAddress(LOOPBACK, port);
    }

    @Override
    public InetSocketAddress source(InetSocketAddress from) {
      return from.getPort() == port ? new InetSocketAddress("93.184.215.14", 80) : from;
    }

    @Override
    public InetSocketAddress local(InetSocketAddress address) {
      return address.getAddress().equals(OWN)
          ? new InetSocketAddress(LOOPBACK, address.getPort())
          : address;
    }

    @Override
    public Optional<Held> bound(InetAddress at, boolean datagrams) {
      return Optional.empty();
    }

    @Override
    public InetAddress ownAddress(InetAddress peer) {
      return OWN;
    }
  }

  @Test
  void aStreamReachesTheOtherNetworksHostAndIsShownWithItsAddress() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 5, LOOPBACK);
        SystemCalls calls = new SystemCalls(new OneSite())) {
      port = server.getLocalPort();
      Descriptor fd = calls.socket(AF_INET, STREAM, 0).descriptor().orElseThrow();
      Syscall connected = calls.connect(fd, SITE);
      assertThat(connected.line()).contains("inet_addr(\"93.184.215.14\")").endsWith(" = 0");
      assertThat(calls.getpeername(fd).address()).contains(SITE);
      try (java.net.Socket peer = server.accept()) {
        calls.send(fd, Bytes.utf8("hi"), 0);
        assertThat(peer.getInputStream().readNBytes(2)).asString().isEqualTo("hi");
      }
    }
  }

  @Test
  void whatIsNotThereIsRefusedOrDoesNotAnswer() throws IOException {
    try (SystemCalls calls = new SystemCalls(new OneSite())) {
      assertThat(error(calls, STREAM, SocketName.parse("93.184.215.14:81")))
          .isEqualTo("ECONNREFUSED");
      assertThat(error(calls, STREAM, NOBODY)).isEqualTo("ETIMEDOUT");
    }
  }

  private static String error(SystemCalls calls, int type, SocketName to) {
    Descriptor fd = calls.socket(AF_INET, type, 0).descriptor().orElseThrow();
    return calls.connect(fd, to).error().map(Errno::name).orElse("");
  }

  @Test
  void datagramsGoThereAndComeFromThere() throws IOException {
    try (DatagramSocket server = new DatagramSocket(new InetSocketAddress(LOOPBACK, 0));
        SystemCalls calls = new SystemCalls(new OneSite())) {
      port = server.getLocalPort();
      Descriptor fd = calls.socket(AF_INET, DATAGRAM, 0).descriptor().orElseThrow();
      assertThat(calls.sendto(fd, Bytes.utf8("hi"), 0, SITE).result()).isEqualTo(2);
      DatagramPacket packet = new DatagramPacket(new byte[10], 10);
      server.receive(packet);
      server.send(packet);
      assertThat(calls.recvfrom(fd, 10, 0).address()).contains(SITE);
    }
  }

  @Test
  void aConnectionOfBeforeCarriesNothingMore() throws IOException {
    try (SystemCalls calls = new SystemCalls(new OneSite())) {
      inUse = false;
      Descriptor fd = calls.socket(AF_INET, DATAGRAM, 0).descriptor().orElseThrow();
      // Connecting a datagram socket sends nothing; without a route it fails, and sending does too.
      calls.connect(fd, NOBODY);
      inUse = true;
      assertThat(calls.send(fd, Bytes.utf8("x"), 0).error().map(Errno::name))
          .contains("ENETUNREACH");
    }
  }

  @Test
  void loopbackIsTheMachinesOwn() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 5, LOOPBACK);
        SystemCalls calls = new SystemCalls(new OneSite())) {
      Descriptor fd = calls.socket(AF_INET, STREAM, 0).descriptor().orElseThrow();
      SocketName at = SocketName.parse("127.0.0.1:" + server.getLocalPort());
      assertThat(calls.connect(fd, at).ok()).isTrue();
      assertThat(calls.getpeername(fd).address()).contains(at);
    }
  }
}

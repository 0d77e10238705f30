package wirebook.kernel.cli;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import wirebook.net.Network;
import wirebook.net.UdpSocket;
import wirebook.trace.Bytes;

/** What {@code doctor} asks the network. */
record NetworkChecks(Network network) {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  /** Set aside for examples, and served. */
  private static final String SITE = "example.com";

  /** {@code . NS} with recursion asked for: the one question that every resolver can answer. */
  private static final Bytes QUESTION =
      Bytes.of(
          HexFormat.of().parseHex("5742" + "0100" + "0001000000000000" + "00" + "0002" + "0001"));

  private static final String ONLY_THE_LAB =
      "The lab Internet works without it; %internet real does not.";

  Finding loopback() throws IOException {
    InetSocketAddress any = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
    try (ServerSocket server = network.listen(any, 1);
        Socket client =
            network.connect(
                (InetSocketAddress) server.getLocalSocketAddress(), Optional.empty(), TIMEOUT)) {
      return new Finding.Works("a connection to 127.0.0.1:" + client.getPort());
    } catch (IOException e) {
      return new Finding.Broken(
          "no connection to 127.0.0.1: " + e.getMessage(),
          "Bring the loopback interface up: sudo ip link set lo up; and look at the firewall.");
    }
  }

  /** Several servers on one port, each with an address of its own. */
  Finding loopbackAlias() throws IOException {
    InetSocketAddress alias = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.2"), 0);
    try (ServerSocket server = network.listen(alias, 1)) {
      return new Finding.Works(
          "servers can bind to all of 127/8, as to "
              + show((InetSocketAddress) server.getLocalSocketAddress()));
    } catch (BindException e) {
      return new Finding.Lacks(
          "servers can bind to 127.0.0.1 only",
          "macOS: sudo ifconfig lo0 alias 127.0.0.2 up, and so on for each address that a lab uses.");
    }
  }

  Finding lowPorts() throws IOException {
    // Ports that hardly anything listens on; one that is free answers the question.
    for (int port : List.of(1023, 1007, 999, 887)) {
      try (ServerSocket server =
          network.listen(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port), 1)) {
        return new Finding.Works("may be bound (tried: " + server.getLocalPort() + ")");
      } catch (SocketException e) {
        if (String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains("permission")) {
          return new Finding.Lacks(
              "need root here",
              "Use ports from 1024 on (%serve 8080), or on Linux:"
                  + " sudo sysctl net.ipv4.ip_unprivileged_port_start=80");
        }
      }
    }
    return new Finding.Lacks("the ports tried are all in use", "");
  }

  Finding dnsOverUdp() throws IOException {
    InetSocketAddress server = nameServer();
    try (UdpSocket socket = network.openUdp(family(server), Optional.empty())) {
      socket.connect(server);
      socket.send(server, QUESTION);
      return isAnswer(socket.receive(TIMEOUT).payload())
          ? new Finding.Works("the resolver " + show(server) + " answers")
          : new Finding.Lacks("what " + show(server) + " sends is no answer", ONLY_THE_LAB);
    } catch (IOException e) {
      return new Finding.Lacks(
          "the resolver " + show(server) + " does not answer: " + reason(e),
          "Name another in /etc/resolv.conf, or ask your network's keeper for UDP port 53.\n"
              + ONLY_THE_LAB);
    }
  }

  Finding dnsOverTcp() throws IOException {
    InetSocketAddress server = nameServer();
    try (Socket socket = network.connect(server, Optional.empty(), TIMEOUT)) {
      socket.setSoTimeout(Math.toIntExact(TIMEOUT.toMillis()));
      byte[] question = QUESTION.toArray();
      byte[] framed = new byte[question.length + 2];
      framed[1] = (byte) question.length;
      System.arraycopy(question, 0, framed, 2, question.length);
      socket.getOutputStream().write(framed);
      DataInputStream in = new DataInputStream(socket.getInputStream());
      Bytes answer = Bytes.of(in.readNBytes(in.readUnsignedShort()));
      return isAnswer(answer)
          ? new Finding.Works("the resolver " + show(server) + " answers")
          : new Finding.Lacks("what " + show(server) + " sends is no answer", ONLY_THE_LAB);
    } catch (IOException e) {
      return new Finding.Lacks(
          "the resolver " + show(server) + " does not answer: " + reason(e),
          "Large answers need it: ask your network's keeper for TCP port 53.\n" + ONLY_THE_LAB);
    }
  }

  Finding outbound(int port) {
    try {
      InetAddress address = network.lookUp(SITE).getFirst();
      try (Socket socket =
          network.connect(new InetSocketAddress(address, port), Optional.empty(), TIMEOUT)) {
        return new Finding.Works(
            "a connection to " + SITE + " (" + socket.getInetAddress().getHostAddress() + ")");
      }
    } catch (IOException e) {
      return new Finding.Lacks(
          "no connection to " + SITE + ": " + reason(e),
          "Look at the cable, the proxy and the firewall. " + ONLY_THE_LAB);
    }
  }

  private InetSocketAddress nameServer() {
    return network.hostConfig().nameServers().getFirst();
  }

  private static StandardProtocolFamily family(InetSocketAddress address) {
    return address.getAddress() instanceof Inet6Address
        ? StandardProtocolFamily.INET6
        : StandardProtocolFamily.INET;
  }

  /** The same id, and the bit that marks an answer (RFC 1035, section 4.1.1). */
  private static boolean isAnswer(Bytes message) {
    return message.length() >= 12
        && message.slice(0, 2).equals(QUESTION.slice(0, 2))
        && (message.at(2) & 0x80) != 0;
  }

  private static String reason(IOException e) {
    return switch (e) {
      case SocketTimeoutException t -> "nothing came within " + TIMEOUT.toSeconds() + " s";
      case UnknownHostException u -> "the name has no address here";
      case ConnectException c -> String.valueOf(c.getMessage());
      case NoRouteToHostException n -> "no route";
      default -> String.valueOf(e.getMessage());
    };
  }

  private static String show(InetSocketAddress address) {
    return address.getAddress() == null
        ? address.getHostString()
        : address.getAddress().getHostAddress();
  }
}

package wirebook.internet.sites;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import wirebook.engine.dns.server.AuthoritativeServer.Transport;
import wirebook.internet.time.Fabric;
import wirebook.internet.time.LabClock;
import wirebook.internet.topology.Topology;
import wirebook.internet.wire.LabServers;
import wirebook.internet.wire.LoopbackServer;
import wirebook.internet.wire.Medium;
import wirebook.net.Wire;
import wirebook.trace.Bytes;
import wirebook.trace.Event;

/**
 * One lab address at which DNS is spoken: a UDP and a TCP socket on one port of loopback (RFC
 * 7766). Programs outside of the lab can ask it as well.
 */
final class DnsListener implements LabServers.NameServer, Closeable {
  private static final int LARGEST = 65_535;
  private static final int TRIES = 16;

  /** What is asked; runs on a virtual thread, at the lab time at which the query arrived. */
  interface Service {
    List<Bytes> answer(Bytes query, Transport transport, InetAddress client)
        throws InterruptedException;
  }

  private record Sockets(ServerSocket tcp, DatagramSocket udp) {
    /** A port that is free for TCP may be somebody's for UDP. */
    static Sockets open() throws IOException {
      for (int left = TRIES; ; left--) {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        ServerSocket tcp = new ServerSocket(0, 0, loopback);
        try {
          return new Sockets(
              tcp, new DatagramSocket(new InetSocketAddress(loopback, tcp.getLocalPort())));
        } catch (SocketException e) {
          tcp.close();
          if (left == 1) {
            throw e;
          }
        }
      }
    }
  }

  private final Medium medium;
  private final Topology.Host host;
  private final InetSocketAddress address;
  private final Service service;
  private final DatagramSocket udp;
  private final LoopbackServer tcp;

  DnsListener(Medium medium, Topology.Host host, InetSocketAddress address, Service service)
      throws IOException {
    this.medium = medium;
    this.host = host;
    this.address = address;
    this.service = service;
    Sockets sockets = Sockets.open();
    this.udp = sockets.udp;
    Wire.hide(Event.Transport.UDP, port());
    String name = host.name() + "-" + address.getAddress().getHostAddress();
    Thread.ofVirtual().name("lab-dns-udp-" + name).start(this::serveUdp);
    this.tcp = new LoopbackServer("lab-dns-tcp-" + name, sockets.tcp, this::serve);
  }

  /** That of both sockets. */
  int port() {
    return udp.getLocalPort();
  }

  private void serveUdp() {
    byte[] buffer = new byte[LARGEST];
    while (!udp.isClosed()) {
      DatagramPacket packet = new DatagramPacket(buffer, LARGEST);
      try {
        udp.receive(packet);
      } catch (IOException e) {
        continue;
      }
      Bytes query = Bytes.of(packet.getData(), packet.getOffset(), packet.getLength());
      InetSocketAddress real = (InetSocketAddress) packet.getSocketAddress();
      Optional<Fabric.Flight> flight =
          medium.fabric().land(real.getPort(), udp.getLocalPort(), query);
      if (flight.isEmpty()) {
        medium.fabric().begin();
      }
      InetSocketAddress client = flight.map(Fabric.Flight::from).orElse(real);
      answer(
          query,
          client,
          flight.map(Fabric.Flight::arrival).orElseGet(() -> medium.clock().shared()),
          flight.isPresent() ? reply -> launch(reply, real, client) : reply -> give(reply, real));
    }
  }

  /**
   * Answers a query of the lab's own, which needs no socket: as one that came over loopback, but
   * that nothing waits for it there.
   *
   * @param arrival lab nanoseconds
   */
  @Override
  public void ask(Bytes query, InetSocketAddress client, long arrival, Fabric.Receiver receiver) {
    medium.fabric().begin();
    answer(
        query,
        client,
        arrival,
        reply ->
            medium
                .packets()
                .replyDelay(host, client.getAddress())
                .ifPresent(
                    delay ->
                        receiver.came(
                            address, reply, medium.clock().nanoTime() + delay.toNanos())));
  }

  private interface Way {
    void send(Bytes reply) throws IOException;
  }

  /** The lab waits until this is over. */
  private void answer(Bytes query, InetSocketAddress client, long arrival, Way back) {
    LabClock.Activity activity = new LabClock.Activity(arrival);
    Thread.ofVirtual()
        .start(
            () ->
                ScopedValue.where(LabClock.CURRENT, activity)
                    .run(() -> answer(query, client, back)));
  }

  private void answer(Bytes query, InetSocketAddress client, Way back) {
    try {
      for (Bytes reply : service.answer(query, Transport.UDP, client.getAddress())) {
        back.send(reply);
      }
    } catch (IOException e) {
      // The client is gone, or the lab is closing.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      medium.fabric().done();
    }
  }

  private void launch(Bytes reply, InetSocketAddress real, InetSocketAddress client)
      throws IOException {
    Optional<Duration> delay = medium.packets().replyDelay(host, client.getAddress());
    if (delay.isPresent()) {
      medium
          .fabric()
          .launch(
              udp.getLocalPort(),
              real.getPort(),
              reply,
              address,
              medium.clock().nanoTime() + delay.get().toNanos());
      send(reply, real);
    }
  }

  private void give(Bytes reply, InetSocketAddress real) throws IOException {
    medium.streamTime(real.getPort(), medium.clock().nanoTime());
    send(reply, real);
  }

  private void send(Bytes reply, InetSocketAddress real) throws IOException {
    byte[] bytes = reply.toArray();
    udp.send(new DatagramPacket(bytes, bytes.length, real));
  }

  /** Speaks DNS on a connection, until the client has asked all that it wanted. */
  void serve(Socket connection) throws IOException, InterruptedException {
    connection.setTcpNoDelay(true);
    connection.setSoTimeout(30_000);
    DataInputStream in = new DataInputStream(connection.getInputStream());
    DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(connection.getOutputStream()));
    while (true) {
      Bytes query = Bytes.of(in.readNBytes(in.readUnsignedShort()));
      medium.fabric().begin();
      LabClock.Activity activity = new LabClock.Activity(medium.clock().shared());
      try {
        List<Bytes> replies =
            ScopedValue.where(LabClock.CURRENT, activity)
                .call(() -> service.answer(query, Transport.TCP, connection.getInetAddress()));
        if (replies.isEmpty()) {
          return;
        }
        medium.streamTime(connection.getPort(), activity.now());
        for (Bytes reply : replies) {
          out.writeShort(reply.length());
          out.write(reply.toArray());
        }
        out.flush();
      } finally {
        medium.fabric().done();
      }
    }
  }

  @Override
  public void close() throws IOException {
    Wire.unhide(Event.Transport.UDP, port());
    udp.close();
    tcp.close();
  }
}

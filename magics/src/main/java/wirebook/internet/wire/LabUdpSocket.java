package wirebook.internet.wire;

import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import wirebook.internet.time.Fabric;
import wirebook.internet.topology.Topology;
import wirebook.net.UdpSocket;
import wirebook.net.Wire;
import wirebook.trace.Bytes;
import wirebook.trace.Capture;
import wirebook.trace.Event;
import wirebook.trace.IpText;

/**
 * A socket of a lab host. What it asks the lab's name servers goes to them as it is; for all else
 * there is a real socket underneath it, on loopback, from when it is first needed.
 */
final class LabUdpSocket implements UdpSocket {
  private static final int LARGEST = 65_535;

  /** As Linux chooses from, at random. */
  private static final int FIRST = 32_768;

  private static final int BEHIND = 61_000;

  private final Medium medium;
  private final Topology.Host host;
  private final InetSocketAddress local;
  private final InetAddress at;
  private final Fabric.Mailbox mailbox;
  private final Optional<Thread> holder;
  private Optional<DatagramSocket> real = Optional.empty();
  private volatile boolean closed;
  private Optional<DatagramSocket> machine = Optional.empty();
  private Optional<InetSocketAddress> peer = Optional.empty();

  /**
   * @param address the host's address in the lab, or a loopback one
   * @param at the one that was asked for, or any
   * @param port zero for a free one
   */
  LabUdpSocket(Medium medium, Topology.Host host, InetAddress address, InetAddress at, int port)
      throws IOException {
    this.medium = medium;
    this.host = host;
    this.at = at;
    this.mailbox = medium.fabric().new Mailbox();
    if (address.isLoopbackAddress() || port != 0) {
      DatagramSocket bound = bind(address, port);
      Thread reader = hold(bound);
      this.local = new InetSocketAddress(address, bound.getLocalPort());
      this.holder = port == 0 ? Optional.empty() : Optional.of(reader);
      mailbox.expectReal();
    } else {
      this.local =
          new InetSocketAddress(address, ThreadLocalRandom.current().nextInt(FIRST, BEHIND));
      this.holder = Optional.empty();
    }
  }

  private static DatagramSocket bind(InetAddress address, int port) throws IOException {
    return new DatagramSocket(
        new InetSocketAddress(
            address.isLoopbackAddress() ? address : InetAddress.getLoopbackAddress(), port));
  }

  private Thread hold(DatagramSocket socket) {
    Wire.hide(Event.Transport.UDP, socket.getLocalPort());
    medium.bound(host.name(), /* datagrams= */ true, at, socket.getLocalPort());
    real = Optional.of(socket);
    return read(socket);
  }

  /** On the port that this one says it has, unless that is taken. */
  private synchronized DatagramSocket real() throws IOException {
    if (closed) {
      throw new SocketException("Socket closed");
    }
    if (real.isEmpty()) {
      DatagramSocket socket;
      try {
        socket = bind(local.getAddress(), local.getPort());
      } catch (BindException e) {
        socket = bind(local.getAddress(), 0);
      }
      hold(socket);
    }
    return real.get();
  }

  private Thread read(DatagramSocket socket) {
    return Thread.ofVirtual()
        .name("lab-udp-" + socket.getLocalPort())
        .start(
            () -> {
              byte[] buffer = new byte[LARGEST];
              while (!socket.isClosed()) {
                DatagramPacket packet = new DatagramPacket(buffer, LARGEST);
                try {
                  socket.receive(packet);
                } catch (PortUnreachableException e) {
                  mailbox.put(new Fabric.Arrival.Refused(medium.clock().shared()));
                  continue;
                } catch (IOException e) {
                  // Closed, or an ICMP error of an earlier datagram to the real machine.
                  continue;
                }
                took(socket, packet);
              }
            });
  }

  private void took(DatagramSocket socket, DatagramPacket packet) {
    InetSocketAddress from = (InetSocketAddress) packet.getSocketAddress();
    Bytes payload = Bytes.of(packet.getData(), packet.getOffset(), packet.getLength());
    Optional<Fabric.Flight> flight =
        medium.fabric().land(from.getPort(), socket.getLocalPort(), payload);
    came(
        flight.map(Fabric.Flight::from).orElseGet(() -> medium.sender(host.name(), from)),
        payload,
        flight.map(Fabric.Flight::arrival).orElseGet(() -> medium.clock().shared()));
    if (flight.isPresent()) {
      medium.fabric().done();
    }
  }

  private void came(InetSocketAddress from, Bytes payload, long at) {
    if (peer.isEmpty() || peer.get().equals(from)) {
      mailbox.put(new Fabric.Arrival.Came(from, payload, at));
    }
  }

  @Override
  public InetSocketAddress localAddress() {
    return local;
  }

  @Override
  public void send(InetSocketAddress to, Bytes payload) throws IOException {
    if (closed) {
      throw new SocketException("Socket closed");
    }
    InetAddress address = to.getAddress();
    if (address == null) {
      throw new SocketException("no address for " + to.getHostString());
    }
    Capture tap = Wire.tap();
    if (tap == null) {
      send(address, to, payload);
      return;
    }
    Capture.Sending sending = tap.sending(end(to), payload);
    send(address, to, payload);
    sending.sent(payload.length());
  }

  /** This socket and a peer, as they are on the wire. */
  private Capture.End end(InetSocketAddress to) {
    boolean here = to.getAddress().isLoopbackAddress();
    return new Capture.End(
        here ? "lo" : medium.link(host),
        Event.Transport.UDP,
        here ? new InetSocketAddress(to.getAddress(), local.getPort()) : local,
        to,
        true);
  }

  private void send(InetAddress address, InetSocketAddress to, Bytes payload) throws IOException {
    byte[] bytes = payload.toArray();
    if (medium.packets().isInside(host, to)) {
      mailbox.expectReal();
      boolean own = peer.filter(to::equals).isPresent() || address.getAddress().length > 4;
      if (!(medium.packets().route(host, to, Event.Transport.UDP)
          instanceof LabPackets.Route.Inside inside)) {
        mailbox.put(new Fabric.Arrival.Refused(medium.clock().shared()));
      } else if (address.isLoopbackAddress() && own) {
        machine(to).send(new DatagramPacket(bytes, bytes.length, to));
      } else {
        real().send(new DatagramPacket(bytes, bytes.length, inside.real()));
      }
      return;
    }
    if (local.getAddress().isLoopbackAddress()) {
      throw new SocketException("Invalid argument: from loopback to " + IpText.of(address));
    }
    medium.clock().pause();
    try {
      sendThroughLab(to, payload);
    } finally {
      medium.clock().resume();
    }
  }

  private void sendThroughLab(InetSocketAddress to, Bytes payload) throws IOException {
    long now = medium.clock().nanoTime();
    switch (medium.packets().route(host, to, Event.Transport.UDP)) {
      case LabPackets.Route.Lost _ -> {
        // Nothing says so: the receiver waits until its time is out.
      }
      case LabPackets.Route.Closed closed ->
          mailbox.put(new Fabric.Arrival.Refused(now + 2 * closed.delay().toNanos()));
      case LabPackets.Route.Unreachable unreachable -> {
        if (unreachable.after().isZero()) {
          throw unreachable.exception();
        }
        mailbox.put(
            new Fabric.Arrival.Returned(
                now + unreachable.after().toNanos(), unreachable.exception()));
      }
      case LabPackets.Route.Inside _ -> throw new IllegalStateException("inside: " + to);
      case LabPackets.Route.Open open -> {
        long arrival = now + open.delay().toNanos();
        Optional<LabServers.NameServer> server = medium.servers().nameServer(to);
        if (server.isPresent()) {
          server.get().ask(payload, local, arrival, this::came);
        } else {
          if (open.realPort() == to.getPort()) {
            // A socket of a cell takes its own time.
            mailbox.expectReal();
          }
          launch(payload, open.realPort(), arrival);
        }
      }
    }
  }

  private void launch(Bytes payload, int port, long arrival) throws IOException {
    byte[] bytes = payload.toArray();
    DatagramSocket from = real();
    medium.fabric().launch(from.getLocalPort(), port, payload, local, arrival);
    from.send(
        new DatagramPacket(
            bytes, bytes.length, new InetSocketAddress(InetAddress.getLoopbackAddress(), port)));
  }

  /** For IPv6, and for a connection, which alone hears that nobody listens. */
  private synchronized DatagramSocket machine(InetSocketAddress to) throws IOException {
    if (machine.isEmpty()) {
      InetAddress any = to.getAddress().getAddress().length > 4 ? SIX : FOUR;
      DatagramSocket socket = new DatagramSocket(new InetSocketAddress(any, 0));
      Wire.hide(Event.Transport.UDP, socket.getLocalPort());
      machine = Optional.of(socket);
      if (peer.filter(to::equals).isPresent()) {
        socket.connect(to);
      }
      read(socket);
    }
    return machine.get();
  }

  private static final InetAddress FOUR = InetAddress.ofLiteral("127.0.0.1");
  private static final InetAddress SIX = InetAddress.ofLiteral("::1");

  @Override
  public Datagram receive(Duration timeout) throws IOException {
    try {
      while (true) {
        Optional<Fabric.Arrival> arrival = mailbox.take(timeout);
        if (arrival.isEmpty()) {
          throw new SocketTimeoutException("Receive timed out");
        }
        switch (arrival.get()) {
          case Fabric.Arrival.Came came -> {
            Capture tap = Wire.tap();
            if (tap != null) {
              tap.received(end(came.from()), came.payload());
            }
            return new Datagram(came.from(), came.payload());
          }
          case Fabric.Arrival.Refused _ -> {
            if (peer.isPresent()) {
              Capture tap = Wire.tap();
              if (tap != null) {
                tap.refused(end(peer.get()));
              }
              throw new PortUnreachableException("ICMP Port Unreachable");
            }
          }
          case Fabric.Arrival.Returned returned -> {
            // As for a refusal: only a connected socket hears of it.
            if (peer.isPresent()) {
              throw returned.error();
            }
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      close();
      throw new ClosedByInterruptException();
    }
  }

  @Override
  public void connect(InetSocketAddress to) {
    peer = Optional.of(to);
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      real.ifPresent(socket -> medium.unbound(/* datagrams= */ true, socket.getLocalPort()));
      for (Optional<DatagramSocket> each : List.of(real, machine)) {
        each.ifPresent(
            socket -> {
              Wire.unhide(Event.Transport.UDP, socket.getLocalPort());
              socket.close();
            });
      }
    }
    mailbox.close();
    holder.ifPresent(LabUdpSocket::letGo);
  }

  /** A port that somebody chose is free after this: the last to leave a socket closes it. */
  private static void letGo(Thread reader) {
    try {
      reader.join(Duration.ofSeconds(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

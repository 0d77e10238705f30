package wirebook.internet;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.Optional;
import wirebook.internet.topology.Topology;
import wirebook.net.UdpSocket;
import wirebook.net.Wire;
import wirebook.trace.Bytes;
import wirebook.trace.Capture;
import wirebook.trace.Event;
import wirebook.trace.IpText;

/**
 * A socket of a lab host. Underneath it is a real one on loopback; what it sends to addresses of
 * the lab goes to the loopback ports that stand for them.
 */
final class LabUdpSocket implements UdpSocket {
  private static final int LARGEST = 65_535;

  private final Lab lab;
  private final Topology.Host host;
  private final InetSocketAddress local;
  private final DatagramSocket real;
  private final Optional<Thread> holder;
  private final Fabric.Mailbox mailbox;
  private Optional<DatagramSocket> machine = Optional.empty();
  private Optional<InetSocketAddress> peer = Optional.empty();

  /**
   * @param address the host's address in the lab, or a loopback one
   * @param port zero for a free one
   */
  LabUdpSocket(Lab lab, Topology.Host host, InetAddress address, int port) throws IOException {
    this.lab = lab;
    this.host = host;
    this.mailbox = lab.fabric().new Mailbox();
    InetAddress bound = address.isLoopbackAddress() ? address : InetAddress.getLoopbackAddress();
    this.real = new DatagramSocket(new InetSocketAddress(bound, port));
    this.local = new InetSocketAddress(address, real.getLocalPort());
    Wire.hide(Event.Transport.UDP, real.getLocalPort());
    if (address.isLoopbackAddress() || port != 0) {
      mailbox.expectReal();
    }
    Thread reader = read(real);
    holder = port == 0 ? Optional.empty() : Optional.of(reader);
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
                  mailbox.put(new Fabric.Arrival.Refused(lab.clock().shared()));
                  continue;
                } catch (IOException e) {
                  // Closed, or an ICMP error of an earlier datagram to the real machine.
                  continue;
                }
                took(packet);
              }
            });
  }

  private void took(DatagramPacket packet) {
    InetSocketAddress from = (InetSocketAddress) packet.getSocketAddress();
    Bytes payload = Bytes.of(packet.getData(), packet.getOffset(), packet.getLength());
    Optional<Fabric.Flight> flight =
        lab.fabric().land(from.getPort(), real.getLocalPort(), payload);
    InetSocketAddress sender = flight.map(Fabric.Flight::from).orElse(from);
    if (peer.isEmpty() || peer.get().equals(sender)) {
      mailbox.put(
          new Fabric.Arrival.Came(
              sender,
              payload,
              flight.map(Fabric.Flight::arrival).orElseGet(() -> lab.clock().shared())));
    }
    if (flight.isPresent()) {
      lab.fabric().done();
    }
  }

  @Override
  public InetSocketAddress localAddress() {
    return local;
  }

  @Override
  public void send(InetSocketAddress to, Bytes payload) throws IOException {
    if (real.isClosed()) {
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
        here ? "lo" : lab.link(host),
        Event.Transport.UDP,
        here ? new InetSocketAddress(to.getAddress(), local.getPort()) : local,
        to,
        true);
  }

  private void send(InetAddress address, InetSocketAddress to, Bytes payload) throws IOException {
    byte[] bytes = payload.toArray();
    if (address.isLoopbackAddress()
        || (lab.routing().kernel(host.name()).has(Bytes.of(address.getAddress()))
            && !lab.ports().answersAt(to))) {
      mailbox.expectReal();
      boolean own = peer.filter(to::equals).isPresent() || address.getAddress().length > 4;
      if (address.isLoopbackAddress() && own) {
        machine(to).send(new DatagramPacket(bytes, bytes.length, to));
      } else {
        InetAddress target =
            address.isLoopbackAddress() ? address : InetAddress.getLoopbackAddress();
        real.send(
            new DatagramPacket(bytes, bytes.length, new InetSocketAddress(target, to.getPort())));
      }
      return;
    }
    if (local.getAddress().isLoopbackAddress()) {
      throw new SocketException("Invalid argument: from loopback to " + IpText.of(address));
    }
    lab.clock().pause();
    try {
      sendThroughLab(to, payload);
    } finally {
      lab.clock().resume();
    }
  }

  private void sendThroughLab(InetSocketAddress to, Bytes payload) throws IOException {
    byte[] bytes = payload.toArray();
    long now = lab.clock().nanoTime();
    switch (lab.packets().route(host, to, LabPackets.Protocol.UDP)) {
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
      case LabPackets.Route.Open open -> {
        lab.fabric()
            .launch(
                real.getLocalPort(), open.realPort(), payload, local, now + open.delay().toNanos());
        real.send(
            new DatagramPacket(
                bytes,
                bytes.length,
                new InetSocketAddress(InetAddress.getLoopbackAddress(), open.realPort())));
      }
    }
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
    Wire.unhide(Event.Transport.UDP, local.getPort());
    real.close();
    machine.ifPresent(
        six -> {
          Wire.unhide(Event.Transport.UDP, six.getLocalPort());
          six.close();
        });
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

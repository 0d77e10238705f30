package wirebook.engine.dns.resolver;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;
import wirebook.net.Network;
import wirebook.net.UdpSocket;
import wirebook.trace.Bytes;

/**
 * Asks over a network. Each query has a socket and so a port of its own (RFC 5452, 9.2).
 *
 * @param port where name servers are asked: 53
 */
public record NetworkUpstream(Network network, int port) implements Upstream {
  /** So many wrong replies are a flood, and no reason to wait for the right one. */
  private static final int FLOOD = 200;

  @Override
  public Outcome ask(
      InetAddress server,
      Transport transport,
      Bytes query,
      Duration timeout,
      Predicate<Bytes> answers)
      throws InterruptedException {
    long begun = network.clock().nanoTime();
    InetSocketAddress to = new InetSocketAddress(server, port);
    try {
      return transport == Transport.TCP
          ? tcp(to, query, timeout, answers, begun)
          : udp(to, query, timeout, answers);
    } catch (SocketTimeoutException e) {
      return new Outcome.Silent(since(begun), 0);
    } catch (ClosedByInterruptException | InterruptedIOException e) {
      throw new InterruptedException();
    } catch (IOException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedException();
      }
      return new Outcome.Unreachable(
          e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
    }
  }

  private Duration since(long begun) {
    return Duration.ofNanos(network.clock().nanoTime() - begun);
  }

  private Outcome udp(InetSocketAddress to, Bytes query, Duration timeout, Predicate<Bytes> answers)
      throws IOException {
    long begun = network.clock().nanoTime();
    int ignored = 0;
    try (UdpSocket socket = network.openUdpTo(to, Optional.empty())) {
      begun = network.clock().nanoTime();
      socket.connect(to);
      socket.send(to, query);
      while (ignored < FLOOD) {
        Duration left = timeout.minus(since(begun));
        if (left.isNegative() || left.isZero()) {
          break;
        }
        try {
          UdpSocket.Datagram datagram = socket.receive(left);
          if (datagram.from().equals(to) && answers.test(datagram.payload())) {
            return new Outcome.Replied(datagram.payload(), since(begun), ignored);
          }
          ignored++;
        } catch (SocketTimeoutException e) {
          break;
        }
      }
    }
    return new Outcome.Silent(since(begun), ignored);
  }

  private Outcome tcp(
      InetSocketAddress to, Bytes query, Duration timeout, Predicate<Bytes> answers, long begun)
      throws IOException {
    try (Socket socket = network.connect(to, Optional.empty(), timeout)) {
      socket.setSoTimeout(Math.toIntExact(Math.max(1, timeout.toMillis())));
      ByteArrayOutputStream framed = new ByteArrayOutputStream();
      framed.write(query.length() >> 8);
      framed.write(query.length());
      framed.write(query.toArray());
      socket.getOutputStream().write(framed.toByteArray());
      socket.getOutputStream().flush();
      DataInputStream in = new DataInputStream(socket.getInputStream());
      Bytes reply = Bytes.of(in.readNBytes(in.readUnsignedShort()));
      return answers.test(reply)
          ? new Outcome.Replied(reply, since(begun), 0)
          : new Outcome.Silent(since(begun), 1);
    }
  }
}

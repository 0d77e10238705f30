package wirebook.engine.dns.resolver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;
import wirebook.net.RealNetwork;
import wirebook.trace.Bytes;

/** What servers on real sockets may send, and what is believed of it. */
class HostileServerTest {
  private static final InetAddress HERE = InetAddress.getLoopbackAddress();
  private static final Duration SOON = Duration.ofMillis(400);
  private static final Duration LONG = Duration.ofSeconds(20);

  private static Bytes query() throws Exception {
    return Bytes.of(
        Message.newQuery(Record.newRecord(Name.fromString("www.example."), Type.A, DClass.IN))
            .toWire());
  }

  private static byte[] reply(byte[] query, int id, String name) throws IOException {
    Message message = new Message(id < 0 ? new Message(query).getHeader().getID() : id);
    message.getHeader().setFlag(Flags.QR);
    message.addRecord(Record.newRecord(Name.fromString(name), Type.A, DClass.IN), Section.QUESTION);
    return message.toWire();
  }

  private interface Replies {
    List<byte[]> to(byte[] query) throws IOException;
  }

  /** Asks a server that sends these datagrams, in this order, and then no more. */
  private static Upstream.Outcome udp(Duration patience, Replies replies) throws Exception {
    try (DatagramSocket server = new DatagramSocket(0, HERE)) {
      Thread.ofVirtual().start(() -> serve(server, server, replies));
      return ask(server.getLocalPort(), Upstream.Transport.UDP, patience);
    }
  }

  private static void serve(DatagramSocket server, DatagramSocket sender, Replies replies) {
    try {
      DatagramPacket packet = new DatagramPacket(new byte[512], 512);
      server.receive(packet);
      byte[] query = Bytes.of(packet.getData(), 0, packet.getLength()).toArray();
      for (byte[] reply : replies.to(query)) {
        sender.send(new DatagramPacket(reply, reply.length, packet.getSocketAddress()));
      }
    } catch (IOException e) {
      // The test is over.
    }
  }

  private static Upstream.Outcome ask(int port, Upstream.Transport transport, Duration patience)
      throws Exception {
    Bytes query = query();
    return new NetworkUpstream(new RealNetwork(), port)
        .ask(HERE, transport, query, patience, Queries.answers(query, false));
  }

  @Test
  void repliesWithAnotherIdOrQuestionAreCountedAndTheRightOneIsTaken() throws Exception {
    Upstream.Outcome outcome =
        udp(
            LONG,
            query ->
                List.of(
                    reply(query, new Message(query).getHeader().getID() ^ 1, "www.example."),
                    reply(query, -1, "www.bank.example."),
                    new byte[0],
                    query,
                    reply(query, -1, "www.example.")));
    assertThat(outcome)
        .isInstanceOfSatisfying(
            Upstream.Outcome.Replied.class, r -> assertThat(r.ignored()).isEqualTo(4));
  }

  @Test
  void aReplyFromAnotherAddressIsNoReply() throws Exception {
    try (DatagramSocket server = new DatagramSocket(0, HERE);
        DatagramSocket stranger = new DatagramSocket(0, HERE)) {
      Thread.ofVirtual()
          .start(() -> serve(server, stranger, query -> List.of(reply(query, -1, "www.example."))));
      assertThat(ask(server.getLocalPort(), Upstream.Transport.UDP, SOON))
          .isInstanceOf(Upstream.Outcome.Silent.class);
    }
  }

  @Test
  void aFloodOfWrongRepliesIsGivenUpBeforeThePatienceIsOver() throws Exception {
    long begun = System.nanoTime();
    Upstream.Outcome outcome =
        udp(
            LONG,
            query -> java.util.Collections.nCopies(5_000, reply(query, -1, "www.bank.example.")));
    assertThat(outcome)
        .isInstanceOfSatisfying(
            Upstream.Outcome.Silent.class, s -> assertThat(s.ignored()).isEqualTo(200));
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(LONG);
  }

  /** Asks a server that sends these bytes behind the length, over TCP. */
  private static Upstream.Outcome tcp(Function<byte[], byte[]> reply, int claimed)
      throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, HERE)) {
      Thread.ofVirtual()
          .start(
              () -> {
                try (Socket socket = server.accept()) {
                  DataInputStream in = new DataInputStream(socket.getInputStream());
                  byte[] query = in.readNBytes(in.readUnsignedShort());
                  byte[] bytes = reply.apply(query);
                  DataOutputStream out = new DataOutputStream(socket.getOutputStream());
                  out.writeShort(claimed < 0 ? bytes.length : claimed);
                  out.write(bytes);
                } catch (IOException e) {
                  // The test is over.
                }
              });
      return ask(server.getLocalPort(), Upstream.Transport.TCP, LONG);
    }
  }

  @Test
  void aReplyOf64KilobytesIsReadOverTcp() throws Exception {
    Upstream.Outcome outcome =
        tcp(
            query -> {
              try {
                Message message = new Message(reply(query, -1, "www.example."));
                Name name = Name.fromString("www.example.");
                for (int i = 0; i < 240; i++) {
                  message.addRecord(
                      new TXTRecord(name, DClass.IN, 1, i + "x".repeat(250)), Section.ANSWER);
                }
                return message.toWire();
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            },
            -1);
    assertThat(outcome)
        .isInstanceOfSatisfying(
            Upstream.Outcome.Replied.class,
            r -> assertThat(r.reply().length()).isGreaterThan(60_000));
  }

  @Test
  void aTcpReplyThatBreaksOffIsNoReply() throws Exception {
    assertThat(tcp(query -> new byte[20], 60_000)).isNotInstanceOf(Upstream.Outcome.Replied.class);
  }
}

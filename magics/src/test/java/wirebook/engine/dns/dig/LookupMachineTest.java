package wirebook.engine.dns.dig;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import wirebook.engine.dns.DnsExchange;
import wirebook.engine.dns.DnsTransport;
import wirebook.trace.Bytes;
import wirebook.trace.Failure;

class LookupMachineTest {
  private static final Instant NOW = Instant.ofEpochSecond(1_700_000_000);
  private static final InetSocketAddress SERVER = address("192.0.2.53");
  private static final InetSocketAddress OTHER = address("192.0.2.54");

  private final ByteArrayOutputStream text = new ByteArrayOutputStream();
  private final PrintStream stream = new PrintStream(text, true, StandardCharsets.UTF_8);
  private final Session session =
      new Session("dig", new DigOutput(stream, stream), Bytes.utf8("12345678"));
  private final Printer printer = new DigPrinter(session, Map.of("TZ", "UTC"));
  private int channels;

  private static InetSocketAddress address(String literal) {
    return new InetSocketAddress(InetAddress.ofLiteral(literal), 53);
  }

  private LookupMachine machine(int tries, InetSocketAddress... servers) {
    Lookup lookup = new Lookup(tries);
    lookup.text = "www.example.com";
    lookup.newSearch = true;
    lookup.stats = false;
    for (InetSocketAddress server : servers) {
      lookup.servers.add(Server.of(server.getAddress()));
    }
    session.queue.add(lookup);
    QuerySetUp setUp = new QuerySetUp(session, InstantSource.fixed(NOW));
    return new LookupMachine(session, setUp, printer, new Random(1), () -> {});
  }

  private String text() {
    session.output.flush();
    return text.toString(StandardCharsets.UTF_8);
  }

  private Step opened(LookupMachine machine) {
    return machine.next(new Reply.Opened(++channels, address("192.0.2.1")));
  }

  private static Step sent(LookupMachine machine) {
    return machine.next(new Reply.Sent(NOW, 0));
  }

  /** Opens and sends, and returns the query. */
  private Bytes ask(LookupMachine machine) {
    Step step = opened(machine);
    assertThat(step).isInstanceOf(Step.Send.class);
    assertThat(sent(machine)).isInstanceOf(Step.Receive.class);
    return ((Step.Send) step).message();
  }

  private Step receive(LookupMachine machine, Bytes message) {
    return machine.next(
        new Reply.Received(channels, message, SERVER, NOW.plusMillis(20), 20_000_000));
  }

  private Step timedOut(LookupMachine machine) {
    return machine.next(
        new Reply.Failed(
            channels, "timed out", new Failure.TimedOut("x", Duration.ofSeconds(5)), NOW, 0));
  }

  private static Bytes reply(Bytes query, int second, int third) {
    byte[] reply = query.toArray();
    reply[2] = (byte) second;
    reply[3] = (byte) third;
    return Bytes.of(reply);
  }

  @Test
  void anAnswerIsShownAndTheLookupEnds() {
    LookupMachine machine = machine(3, SERVER);
    assertThat(machine.next(new Reply.Nothing()))
        .isInstanceOfSatisfying(
            Step.Open.class, open -> assertThat(open.server()).isEqualTo(SERVER));
    Bytes query = ask(machine);
    assertThat(receive(machine, reply(query, 0x81, 0x80))).isInstanceOf(Step.Close.class);
    assertThat(machine.next(new Reply.Nothing())).isInstanceOf(Step.Done.class);
    assertThat(text()).contains(";; Got answer:", "status: NOERROR", ";www.example.com.");
    assertThat(machine.exchanges()).hasSize(1);
    assertThat(machine.exchanges().getFirst().roundTrip()).isEqualTo(Duration.ofMillis(20));
  }

  @Test
  void aReplyWithAWrongIdIsIgnored() {
    LookupMachine machine = machine(3, SERVER);
    machine.next(new Reply.Nothing());
    Bytes query = ask(machine);
    byte[] forged = reply(query, 0x81, 0x80).toArray();
    forged[0] ^= 1;
    assertThat(receive(machine, Bytes.of(forged))).isInstanceOf(Step.Receive.class);
    assertThat(text()).contains(";; Warning: ID mismatch: expected ID");
    assertThat(receive(machine, reply(query, 0x81, 0x80))).isInstanceOf(Step.Close.class);
  }

  @Test
  void anAnswerToAnotherQuestionIsIgnored() {
    LookupMachine machine = machine(3, SERVER);
    machine.next(new Reply.Nothing());
    Bytes query = ask(machine);
    byte[] other = reply(query, 0x81, 0x80).toArray();
    other[13] = 'x';
    assertThat(receive(machine, Bytes.of(other))).isInstanceOf(Step.Receive.class);
    assertThat(text()).contains(";; ;; Question section mismatch: got xww.example.com/A/IN");
  }

  @Test
  void theSameServerIsAskedUntilTheTriesAreUpAndThenTheNextOnce() {
    LookupMachine machine = machine(2, SERVER, OTHER);
    Step step = machine.next(new Reply.Nothing());
    for (InetSocketAddress expected : List.of(SERVER, SERVER, OTHER)) {
      assertThat(((Step.Open) step).server()).isEqualTo(expected);
      ask(machine);
      assertThat(timedOut(machine)).isInstanceOf(Step.Close.class);
      step = machine.next(new Reply.Nothing());
    }
    assertThat(step).isInstanceOf(Step.Done.class);
    assertThat(text()).endsWith(";; no servers could be reached\n");
    assertThat(session.exitCode).isEqualTo(9);
    assertThat(machine.exchanges())
        .extracting(DnsExchange::server)
        .containsExactly(SERVER, SERVER, OTHER);
  }

  @Test
  void aTruncatedAnswerIsAskedForByTcp() {
    LookupMachine machine = machine(3, SERVER);
    machine.next(new Reply.Nothing());
    Bytes query = ask(machine);
    assertThat(receive(machine, reply(query, 0x83, 0x80))).isInstanceOf(Step.Close.class);
    assertThat(machine.next(new Reply.Nothing()))
        .isInstanceOfSatisfying(
            Step.Open.class, open -> assertThat(open.transport()).isEqualTo(DnsTransport.TCP));
    assertThat(text()).contains(";; Truncated, retrying in TCP mode.");
  }

  @Test
  void whatIsNoMessageIsDumped() {
    LookupMachine machine = machine(3, SERVER);
    machine.next(new Reply.Nothing());
    Bytes query = ask(machine);
    byte[] bad = reply(query, 0x81, 0x80).toArray();
    bad[12] = (byte) 0x80;
    receive(machine, Bytes.of(bad));
    assertThat(text()).contains(";; Got bad packet: bad label type\n33 bytes\n");
  }
}

package wirebook.kernel.zmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import wirebook.kernel.Seeds;
import wirebook.kernel.zmq.Zmtp.Item;
import wirebook.kernel.zmq.Zmtp.ZmtpException;
import wirebook.trace.Bytes;

class ZmtpTest {
  private static List<Item> read(Zmtp.Reader reader) throws ZmtpException {
    List<Item> items = new ArrayList<>();
    for (Optional<Item> item = reader.next(); item.isPresent(); item = reader.next()) {
      items.add(item.get());
    }
    return items;
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  @Test
  void whatIsSentIsReadHoweverItIsCut() throws ZmtpException {
    for (long seed : Seeds.of(200)) {
      RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
      List<Item> sent = new ArrayList<>();
      ByteArrayOutputStream wire = new ByteArrayOutputStream();
      wire.writeBytes(bytes(Zmtp.greeting()));
      sent.add(new Item.Greeting("NULL"));
      for (int n = random.nextInt(8); n > 0; n--) {
        List<Bytes> frames = new ArrayList<>();
        for (int f = random.nextInt(1, 4); f > 0; f--) {
          byte[] bytes =
              new byte[random.nextInt(4) == 0 ? random.nextInt(200_000) : random.nextInt(300)];
          random.nextBytes(bytes);
          frames.add(Bytes.of(bytes));
        }
        wire.writeBytes(bytes(Zmtp.message(frames)));
        sent.add(new Item.Multipart(frames));
        wire.writeBytes(bytes(Zmtp.command("PING", frames.getFirst())));
        sent.add(new Item.Command("PING", frames.getFirst()));
      }
      Zmtp.Reader reader = new Zmtp.Reader();
      reader.ready();
      List<Item> got = new ArrayList<>();
      byte[] bytes = wire.toByteArray();
      for (int at = 0; at < bytes.length; ) {
        int length = Math.min(bytes.length - at, random.nextInt(1, 70_000));
        reader.feed(ByteBuffer.wrap(bytes, at, length));
        got.addAll(read(reader));
        at += length;
      }
      assertThat(got).as("seed " + seed).isEqualTo(sent);
    }
  }

  @Test
  void readyCarriesItsProperties() throws ZmtpException {
    Zmtp.Reader reader = new Zmtp.Reader();
    reader.feed(Zmtp.greeting());
    reader.feed(Zmtp.ready("ROUTER"));
    Item.Command ready = (Item.Command) read(reader).get(1);
    assertThat(ready.name()).isEqualTo("READY");
    assertThat(Zmtp.properties(ready.body())).containsEntry("socket-type", Bytes.utf8("ROUTER"));
  }

  @Test
  void anotherProtocolIsRefusedAtItsFirstByte() {
    Zmtp.Reader reader = new Zmtp.Reader();
    reader.feed(
        ByteBuffer.wrap("GET / HTTP/1.1\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
    assertThatThrownBy(reader::next).hasMessageContaining("ZMTP");
  }

  @Test
  void aFrameThatClaimsToBeHugeIsRefusedBeforeItComes() {
    Zmtp.Reader reader = new Zmtp.Reader();
    reader.feed(Zmtp.greeting());
    reader.feed(ByteBuffer.allocate(9).put((byte) 2).putLong(1L << 40).flip());
    assertThatThrownBy(() -> read(reader)).isInstanceOf(ZmtpException.class);
  }

  @Test
  void anyBytesAfterTheGreetingAreReadOrRefused() {
    for (long seed : Seeds.of(5000)) {
      RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
      Zmtp.Reader reader = new Zmtp.Reader();
      if (random.nextBoolean()) {
        reader.feed(Zmtp.greeting());
      }
      byte[] bytes = new byte[random.nextInt(100)];
      random.nextBytes(bytes);
      reader.feed(ByteBuffer.wrap(bytes));
      try {
        List<Item> items = read(reader);
        for (Item item : items) {
          if (item instanceof Item.Command(String name, Bytes body) && !name.isEmpty()) {
            assertThat(Zmtp.properties(body)).as("seed " + seed).isNotNull();
          }
        }
      } catch (ZmtpException e) {
        assertThat(e).as("seed " + seed).hasMessageMatching("(?s).+");
      }
    }
  }
}

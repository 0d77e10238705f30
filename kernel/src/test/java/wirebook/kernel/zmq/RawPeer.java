package wirebook.kernel.zmq;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import wirebook.kernel.zmq.Zmtp.Item;
import wirebook.trace.Bytes;

/**
 * A peer that says byte for byte what the test wants. A REQ socket of JeroMQ 0.6 now and then loses
 * its first message, whether its peer is this kernel, libzmq or JeroMQ itself.
 */
final class RawPeer implements AutoCloseable {
  private final SocketChannel channel;
  private final Zmtp.Reader reader = new Zmtp.Reader();

  RawPeer(SocketAddress address) throws IOException {
    channel = SocketChannel.open(address);
    if (!(address instanceof UnixDomainSocketAddress)) {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }
    reader.ready();
  }

  void greet(String type) throws IOException {
    write(Zmtp.greeting());
    write(Zmtp.ready(type));
  }

  void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** In pieces of random length; between them it sometimes first reads what the other one says. */
  void writeCut(long seed, ByteBuffer... parts) throws IOException {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (ByteBuffer part : parts) {
      all.write(part.array(), part.arrayOffset() + part.position(), part.remaining());
    }
    ByteBuffer bytes = ByteBuffer.wrap(all.toByteArray());
    int largest = 1 + random.nextInt(bytes.limit());
    boolean greeted = false;
    while (bytes.hasRemaining()) {
      int length = Math.min(bytes.remaining(), random.nextInt(1, largest + 1));
      write(bytes.slice(bytes.position(), length));
      bytes.position(bytes.position() + length);
      if (!greeted && random.nextInt(4) == 0) {
        next();
        greeted = true;
      }
    }
  }

  /** The next message; greetings and commands are passed over. */
  List<Bytes> message() throws IOException {
    while (true) {
      if (next() instanceof Item.Multipart(List<Bytes> frames)) {
        return frames;
      }
    }
  }

  private Item next() throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
    Optional<Item> item = reader.next();
    while (item.isEmpty()) {
      if (channel.read(buffer.clear()) < 0) {
        throw new IOException("closed by the other side");
      }
      reader.feed(buffer.flip());
      item = reader.next();
    }
    return item.get();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}

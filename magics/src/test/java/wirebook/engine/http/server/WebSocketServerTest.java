package wirebook.engine.http.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.net.NetworkClock;
import wirebook.trace.Bytes;

/**
 * An echo server against frames written byte by byte; the cases are those of the Autobahn test
 * suite for servers, whose numbers stand at them.
 */
@Tag("slow")
class WebSocketServerTest {
  private static final int CONTINUATION = 0;
  private static final int TEXT = 1;
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;
  private static final int FIN = 0x80;
  private static final int DEFLATED = 0x40;
  private static final int LONGEST = 4 << 20;

  private final HttpServers servers = new HttpServers();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server =
        servers
            .start(
                HttpServers.Plan.on(
                    0, "echo", request -> Response.webSocket(WebSocketServerTest::echo)),
                NetworkClock.SYSTEM)
            .server();
  }

  private static void echo(WebSocket socket) throws Exception {
    for (var next = socket.receive(); next.isPresent(); next = socket.receive()) {
      switch (next.get()) {
        case WebSocket.Message.Text(String text) -> socket.send(text);
        case WebSocket.Message.Binary(Bytes bytes) -> socket.send(bytes);
      }
    }
  }

  @AfterEach
  void stop() {
    servers.closeAll();
  }

  /** What the server sent. */
  private record Message(int opcode, Bytes payload) {
    int closeCode() {
      assertThat(opcode).as(this::toString).isEqualTo(CLOSE);
      return payload.isEmpty() ? 0 : payload.at(0) << 8 | payload.at(1);
    }

    @Override
    public String toString() {
      return "opcode " + opcode + ": " + payload.slice(0, Math.min(payload.length(), 200)).text();
    }
  }

  /** A client that sends what it is told to, right or not. */
  private static final class Client implements AutoCloseable {
    private static final byte[] MASK = {(byte) 0xa1, 2, 0x73, 4};

    private final Socket socket = new Socket();
    private final DataInputStream in;
    private final OutputStream out;
    private final boolean deflates;
    private final String head;

    Client(HttpServer server, boolean deflate) throws IOException {
      this(server, deflate, "");
    }

    /**
     * @param fields more lines of the request
     */
    Client(HttpServer server, boolean deflate, String fields) throws IOException {
      socket.connect(new InetSocketAddress(server.address().getAddress(), server.port()));
      socket.setSoTimeout(20_000);
      in = new DataInputStream(new java.io.BufferedInputStream(socket.getInputStream()));
      out = socket.getOutputStream();
      out.write(
          ("GET / HTTP/1.1\r\nHost: 127.0.0.1:"
                  + server.port()
                  + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                  + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                  + (deflate ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : "")
                  + fields
                  + "\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      StringBuilder received = new StringBuilder();
      while (received.indexOf("\r\n\r\n") < 0) {
        received.append((char) in.readUnsignedByte());
      }
      head = received.toString();
      assertThat(head).startsWith("HTTP/1.1 101 ");
      deflates = head.contains("permessage-deflate");
      assertThat(deflates).isEqualTo(deflate);
    }

    void frame(int first, byte[] payload) throws IOException {
      frame(first, payload, payload.length + 14);
    }

    /**
     * @param piece bytes that are written at a time
     */
    void frame(int first, byte[] payload, int piece) throws IOException {
      ByteBuffer frame = ByteBuffer.allocate(14 + payload.length);
      frame.put((byte) first);
      if (payload.length < 126) {
        frame.put((byte) (0x80 | payload.length));
      } else if (payload.length < 0x10000) {
        frame.put((byte) (0x80 | 126)).putShort((short) payload.length);
      } else {
        frame.put((byte) (0x80 | 127)).putLong(payload.length);
      }
      frame.put(MASK);
      for (int i = 0; i < payload.length; i++) {
        frame.put((byte) (payload[i] ^ MASK[i % 4]));
      }
      for (int at = 0; at < frame.position(); at += piece) {
        out.write(frame.array(), at, Math.min(piece, frame.position() - at));
      }
    }

    void raw(String hex) throws IOException {
      out.write(HexFormat.of().parseHex(hex));
    }

    /** The next whole message, or control frame. */
    Message next() throws IOException, DataFormatException {
      ByteArrayOutputStream payload = new ByteArrayOutputStream();
      int opcode = -1;
      boolean deflated = false;
      while (true) {
        int first = in.readUnsignedByte();
        int length = in.readUnsignedByte();
        assertThat(length & 0x80).as("a server masks nothing").isZero();
        length =
            length < 126
                ? length
                : length == 126 ? in.readUnsignedShort() : Math.toIntExact(in.readLong());
        byte[] piece = in.readNBytes(length);
        if ((first & 0xf) >= CLOSE) {
          return new Message(first & 0xf, Bytes.of(piece));
        }
        if (opcode < 0) {
          opcode = first & 0xf;
          deflated = (first & DEFLATED) != 0;
        } else {
          assertThat(first & 0x7f).isEqualTo(CONTINUATION);
        }
        payload.writeBytes(piece);
        if ((first & FIN) != 0) {
          byte[] whole = payload.toByteArray();
          return new Message(opcode, Bytes.of(deflated ? inflated(whole) : whole));
        }
      }
    }

    private final Inflater inflater = new Inflater(true);

    private byte[] inflated(byte[] bytes) throws DataFormatException {
      byte[] tailed = Arrays.copyOf(bytes, bytes.length + 4);
      tailed[tailed.length - 2] = (byte) 0xff;
      tailed[tailed.length - 1] = (byte) 0xff;
      inflater.setInput(tailed);
      ByteArrayOutputStream whole = new ByteArrayOutputStream();
      byte[] piece = new byte[1 << 16];
      for (int n = inflater.inflate(piece); n > 0; n = inflater.inflate(piece)) {
        whole.write(piece, 0, n);
      }
      return whole.toByteArray();
    }

    /** Whether nothing more comes, and the connection is closed. */
    boolean ended() throws IOException {
      try {
        return in.read() < 0;
      } catch (EOFException | java.net.SocketException e) {
        return true;
      }
    }

    @Override
    public void close() throws IOException {
      inflater.end();
      socket.close();
    }
  }

  /** A message as permessage-deflate makes it smaller (RFC 7692 §7.2.1). */
  private static byte[] deflated(byte[] bytes) {
    Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    deflater.setInput(bytes);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] piece = new byte[1 << 16];
    for (int n = piece.length; n == piece.length; ) {
      n = deflater.deflate(piece, 0, piece.length, Deflater.SYNC_FLUSH);
      out.write(piece, 0, n);
    }
    deflater.end();
    return Arrays.copyOf(out.toByteArray(), out.size() - 4);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] letters(int length) {
    byte[] letters = new byte[length];
    new Random(length).ints(length, 'a', 'z' + 1).forEach(new Filling(letters));
    return letters;
  }

  private static final class Filling implements java.util.function.IntConsumer {
    private final byte[] into;
    private int at;

    Filling(byte[] into) {
      this.into = into;
    }

    @Override
    public void accept(int value) {
      into[at++] = (byte) value;
    }
  }

  /** Cases 1 and 9, and 12 and 13 with {@code deflate}. */
  @ParameterizedTest
  @CsvSource({
    "1, 0",
    "1, 1",
    "1, 125",
    "1, 126",
    "1, 127",
    "1, 128",
    "1, 8191",
    "1, 8192",
    "1, 65535",
    "1, 65536",
    "1, 65537",
    "1, 1048576",
    "1, 4194304",
    "2, 0",
    "2, 125",
    "2, 126",
    "2, 8192",
    "2, 65536",
    "2, 4194304"
  })
  void aMessageOfAnyLengthComesBackWholeDeflatedOrNotInOneFrameOrMany(int opcode, int length)
      throws Exception {
    byte[] sent = letters(length);
    byte[] small = deflated(sent);
    try (Client plain = new Client(server, false);
        Client deflating = new Client(server, true)) {
      plain.frame(FIN | opcode, sent);
      assertSame(plain.next(), sent);
      fragments(plain, opcode, sent);
      assertSame(plain.next(), sent);

      deflating.frame(FIN | DEFLATED | opcode, small);
      Message back = deflating.next();
      assertThat(back.opcode()).isEqualTo(opcode);
      assertSame(back, sent);
      fragments(deflating, DEFLATED | opcode, small);
      assertSame(deflating.next(), sent);
      deflating.frame(FIN | opcode, sent);
      assertSame(deflating.next(), sent);
    }
  }

  /** Without printing megabytes. */
  private static void assertSame(Message message, byte[] payload) {
    assertThat(message.payload().equals(Bytes.of(payload))).as(message::toString).isTrue();
  }

  private static void fragments(Client client, int first, byte[] payload) throws IOException {
    int piece = Math.max(1, payload.length / 7);
    client.frame(first, Arrays.copyOf(payload, Math.min(piece, payload.length)));
    for (int at = piece; at < payload.length; at += piece) {
      client.frame(
          CONTINUATION, Arrays.copyOfRange(payload, at, Math.min(payload.length, at + piece)));
      client.frame(FIN | PONG, ascii("nobody asked"));
    }
    client.frame(FIN | CONTINUATION, new byte[0]);
  }

  @Test
  void whoStopsTellsThatItGoesAway() throws Exception {
    try (Client client = new Client(server, false)) {
      client.frame(FIN | TEXT, ascii("hello"));
      assertSame(client.next(), ascii("hello"));
      Thread stopping = Thread.ofVirtual().start(servers::closeAll);
      Message last = client.next();
      assertThat(last.closeCode()).isEqualTo(1001);
      assertThat(last.payload().slice(2, last.payload().length()).text())
          .isEqualTo("the server is stopping");
      client.frame(FIN | CLOSE, last.payload().toArray());
      stopping.join();
      assertThat(client.ended()).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({"'chat.v3, chat.v2, chat.v1', chat.v2", "chat.v3, ''", "'', ''"})
  void ofTheProtocolsThatAClientOffersTheFirstIsAgreedToThatTheHandlerSpeaks(
      String offered, String agreed) throws Exception {
    HttpServer chat =
        servers
            .start(
                HttpServers.Plan.on(
                    0,
                    "chat",
                    request ->
                        Response.webSocket(
                            socket -> socket.send("speaks " + socket.protocol().orElse("nothing")),
                            "chat.v1",
                            "chat.v2")),
                NetworkClock.SYSTEM)
            .server();
    String offer = offered.isEmpty() ? "" : "Sec-WebSocket-Protocol: " + offered + "\r\n";
    try (Client client = new Client(chat, false, offer)) {
      assertSame(client.next(), ascii("speaks " + (agreed.isEmpty() ? "nothing" : agreed)));
      if (agreed.isEmpty()) {
        assertThat(client.head).doesNotContainIgnoringCase("Sec-WebSocket-Protocol");
      } else {
        assertThat(client.head).contains("\r\nSec-WebSocket-Protocol: " + agreed + "\r\n");
      }
    }
  }

  /** Case 9.7: what is sent in small pieces of TCP. */
  @Test
  void aFrameMayComeInPiecesOfAnySize() throws Exception {
    byte[] sent = letters(3000);
    try (Client client = new Client(server, false)) {
      client.frame(FIN | TEXT, sent, 1);
      assertSame(client.next(), sent);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsLongerThanFourMebibytesIs1009(boolean deflate) throws Exception {
    byte[] sent = new byte[LONGEST + 1];
    try (Client client = new Client(server, deflate)) {
      if (deflate) {
        client.frame(FIN | DEFLATED | BINARY, deflated(sent));
      } else {
        try {
          fragments(client, BINARY, sent);
        } catch (IOException e) {
          // The end of it meets a server that has closed already.
        }
      }
      assertThat(client.next().closeCode()).isEqualTo(1009);
    }
  }

  @Test
  void aHandlerThatDoesNotReadHoldsUpItsClientAndReadsAllLater() throws Exception {
    CountDownLatch reads = new CountDownLatch(1);
    int count = 200;
    HttpServer slow =
        servers
            .start(
                HttpServers.Plan.on(
                    0,
                    "slow",
                    request ->
                        Response.webSocket(
                            socket -> {
                              reads.await();
                              for (int i = 0; i < count; i++) {
                                socket.receive();
                              }
                              socket.send("all");
                            })),
                NetworkClock.SYSTEM)
            .server();
    byte[] big = letters(1 << 18);
    try (Client client = new Client(slow, false)) {
      Thread sending =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      for (int i = 0; i < count; i++) {
                        client.frame(FIN | TEXT, big);
                      }
                    } catch (IOException e) {
                      fail("the server hung up", e);
                    }
                  });
      assertThat(sending.join(java.time.Duration.ofMillis(300))).isFalse();
      reads.countDown();
      assertSame(client.next(), ascii("all"));
    }
  }

  /** Case 2. */
  @Test
  void aPingIsAnsweredWithWhatItSaysBetweenFragmentsToo() throws Exception {
    try (Client client = new Client(server, false)) {
      for (int length : new int[] {0, 1, 125}) {
        byte[] says = letters(length);
        client.frame(FIN | PING, says);
        Message pong = client.next();
        assertThat(pong.opcode()).isEqualTo(PONG);
        assertSame(pong, says);
      }
      client.frame(TEXT, ascii("fra"));
      client.frame(FIN | PING, ascii("between"));
      client.frame(FIN | CONTINUATION, ascii("gment"));
      assertSame(client.next(), ascii("between"));
      assertSame(client.next(), ascii("fragment"));
      client.frame(FIN | PONG, ascii("nobody asked"));
      client.frame(FIN | TEXT, ascii("still here"));
      assertSame(client.next(), ascii("still here"));
    }
  }

  /** What may not be sent: the frames in hex, masked with zeros. */
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "3.1 a reserved bit, a08100000000" + "61",
    "3.3 all reserved bits, f18100000000" + "61",
    "3.4 a compressed frame without the extension, c18100000000" + "61",
    "4.1 opcode 3, 838000000000",
    "4.1 opcode 7, 878000000000",
    "4.2 opcode 11, 8b8000000000",
    "4.2 opcode 15, 8f8000000000",
    "5.1 a ping in fragments, 098000000000",
    "5.9 a continuation of nothing, 808100000000" + "61",
    "5.18 a message within another, 018100000000" + "61" + "818100000000" + "62",
    "7.3.2 a close of one byte, 888100000000" + "03",
    "7.9 close code 0, 888200000000" + "0000",
    "7.9 close code 999, 888200000000" + "03e7",
    "7.9 close code 1004, 888200000000" + "03ec",
    "7.9 close code 1005, 888200000000" + "03ed",
    "7.9 close code 1006, 888200000000" + "03ee",
    "7.9 close code 1015, 888200000000" + "03f7",
    "7.9 close code 1016, 888200000000" + "03f8",
    "7.9 close code 2999, 888200000000" + "0bb7",
    "7.13 close code 5000, 888200000000" + "1388",
    "a frame without a mask, 810161",
  })
  void whatIsNoProtocolIs1002(String what, String hex) throws Exception {
    try (Client client = new Client(server, false)) {
      client.raw(hex);
      assertThat(client.next().closeCode()).as(what).isEqualTo(1002);
      assertThat(client.ended()).isTrue();
    }
  }

  /** Case 2.5. */
  @Test
  void aPingOfMoreThan125BytesIs1002() throws Exception {
    try (Client client = new Client(server, false)) {
      client.frame(FIN | PING, letters(126));
      assertThat(client.next().closeCode()).isEqualTo(1002);
    }
  }

  @Test
  void aLengthBeyondSixtyThreeBitsIsTooLarge() throws Exception {
    try (Client client = new Client(server, false)) {
      client.raw("81ff8000000000000001" + "00000000");
      assertThat(client.next().closeCode()).isIn(1002, 1009);
    }
  }

  /** Case 6. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ce",
        "cebae1bdb9cf83cebcceb5eda080656469746564",
        "80",
        "c0af",
        "f8888080",
        "eda080",
        "f4908080",
        "fe",
        "cebae1bdb9cf83cebcceb5f4"
      })
  void textThatIsNoUtf8Is1007(String hex) throws Exception {
    byte[] bad = HexFormat.of().parseHex(hex);
    for (boolean deflate : new boolean[] {false, true}) {
      try (Client client = new Client(server, deflate)) {
        client.frame(FIN | TEXT | (deflate ? DEFLATED : 0), deflate ? deflated(bad) : bad);
        assertThat(client.next().closeCode()).isEqualTo(1007);
      }
    }
  }

  /** Case 6.4. */
  @Test
  void badUtf8EndsTheConnectionBeforeTheMessageIsWhole() throws Exception {
    try (Client client = new Client(server, false)) {
      client.frame(TEXT, HexFormat.of().parseHex("cebae1bdb9cf83cebcceb5f4908080"));
      assertThat(client.next().closeCode()).isEqualTo(1007);
    }
  }

  /** Case 6.2: characters may be cut anywhere. */
  @Test
  void fragmentsMayCutACharacter() throws Exception {
    byte[] sent = "Hello-µ@ßöäüàá-UTF-8!! 𝄞".getBytes(StandardCharsets.UTF_8);
    try (Client client = new Client(server, false)) {
      for (int i = 0; i < sent.length; i++) {
        client.frame(i == 0 ? TEXT : CONTINUATION, new byte[] {sent[i]});
      }
      client.frame(FIN | CONTINUATION, new byte[0]);
      assertSame(client.next(), sent);
    }
  }

  /** Case 7. */
  @ParameterizedTest
  @CsvSource({
    "'', 0",
    "03e8, 1000",
    "03e9, 1001",
    "03eb, 1003",
    "03ef, 1007",
    "03f3, 1011",
    "0bb8, 3000",
    "0f9f, 3999",
    "0fa0, 4000",
    "1387, 4999",
    "03e8cebae1bdb9, 1000"
  })
  void aCloseIsAnsweredWithItsOwnCodeAndTheConnectionEnds(String hex, int code) throws Exception {
    try (Client client = new Client(server, false)) {
      client.frame(FIN | CLOSE, HexFormat.of().parseHex(hex));
      assertThat(client.next().closeCode()).isEqualTo(code);
      assertThat(client.ended()).isTrue();
    }
  }

  /** Case 7.5.1. */
  @Test
  void aReasonThatIsNoUtf8Is1007() throws Exception {
    try (Client client = new Client(server, false)) {
      client.frame(FIN | CLOSE, HexFormat.of().parseHex("03e8cebae1bdb9cf83eda080"));
      assertThat(client.next().closeCode()).isEqualTo(1007);
      assertThat(client.ended()).isTrue();
    }
  }

  @Test
  void whatIsNotDeflateEndsTheConnection() throws Exception {
    try (Client client = new Client(server, true)) {
      client.frame(FIN | DEFLATED | TEXT, HexFormat.of().parseHex("ffffffff"));
      assertThat(client.next().closeCode()).isIn(1002, 1007, 1011);
      assertThat(client.ended()).isTrue();
    }
  }
}

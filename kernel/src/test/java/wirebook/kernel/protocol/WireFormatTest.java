package wirebook.kernel.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.codec.Json;
import wirebook.kernel.Seeds;
import wirebook.kernel.protocol.WireFormat.Decoded;
import wirebook.trace.Bytes;

class WireFormatTest {
  private static final Message MESSAGE =
      new Message(
          List.of(Bytes.utf8("peer")),
          new Message.Header(Json.object("msg_id", "1", "msg_type", "kernel_info_request")),
          Json.Obj.EMPTY,
          Json.object("cellId", "a"),
          Json.object("text", "zażółć \ud83d\ude00 \"\\\n\u0000", "n", 12, "yes", true),
          List.of(Bytes.of(new byte[] {0, -1})));

  private static WireFormat format(String key) {
    return new WireFormat(
        new ConnectionInfo("tcp", "127.0.0.1", 1, 2, 3, 4, 5, "hmac-sha256", key));
  }

  private static String refused(WireFormat format, List<Bytes> frames) {
    return switch (format.decode(frames)) {
      case Decoded.Valid(var message) -> "accepted " + message;
      case Decoded.Refused(var reason) -> reason;
    };
  }

  @Test
  void aMessageSurvivesTheWire() {
    for (String key : List.of("", "secret")) {
      assertThat(format(key).decode(format(key).encode(MESSAGE)))
          .isEqualTo(new Decoded.Valid(MESSAGE));
    }
  }

  @Test
  void aMessageSignedWithAnotherKeyIsRefused() {
    assertThat(refused(format("one"), format("two").encode(MESSAGE))).contains("signature");
    assertThat(refused(format("one"), format("").encode(MESSAGE))).contains("signature");
  }

  @Test
  void aMessageThatWasChangedIsRefused() {
    List<Bytes> frames = new ArrayList<>(format("key").encode(MESSAGE));
    frames.set(6, Bytes.utf8("{}"));
    assertThat(refused(format("key"), frames)).contains("signature");
  }

  @Test
  void aMessageIsAcceptedOnce() {
    WireFormat format = format("key");
    List<Bytes> frames = format.encode(MESSAGE);
    assertThat(format.decode(frames)).isInstanceOf(Decoded.Valid.class);
    assertThat(refused(format, frames)).contains("before");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "[]", "null", "{", "{\"msg_id\":1}", "{}x", "\u00e9", "nul", "{'a':1}"})
  void aHeaderThatIsNoneIsRefused(String header) {
    List<Bytes> frames = new ArrayList<>(format("").encode(MESSAGE));
    frames.set(3, Bytes.utf8(header));
    assertThat(format("").decode(frames)).isInstanceOf(Decoded.Refused.class);
  }

  @Test
  void textThatIsNoUtf8IsReadWithItsBadBytesReplaced() {
    List<Bytes> frames = new ArrayList<>(format("").encode(MESSAGE));
    // U+D83D alone, as Python writes it with "surrogatepass".
    frames.set(
        6, Bytes.of("{\"code\":\"a\u00ed\u00a0\u00bdb\"}".getBytes(StandardCharsets.ISO_8859_1)));
    assertThat(format("").decode(frames))
        .isInstanceOfSatisfying(
            Decoded.Valid.class,
            valid ->
                assertThat(valid.message().content().text("code").orElseThrow())
                    .matches("a\ufffd+b"));
  }

  @Test
  void deepNestingIsRefusedAndNothingOverflows() {
    List<Bytes> frames = new ArrayList<>(format("").encode(MESSAGE));
    frames.set(6, Bytes.utf8("{\"a\":" + "[".repeat(1_000_000)));
    assertThat(format("").decode(frames)).isInstanceOf(Decoded.Refused.class);
  }

  @Test
  void whateverComesIsDecodedOrRefused() {
    List<Bytes> whole = format("").encode(MESSAGE);
    for (long seed : Seeds.of(5000)) {
      RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
      List<Bytes> frames = new ArrayList<>(whole);
      for (int changes = random.nextInt(1, 4); changes > 0 && !frames.isEmpty(); changes--) {
        int at = random.nextInt(frames.size());
        switch (random.nextInt(4)) {
          case 0 -> frames.remove(at);
          case 1 -> frames.add(at, frames.get(random.nextInt(frames.size())));
          case 2 -> frames.set(at, Bytes.EMPTY);
          default -> {
            byte[] bytes = frames.get(at).toArray();
            if (bytes.length > 0) {
              bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            frames.set(at, Bytes.of(bytes));
          }
        }
      }
      assertThat(format("").decode(frames)).as("seed " + seed).isNotNull();
    }
  }

  @Test
  void halfASurrogatePairIsEscaped() throws Json.Malformed {
    Json half = Json.of("a\ud83d");
    assertThat(half.write()).isEqualTo("\"a\\ud83d\"");
    assertThat(Json.parse(half.write())).isEqualTo(half);
  }

  @Test
  void numbersKeepTheirDigits() throws Json.Malformed {
    String text = "{\"a\":[1,1.10,12345678901234567890,-1e400],\"b\":null,\"c\":[],\"d\":{}}";
    assertThat(Json.parse(text).write()).isEqualTo(text);
  }

  /** RFC 4231, 4.2 to 4.7: a short key, a long one, and what they sign. */
  @Test
  void signaturesAreHmac() {
    assertThat(
            Signer.of("hmac-sha256", "Jefe")
                .sign(List.of(Bytes.utf8("what do ya want "), Bytes.utf8("for nothing?")))
                .text())
        .isEqualTo("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    assertThat(
            Signer.of("hmac-sha512", "Jefe")
                .sign(List.of(Bytes.utf8("what do ya want for nothing?")))
                .text())
        .startsWith("164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554");
    assertThatThrownBy(() -> Signer.of("hmac-none", "key")).hasMessageContaining("hmac-none");
  }
}

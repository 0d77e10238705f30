package wirebook.engine.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http2.hpack.HpackEncoder;
import org.junit.jupiter.api.Test;
import wirebook.trace.Bytes;

class Http2Test {
  private static final List<HttpHeader> REQUEST =
      List.of(new HttpHeader(":method", "GET"), new HttpHeader(":path", "/"));

  private final List<String> notes = new ArrayList<>();
  private final Http2 client = new Http2(notes::add);
  private final List<String> said = new ArrayList<>();
  private final HpackEncoder server = new HpackEncoder();
  private final Http2.Sink sink =
      new Http2.Sink() {
        @Override
        public void head(int status, List<HttpHeader> fields) {
          said.add(status + " " + fields);
        }

        @Override
        public void trailers(List<HttpHeader> fields) {
          said.add("trailers " + fields);
        }

        @Override
        public void data(Bytes bytes) {
          said.add("data " + bytes.text());
        }

        @Override
        public void end() {
          said.add("end");
        }

        @Override
        public void failed(HttpFailure why) {
          said.add(why.code() + " " + why.words());
        }

        @Override
        public void roomier() {
          said.add("room");
        }
      };

  private final Http2.Stream stream;

  Http2Test() {
    server.setValidateEncoding(false);
    stream = client.open(REQUEST, true, sink).stream();
  }

  private byte[] fields(String... namesAndValues) {
    ByteBuffer buffer = ByteBuffer.allocate(4096);
    for (int i = 0; i < namesAndValues.length; i += 2) {
      server.encode(
          buffer,
          new HttpField(
              org.eclipse.jetty.http.HttpHeader.CACHE.get(namesAndValues[i]),
              namesAndValues[i],
              namesAndValues[i + 1]));
    }
    return Arrays.copyOf(buffer.array(), buffer.position());
  }

  private static byte[] frame(int type, int flags, int stream, byte... payload) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(
        new byte[] {
          (byte) (payload.length >> 16),
          (byte) (payload.length >> 8),
          (byte) payload.length,
          (byte) type,
          (byte) flags,
          0,
          0,
          0,
          (byte) stream
        });
    out.writeBytes(payload);
    return out.toByteArray();
  }

  private byte[] feed(byte[]... frames) throws HttpFailure {
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    for (byte[] frame : frames) {
      client.feed(frame, answer);
    }
    return answer.toByteArray();
  }

  private Optional<HttpFailure> failure(byte[]... frames) {
    return Optional.ofNullable(catchThrowableOfType(HttpFailure.class, () -> feed(frames)));
  }

  @Test
  void aResponseIsReadWhereverItIsCut() throws HttpFailure {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] head = fields(":status", "200", "x-a", "b");
    all.writeBytes(frame(4, 0, 0));
    all.writeBytes(frame(1, 0, 1, Arrays.copyOf(head, 1)));
    all.writeBytes(frame(9, 4, 1, Arrays.copyOfRange(head, 1, head.length)));
    all.writeBytes(frame(0, 8, 1, (byte) 2, (byte) 'h', (byte) 'i', (byte) 0, (byte) 0));
    all.writeBytes(frame(1, 5, 1, fields("x-t", "1")));
    for (byte b : all.toByteArray()) {
      feed(new byte[] {b});
    }
    assertThat(said).containsExactly("200 [x-a: b]", "data hi", "trailers [x-t: 1]", "end");
    assertThat(client.usable()).isTrue();
    assertThat(notes).contains("HTTP/2 received DATA, stream 1, 5 bytes");
  }

  @Test
  void settingsAndPingsAreAnswered() throws HttpFailure {
    assertThat(feed(frame(4, 0, 0, (byte) 0, (byte) 4, (byte) 0, (byte) 0, (byte) 0, (byte) 9)))
        .isEqualTo(frame(4, 1, 0));
    assertThat(stream.room()).isEqualTo(9);
    byte[] ping = {1, 2, 3, 4, 5, 6, 7, 8};
    assertThat(feed(frame(6, 0, 0, ping))).isEqualTo(frame(6, 1, 0, ping));
  }

  @Test
  void theServerGetsMoreRoomThanItUsed() throws HttpFailure {
    byte[] answer =
        feed(
            frame(1, 4, 1, fields(":status", "200")),
            frame(0, 0, 1, new byte[16_384]),
            frame(0, 0, 1, new byte[16_384]));
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    expected.writeBytes(frame(8, 0, 0, (byte) 0, (byte) 1, (byte) 0x80, (byte) 0));
    assertThat(answer).isEqualTo(expected.toByteArray());
    // The stream's room comes back when the transfer has taken what came.
    assertThat(stream.taken(16_384)).isEmpty();
    assertThat(stream.taken(16_384))
        .isEqualTo(frame(8, 0, 1, (byte) 0, (byte) 1, (byte) 0x80, (byte) 0));
    // 128 KiB now, then 256, and so on to 10 MiB.
    assertThat(stream.taken(65_535)).isEmpty();
    assertThat(stream.taken(1)).isEqualTo(frame(8, 0, 1, (byte) 0, (byte) 3, (byte) 0, (byte) 0));
  }

  @Test
  void aWindowGrowsNoFurtherThanItMay() throws HttpFailure {
    Http2 small = new Http2(note -> {}, 16, 24);
    Http2.Stream one = small.open(REQUEST, true, sink).stream();
    assertThat(one.taken(8)).isEqualTo(frame(8, 0, 1, (byte) 0, (byte) 0, (byte) 0, (byte) 16));
    assertThat(one.taken(12)).isEqualTo(frame(8, 0, 1, (byte) 0, (byte) 0, (byte) 0, (byte) 12));
  }

  @Test
  void aResetIsAnErrorOfItsStreamAlone() throws HttpFailure {
    Http2.Stream other = client.open(REQUEST, true, sink).stream();
    feed(
        frame(3, 0, 1, (byte) 0, (byte) 0, (byte) 0, (byte) 2),
        frame(1, 5, other.number(), fields(":status", "204")));
    assertThat(said)
        .containsExactly(
            CurlCode.HTTP2_STREAM
                + " HTTP/2 stream 1 was not closed cleanly: INTERNAL_ERROR (err 2)",
            "204 []",
            "end");
  }

  @Test
  void streamsRunSideBySideAsFarAsTheServerAllows() throws HttpFailure {
    feed(frame(4, 0, 0, (byte) 0, (byte) 3, (byte) 0, (byte) 0, (byte) 0, (byte) 2));
    assertThat(client.usable()).isTrue();
    Http2.Stream other = client.open(REQUEST, false, sink).stream();
    assertThat(client.usable()).isFalse();
    assertThat(other.leave()).isEqualTo(frame(3, 0, 3, (byte) 0, (byte) 0, (byte) 0, (byte) 8));
    assertThat(client.usable()).isTrue();
  }

  @Test
  void aServerThatGoesAwayEndsWhatItHasNotTaken() throws HttpFailure {
    client.open(REQUEST, true, sink);
    feed(
        frame(
            7, 0, 0, (byte) 0, (byte) 0, (byte) 0, (byte) 1, (byte) 0, (byte) 0, (byte) 0,
            (byte) 0));
    assertThat(said).containsExactly(CurlCode.HTTP2 + " HTTP/2: the server goes away: NO_ERROR");
    assertThat(client.usable()).isFalse();
  }

  @Test
  void whatBreaksTheProtocolEndsTheConnection() {
    assertThat(failure(frame(5, 4, 1, (byte) 0, (byte) 0, (byte) 0, (byte) 2)))
        .get()
        .extracting(HttpFailure::words)
        .isEqualTo("HTTP/2: a pushed response, which nobody wants");
    assertThat(new Http2Test().failure(frame(0, 8, 1))).isPresent();
    assertThat(new Http2Test().failure(frame(1, 0, 1, (byte) 0x88), frame(0, 0, 1))).isPresent();
    assertThat(new Http2Test().failure(new byte[] {0x7f, 0, 0, 0, 0, 0, 0, 0, 0})).isPresent();
    assertThat(new Http2Test().failure(frame(1, 5, 1, (byte) 0xff, (byte) 0xff, (byte) 0xff)))
        .isPresent();
  }

  @Test
  void noBytesMakeItThrowAnythingElse() {
    Random random = new Random(1);
    for (int i = 0; i < 3000; i++) {
      byte[] noise = new byte[random.nextInt(60)];
      random.nextBytes(noise);
      byte[] framed = frame(random.nextInt(11), random.nextInt(64), random.nextInt(3), noise);
      assertThat(new Http2Test().failure(framed, noise))
          .satisfiesAnyOf(
              none -> assertThat(none).isEmpty(),
              one -> assertThat(one).get().isInstanceOf(HttpFailure.class));
    }
  }
}

package wirebook.engine.http.client;

import java.io.IOException;
import java.net.ProtocolException;
import java.util.List;
import wirebook.codec.ChunkedDecoder;
import wirebook.codec.WebSocketFrame;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.ContentDecoder;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.Inflating;
import wirebook.engine.http.StreamDecoder;
import wirebook.engine.http.WebSocketFrames;
import wirebook.engine.http.client.CallLog.Kind;

/**
 * The way of a transfer's body from the wire to the sink: recorded, freed of its transfer coding,
 * measured against what was announced, freed of its content codings, given out.
 */
final class BodyChain {
  private static final int MAX_ENCODINGS = 5;

  /** Where in a cell a body that unpacks to very much more than what came is given up. */
  private static final long BOMB = 64L << 20;

  /** How many times as much is very much more. Text packs ten times, a log perhaps fifty. */
  private static final long BOMB_RATIO = 100;

  private final CallState t;

  /** The body's bytes so far, as they came. */
  private long received;

  BodyChain(CallState state) {
    t = state;
  }

  /** The way when no coding is known. */
  BodyWriter plain() {
    return raw(measured(this::out));
  }

  /** The way out of WebSocket frames. */
  BodyWriter webSocket(Connection connection) {
    return raw(new WebSocketWriter(connection));
  }

  void encodings(String list, boolean transfer) throws HttpFailure {
    List<String> codings = transfer ? t.exchange.transferCodings : t.exchange.contentCodings;
    boolean chunkedHere = false;
    for (String piece : list.substring(0, ByteText.find(list, 0, "\r\n")).split(",")) {
      String name = ByteText.trimBlanks(piece);
      if (name.isEmpty()) {
        continue;
      }
      String lower = ByteText.lower(name);
      boolean chunked = transfer && lower.equals("chunked");
      if (transfer && !t.config.trEncoding && !chunked) {
        if (!t.config.raw) {
          if (chunkedHere) {
            throw new HttpFailure(
                CurlCode.BAD_CONTENT_ENCODING,
                "A Transfer-Encoding (" + name + ") was listed after chunked");
          }
          if (lower.equals("identity")) {
            continue;
          }
          throw new HttpFailure(
              CurlCode.BAD_CONTENT_ENCODING, "Unsolicited Transfer-Encoding (" + name + ") found");
        }
        return;
      }
      if (codings.size() >= MAX_ENCODINGS) {
        throw new HttpFailure(
            CurlCode.BAD_CONTENT_ENCODING,
            "Reject response exceeding limit of %s %s encodings"
                .formatted(MAX_ENCODINGS, transfer ? "transfer" : "content"));
      }
      if (transfer && !chunked && codings.contains("chunked")) {
        throw new HttpFailure(
            CurlCode.BAD_CONTENT_ENCODING,
            "Reject response due to 'chunked' not being the last Transfer-Encoding");
      }
      if (chunked) {
        t.exchange.chunked = true;
        chunkedHere = true;
        if (codings.contains("chunked")) {
          continue;
        }
      }
      codings.add(lower);
    }
  }

  void build() {
    received = 0;
    BodyWriter chain = this::out;
    for (String coding : t.exchange.contentCodings) {
      chain = decoder(coding, chain);
    }
    chain = measured(chain);
    for (String coding : t.exchange.transferCodings) {
      chain = coding.equals("chunked") ? new ChunkedWriter(chain) : decoder(coding, chain);
    }
    t.exchange.chain = raw(chain);
  }

  private BodyWriter decoder(String coding, BodyWriter next) {
    return switch (coding) {
      case "identity", "none" -> next;
      case "gzip", "x-gzip" -> new DecodingWriter(new Inflating(true), next);
      case "deflate" -> new DecodingWriter(new Inflating(false), next);
      case "br" -> new DecodingWriter(StreamDecoder.brotli(), next);
      case "zstd" -> new DecodingWriter(StreamDecoder.zstd(), next);
      default ->
          (bytes, offset, length, eos) -> {
            if (length > 0) {
              throw new HttpFailure(
                  CurlCode.BAD_CONTENT_ENCODING, "Unrecognized content encoding type");
            }
            next.write(bytes, offset, length, eos);
          };
    };
  }

  /** The end of the way: what is given out, and kept. */
  private void out(byte[] bytes, int offset, int length, boolean eos) throws HttpFailure {
    if (length == 0) {
      return;
    }
    t.exchange.delivered += length;
    t.info.sizeDelivered += length;
    if (t.config.maxFileSize > 0
        && t.info.sizeDelivered > t.config.maxFileSize
        && !t.exchange.ignoreBody) {
      throw t.config.tooLarge(t.info.sizeDelivered);
    }
    t.sink.body(bytes, offset, length);
    int room = t.client.keep - t.exchange.kept.size();
    if (t.sink.toFile()) {
      t.current.ifPresent(Connection::toFile);
    } else if (room > 0) {
      t.exchange.kept.write(bytes, offset, Math.min(room, length));
    }
  }

  private BodyWriter raw(BodyWriter next) {
    return (bytes, offset, length, eos) -> {
      received += length;
      if (length > 0 && !t.exchange.ignoreBody && t.client.log.on()) {
        t.debug(Kind.DATA_IN, ByteText.of(bytes, offset, length));
      }
      next.write(bytes, offset, length, eos);
    };
  }

  private BodyWriter measured(BodyWriter next) {
    return (bytes, offset, length, eos) -> measure(bytes, offset, length, eos, next);
  }

  private void measure(byte[] bytes, int offset, int length, boolean eos, BodyWriter next)
      throws HttpFailure {
    if (t.exchange.noBody && length > 0) {
      t.current.ifPresent(c -> c.close = true);
      t.exchange.downloadDone = true;
      if (t.info.sizeHeader > 0) {
        return;
      }
      throw new HttpFailure(CurlCode.WEIRD_SERVER_REPLY);
    }
    int n = length;
    if (t.exchange.maxDownload != -1) {
      long most = Math.max(0, t.exchange.maxDownload - t.exchange.byteCount);
      n = (int) Math.min(n, most);
      if (n == most) {
        t.exchange.downloadDone = true;
      }
      if (eos && !t.exchange.noBody && t.exchange.size > t.exchange.byteCount + n) {
        t.exchange.byteCount += n;
        throw new HttpFailure(
            CurlCode.PARTIAL_FILE,
            "end of response with %s bytes missing"
                .formatted(t.exchange.size - t.exchange.byteCount));
      }
    }
    int excess = length - n;
    boolean tooLarge = false;
    if (t.config.maxFileSize > 0 && !t.exchange.ignoreBody) {
      long most = Math.max(0, t.config.maxFileSize - t.exchange.byteCount);
      tooLarge = n > most;
      n = (int) Math.min(n, most);
    }
    boolean last = eos || (t.exchange.downloadDone && !t.exchange.chunked);
    if (!t.exchange.ignoreBody && (n > 0 || last)) {
      next.write(bytes, offset, n, last);
    }
    t.exchange.byteCount += n;
    t.info.sizeDownload += n;
    if (tooLarge) {
      throw t.config.tooLarge(t.exchange.byteCount);
    }
    if (excess > 0 && !t.exchange.ignoreBody) {
      t.info(
          "Excess found writing body: excess = %s, size = %s, maxdownload = %s, bytecount = %s"
              .formatted(excess, t.exchange.size, t.exchange.maxDownload, t.exchange.byteCount));
      t.current.ifPresent(c -> c.close = true);
    }
  }

  private final class ChunkedWriter implements BodyWriter, ChunkedDecoder.Sink<HttpFailure> {
    private final ChunkedDecoder decoder = new ChunkedDecoder();
    private final BodyWriter next;

    ChunkedWriter(BodyWriter next) {
      this.next = next;
    }

    @Override
    public void data(byte[] data, int from, int n) throws HttpFailure {
      if (!t.config.raw) {
        next.write(data, from, n, false);
      }
    }

    @Override
    public void trailer(String line) throws HttpFailure {
      HeaderLimits.verify(line, t.exchange.headerLine);
      if (!t.config.raw) {
        t.sink.header(line, t.exchange.code);
      }
    }

    @Override
    public void write(byte[] bytes, int offset, int length, boolean eos) throws HttpFailure {
      if (t.config.raw && length > 0) {
        next.write(bytes, offset, length, false);
      }
      int used;
      try {
        used = decoder.feed(bytes, offset, length, this);
      } catch (ProtocolException e) {
        throw new HttpFailure(CurlCode.RECV_ERROR, String.valueOf(e.getMessage()));
      }
      if (decoder.done()) {
        t.exchange.downloadDone = true;
        if (!t.config.raw) {
          next.write(bytes, offset, 0, true);
        }
        if (used < length) {
          t.info("Leftovers after chunking: " + (length - used) + " bytes");
        }
      } else if (eos && !t.exchange.noBody) {
        throw new HttpFailure(
            CurlCode.PARTIAL_FILE, "transfer closed with outstanding read data remaining");
      }
    }
  }

  private final class DecodingWriter implements BodyWriter {
    private final ContentDecoder decoder;
    private final BodyWriter next;
    private long unpacked;
    private boolean finished;

    DecodingWriter(ContentDecoder decoder, BodyWriter next) {
      this.decoder = decoder;
      t.exchange.decoders.add(decoder);
      this.next = next;
    }

    @Override
    public void write(byte[] bytes, int offset, int length, boolean eos) throws HttpFailure {
      if (length > 0) {
        decoder.feed(bytes, offset, length, this::unpacked);
      }
      if (eos && !finished) {
        finished = true;
        decoder.finish(this::unpacked);
        next.write(bytes, offset, 0, true);
      }
    }

    /**
     * Passes on what came out of this coding, as long as that is no bomb. Each coding counts for
     * itself: several may be stacked, and the last need not give out anything. From the shell there
     * is no limit, as in curl, and in a cell --max-filesize replaces this one.
     */
    private void unpacked(byte[] bytes, int offset, int length) throws HttpFailure {
      unpacked += length;
      if (unpacked > BOMB
          && unpacked / BOMB_RATIO > received
          && t.client.guarded
          && t.config.maxFileSize == 0) {
        throw new HttpFailure(
            CurlCode.FILESIZE_EXCEEDED,
            ("Decompression bomb: %s bytes of body unpacked to more than %s MiB, and the rest is"
                    + " left. With --max-filesize 10G you take that much.")
                .formatted(received, BOMB >> 20));
      }
      next.write(bytes, offset, length, false);
    }
  }

  /** Takes the payloads out of WebSocket frames, and answers what wants an answer. */
  private final class WebSocketWriter implements BodyWriter, WebSocketFrames.Sink {
    private final Connection connection;
    private final WebSocketFrames frames = new WebSocketFrames(this);

    WebSocketWriter(Connection connection) {
      this.connection = connection;
    }

    @Override
    public void write(byte[] bytes, int offset, int length, boolean eos) throws HttpFailure {
      frames.feed(bytes, offset, length);
    }

    private void count(int n) {
      t.exchange.byteCount += n;
      t.info.sizeDownload += n;
    }

    @Override
    public void data(byte[] bytes, int offset, int length) throws HttpFailure {
      count(length);
      out(bytes, offset, length, false);
    }

    @Override
    public void control(int opcode, byte[] payload) throws HttpFailure {
      count(payload.length);
      if (opcode == WebSocketFrame.PING) {
        send(WebSocketFrame.PONG, payload);
      } else if (opcode == WebSocketFrame.CLOSE) {
        send(opcode, payload);
        t.exchange.downloadDone = true;
      }
    }

    private void send(int opcode, byte[] payload) throws HttpFailure {
      byte[] frame = WebSocketFrame.message(opcode, payload, Authentication.RANDOM.nextInt());
      try {
        connection.write(frame, 0, frame.length);
      } catch (IOException e) {
        throw CallState.unsent(e);
      }
    }
  }
}

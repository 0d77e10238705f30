package wirebook.engine.http.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLSocket;
import wirebook.codec.Quietly;
import wirebook.codec.WebSocketFrame;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.HttpHeader;
import wirebook.engine.http.client.CallLog.Kind;
import wirebook.engine.http.tls.TlsAlert;
import wirebook.trace.Bytes;
import wirebook.trace.Failure;

/** Sends a request while it receives the response. */
final class Pump {
  private static final int SEND_CHUNK = 64 * 1024;
  private static final long ALERT_MILLIS = 200;
  private static final long PROGRESS_NANOS = 500_000_000;

  private final CallState t;
  private final ResponseReader responseReader;
  private final Connection connection;
  private InputStream in;
  private final byte[] buffer = new byte[SEND_CHUNK];
  private long left;
  private boolean receiving = true;
  private boolean sending;
  private boolean framing;
  private long lastCheck;
  private long slowSince = -1;
  private long countedBytes;
  private long windowStart;

  Pump(
      CallState state,
      ResponseReader responseReader,
      Connection connection,
      InputStream in,
      long length) {
    t = state;
    this.responseReader = responseReader;
    lastCheck = t.now();
    windowStart = t.now();
    lastShown = t.now();
    this.connection = connection;
    this.in = in;
    left = length;
  }

  void run(String head, boolean hasBody) throws HttpFailure, InterruptedException {
    try {
      drive(head, hasBody);
    } finally {
      if (framing) {
        Quietly.close(in);
      }
    }
  }

  private void bePatient() {
    connection.patience(t.config.maxTime > 0 ? Math.max(1, t.config.maxTime - t.millis()) : 0);
  }

  private void drive(String head, boolean hasBody) throws HttpFailure, InterruptedException {
    sending = hasBody;
    bePatient();
    try {
      sendHead(head);
    } catch (IOException e) {
      throw unsent(e);
    }
    t.info.timePostTransfer = t.micros();
    while (receiving || sending) {
      boolean canSend =
          sending
              && t.exchange.expect != ExchangeState.Expect.WAITING
              && t.exchange.stream.map(h -> h.room() > 0).orElse(true);
      if (receiving && receivedSome(canSend ? 0 : patience())) {
        if (t.exchange.done) {
          return;
        }
        if (sending && !receiving && connection.close) {
          t.info("we are done reading and this is set to close, stop send");
          abort();
        }
      }
      if (t.exchange.uploadAborted) {
        sending = false;
      }
      if (sending
          && t.exchange.expect == ExchangeState.Expect.WAITING
          && t.millis() >= t.exchange.expectDeadline) {
        t.info("Done waiting for 100-continue");
        t.exchange.expect = ExchangeState.Expect.SEND;
      }
      if (canSend && sending) {
        try {
          sendMore();
        } catch (IOException e) {
          throw unsent(e);
        }
      }
      checkLimits();
    }
    if (!t.exchange.noBody
        && t.exchange.size != -1
        && t.exchange.byteCount != t.exchange.size
        && t.exchange.newUrl.isEmpty()) {
      throw new HttpFailure(
          CurlCode.PARTIAL_FILE,
          "transfer closed with %s bytes remaining to read"
              .formatted(t.exchange.size - t.exchange.byteCount));
    }
  }

  /** Takes what came, if something did in time. */
  private boolean receivedSome(long millis) throws HttpFailure, InterruptedException {
    if (t.exchange.stream.isPresent()) {
      Optional<Http2Connection.Heard> heard = t.exchange.stream.get().read(millis);
      if (heard.isPresent()) {
        inTime();
        hear(heard.get());
      }
      return heard.isPresent();
    }
    Optional<Received> read = connection.read(millis);
    if (read.isPresent()) {
      inTime();
      receive(read.get());
      frameUpload();
    }
    return read.isPresent();
  }

  /** With a WebSocket, what is to be uploaded follows the upgrade, in binary messages. */
  private void frameUpload() throws HttpFailure {
    boolean open = t.exchange.upgradeWs && t.exchange.code == 101 && !t.exchange.inHead;
    if (open && !framing && receiving && t.req == RequestKind.PUT) {
      try {
        in.close();
        in = t.upload.open();
      } catch (IOException e) {
        throw new HttpFailure(CurlCode.READ_ERROR);
      }
      framing = true;
      left = -1;
      sending = true;
    }
  }

  /** What comes after the deadline comes too late, also when a lab's clock jumps. */
  private void inTime() throws HttpFailure {
    if (t.config.maxTime > 0 && t.millis() >= t.config.maxTime) {
      connection.close = true;
      throw t.timedOut();
    }
  }

  private void hear(Http2Connection.Heard heard) throws HttpFailure, InterruptedException {
    if (heard instanceof Http2Connection.Heard.Data(Bytes bytes)) {
      throttle(bytes.length());
    } else if (heard instanceof Http2Connection.Heard.Room) {
      // Another transfer on the connection may be out of patience.
      bePatient();
    }
    responseReader.hear(connection, heard);
    if (t.exchange.done || t.exchange.downloadDone) {
      receiving = false;
      if (sending && !t.exchange.done) {
        // The answer came before the whole body went: nobody reads the rest.
        abort();
      }
    }
  }

  /** Why nothing can be sent; a TLS alert that was received explains it better. */
  private HttpFailure unsent(IOException e) throws HttpFailure, InterruptedException {
    if (connection.socket() instanceof SSLSocket) {
      Optional<Received> read = connection.read(ALERT_MILLIS);
      if (read.isPresent() && read.get() instanceof Received.Broken) {
        receive(read.get());
      }
    }
    return CallState.unsent(e);
  }

  private long patience() {
    long wait = 1000;
    if (t.config.maxTime > 0) {
      wait = Math.min(wait, t.config.maxTime - t.millis());
    }
    if (t.exchange.expect == ExchangeState.Expect.WAITING && sending) {
      wait = Math.min(wait, t.exchange.expectDeadline - t.millis());
    }
    return Math.max(1, wait);
  }

  private void sendHead(String head) throws IOException, HttpFailure {
    if (connection.http2.isPresent()) {
      openStream(connection.http2.get(), head);
      return;
    }
    byte[] first = ByteText.bytes(head);
    boolean waits = sending && t.exchange.expect == ExchangeState.Expect.WAITING;
    boolean along = sending && !waits;
    // As much of the body as there is room for goes out with the head.
    byte[] data = along ? next(Math.max(1, SEND_CHUNK - first.length % SEND_CHUNK)) : new byte[0];
    byte[] both = Arrays.copyOf(first, first.length + data.length);
    System.arraycopy(data, 0, both, first.length, data.length);
    connection.write(both, 0, both.length);
    t.info.sizeRequest += both.length;
    t.debug(Kind.HEADER_OUT, head);
    t.exchange.sentAt = t.micros();
    if (along) {
      sent(data, data.length);
    } else if (waits) {
      t.exchange.expectDeadline = t.millis() + t.config.expect100;
    } else {
      t.exchange.uploadDone = true;
      t.info(
          t.exchange.uploadLength != 0
              ? "We are completely uploaded and fine"
              : "Request completely sent off");
    }
  }

  private void openStream(Http2Connection http2, String head) throws IOException {
    List<HttpHeader> fields = RequestHead.http2Fields(t.origin.scheme(), head);
    t.exchange.stream =
        Optional.of(
            http2.open(
                fields,
                !sending,
                stream -> {
                  t.info("[HTTP/2] [" + stream + "] OPENED stream for " + t.url);
                  for (HttpHeader field : fields) {
                    t.info(
                        "[HTTP/2] [" + stream + "] [" + field.name() + ": " + field.value() + "]");
                  }
                }));
    t.info.sizeRequest += head.length();
    t.debug(Kind.HEADER_OUT, head);
    t.exchange.sentAt = t.micros();
    if (!sending) {
      t.exchange.uploadDone = true;
      t.info("Request completely sent off");
    }
  }

  private void sendMore() throws IOException, HttpFailure, InterruptedException {
    if (t.exchange.stream.isPresent()) {
      Http2Connection.Exchange stream = t.exchange.stream.get();
      byte[] piece = next(stream.room());
      throttle(piece.length);
      stream.data(piece, !sending);
      t.info.sizeRequest += piece.length;
      sent(piece, piece.length);
      return;
    }
    if (!framing && !t.exchange.chunkedUpload) {
      int n = fill(SEND_CHUNK);
      if (n > 0) {
        throttle(n);
        connection.write(buffer, 0, n);
        t.info.sizeRequest += n;
      }
      sent(buffer, n);
      return;
    }
    byte[] data = next(SEND_CHUNK);
    if (data.length > 0) {
      throttle(data.length);
      byte[] wire =
          framing
              ? WebSocketFrame.message(WebSocketFrame.BINARY, data, Authentication.RANDOM.nextInt())
              : data;
      connection.write(wire, 0, wire.length);
      t.info.sizeRequest += data.length;
    }
    sent(data, data.length);
  }

  private void sent(byte[] data, int length) {
    if (length > 0) {
      if (t.client.log.on()) {
        t.debug(Kind.DATA_OUT, ByteText.of(data, 0, length));
      }
      t.exchange.sentBody += length;
      t.info.sizeUpload += length;
      int room = t.client.keep - t.exchange.keptUpload.size();
      if (room > 0) {
        t.exchange.keptUpload.write(data, 0, Math.min(room, length));
      }
    }
    if (!sending) {
      t.exchange.uploadDone = true;
      t.exchange.sentAt = t.micros();
      t.info(
          t.exchange.sentBody > 0
              ? "upload completely sent off: " + t.exchange.sentBody + " bytes"
              : "We are completely uploaded and fine");
      t.info.timePostTransfer = t.micros();
    }
  }

  /** Reads the next piece of body into the buffer; sets {@link #sending} at the end. */
  private int fill(int room) throws IOException, HttpFailure {
    int wanted = left < 0 ? room : (int) Math.min(room, left);
    int n =
        wanted == 0
            ? -1
            : t.upload instanceof Upload.Stream
                ? in.read(buffer, 0, wanted)
                : in.readNBytes(buffer, 0, wanted);
    n = n == 0 ? -1 : n;
    if (n < 0) {
      n = 0;
      if (left > 0) {
        throw new HttpFailure(
            CurlCode.READ_ERROR,
            "client read function EOF fail, only %s/%s of needed bytes read"
                .formatted(t.exchange.uploadLength - left, t.exchange.uploadLength));
      }
      sending = false;
    } else if (left > 0) {
      left -= n;
      sending = left > 0;
    }
    return n;
  }

  /** The next piece of body as it goes over the wire. */
  private byte[] next(int most) throws IOException, HttpFailure {
    if (!t.exchange.chunkedUpload) {
      return Arrays.copyOf(buffer, fill(most));
    }
    int n = fill(Math.max(1, most - 16));
    ByteArrayOutputStream out = new ByteArrayOutputStream(n + 16);
    if (n > 0) {
      out.write(ByteText.bytes(Integer.toHexString(n) + "\r\n"));
      out.write(buffer, 0, n);
      out.write(ByteText.bytes("\r\n"));
      if (sending && in.available() == 0 && !(t.upload instanceof Upload.Stream)) {
        // A file that has been read to its end: the last chunk goes along.
        int more = in.read();
        if (more < 0) {
          sending = false;
        } else {
          buffer[0] = (byte) more;
          out.write(ByteText.bytes("1\r\n" + (char) more + "\r\n"));
        }
      }
    }
    if (!sending) {
      out.write(ByteText.bytes("0\r\n\r\n"));
    }
    return out.toByteArray();
  }

  private void abort() {
    if (!t.exchange.uploadDone && !t.exchange.uploadAborted) {
      t.exchange.uploadAborted = true;
      t.info(
          t.exchange.sentBody > 0
              ? "abort upload after having sent " + t.exchange.sentBody + " bytes"
              : "abort upload");
    }
    sending = false;
  }

  private void receive(Received read) throws HttpFailure, InterruptedException {
    boolean eos = false;
    byte[] bytes = new byte[0];
    switch (read) {
      case Received.Data data -> bytes = data.bytes().toArray();
      case Received.End end -> eos = true;
      case Received.Late _ -> {
        bePatient();
        return;
      }
      case Received.Broken broken -> {
        String words = CallState.systemWords(broken.why());
        if (broken.why() instanceof javax.net.ssl.SSLException tls) {
          throw new HttpFailure(
              CurlCode.RECV_ERROR,
              "TLS read error: " + TlsAlert.of(tls).map(TlsAlert::error).orElse(words));
        }
        t.client.recorder.failed(connection.channel, new Failure.Reset(connection.remote));
        throw new HttpFailure(CurlCode.RECV_ERROR, "Recv failure: " + words);
      }
    }
    if (eos && sending) {
      connection.close = true;
      abort();
    }
    throttle(bytes.length);
    responseReader.feed(connection, bytes, eos);
    if (t.exchange.done || t.exchange.downloadDone || eos) {
      receiving = false;
    }
  }

  private void throttle(int bytes) throws InterruptedException {
    if (t.config.limitRate <= 0 || bytes == 0) {
      return;
    }
    countedBytes += bytes;
    long due = countedBytes * 1000 / t.config.limitRate;
    long passed = (t.now() - windowStart) / 1_000_000;
    while (due > passed) {
      t.client.network.clock().sleep(Duration.ofMillis(Math.min(due - passed, 200)));
      passed = (t.now() - windowStart) / 1_000_000;
      if (t.config.maxTime > 0 && t.millis() > t.config.maxTime) {
        return;
      }
    }
  }

  private long lastTotal;
  private long lastShown;

  private void checkLimits() throws HttpFailure {
    if (t.config.maxTime > 0 && t.millis() >= t.config.maxTime && (receiving || sending)) {
      connection.close = true;
      throw t.timedOut();
    }
    t.sink.moving(t.exchange.size, t.exchange.uploadLength);
    if (t.now() - lastShown >= PROGRESS_NANOS) {
      lastShown = t.now();
      Optional<Long> total = t.exchange.size < 0 ? Optional.empty() : Optional.of(t.exchange.size);
      t.sink.progress(t.exchange.byteCount, total, t.exchange.sentBody);
    }
    if (t.config.lowSpeedTime > 0 && (t.now() - lastCheck) >= 1_000_000_000L) {
      long total = t.exchange.byteCount + t.exchange.sentBody;
      long speed = (total - lastTotal) * 1_000_000_000L / (t.now() - lastCheck);
      lastCheck = t.now();
      lastTotal = total;
      if (speed < t.config.lowSpeedLimit) {
        if (slowSince < 0) {
          slowSince = t.now() - 1_000_000_000L;
        } else if ((t.now() - slowSince) / 1_000_000_000L >= t.config.lowSpeedTime) {
          throw new HttpFailure(
              CurlCode.OPERATION_TIMEDOUT,
              "Operation too slow. Less than %s bytes/sec transferred the last %s seconds"
                  .formatted(t.config.lowSpeedLimit, t.config.lowSpeedTime));
        }
      } else {
        slowSince = -1;
      }
    }
  }
}

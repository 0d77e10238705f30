package wirebook.engine.http.client;

import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import wirebook.engine.http.ContentDecoder;
import wirebook.engine.http.HeadParser;

/** The state of one request and its response. */
final class ExchangeState {
  /** Whether a body waits for leave to be sent (RFC 9110, section 10.1.1). */
  enum Expect {
    NONE,
    WAITING,
    SEND
  }

  boolean inHead = true;
  int headerLine;
  int httpVersion;
  int httpVersionSent;
  int code;
  long size = -1;
  long maxDownload = -1;
  boolean chunked;
  boolean ignoreLength;
  boolean ignoreBody;
  boolean bodyless;
  boolean noBody;
  boolean contentRange;
  boolean downloadDone;
  boolean done;
  long byteCount;
  long headerBytes;
  long allHeaderBytes;
  long deductHeaders;
  Optional<String> newUrl = Optional.empty();
  Optional<String> location = Optional.empty();
  OptionalLong timeOfDocument = OptionalLong.empty();
  boolean uploadDone;
  boolean uploadAborted;
  boolean willRewind;
  boolean chunkedUpload;
  boolean upgradeWs;
  boolean upgradeHttp2;
  long sentBody;
  long uploadLength;
  Expect expect = Expect.NONE;
  long expectDeadline;
  boolean teHeader;

  /** Whether it is sent only to hear a challenge, without its body. */
  boolean negotiating;

  String cookieHost = "";
  boolean startedResponse;
  final HeadParser parser = new HeadParser();
  final List<String> transferCodings = new ArrayList<>();
  final List<String> contentCodings = new ArrayList<>();

  /** The way of the body; none before the head has ended. */
  BodyWriter chain = (bytes, offset, length, eos) -> {};

  final List<ContentDecoder> decoders = new ArrayList<>();
  // For the value that a cell gets.
  String method = "";
  String target = "";
  String head = "";
  final StringBuilder responseHead = new StringBuilder();
  String reason = "";
  final ByteArrayOutputStream kept = new ByteArrayOutputStream();
  final ByteArrayOutputStream keptUpload = new ByteArrayOutputStream();
  long delivered;

  /** On the network's clock. */
  Instant start = Instant.EPOCH;

  long startedAt;

  /** When there was a connection, or leave to open one. */
  long readyAt;

  long sentAt;
  long firstByteAt;
  long lookupAt;
  long connectAt;
  long tlsAt;
  boolean reported;

  /** The {@code Host} line, empty for none. */
  String hostLine = "";

  /** Whether the connection carried requests before. */
  boolean reused;

  /** Present when HTTP/2 is spoken. */
  Optional<Http2Connection.Exchange> stream = Optional.empty();
}

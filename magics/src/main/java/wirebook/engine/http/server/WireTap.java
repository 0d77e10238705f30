package wirebook.engine.http.server;

import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import wirebook.codec.ChunkedDecoder;
import wirebook.trace.Bytes;

/**
 * Keeps the bytes of one HTTP/1 connection, and finds where each request begins (RFC 9112 §6.3), so
 * that the log shows what was on the wire. It only watches: what it takes for a request decides
 * nothing. Of each direction of an exchange the first {@link #KEPT} bytes are kept; the rest is
 * counted. Where the connection goes over to HTTP/2 or becomes a WebSocket it tells frames apart.
 */
final class WireTap {
  /** Bytes kept of a request, and of a response. */
  static final int KEPT = 16 * 1024;

  private static final String CONTENT_LENGTH = "content-length:";
  private static final String TRANSFER_ENCODING = "transfer-encoding:";
  private static final String PREFACE = "pri * http/2.0\r\n";

  private enum State {
    HEAD,
    BODY,
    CHUNKS,
    /** Another protocol, or bytes that make no sense: all belongs to the last request. */
    REST
  }

  /** One exchange: the bytes of a request, and those sent until the next. */
  static final class Capture {
    private final Kept request = new Kept();
    private final Kept response = new Kept();

    Bytes request() {
      return request.bytes();
    }

    Bytes response() {
      return response.bytes();
    }

    long requestLength() {
      return request.length;
    }

    long responseLength() {
      return response.length;
    }

    /**
     * Whether the request line is method, target without fragment, and version with one space
     * between and nothing more (RFC 9112 §3).
     */
    boolean hasExactLine() {
      byte[] bytes = request.bytes;
      int end = (int) Math.min(request.length, KEPT);
      int at = 0;
      while (at < end && (bytes[at] == '\r' || bytes[at] == '\n')) {
        at++;
      }
      int spaces = 0;
      int version = 0;
      for (; at < end && bytes[at] != '\r'; at++) {
        if (bytes[at] == '#') {
          return false;
        }
        if (bytes[at] == ' ') {
          spaces++;
          version = at + 1;
        }
      }
      return spaces == 2 && version < end && bytes[version] == 'H';
    }
  }

  private static final class Kept {
    private byte[] bytes = new byte[256];
    private long length;

    void add(ByteBuffer source, int from, int to) {
      int room = (int) Math.min(to - from, Math.max(0, KEPT - length));
      if (room > 0) {
        int size = (int) length;
        if (size + room > bytes.length) {
          bytes = Arrays.copyOf(bytes, Math.min(KEPT, Math.max(size + room, 2 * bytes.length)));
        }
        source.get(from, bytes, size, room);
      }
      length += to - from;
    }

    Bytes bytes() {
      return Bytes.of(bytes, 0, (int) Math.min(length, KEPT));
    }
  }

  private static final byte[] SWITCHING = "HTTP/1.1 101 ".getBytes(StandardCharsets.US_ASCII);

  /** Of HTTP/2's preface {@code SM} and two line ends come behind what looks like a request. */
  private static final int REST_OF_PREFACE = 6;

  private final Consumer<WireFrame> frames;
  private final Deque<Capture> waiting = new ArrayDeque<>();
  private State state = State.HEAD;
  private Capture arriving = new Capture();
  private boolean arrivingQueued;
  private Capture answering = arriving;
  private boolean answeringBegun;

  /** Whether the line being read has nothing but its end so far. */
  private boolean lineEmpty = true;

  /** Bytes of the content still to come. */
  private long remaining;

  private ChunkedDecoder chunks = new ChunkedDecoder();
  private Optional<FrameTap<?>> framesIn = Optional.empty();
  private Optional<FrameTap<?>> framesOut = Optional.empty();
  private boolean anySent;

  /**
   * @param frames gets each frame when it is whole
   */
  WireTap(Consumer<WireFrame> frames) {
    this.frames = frames;
  }

  /** Bytes that came in: those from position to limit, which are left as they are. */
  synchronized void received(ByteBuffer bytes) {
    received(bytes, bytes.position(), bytes.limit());
  }

  synchronized void received(ByteBuffer bytes, int start, int to) {
    int from = start;
    while (from < to) {
      if (!arrivingQueued) {
        arrivingQueued = true;
        waiting.add(arriving);
      }
      from =
          switch (state) {
            case HEAD -> head(bytes, from, to);
            case BODY -> data(bytes, from, to);
            case CHUNKS -> chunks(bytes, from, to);
            case REST -> rest(bytes, from, to);
          };
    }
  }

  /** Bytes that went out. */
  synchronized void sent(ByteBuffer bytes, int from, int to) {
    if (framesOut.isEmpty() && !anySent && bytes.get(from) != 'H') {
      // Its SETTINGS may go out before the client's preface has come.
      framesOut = Optional.of(FrameTap.http2(false, 0, frames));
    }
    anySent = true;
    if (framesOut.isPresent()) {
      framesOut.get().take(bytes, from, to);
      return;
    }
    begin();
    boolean first = answering.response.length == 0;
    int end = first && switches(bytes, from, to) ? endOfSwitching(bytes, from, to) : to;
    answering.response.add(bytes, from, end);
    if (end < to && framesOut.isPresent()) {
      framesOut.get().take(bytes, end, to);
    }
  }

  private static boolean switches(ByteBuffer bytes, int from, int to) {
    if (to - from < SWITCHING.length) {
      return false;
    }
    for (int i = 0; i < SWITCHING.length; i++) {
      if (bytes.get(from + i) != SWITCHING[i]) {
        return false;
      }
    }
    return true;
  }

  /** The index behind the header section of a 101, from which on there are frames. */
  private int endOfSwitching(ByteBuffer bytes, int from, int to) {
    byte[] copy = new byte[to - from];
    bytes.get(from, copy);
    String text = new String(copy, StandardCharsets.ISO_8859_1);
    int end = text.indexOf("\r\n\r\n");
    if (end < 0) {
      return to;
    }
    if (text.substring(0, end).toLowerCase(Locale.ROOT).contains("upgrade: websocket")) {
      state = State.REST;
      framesIn = Optional.of(FrameTap.webSocket(true, frames));
      framesOut = Optional.of(FrameTap.webSocket(false, frames));
    } else {
      framesOut = Optional.of(FrameTap.http2(false, 0, frames));
    }
    return from + end + 4;
  }

  /** The exchange whose request came first has begun. Does nothing when one has, until its end. */
  synchronized void begin() {
    if (!answeringBegun) {
      answeringBegun = true;
      Capture next = waiting.poll();
      answering = next == null ? new Capture() : next;
    }
  }

  /** The exchange that has begun, or begins now. */
  synchronized Capture current() {
    begin();
    return answering;
  }

  /** The exchange that began is over; what it was. */
  synchronized Capture end() {
    begin();
    answeringBegun = false;
    return answering;
  }

  /** The request whose header section has begun and is not yet whole. */
  synchronized Optional<Capture> begunHead() {
    return state == State.HEAD && arrivingQueued ? Optional.of(arriving) : Optional.empty();
  }

  /** Whether the connection has not gone over to HTTP/2 or to a WebSocket. */
  synchronized boolean speaksHttp1() {
    return framesIn.isEmpty() && framesOut.isEmpty();
  }

  /** Whether the latest request has a whole header section, and more content to come. */
  synchronized boolean awaitsContent() {
    return state != State.HEAD && state != State.REST;
  }

  /** Whether the connection speaks HTTP/1, and is between requests. */
  synchronized boolean idle() {
    return speaksHttp1()
        && state == State.HEAD
        && !arrivingQueued
        && !answeringBegun
        && waiting.isEmpty();
  }

  /** Whether an exchange has begun and is not over. */
  synchronized boolean busy() {
    return answeringBegun;
  }

  private int rest(ByteBuffer bytes, int from, int to) {
    if (framesIn.isEmpty()) {
      return take(bytes, from, to);
    }
    framesIn.get().take(bytes, from, to);
    return to;
  }

  private int take(ByteBuffer bytes, int from, int to) {
    arriving.request.add(bytes, from, to);
    return to;
  }

  /** The index after the next empty line, or -1 when none ends before {@code to}. */
  private int afterEmptyLine(ByteBuffer bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      byte b = bytes.get(i);
      if (b == '\n') {
        if (lineEmpty) {
          return i + 1;
        }
        lineEmpty = true;
      } else if (b != '\r') {
        lineEmpty = false;
      }
    }
    return -1;
  }

  private int head(ByteBuffer bytes, int from, int to) {
    int start = from;
    if (lineEmpty && arriving.request.length <= 2) {
      // An empty line before the request line ends nothing (RFC 9112 §2.2).
      while (start < to && (bytes.get(start) == '\r' || bytes.get(start) == '\n')) {
        start++;
      }
    }
    int end = afterEmptyLine(bytes, start, to);
    take(bytes, from, end < 0 ? to : end);
    if (arriving.request.length > KEPT) {
      state = State.REST;
    } else if (end >= 0) {
      headEnded();
    }
    return end < 0 ? to : end;
  }

  private void headEnded() {
    byte[] head = arriving.request.bytes;
    int end = (int) arriving.request.length;
    if (startsWith(head, 0, end, PREFACE)) {
      framesIn = Optional.of(FrameTap.http2(true, REST_OF_PREFACE, frames));
      state = State.REST;
      return;
    }
    long length = 0;
    boolean chunked = false;
    for (int line = 0; line < end; line = lineEnd(head, line, end)) {
      if (startsWith(head, line, end, CONTENT_LENGTH)) {
        length = number(value(head, line, end));
      } else if (startsWith(head, line, end, TRANSFER_ENCODING)) {
        chunked = value(head, line, end).toLowerCase(Locale.ROOT).endsWith("chunked");
      }
    }
    if (length < 0) {
      state = State.REST;
    } else if (chunked) {
      state = State.CHUNKS;
      chunks = new ChunkedDecoder();
    } else if (length > 0) {
      state = State.BODY;
      remaining = length;
    } else {
      complete();
    }
  }

  /** Where the line after the one at {@code from} begins. */
  private static int lineEnd(byte[] head, int from, int end) {
    int at = from;
    while (at < end && head[at] != '\n') {
      at++;
    }
    return at + 1;
  }

  /** What stands behind the colon of a line. */
  private static String value(byte[] head, int line, int end) {
    String text =
        new String(head, line, lineEnd(head, line, end) - line - 1, StandardCharsets.ISO_8859_1);
    return text.substring(text.indexOf(':') + 1).strip();
  }

  /**
   * @param start in lower case
   */
  private static boolean startsWith(byte[] head, int from, int end, String start) {
    if (end - from < start.length()) {
      return false;
    }
    for (int i = 0; i < start.length(); i++) {
      int c = head[from + i];
      if ((c >= 'A' && c <= 'Z' ? c | 0x20 : c) != start.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static long number(String digits) {
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private int data(ByteBuffer bytes, int from, int to) {
    int end = from + (int) Math.min(to - from, remaining);
    take(bytes, from, end);
    remaining -= end - from;
    if (remaining == 0) {
      complete();
    }
    return end;
  }

  private int chunks(ByteBuffer bytes, int from, int to) {
    byte[] copy = new byte[to - from];
    bytes.get(from, copy);
    int end = to;
    try {
      end = from + chunks.feed(copy, 0, copy.length, ChunkedDecoder.NOTHING);
    } catch (ProtocolException e) {
      state = State.REST;
    }
    take(bytes, from, end);
    if (chunks.done()) {
      complete();
    }
    return end;
  }

  private void complete() {
    state = State.HEAD;
    lineEmpty = true;
    arriving = new Capture();
    arrivingQueued = false;
  }
}

package wirebook.kernel.zmq;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import wirebook.trace.Bytes;

/** ZMTP 3.0 on the wire (ZeroMQ RFC 23), with the NULL mechanism: what is sent, and a reader. */
final class Zmtp {
  private static final int MORE = 1;
  private static final int LONG = 2;
  private static final int COMMAND = 4;
  private static final int GREETING = 64;

  private Zmtp() {}

  /** What a peer sent. */
  sealed interface Item {
    /** Its first 64 bytes. */
    record Greeting(String mechanism) implements Item {}

    /** {@code READY}, {@code PING} … */
    record Command(String name, Bytes body) implements Item {}

    /** A whole message. */
    record Multipart(List<Bytes> frames) implements Item {
      public Multipart {
        frames = List.copyOf(frames);
      }
    }
  }

  static ByteBuffer greeting() {
    byte[] greeting = new byte[GREETING];
    greeting[0] = (byte) 0xff;
    greeting[9] = 0x7f;
    greeting[10] = 3;
    System.arraycopy("NULL".getBytes(StandardCharsets.US_ASCII), 0, greeting, 12, 4);
    return ByteBuffer.wrap(greeting);
  }

  static ByteBuffer ready(String socketType) {
    byte[] name = "Socket-Type".getBytes(StandardCharsets.US_ASCII);
    byte[] value = socketType.getBytes(StandardCharsets.US_ASCII);
    ByteBuffer body = ByteBuffer.allocate(1 + name.length + 4 + value.length);
    body.put((byte) name.length).put(name).putInt(value.length).put(value);
    return command("READY", Bytes.of(body.array()));
  }

  static ByteBuffer command(String name, Bytes body) {
    byte[] ascii = name.getBytes(StandardCharsets.US_ASCII);
    int length = 1 + ascii.length + body.length();
    ByteBuffer frame = ByteBuffer.allocate(9 + length);
    head(frame, COMMAND, length);
    frame.put((byte) ascii.length).put(ascii).put(body.buffer());
    return frame.flip();
  }

  /** A message of at least one frame. */
  static ByteBuffer message(List<Bytes> frames) {
    int size = 0;
    for (Bytes frame : frames) {
      size = Math.addExact(size, 9 + frame.length());
    }
    ByteBuffer out = ByteBuffer.allocate(size);
    for (int i = 0; i < frames.size(); i++) {
      Bytes frame = frames.get(i);
      head(out, i + 1 < frames.size() ? MORE : 0, frame.length());
      out.put(frame.buffer());
    }
    return out.flip();
  }

  private static void head(ByteBuffer out, int flags, int length) {
    if (length > 255) {
      out.put((byte) (flags | LONG)).putLong(length);
    } else {
      out.put((byte) flags).put((byte) length);
    }
  }

  /** The properties in a {@code READY}; their names in lower case. */
  static Map<String, Bytes> properties(Bytes body) throws ZmtpException {
    Map<String, Bytes> properties = new LinkedHashMap<>();
    int at = 0;
    while (at < body.length()) {
      int name = at + 1;
      int value = name + body.at(at) + 4;
      if (value > body.length()) {
        throw new ZmtpException("READY is cut short");
      }
      long length = body.slice(value - 4, value).buffer().getInt() & 0xffffffffL;
      if (length > body.length() - value) {
        throw new ZmtpException("READY is cut short");
      }
      String key = body.slice(name, value - 4).text(StandardCharsets.US_ASCII);
      at = value + (int) length;
      properties.put(key.toLowerCase(Locale.ROOT), body.slice(value, at));
    }
    return properties;
  }

  /** The peer does not speak ZMTP 3, or not as we do. */
  static final class ZmtpException extends IOException {
    private static final long serialVersionUID = 1L;

    ZmtpException(String message) {
      super(message);
    }
  }

  /** Puts the bytes that were read together to items. One thread uses it. */
  static final class Reader {
    /** Before both sides have said {@code READY} nobody needs more. */
    private static final int LARGEST_GREETING = 8 * 1024;

    static final int LARGEST_MESSAGE = 64 * 1024 * 1024;

    private byte[] bytes = new byte[1024];
    private int start;
    private int end;
    private boolean greeted;
    private boolean ready;
    private int frameSizes;
    private final List<Bytes> frames = new ArrayList<>();

    /** Takes all that {@code more} has. */
    void feed(ByteBuffer more) {
      int length = more.remaining();
      if (bytes.length - end < length) {
        int kept = end - start;
        byte[] room =
            bytes.length - kept >= length && kept < bytes.length / 2
                ? bytes
                : new byte[Math.max(2 * kept, kept + length)];
        System.arraycopy(bytes, start, room, 0, kept);
        bytes = room;
        start = 0;
        end = kept;
      }
      more.get(bytes, end, length);
      end += length;
    }

    /** Larger messages are allowed from now on. */
    void ready() {
      ready = true;
    }

    /** The next item, when all of it is there. */
    Optional<Item> next() throws ZmtpException {
      if (!greeted) {
        return greeting();
      }
      while (end - start >= 2) {
        int flags = bytes[start];
        boolean isLong = (flags & LONG) != 0;
        int head = isLong ? 9 : 2;
        if (end - start < head) {
          return Optional.empty();
        }
        long length =
            isLong ? ByteBuffer.wrap(bytes, start + 1, 8).getLong() : bytes[start + 1] & 0xff;
        int largest = ready ? LARGEST_MESSAGE : LARGEST_GREETING;
        if (length < 0
            || length > largest - frameSizes
            || (flags & ~(MORE | LONG | COMMAND)) != 0) {
          throw new ZmtpException("a frame with flags " + flags + " of " + length + " bytes");
        }
        if (end - start - head < length) {
          return Optional.empty();
        }
        Bytes body = Bytes.of(bytes, start + head, (int) length);
        start += head + (int) length;
        shrink();
        if ((flags & COMMAND) != 0) {
          return Optional.of(command(body));
        }
        frames.add(body);
        // What a frame costs besides its bytes, so that empty ones do not add up to nothing.
        frameSizes += (int) length + 64;
        if ((flags & MORE) == 0) {
          Item message = new Item.Multipart(frames);
          frames.clear();
          frameSizes = 0;
          return Optional.of(message);
        }
      }
      return Optional.empty();
    }

    private Optional<Item> greeting() throws ZmtpException {
      int there = end - start;
      boolean other = there > 0 && bytes[start] != (byte) 0xff;
      boolean unversioned = there > 9 && (bytes[start + 9] & 1) == 0;
      boolean old = there > 10 && bytes[start + 10] < 3;
      if (other || unversioned || old) {
        throw new ZmtpException("the peer does not speak ZMTP 3");
      }
      if (there < GREETING) {
        return Optional.empty();
      }
      greeted = true;
      String mechanism =
          new String(Arrays.copyOfRange(bytes, start + 12, start + 32), StandardCharsets.US_ASCII);
      start += GREETING;
      return Optional.of(new Item.Greeting(mechanism.replace("\0", "")));
    }

    private static Item command(Bytes body) throws ZmtpException {
      if (body.isEmpty() || body.at(0) >= body.length()) {
        throw new ZmtpException("a command without a name");
      }
      int name = 1 + body.at(0);
      return new Item.Command(
          body.slice(1, name).text(StandardCharsets.US_ASCII), body.slice(name, body.length()));
    }

    /** After a large message its room is given back. */
    private void shrink() {
      if (start == end) {
        start = 0;
        end = 0;
        if (bytes.length > 64 * 1024) {
          bytes = new byte[1024];
        }
      }
    }
  }
}

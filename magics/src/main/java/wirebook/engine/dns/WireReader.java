package wirebook.engine.dns;

import java.io.ByteArrayOutputStream;
import wirebook.trace.Bytes;

/** Reads the wire format from a message, up to a limit that a record's length may set. */
final class WireReader {
  private static final int LONGEST_NAME = 255;
  private static final int POINTER = 0xc0;

  private final Bytes message;
  private int at;
  private int limit;

  WireReader(Bytes message) {
    this.message = message;
    this.limit = message.length();
  }

  int position() {
    return at;
  }

  void position(int to) {
    at = to;
  }

  /** Reads nothing from {@code end} on, but names may point and reach anywhere. */
  void limit(int end) {
    limit = end;
  }

  int remaining() {
    return limit - at;
  }

  int u8() throws MalformedMessageException {
    need(1);
    return message.at(at++);
  }

  int u16() throws MalformedMessageException {
    need(2);
    return u8() << 8 | u8();
  }

  long u32() throws MalformedMessageException {
    need(4);
    return (long) u16() << 16 | u16();
  }

  Bytes bytes(int length) throws MalformedMessageException {
    need(length);
    at += length;
    return message.slice(at - length, at);
  }

  Bytes rest() {
    Bytes rest = message.slice(at, Math.max(at, limit));
    at = Math.max(at, limit);
    return rest;
  }

  /**
   * Reads a name. Pointers must lead to an earlier place (RFC 1035, 4.1.4), which also keeps them
   * from running in circles.
   */
  DnsName name(boolean compressed) throws MalformedMessageException {
    ByteArrayOutputStream wire = new ByteArrayOutputStream();
    int start = at;
    int marker = at;
    int cursor = at;
    int consumed = -1;
    while (cursor < message.length()) {
      int length = message.at(cursor++);
      if (length < 64) {
        if (wire.size() + length + 1 > LONGEST_NAME) {
          throw new MalformedMessageException("name too long", start);
        }
        wire.write(length);
        if (length == 0) {
          at = consumed < 0 ? cursor : consumed;
          return new DnsName(Bytes.of(wire.toByteArray()));
        }
        if (cursor + length > message.length()) {
          break;
        }
        wire.writeBytes(message.slice(cursor, cursor + length).toArray());
        cursor += length;
      } else if (length < POINTER) {
        throw new MalformedMessageException("bad label type", cursor - 1);
      } else if (!compressed) {
        throw new MalformedMessageException("disallowed (by application policy)", cursor - 1);
      } else if (cursor < message.length()) {
        int pointer = (length & 0x3f) << 8 | message.at(cursor++);
        if (pointer >= marker) {
          throw new MalformedMessageException("bad compression pointer", cursor - 2);
        }
        consumed = consumed < 0 ? cursor : consumed;
        marker = pointer;
        cursor = pointer;
      }
    }
    throw new MalformedMessageException(MalformedMessageException.END, start);
  }

  void need(int length) throws MalformedMessageException {
    if (limit - at < length) {
      throw new MalformedMessageException(MalformedMessageException.END, at);
    }
  }
}

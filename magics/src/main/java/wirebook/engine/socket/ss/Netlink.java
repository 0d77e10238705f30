package wirebook.engine.socket.ss;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import wirebook.engine.socket.Errno;
import wirebook.engine.socket.Libc;
import wirebook.engine.socket.Numbers;
import wirebook.engine.socket.Platform;
import wirebook.trace.Bytes;

/**
 * Questions to the Linux kernel over its netlink sockets (netlink(7)), answered by many messages.
 */
public final class Netlink {
  public static final int ROUTE = 0;
  static final int SOCK_DIAG = 4;

  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW = 3;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int REQUEST = 1;
  private static final int DUMP = 0x300;
  private static final int NLMSG_ERROR = 2;
  private static final int NLMSG_DONE = 3;
  private static final int HEADER = 16;
  private static final int BUFFER = 1 << 18;
  private static final int MOST = 100_000;
  private static final int PATIENCE_MILLIS = 3000;
  private static final int SOL_NETLINK = 270;
  private static final List<Integer> CAP_ACK_EXT_ACK_STRICT = List.of(10, 11, 12);
  private static final int ACK_TLVS = 0x200;

  /** What follows a message's header. */
  public record Message(int type, Bytes payload) {}

  /** An attribute: type, length, value, padded to four bytes. */
  public record Attribute(int type, Bytes value) {}

  /** The kernel's refusal. */
  public static final class Refused extends IOException {
    private static final long serialVersionUID = 1L;
    private final int errno;
    private final String reason;

    /** {@code reason} is the kernel's own sentence (extended acknowledgement), or empty. */
    public Refused(int errno, String reason) {
      super(Errno.of(errno).text());
      this.errno = errno;
      this.reason = reason;
    }

    public int errno() {
      return errno;
    }

    public String reason() {
      return reason;
    }
  }

  private Netlink() {}

  /** Asks for all objects of a kind. */
  public static List<Message> dump(int protocol, int type, Bytes request) throws IOException {
    return ask(protocol, type, REQUEST | DUMP, request);
  }

  /** Asks for one object. */
  public static List<Message> get(int protocol, int type, Bytes request) throws IOException {
    return ask(protocol, type, REQUEST, request);
  }

  private static List<Message> ask(int protocol, int type, int flags, Bytes request)
      throws IOException {
    if (Platform.CURRENT != Platform.LINUX) {
      throw new IOException("netlink is Linux's alone");
    }
    ByteBuffer message = Numbers.room(HEADER + request.length());
    message.putInt(HEADER + request.length());
    message.putShort((short) type).putShort((short) flags).putInt(1).putInt(0);
    message.put(request.buffer());
    try (Arena arena = Arena.ofConfined()) {
      int socket =
          (int)
              check(
                  Libc.call(
                      arena, "socket", "iiii", AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
      try {
        if (protocol == ROUTE) {
          MemorySegment on = arena.allocateFrom(ValueLayout.JAVA_INT, 1);
          // An older kernel has not all of them, and answers all the same.
          CAP_ACK_EXT_ACK_STRICT.forEach(
              o -> Libc.call(arena, "setsockopt", "iiiipi", socket, SOL_NETLINK, o, on, 4));
        }
        MemorySegment out = arena.allocate(message.capacity(), 8);
        MemorySegment.copy(
            Numbers.bytes(message).toArray(), 0, out, ValueLayout.JAVA_BYTE, 0, message.capacity());
        check(Libc.call(arena, "send", "lipli", socket, out, (long) message.capacity(), 0));
        return receive(arena, socket, (flags & DUMP) != 0);
      } finally {
        Libc.call(arena, "close", "ii", socket);
      }
    }
  }

  private static List<Message> receive(Arena arena, int socket, boolean many) throws IOException {
    MemorySegment buffer = arena.allocate(BUFFER, 8);
    List<Message> messages = new ArrayList<>();
    while (messages.size() < MOST) {
      MemorySegment poll = arena.allocate(8, 4);
      poll.set(ValueLayout.JAVA_INT, 0, socket);
      poll.set(ValueLayout.JAVA_SHORT, 4, (short) 1);
      if (check(Libc.call(arena, "poll", "ipli", poll, 1L, PATIENCE_MILLIS)) == 0) {
        throw new IOException("the kernel did not answer");
      }
      int length = (int) check(Libc.call(arena, "recv", "lipli", socket, buffer, (long) BUFFER, 0));
      Bytes bytes = Bytes.of(buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
      for (int at = 0; at + HEADER <= length; ) {
        int size = Numbers.int32(bytes, at);
        int type = Numbers.uint16(bytes, at + 4);
        if (size < HEADER || at + size > length) {
          throw new IOException("a netlink message of " + size + " bytes does not fit");
        }
        if (type == NLMSG_DONE || type == NLMSG_ERROR) {
          int error = size < HEADER + 4 ? 0 : -Numbers.int32(bytes, at + HEADER);
          if (error <= 0) {
            return messages;
          }
          int reason = at + HEADER + (type == NLMSG_DONE ? 4 : 4 + HEADER);
          boolean told = (Numbers.uint16(bytes, at + 6) & ACK_TLVS) != 0 && reason < at + size;
          throw new Refused(error, told ? reason(bytes.slice(reason, at + size)) : "");
        }
        messages.add(new Message(type, bytes.slice(at + HEADER, at + size)));
        at += align(size);
      }
      if (!many) {
        return messages;
      }
    }
    return messages;
  }

  private static String reason(Bytes attributes) {
    return attributes(attributes, 0).stream()
        .filter(a -> a.type() == 1)
        .map(a -> a.value().text().replace("\0", ""))
        .findFirst()
        .orElse("");
  }

  private static long check(Libc.Outcome outcome) throws IOException {
    if (outcome.result() < 0) {
      throw new IOException(Errno.of(outcome.errno()).text());
    }
    return outcome.result();
  }

  /** The attributes from {@code at} on; what does not fit ends the list. */
  public static List<Attribute> attributes(Bytes payload, int at) {
    List<Attribute> attributes = new ArrayList<>();
    int here = at;
    while (here + 4 <= payload.length()) {
      int size = Numbers.uint16(payload, here);
      if (size < 4 || here + size > payload.length()) {
        break;
      }
      attributes.add(
          new Attribute(
              Numbers.uint16(payload, here + 2) & 0x3fff, payload.slice(here + 4, here + size)));
      here += align(size);
    }
    return attributes;
  }

  /** The bytes of an attribute, padded. */
  public static Bytes attribute(int type, Bytes value) {
    ByteBuffer room = Numbers.room(align(4 + value.length()));
    room.putShort((short) (4 + value.length())).putShort((short) type).put(value.buffer());
    return Numbers.bytes(room);
  }

  private static int align(int size) {
    return (size + 3) & ~3;
  }
}

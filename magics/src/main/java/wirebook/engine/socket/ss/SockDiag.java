package wirebook.engine.socket.ss;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import wirebook.engine.socket.Numbers;
import wirebook.engine.socket.SocketEntry;
import wirebook.engine.socket.SocketState;
import wirebook.engine.socket.TcpInfo;
import wirebook.trace.Bytes;

/** The system's socket table, asked for with sock_diag(7). */
final class SockDiag {
  private static final int BY_FAMILY = 20;
  private static final int AF_UNIX = 1;
  private static final int AF_INET6 = 10;
  private static final int INET_HEADER = 72;
  private static final int UNIX_HEADER = 16;

  // Attributes, and one less their bits in a request.
  private static final int INFO = 2;
  private static final int VEGAS = 3;
  private static final int CONGESTION = 4;
  private static final int SKMEM = 7;
  private static final int SHUTDOWN = 8;
  private static final int V6ONLY = 11;
  private static final int MARK = 15;
  private static final int BBR = 16;
  private static final int CGROUP = 21;

  private SockDiag() {}

  /** TCP is 6, UDP 17, raw 255. */
  static List<SocketEntry> internet(
      int family, int protocol, int states, boolean info, boolean memory) throws IOException {
    int more =
        (info ? 1 << (INFO - 1) | 1 << (VEGAS - 1) | 1 << (CONGESTION - 1) : 0)
            | (memory ? 1 | 1 << (SKMEM - 1) : 0);
    ByteBuffer request = Numbers.room(56);
    request.put((byte) family).put((byte) protocol).put((byte) more).put((byte) 0).putInt(states);
    List<SocketEntry> entries = new ArrayList<>();
    for (Netlink.Message message :
        Netlink.dump(Netlink.SOCK_DIAG, BY_FAMILY, Numbers.bytes(request))) {
      if (message.payload().length() >= INET_HEADER) {
        entries.add(internet(message.payload(), protocol));
      }
    }
    return entries;
  }

  /** Reads one {@code inet_diag_msg}. */
  static SocketEntry internet(Bytes payload, int protocol) {
    Map<Integer, Bytes> attributes = attributes(payload, INET_HEADER);
    int size = payload.at(0) == AF_INET6 ? 16 : 4;
    int index = Numbers.int32(payload, 40);
    return new SocketEntry(
        protocol == 6 ? "tcp" : protocol == 17 ? "udp" : "???",
        SocketState.of(payload.at(1)),
        Numbers.uint32(payload, 56),
        Numbers.uint32(payload, 60),
        new SocketEntry.End.Ip(payload.slice(8, 8 + size), port(payload, 4), index),
        new SocketEntry.End.Ip(payload.slice(24, 24 + size), port(payload, 6), 0),
        Numbers.uint32(payload, 68),
        Numbers.uint32(payload, 64),
        Numbers.int64(payload, 44),
        attributes.containsKey(MARK) ? Numbers.uint32(attributes.get(MARK), 0) : 0,
        attributes.containsKey(CGROUP)
            ? OptionalLong.of(Numbers.int64(attributes.get(CGROUP), 0))
            : OptionalLong.empty(),
        payload.at(2),
        Numbers.uint32(payload, 52),
        payload.at(3),
        first(attributes.get(SHUTDOWN)),
        first(attributes.get(V6ONLY)),
        Optional.ofNullable(attributes.get(INFO)).map(TcpInfo::new),
        Optional.ofNullable(attributes.get(CONGESTION)).map(SockDiag::text).orElse(""),
        Optional.ofNullable(attributes.get(BBR)),
        numbers(attributes.get(SKMEM)),
        Optional.empty(),
        Optional.empty());
  }

  static List<SocketEntry> unix(int states, boolean details, boolean memory) throws IOException {
    int show = 1 | 4 | 0x10 | (memory ? 0x20 : 0) | (details ? 2 | 8 : 0);
    ByteBuffer request = Numbers.room(24);
    request.put((byte) AF_UNIX).put(new byte[3]).putInt(states).putInt(0).putInt(show);
    List<SocketEntry> entries = new ArrayList<>();
    for (Netlink.Message message :
        Netlink.dump(Netlink.SOCK_DIAG, BY_FAMILY, Numbers.bytes(request))) {
      if (message.payload().length() >= UNIX_HEADER) {
        entries.add(unix(message.payload()));
      }
    }
    return entries;
  }

  /** Reads one {@code unix_diag_msg}. */
  static SocketEntry unix(Bytes payload) {
    Map<Integer, Bytes> attributes = attributes(payload, UNIX_HEADER);
    long inode = Numbers.uint32(payload, 4);
    Bytes queues = attributes.getOrDefault(4, Bytes.of(new byte[8]));
    Bytes peer = attributes.getOrDefault(2, Bytes.of(new byte[4]));
    Bytes vfs = attributes.get(1);
    return new SocketEntry(
        switch (payload.at(1)) {
          case 1 -> "u_str";
          case 5 -> "u_seq";
          default -> "u_dgr";
        },
        SocketState.of(payload.at(2)),
        Numbers.uint32(queues, 0),
        Numbers.uint32(queues, 4),
        new SocketEntry.End.Unix(name(attributes.getOrDefault(0, Bytes.EMPTY)), inode),
        new SocketEntry.End.Unix("", Numbers.uint32(peer, 0)),
        inode,
        0,
        Numbers.int64(payload, 8),
        0,
        OptionalLong.empty(),
        0,
        0,
        0,
        first(attributes.get(6)),
        OptionalInt.empty(),
        Optional.empty(),
        "",
        Optional.empty(),
        numbers(attributes.get(5)),
        vfs == null ? Optional.empty() : Optional.of(vfs(vfs)),
        Optional.ofNullable(attributes.get(3)).map(SockDiag::numbers));
  }

  private static SocketEntry.Vfs vfs(Bytes bytes) {
    int device = Numbers.int32(bytes, 4);
    return new SocketEntry.Vfs(
        Numbers.uint32(bytes, 0),
        (device >>> 8) & 0xfff,
        (device & 0xff) | ((device >>> 12) & 0xfff00));
  }

  /** A name in the abstract namespace begins with a zero byte; its zeros are shown as at signs. */
  private static String name(Bytes bytes) {
    String name = bytes.text(StandardCharsets.UTF_8);
    if (name.startsWith("\0")) {
      return name.replace('\0', '@');
    }
    int end = name.indexOf('\0');
    return end < 0 ? name : name.substring(0, end);
  }

  private static Map<Integer, Bytes> attributes(Bytes payload, int at) {
    Map<Integer, Bytes> map = new HashMap<>();
    Netlink.attributes(payload, at).forEach(a -> map.put(a.type(), a.value()));
    return map;
  }

  private static int port(Bytes payload, int at) {
    return payload.at(at) << 8 | payload.at(at + 1);
  }

  private static OptionalInt first(@org.jspecify.annotations.Nullable Bytes bytes) {
    return bytes == null || bytes.isEmpty() ? OptionalInt.empty() : OptionalInt.of(bytes.at(0));
  }

  private static List<Long> numbers(@org.jspecify.annotations.Nullable Bytes bytes) {
    List<Long> numbers = new ArrayList<>();
    for (int at = 0; bytes != null && at + 4 <= bytes.length(); at += 4) {
      numbers.add(Numbers.uint32(bytes, at));
    }
    return numbers;
  }

  private static String text(Bytes bytes) {
    String text = bytes.text();
    int end = text.indexOf('\0');
    return end < 0 ? text : text.substring(0, end);
  }
}

package wirebook.engine.socket.ss;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import wirebook.engine.socket.SocketEntry;
import wirebook.engine.socket.SocketState;
import wirebook.trace.Bytes;

/**
 * The socket table as text files tell it, {@code /proc/net/tcp} and its like (proc_pid_net(5)): for
 * systems that do not answer {@link SockDiag}. It has the states, the addresses, the queues and the
 * owners, but no backlog of a listener, no numbers of TCP, and no peer of a Unix-domain socket.
 */
final class ProcNet {
  private static final int AF_INET6 = 10;
  private static final int LISTENS = 0x10000;
  private static final int TICKS_A_SECOND = 100;

  private ProcNet() {}

  /** TCP is 6, UDP 17, raw 255. */
  static List<SocketEntry> internet(int family, int protocol, int states) throws IOException {
    String name = protocol == 6 ? "tcp" : protocol == 17 ? "udp" : "raw";
    List<SocketEntry> entries = new ArrayList<>();
    for (String[] words : lines(name + (family == AF_INET6 ? "6" : ""))) {
      SocketState state = SocketState.of(Integer.parseInt(words[3], 16));
      if (words.length >= 10 && (states & state.bit()) != 0) {
        entries.add(internet(words, protocol == 255 ? "???" : name, state));
      }
    }
    return entries;
  }

  /** Reads the words of one line. */
  static SocketEntry internet(String[] words, String netid, SocketState state) {
    String[] queues = words[4].split(":", 2);
    String[] timer = words[5].split(":", 2);
    return SocketEntry.of(
        netid,
        state,
        Long.parseLong(queues[1], 16),
        Long.parseLong(queues[0], 16),
        end(words[1]),
        end(words[2]),
        Long.parseLong(words[9]),
        Long.parseLong(words[7]),
        Integer.parseInt(timer[0], 16),
        Long.parseLong(timer[1], 16) * 1000 / TICKS_A_SECOND,
        Integer.parseInt(words[6], 16));
  }

  /** {@code 0100007F:1F90}: words of the address in this machine's order of bytes. */
  private static SocketEntry.End end(String text) {
    String[] parts = text.split(":", 2);
    byte[] address = HexFormat.of().parseHex(parts[0]);
    if (java.nio.ByteOrder.nativeOrder() == java.nio.ByteOrder.LITTLE_ENDIAN) {
      for (int word = 0; word < address.length; word += 4) {
        for (int i = 0; i < 2; i++) {
          byte kept = address[word + i];
          address[word + i] = address[word + 3 - i];
          address[word + 3 - i] = kept;
        }
      }
    }
    return new SocketEntry.End.Ip(Bytes.of(address), Integer.parseInt(parts[1], 16), 0);
  }

  static List<SocketEntry> unix(int states) throws IOException {
    List<SocketEntry> entries = new ArrayList<>();
    for (String[] words : lines("unix")) {
      boolean listens = (Long.parseLong(words[3], 16) & LISTENS) != 0;
      SocketState state =
          listens
              ? SocketState.LISTEN
              : words[5].equals("03")
                  ? SocketState.ESTABLISHED
                  : words[5].equals("02") ? SocketState.SYN_SENT : SocketState.CLOSED;
      if ((states & state.bit()) != 0) {
        long inode = Long.parseLong(words[6]);
        entries.add(
            SocketEntry.of(
                switch (words[4]) {
                  case "0001" -> "u_str";
                  case "0005" -> "u_seq";
                  default -> "u_dgr";
                },
                state,
                0,
                0,
                new SocketEntry.End.Unix(words.length > 7 ? words[7] : "", inode),
                new SocketEntry.End.Unix("", 0),
                inode,
                0,
                0,
                0,
                0));
      }
    }
    return entries;
  }

  /** The lines of a table without its head. */
  private static List<String[]> lines(String table) throws IOException {
    // A name may have any bytes; Latin-1 has a letter for each.
    return Files.readAllLines(Path.of("/proc/net", table), StandardCharsets.ISO_8859_1).stream()
        .skip(1)
        .map(line -> line.strip().split("\\s+"))
        .filter(words -> words.length >= 7)
        .toList();
  }
}

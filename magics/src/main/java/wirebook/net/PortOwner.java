package wirebook.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** Who listens on a TCP port of this machine, as Linux tells in {@code /proc} ({@code proc(5)}). */
public final class PortOwner {
  private static final Path PROC = Path.of("/proc");
  private static final String LISTEN = "0A";

  private PortOwner() {}

  /**
   * A process that listens.
   *
   * @param command its command line, shortened
   * @param self whether it is this process
   */
  public record Owner(long pid, String command, boolean self) {
    /** As an error's words name it. */
    public String words() {
      return self
          ? "a socket that an earlier cell of this notebook opened"
          : "process " + pid + " (" + command + ")";
    }
  }

  /** Empty when nobody does, when it is another user's process, or elsewhere than on Linux. */
  public static Optional<Owner> of(int port) {
    try {
      Set<String> sockets = listening(tables(), port);
      return sockets.isEmpty() ? Optional.empty() : owner(sockets);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** The ports on which one of these processes listens, as far as this user may know. */
  public static SortedSet<Integer> portsOf(List<Long> processes) {
    SortedSet<Integer> ports = new TreeSet<>();
    try {
      Set<String> open = new HashSet<>();
      for (long pid : processes) {
        open.addAll(links(PROC.resolve(pid + "/fd")));
      }
      for (String line : open.isEmpty() ? List.<String>of() : tables()) {
        String[] columns = line.strip().split("\\s+");
        if (columns.length > 9
            && columns[3].equals(LISTEN)
            && open.contains("socket:[" + columns[9] + "]")) {
          ports.add(Integer.parseInt(columns[1].substring(columns[1].indexOf(':') + 1), 16));
        }
      }
    } catch (IOException e) {
      // Then it is not known.
    }
    return ports;
  }

  private static List<String> tables() throws IOException {
    List<String> lines = new ArrayList<>();
    for (String table : List.of("tcp", "tcp6")) {
      Path file = PROC.resolve("net").resolve(table);
      if (Files.isReadable(file)) {
        lines.addAll(Files.readAllLines(file));
      }
    }
    return lines;
  }

  /**
   * The number of the user whose process is at the other end of a connection on this machine that
   * was accepted here; empty when there is none, or elsewhere than on Linux.
   */
  public static Optional<Long> userOfClient(Socket accepted) throws IOException {
    return user(
        tables(),
        (InetSocketAddress) accepted.getRemoteSocketAddress(),
        (InetSocketAddress) accepted.getLocalSocketAddress());
  }

  /**
   * Whose connection from there to here the table has. The ports alone do not tell: another user's
   * connection may have the same ones, from another address of this machine.
   */
  static Optional<Long> user(List<String> table, InetSocketAddress from, InetSocketAddress to) {
    String client = column(from);
    String server = column(to);
    for (String line : table) {
      String[] columns = line.strip().split("\\s+");
      // Of a connection that has no process any more, the table does not have the user.
      if (columns.length > 9
          && columns[1].endsWith(client)
          && columns[2].endsWith(server)
          && !columns[9].equals("0")) {
        return Optional.of(Long.valueOf(columns[7]));
      }
    }
    return Optional.empty();
  }

  /** As a table has it, words in the machine's order; of an IPv4 address in IPv6 it is the end. */
  private static String column(InetSocketAddress end) {
    StringBuilder column = new StringBuilder();
    IntBuffer words =
        ByteBuffer.wrap(end.getAddress().getAddress()).order(ByteOrder.nativeOrder()).asIntBuffer();
    while (words.hasRemaining()) {
      column.append(String.format("%08X", words.get()));
    }
    return column.append(String.format(":%04X", end.getPort())).toString();
  }

  /** The socket links of the table's listeners on {@code port}. */
  static Set<String> listening(List<String> table, int port) {
    Set<String> links = new HashSet<>();
    String suffix = String.format(":%04X", port);
    for (String line : table) {
      String[] columns = line.strip().split("\\s+");
      if (columns.length > 9 && columns[1].endsWith(suffix) && columns[3].equals(LISTEN)) {
        links.add("socket:[" + columns[9] + "]");
      }
    }
    return links;
  }

  private static Optional<Owner> owner(Set<String> sockets) throws IOException {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        if (!Collections.disjoint(links(process.resolve("fd")), sockets)) {
          long pid = Long.parseLong(process.getFileName().toString());
          return Optional.of(
              new Owner(pid, command(process), pid == ProcessHandle.current().pid()));
        }
      }
    }
    return Optional.empty();
  }

  /** What a process has open, as far as this user may know. */
  private static Set<String> links(Path descriptors) {
    Set<String> open = new HashSet<>();
    try (DirectoryStream<Path> links = Files.newDirectoryStream(descriptors)) {
      for (Path link : links) {
        if (Files.isSymbolicLink(link)) {
          open.add(Files.readSymbolicLink(link).toString());
        }
      }
    } catch (IOException e) {
      // Another user's process, or one that has ended: not ours to tell.
    }
    return open;
  }

  private static String command(Path process) throws IOException {
    String line = Files.readString(process.resolve("cmdline")).replace('\0', ' ').strip();
    return line.length() > 100 ? line.substring(0, 100) + "…" : line;
  }
}

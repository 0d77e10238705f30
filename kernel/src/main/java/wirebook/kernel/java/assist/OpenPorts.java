package wirebook.kernel.java.assist;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The TCP ports on which something listens; none where there is no {@code /proc}. */
final class OpenPorts {
  private static final List<Path> TABLES =
      List.of(Path.of("/proc/self/net/tcp"), Path.of("/proc/self/net/tcp6"));

  /**
   * A line of proc(5)'s table: number, local address, remote address, state, of which 0A is LISTEN,
   * and as the tenth column the socket's inode.
   */
  private static final Pattern LISTENS =
      Pattern.compile(
          "\\s*\\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:0000 0A(?: +\\S+){5} +(\\d+) .*");

  private OpenPorts() {}

  static Set<Integer> ofThisMachine() {
    return new TreeSet<>(bySocket().values());
  }

  /** Those of the processes that this one has started: the worker, and what cells run in it. */
  static Set<Integer> ofThisNotebook() {
    Map<String, Integer> bySocket = bySocket();
    Set<Integer> ports = new TreeSet<>();
    ProcessHandle.current()
        .descendants()
        .map(process -> Path.of("/proc", Long.toString(process.pid()), "fd"))
        .forEach(
            descriptors -> {
              try (DirectoryStream<Path> links = Files.newDirectoryStream(descriptors)) {
                for (Path link : links) {
                  Integer port = bySocket.get(Files.readSymbolicLink(link).toString());
                  if (port != null) {
                    ports.add(port);
                  }
                }
              } catch (IOException e) {
                // It has ended, or closed what was listed.
              }
            });
    return ports;
  }

  /** By the name that a descriptor's link has. */
  private static Map<String, Integer> bySocket() {
    Map<String, Integer> ports = new HashMap<>();
    for (Path table : TABLES) {
      try {
        for (String line : Files.readAllLines(table)) {
          Matcher m = LISTENS.matcher(line);
          if (m.matches()) {
            ports.put("socket:[" + m.group(2) + "]", Integer.parseInt(m.group(1), 16));
          }
        }
      } catch (IOException e) {
        // Another system than Linux.
      }
    }
    return ports;
  }
}

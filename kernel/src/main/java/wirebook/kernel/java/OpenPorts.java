package wirebook.kernel.java;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The TCP ports on which something listens; none where there is no {@code /proc}. */
final class OpenPorts {
  private static final List<Path> TABLES =
      List.of(Path.of("/proc/self/net/tcp"), Path.of("/proc/self/net/tcp6"));

  /** A line of proc(5)'s table: number, local address, remote address, state; 0A is LISTEN. */
  private static final Pattern LISTENS =
      Pattern.compile("\\s*\\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:0000 0A .*");

  private OpenPorts() {}

  static Set<Integer> ofThisMachine() {
    Set<Integer> ports = new TreeSet<>();
    for (Path table : TABLES) {
      try {
        for (String line : Files.readAllLines(table)) {
          Matcher m = LISTENS.matcher(line);
          if (m.matches()) {
            ports.add(Integer.parseInt(m.group(1), 16));
          }
        }
      } catch (IOException e) {
        // Another system than Linux.
      }
    }
    return ports;
  }
}

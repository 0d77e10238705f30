package wirebook.engine.socket.ss;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Names that Linux keeps for numbers: of services, interfaces, control groups and processes. */
public final class SystemNames {
  private static final int DEEPEST_GROUP = 12;

  /** A process that has a socket open. */
  record Owner(String process, long pid, int descriptor) {}

  private SystemNames() {}

  /** {@code 80/tcp} to {@code http}, of services(5); the first of several. */
  public static Map<String, String> services() {
    Map<String, String> services = new HashMap<>();
    for (String line : lines(Path.of("/etc/services"))) {
      String[] words = line.replaceFirst("#.*", "").strip().split("\\s+");
      if (words.length >= 2) {
        services.putIfAbsent(words[1], words[0]);
      }
    }
    return services;
  }

  /** The port of a service or of one of its aliases, for each protocol that has it. */
  public static Map<String, Integer> ports(String service) {
    Map<String, Integer> ports = new TreeMap<>();
    for (String line : lines(Path.of("/etc/services"))) {
      List<String> words = List.of(line.replaceFirst("#.*", "").strip().split("\\s+"));
      if (words.size() >= 2
          && (words.getFirst().equals(service)
              || words.subList(2, words.size()).contains(service))) {
        String[] port = words.get(1).split("/", 2);
        if (port.length == 2 && port[0].matches("\\d{1,5}")) {
          ports.putIfAbsent(port[1], Integer.parseInt(port[0]));
        }
      }
    }
    ports.keySet().retainAll(List.of("tcp", "udp"));
    return ports;
  }

  /** The range from which the system takes ports by itself. */
  static int[] ephemeralPorts() {
    // Files of /proc/sys have to be read at once: what is read later is their end.
    try (InputStream in = Files.newInputStream(Path.of("/proc/sys/net/ipv4/ip_local_port_range"))) {
      String[] words =
          new String(in.readNBytes(100), StandardCharsets.US_ASCII).strip().split("\\s+");
      return new int[] {Integer.parseInt(words[0]), Integer.parseInt(words[1])};
    } catch (IOException | RuntimeException e) {
      return new int[] {1024, 4999};
    }
  }

  static Map<Integer, String> interfaces() {
    Map<Integer, String> names = new HashMap<>();
    try (Stream<Path> all = Files.list(Path.of("/sys/class/net"))) {
      for (Path one : all.toList()) {
        List<String> index = lines(one.resolve("ifindex"));
        if (!index.isEmpty()) {
          names.put(Integer.parseInt(index.getFirst().strip()), one.getFileName().toString());
        }
      }
    } catch (IOException e) {
      // Without names, numbers are shown.
    }
    return names;
  }

  /** The path of a version 2 control group below its mount. */
  static Optional<String> controlGroup(long id) {
    for (String line : lines(Path.of("/proc/mounts"))) {
      String[] words = line.split(" ");
      if (words.length > 2 && words[2].equals("cgroup2")) {
        Path mount = Path.of(words[1]);
        try (Stream<Path> groups = Files.walk(mount, DEEPEST_GROUP)) {
          return groups
              .filter(Files::isDirectory)
              .filter(p -> inode(p) == id)
              .findFirst()
              .map(p -> "/" + mount.relativize(p));
        } catch (IOException | RuntimeException e) {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }

  private static long inode(Path path) {
    try {
      return ((Number) Files.getAttribute(path, "unix:ino")).longValue();
    } catch (IOException e) {
      return -1;
    }
  }

  /** Who has which socket open, by the socket's inode, among the processes wanted. */
  static Map<Long, List<Owner>> owners(Predicate<Long> wanted) {
    Map<Long, List<Owner>> owners = new HashMap<>();
    for (Path process : children(Path.of("/proc"))) {
      long pid = Long.parseLong(process.getFileName().toString());
      if (!wanted.test(pid)) {
        continue;
      }
      for (Path descriptor : children(process.resolve("fd"))) {
        try {
          String target = Files.readSymbolicLink(descriptor).toString();
          if (target.startsWith("socket:[")) {
            owners
                .computeIfAbsent(
                    Long.parseLong(target.substring(8, target.length() - 1)),
                    key -> new ArrayList<>())
                // ss shows the one found last first.
                .addFirst(
                    new Owner(
                        name(process), pid, Integer.parseInt(descriptor.getFileName().toString())));
          }
        } catch (IOException | NumberFormatException e) {
          // Closed meanwhile, or not ours to see.
        }
      }
    }
    return owners;
  }

  /** The entries of a folder of /proc that are numbers, in their order. */
  private static List<Path> children(Path folder) {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(p -> p.getFileName().toString().matches("\\d+"))
          .sorted(
              java.util.Comparator.comparingLong(p -> Long.parseLong(p.getFileName().toString())))
          .toList();
    } catch (IOException | java.io.UncheckedIOException e) {
      return List.of();
    }
  }

  private static String name(Path process) {
    List<String> stat = lines(process.resolve("stat"));
    if (stat.isEmpty()) {
      return "";
    }
    String line = stat.getFirst();
    int open = line.indexOf('(');
    int close = line.indexOf(')', open + 1);
    return open < 0 || close < 0 ? "" : line.substring(open + 1, close);
  }

  static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return List.of();
    }
  }
}

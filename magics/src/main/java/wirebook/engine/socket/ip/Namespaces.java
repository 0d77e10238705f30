package wirebook.engine.socket.ip;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import wirebook.engine.socket.Numbers;
import wirebook.engine.socket.OpenFile;
import wirebook.engine.socket.ss.Netlink;
import wirebook.trace.Bytes;

/** The network namespaces with names, which ip-netns(8) keeps in a folder. */
final class Namespaces {
  private static final Path FOLDER = Path.of("/var/run/netns");
  private static final int HEADER = 4;
  private static final int ID = 1;
  private static final int DESCRIPTOR = 3;

  private Namespaces() {}

  /** In the folder's own order, as ip lists them. */
  static List<String> all() {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.map(f -> f.getFileName().toString()).toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  /** The name of the namespace that {@code host} numbers so; empty when it has none. */
  static String name(Rtnetlink host, int id) {
    return all().stream().filter(n -> id(host, n) == id).findFirst().orElse("");
  }

  /** The number that {@code host} has for a namespace, negative for none. */
  static int id(Rtnetlink host, String name) {
    try (OpenFile file = OpenFile.open(FOLDER.resolve(name).toString())) {
      Bytes request =
          Numbers.bytes(Numbers.room(HEADER))
              .plus(Netlink.attribute(DESCRIPTOR, IpContext.u32(file.descriptor())));
      return (int) Attributes.of(host.get(Rtnetlink.GET_NAMESPACE_ID, request), HEADER).u32(ID);
    } catch (IOException e) {
      return -1;
    }
  }
}

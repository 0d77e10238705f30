package wirebook.engine.dns.dig;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import wirebook.net.Network;

/**
 * The machine on which the tool runs.
 *
 * @param directory where relative paths start
 */
public record Host(
    Network network,
    InputStream in,
    PrintStream out,
    PrintStream err,
    Path directory,
    Map<String, String> environment) {
  public Host {
    environment = Map.copyOf(environment);
  }
}

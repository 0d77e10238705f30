package wirebook.engine.dns.dig;

import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import wirebook.net.Network;

/**
 * The machine on which the tool runs.
 *
 * @param directory where relative paths start
 * @param silent is told of a server that lets a query by UDP wait for {@link #SILENCE}, while the
 *     tool waits on; on the thread that waits, so what it does takes from what is left of the time
 * @param idn whether a person reads the output, and so may write names beyond ASCII
 */
public record DigHost(
    Network network,
    InputStream in,
    PrintStream out,
    PrintStream err,
    Path directory,
    Map<String, String> environment,
    Consumer<InetSocketAddress> silent,
    boolean idn) {
  /** So long, and a person begins to wonder. */
  public static final Duration SILENCE = Duration.ofMillis(1500);

  public DigHost {
    environment = Map.copyOf(environment);
  }

  /** The same, with somebody who is told of silence. */
  public DigHost watched(Consumer<InetSocketAddress> watcher) {
    return new DigHost(network, in, out, err, directory, environment, watcher, idn);
  }

  /** The same, with names beyond ASCII or without. */
  public DigHost idn(boolean now) {
    return new DigHost(network, in, out, err, directory, environment, silent, now);
  }

  public DigHost(
      Network network,
      InputStream in,
      PrintStream out,
      PrintStream err,
      Path directory,
      Map<String, String> environment) {
    this(network, in, out, err, directory, environment, _ -> {}, false);
  }
}

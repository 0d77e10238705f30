package wirebook.engine.http.curl;

import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Map;
import wirebook.engine.http.ByteText;
import wirebook.net.Network;

/**
 * The world in which curl runs.
 *
 * @param directory where relative paths start
 * @param terminal whether standard output is a terminal
 * @param keep how many bytes of a body are kept for the value; 0 from the shell, where nobody asks
 */
public record CurlEnvironment(
    OutputStream stdout,
    OutputStream stderr,
    InputStream stdin,
    Path directory,
    Map<String, String> variables,
    Network network,
    boolean inCell,
    boolean terminal,
    int keep) {

  /**
   * The place that a file name on the command line means.
   *
   * @param name byte text
   * @throws java.nio.file.InvalidPathException when the system can have no such name
   */
  Path path(String name) {
    return directory.resolve(ByteText.toText(name));
  }

  /** An environment variable as byte text; empty when it is not set, or set to nothing. */
  String variable(String name) {
    return ByteText.fromText(variables.getOrDefault(name, ""));
  }
}

package wirebook.engine.http.curl.options;

import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.HttpTransfer;
import wirebook.engine.http.Surroundings;
import wirebook.net.Network;

/**
 * The world in which curl runs.
 *
 * @param directory where relative paths start
 * @param terminal whether standard output is a terminal
 * @param keep how many bytes of a body are kept for the value; 0 from the shell, where nobody asks
 * @param view takes bodies that would go to standard output, in a cell
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
    int keep,
    Optional<BodyView> view)
    implements Surroundings {

  /** How a cell shows what goes to standard output. */
  public interface BodyView {
    /**
     * A body begins; closing the stream ends it.
     *
     * @param contentType as the server said it, byte text, empty when it did not
     */
    OutputStream open(String contentType);

    /**
     * Where {@code -v} goes: to where bodies go. It is what was asked for and no error, and front
     * ends paint standard error red.
     */
    OutputStream trace();

    /** What went wrong has just been said. */
    void failed(HttpTransfer soFar);

    /** A transfer takes its time. */
    void progress(long received, Optional<Long> total, long sent);
  }

  @Override
  public Path path(String name) {
    return directory.resolve(ByteText.toText(name));
  }

  @Override
  public String variable(String name) {
    return ByteText.fromText(variables.getOrDefault(name, ""));
  }
}

package wirebook.engine.http.curl.options;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.StandardOpenOption;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;

/**
 * Where curl's own words go: standard error, or what {@code --stderr} says; and the settings that
 * decide what is said.
 */
public final class Console {
  public enum TraceType {
    NONE,
    PLAIN,
    ASCII,
    BINARY
  }

  private final CurlEnvironment environment;
  private OutputStream err;
  private boolean redirected;

  public boolean silent;
  public boolean showError;
  public boolean noProgress;
  public boolean progressBar;
  public TraceType traceType = TraceType.NONE;
  public String traceFile = "";
  public boolean traceTime;
  public boolean traceIds;
  int verbosity;
  public boolean styled = true;

  /** Whether a message named curl's exit code. */
  private boolean codeTold;

  public Console(CurlEnvironment environment) {
    this.environment = environment;
    this.err = environment.stderr();
  }

  /** All that goes over the wire is shown among curl's own words. */
  public void traceToErr() {
    traceFile = "%";
    traceType = TraceType.PLAIN;
  }

  public OutputStream err() {
    return err;
  }

  public boolean redirected() {
    return redirected;
  }

  void redirect(String file) {
    redirected = true;
    if (file.equals("-")) {
      err = environment.stdout();
      return;
    }
    try {
      err =
          Files.newOutputStream(
              environment.path(file),
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.TRUNCATE_EXISTING);
    } catch (IOException | InvalidPathException e) {
      warn("Failed to open " + file);
    }
  }

  /** Prints byte text as it is. */
  public synchronized void print(String byteText) {
    codeTold |= byteText.startsWith("curl: (");
    try {
      err.write(ByteText.bytes(byteText));
      err.flush();
    } catch (IOException e) {
      // Nobody is left to tell.
    }
  }

  public void warn(String text) {
    if (!silent) {
      wrapped("Warning: ", text);
    }
  }

  public void note(String text) {
    if (traceType != TraceType.NONE && !silent) {
      wrapped("Note: ", text);
    }
  }

  public void error(String text) {
    if (!silent || showError) {
      wrapped("curl: ", text);
    }
  }

  /** An error in the command line itself. */
  public void help(String text) {
    print(
        (text.isEmpty() ? "" : "curl: " + text + "\n")
            + "curl: try 'curl --help' or 'curl --manual' for more information\n");
  }

  /** Why a transfer failed, with curl's number. */
  public void failed(CurlCode code, String words) {
    if (!silent || showError) {
      print("curl: (" + code.number() + ") " + words + "\n");
    }
  }

  /** A cell has no {@code $?}: the exit code is said there, unless a message did so. */
  public void tellCode(CurlCode code) {
    if (environment.inCell() && !codeTold) {
      failed(code, code.words());
    }
  }

  public int columns() {
    try {
      int columns = Integer.parseInt(environment.variables().getOrDefault("COLUMNS", ""));
      return columns > 20 && columns <= 10_000 ? columns : 79;
    } catch (NumberFormatException e) {
      return 79;
    }
  }

  private void wrapped(String prefix, String text) {
    int columns = columns();
    int width = columns > prefix.length() ? columns - prefix.length() : Integer.MAX_VALUE;
    String left = text.length() > 1023 ? text.substring(0, 1023) : text;
    StringBuilder out = new StringBuilder();
    while (!left.isEmpty()) {
      int end = left.length();
      if (end > width) {
        int cut = width - 1;
        while (cut > 0 && !ByteText.isBlank(left.charAt(cut))) {
          cut--;
        }
        end = (cut == 0 ? width - 1 : cut) + 1;
      }
      out.append(prefix).append(left, 0, end).append('\n');
      left = left.substring(end);
    }
    print(out.toString());
  }
}

package wirebook.magics.shell;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import wirebook.codec.Quietly;
import wirebook.engine.http.HttpTransfer;
import wirebook.engine.http.curl.options.CurlEnvironment;
import wirebook.engine.shell.CommandLine;
import wirebook.engine.shell.CommandLine.Target;
import wirebook.engine.shell.Filter;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicException;
import wirebook.spi.Word;

/**
 * The streams of a command in a cell, as its redirections have them; all are open before it runs.
 */
public final class ShellStreams implements AutoCloseable {
  /** How much of what goes into a pipe is held. */
  private static final int MOST = 32 << 20;

  private final MagicCall call;
  private final CommandLine line;
  private final List<OutputStream> open = new ArrayList<>();
  private final OutputStream complaints;
  private final Optional<Pipe> pipe;
  private final OutputStream result;
  public final InputStream in;
  public final OutputStream out;
  public final OutputStream err;

  /** What waits for the filters. */
  private static final class Pipe extends OutputStream {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private long lines;
    boolean full;

    /**
     * @param lines after which nothing more is wanted
     */
    Pipe(long lines) {
      this.lines = lines;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
      for (int i = offset; i < offset + length; i++) {
        if (bytes.size() == MOST || lines == 0) {
          full = true;
          throw new IOException("the pipe takes no more");
        }
        bytes.write(from[i]);
        lines -= from[i] == '\n' ? 1 : 0;
      }
    }
  }

  /**
   * @param shown what the cell shows of standard output
   * @param complaints what it shows of standard error
   */
  public ShellStreams(
      MagicCall call, CommandLine line, OutputStream shown, OutputStream complaints) {
    this.call = call;
    this.line = line;
    this.complaints = complaints;
    pipe =
        line.filters().isEmpty()
            ? Optional.empty()
            : Optional.of(
                new Pipe(
                    line.filters().getFirst() instanceof Filter.Ends head
                            && !head.last()
                            && !head.bytes()
                            && head.count() >= 0
                        ? head.count()
                        : Long.MAX_VALUE));
    try {
      in = line.input().isPresent() ? Files.newInputStream(path(line.input().get())) : call.in();
    } catch (IOException e) {
      throw unusable(line.input().orElseThrow(), "cannot be read");
    }
    OutputStream piped = pipe.<OutputStream>map(p -> p).orElse(shown);
    out = stream(line.out(), piped);
    err = line.err().equals(line.out()) ? out : stream(line.err(), piped);
    result = line.filters().isEmpty() ? out : stream(line.result(), shown);
  }

  private Path path(Word name) {
    try {
      return call.directory().resolve(name.text());
    } catch (InvalidPathException e) {
      throw unusable(name, "is no file's name");
    }
  }

  private MagicException unusable(Word name, String why) {
    return call.wrong(
        "CURL002",
        name,
        "nothing is sent: " + name.text() + " " + why,
        "Files are looked for in " + call.directory() + ".");
  }

  private OutputStream stream(Target target, OutputStream usual) {
    return switch (target) {
      case Target.Out() -> usual;
      case Target.Err() -> complaints;
      case Target.Nowhere() -> OutputStream.nullOutputStream();
      case Target.File(Word name, boolean append) -> {
        try {
          OutputStream file =
              Files.newOutputStream(
                  path(name),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE,
                  append ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING);
          open.add(file);
          yield file;
        } catch (IOException e) {
          throw unusable(name, "cannot be written");
        }
      }
    };
  }

  /** How the cell shows what is not redirected; nothing when standard output is. */
  public Optional<CurlEnvironment.BodyView> view(CurlEnvironment.BodyView usual) {
    if (!(line.out() instanceof Target.Out) || pipe.isPresent()) {
      return Optional.empty();
    }
    if (line.err() instanceof Target.Err || line.err() instanceof Target.Out) {
      return Optional.of(usual);
    }
    return Optional.of(
        new CurlEnvironment.BodyView() {
          @Override
          public OutputStream open(String contentType) {
            return usual.open(contentType);
          }

          @Override
          public OutputStream trace() {
            return err;
          }

          @Override
          public void failed(HttpTransfer soFar) {
            usual.failed(soFar);
          }

          @Override
          public void progress(long received, Optional<Long> total, long sent) {
            usual.progress(received, total, sent);
          }
        });
  }

  /** Whether the command was ended because nobody wanted more of it. */
  public boolean full() {
    return pipe.filter(p -> p.full && p.lines == 0).isPresent();
  }

  /**
   * Runs what came through the filters.
   *
   * @return whether they could do their work
   */
  public boolean filter() {
    if (pipe.isEmpty()) {
      return true;
    }
    try {
      if (pipe.get().full && !full()) {
        throw new IOException("more than " + (MOST >> 20) + " MiB do not go through a pipe here");
      }
      result.write(Filter.all(line.filters(), pipe.get().bytes));
      return true;
    } catch (Filter.Broken | IOException e) {
      try {
        complaints.write((e.getMessage() + "\n").getBytes(StandardCharsets.UTF_8));
        complaints.flush();
      } catch (IOException gone) {
        // The cell shows nothing any more.
      }
      return false;
    }
  }

  @Override
  public void close() {
    for (OutputStream one : open) {
      Quietly.close(one);
    }
    if (line.input().isPresent()) {
      Quietly.close(in);
    }
  }
}

package wirebook.magics;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import wirebook.net.Networks;
import wirebook.spi.Display;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicException;
import wirebook.spi.MimeBundle;
import wirebook.spi.Services;
import wirebook.spi.Span;
import wirebook.spi.Word;

/** The cells of a notebook with one magic each, run by themselves. */
public final class TestCells {
  private final Networks networks;
  private final Path directory;
  private final Map<String, String> environment;
  private final Services services = new Services();
  private final List<MimeBundle> shown = new CopyOnWriteArrayList<>();
  private ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

  public TestCells(Networks networks, Path directory) {
    this(networks, directory, Map.of());
  }

  public TestCells(Networks networks, Path directory, Map<String, String> environment) {
    this.networks = networks;
    this.directory = directory;
    this.environment = environment;
  }

  /**
   * The value of a cell.
   *
   * @param cell its words are separated by single blanks, the first is the magic's name
   */
  public Object run(Magic magic, String cell) throws InterruptedException {
    printed = new ByteArrayOutputStream();
    return magic.run(new Call(cell)).value().orElse("");
  }

  public MagicException complaint(Magic magic, String cell) {
    try {
      run(magic, cell);
    } catch (MagicException e) {
      return e;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    throw new AssertionError("no complaint about " + cell);
  }

  /** What the last cell has printed up to now. */
  public String printed() {
    return printed.toString(StandardCharsets.UTF_8);
  }

  /** What all cells have shown in red. */
  public String errors() {
    return errors.toString(StandardCharsets.UTF_8);
  }

  /** What any cell has shown. */
  public List<MimeBundle> shown() {
    return shown;
  }

  /** The session's object of a type. */
  public <T> T service(Class<T> type, Supplier<T> maker) {
    return services.get(type, maker);
  }

  private final class Call implements MagicCall {
    private final String cell;
    private final PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    private final PrintStream err =
        new PrintStream(
            new OutputStream() {
              @Override
              public void write(int b) {
                out.write(b);
                errors.write(b);
              }
            },
            true,
            StandardCharsets.UTF_8);

    Call(String cell) {
      this.cell = cell;
    }

    @Override
    public List<Word> words() {
      List<Word> words = new ArrayList<>();
      String line = cell.lines().findFirst().orElse("");
      int at = line.indexOf(' ') + 1;
      for (String word : line.substring(at).split(" ")) {
        if (at > 0) {
          words.add(new Word(word, new Span(at, at + word.length())));
          at += word.length() + 1;
        }
      }
      return words;
    }

    @Override
    public Optional<String> body() {
      return cell.startsWith("%%")
          ? Optional.of(cell.substring(cell.indexOf('\n') + 1))
          : Optional.empty();
    }

    @Override
    public Span bodySpan() {
      return new Span(cell.indexOf('\n') + 1, cell.length());
    }

    @Override
    public PrintStream out() {
      return out;
    }

    @Override
    public PrintStream err() {
      return err;
    }

    @Override
    public InputStream in() {
      return InputStream.nullInputStream();
    }

    @Override
    public Display display() {
      return new Display() {
        @Override
        public String show(MimeBundle bundle) {
          shown.add(bundle);
          return "1";
        }

        @Override
        public void update(String id, MimeBundle bundle) {}

        @Override
        public void clear(boolean wait) {}
      };
    }

    @Override
    public Networks networks() {
      return networks;
    }

    @Override
    public Path directory() {
      return directory;
    }

    @Override
    public Map<String, String> environment() {
      return environment;
    }

    @Override
    public boolean inCell() {
      return true;
    }

    @Override
    public Services services() {
      return services;
    }
  }
}

package wirebook.engine.http.curl;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import wirebook.codec.Quietly;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.client.Sink;
import wirebook.engine.http.client.TransferInfo;
import wirebook.engine.http.curl.options.Console;
import wirebook.engine.http.curl.options.CurlConfig;
import wirebook.engine.http.curl.options.CurlConfig.Clobber;
import wirebook.engine.http.curl.options.CurlEnvironment;
import wirebook.engine.http.curl.options.Inputs;

/** Where one transfer's headers and body go, and which name the file gets. */
final class Output implements Sink {
  private final CurlEnvironment environment;
  private final Console console;
  private final CurlConfig config;
  private final TransferInfo info;

  /** Present when progress is shown while the transfer runs. */
  Optional<Progress> progress = Optional.empty();

  /** The output file, null for standard output. */
  @Nullable String filename;

  boolean outNull;
  boolean regular;
  boolean opened;
  boolean fromDisposition;
  private boolean toStdout;
  private @Nullable OutputStream view;
  long bytes;
  long initial;
  boolean honorDisposition;
  private @Nullable OutputStream stream;
  private @Nullable FileChannel channel;

  private @Nullable OutputStream headers;
  private boolean ownHeaders;
  private @Nullable String etagFile;
  private final List<String> heldHeaders = new ArrayList<>();
  private boolean lastHeaderEmpty;
  boolean terminalBinaryAllowed;

  Output(CurlEnvironment environment, Console console, CurlConfig config, TransferInfo info) {
    this.environment = environment;
    this.console = console;
    this.config = config;
    this.info = info;
  }

  void toStdout() {
    toStdout = true;
    stream = environment.stdout();
  }

  void saveEtag(String file) {
    etagFile = file;
  }

  void headersTo(OutputStream out, boolean own) {
    headers = out;
    ownHeaders = own;
  }

  @Override
  public boolean toFile() {
    return channel != null;
  }

  boolean hasStream() {
    return stream != null;
  }

  /** Opens a file to go on behind what it has. */
  void append(String name) throws HttpFailure {
    try {
      open(
          environment.path(name),
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND,
          StandardOpenOption.WRITE);
      opened = true;
    } catch (IOException | InvalidPathException e) {
      console.error("cannot open '" + name + "'");
      throw new HttpFailure(CurlCode.WRITE_ERROR);
    }
  }

  private void open(Path path, StandardOpenOption... options) throws IOException {
    if (Files.isDirectory(path)) {
      throw new FileSystemException(path.toString(), null, "Is a directory");
    }
    if (path.startsWith("/dev") || (Files.exists(path) && !Files.isRegularFile(path))) {
      stream = Files.newOutputStream(path, StandardOpenOption.WRITE);
      channel = null;
      return;
    }
    FileChannel file = FileChannel.open(path, options);
    channel = file;
    stream = Channels.newOutputStream(file);
  }

  boolean create() {
    String name = filename;
    if (name == null) {
      return false;
    }
    try {
      if (config.clobber == Clobber.ALWAYS
          || (config.clobber == Clobber.DEFAULT && !fromDisposition)) {
        open(
            environment.path(name),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING);
      } else {
        name = createNew(name);
        filename = name;
      }
    } catch (IOException | InvalidPathException e) {
      console.warn("Failed to open the file " + name + ": " + Inputs.why(e));
      return false;
    }
    regular = true;
    opened = true;
    bytes = 0;
    initial = 0;
    return true;
  }

  private String createNew(String name) throws IOException {
    FileSystemException last;
    try {
      open(environment.path(name), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      return name;
    } catch (FileAlreadyExistsException e) {
      last = e;
    } catch (FileSystemException e) {
      if (!Files.isDirectory(environment.path(name))) {
        throw e;
      }
      last = e;
    }
    if (config.clobber == Clobber.NEVER) {
      for (int i = 1; i < 100; i++) {
        String numbered = name + "." + i;
        try {
          open(environment.path(numbered), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
          return numbered;
        } catch (FileAlreadyExistsException e) {
          last = e;
        }
      }
    }
    throw last;
  }

  private OutputStream ready(int length) throws HttpFailure {
    OutputStream out = stream;
    if (out != null) {
      return out;
    }
    OutputStream made = create() ? stream : null;
    if (made == null) {
      throw refused(length);
    }
    return made;
  }

  private static HttpFailure refused(int length) {
    return new HttpFailure(
        CurlCode.WRITE_ERROR, "client returned ERROR on write of " + length + " bytes");
  }

  private static void write(OutputStream out, String text) throws HttpFailure {
    try {
      out.write(ByteText.bytes(text));
    } catch (IOException e) {
      throw refused(text.length());
    }
  }

  @Override
  public void header(String line, int code) throws HttpFailure {
    OutputStream dump = headers;
    if (dump != null) {
      write(dump, line);
      flush(dump);
    }
    boolean good = code / 100 == 2 || code / 100 == 3;
    if (good) {
      if (etagFile != null && ByteText.startsWithIgnoreCase(line, "etag:")) {
        etag(line.substring(5));
      } else if (honorDisposition && disposition(line, code)) {
        return;
      }
    }
    if (config.writeOut != null) {
      if (line.indexOf(':') >= 0) {
        if (lastHeaderEmpty) {
          info.headers = 0;
        }
        lastHeaderEmpty = false;
        info.headers++;
      } else if (line.startsWith("\r") || line.startsWith("\n")) {
        lastHeaderEmpty = true;
      }
    }
    if (config.showHeaders && !outNull) {
      OutputStream out = ready(line.length());
      int colon = line.indexOf(':');
      boolean bold = environment.terminal() && toStdout && console.styled && colon > 0;
      write(
          out,
          bold
              ? "\u001b[1m" + line.substring(0, colon) + "\u001b[0m" + line.substring(colon)
              : line);
    }
  }

  private static void flush(OutputStream out) throws HttpFailure {
    try {
      out.flush();
    } catch (IOException e) {
      throw refused(0);
    }
  }

  private void etag(String value) throws HttpFailure {
    if (!value.endsWith("\n")) {
      return;
    }
    String text = value.substring(ByteText.skipBlanks(value, 0)).stripTrailing();
    String file = etagFile;
    if (text.isEmpty() || file == null) {
      return;
    }
    if (file.equals("-")) {
      write(environment.stdout(), text + "\n");
      flush(environment.stdout());
      return;
    }
    try {
      Files.write(environment.path(file), ByteText.bytes(text + "\n"));
    } catch (IOException e) {
      throw refused(text.length());
    }
  }

  private static @Nullable String cleanName(String text, boolean url) {
    String name = text;
    if (!url) {
      char stop = ';';
      if (name.startsWith("'") || name.startsWith("\"")) {
        stop = name.charAt(0);
        name = name.substring(1);
      }
      int end = name.indexOf(stop);
      name = end < 0 ? name : name.substring(0, end);
    } else {
      name = name.substring(0, ByteText.find(name, 0, "?#"));
    }
    for (char separator : new char[] {'/', '\\'}) {
      name = name.substring(name.lastIndexOf(separator) + 1);
      if (name.isEmpty()) {
        return null;
      }
    }
    return name.substring(0, ByteText.find(name, 0, "\r\n"));
  }

  private void name(String name) throws HttpFailure {
    if (stream != null || name.isEmpty()) {
      throw refused(name.length());
    }
    filename = config.outputDir != null ? config.outputDir + "/" + name : name;
  }

  /** Takes the file name from a header; true when the header was kept back for later. */
  private boolean disposition(String line, int code) throws HttpFailure {
    if (line.length() > 9 && ByteText.startsWithIgnoreCase(line, "Location:") && code / 100 == 3) {
      String name = cleanName(line.substring(ByteText.skipBlanks(line, 9)), true);
      if (name != null && !name.isEmpty()) {
        name(name);
        fromDisposition = true;
      }
    } else if (line.length() > 20 && ByteText.startsWithIgnoreCase(line, "Content-disposition:")) {
      int p = 20;
      while (p < line.length()) {
        while (p < line.length() && !ByteText.isAlpha(line.charAt(p))) {
          p++;
        }
        if (p > line.length() - 9) {
          break;
        }
        if (!line.startsWith("filename=", p)) {
          p = ByteText.find(line, p, ";");
          continue;
        }
        String name = cleanName(line.substring(ByteText.skipBlanks(line, p + 9)), false);
        if (name != null && !name.isEmpty()) {
          name(name);
          fromDisposition = true;
          regular = true;
          honorDisposition = false;
          if (!create()) {
            throw refused(line.length());
          }
          writeHeld();
        }
        break;
      }
      if (stream == null && !create()) {
        throw refused(line.length());
      }
      writeHeld();
    }
    if (honorDisposition && config.showHeaders) {
      heldHeaders.add(line);
      return true;
    }
    return false;
  }

  private void writeHeld() throws HttpFailure {
    for (String line : heldHeaders) {
      write(ready(line.length()), line);
    }
    heldHeaders.clear();
  }

  @Override
  public void moving(long download, long upload) {
    info.expectedDownload = download;
    info.expectedUpload = upload;
    progress.ifPresent(p -> p.moving(download, upload));
  }

  @Override
  public void progress(long received, Optional<Long> total, long sent) {
    // Where the body itself is seen to come, nothing is to be said in the middle of it.
    if (!console.silent && !console.noProgress && view == null) {
      environment.view().ifPresent(view -> view.progress(received, total, sent));
    }
  }

  @Override
  public void body(byte[] data, int offset, int length) throws HttpFailure {
    if (outNull) {
      return;
    }
    OutputStream out = ready(length);
    if (environment.terminal() && toStdout && bytes < 2000 && !terminalBinaryAllowed) {
      for (int i = offset; i < offset + length; i++) {
        if (data[i] == 0) {
          console.warn(
              "Binary output can mess up your terminal. Use \"--output -\" to tell curl to output"
                  + " it to your terminal anyway, or consider \"--output <FILE>\" to save to a"
                  + " file.");
          config.syntheticError = true;
          throw refused(length);
        }
      }
    }
    writeHeld();
    try {
      OutputStream shown = viewed();
      if (shown != null) {
        shown.write(data, offset, length);
        bytes += length;
        return;
      }
      out.write(data, offset, length);
      if (config.noBuffer || toStdout) {
        out.flush();
      }
    } catch (IOException e) {
      throw new HttpFailure(
          CurlCode.WRITE_ERROR,
          "Failure writing output to destination, passed " + length + " returned 0");
    }
    bytes += length;
  }

  /** Where a cell shows this body, null when it goes out as bytes. */
  private @Nullable OutputStream viewed() {
    if (!toStdout || environment.view().isEmpty()) {
      return null;
    }
    OutputStream open = view;
    if (open == null) {
      open = environment.view().get().open(ByteText.orEmpty(info.contentType));
      view = open;
    }
    return open;
  }

  /** Cuts what a failed try wrote. */
  boolean truncate() {
    FileChannel file = channel;
    if (file == null) {
      return true;
    }
    try {
      file.truncate(initial);
      file.position(initial);
      bytes = 0;
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Flushes what does not belong to us, closes what does. */
  boolean closeBody() {
    OutputStream out = stream;
    if (out == null) {
      return true;
    }
    OutputStream shown = view;
    view = null;
    try {
      if (shown != null) {
        shown.close();
      }
      out.flush();
      if (opened) {
        out.close();
      }
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  void closeHeaders() {
    OutputStream dump = headers;
    if (dump != null && ownHeaders) {
      Quietly.close(dump);
    }
  }
}

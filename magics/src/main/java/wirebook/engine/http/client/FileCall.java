package wirebook.engine.http.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpDate;
import wirebook.engine.http.HttpExchange;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.HttpHeader;
import wirebook.engine.http.HttpRequest;
import wirebook.engine.http.HttpResponse;
import wirebook.engine.http.HttpTiming;
import wirebook.engine.http.HttpUrl;
import wirebook.engine.http.HttpUrl.BadUrl;
import wirebook.engine.http.HttpUrl.Flag;
import wirebook.engine.http.client.CallLog.Kind;
import wirebook.trace.Bytes;

/**
 * One {@code file:} URL (RFC 8089), as curl does it: the file is read under headers like a
 * server's, or written. No network is there: it is a file of this machine, where names and
 * addresses are a lab's, too, as it is for {@code cat}. Redirects never lead here.
 */
public final class FileCall {
  private static final int BLOCK = 64 * 1024;

  /** {@code 2-5}, {@code 2-}, {@code -5}; what stands behind is not looked at. */
  private static final Pattern RANGE = Pattern.compile("\\s*(\\d*)\\s*-?\\s*(\\d*).*");

  private final HttpClient client;
  private final CallOptions options;
  private final CallRequest request;
  private final Sink sink;
  private final TransferInfo info;
  private final long started;
  private final Instant start;
  private final List<HttpHeader> headers = new ArrayList<>();
  private final StringBuilder head = new StringBuilder();
  private final ByteArrayOutputStream kept = new ByteArrayOutputStream();

  /** As a {@link HttpCall} is made. */
  public FileCall(
      HttpClient client, CallOptions options, CallRequest request, Sink sink, TransferInfo info) {
    this.client = client;
    this.options = options;
    this.request = request;
    this.sink = sink;
    this.info = info;
    started = client.network.clock().nanoTime();
    start = client.network.clock().instant();
  }

  /** Whether a URL is for this, and not for {@link HttpCall}. */
  public static boolean takes(String url, CallOptions options) {
    int length = HttpUrl.schemeLength(url, true);
    String scheme = length == 0 ? ByteText.orEmpty(options.protoDefault) : url.substring(0, length);
    return scheme.equalsIgnoreCase("file");
  }

  /** Does it all; the failure is what curl would exit with. */
  public void perform() throws HttpFailure, InterruptedException {
    try {
      HttpUrl target = target();
      info.effectiveUrl = target.text(false, true);
      info.scheme = "file";
      if (options.protocols != null && !options.protocols.contains("file")) {
        throw new HttpFailure(CurlCode.UNSUPPORTED_PROTOCOL, "Protocol \"file\" is disabled");
      }
      transfer(target);
    } finally {
      info.timeTotal = micros();
    }
  }

  private long micros() {
    return (client.network.clock().nanoTime() - started) / 1000;
  }

  private HttpUrl target() throws HttpFailure {
    String url = request.url();
    Set<Flag> flags = EnumSet.of(Flag.GUESS_SCHEME, Flag.ANY_SCHEME);
    if (options.pathAsIs) {
      flags.add(Flag.PATH_AS_IS);
    }
    try {
      return HttpUrl.parse(
          HttpUrl.schemeLength(url, true) == 0 ? options.protoDefault + "://" + url : url, flags);
    } catch (BadUrl e) {
      throw e.rejected();
    }
  }

  private void transfer(HttpUrl target) throws HttpFailure, InterruptedException {
    String name = ByteText.unescape(target.path());
    if (name.indexOf('\0') >= 0) {
      throw new HttpFailure(CurlCode.URL_MALFORMAT);
    }
    boolean writes = request.kind() == RequestKind.PUT;
    info.method = Optional.ofNullable(options.customRequest).orElse(request.kind().method());
    info.timePreTransfer = micros();
    long connection = client.connections.getAndIncrement();
    try {
      if (writes) {
        write(client.surroundings.path(name), name);
      } else {
        read(client.surroundings.path(name), target.path());
      }
    } catch (InvalidPathException e) {
      throw new HttpFailure(CurlCode.FILE_COULDNT_READ_FILE);
    }
    if (client.log.on()) {
      String line = "shutting down connection #" + connection + "\n";
      client.log.log(Kind.TEXT, info.transferId, connection, line);
    }
    if (client.keep > 0) {
      client.add(exchange(target));
    }
  }

  private void read(Path path, String shown) throws HttpFailure, InterruptedException {
    SeekableByteChannel opened;
    BasicFileAttributes about;
    try {
      opened = Files.newByteChannel(path);
      about = Files.readAttributes(path, BasicFileAttributes.class);
    } catch (IOException e) {
      throw new HttpFailure(CurlCode.FILE_COULDNT_READ_FILE, "Could not open file " + shown);
    }
    try (opened) {
      info.fileTime = about.lastModifiedTime().to(TimeUnit.SECONDS);
      String range = options.resumeFrom != 0 ? options.resumeFrom + "-" : options.range;
      if (range == null && unmet(info.fileTime)) {
        info.conditionUnmet = true;
        return;
      }
      if (!about.isDirectory()) {
        header("Content-Length", String.valueOf(about.size()));
        header("Accept-ranges", "bytes");
      }
      header("Last-Modified", HttpDate.format(info.fileTime));
      line("\r\n");
      if (request.kind() == RequestKind.HEAD) {
        return;
      }
      long[] part = range == null ? new long[] {0, 0} : part(range);
      long from = part[0] < 0 ? about.size() + part[0] : part[0];
      if (from < 0 || (from > 0 && (about.isDirectory() || from > about.size()))) {
        throw new HttpFailure(CurlCode.BAD_DOWNLOAD_RESUME, "failed to resume file:// transfer");
      }
      info.timeStartTransfer = micros();
      if (about.isDirectory()) {
        list(path);
      } else {
        opened.position(from);
        // What tells no size, as files of /proc do, is read to its end.
        long most = part[1] > 0 ? part[1] : Long.MAX_VALUE;
        copy(Channels.newInputStream(opened), most, part[1] > 0 ? part[1] : about.size() - from);
      }
    } catch (IOException e) {
      throw new HttpFailure(CurlCode.READ_ERROR, "Could not read file " + shown);
    }
  }

  private boolean unmet(long modified) {
    return options.conditionTime != 0
        && switch (options.timeCondition) {
          case NONE -> false;
          case IF_UNMODIFIED -> modified >= options.conditionTime;
          case IF_MODIFIED, LAST_MODIFIED -> modified <= options.conditionTime;
        };
  }

  /** Where a range begins, below 0 from the end, and how many bytes it has, 0 for all. */
  private static long[] part(String range) throws HttpFailure {
    Matcher numbers = RANGE.matcher(range);
    try {
      if (!numbers.matches()) {
        throw new HttpFailure(CurlCode.RANGE_ERROR);
      }
      boolean begins = !numbers.group(1).isEmpty();
      boolean ends = !numbers.group(2).isEmpty();
      long from = begins ? Long.parseLong(numbers.group(1)) : 0;
      long to = ends ? Long.parseLong(numbers.group(2)) : 0;
      if (begins && !ends) {
        return new long[] {from, 0};
      }
      if (!begins && ends && to > 0) {
        return new long[] {-to, to};
      }
      if (from <= to && to - from < Long.MAX_VALUE && (begins || !ends)) {
        return new long[] {from, to - from + 1};
      }
    } catch (NumberFormatException e) {
      // More than any file has.
    }
    throw new HttpFailure(CurlCode.RANGE_ERROR);
  }

  private void list(Path folder) throws IOException, HttpFailure {
    try (DirectoryStream<Path> names = Files.newDirectoryStream(folder)) {
      for (Path one : names) {
        String name = String.valueOf(one.getFileName());
        if (!name.startsWith(".")) {
          byte[] bytes = ByteText.bytes(ByteText.fromText(name) + "\n");
          body(bytes, bytes.length);
        }
      }
    }
  }

  private void copy(InputStream in, long most, long expected)
      throws IOException, HttpFailure, InterruptedException {
    byte[] block = new byte[BLOCK];
    long left = most;
    sink.moving(expected, -1);
    while (left > 0) {
      int n = in.read(block, 0, (int) Math.min(block.length, left));
      if (n < 0) {
        return;
      }
      left -= n;
      body(block, n);
      sink.moving(expected, -1);
      stopped();
    }
  }

  private static void stopped() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  private void body(byte[] bytes, int length) throws HttpFailure {
    int n = length;
    if (options.maxFileSize > 0) {
      n = (int) Math.min(n, options.maxFileSize - info.sizeDownload);
    }
    info.sizeDownload += n;
    info.sizeDelivered += n;
    sink.body(bytes, 0, n);
    if (!sink.toFile()) {
      kept.write(bytes, 0, Math.min(n, Math.max(0, client.keep - kept.size())));
    }
    if (n < length) {
      throw options.tooLarge(info.sizeDownload);
    }
  }

  private void header(String name, String value) throws HttpFailure {
    headers.add(new HttpHeader(name, value));
    line(name + ": " + value + "\r\n");
  }

  private void line(String line) throws HttpFailure {
    head.append(line);
    sink.header(line, 0);
  }

  private void write(Path path, String name) throws HttpFailure, InterruptedException {
    if (name.length() < 2) {
      throw new HttpFailure(CurlCode.FILE_COULDNT_READ_FILE);
    }
    OutputStream opened;
    long skip;
    try {
      opened =
          Files.newOutputStream(
              path,
              StandardOpenOption.CREATE,
              options.resumeFrom == 0
                  ? StandardOpenOption.TRUNCATE_EXISTING
                  : StandardOpenOption.APPEND);
      skip = options.resumeFrom < 0 ? Files.size(path) : options.resumeFrom;
    } catch (IOException e) {
      throw new HttpFailure(CurlCode.WRITE_ERROR, "cannot open " + name + " for writing");
    }
    long length = request.body().length();
    try (opened;
        InputStream body = request.body().open();
        InputStream in = options.crlf ? new CrlfStream(body) : body) {
      byte[] block = new byte[BLOCK];
      sink.moving(-1, length);
      for (int n = in.read(block); n >= 0; n = in.read(block)) {
        int from = (int) Math.min(n, skip);
        skip -= from;
        opened.write(block, from, n - from);
        info.sizeUpload += n - from;
        sink.moving(-1, length);
        stopped();
      }
    } catch (IOException e) {
      throw new HttpFailure(CurlCode.SEND_ERROR);
    }
  }

  /** As it would have been asked and answered over HTTP, but for the status: there was none. */
  private HttpExchange exchange(HttpUrl target) {
    Duration total = Duration.ofNanos(micros() * 1000);
    Duration first = Duration.ofNanos(info.timeStartTransfer * 1000);
    return new HttpExchange(
        ByteText.toText(target.text()),
        0,
        false,
        new HttpRequest(
            ByteText.orEmpty(info.method),
            ByteText.toText(target.path()),
            "",
            List.of(),
            Bytes.EMPTY,
            Bytes.EMPTY,
            info.sizeUpload),
        Optional.of(
            new HttpResponse(
                0,
                "",
                "",
                headers,
                Bytes.of(ByteText.bytes(head.toString())),
                Bytes.of(kept.toByteArray()),
                info.sizeDelivered)),
        new HttpTiming(
            start,
            Duration.ZERO,
            Duration.ZERO,
            Duration.ZERO,
            Duration.ZERO,
            first,
            first,
            total));
  }
}

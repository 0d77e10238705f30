package wirebook.magics.http;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import wirebook.engine.http.HttpTransfer;
import wirebook.engine.http.curl.options.CurlEnvironment;
import wirebook.render.JsonView;
import wirebook.render.PageView;
import wirebook.render.Sizes;
import wirebook.spi.Display;
import wirebook.spi.MimeBundle;
import wirebook.trace.Event;
import wirebook.trace.Failure;

/**
 * How a cell shows curl's output: text with its control characters made visible, pictures as
 * pictures, other binary bodies by their size, long transfers with a bar that goes away.
 */
final class CurlCell implements CurlEnvironment.BodyView {
  private static final int MAX_PICTURE = 8 << 20;

  /** Bodies up to here have a view of their own: a tree, a page. */
  private static final int MAX_VIEW = 512 << 10;

  /** How much text of one body is printed; a browser with more of it stands still. */
  private static final long MAX_TEXT = 2 << 20;

  private static final int BAR = 30;
  private static final Set<String> PICTURES =
      Set.of("image/png", "image/jpeg", "image/gif", "image/webp");

  private final PrintStream out;
  private final PrintStream err;
  private final Display display;
  private boolean explained;
  private Optional<String> bar = Optional.empty();
  private boolean over;

  /** Whether the last body so far stopped in the middle of a line. */
  private boolean inLine;

  CurlCell(PrintStream out, PrintStream err, Display display) {
    this.out = out;
    this.err = err;
    this.display = display;
  }

  /** Bytes of UTF-8 as a person may see them. */
  static final class Visible extends OutputStream {
    private final PrintStream out;
    private final CharsetDecoder decoder;
    private byte[] rest = new byte[0];
    private boolean afterCr;

    Visible(PrintStream out, Charset charset) {
      this.out = out;
      decoder =
          charset
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPLACE)
              .onUnmappableCharacter(CodingErrorAction.REPLACE);
    }

    @Override
    public void write(int b) {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
      ByteBuffer in = ByteBuffer.allocate(rest.length + length);
      in.put(rest).put(bytes, offset, length).flip();
      CharBuffer chars = CharBuffer.allocate(in.remaining() + 2);
      decoder.decode(in, chars, false);
      rest = new byte[in.remaining()];
      in.get(rest);
      show(chars.flip());
    }

    private void show(CharBuffer chars) {
      StringBuilder text = new StringBuilder(chars.length());
      while (chars.hasRemaining()) {
        char c = chars.get();
        if (afterCr && c != '\n') {
          text.append('\u240d');
        }
        afterCr = c == '\r';
        if (afterCr || (c >= 0x80 && c < 0xa0)) {
          continue;
        }
        boolean plain = c >= 0x20 || c == '\n' || c == '\t';
        text.append(c == 0x7f ? '\u2421' : plain ? c : (char) (0x2400 + c));
      }
      out.print(text);
    }

    @Override
    public synchronized void flush() {
      out.flush();
    }

    @Override
    public synchronized void close() {
      if (rest.length > 0) {
        out.print('\ufffd');
        rest = new byte[0];
      }
      out.flush();
    }
  }

  @Override
  public OutputStream open(String contentType) {
    return new Body(contentType);
  }

  @Override
  public OutputStream trace() {
    Visible text = new Visible(out, StandardCharsets.UTF_8);
    return new OutputStream() {
      @Override
      public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) {
        if (inLine) {
          out.println();
          inLine = false;
        }
        text.write(bytes, offset, length);
      }

      @Override
      public void flush() {
        text.flush();
      }
    };
  }

  @Override
  public synchronized void progress(long received, Optional<Long> total, long sent) {
    if (over) {
      return;
    }
    StringBuilder text = new StringBuilder();
    if (total.isPresent() && total.get() > 0) {
      int done = (int) (BAR * received / total.get());
      text.append('[').append("█".repeat(done)).append("·".repeat(BAR - done)).append("] ");
    }
    text.append(Sizes.text(received));
    total.ifPresent(t -> text.append(" of ").append(Sizes.text(t)));
    if (sent > 0) {
      text.append(", ").append(Sizes.text(sent)).append(" sent");
    }
    MimeBundle bundle = MimeBundle.text(text.toString());
    if (bar.isPresent()) {
      display.update(bar.get(), bundle);
    } else {
      bar = Optional.of(display.show(bundle));
    }
  }

  /** Advice stands below the error, before what {@code -w} prints. */
  @Override
  public void failed(HttpTransfer soFar) {
    explained = true;
    explain(soFar, err);
  }

  /** As {@link #failed}, unless that was done, or nobody wants to hear of it. */
  void explain(HttpTransfer transfer, boolean silent) {
    if (!explained && !silent) {
      explain(transfer, err);
    }
  }

  /** What to try next when the network did not do its part. */
  static void explain(HttpTransfer transfer, PrintStream err) {
    if (transfer.exitCode() == 0) {
      return;
    }
    Optional<Failure> last = Optional.empty();
    for (Event event : transfer.trace().events()) {
      switch (event) {
        case Event.Failed failed -> last = Optional.of(failed.failure());
        // An address that refused is of no interest when the next one answered.
        case Event.Connected _ -> last = Optional.empty();
        default -> {
          // Says nothing about what went wrong.
        }
      }
    }
    Optional<String> seen = last.map(Failure::nextStep);
    nextStep(transfer).or(() -> seen).filter(step -> !step.isEmpty()).ifPresent(err::println);
  }

  /** What to do about a failure of which the trace says no more than curl. */
  private static Optional<String> nextStep(HttpTransfer transfer) {
    String words = transfer.error();
    return Optional.of(
            switch (transfer.exitCode()) {
              case 1 ->
                  words.contains("\" not supported")
                      ? "%curl speaks http, https, ws, wss and file."
                      : words.contains("HTTP/0.9")
                          ? "What came is no HTTP response; --http0.9 takes it as it is."
                          : "";
              case 37 ->
                  "A file: URL names a file of the machine that the notebook runs on, by its whole"
                      + " path, in a lab, too.";
              case 35 ->
                  words.contains("wrong version number")
                      ? "That port speaks no TLS: write http:// instead of https://."
                      : words.contains("protocol")
                          ? "The two sides have no version of TLS in common: look at --tlsv1.2,"
                              + " --tlsv1.3 and --tls-max."
                          : "";
              case 47 ->
                  "Look with -v where each Location leads: perhaps in a circle. --max-redirs"
                      + " allows more.";
              case 60 -> unverified(words);
              default -> "";
            })
        .filter(step -> !step.isEmpty());
  }

  private static String unverified(String words) {
    if (words.contains("self-signed")) {
      return "The certificate is vouched for by itself alone: trust it with --cacert FILE if it is"
          + " yours, or go on unchecked with -k.";
    }
    if (words.contains("local issuer")) {
      return "Who signed the certificate is not trusted here: --cacert FILE trusts one more, -k"
          + " checks nothing.";
    }
    if (words.contains("expired") || words.contains("not yet valid")) {
      return "The certificate's time is over or has not begun: its owner has to renew it, or a"
          + " clock is wrong.";
    }
    if (words.contains("alternative certificate subject name")) {
      return "The certificate was made for other names: -v shows for which.";
    }
    return words.contains("revoked") ? "Its authority has taken the certificate back." : "";
  }

  /** Takes the bar away, for good: a transfer that was stopped may still have a last word. */
  synchronized void done() {
    over = true;
    bar.ifPresent(id -> display.update(id, MimeBundle.text("")));
    bar = Optional.empty();
  }

  /** One body on its way to the cell. */
  private final class Body extends OutputStream {
    private final String type;
    private final Charset charset;
    private Optional<Visible> text = Optional.empty();
    private boolean binary;
    private boolean json;
    private long length;
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private long printed;

    Body(String contentType) {
      int semicolon = contentType.indexOf(';');
      type =
          (semicolon < 0 ? contentType : contentType.substring(0, semicolon))
              .strip()
              .toLowerCase(Locale.ROOT);
      charset = charset(contentType);
      json = type.equals("application/json") || type.endsWith("+json");
    }

    private static Charset charset(String contentType) {
      String lower = contentType.toLowerCase(Locale.ROOT);
      int at = lower.indexOf("charset=");
      try {
        return at < 0
            ? StandardCharsets.UTF_8
            : Charset.forName(lower.substring(at + 8).replaceAll("[\"; ].*|\"", "").strip());
      } catch (IllegalArgumentException e) {
        return StandardCharsets.UTF_8;
      }
    }

    private boolean looksBinary(byte[] bytes, int offset, int n) {
      if (type.startsWith("image/") && !type.equals("image/svg+xml")) {
        return true;
      }
      if (type.startsWith("audio/") || type.startsWith("video/")) {
        return true;
      }
      for (int i = offset; i < offset + n; i++) {
        if (bytes[i] == 0) {
          return !charset.name().startsWith("UTF-16") && !charset.name().startsWith("UTF-32");
        }
      }
      return false;
    }

    @Override
    public void write(int b) {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int n) {
      if (length == 0 && n > 0) {
        binary = looksBinary(bytes, offset, n);
      }
      length += n;
      if (kept.size() + n <= (binary ? MAX_PICTURE : MAX_VIEW)) {
        kept.write(bytes, offset, n);
        if (binary || json) {
          return;
        }
      } else if (json) {
        // Too much for a tree: text it is, from the beginning.
        json = false;
        print(kept.toByteArray(), 0, kept.size());
      }
      if (!binary) {
        print(bytes, offset, n);
      }
    }

    private void print(byte[] bytes, int offset, int n) {
      int room = (int) Math.min(n, MAX_TEXT - printed);
      if (room > 0) {
        if (text.isEmpty()) {
          text = Optional.of(new Visible(out, charset));
        }
        text.get().write(bytes, offset, room);
        inLine = bytes[offset + room - 1] != '\n';
        printed += room;
      }
    }

    @Override
    public void close() {
      boolean whole = kept.size() == length;
      if (binary) {
        text.ifPresent(Visible::close);
        picture(whole);
        return;
      }
      String all = whole ? kept.toString(charset) : "";
      if (json) {
        Optional<MimeBundle> tree = JsonView.of(all);
        if (tree.isPresent()) {
          out.flush();
          display.show(tree.get());
          return;
        }
        print(kept.toByteArray(), 0, kept.size());
      }
      text.ifPresent(Visible::close);
      if (printed < length) {
        out.println(
            "\n["
                + Sizes.text(length - printed)
                + " more; the value has "
                + kept("the body", "body"));
      }
      if (whole && length > 0 && (type.equals("text/html") || type.equals("image/svg+xml"))) {
        out.flush();
        display.show(type.equals("text/html") ? PageView.of(all) : PageView.svg(all));
      }
    }

    /** What of the body is in the value, and how to get at it. */
    private String kept(String all, String method) {
      return (length > Curl.KEPT_IN_CELL ? "the first " + Sizes.text(Curl.KEPT_IN_CELL) : all)
          + ": ."
          + method
          + "()]";
    }

    private void picture(boolean whole) {
      out.println(
          "["
              + (type.isEmpty() ? "binary" : type)
              + ", "
              + Sizes.text(length)
              + "; the value has "
              + kept("them", "bytes"));
      if (PICTURES.contains(type) && whole) {
        display.show(
            new MimeBundle(
                Map.of(
                    MimeBundle.TEXT,
                    type + ", " + Sizes.text(length),
                    type,
                    Base64.getEncoder().encodeToString(kept.toByteArray()))));
      }
    }
  }
}

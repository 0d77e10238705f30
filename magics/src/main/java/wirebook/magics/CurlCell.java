package wirebook.magics;

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
import wirebook.engine.http.curl.CurlEnvironment;
import wirebook.spi.Display;
import wirebook.spi.MimeBundle;

/**
 * How a cell shows curl's output: text with its control characters made visible, pictures as
 * pictures, other binary bodies by their size, long transfers with a bar that goes away.
 */
final class CurlCell implements CurlEnvironment.BodyView {
  private static final int MAX_PICTURE = 8 << 20;
  private static final int BAR = 30;
  private static final Set<String> PICTURES =
      Set.of("image/png", "image/jpeg", "image/gif", "image/webp");

  private final PrintStream out;
  private final Display display;
  private Optional<String> bar = Optional.empty();

  CurlCell(PrintStream out, Display display) {
    this.out = out;
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
  public void progress(long received, Optional<Long> total, long sent) {
    StringBuilder text = new StringBuilder();
    if (total.isPresent() && total.get() > 0) {
      int done = (int) (BAR * received / total.get());
      text.append('[').append("█".repeat(done)).append("·".repeat(BAR - done)).append("] ");
    }
    text.append(size(received));
    total.ifPresent(t -> text.append(" of ").append(size(t)));
    if (sent > 0) {
      text.append(", ").append(size(sent)).append(" sent");
    }
    MimeBundle bundle = MimeBundle.text(text.toString());
    if (bar.isPresent()) {
      display.update(bar.get(), bundle);
    } else {
      bar = Optional.of(display.show(bundle));
    }
  }

  /** Takes the bar away. */
  void done() {
    bar.ifPresent(id -> display.update(id, MimeBundle.text("")));
    bar = Optional.empty();
  }

  static String size(long bytes) {
    if (bytes < 1024) {
      return bytes + (bytes == 1 ? " byte" : " bytes");
    }
    double value = bytes;
    int unit = -1;
    while (value >= 1024 && unit < 3) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %ciB", value, "KMGT".charAt(unit));
  }

  /** One body on its way to the cell. */
  private final class Body extends OutputStream {
    private final String type;
    private final Charset charset;
    private Optional<Visible> text = Optional.empty();
    private boolean binary;
    private long length;
    private final java.io.ByteArrayOutputStream picture = new java.io.ByteArrayOutputStream();

    Body(String contentType) {
      int semicolon = contentType.indexOf(';');
      type =
          (semicolon < 0 ? contentType : contentType.substring(0, semicolon))
              .strip()
              .toLowerCase(Locale.ROOT);
      charset = charset(contentType);
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
      if (!binary) {
        if (text.isEmpty()) {
          text = Optional.of(new Visible(out, charset));
        }
        text.get().write(bytes, offset, n);
      } else if (picture.size() + n <= MAX_PICTURE) {
        picture.write(bytes, offset, n);
      }
    }

    @Override
    public void close() {
      text.ifPresent(Visible::close);
      if (!binary) {
        return;
      }
      boolean whole = picture.size() == length;
      out.println(
          "["
              + (type.isEmpty() ? "binary" : type)
              + ", "
              + size(length)
              + "; the value has them: .bytes()]");
      if (PICTURES.contains(type) && whole) {
        display.show(
            new MimeBundle(
                Map.of(
                    MimeBundle.TEXT,
                    type + ", " + size(length),
                    type,
                    Base64.getEncoder().encodeToString(picture.toByteArray()))));
      }
    }
  }
}

package wirebook.engine.ssh.server;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * A terminal as Linux has it in canonical mode: echoes, edits a line, and ends lines with CR LF.
 */
final class LineDiscipline {
  private static final int MOST = 4096;

  private LineDiscipline() {}

  /** Lines that were typed, echoed to {@code out}. */
  static final class Input extends InputStream {
    private final InputStream in;
    private final OutputStream out;
    private byte[] line = new byte[0];
    private int at;
    private boolean ended;

    Input(InputStream in, OutputStream out) {
      this.in = in;
      this.out = out;
    }

    @Override
    public int read() throws IOException {
      while (at == line.length) {
        if (ended) {
          return -1;
        }
        type();
      }
      return line[at++] & 0xff;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      int first = read();
      if (first < 0) {
        return -1;
      }
      to[offset] = (byte) first;
      int n = Math.min(length - 1, line.length - at);
      System.arraycopy(line, at, to, offset + 1, n);
      at += n;
      return n + 1;
    }

    /** Until Enter; Ctrl-C drops the line, Ctrl-D on an empty one ends it all. */
    private void type() throws IOException {
      StringBuilder typed = new StringBuilder();
      while (true) {
        int c = in.read();
        switch (c) {
          case -1, 4 -> {
            if (c == 4 && !typed.isEmpty()) {
              continue;
            }
            ended = true;
            take(typed.toString());
            return;
          }
          case '\r', '\n' -> {
            echo("\n");
            take(typed.append('\n').toString());
            return;
          }
          case 3 -> {
            echo("^C\n");
            take("\n");
            return;
          }
          case 8, 127 -> {
            if (!typed.isEmpty()) {
              typed.setLength(typed.length() - 1);
              echo("\b \b");
            }
          }
          default -> {
            if ((c >= ' ' || c == '\t') && typed.length() < MOST) {
              typed.append((char) c);
              echo(String.valueOf((char) c));
            }
          }
        }
      }
    }

    private void take(String text) {
      line = text.getBytes(StandardCharsets.ISO_8859_1);
      at = 0;
    }

    private void echo(String text) throws IOException {
      out.write(text.getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
    }
  }

  /** Ends lines as a terminal wants it. */
  static final class Output extends FilterOutputStream {
    Output(OutputStream out) {
      super(out);
    }

    @Override
    public void write(int b) throws IOException {
      if (b == '\n') {
        out.write('\r');
      }
      out.write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      byte[] wide = new byte[2 * length];
      int n = 0;
      for (int i = offset; i < offset + length; i++) {
        if (bytes[i] == '\n') {
          wide[n++] = '\r';
        }
        wide[n++] = bytes[i];
      }
      out.write(wide, 0, n);
    }
  }
}

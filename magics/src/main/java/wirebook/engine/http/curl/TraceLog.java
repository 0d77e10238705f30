package wirebook.engine.http.curl;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import wirebook.codec.Quietly;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.client.CallLog;
import wirebook.engine.http.curl.options.Console;
import wirebook.engine.http.curl.options.CurlEnvironment;

/** What {@code -v}, {@code --trace} and {@code --trace-ascii} print. */
final class TraceLog implements CallLog {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSSSSS ", Locale.ROOT);

  private final CurlEnvironment environment;
  private final Console console;
  private @Nullable OutputStream out;
  private boolean inLine;
  private boolean dataShown;
  private boolean own;

  TraceLog(CurlEnvironment environment, Console console) {
    this.environment = environment;
    this.console = console;
  }

  @Override
  public boolean on() {
    return console.traceType != Console.TraceType.NONE;
  }

  private OutputStream stream() {
    OutputStream open = out;
    if (open != null) {
      return open;
    }
    if (console.traceFile.equals("-")) {
      open = environment.stdout();
    } else if (console.traceFile.equals("%")) {
      return console.redirected()
          ? console.err()
          : environment.view().map(CurlEnvironment.BodyView::trace).orElse(console.err());
    } else {
      try {
        open = Files.newOutputStream(environment.path(console.traceFile));
        own = true;
      } catch (IOException | InvalidPathException e) {
        open = console.err();
      }
    }
    out = open;
    return open;
  }

  private static char mark(Kind kind) {
    return switch (kind) {
      case TEXT -> '*';
      case HEADER_IN -> '<';
      case HEADER_OUT -> '>';
      case DATA_IN -> '{';
      case DATA_OUT -> '}';
    };
  }

  private static String words(Kind kind) {
    return switch (kind) {
      case TEXT -> "";
      case HEADER_IN -> "<= Recv header";
      case HEADER_OUT -> "=> Send header";
      case DATA_IN -> "<= Recv data";
      case DATA_OUT -> "=> Send data";
    };
  }

  private String start(int transfer, long connection) {
    String time = "";
    if (console.traceTime) {
      Instant now = environment.network().clock().instant();
      LocalTime local = now.atZone(ZoneId.systemDefault()).toLocalTime();
      time = TIME.format(local);
    }
    String ids =
        console.traceIds ? "[" + transfer + "-" + (connection < 0 ? "x" : connection) + "] " : "";
    return time + ids;
  }

  @Override
  public synchronized void log(Kind kind, int transfer, long connection, String data) {
    if (!on()) {
      return;
    }
    OutputStream stream = stream();
    String start = start(transfer, connection);
    String text =
        console.traceType == Console.TraceType.PLAIN
            ? plain(kind, start, data)
            : kind == Kind.TEXT ? start + "* " + data : dump(kind, start, data);
    try {
      stream.write(ByteText.bytes(text));
      stream.flush();
    } catch (IOException e) {
      // A trace that cannot be written must not end the transfer.
    }
  }

  private String plain(Kind kind, String start, String data) {
    StringBuilder text = new StringBuilder();
    switch (kind) {
      case HEADER_OUT -> {
        int from = 0;
        while (from < data.length()) {
          int newline = data.indexOf('\n', from);
          int to = newline < 0 ? data.length() : newline + 1;
          if (!inLine) {
            text.append(start).append(mark(kind)).append(' ');
          }
          text.append(data, from, to);
          inLine = newline < 0;
          from = to;
        }
        dataShown = false;
      }
      case TEXT, HEADER_IN -> {
        if (!inLine) {
          text.append(start).append(mark(kind)).append(' ');
        }
        text.append(data);
        inLine = !data.endsWith("\n");
        dataShown = false;
      }
      case DATA_IN, DATA_OUT -> {
        if (!dataShown && !environment.terminal() && environment.view().isEmpty()) {
          if (!inLine) {
            text.append(start).append(mark(kind)).append(' ');
          }
          text.append('[').append(data.length()).append(" bytes data]\n");
          inLine = false;
          dataShown = true;
        }
      }
    }
    return text.toString();
  }

  private String dump(Kind kind, String start, String data) {
    boolean ascii = console.traceType == Console.TraceType.ASCII;
    int width = ascii ? 64 : 16;
    StringBuilder text = new StringBuilder();
    text.append(start)
        .append(words(kind))
        .append(String.format(Locale.ROOT, ", %1$d bytes (0x%1$x)\n", data.length()));
    int i = 0;
    while (i < data.length()) {
      text.append(String.format("%04x: ", i));
      if (!ascii) {
        for (int c = 0; c < width; c++) {
          text.append(
              i + c < data.length() ? String.format("%02x ", (int) data.charAt(i + c)) : "   ");
        }
      }
      int next = i + width;
      for (int c = 0; c < width && i + c < data.length(); c++) {
        if (ascii && data.startsWith("\r\n", i + c)) {
          next = i + c + 2;
          break;
        }
        char ch = data.charAt(i + c);
        text.append(ch >= 0x20 && ch < 0x7f ? ch : '.');
        if (ascii && data.startsWith("\r\n", i + c + 1)) {
          next = i + c + 3;
          break;
        }
      }
      text.append('\n');
      i = next;
    }
    return text.toString();
  }

  void close() {
    OutputStream open = out;
    if (open != null && own) {
      Quietly.close(open);
    }
  }
}

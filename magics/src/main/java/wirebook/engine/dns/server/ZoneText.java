package wirebook.engine.dns.server;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Master;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;

/**
 * Zone files (RFC 1035, 5; RFC 2308, 4), without {@code $INCLUDE}. What is wrong has a line and, as
 * far as can be told, a place in it.
 */
public sealed interface ZoneText {
  /** A zone that can be served. */
  record Good(Zone zone) implements ZoneText {}

  /**
   * @param line from 0; -1 when no line is to blame
   * @param start column of the first character, {@code end} behind the last one
   * @param message one sentence without a full stop
   */
  record Wrong(int line, int start, int end, String message) implements ZoneText {}

  /** Records of a file larger than this are not read. */
  int MOST_RECORDS = 100_000;

  static ZoneText parse(String text, Name origin) {
    List<String> lines = text.lines().toList();
    LineByLine in = new LineByLine(lines);
    List<Record> records = new ArrayList<>();
    List<Integer> places = new ArrayList<>();
    try (Master master = new Master(in, origin)) {
      master.disableIncludes(true);
      for (Record record = master.nextRecord(); record != null; record = master.nextRecord()) {
        records.add(record);
        places.add(in.line());
        if (records.size() > MOST_RECORDS) {
          return new Wrong(in.line(), 0, 0, "the zone has more than " + MOST_RECORDS + " records");
        }
      }
      return new Good(Zone.of(origin, records));
    } catch (TextParseException e) {
      return wrong(lines, in.line(), plain(e.getMessage()));
    } catch (Zone.ZoneException e) {
      int line =
          e.culprit().map(records::lastIndexOf).filter(i -> i >= 0).map(places::get).orElse(-1);
      return wrong(lines, line, String.valueOf(e.getMessage()));
    } catch (IOException
        | IllegalArgumentException
        | IllegalStateException
        | IndexOutOfBoundsException e) {
      // The last one is the library's own slip on some texts; the line is to blame all the same.
      return wrong(lines, in.line(), plain(e.getMessage()));
    }
  }

  private static Wrong wrong(List<String> lines, int line, String message) {
    if (line < 0 || line >= lines.size()) {
      return new Wrong(-1, 0, 0, message);
    }
    String text = lines.get(line);
    String content = text.replaceFirst(";.*$", "").stripTrailing();
    // The parser's words end in, or quote, what it stumbled over.
    Optional<int[]> word = Optional.empty();
    for (Matcher m = WORD.matcher(content); m.find(); ) {
      String token = m.group();
      if (message.contains("'" + token + "'")
          || message.contains("\"" + token + "\"")
          || message.endsWith(" " + token)
          || message.endsWith(": " + token)) {
        word = Optional.of(new int[] {m.start(), m.end()});
      }
    }
    int first = content.length() - content.stripLeading().length();
    int[] place = word.orElse(new int[] {Math.min(first, content.length()), content.length()});
    return new Wrong(line, place[0], place[1], message);
  }

  Pattern WORD = Pattern.compile("\"[^\"]*\"?|[^\\s()]+");

  /** dnsjava puts file name and line before what it says. */
  private static String plain(@Nullable String message) {
    String text = message == null ? "" : message.replaceFirst("^<none>:\\d+: ", "");
    return text.isBlank() ? "it cannot be read" : text.replace('\n', ' ');
  }

  /** Gives one line a read, so that the line that a record came from is known. */
  final class LineByLine extends InputStream {
    private final List<String> lines;
    private int next;
    private byte[] current = new byte[0];
    private int offset;

    LineByLine(List<String> lines) {
      this.lines = lines;
    }

    /** The line given last, from 0. */
    int line() {
      return Math.max(0, next - 1);
    }

    private boolean fill() {
      if (offset < current.length) {
        return true;
      }
      if (next >= lines.size()) {
        return false;
      }
      current = (lines.get(next++) + "\n").getBytes(StandardCharsets.UTF_8);
      offset = 0;
      return true;
    }

    @Override
    public int read() {
      return fill() ? current[offset++] & 0xff : -1;
    }

    @Override
    public int read(byte[] buffer, int start, int length) {
      if (length == 0) {
        return 0;
      }
      if (!fill()) {
        return -1;
      }
      int count = Math.min(length, current.length - offset);
      System.arraycopy(current, offset, buffer, start, count);
      offset += count;
      return count;
    }
  }
}

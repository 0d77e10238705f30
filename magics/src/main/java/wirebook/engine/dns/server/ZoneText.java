package wirebook.engine.dns.server;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Master;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * Zone files (RFC 1035, 5; RFC 2308, 4), without {@code $INCLUDE}. What is wrong has a line and, as
 * far as can be told, a place in it.
 */
public sealed interface ZoneText {
  /**
   * A zone that can be served.
   *
   * @param warnings what named-checkzone would say of it, a sentence each
   */
  record Good(Zone zone, List<String> warnings) implements ZoneText {
    public Good {
      warnings = List.copyOf(warnings);
    }
  }

  /**
   * @param line from 0; -1 when no line is to blame
   * @param start column of the first character, {@code end} behind the last one
   * @param message one sentence without a full stop
   * @param fix what to do about it
   * @param others what else is wrong, further down
   */
  record Wrong(int line, int start, int end, String message, String fix, List<Wrong> others)
      implements ZoneText {
    public Wrong {
      others = List.copyOf(others);
    }

    Wrong with(List<Wrong> more) {
      return new Wrong(line, start, end, message, fix, more);
    }
  }

  /** More mistakes than this are not looked for. */
  int MOST_MISTAKES = 20;

  static ZoneText parse(String text, Name origin) {
    List<String> lines = text.lines().toList();
    List<String> readable = new ArrayList<>(ZoneLines.readable(lines, origin));
    List<Wrong> mistakes = new ArrayList<>();
    while (true) {
      Reading reading = read(lines, readable, origin);
      Optional<Wrong> wrong = reading.wrong;
      if (wrong.isEmpty()) {
        return mistakes.isEmpty()
            ? finish(lines, reading, origin)
            : mistakes.getFirst().with(mistakes.subList(1, mistakes.size()));
      }
      mistakes.add(wrong.get());
      int line = wrong.get().line;
      if (line < 0 || mistakes.size() >= MOST_MISTAKES) {
        return mistakes.getFirst().with(mistakes.subList(1, mistakes.size()));
      }
      // Without the record that is wrong, what follows it can be read.
      for (int i = reading.begun; i <= ZoneLines.end(readable, reading.begun, line); i++) {
        readable.set(i, "");
      }
    }
  }

  /**
   * What was read of a text.
   *
   * @param places the line of each record
   * @param begun where the record that is wrong begins
   */
  public record Reading(
      List<Record> records, List<Integer> places, int begun, Optional<Wrong> wrong) {}

  private static Reading read(List<String> lines, List<String> readable, Name origin) {
    LineByLine in = new LineByLine(readable);
    List<Record> records = new ArrayList<>();
    List<Integer> places = new ArrayList<>();
    int begun = 0;
    Optional<Wrong> wrong;
    try (Master master = new Master(in, origin)) {
      master.disableIncludes(true);
      for (Record record = master.nextRecord(); record != null; record = master.nextRecord()) {
        records.add(record);
        places.add(in.line());
        begun = in.line() + 1;
        if (records.size() > ZoneLines.MOST_RECORDS) {
          throw new IllegalStateException(
              "the zone has more than " + ZoneLines.MOST_RECORDS + " records");
        }
      }
      wrong = Optional.empty();
    } catch (TextParseException e) {
      wrong = Optional.of(wrong(lines, in.line(), plain(e.getMessage())));
    } catch (IOException
        | IllegalArgumentException
        | IllegalStateException
        | IndexOutOfBoundsException e) {
      // The last one is the library's own slip on some texts; the line is to blame all the same.
      wrong = Optional.of(wrong(lines, in.line(), plain(e.getMessage())));
    }
    // Blank lines and directives may lie between.
    int at = wrong.map(w -> w.line).orElse(-1);
    begun = at < 0 ? 0 : ZoneLines.begin(readable, Math.min(begun, at), at);
    return new Reading(records, places, begun, wrong);
  }

  private static ZoneText finish(List<String> lines, Reading reading, Name origin) {
    List<String> warnings = new ArrayList<>();
    List<Record> inside = new ArrayList<>();
    List<Integer> places = new ArrayList<>();
    Set<Name> outside = new HashSet<>();
    Map<String, Long> ttls = new HashMap<>();
    for (int i = 0; i < reading.records.size(); i++) {
      Record record = reading.records.get(i);
      if (record.getName().subdomain(origin)) {
        inside.add(record);
        places.add(reading.places.get(i));
        long first = ttls.computeIfAbsent(setOf(record), _ -> record.getTTL());
        if (first != record.getTTL() && record.getType() != Type.RRSIG) {
          warnings.add(
              "line %d: all records of one name and type have one TTL (RFC 2181, 5.2): %d, as the first says, not %d"
                  .formatted(reading.places.get(i) + 1, first, record.getTTL()));
        }
      } else if (outside.add(record.getName())) {
        warnings.add(
            "line "
                + (reading.places.get(i) + 1)
                + ": "
                + record.getName()
                + " is outside of the zone and is ignored; without the dot at its end it would be a"
                + " name in the zone");
      }
    }
    try {
      Zone zone = Zone.of(origin, inside);
      List<ZoneChecks.Finding> findings = ZoneChecks.of(zone);
      List<Wrong> errors = new ArrayList<>();
      for (ZoneChecks.Finding finding : findings) {
        int line = line(inside, places, Optional.of(finding.record()));
        if (finding.error()) {
          Wrong at = wrong(lines, line, finding.message());
          errors.add(new Wrong(at.line, at.start, at.end, at.message, finding.fix(), List.of()));
        } else {
          warnings.add(
              (line < 0 ? "" : "line " + (line + 1) + ": ")
                  + finding.message()
                  + ". "
                  + finding.fix());
        }
      }
      return errors.isEmpty()
          ? new Good(zone, warnings)
          : errors.getFirst().with(errors.subList(1, errors.size()));
    } catch (Zone.ZoneException e) {
      return wrong(lines, line(inside, places, e.culprit()), String.valueOf(e.getMessage()));
    } catch (IllegalArgumentException | IllegalStateException e) {
      // The library has read a record that it cannot write.
      return wrong(lines, -1, plain(e.getMessage()));
    }
  }

  private static String setOf(Record record) {
    return record.getName().toString().toLowerCase(Locale.ROOT) + "/" + record.getType();
  }

  private static int line(List<Record> records, List<Integer> places, Optional<Record> culprit) {
    return culprit.map(records::lastIndexOf).filter(i -> i >= 0).map(places::get).orElse(-1);
  }

  private static Wrong wrong(List<String> lines, int line, String said) {
    if (line < 0 || line >= lines.size()) {
      return new Wrong(-1, 0, 0, said, ZoneLines.fix(said, ""), List.of());
    }
    String text = lines.get(line);
    String content = text.replaceFirst(";.*$", "").stripTrailing();
    String message = ZoneLines.complaint(content).orElse(said);
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
    return new Wrong(line, place[0], place[1], message, ZoneLines.fix(message, content), List.of());
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

package wirebook.engine.shell;

import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import wirebook.spi.MagicException;
import wirebook.spi.Word;

/** One of the programs behind a pipe, as much of it as is done here. */
public sealed interface Filter {
  /** What comes out when this goes in. */
  byte[] apply(byte[] in) throws Broken;

  /** It cannot do its work with what came in. */
  final class Broken extends Exception {
    private static final long serialVersionUID = 1L;

    Broken(String message) {
      super(message);
    }
  }

  /** One that need not hold all that comes in. */
  sealed interface Streaming extends Filter {
    /** Whether it does so with what it was told. */
    default boolean streams() {
      return true;
    }

    void apply(InputStream in, OutputStream out) throws IOException;

    @Override
    default byte[] apply(byte[] in) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try {
        apply(new ByteArrayInputStream(in), out);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return out.toByteArray();
    }
  }

  /** {@code cat}, {@code less}. */
  record Pass() implements Filter {
    @Override
    public byte[] apply(byte[] in) {
      return in;
    }
  }

  /**
   * {@code head -n 5}, {@code tail -c 100}, {@code tail -n +2}.
   *
   * @param last counted from the end
   * @param count less than zero for all but so many at the other end
   * @param from all from the {@code count}th on
   */
  record Ends(boolean last, boolean bytes, long count, boolean from) implements Streaming {
    @Override
    public boolean streams() {
      return !last && count >= 0;
    }

    @Override
    public void apply(InputStream in, OutputStream out) throws IOException {
      OutputStream to = new BufferedOutputStream(out);
      for (long left = count; left > 0; ) {
        int c = in.read();
        if (c < 0) {
          break;
        }
        to.write(c);
        left -= bytes || c == '\n' ? 1 : 0;
      }
      to.flush();
    }

    @Override
    public byte[] apply(byte[] in) {
      List<Integer> starts = new ArrayList<>(List.of(0));
      for (int i = 0; i < in.length - 1 && !bytes; i++) {
        if (in[i] == '\n') {
          starts.add(i + 1);
        }
      }
      long all = bytes ? in.length : in.length == 0 ? 0 : starts.size();
      long n = from ? Math.max(0, all - Math.max(0, count - 1)) : count < 0 ? all + count : count;
      int kept = (int) Math.clamp(n, 0, all);
      int cut = (int) (last ? all - kept : kept);
      int at = cut == all ? in.length : bytes ? cut : starts.get(cut);
      return last ? Arrays.copyOfRange(in, at, in.length) : Arrays.copyOf(in, at);
    }
  }

  /** {@code grep}. */
  record Grep(Pattern pattern, Set<Character> flags, int before, int after, long most)
      implements Filter {
    public Grep {
      flags = Set.copyOf(flags);
    }

    @Override
    public byte[] apply(byte[] in) {
      List<String> lines = lines(new String(in, StandardCharsets.UTF_8));
      StringBuilder out = new StringBuilder();
      long matched = 0;
      int printed = -1;
      int following = 0;
      for (int i = 0; i < lines.size(); i++) {
        boolean here = pattern.matcher(lines.get(i)).find() != flags.contains('v');
        if (here && matched < most) {
          matched++;
          if (flags.contains('c') || flags.contains('q')) {
            continue;
          }
          if (flags.contains('o')) {
            Matcher m = pattern.matcher(lines.get(i));
            while (m.find()) {
              if (!m.group().isEmpty()) {
                line(out, i, ':', m.group());
              }
            }
            continue;
          }
          int from = Math.max(printed + 1, i - before);
          if (printed >= 0 && from > printed + 1 && before + after > 0) {
            out.append("--\n");
          }
          for (int k = from; k < i; k++) {
            line(out, k, '-', lines.get(k));
          }
          line(out, i, ':', lines.get(i));
          printed = i;
          following = after;
        } else if (following > 0) {
          line(out, i, '-', lines.get(i));
          printed = i;
          following--;
        }
      }
      return utf8(flags.contains('c') ? matched + "\n" : out.toString());
    }

    private void line(StringBuilder out, int number, char mark, String text) {
      if (flags.contains('n')) {
        out.append(number + 1).append(mark);
      }
      out.append(text).append('\n');
    }
  }

  /** {@code wc}: lines, words, bytes, characters, in this order. */
  record Count(Set<Character> of) implements Streaming {
    public Count {
      of = Set.copyOf(of);
    }

    @Override
    public void apply(InputStream in, OutputStream out) throws IOException {
      long lines = 0;
      long words = 0;
      long bytes = 0;
      long characters = 0;
      boolean inWord = false;
      byte[] piece = new byte[64 * 1024];
      for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
        bytes += n;
        for (int i = 0; i < n; i++) {
          lines += piece[i] == '\n' ? 1 : 0;
          // Those that go on with a character of UTF-8 begin none.
          characters += (piece[i] & 0xc0) != 0x80 ? 1 : 0;
          boolean space = piece[i] == ' ' || (piece[i] >= '\t' && piece[i] <= '\r');
          words += inWord || space ? 0 : 1;
          inWord = !space;
        }
      }
      List<Long> numbers = new ArrayList<>();
      if (of.contains('l')) {
        numbers.add(lines);
      }
      if (of.contains('w')) {
        numbers.add(words);
      }
      if (of.contains('m')) {
        numbers.add(characters);
      }
      if (of.contains('c')) {
        numbers.add(bytes);
      }
      // From a pipe, of which it knows no size, wc takes seven places.
      String format = numbers.size() == 1 ? "%d" : "%7d";
      out.write(
          utf8(
              numbers.stream()
                  .map(n -> String.format(Locale.ROOT, format, n))
                  .collect(Collectors.joining(" ", "", "\n"))));
    }
  }

  /** {@code sort} and {@code uniq}. */
  record Sort(Set<Character> flags) implements Filter {
    private static final Pattern NUMBER = Pattern.compile("\\s*(-?\\d+(?:\\.\\d+)?).*");

    public Sort {
      flags = Set.copyOf(flags);
    }

    private static double number(String line) {
      Matcher m = NUMBER.matcher(line);
      return m.matches() ? Double.parseDouble(m.group(1)) : 0;
    }

    @Override
    public byte[] apply(byte[] in) {
      List<String> lines = new ArrayList<>(lines(new String(in, StandardCharsets.UTF_8)));
      Comparator<String> order =
          flags.contains('f') ? String.CASE_INSENSITIVE_ORDER : Comparator.naturalOrder();
      if (flags.contains('n')) {
        Comparator<String> byNumber = Comparator.comparingDouble(Sort::number);
        order = flags.contains('u') ? byNumber : byNumber.thenComparing(order);
      } else if (flags.contains('f') && !flags.contains('u')) {
        order = order.thenComparing(Comparator.naturalOrder());
      }
      lines.sort(flags.contains('r') ? order.reversed() : order);
      StringBuilder out = new StringBuilder();
      for (int i = 0; i < lines.size(); i++) {
        if (!flags.contains('u') || i == 0 || order.compare(lines.get(i - 1), lines.get(i)) != 0) {
          out.append(lines.get(i)).append('\n');
        }
      }
      return utf8(out.toString());
    }
  }

  /** {@code uniq}: of equal lines below one another the first, with {@code -c} counted. */
  record Unique(boolean counted) implements Filter {
    @Override
    public byte[] apply(byte[] in) {
      StringBuilder out = new StringBuilder();
      List<String> lines = lines(new String(in, StandardCharsets.UTF_8));
      for (int i = 0; i < lines.size(); ) {
        int end = i + 1;
        while (end < lines.size() && lines.get(end).equals(lines.get(i))) {
          end++;
        }
        out.append(counted ? String.format("%7d ", end - i) : "").append(lines.get(i)).append('\n');
        i = end;
      }
      return utf8(out.toString());
    }
  }

  /** {@code jq}, and the other programs that put JSON on several lines. */
  record Query(Jq jq) implements Filter {
    @Override
    public byte[] apply(byte[] in) throws Broken {
      return utf8(jq.run(new String(in, StandardCharsets.UTF_8)));
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static List<String> lines(String text) {
    if (text.isEmpty()) {
      return List.of();
    }
    String whole = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    return List.of(whole.split("\n", -1));
  }

  /**
   * The filter that a command is.
   *
   * @throws MagicException when it is none of these, or has options that are not done here
   */
  static Filter of(List<Word> words, String magic) {
    return new FilterParser(words, magic).parse();
  }

  /** All that goes through {@code filters}. */
  static byte[] all(List<Filter> filters, ByteArrayOutputStream in) throws Broken {
    byte[] bytes = in.toByteArray();
    for (Filter filter : filters) {
      bytes = filter.apply(bytes);
    }
    return bytes;
  }
}

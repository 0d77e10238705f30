package wirebook.engine.http.curl;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongFunction;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.HttpUrl;

/** Several URLs in one: {@code {one,two}}, {@code [1-9:2]}, {@code [a-z]}, and names for them. */
final class UrlGlob {
  /** The pattern cannot be read; has a place. */
  static final class BadGlob extends Exception {
    private static final long serialVersionUID = 1L;

    /** How much of a long pattern curl shows. */
    private static final int MAX_WORDS = 511;

    private final String words;

    BadGlob(String what, int position, String pattern) {
      super(what, null, false, false);
      String shown =
          position == 0
              ? what
              : "%s in position %s:\n%s\n%s^"
                  .formatted(what, position, pattern, " ".repeat(Math.max(1, position - 1)));
      words = shown.substring(0, Math.min(shown.length(), MAX_WORDS));
    }

    String words() {
      return words;
    }
  }

  /**
   * A part of the pattern.
   *
   * @param count how many texts it stands for
   */
  private record Piece(long count, LongFunction<String> text) {
    static Piece of(List<String> words) {
      return new Piece(words.size(), index -> words.get((int) index));
    }
  }

  /** {@code index} counts the globs from 1, 0 for fixed text. */
  private record Part(Piece piece, int index, String name) {}

  private static final int MAX_PARTS = 256;
  private static final int MAX_WORDS = 100_000;
  private static final int MAX_NAME = 64;

  private final String pattern;
  private final List<Part> parts = new ArrayList<>();
  private final List<Long> current = new ArrayList<>();
  private long amount = 1;
  private boolean started;
  private int pos;
  private int shown = 1;

  UrlGlob(String pattern) throws BadGlob {
    this.pattern = pattern;
    parse();
    parts.forEach(p -> current.add(0L));
  }

  /** How many texts there are. */
  long amount() {
    return amount;
  }

  private BadGlob bad(String what) {
    return new BadGlob(what, shown, pattern);
  }

  private char at(int i) {
    return i < pattern.length() ? pattern.charAt(i) : 0;
  }

  private void add(Piece piece, int index, String name) throws BadGlob {
    parts.add(new Part(piece, index, name));
    if (parts.size() >= MAX_PARTS) {
      throw bad("too many {} sets");
    }
  }

  private void multiply(long count) throws BadGlob {
    try {
      amount = Math.multiplyExact(amount, count);
    } catch (ArithmeticException e) {
      throw bad("range overflow");
    }
  }

  private void parse() throws BadGlob {
    int globs = 0;
    StringBuilder fixed = new StringBuilder();
    while (pos < pattern.length()) {
      char c = at(pos);
      if (c == '{' || c == '[') {
        int skip = c == '[' ? ipv6Length() : 0;
        if (skip == 0 && c == '[' && at(pos + 1) == ']') {
          skip = 2;
        }
        if (skip > 0) {
          fixed.append(pattern, pos, pos + skip);
          pos += skip;
          continue;
        }
        if (!fixed.isEmpty()) {
          add(Piece.of(List.of(fixed.toString())), 0, "");
          fixed.setLength(0);
        }
        pos++;
        shown++;
        String name = name();
        add(c == '{' ? words() : range(), ++globs, name);
        continue;
      }
      if (c == '}' || c == ']') {
        throw bad("unmatched close brace/bracket");
      }
      if (c == '\\' && at(pos + 1) != 0 && "{[}]".indexOf(at(pos + 1)) >= 0) {
        pos++;
        shown++;
      }
      fixed.append(at(pos++));
      shown++;
    }
    if (!fixed.isEmpty()) {
      add(Piece.of(List.of(fixed.toString())), 0, "");
    }
  }

  private int ipv6Length() {
    int close = pattern.indexOf(']', pos);
    if (close < 0 || close - pos + 1 >= 128) {
      return 0;
    }
    try {
      HttpUrl.parse(pattern.substring(pos, close + 1), EnumSet.of(HttpUrl.Flag.GUESS_SCHEME));
      return close - pos + 1;
    } catch (HttpUrl.BadUrl e) {
      return 0;
    }
  }

  private String name() throws BadGlob {
    if (at(pos) != '<') {
      return "";
    }
    int close = pattern.indexOf('>', pos);
    if (close < 0 || close == pos + 1 || close - pos - 1 > MAX_NAME) {
      return "";
    }
    String name = pattern.substring(pos + 1, close);
    int start = pos;
    pos = close + 1;
    if (find(name).isPresent()) {
      throw new BadGlob("Duplicate glob name", pos, pattern);
    }
    shown += pos - start;
    return name;
  }

  private Optional<Integer> find(String name) {
    for (int i = 0; i < parts.size(); i++) {
      if (parts.get(i).name.equals(name)) {
        return Optional.of(i);
      }
    }
    return Optional.empty();
  }

  private Piece words() throws BadGlob {
    List<String> values = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    int start = pos;
    while (true) {
      char c = at(pos);
      switch (c) {
        case 0 -> {
          if (pos >= pattern.length()) {
            throw bad("unmatched brace");
          }
          word.append(c);
          pos++;
          shown++;
        }
        case '{', '[' -> throw bad("nested brace");
        case ']' -> throw bad("unexpected close bracket");
        case '}', ',' -> {
          if (c == '}' && pos == start) {
            throw bad("empty string within braces");
          }
          values.add(word.toString());
          word.setLength(0);
          pos++;
          if (values.size() > MAX_WORDS) {
            shown = 0;
            throw bad("range overflow");
          }
          if (c == '}') {
            multiply(values.size());
            return Piece.of(values);
          }
          shown++;
        }
        default -> {
          if (c == '\\' && at(pos + 1) != 0) {
            pos++;
            shown++;
          }
          word.append(at(pos++));
          shown++;
        }
      }
    }
  }

  private long number() {
    int start = pos;
    while (ByteText.isDigit(at(pos))) {
      pos++;
    }
    if (pos == start || pos - start > 18) {
      pos = start;
      return -1;
    }
    return Long.parseLong(pattern.substring(start, pos));
  }

  private Piece range() throws BadGlob {
    int start = pos;
    char first = at(pos);
    if (ByteText.isAlpha(first)) {
      boolean match = false;
      long step = 1;
      char max = at(pos + 2);
      if (at(pos + 1) == '-' && max != 0 && at(pos + 3) != 0) {
        char end = at(pos + 3);
        match = true;
        if (end == ':') {
          pos += 4;
          step = number();
          if (step < 0 || step > 256 || at(pos) != ']') {
            step = 0;
          } else {
            pos++;
          }
        } else if (end == ']') {
          pos += 4;
        } else {
          match = false;
        }
      }
      shown += pos - start;
      int distance = max - first;
      if (!match
          || step == 0
          || (distance == 0 && step != 1)
          || (distance != 0 && (distance < 0 || step > distance || distance > 'z' - 'a'))) {
        throw bad("bad range");
      }
      long by = step;
      multiply(distance / by + 1);
      return new Piece(distance / by + 1, index -> String.valueOf((char) (first + index * by)));
    }
    if (ByteText.isDigit(first)) {
      int width = 0;
      if (first == '0') {
        while (ByteText.isDigit(at(pos + width))) {
          width++;
        }
      }
      long min = number();
      long max = 0;
      long step = 0;
      if (min >= 0 && at(pos) == '-') {
        pos = ByteText.skipBlanks(pattern, pos + 1);
        max = number();
        if (max >= 0) {
          if (at(pos) == ']') {
            pos++;
            step = 1;
          } else if (at(pos) == ':') {
            pos++;
            long given = number();
            if (given >= 0 && at(pos) == ']') {
              pos++;
              step = given;
            }
          }
        }
      }
      shown += pos - start;
      if (step == 0
          || (min == max && step != 1)
          || (min != max && (min > max || step > max - min))) {
        throw bad("bad range");
      }
      String digits = width == 0 ? "%d" : "%0" + width + "d";
      long by = step;
      multiply((max - min) / by + 1);
      return new Piece(
          (max - min) / by + 1, index -> String.format(Locale.ROOT, digits, min + index * by));
    }
    throw bad("bad range specification");
  }

  /** The next text, the last glob changing fastest; empty when all were given. */
  Optional<String> next() {
    if (started) {
      boolean carry = true;
      for (int i = parts.size() - 1; carry && i >= 0; i--) {
        long index = current.get(i) + 1;
        carry = index >= parts.get(i).piece.count();
        current.set(i, carry ? 0 : index);
      }
      if (carry) {
        return Optional.empty();
      }
    }
    started = true;
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < parts.size(); i++) {
      out.append(currentText(i));
    }
    return Optional.of(out.toString());
  }

  private String currentText(int part) {
    return parts.get(part).piece.text.apply(current.get(part));
  }

  /**
   * An output name with {@code #1} and {@code #<name>} replaced.
   *
   * @param second where names are looked up that {@code first} has not
   */
  static String output(String name, Optional<UrlGlob> first, Optional<UrlGlob> second)
      throws BadGlob, HttpFailure {
    StringBuilder out = new StringBuilder();
    int i = 0;
    while (i < name.length()) {
      char c = name.charAt(i);
      if (c == '#'
          && first.isPresent()
          && i + 1 < name.length()
          && ByteText.isDigit(name.charAt(i + 1))) {
        int end = i + 1;
        while (end < name.length() && end - i < 10 && ByteText.isDigit(name.charAt(end))) {
          end++;
        }
        int number = Integer.parseInt(name.substring(i + 1, end));
        UrlGlob glob = first.get();
        int found = -1;
        for (int p = 0; number > 0 && p < glob.parts.size(); p++) {
          if (glob.parts.get(p).index == number) {
            found = p;
          }
        }
        if (found >= 0) {
          out.append(glob.currentText(found));
          i = end;
          continue;
        }
      } else if (c == '#' && name.startsWith("#<", i)) {
        int close = name.indexOf('>', i);
        if (close > i + 2 && close - i - 2 <= MAX_NAME) {
          String wanted = name.substring(i + 2, close);
          Optional<UrlGlob> holder =
              first
                  .filter(g -> g.find(wanted).isPresent())
                  .or(() -> second.filter(g -> g.find(wanted).isPresent()));
          if (holder.isEmpty()) {
            throw new BadGlob("no glob exists with this name", close + 1, name);
          }
          out.append(holder.get().currentText(holder.get().find(wanted).orElseThrow()));
          i = close + 1;
          continue;
        }
      }
      out.append(c);
      i++;
    }
    if (out.isEmpty()) {
      throw new HttpFailure(CurlCode.WRITE_ERROR, "output glob produces empty string");
    }
    return out.toString();
  }
}

package wirebook.engine.socket.ip;

import java.util.Locale;
import wirebook.net.Visible;

/**
 * Writes one thing as text or as JSON, in the way of iproute2: each value has a key for the one and
 * a format for the other.
 */
final class IpOutput {
  /** What is coloured, with {@code -c}. */
  enum Color {
    NONE(""),
    DEVICE("\u001b[36m"),
    HARDWARE("\u001b[33m"),
    INET("\u001b[35m"),
    INET6("\u001b[34m"),
    UP("\u001b[32m"),
    DOWN("\u001b[31m");

    private final String start;

    Color(String start) {
      this.start = start;
    }

    static Color of(int addressLength) {
      return addressLength == 16 ? INET6 : addressLength == 4 ? INET : NONE;
    }
  }

  private static final String END = "\u001b[0m";

  private final StringBuilder out = new StringBuilder();
  private final IpOptions options;
  private boolean plain;
  private int depth;
  private char separator;

  IpOutput(IpOptions options) {
    this.options = options;
  }

  boolean json() {
    return options.json() && !plain;
  }

  /** From here on text, whatever is asked for: where iproute2 forgets to begin JSON. */
  void plain() {
    plain = true;
  }

  String text() {
    return out.toString();
  }

  /** A value: a number, a text, a boolean. A format without {@code %s} stands for a flag. */
  IpOutput put(String key, String format, Object value) {
    return put(Color.NONE, key, format, value);
  }

  IpOutput put(Color color, String key, String format, Object value) {
    if (json()) {
      return field(key, value);
    }
    boolean colored = options.color() && color != Color.NONE;
    out.append(colored ? color.start : "");
    out.append(
        format.contains("%")
            ? String.format(
                Locale.ROOT, format, value instanceof String s ? Visible.text(s) : value)
            : format);
    out.append(colored ? END : "");
    return this;
  }

  /** A value without a key, of an array. */
  IpOutput element(String format, Object value) {
    if (!json()) {
      return put("", format, value);
    }
    before();
    value(value);
    return this;
  }

  /** In text only. */
  IpOutput text(String text) {
    if (!json()) {
      out.append(text);
    }
    return this;
  }

  /** In JSON only. */
  IpOutput field(String key, Object value) {
    if (json()) {
      name(key);
      before();
      value(value);
    }
    return this;
  }

  /** In JSON only: a number as it is written. */
  IpOutput raw(String key, String number) {
    if (json()) {
      name(key);
      before();
      out.append(number);
    }
    return this;
  }

  /** In JSON only: a key whose value is null; in text {@code format}. */
  IpOutput nothing(String key, String text) {
    if (json()) {
      name(key);
      before();
      out.append("null");
    } else {
      out.append(text);
    }
    return this;
  }

  /** A key without a value, which is what iproute2 writes in some places. */
  private void name(String key) {
    before();
    line();
    separator = 0;
    quoted(key);
    out.append(options.pretty() ? ": " : ":");
  }

  private void before() {
    if (separator != 0) {
      out.append(separator);
    }
    separator = ',';
  }

  private void line() {
    if (options.pretty()) {
      out.append('\n').repeat("    ", depth);
    }
  }

  private void value(Object value) {
    if (value instanceof String s) {
      quoted(s);
    } else {
      out.append(value);
    }
  }

  private void quoted(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\t' -> out.append("\\t");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\f' -> out.append("\\f");
        case '\b' -> out.append("\\b");
        case '\\' -> out.append("\\\\");
        case '"' -> out.append("\\\"");
        default -> out.append(c);
      }
    }
    out.append('"');
  }

  IpOutput open() {
    return begin("", '{');
  }

  IpOutput open(String key) {
    return begin(key, '{');
  }

  IpOutput openArray(String key) {
    begin(key, '[');
    return pad();
  }

  private IpOutput pad() {
    if (json() && options.pretty()) {
      out.append(' ');
    }
    return this;
  }

  private IpOutput begin(String key, char bracket) {
    if (json()) {
      if (!key.isEmpty()) {
        name(key);
      }
      before();
      out.append(bracket);
      depth++;
      separator = 0;
    }
    return this;
  }

  IpOutput close() {
    return end('}');
  }

  IpOutput closeArray() {
    if (json()) {
      if (options.pretty() && separator != 0) {
        out.append(' ');
      }
      separator = 0;
    }
    return end(']');
  }

  private IpOutput end(char bracket) {
    if (json()) {
      depth--;
      if (separator != 0) {
        line();
      }
      out.append(bracket);
      separator = ',';
    }
    return this;
  }

  /** The end of a line inside of an object, which {@code -o} makes a backslash. */
  IpOutput newLine() {
    return text(options.oneLine() ? "\\" : "\n");
  }

  /** What iproute2 writes of a number in hexadecimal, the same in both. */
  static String hex(long number) {
    return number == 0 ? "0" : "0x" + Long.toHexString(number);
  }
}

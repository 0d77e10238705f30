package wirebook.codec;

import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/** Writes JSON values as text (RFC 8259). */
final class JsonText {
  private final JsonStyle style;
  private final StringBuilder out;

  JsonText(JsonStyle style, StringBuilder out) {
    this.style = style;
    this.out = out;
  }

  /**
   * @param line a line end and what the value's line begins with, or nothing
   */
  void write(Json value, String line) {
    String inner = line + style.indent();
    String next = line.isEmpty() ? style.comma() : "," + inner;
    switch (value) {
      case Json.Null _ -> out.append("null");
      case Json.Bool(boolean bool) -> out.append(bool);
      case Json.Num(String literal) -> out.append(style.number().apply(literal));
      case Json.Text(String text) -> string(text);
      case Json.Arr(var items) -> {
        String separator = inner;
        out.append('[');
        for (Json item : items) {
          out.append(separator);
          write(item, inner);
          separator = next;
        }
        out.append(items.isEmpty() ? "" : line).append(']');
      }
      case Json.Obj(var members) -> {
        String separator = inner;
        out.append('{');
        for (Map.Entry<String, Json> member :
            (style.sorted() ? new TreeMap<>(members) : members).entrySet()) {
          out.append(separator);
          string(member.getKey());
          out.append(style.colon());
          write(member.getValue(), inner);
          separator = next;
        }
        out.append(members.isEmpty() ? "" : line).append('}');
      }
    }
  }

  private void string(String text) {
    out.append('"');
    int plain = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 0x20 && c != '"' && c != '\\' && c < 0x7f) {
        continue;
      }
      if (c > 0x9f && !style.ascii()) {
        if (isPair(text, i)) {
          i++;
          continue;
        }
        if (!Character.isSurrogate(c)) {
          continue;
        }
      }
      out.append(text, plain, i);
      plain = i + 1;
      switch (c) {
        case '"', '\\' -> out.append('\\').append(c);
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        default -> out.append("\\u").append(HexFormat.of().toHexDigits(c));
      }
    }
    out.append(text, plain, text.length()).append('"');
  }

  private static boolean isPair(String text, int i) {
    return Character.isHighSurrogate(text.charAt(i))
        && i + 1 < text.length()
        && Character.isLowSurrogate(text.charAt(i + 1));
  }
}

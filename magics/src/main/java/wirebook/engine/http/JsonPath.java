package wirebook.engine.http;

import java.util.Optional;

/**
 * Finds one value in a JSON text (RFC 8259) by a path of names and indices, without building a
 * tree. What is not JSON is found nowhere.
 */
public final class JsonPath {
  private final String s;
  private int pos;

  private JsonPath(String json) {
    s = json;
  }

  /**
   * The value at {@code path}, such as {@code $.items[0].id}: strings without quotes, the rest as
   * JSON; empty when nothing is there.
   */
  public static Optional<String> find(String json, String path) {
    JsonPath reader = new JsonPath(json);
    try {
      reader.blanks();
      int i = path.startsWith("$") ? 1 : 0;
      while (i < path.length()) {
        char c = path.charAt(i);
        int end = i + 1;
        boolean found;
        if (c == '[') {
          end = path.indexOf(']', i);
          if (end < 0) {
            return Optional.empty();
          }
          String inside = path.substring(i + 1, end++);
          boolean quoted = inside.startsWith("'") || inside.startsWith("\"");
          found =
              quoted
                  ? reader.member(inside.substring(1, inside.length() - 1))
                  : reader.element(Integer.parseInt(inside));
        } else {
          int start = c == '.' ? i + 1 : i;
          end = start;
          while (end < path.length() && ".[".indexOf(path.charAt(end)) < 0) {
            end++;
          }
          found = reader.member(path.substring(start, end));
        }
        if (!found) {
          return Optional.empty();
        }
        i = end;
      }
      int start = reader.pos;
      if (reader.peek() == '"') {
        return Optional.of(reader.string());
      }
      reader.skip();
      return Optional.of(json.substring(start, reader.pos));
    } catch (IndexOutOfBoundsException | NumberFormatException | StackOverflowError e) {
      return Optional.empty();
    }
  }

  private char peek() {
    return s.charAt(pos);
  }

  private void blanks() {
    while (pos < s.length() && " \t\r\n".indexOf(s.charAt(pos)) >= 0) {
      pos++;
    }
  }

  private boolean member(String name) {
    if (peek() != '{') {
      return false;
    }
    pos++;
    blanks();
    while (peek() == '"') {
      String key = string();
      blanks();
      pos++;
      blanks();
      if (key.equals(name)) {
        return true;
      }
      skip();
      blanks();
      if (peek() == ',') {
        pos++;
        blanks();
      }
    }
    return false;
  }

  private boolean element(int index) {
    if (peek() != '[') {
      return false;
    }
    pos++;
    blanks();
    for (int i = 0; peek() != ']'; i++) {
      if (i == index) {
        return true;
      }
      skip();
      blanks();
      if (peek() == ',') {
        pos++;
        blanks();
      }
    }
    return false;
  }

  private void skip() {
    char c = peek();
    if (c == '"') {
      string();
    } else if (c == '{' || c == '[') {
      char close = c == '{' ? '}' : ']';
      pos++;
      blanks();
      while (peek() != close) {
        skip();
        blanks();
        if (peek() == ',' || peek() == ':') {
          pos++;
          blanks();
        }
      }
      pos++;
    } else {
      int start = pos;
      while (pos < s.length() && ",:]} \t\r\n".indexOf(s.charAt(pos)) < 0) {
        pos++;
      }
      if (pos == start) {
        throw new NumberFormatException();
      }
    }
  }

  private String string() {
    StringBuilder out = new StringBuilder();
    for (pos++; peek() != '"'; pos++) {
      char c = peek();
      if (c == '\\') {
        char e = s.charAt(++pos);
        switch (e) {
          case 'n' -> out.append('\n');
          case 't' -> out.append('\t');
          case 'r' -> out.append('\r');
          case 'b' -> out.append('\b');
          case 'f' -> out.append('\f');
          case 'u' -> {
            out.append((char) Integer.parseInt(s.substring(pos + 1, pos + 5), 16));
            pos += 4;
          }
          default -> out.append(e);
        }
      } else {
        out.append(c);
      }
    }
    pos++;
    return out.toString();
  }
}

package wirebook.engine.http.curl.options;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.curl.options.CurlUsage.Problem;

/** Reads the argument of {@code -F}: {@code name=content;type=…;filename=…}. */
public final class FormParser {
  private final CurlEnvironment environment;
  private final Console console;

  private String text = "";
  private int pos;
  private @Nullable String type;
  private @Nullable String filename;
  private @Nullable String encoder;
  private List<String> headers = new ArrayList<>();

  public FormParser(CurlEnvironment environment, Console console) {
    this.environment = environment;
    this.console = console;
  }

  public void parse(CurlConfig config, String input, boolean literal) throws CurlUsage {
    int equals = input.indexOf('=');
    if (equals < 0) {
      console.warn("Illegally formatted input field");
      throw new CurlUsage(Problem.BAD_USE);
    }
    String name = input.substring(0, equals);
    text = input;
    pos = equals + 1;
    char first = pos < input.length() && !literal ? input.charAt(pos) : 0;
    if (first == '(') {
      section('\0', false, false);
      FormPart multi = new FormPart(FormPart.Kind.PARTS, "");
      multi.headers = headers;
      multi.type = type;
      named(multi, name);
      config.formCurrent.add(multi);
      config.formParents.add(config.formCurrent);
      config.formCurrent = multi.parts;
    } else if (name.isEmpty() && !literal && input.substring(pos).equals(")")) {
      if (config.formParents.isEmpty()) {
        console.warn("no multipart to terminate");
        throw new CurlUsage(Problem.BAD_USE);
      }
      config.formCurrent = config.formParents.removeLast();
    } else if (first == '@') {
      files(config, name);
    } else {
      FormPart part;
      char end = 0;
      if (first == '<') {
        pos++;
        String data = section('\0', false, true);
        end = terminator();
        part = file(data, false);
      } else if (literal) {
        part = new FormPart(FormPart.Kind.DATA, input.substring(pos));
        type = filename = encoder = null;
        headers = new ArrayList<>();
      } else {
        String data = section('\0', true, true);
        end = terminator();
        part = new FormPart(FormPart.Kind.DATA, data);
      }
      take(part);
      if (end != 0) {
        console.warn("garbage at end of field specification: " + text.substring(pos));
      }
      named(part, name);
      config.formCurrent.add(part);
    }
  }

  private static void named(FormPart part, String name) {
    part.name = name.isEmpty() ? null : name;
  }

  private void take(FormPart part) {
    part.headers = headers;
    part.filename = filename;
    part.type = type;
    part.encoder = encoder;
  }

  private void files(CurlConfig config, String name) throws CurlUsage {
    List<FormPart> parts = new ArrayList<>();
    char end;
    do {
      pos++;
      String data = section(',', true, true);
      end = terminator();
      FormPart part = file(data, true);
      take(part);
      parts.add(part);
    } while (end == ',');
    if (parts.size() == 1) {
      named(parts.getFirst(), name);
      config.formCurrent.add(parts.getFirst());
    } else {
      FormPart multi = new FormPart(FormPart.Kind.PARTS, "");
      multi.parts.addAll(parts);
      named(multi, name);
      config.formCurrent.add(multi);
    }
  }

  private FormPart file(String name, boolean remote) {
    if (!name.equals("-")) {
      return new FormPart(remote ? FormPart.Kind.FILE : FormPart.Kind.FILE_DATA, name);
    }
    String data;
    try {
      data = ByteText.of(environment.stdin().readAllBytes());
    } catch (IOException e) {
      data = "";
    }
    return new FormPart(remote ? FormPart.Kind.STDIN : FormPart.Kind.STDIN_DATA, data);
  }

  private char terminator() {
    return pos < text.length() ? text.charAt(pos) : 0;
  }

  private char at(int i) {
    return i < text.length() ? text.charAt(i) : 0;
  }

  private static boolean ends(char c, char end) {
    return c == 0 || c == ';' || (end != 0 && c == end);
  }

  /** A word up to a semicolon, in quotes or not; leaves {@link #pos} at what ended it. */
  private String word(char end) {
    if (at(pos) == '"') {
      StringBuilder out = new StringBuilder();
      int i = pos + 1;
      while (i < text.length()) {
        char c = text.charAt(i);
        if (c == '\\' && (at(i + 1) == '\\' || at(i + 1) == '"')) {
          out.append(text.charAt(i + 1));
          i += 2;
          continue;
        }
        if (c == '"') {
          boolean trailing = false;
          for (i++; !ends(at(i), end); i++) {
            trailing |= !ByteText.isSpace(at(i));
          }
          if (trailing) {
            console.warn("Trailing data after quoted form parameter");
          }
          pos = i;
          return out.toString();
        }
        out.append(c);
        i++;
      }
    }
    int start = pos;
    while (!ends(at(pos), end)) {
      pos++;
    }
    String plain = text.substring(start, pos);
    int length = plain.length();
    while (length > 0 && ByteText.isBlank(plain.charAt(length - 1))) {
      length--;
    }
    return plain.substring(0, length);
  }

  private boolean key(String name) {
    if (!text.regionMatches(true, pos, name, 0, name.length())) {
      return false;
    }
    pos = ByteText.skipBlanks(text, pos + name.length());
    return true;
  }

  /** The data and its parameters. */
  private String section(char end, boolean filenameAllowed, boolean encoderAllowed)
      throws CurlUsage {
    type = filename = encoder = null;
    headers = new ArrayList<>();
    pos = ByteText.skipBlanks(text, pos);
    String data = word(end);
    int typeStart = -1;
    int typeEnd = -1;
    while (at(pos) == ';') {
      pos = ByteText.skipBlanks(text, pos + 1);
      if (typeStart < 0 && key("type=")) {
        typeStart = pos;
        pos = ByteText.find(text, pos, "()<>@,;:\\\"[]?=\r\n ");
        typeEnd = pos;
        // A media type may go on behind its slash and blanks, up to the next semicolon.
        if (!ends(at(pos), end)) {
          pos = typeEnd;
          break;
        }
      } else if (key("filename=")) {
        close(typeStart, typeEnd);
        typeStart = typeStart < 0 ? -1 : Integer.MAX_VALUE;
        filename = word(end);
      } else if (key("headers=")) {
        close(typeStart, typeEnd);
        typeStart = typeStart < 0 ? -1 : Integer.MAX_VALUE;
        headerParameter(end);
      } else if (key("encoder=")) {
        close(typeStart, typeEnd);
        typeStart = typeStart < 0 ? -1 : Integer.MAX_VALUE;
        encoder = word(end);
      } else if (typeStart >= 0 && typeStart != Integer.MAX_VALUE) {
        // A parameter of the media type itself.
        typeEnd = pos;
        while (!ends(at(pos), end)) {
          if (!ByteText.isBlank(at(pos))) {
            typeEnd = pos + 1;
          }
          pos++;
        }
      } else {
        String unknown = word(end);
        if (!unknown.isEmpty()) {
          console.warn("skip unknown form field: " + unknown);
        }
      }
    }
    close(typeStart, typeEnd);
    if (!filenameAllowed && filename != null) {
      console.warn("Field filename not allowed here: " + filename);
      filename = null;
    }
    if (!encoderAllowed && encoder != null) {
      console.warn("Field encoder not allowed here: " + encoder);
      encoder = null;
    }
    return data;
  }

  private void close(int start, int end) {
    if (start >= 0 && start != Integer.MAX_VALUE) {
      type = text.substring(start, end);
    }
  }

  private void headerParameter(char end) {
    char c = at(pos);
    if (c != '@' && c != '<') {
      headers.add(word(end));
      return;
    }
    pos = ByteText.skipBlanks(text, pos + 1);
    String file = word(end);
    try {
      for (String line : Inputs.lines(Inputs.read(Inputs.place(environment, file)))) {
        String trimmed = line.stripTrailing();
        if (line.startsWith(" ") && !headers.isEmpty()) {
          headers.set(headers.size() - 1, headers.getLast() + trimmed);
        } else if (!trimmed.isEmpty()) {
          headers.add(trimmed);
        }
      }
    } catch (IOException e) {
      console.warn("Cannot read from " + file + ": " + Inputs.why(e));
    }
  }
}

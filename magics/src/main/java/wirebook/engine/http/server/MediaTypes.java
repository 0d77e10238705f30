package wirebook.engine.http.server;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Media types (RFC 9110 §8.3.1). */
public final class MediaTypes {
  public static final String OCTETS = "application/octet-stream";

  private static final Map<String, String> BY_EXTENSION =
      Map.ofEntries(
          Map.entry("avif", "image/avif"),
          Map.entry("bin", OCTETS),
          Map.entry("css", "text/css; charset=utf-8"),
          Map.entry("csv", "text/csv; charset=utf-8"),
          Map.entry("gif", "image/gif"),
          Map.entry("gz", "application/gzip"),
          Map.entry("htm", "text/html; charset=utf-8"),
          Map.entry("html", "text/html; charset=utf-8"),
          Map.entry("ico", "image/x-icon"),
          Map.entry("ipynb", "application/json"),
          Map.entry("jar", "application/java-archive"),
          Map.entry("java", "text/plain; charset=utf-8"),
          Map.entry("jpeg", "image/jpeg"),
          Map.entry("jpg", "image/jpeg"),
          Map.entry("js", "text/javascript; charset=utf-8"),
          Map.entry("json", "application/json"),
          Map.entry("log", "text/plain; charset=utf-8"),
          Map.entry("md", "text/markdown; charset=utf-8"),
          Map.entry("mjs", "text/javascript; charset=utf-8"),
          Map.entry("mp3", "audio/mpeg"),
          Map.entry("mp4", "video/mp4"),
          Map.entry("pdf", "application/pdf"),
          Map.entry("png", "image/png"),
          Map.entry("py", "text/plain; charset=utf-8"),
          Map.entry("svg", "image/svg+xml"),
          Map.entry("tar", "application/x-tar"),
          Map.entry("txt", "text/plain; charset=utf-8"),
          Map.entry("wasm", "application/wasm"),
          Map.entry("webp", "image/webp"),
          Map.entry("woff2", "font/woff2"),
          Map.entry("xml", "application/xml"),
          Map.entry("yaml", "application/yaml"),
          Map.entry("yml", "application/yaml"),
          Map.entry("zip", "application/zip"));

  private MediaTypes() {}

  /** The type that a file name's extension stands for. */
  static String ofFile(String name) {
    String extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return BY_EXTENSION.getOrDefault(extension, OCTETS);
  }

  /** Type and subtype in lower case, without parameters. */
  static String essence(String contentType) {
    int parameters = contentType.indexOf(';');
    return (parameters < 0 ? contentType : contentType.substring(0, parameters))
        .strip()
        .toLowerCase(Locale.ROOT);
  }

  /** A parameter's value, unquoted: {@code boundary} of {@code multipart/form-data}. */
  public static Optional<String> parameter(String field, String name) {
    int at = 0;
    while (at >= 0 && at < field.length()) {
      at = nextSemicolon(field, at);
      if (at < 0) {
        return Optional.empty();
      }
      at++;
      int equals = field.indexOf('=', at);
      if (equals < 0) {
        return Optional.empty();
      }
      int end = nextSemicolon(field, equals);
      String key = field.substring(at, equals).strip();
      if (key.equalsIgnoreCase(name)) {
        return Optional.of(
            unquote(field.substring(equals + 1, end < 0 ? field.length() : end).strip()));
      }
      at = end;
    }
    return Optional.empty();
  }

  private static int nextSemicolon(String field, int from) {
    boolean quoted = false;
    for (int i = from; i < field.length(); i++) {
      char c = field.charAt(i);
      if (c == '\\' && quoted) {
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == ';' && !quoted) {
        return i;
      }
    }
    return -1;
  }

  public static String unquote(String value) {
    if (value.length() < 2 || !value.startsWith("\"") || !value.endsWith("\"")) {
      return value;
    }
    StringBuilder out = new StringBuilder(value.length());
    for (int i = 1; i < value.length() - 1; i++) {
      // Browsers send a backslash in a file name as it is; only \" and \\ are escapes.
      if (value.charAt(i) == '\\'
          && (value.charAt(i + 1) == '"' || value.charAt(i + 1) == '\\')
          && i + 1 < value.length() - 1) {
        i++;
      }
      out.append(value.charAt(i));
    }
    return out.toString();
  }
}

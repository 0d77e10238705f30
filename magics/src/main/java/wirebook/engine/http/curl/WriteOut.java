package wirebook.engine.http.curl;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.HttpUrl;
import wirebook.engine.http.client.TransferInfo;
import wirebook.engine.http.curl.options.Console;
import wirebook.engine.http.curl.options.CurlEnvironment;
import wirebook.engine.http.curl.options.CurlVersion;

/** Prints what {@code --write-out} asks for. */
final class WriteOut {
  private enum Type {
    TEXT,
    NUMBER,
    TIME
  }

  private record Variable(Type type, Function<TransferInfo, @Nullable Object> value) {}

  private static final class Holder {
    private static final Map<String, Variable> VARIABLES = new LinkedHashMap<>();

    private static void text(String name, Function<TransferInfo, @Nullable Object> value) {
      VARIABLES.put(name, new Variable(Type.TEXT, value));
    }

    private static void number(String name, Function<TransferInfo, @Nullable Object> value) {
      VARIABLES.put(name, new Variable(Type.NUMBER, value));
    }

    private static void time(String name, Function<TransferInfo, @Nullable Object> value) {
      VARIABLES.put(name, new Variable(Type.TIME, value));
    }

    static {
      text("certs", i -> i.certs);
      number("conn_id", i -> i.connectionId);
      text("content_type", i -> i.contentType);
      text("errormsg", i -> i.exitCode == 0 ? null : i.errorMessage);
      number("exitcode", i -> i.exitCode);
      text("filename_effective", i -> i.fileName);
      text("ftp_entry_path", i -> null);
      number("http_code", i -> i.responseCode);
      number("http_connect", i -> i.connectCode);
      text("http_version", i -> version(i.httpVersion));
      text("local_ip", i -> i.localIp);
      number("local_port", i -> i.localPort);
      text("method", i -> i.method);
      number("num_certs", i -> i.certCount);
      number("num_connects", i -> i.connects);
      number("num_headers", i -> i.headers);
      number("num_redirects", i -> i.redirects);
      number("num_retries", i -> i.retries);
      number("proxy_ssl_verify_result", i -> i.proxySslVerifyResult);
      number("proxy_used", i -> i.proxyUsed ? 1 : 0);
      text("redirect_url", i -> i.redirectUrl);
      text("referer", i -> i.referer);
      text("remote_ip", i -> i.remoteIp);
      number("remote_port", i -> i.remotePort);
      number("response_code", i -> i.responseCode);
      text("scheme", i -> i.scheme);
      number("size_delivered", i -> i.sizeDelivered);
      number("size_download", i -> i.sizeDownload);
      number("size_header", i -> i.sizeHeader);
      number("size_request", i -> i.sizeRequest);
      number("size_upload", i -> i.sizeUpload);
      number("speed_download", i -> i.speed(i.sizeDownload));
      number("speed_upload", i -> i.speed(i.sizeUpload));
      number("ssl_verify_result", i -> i.sslVerifyResult);
      time("time_appconnect", i -> i.timeAppConnect);
      time("time_connect", i -> i.timeConnect);
      time("time_namelookup", i -> i.timeNameLookup);
      time("time_posttransfer", i -> i.timePostTransfer);
      time("time_pretransfer", i -> i.timePreTransfer);
      time("time_queue", i -> i.timeQueue);
      time("time_redirect", i -> i.timeRedirect);
      time("time_starttransfer", i -> i.timeStartTransfer);
      time("time_total", i -> i.timeTotal);
      number("tls_earlydata", i -> 0L);
      text("url", i -> i.url);
      parts("url.", i -> i.url);
      text("url_effective", i -> i.effectiveUrl);
      parts("urle.", i -> i.effectiveUrl);
      number("urlnum", i -> i.urlNumber);
      number("xfer_id", i -> i.transferId);
    }

    private static void parts(String prefix, Function<TransferInfo, @Nullable String> url) {
      for (String part :
          List.of(
              "fragment",
              "host",
              "options",
              "password",
              "path",
              "port",
              "query",
              "scheme",
              "user",
              "zoneid")) {
        text(prefix + part, i -> urlPart(url.apply(i), part));
      }
    }
  }

  private static final List<String> SPECIAL =
      List.of("header_json", "json", "onerror", "stderr", "stdout");

  private final CurlEnvironment environment;
  private final Console console;

  WriteOut(CurlEnvironment environment, Console console) {
    this.environment = environment;
    this.console = console;
  }

  private static String version(int version) {
    return switch (version) {
      case 10 -> "1";
      case 11 -> "1.1";
      case 20 -> "2";
      default -> "0";
    };
  }

  private static @Nullable String urlPart(@Nullable String url, String part) {
    if (url == null) {
      return null;
    }
    HttpUrl u;
    try {
      u = HttpUrl.parse(url, HttpUrl.Flag.GUESS_SCHEME, HttpUrl.Flag.ANY_SCHEME);
    } catch (HttpUrl.BadUrl e) {
      return null;
    }
    return switch (part) {
      case "scheme" -> u.scheme();
      case "host" -> u.host();
      case "port" ->
          u.effectivePort() == 0 && u.port().isEmpty() ? null : String.valueOf(u.effectivePort());
      case "path" -> u.pathOrSlash();
      case "user" -> u.user().orElse(null);
      case "password" -> u.password().orElse(null);
      case "query" -> u.query().filter(q -> !q.isEmpty()).orElse(null);
      case "fragment" -> u.fragment().orElse(null);
      case "zoneid" -> u.zone().orElse(null);
      default -> null;
    };
  }

  /** Prints; file names are relative to the environment's folder. */
  void print(String format, TransferInfo info) {
    try {
      write(format, info);
    } catch (IOException e) {
      // The output went away: nothing more can be said there.
    }
  }

  private void write(String format, TransferInfo info) throws IOException {
    OutputStream out = environment.stdout();
    @Nullable OutputStream opened = null;
    StringBuilder text = new StringBuilder();
    int i = 0;
    loop:
    while (i < format.length()) {
      char c = format.charAt(i);
      char next = i + 1 < format.length() ? format.charAt(i + 1) : 0;
      if (c == '\\' && next != 0) {
        text.append(escape(next));
        i += 2;
        continue;
      }
      if (c != '%' || next == 0) {
        text.append(c);
        i++;
        continue;
      }
      if (next == '%') {
        text.append('%');
        i += 2;
      } else if (next == '{') {
        int close = format.indexOf('}', i);
        if (close < 0) {
          text.append("%{");
          i += 2;
          continue;
        }
        String name = format.substring(i + 2, close);
        i = close + 1;
        switch (name) {
          case "onerror" -> {
            if (info.exitCode == 0) {
              break loop;
            }
          }
          case "stdout", "stderr" -> {
            flush(text, out);
            if (opened != null) {
              opened.close();
              opened = null;
            }
            out = name.equals("stdout") ? environment.stdout() : console.err();
          }
          case "json" -> text.append(json(info));
          case "header_json" -> text.append(headerJson(info));
          default -> {
            Variable variable = Holder.VARIABLES.get(name);
            if (variable == null) {
              flush(text, out);
              console.print("curl: unknown --write-out variable: '" + name + "'\n");
            } else {
              text.append(plain(name, variable, info));
            }
          }
        }
      } else if (format.startsWith("%header{", i)) {
        i = header(format, i + 8, info, text);
      } else if (format.startsWith("%time{", i)) {
        int close = format.indexOf('}', i);
        if (close < 0) {
          text.append("%time{");
          i += 6;
        } else {
          text.append(time(format.substring(i + 6, close)));
          i = close + 1;
        }
      } else if (format.startsWith("%output{", i)) {
        int start = i + 8;
        boolean append = format.startsWith(">>", start);
        start += append ? 2 : 0;
        int close = format.indexOf('}', start);
        if (close < 0) {
          text.append("%output{");
          i = start;
        } else {
          String name = format.substring(start, close);
          i = close + 1;
          try {
            OutputStream file =
                Files.newOutputStream(
                    environment.path(name),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    append ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING);
            flush(text, out);
            if (opened != null) {
              opened.close();
            }
            opened = file;
            out = file;
          } catch (IOException | InvalidPathException e) {
            // Then it goes where it went before.
          }
        }
      } else {
        text.append('%').append(next);
        i += 2;
      }
    }
    flush(text, out);
    if (opened != null) {
      opened.close();
    }
  }

  private static void flush(StringBuilder text, OutputStream out) throws IOException {
    out.write(ByteText.bytes(text.toString()));
    out.flush();
    text.setLength(0);
  }

  private static String escape(char c) {
    return switch (c) {
      case 'r' -> "\r";
      case 'n' -> "\n";
      case 't' -> "\t";
      default -> "\\" + c;
    };
  }

  private static String plain(String name, Variable variable, TransferInfo info) {
    @Nullable Object value = variable.value.apply(info);
    if (value == null) {
      return "";
    }
    return switch (variable.type) {
      case TEXT -> value.toString();
      case NUMBER ->
          name.equals("http_code") || name.equals("response_code") || name.equals("http_connect")
              ? String.format("%03d", ((Number) value).longValue())
              : value.toString();
      case TIME -> seconds(((Number) value).longValue());
    };
  }

  private static String seconds(long micros) {
    return String.format(Locale.ROOT, "%d.%06d", micros / 1_000_000, micros % 1_000_000);
  }

  private static String json(TransferInfo info) {
    StringBuilder out = new StringBuilder("{");
    Holder.VARIABLES.forEach(
        (name, variable) -> {
          @Nullable Object value = variable.value.apply(info);
          out.append('"').append(name).append("\":");
          if (value == null) {
            out.append("null");
          } else {
            switch (variable.type) {
              case TEXT ->
                  out.append('"').append(ByteText.jsonQuoted(value.toString(), false)).append('"');
              case NUMBER -> out.append(value);
              case TIME -> out.append(seconds(((Number) value).longValue()));
            }
          }
          out.append(',');
        });
    return out.append("\"curl_version\":\"").append(CurlVersion.LIBRARY).append("\"}").toString();
  }

  private static String headerJson(TransferInfo info) {
    int last = info.lastRequest();
    Map<String, List<String>> byName = new LinkedHashMap<>();
    for (TransferInfo.Header h : info.responseHeaders) {
      if (h.request() == last) {
        byName
            .computeIfAbsent(h.name().toLowerCase(Locale.ROOT), n -> new ArrayList<>())
            .add('"' + ByteText.jsonQuoted(h.value(), false) + '"');
      }
    }
    List<String> lines = new ArrayList<>();
    byName.forEach(
        (name, values) ->
            lines.add(
                '"' + ByteText.jsonQuoted(name, true) + "\":[" + String.join(",", values) + "]"));
    return "{" + String.join(",\n", lines) + "\n}";
  }

  private static int header(String format, int start, TransferInfo info, StringBuilder text) {
    int close = format.indexOf('}', start);
    while (close > 0 && format.charAt(close - 1) == '\\') {
      close = format.indexOf('}', close + 1);
    }
    if (close < 0) {
      text.append("%header{");
      return start;
    }
    String inside = format.substring(start, close);
    int colon = inside.indexOf(":all:");
    if (inside.indexOf(':') != colon || colon < 0) {
      info.header(inside, -1).ifPresent(text::append);
      return close + 1;
    }
    String name = inside.substring(0, colon);
    String separator = separator(inside.substring(colon + 5));
    List<String> values = new ArrayList<>();
    for (TransferInfo.Header h : info.responseHeaders) {
      if (h.name().equalsIgnoreCase(name)) {
        values.add(h.value());
      }
    }
    text.append(String.join(separator, values));
    return close + 1;
  }

  private static String separator(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && i + 1 < text.length()) {
        char e = text.charAt(++i);
        out.append(e == '}' ? "}" : escape(e));
      } else if (c != '\\') {
        out.append(c);
      }
    }
    return out.toString();
  }

  private String time(String format) {
    Instant now = environment.network().clock().instant();
    ZonedDateTime utc = now.atZone(ZoneOffset.UTC);
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%' || i + 1 == format.length()) {
        out.append(c);
        continue;
      }
      char f = format.charAt(++i);
      out.append(
          switch (f) {
            case 'f' -> String.format(Locale.ROOT, "%06d", now.getNano() / 1000);
            case 's' -> String.valueOf(now.getEpochSecond());
            case 'Z' -> "UTC";
            case 'z' -> "+0000";
            case '%' -> "%";
            case 'n' -> "\n";
            case 't' -> "\t";
            default ->
                pattern(f)
                    .map(p -> DateTimeFormatter.ofPattern(p, Locale.ENGLISH).format(utc))
                    .orElse("%" + f);
          });
    }
    return out.toString();
  }

  private static Optional<String> pattern(char strftime) {
    return Optional.ofNullable(
        switch (strftime) {
          case 'a' -> "EEE";
          case 'A' -> "EEEE";
          case 'b', 'h' -> "MMM";
          case 'B' -> "MMMM";
          case 'c' -> "EEE MMM ppd HH:mm:ss yyyy";
          case 'C' -> "yy";
          case 'd' -> "dd";
          case 'D', 'x' -> "MM/dd/yy";
          case 'e' -> "ppd";
          case 'F' -> "yyyy-MM-dd";
          case 'g', 'y' -> "yy";
          case 'G' -> "YYYY";
          case 'H' -> "HH";
          case 'I' -> "hh";
          case 'j' -> "DDD";
          case 'k' -> "ppH";
          case 'l' -> "pph";
          case 'm' -> "MM";
          case 'M' -> "mm";
          case 'p' -> "a";
          case 'r' -> "hh:mm:ss a";
          case 'R' -> "HH:mm";
          case 'S' -> "ss";
          case 'T', 'X' -> "HH:mm:ss";
          case 'u' -> "e";
          case 'V' -> "ww";
          case 'Y' -> "yyyy";
          default -> null;
        });
  }

  /** For help and completion. */
  static List<String> names() {
    List<String> names = new ArrayList<>(Holder.VARIABLES.keySet());
    names.addAll(SPECIAL);
    return names;
  }
}

package wirebook.engine.ssh.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** The small notations of {@code ssh_config(5)}: words, ports, times, sizes, names. */
public final class ConfigWords {
  static final String WHITE = " \t\r\n";
  private static final int MOST_PORT = 65_535;

  private ConfigWords() {}

  /** A line that is taken apart from its front ({@code strdelim()} of OpenSSH). */
  static final class Line {
    private Optional<String> rest;

    Line(String text) {
      rest = Optional.of(text);
    }

    /** What is left, empty when all was taken. */
    Optional<String> rest() {
      return rest;
    }

    /** Says that nothing more is wanted. */
    void end() {
      rest = Optional.empty();
    }

    /** The next word, ended by white space or one equals sign; none when a quote is not closed. */
    Optional<String> next() {
      if (rest.isEmpty()) {
        return rest;
      }
      String text = rest.get();
      int end = 0;
      while (end < text.length() && (WHITE + "\"=").indexOf(text.charAt(end)) < 0) {
        end++;
      }
      if (end == text.length()) {
        rest = Optional.empty();
        return Optional.of(text);
      }
      if (text.charAt(end) == '"') {
        int close = text.indexOf('"', end + 1);
        if (close < 0) {
          rest = Optional.empty();
          return Optional.empty();
        }
        rest = Optional.of(text.substring(skipWhite(text, close + 1)));
        return Optional.of(text.substring(0, end) + text.substring(end + 1, close));
      }
      boolean equals = text.charAt(end) == '=';
      int next = skipWhite(text, end + 1);
      if (!equals && next < text.length() && text.charAt(next) == '=') {
        next = skipWhite(text, next + 1);
      }
      rest = Optional.of(text.substring(next));
      return Optional.of(text.substring(0, end));
    }
  }

  static int skipWhite(String text, int from) {
    int at = from;
    while (at < text.length() && WHITE.indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    return at;
  }

  /** The words of an argument text; none when a quote is not closed ({@code argv_split()}). */
  static Optional<List<String>> words(String text) {
    List<String> words = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == ' ' || c == '\t') {
        at++;
        continue;
      }
      if (c == '#') {
        break;
      }
      StringBuilder word = new StringBuilder();
      char quote = 0;
      for (; at < text.length(); at++) {
        c = text.charAt(at);
        char next = at + 1 < text.length() ? text.charAt(at + 1) : 0;
        if (c == '\\') {
          boolean escape =
              next == '\'' || next == '"' || next == '\\' || (quote == 0 && next == ' ');
          word.append(escape ? next : c);
          at += escape ? 1 : 0;
        } else if (quote == 0 && (c == ' ' || c == '\t')) {
          break;
        } else if (quote == 0 && (c == '"' || c == '\'')) {
          quote = c;
        } else if (quote != 0 && c == quote) {
          quote = 0;
        } else {
          word.append(c);
        }
      }
      if (quote != 0) {
        return Optional.empty();
      }
      words.add(word.toString());
    }
    return Optional.of(words);
  }

  /** A port's number, 0 included, or one of the few services' names that ssh is used with. */
  static OptionalInt port(String text) {
    OptionalLong number = number(text, MOST_PORT);
    if (number.isPresent()) {
      return OptionalInt.of((int) number.getAsLong());
    }
    return switch (text) {
      case "ssh" -> OptionalInt.of(22);
      case "telnet" -> OptionalInt.of(23);
      case "smtp" -> OptionalInt.of(25);
      case "domain" -> OptionalInt.of(53);
      case "http" -> OptionalInt.of(80);
      case "pop3" -> OptionalInt.of(110);
      case "imap2" -> OptionalInt.of(143);
      case "https" -> OptionalInt.of(443);
      case "socks" -> OptionalInt.of(1080);
      default -> OptionalInt.empty();
    };
  }

  /** A decimal number from 0 to {@code most} as {@code strtonum(3)} reads it. */
  static OptionalLong number(String text, long most) {
    String digits = text.strip();
    digits = digits.startsWith("+") ? digits.substring(1) : digits;
    if (!text.endsWith(digits)
        || digits.isEmpty()
        || digits.length() > 18
        || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return OptionalLong.empty();
    }
    long number = Long.parseLong(digits);
    return number <= most ? OptionalLong.of(number) : OptionalLong.empty();
  }

  /** Why {@link #number} finds none, in the words of {@code strtonum(3)}. */
  static String numberComplaint(String text) {
    if (text.isEmpty()) {
      return "missing";
    }
    String sign = text.strip();
    boolean negative = sign.startsWith("-");
    String digits = negative || sign.startsWith("+") ? sign.substring(1) : sign;
    if (digits.isEmpty() || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return "invalid";
    }
    return negative ? "too small" : "too large";
  }

  /** Seconds of {@code 90}, {@code 1h30m}, {@code 2d}. */
  public static OptionalInt seconds(String text) {
    if (text.isEmpty()) {
      return OptionalInt.empty();
    }
    long total = 0;
    int at = 0;
    while (at < text.length()) {
      int start = at;
      while (at < text.length() && Character.isDigit(text.charAt(at))) {
        at++;
      }
      if (at == start || at - start > 10) {
        return OptionalInt.empty();
      }
      long number = Long.parseLong(text.substring(start, at));
      int unit = 1;
      if (at < text.length()) {
        switch (Character.toLowerCase(text.charAt(at++))) {
          case 's' -> unit = 1;
          case 'm' -> unit = 60;
          case 'h' -> unit = 3600;
          case 'd' -> unit = 86_400;
          case 'w' -> unit = 604_800;
          default -> {
            return OptionalInt.empty();
          }
        }
      }
      total += number * unit;
      if (total > Integer.MAX_VALUE) {
        return OptionalInt.empty();
      }
    }
    return OptionalInt.of((int) total);
  }

  /** Bytes of {@code 4096}, {@code 1.5G}, {@code 16k}; as {@code scan_scaled(3)}. */
  static OptionalLong scaled(String text) {
    String body = text.strip();
    long unit = 1;
    if (!body.isEmpty()) {
      int power = "bkmgtpe".indexOf(Character.toLowerCase(body.charAt(body.length() - 1)));
      if (power >= 0) {
        unit = 1L << (10 * power);
        body = body.substring(0, body.length() - 1);
      }
    }
    if (!body.matches("[+-]?\\d{1,18}(\\.\\d{0,9})?")) {
      return OptionalLong.empty();
    }
    java.math.BigDecimal number =
        new java.math.BigDecimal(body.endsWith(".") ? body + "0" : body)
            .multiply(java.math.BigDecimal.valueOf(unit));
    return number.abs().compareTo(java.math.BigDecimal.valueOf(Long.MAX_VALUE)) > 0
        ? OptionalLong.empty()
        : OptionalLong.of(number.longValue());
  }

  /** Why a name is no domain, or none when it is one. */
  static Optional<String> domainComplaint(String name) {
    String shown = name.length() > 100 ? name.substring(0, 100) : name;
    if (name.isEmpty()) {
      return Optional.of("empty domain name");
    }
    if (!letterOrDigit(name.charAt(0))) {
      return Optional.of("domain name \"" + shown + "\" starts with invalid character");
    }
    char last = 0;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (last == '.' && c == '.') {
        return Optional.of("domain name \"" + shown + "\" contains consecutive separators");
      }
      if (c != '.' && c != '-' && c != '_' && !letterOrDigit(c)) {
        return Optional.of("domain name \"" + shown + "\" contains invalid characters");
      }
      last = c;
    }
    return Optional.empty();
  }

  private static boolean letterOrDigit(char c) {
    return c < 128 && Character.isLetterOrDigit(c);
  }

  static boolean environmentName(String name) {
    return !name.isEmpty() && name.chars().allMatch(c -> c == '_' || letterOrDigit((char) c));
  }

  /** {@code [user@]host[:port]}, the host in brackets when it has colons. */
  record Destination(Optional<String> user, String host, OptionalInt port) {
    static Optional<Destination> parse(String text) {
      int at = text.lastIndexOf('@');
      if (at == 0) {
        return Optional.empty();
      }
      Optional<String> user = at > 0 ? Optional.of(text.substring(0, at)) : Optional.empty();
      return hostPort(user, text.substring(at + 1), false);
    }

    /** One of the form {@code ssh://…}: empty when it is none, an empty inside when it is wrong. */
    static Optional<Optional<Destination>> parseUri(String text) {
      if (!text.startsWith("ssh://")) {
        return Optional.empty();
      }
      String rest = text.substring(6);
      Optional<String> user = Optional.empty();
      int at = rest.indexOf('@');
      if (at >= 0) {
        String name = rest.substring(0, at);
        int parameters = name.indexOf(';');
        name = parameters < 0 ? name : name.substring(0, parameters);
        user = name.isEmpty() ? Optional.empty() : decode(name);
        if (user.isEmpty()) {
          return Optional.of(Optional.empty());
        }
        rest = rest.substring(at + 1);
      }
      return Optional.of(hostPort(user, rest, true).filter(d -> domainComplaint(d.host).isEmpty()));
    }

    private static Optional<Destination> hostPort(Optional<String> user, String text, boolean uri) {
      int end;
      if (text.startsWith("[")) {
        end = text.indexOf(']') + 1;
        if (end == 0) {
          return Optional.empty();
        }
      } else {
        end = 0;
        while (end < text.length() && ":/".indexOf(text.charAt(end)) < 0) {
          end++;
        }
      }
      String host = text.substring(0, end);
      String rest = text.substring(end);
      if (host.isEmpty() || (!rest.isEmpty() && ":/".indexOf(rest.charAt(0)) < 0)) {
        return Optional.empty();
      }
      if (rest.startsWith("/") && !(uri && rest.equals("/"))) {
        return Optional.empty();
      }
      String port = rest.isEmpty() || rest.startsWith("/") ? "" : rest.substring(1);
      if (uri && port.endsWith("/")) {
        port = port.substring(0, port.length() - 1);
      }
      OptionalInt number = port.isEmpty() ? OptionalInt.empty() : ConfigWords.port(port);
      if (!port.isEmpty() && (number.isEmpty() || number.getAsInt() == 0)) {
        return Optional.empty();
      }
      return Optional.of(new Destination(user, clean(host), number));
    }

    private static Optional<String> decode(String text) {
      java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        if (c == '%') {
          if (i + 2 >= text.length()
              || Character.digit(text.charAt(i + 1), 16) < 0
              || Character.digit(text.charAt(i + 2), 16) < 0) {
            return Optional.empty();
          }
          int code = Integer.parseInt(text.substring(i + 1, i + 3), 16);
          if (code == 0) {
            return Optional.empty();
          }
          bytes.write(code);
          i += 2;
        } else {
          bytes.writeBytes(
              String.valueOf(c == '+' ? ' ' : c).getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
      }
      return Optional.of(bytes.toString(java.nio.charset.StandardCharsets.UTF_8));
    }
  }

  /** A host without the brackets around it. */
  static String clean(String host) {
    return host.startsWith("[") && host.endsWith("]") && host.length() > 1
        ? host.substring(1, host.length() - 1)
        : host;
  }

  static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}

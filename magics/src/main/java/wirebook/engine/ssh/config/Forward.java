package wirebook.engine.ssh.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A forwarding of {@code -L}, {@code -R} or {@code -D}.
 *
 * @param listen where connections are taken
 * @param target where they lead; none when the client says so with SOCKS
 */
public record Forward(End listen, Optional<End> target) {
  private static final int LONGEST_PATH = 107;
  private static final int LONGEST_HOST = 1024;

  /** One end of a forwarding. */
  public sealed interface End {
    /** Without a host, the loopback addresses. */
    record Tcp(Optional<String> host, int port) implements End {}

    /** A Unix-domain socket. */
    record Unix(String path) implements End {}
  }

  public boolean dynamic() {
    return target.isEmpty();
  }

  /** The end that listens, as {@code ssh -G} prints it. */
  String shownListening() {
    return shown(listen);
  }

  /** As {@code ssh -G} prints it behind the keyword. */
  String shown() {
    return shownListening() + target.map(t -> " " + shown(t)).orElse("");
  }

  private static String shown(End end) {
    return switch (end) {
      case End.Unix unix -> unix.path();
      case End.Tcp tcp -> tcp.host().map(h -> "[" + h + "]:" + tcp.port()).orElse("" + tcp.port());
    };
  }

  private record Field(String text, boolean path) {}

  /**
   * Reads {@code [host:]port:host:port} and its relatives ({@code parse_forward()}).
   *
   * @param dynamic only the listening end is given
   * @param remote the other side listens, where port 0 is allowed
   */
  static Optional<Forward> parse(String text, boolean dynamic, boolean remote) {
    Optional<List<Field>> fields = fields(text.stripLeading());
    return fields
        .flatMap(f -> dynamic ? dynamic(f) : targeted(f))
        .filter(f -> usable(f.listen, remote) && f.target.map(t -> usable(t, false)).orElse(true));
  }

  private static boolean usable(End end, boolean anyPort) {
    return switch (end) {
      case End.Unix unix -> unix.path().length() <= LONGEST_PATH;
      case End.Tcp tcp ->
          (tcp.port() > 0 || (tcp.port() == 0 && anyPort))
              && tcp.host().map(String::length).orElse(0) < LONGEST_HOST;
    };
  }

  private static Optional<Forward> dynamic(List<Field> fields) {
    return switch (fields.size()) {
      case 1 ->
          Optional.of(
              new Forward(
                  fields.get(0).path
                      ? new End.Unix(fields.get(0).text)
                      : tcp(Optional.empty(), fields.get(0)),
                  Optional.empty()));
      case 2 ->
          fields.get(1).path
              ? Optional.empty()
              : Optional.of(
                  new Forward(
                      tcp(Optional.of(fields.get(0).text), fields.get(1)), Optional.empty()));
      default -> Optional.empty();
    };
  }

  private static Optional<Forward> targeted(List<Field> f) {
    return switch (f.size()) {
      case 2 ->
          !f.get(1).path
              ? Optional.empty()
              : Optional.of(forward(listening(f.get(0)), new End.Unix(f.get(1).text)));
      case 3 ->
          f.get(0).path || !f.get(2).path
              ? Optional.of(forward(listening(f.get(0)), tcp(Optional.of(f.get(1).text), f.get(2))))
              : Optional.of(
                  forward(tcp(Optional.of(f.get(0).text), f.get(1)), new End.Unix(f.get(2).text)));
      case 4 ->
          Optional.of(
              forward(
                  tcp(Optional.of(f.get(0).text), f.get(1)),
                  tcp(Optional.of(f.get(2).text), f.get(3))));
      default -> Optional.empty();
    };
  }

  private static Forward forward(End listen, End target) {
    return new Forward(listen, Optional.of(target));
  }

  private static End listening(Field field) {
    return field.path ? new End.Unix(field.text) : tcp(Optional.empty(), field);
  }

  private static End tcp(Optional<String> host, Field port) {
    OptionalInt number = ConfigWords.port(port.text);
    return new End.Tcp(host, number.orElse(-1));
  }

  /** The parts between colons; brackets hold colons, a backslash takes the next character. */
  private static Optional<List<Field>> fields(String text) {
    List<Field> fields = new ArrayList<>();
    String rest = text;
    while (fields.size() < 4 && !rest.isEmpty()) {
      StringBuilder field = new StringBuilder();
      boolean path = false;
      int at = 0;
      if (rest.startsWith("[")) {
        for (at = 1; at < rest.length() && rest.charAt(at) != ']'; at++) {
          char c = rest.charAt(at);
          if (c == '\\' && ++at == rest.length()) {
            return Optional.empty();
          }
          path |= c == '/';
          field.append(rest.charAt(at));
        }
        if (at == rest.length() || (at + 1 < rest.length() && rest.charAt(at + 1) != ':')) {
          return Optional.empty();
        }
        at++;
      } else {
        for (; at < rest.length() && rest.charAt(at) != ':'; at++) {
          char c = rest.charAt(at);
          if (c == '\\' && ++at == rest.length()) {
            return Optional.empty();
          }
          path |= c == '/';
          field.append(rest.charAt(at));
        }
      }
      fields.add(new Field(field.toString(), path));
      rest = at < rest.length() ? rest.substring(at + 1) : "";
    }
    return rest.isEmpty() ? Optional.of(fields) : Optional.empty();
  }
}

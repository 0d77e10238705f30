package wirebook.engine.ssh.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What {@code ssh -G} prints. */
final class Dump {
  private Dump() {}

  /**
   * A line a setting.
   *
   * @param argument the host of the command line
   * @param host the host that is connected to
   */
  static List<String> lines(Settings s, String argument, String host, SshLog log) {
    Defaults.assemble(s, Keyword.HOST_KEY_ALGORITHMS, Algorithms.Family.KEY, log);
    List<String> lines = new ArrayList<>();
    for (Keyword keyword : Keyword.values()) {
      switch (keyword.kind()) {
        case FLAG,
            CHOICE,
            STRING,
            PORT,
            NUMBER,
            TIME,
            COMMAND,
            ALGORITHMS,
            HASH,
            LOG_LEVEL,
            AGENT -> {
          if (keyword == Keyword.HOSTNAME) {
            lines.add("hostname " + host);
          } else if (keyword == Keyword.CONNECT_TIMEOUT && !s.has(keyword)) {
            lines.add("connecttimeout none");
          } else if (keyword != Keyword.PROXY_COMMAND || s.jump().isEmpty()) {
            s.value(keyword).ifPresent(value -> lines.add(keyword.shown() + " " + value));
          }
        }
        case LIST -> lines.add(list(s, keyword));
        case FILES, SEND_ENV, SET_ENV ->
            s.list(keyword).forEach(value -> lines.add(keyword.shown() + " " + value));
        case FORWARD -> {
          List<Forward> forwards =
              keyword == Keyword.REMOTE_FORWARD ? s.remoteForwards() : s.localForwards();
          forwards.stream()
              .filter(
                  f ->
                      switch (keyword) {
                        case REMOTE_FORWARD -> true;
                        case LOCAL_FORWARD -> !f.dynamic();
                        // OpenSSH takes what leads to a socket's path for one of these, too.
                        default ->
                            !(f.target().orElse(f.listen()) instanceof Forward.End.Tcp)
                                || f.dynamic();
                      })
              .forEach(
                  f ->
                      lines.add(
                          keyword.shown()
                              + " "
                              + (keyword == Keyword.DYNAMIC_FORWARD
                                  ? f.shownListening()
                                  : f.shown())
                              + (keyword == Keyword.REMOTE_FORWARD && f.dynamic()
                                  ? " [socks]:0"
                                  : "")));
        }
        case SPECIAL -> {
          if (keyword == Keyword.PROXY_JUMP) {
            s.jump().ifPresent(jump -> lines.add("proxyjump " + jump(jump)));
          } else {
            lines.add(keyword.shown() + " " + special(s, keyword));
          }
        }
        case STRUCTURE -> {
          if (keyword == Keyword.HOST) {
            lines.add("host " + argument);
          }
        }
        case IGNORED -> {
          // It has no value.
        }
      }
    }
    return lines;
  }

  private static String list(Settings s, Keyword keyword) {
    // The one name that OpenSSH writes with a capital letter.
    String name =
        keyword == Keyword.CANONICALIZE_PERMITTED_CNAMES
            ? "canonicalizePermittedcnames"
            : keyword.shown();
    List<String> values = s.list(keyword);
    String none = keyword == Keyword.PERMIT_REMOTE_OPEN ? "any" : "none";
    return name + " " + (values.isEmpty() ? none : String.join(" ", values));
  }

  private static String special(Settings s, Keyword keyword) {
    String value = s.text(keyword);
    return keyword == Keyword.ESCAPE_CHAR && value.length() == 1 ? visible(value) : value;
  }

  /** White space and control characters as {@code vis(3)} writes them. */
  private static String visible(String value) {
    char c = value.charAt(0);
    return switch (c) {
      case ' ' -> "\\040";
      case '\\' -> "\\\\";
      default -> c < 0x20 ? "\\^" + (char) (c + 64) : c == 0x7f ? "\\^?" : value;
    };
  }

  private static String jump(Settings.Jump jump) {
    boolean brackets =
        jump.host().indexOf(':') >= 0
            || jump.host().chars().allMatch(c -> "1234567890.".indexOf(c) >= 0);
    Optional<String> port =
        jump.port().orElse(0) > 0 ? Optional.of(":" + jump.port().getAsInt()) : Optional.empty();
    return jump.before().map(b -> b + ",").orElse("")
        + jump.user().map(u -> u + "@").orElse("")
        + (brackets ? "[" + jump.host() + "]" : jump.host())
        + port.orElse("");
  }
}

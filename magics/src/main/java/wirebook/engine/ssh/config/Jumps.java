package wirebook.engine.ssh.config;

import java.util.Optional;

/** The hosts on the way: what {@code -J} and {@code ProxyJump} take. */
final class Jumps {
  private Jumps() {}

  /**
   * Takes {@code [user@]host[:port],…}, {@code ssh://} addresses or {@code none}.
   *
   * @param active whether it counts here; it is checked in any case
   * @return whether it can be read
   */
  static boolean read(Settings settings, String text, boolean active, SshLog log) {
    boolean counts = active && !settings.has(Keyword.PROXY_COMMAND) && settings.jump().isEmpty();
    if (text.equalsIgnoreCase("none")) {
      if (counts) {
        settings.jump(Optional.of(Settings.Jump.NONE));
      }
      return true;
    }
    // OpenSSH ends it at the first space or comment.
    String spec = text.replaceFirst("(?s)(?<=.)[\\s#].*", "");
    Optional<ConfigWords.Destination> last = Optional.empty();
    String[] hops = spec.split(",", -1);
    for (int i = hops.length - 1; i >= 0; i--) {
      String hop = hops[i];
      Optional<ConfigWords.Destination> read =
          ConfigWords.Destination.parseUri(hop).orElseGet(() -> ConfigWords.Destination.parse(hop));
      if (read.isEmpty() || !safe(read.get(), log)) {
        return false;
      }
      last = last.or(() -> read);
    }
    if (counts) {
      ConfigWords.Destination hop = last.orElseThrow();
      int comma = text.lastIndexOf(',');
      settings.jump(
          Optional.of(
              new Settings.Jump(
                  hop.user(),
                  hop.host(),
                  hop.port(),
                  comma > 0 ? Optional.of(text.substring(0, comma)) : Optional.empty())));
      settings.set(Keyword.PROXY_COMMAND, "none");
    }
    return true;
  }

  private static boolean safe(ConfigWords.Destination hop, SshLog log) {
    Optional<String> user = hop.user().filter(name -> !ShellSafe.user(name));
    user.ifPresent(name -> log.error("parse_jump: invalid username \"" + name + "\""));
    if (user.isPresent()) {
      return false;
    }
    boolean good = ShellSafe.host(hop.host());
    if (!good) {
      log.error("parse_jump: invalid hostname \"" + hop.host() + "\"");
    }
    return good;
  }
}

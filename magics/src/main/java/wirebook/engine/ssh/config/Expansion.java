package wirebook.engine.ssh.config;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import wirebook.codec.Digests;

/** {@code %h}, {@code ${HOME}} and {@code ~} in a configuration ({@code ssh_config(5)}, TOKENS). */
public final class Expansion {
  private Expansion() {}

  /**
   * The tokens of a connection that most keywords take.
   *
   * @param host the name that is connected to
   * @param original the name of the command line
   * @param alias the name under which the host key is known
   */
  public static Map<Character, String> tokens(
      LocalHost local, String host, String original, String alias, String port, String user) {
    Map<Character, String> tokens = new TreeMap<>();
    tokens.put('C', connectionHash(local.hostName(), host, port, user));
    tokens.put('L', local.shortHostName());
    tokens.put('i', String.valueOf(local.uid()));
    tokens.put('k', alias);
    tokens.put('l', local.hostName());
    tokens.put('n', original);
    tokens.put('p', port);
    tokens.put('d', local.home().toString());
    tokens.put('h', host);
    tokens.put('r', user);
    tokens.put('u', local.user());
    return tokens;
  }

  /** SHA-1 of {@code %l%h%p%r}. */
  private static String connectionHash(String local, String host, String port, String user) {
    byte[] all = (local + host + port + user).getBytes(StandardCharsets.UTF_8);
    return HexFormat.of().formatHex(Digests.of("SHA-1", all));
  }

  /** Replaces percent tokens. */
  public static String percent(SshLog log, String text, Map<Character, String> tokens) {
    return expand(log, text, tokens, Map.of(), true, false)
        .orElseThrow(() -> new SshFatal("percent_expand: failed"));
  }

  /** Replaces percent tokens and variables. */
  public static String percentDollar(
      SshLog log, String text, Map<Character, String> tokens, Map<String, String> environment) {
    return expand(log, text, tokens, environment, true, true)
        .orElseThrow(() -> new SshFatal("invalid environment variable expansion"));
  }

  /** Replaces variables; none when the text is wrong or one has no value. */
  static Optional<String> dollar(SshLog log, String text, Map<String, String> environment) {
    return expand(log, text, Map.of(), environment, false, true);
  }

  private static Optional<String> expand(
      SshLog log,
      String text,
      Map<Character, String> tokens,
      Map<String, String> environment,
      boolean percent,
      boolean dollar) {
    StringBuilder out = new StringBuilder();
    boolean missing = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (dollar && text.startsWith("${", i)) {
        int end = text.indexOf('}', i);
        if (end < 0) {
          log.error(
              "vdollar_percent_expand: environment variable '"
                  + text.substring(i + 2)
                  + "' missing closing '}'");
          return Optional.empty();
        }
        String name = text.substring(i + 2, end);
        if (name.isEmpty()) {
          log.error("vdollar_percent_expand: zero-length environment variable");
          return Optional.empty();
        }
        String value = environment.get(name);
        if (value == null) {
          log.error("vdollar_percent_expand: env var ${" + name + "} has no value");
          missing = true;
        } else {
          out.append(value);
        }
        i = end;
      } else if (!percent || c != '%') {
        out.append(c);
      } else if (++i == text.length()) {
        log.error("vdollar_percent_expand: invalid format");
        throw new SshFatal("percent_expand: failed");
      } else if (text.charAt(i) == '%') {
        out.append('%');
      } else {
        String value = tokens.get(text.charAt(i));
        if (value == null) {
          log.error("vdollar_percent_expand: unknown key %" + text.charAt(i));
          throw new SshFatal((dollar ? "percent_dollar_expand" : "percent_expand") + ": failed");
        }
        out.append(value);
      }
    }
    return missing ? Optional.empty() : Optional.of(out.toString());
  }
}

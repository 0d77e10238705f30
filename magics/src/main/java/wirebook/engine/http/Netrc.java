package wirebook.engine.http;

import java.util.Optional;

/** The {@code .netrc} file: who one is at which host. */
public final class Netrc {
  private Netrc() {}

  /** An entry's name and password; either may be missing. */
  public record Login(Optional<String> user, Optional<String> password) {}

  /** The file is not what a {@code .netrc} may be. */
  public static final class SyntaxError extends Exception {
    private static final long serialVersionUID = 1L;
  }

  /**
   * The first entry for a host.
   *
   * @param user takes only an entry of this user, unless empty
   */
  public static Optional<Login> find(String file, String host, String user) throws SyntaxError {
    StringBuilder content = new StringBuilder();
    for (String line : file.split("(?<=\n)")) {
      if (!ByteText.trimBlanks(line).startsWith("#")) {
        content.append(line);
      }
    }
    return new Scanner(content.toString(), host, user).scan();
  }

  private static final class Scanner {
    private final String text;
    private final String host;
    private final String user;
    private int pos;
    private boolean matches;
    private Optional<String> login = Optional.empty();
    private Optional<String> password = Optional.empty();

    Scanner(String text, String host, String user) {
      this.text = text;
      this.host = host;
      this.user = user;
    }

    Optional<Login> scan() throws SyntaxError {
      while (true) {
        Optional<String> token = next();
        String word = token.map(ByteText::lower).orElse("");
        boolean ends =
            token.isEmpty()
                || word.equals("machine")
                || word.equals("default")
                || word.equals("macdef");
        if (ends) {
          Optional<Login> found = entry();
          if (found.isPresent() || token.isEmpty()) {
            return found;
          }
          matches = false;
          login = password = Optional.empty();
        }
        switch (word) {
          case "machine" -> matches = next().filter(host::equalsIgnoreCase).isPresent();
          case "default" -> matches = true;
          case "account" -> next();
          case "login" -> {
            Optional<String> value = next();
            login = matches ? value : login;
          }
          case "password" -> {
            Optional<String> value = next();
            password = matches ? value : password;
          }
          case "macdef" -> skipMacro();
          default -> {
            // A word that means nothing here.
          }
        }
      }
    }

    private Optional<Login> entry() {
      if (!matches) {
        return Optional.empty();
      }
      boolean found;
      if (login.isPresent()) {
        found = user.isEmpty() || (login.get().equals(user) && password.isPresent());
      } else {
        found = password.isPresent();
      }
      return found
          ? Optional.of(new Login(user.isEmpty() ? login : Optional.of(user), password))
          : Optional.empty();
    }

    private void skipMacro() {
      int end = text.replace("\r", "").equals(text) ? text.indexOf("\n\n", pos) : -1;
      if (end < 0) {
        end = text.indexOf("\n\r\n", pos);
      }
      pos = end < 0 ? text.length() : end + 1;
    }

    private Optional<String> next() throws SyntaxError {
      while (pos < text.length() && ByteText.isSpace(text.charAt(pos))) {
        pos++;
      }
      if (pos >= text.length()) {
        return Optional.empty();
      }
      StringBuilder out = new StringBuilder();
      if (text.charAt(pos) != '"') {
        while (pos < text.length() && " \t\r\n".indexOf(text.charAt(pos)) < 0) {
          out.append(text.charAt(pos++));
        }
        return Optional.of(out.toString());
      }
      for (pos++; pos < text.length(); pos++) {
        char c = text.charAt(pos);
        if (c == '"') {
          pos++;
          return Optional.of(out.toString());
        }
        if (c == '\\' && pos + 1 < text.length()) {
          char escaped = text.charAt(++pos);
          c =
              switch (escaped) {
                case 'n' -> '\n';
                case 'r' -> '\r';
                case 't' -> '\t';
                default -> escaped;
              };
        }
        out.append(c);
      }
      throw new SyntaxError();
    }
  }
}

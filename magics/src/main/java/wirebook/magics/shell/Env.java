package wirebook.magics.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import wirebook.engine.process.ChildEnvironment;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.Word;

/** {@code %env}: the environment of what is run from now on. What looks like a secret is masked. */
public final class Env implements Magic {
  private static final Pattern NAME = Pattern.compile("[A-Za-z_]\\w*");

  private static final Pattern SECRET =
      Pattern.compile(
          "(?i).*(TOKEN|SECRET|PASSW|PASSPHRASE|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIAL|COOKIE"
              + "|SIGNATURE|_KEY$|_PWD$|_AUTH$).*");

  /** A URL with a password in it. */
  private static final Pattern PASSWORD = Pattern.compile("(://[^/:@\\s]*:)[^/@\\s]+@");

  private static final String MASK = "<hidden>";

  private static final MagicSpec SPEC =
      MagicSpec.named("env", "Lists or sets environment variables of shell cells and magics")
          .synopsis("[NAME | NAME=VALUE]")
          .value(String.class)
          .operand("NAME=VALUE", Values.ANY, false, true)
          .example("%env", "all of them; what looks like a secret is not shown")
          .example("var home = %env HOME", "the value of one")
          .example("%env LANG=C", "for what is run from now on; Java's System.getenv stays")
          .build();

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) {
    ChildEnvironment surroundings = ChildEnvironment.of(call.services());
    List<Word> words = call.words();
    if (words.isEmpty()) {
      StringBuilder all = new StringBuilder();
      surroundings
          .variables()
          .forEach(
              (name, value) ->
                  all.append(name).append('=').append(shown(name, value)).append('\n'));
      call.out().print(all);
      return MagicResult.of(all.toString());
    }
    String first = words.getFirst().text();
    int sign = first.indexOf('=');
    String name = sign < 0 ? first : first.substring(0, sign);
    if (!NAME.matcher(name).matches()) {
      throw call.wrong(
          "SHELL006",
          words.getFirst(),
          "\"" + name + "\" is no variable's name",
          "%env NAME=value");
    }
    if (sign < 0 && words.size() == 1) {
      return one(call, surroundings.variables(), words.getFirst());
    }
    List<String> parts = new ArrayList<>();
    if (sign >= 0) {
      parts.add(first.substring(sign + 1));
    }
    words.stream().skip(1).map(Word::text).forEach(parts::add);
    String value = String.join(" ", parts);
    surroundings.export(name, value);
    call.out().println("env: " + name + "=" + shown(name, value));
    return MagicResult.of(value);
  }

  private static MagicResult one(MagicCall call, Map<String, String> all, Word name) {
    String value = all.get(name.text());
    if (value == null) {
      throw call.wrong(
          "SHELL006", name, name.text() + " is not set", "%env " + name.text() + "=value");
    }
    call.out().println(shown(name.text(), value));
    return MagicResult.of(value);
  }

  /** What a notebook may keep of it. */
  static String shown(String name, String value) {
    return SECRET.matcher(name).matches() && !value.isEmpty()
        ? MASK
        : PASSWORD.matcher(value).replaceAll("$1" + MASK + "@");
  }
}

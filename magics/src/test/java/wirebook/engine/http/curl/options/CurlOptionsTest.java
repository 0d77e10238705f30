package wirebook.engine.http.curl.options;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import wirebook.engine.http.curl.options.CurlOptions.CurlOption;
import wirebook.engine.http.curl.options.CurlOptions.Kind;
import wirebook.engine.http.curl.options.CurlOptions.Status;
import wirebook.engine.http.curl.options.CurlUsage.Problem;
import wirebook.net.RealNetwork;

/** What the table says of an option is what reading it does. */
class CurlOptionsTest {
  private static final Map<String, String> ARGUMENTS =
      Map.ofEntries(
          Map.entry("create-file-mode", "0644"),
          Map.entry("form", "a=b"),
          Map.entry("form-string", "a=b"),
          Map.entry("proto", "http"),
          Map.entry("proto-redir", "http"),
          Map.entry("proto-default", "http"),
          Map.entry("tls-max", "1.2"),
          Map.entry("time-cond", "20200101"),
          Map.entry("trace-config", "all"),
          Map.entry("range", "1-2"),
          Map.entry("variable", "a=b"));

  @TempDir Path directory;
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @BeforeEach
  void aFileWithAnOption() throws Exception {
    Files.writeString(directory.resolve("7"), "silent\n");
  }

  static Collection<CurlOption> options() {
    return CurlOptions.all();
  }

  /** What reading the words leads to: all that is set, or what is asked for or wrong. */
  private String state(List<String> words) throws IllegalAccessException {
    CurlEnvironment environment =
        new CurlEnvironment(
            new ByteArrayOutputStream(),
            err,
            InputStream.nullInputStream(),
            directory,
            Map.of(),
            new RealNetwork(),
            false,
            false,
            0,
            Optional.empty());
    CurlCommand line = new CurlCommand(environment, new Console(environment));
    try {
      new Arguments(line).parse(words);
    } catch (CurlUsage e) {
      return e.problem().toString();
    }
    StringBuilder out = new StringBuilder();
    write(line, out);
    return out.toString();
  }

  private static void write(@Nullable Object value, StringBuilder out)
      throws IllegalAccessException {
    if (value instanceof Collection<?> many && !(value instanceof Set<?>)) {
      for (Object one : many) {
        write(one, out);
      }
    } else if (value == null
        || value instanceof Enum<?>
        || !value
            .getClass()
            .getName()
            .matches("wirebook\\.engine\\.http\\.(client|curl|tls)\\..*")) {
      out.append(value).append('\n');
    } else {
      for (@Nullable Class<?> type = value.getClass(); type != null; type = type.getSuperclass()) {
        for (Field field : type.getDeclaredFields()) {
          boolean about =
              !Modifier.isStatic(field.getModifiers())
                  && !Set.of("environment", "given", "err").contains(field.getName());
          if (about) {
            field.setAccessible(true);
            out.append(field.getName()).append(' ');
            write(field.get(value), out);
          }
        }
      }
    }
  }

  private static List<String> words(CurlOption option, boolean on) {
    String name = (on ? "--" : "--no-") + option.name();
    return option.takesArgument()
        ? List.of(name, ARGUMENTS.getOrDefault(option.name(), "7"))
        : List.of(name);
  }

  @ParameterizedTest
  @MethodSource("options")
  void anOptionDoesWhatTheTableSays(CurlOption option) throws Exception {
    String nothing = state(List.of());
    String on = state(words(option, true));
    String off = option.negatable() ? state(words(option, false)) : nothing;
    switch (option.status()) {
      case REFUSED -> assertThat(on).isEqualTo(Problem.NOT_SUPPORTED.toString());
      case DEPRECATED ->
          assertThat(err.toString(StandardCharsets.UTF_8))
              .contains("--" + option.name() + " is deprecated");
      case IDLE, ELSEWHERE -> assertThat(List.of(on, off)).containsOnly(nothing);
      case WORKS -> {
        // The first is looked at before anything is read, the second ends what came before it.
        if (!Set.of("disable", "next").contains(option.name())) {
          assertThat(on.equals(nothing) && off.equals(nothing)).isFalse();
          assertThat(on).isNotIn(Problem.BAD_USE.toString(), Problem.BAD_NUMERIC.toString());
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("options")
  void anOptionTakesAnArgumentIfItsKindDoes(CurlOption option) {
    assertThat(option.takesArgument())
        .isEqualTo(!Set.of(Kind.NONE, Kind.FLAG, Kind.REVERSED).contains(option.kind()));
  }

  @Test
  void everyCategoryOfATableIsOneOfHelp() {
    for (CurlOption option : CurlOptions.all()) {
      boolean shown = Set.of(Status.WORKS, Status.IDLE).contains(option.status());
      for (String category : option.categories()) {
        if (shown && !Set.of("-", "important").contains(category)) {
          assertThat(CurlHelp.help(category, 80)).get().asString().contains(option.help());
        }
      }
    }
  }
}

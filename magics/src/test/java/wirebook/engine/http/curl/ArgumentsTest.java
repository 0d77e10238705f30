package wirebook.engine.http.curl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.engine.http.curl.options.CurlConfig;
import wirebook.engine.http.curl.options.CurlOptions;
import wirebook.engine.http.curl.options.CurlUsage;
import wirebook.engine.http.curl.options.FormParser;
import wirebook.engine.http.curl.options.FormPart;
import wirebook.engine.http.curl.options.NumberOptions;
import wirebook.engine.http.curl.options.Variables;

class ArgumentsTest {
  @TempDir Path directory;

  private Setting setting() {
    return new Setting(directory);
  }

  private int exit(Setting setting, String... words) throws InterruptedException {
    return setting.curl(words).exitCode();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "12, 12",
    "12b, 12",
    "1k, 1024",
    "1.5K, 1536",
    "2M, 2097152",
    "1g, 1073741824"
  })
  void sizesHaveUnits(String text, long bytes) throws CurlUsage {
    assertThat(NumberOptions.size(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "k", "-1", "1x", "1.", "1.5", "1kk", "99999999999999999999"})
  void whatIsNoSizeIsRefused(String text) {
    assertThat(catchThrowableOfType(CurlUsage.class, () -> NumberOptions.size(text))).isNotNull();
  }

  @Test
  void everyOptionHasOneNameAndOneLetter() {
    Set<String> names = new HashSet<>();
    Set<String> letters = new HashSet<>();
    for (CurlOptions.CurlOption option : CurlOptions.all()) {
      assertThat(names.add(option.name())).as(option.name()).isTrue();
      assertThat(option.letter().isEmpty() || letters.add(option.letter()))
          .as(option.letter())
          .isTrue();
    }
    assertThat(names).hasSizeGreaterThan(250);
  }

  @Test
  void mistakesAreExplainedAsCurlDoes() throws InterruptedException {
    Setting unknown = setting();
    assertThat(exit(unknown, "-q", "--nope", "x")).isEqualTo(2);
    assertThat(unknown.err())
        .isEqualTo(
            """
            curl: option --nope: is unknown
            curl: try 'curl --help' or 'curl --manual' for more information
            """);
    Setting missing = setting();
    assertThat(exit(missing, "-q", "-o")).isEqualTo(2);
    assertThat(missing.err()).startsWith("curl: option -o: requires parameter\n");
    Setting number = setting();
    assertThat(exit(number, "-q", "--max-time", "x", "h")).isEqualTo(2);
    assertThat(number.err())
        .startsWith("curl: option --max-time: expected a proper numerical parameter\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--ntlm", "--negotiate", "--http2", "--http3"})
  void whatIsNotBuiltInIsRefusedOrHarmless(String option) throws InterruptedException {
    Setting setting = setting();
    int exit = exit(setting, "-q", "-sS", option, "http://127.0.0.1:1/");
    assertThat(exit).isIn(2, 7);
  }

  @Test
  void withoutAUrlThereIsNothingToDo() throws InterruptedException {
    Setting setting = setting();
    assertThat(exit(setting, "-q", "-s")).isEqualTo(2);
    assertThat(setting.err()).startsWith("curl: (2) no URL specified\n");
  }

  @Test
  void aConfigFileHoldsOptions() throws IOException, InterruptedException {
    Files.writeString(
        directory.resolve("config"),
        """
        # a comment
        silent
        show-error
        url = "http://127.0.0.1:1/a\\tb"
        write-out: "%{exitcode}\\n"
        """);
    Setting setting = setting();
    exit(setting, "-q", "-K", "config");
    assertThat(setting.out()).isEqualTo("3\n");
    assertThat(setting.err()).startsWith("curl: (3) ");
  }

  @Test
  void variablesExpandWithFunctions() throws CurlUsage {
    Setting setting = setting();
    setting.variables.put("WHO", "me & you");
    Variables variables = new Variables(setting.environment(), setting.console());
    variables.set("%WHO");
    variables.set("name= padded ");
    variables.set("cut[1-2]=abcd");
    assertThat(variables.expand("a{{WHO:url}}b")).isEqualTo("ame%20%26%20youb");
    assertThat(variables.expand("{{name:trim:b64}}")).isEqualTo("cGFkZGVk");
    assertThat(variables.expand("{{cut}}")).isEqualTo("bc");
    assertThat(variables.expand("\\{{cut}}={{cut}}")).isEqualTo("{{cut}}=bc");
    assertThat(variables.expand("{{none}}-")).isEqualTo("-");
    assertThat(catchThrowableOfType(CurlUsage.class, () -> variables.expand("{{cut:no}}")))
        .isNotNull();
  }

  @Test
  void formFieldsAreRead() throws CurlUsage {
    Setting setting = setting();
    FormParser parser = new FormParser(setting.environment(), setting.console());
    CurlConfig config = new CurlConfig();
    parser.parse(config, "a=plain;type=text/x", false);
    parser.parse(config, "f=@\"one,two\",three;filename=\"n\\\"q\";headers=\"X: y\"", false);
    parser.parse(config, "raw=@not a file;x", true);
    parser.parse(config, "g=(;type=multipart/mixed", false);
    parser.parse(config, "=inner", false);
    parser.parse(config, "=)", false);
    List<FormPart> parts = config.formCurrent;
    assertThat(parts).hasSize(4);
    assertThat(parts.get(0).type).isEqualTo("text/x");
    assertThat(parts.get(0).data).isEqualTo("plain");
    assertThat(parts.get(1).parts).extracting(p -> p.data).containsExactly("one,two", "three");
    assertThat(parts.get(2).data).isEqualTo("@not a file;x");
    assertThat(parts.get(3).parts).hasSize(1);
    assertThat(catchThrowableOfType(CurlUsage.class, () -> parser.parse(config, "none", false)))
        .isNotNull();
  }
}

package wirebook.engine.http.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import wirebook.spi.MagicException;

class VariableResolverTest {
  private static final VariableResolver.Answer ANSWER =
      new VariableResolver.Answer() {
        @Override
        public String requestBody() {
          return "sent";
        }

        @Override
        public Optional<String> requestHeader(String name) {
          return Optional.empty();
        }

        @Override
        public String responseBody() {
          return "{\"token\": \"t\"}";
        }

        @Override
        public Optional<String> responseHeader(String name) {
          return name.equals("Location") ? Optional.of("/1") : Optional.empty();
        }

        @Override
        public Optional<String> json(String body, String path) {
          return path.equals("$.token") ? Optional.of("t") : Optional.empty();
        }

        @Override
        public Optional<String> xml(String body, String path) {
          return path.equals("//a[1]/b") ? Optional.of("x") : Optional.empty();
        }
      };

  private static VariableResolver resolver(String variables) {
    VariableResolver resolver =
        new VariableResolver(
            HttpFile.parse(variables.replace('~', '\n')),
            Map.of(
                "env",
                "from the environment",
                "a",
                "hidden",
                "url",
                "http://{{$shared host}}/{{c}}",
                VariableResolver.SHARED + "host",
                "h"),
            Map.of("HOME", "/home/x"),
            Map.of("SECRET", "s"),
            InstantSource.fixed(Instant.parse("2026-01-02T03:04:05Z")),
            new Random(1));
    resolver.answered("login", ANSWER);
    return resolver;
  }

  private static String fill(String variables, String text) {
    return resolver(variables).fill(Template.parse(text, 0));
  }

  @Test
  void aVariableThatIsAJsonObjectHasParts() {
    String variables = "@o = {\"b\": {\"c\": 7}, \"d\": \"e\"}~@a.b = itself";
    assertThat(fill(variables, "{{o.b.c}} {{o.d}} {{a.b}}")).isEqualTo("7 e itself");
    assertThat(catchThrowableOfType(MagicException.class, () -> fill(variables, "{{o.x}}")))
        .extracting(e -> e.diagnostic().id())
        .isEqualTo("HTTP015");
    assertThat(catchThrowableOfType(MagicException.class, () -> fill(variables, "{{env.x}}")))
        .extracting(e -> e.diagnostic().id())
        .isEqualTo("HTTP012");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{{a}}|1",
        "x{{b}}y|x1/2y",
        "{{ env }}|from the environment",
        "{{login.response.body.$.token}}|t",
        "{{login.response.body.token}}|t",
        "{{login.response.body.*}}|{\"token\": \"t\"}",
        "{{login.response.headers.Location}}|/1",
        "{{login.request.body}}|sent",
        "{{$timestamp}}|1767323045",
        "{{$timestamp -1 d}}|1767236645",
        "{{login.response.body.//a[1]/b}}|x",
        "{{$dotenv SECRET}}|s",
        "{{$dotenv %c}}|s",
        "{{$datetime 'YYYY-MM-DDTHH:mm:ss' 1 d}}|2026-01-03T03:04:05",
        "{{$datetime rfc1123}}|Fri, 02 Jan 2026 03:04:05 GMT",
        "{{$random.integer(7, 8)}}|7",
        "{{$datetime iso8601}}|2026-01-02T03:04:05Z",
        "{{$datetime rfc1123 1 h}}|Fri, 02 Jan 2026 04:04:05 GMT",
        "{{$processEnv HOME}}|/home/x",
        "{{$processEnv %d}}|/home/x",
        "{{$env.HOME}}|/home/x",
        "{{$shared host}}|h",
        "{{url}}|http://h/SECRET",
        "{{%b}}|1%2F2",
        "{{$randomInt 7 8}}|7"
      })
  void aReferenceHasItsValue(String text, String value) {
    assertThat(fill("@a = 1~@b = {{a}}/2~@c = SECRET~@d = HOME", text)).isEqualTo(value);
  }

  @Test
  void aGuidIsARandomUuid() {
    assertThat(fill("", "{{$guid}}"))
        .matches("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "@a = {{b}}~@b = {{a}}|{{a}}|HTTP010",
        "@host = x|{{hos}}|HTTP011",
        "@x = 1|{{later.response.body.*}}|HTTP012",
        "@x = 1|{{login.answer}}|HTTP013",
        "@x = 1|{{login.response.status}}|HTTP013",
        "@x = 1|{{login.response.headers.Nope}}|HTTP014",
        "@x = 1|{{login.response.body.$.nope}}|HTTP015",
        "@x = 1|{{$processEnv NOPE}}|HTTP016",
        "@x = 1|{{$nope}}|HTTP017",
        "@x = 1|{{$timestamp 1 q}}|HTTP018",
        "@x = 1|{{$randomInt a}}|HTTP019",
        "@x = 1|{{$dotenv NOPE}}|HTTP022",
        "@x = 1|{{$datetime 'b'}}|HTTP023",
        "@x = 1|{{$shared nope}}|HTTP026",
        "@x = 1|{{url}}|HTTP011"
      })
  void aReferenceWithoutValueIsSaidAtItsPlace(String variables, String text, String id) {
    assertThatThrownBy(() -> fill(variables, text))
        .isInstanceOfSatisfying(
            MagicException.class,
            e -> {
              assertThat(e.diagnostic().id()).isEqualTo(id);
              assertThat(e.diagnostic().span().end()).isPositive();
            });
  }

  @Test
  void randomWordsAreAsLongAsWanted() {
    assertThat(fill("", "{{$random.alphabetic 5}} {{$random.hexadecimal(4)}} {{$random.email}}"))
        .matches("[A-Za-z]{5} [0-9A-F]{4} [a-z]{8}@[a-z]{8}\\.com");
  }

  @Test
  void aNameThatIsNearlyRightIsOffered() {
    assertThatThrownBy(() -> fill("@host = x", "{{Host}}"))
        .isInstanceOfSatisfying(
            MagicException.class,
            e -> assertThat(e.diagnostic().fix()).isEqualTo("Did you mean {{host}}?"));
    assertThatThrownBy(() -> fill("@host = x", "{{hots}}"))
        .isInstanceOfSatisfying(
            MagicException.class,
            e -> assertThat(e.diagnostic().fix()).isEqualTo("Did you mean {{host}}?"));
  }
}

package wirebook.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.Words.Complaint;

class WordsTest {
  private static final MagicSpec SPEC =
      MagicSpec.named("boat", "Sail")
          .synopsis("[PLACE] [option…]")
          .operand("PLACE", Values.ANY, false, false)
          .option(Option.flag("say nothing", "-q", "--quiet"))
          .option(Option.toggle("with a picture", "--picture"))
          .option(Option.toggle("signed", "+signed"))
          .option(Option.of("COUNT", Values.ANY, "so many", "-n"))
          .option(Option.of("TIME", Values.ANY, "so long", "--wait"))
          .option(Option.of("TEXT", Values.ANY, "a word", "--say"))
          .id(Complaint.OPERANDS, "BOAT099")
          .build();

  private static Words read(String... texts) {
    MagicCall call =
        (MagicCall)
            Proxy.newProxyInstance(
                MagicCall.class.getClassLoader(),
                new Class<?>[] {MagicCall.class},
                InvocationHandler::invokeDefault);
    return SPEC.read(call, Stream.of(texts).map(WordsTest::word).toList());
  }

  private static Diagnostic refused(String... texts) {
    return catchThrowableOfType(MagicException.class, () -> read(texts)).diagnostic();
  }

  @Test
  void anOptionIsAskedForByAnyOfItsNames() {
    Words words = read("-q", "--say=hello there", "far", "--say", "-x-");
    assertThat(words.flag("--quiet")).isTrue();
    assertThat(words.flag("-q")).isTrue();
    assertThat(words.text("--say")).contains("-x-");
    assertThat(words.all("--say")).extracting(Word::text).containsExactly("hello there", "-x-");
    assertThat(words.operand(0)).map(Word::text).contains("far");
    assertThat(words.given().keySet()).containsExactly("--quiet", "--say");
  }

  @Test
  void aValueMayBeJoinedToAShortOption() {
    assertThat(read("-n5", "far").count("-n", 9)).hasValue(5);
    assertThat(read("-n", "-5").text("-n")).contains("-5");
    assertThat(refused("-q5").id()).isEqualTo("BOAT001");
    assertThat(refused("-say").fix()).startsWith("Did you mean --say?");
  }

  @Test
  void whatCanBeTakenBackIsTakenBack() {
    Words words = read("--picture", "--no-picture", "+signed", "+nosigned");
    assertThat(words.has("--picture")).isTrue();
    assertThat(words.flag("--picture")).isFalse();
    assertThat(words.flag("+signed")).isFalse();
    assertThat(refused("--no-quiet").id()).isEqualTo("BOAT001");
  }

  @Test
  void behindTwoDashesNothingIsAnOption() {
    assertThat(read("--", "--quiet").operand(0)).map(Word::text).contains("--quiet");
    assertThat(read("-").operand(0)).map(Word::text).contains("-");
  }

  @Test
  void whatStandsAloneIsSaidToStandAloneAndWhatIsFarFromAllIsNoSlip() {
    assertThat(refused("far", "--place").fix())
        .startsWith("PLACE stands alone: %boat PLACE. Options are ");
    assertThat(refused("far", "--quad").fix()).startsWith("Options are ");
  }

  @Test
  void anOptionThatIsNoneIsSaidWithWhatWasMeant() {
    Diagnostic diagnostic = refused("far", "--quite");
    assertThat(diagnostic.id()).isEqualTo("BOAT001");
    assertThat(diagnostic.message()).isEqualTo("%boat has no option --quite");
    assertThat(diagnostic.fix()).startsWith("Did you mean --quiet? Options are --quiet, ");
  }

  @ParameterizedTest
  @CsvSource({"-n", "--say", "--wait"})
  void aValueThatIsMissingIsSaid(String option) {
    for (String[] texts : List.of(new String[] {option}, new String[] {option, "--quiet"})) {
      assertThat(refused(texts).id()).isEqualTo("BOAT002");
      assertThat(refused(texts).message()).isEqualTo(option + " needs a value");
    }
  }

  @Test
  void aFlagTakesNoValueAndNoWordIsPassedOver() {
    assertThat(refused("--quiet=yes").message()).isEqualTo("--quiet takes no value");
    assertThat(refused("far", "farther").id()).isEqualTo("BOAT099");
    assertThat(
            catchThrowableOfType(
                    MagicException.class, () -> read("-q", "-n", "3").only("sink", "--quiet"))
                .diagnostic()
                .message())
        .isEqualTo("%boat sink takes no -n");
  }

  @ParameterizedTest
  @CsvSource({"500ms, 500", "1.5s, 1500", "3, 3000", "1m30s, 90000", ".5m, 30000", "2min, 120000"})
  void timesHaveUnits(String text, long millis) {
    assertThat(read("--wait", text).duration("--wait")).contains(Duration.ofMillis(millis));
  }

  @Test
  void whatIsOfNoTypeIsRefusedAtItsWord() {
    Stream.of("", "5x", "s", "-1s", "2d", "1e3", "99999999999999999999s")
        .forEach(
            text ->
                assertThat(
                        catchThrowableOfType(
                                MagicException.class,
                                () -> read("--wait=" + text).duration("--wait"))
                            .diagnostic()
                            .id())
                    .as(text)
                    .isEqualTo("BOAT003"));
    Words words = read();
    for (String text : List.of("0", "-1", "x", "11", "99999999999")) {
      assertThat(
              catchThrowableOfType(MagicException.class, () -> words.count(word(text), 10))
                  .diagnostic()
                  .fix())
          .isEqualTo("Write a number from 1 to 10.");
    }
    assertThat(words.size(word("64k"))).isEqualTo(65_536);
    assertThat(words.size(word("2GiB"))).isEqualTo(2L << 30);
    assertThat(words.share(word("10%"))).isEqualTo(0.1);
    assertThat(catchThrowableOfType(MagicException.class, () -> words.share(word("NaN"))))
        .isNotNull();
    assertThat(words.port(word("0"), 0)).isZero();
    assertThat(catchThrowableOfType(MagicException.class, () -> words.port(word("0"), 1)))
        .isNotNull();
    assertThat(catchThrowableOfType(MagicException.class, () -> words.port(word("65536"), 0)))
        .isNotNull();
    assertThat(catchThrowableOfType(MagicException.class, () -> words.path(word("a\0b"))))
        .isNotNull();
  }

  private static Word word(String text) {
    return new Word(text, Span.NONE);
  }
}

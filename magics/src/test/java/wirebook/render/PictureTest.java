package wirebook.render;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.spi.MimeBundle;

class PictureTest {
  private static final Pattern COLOUR = Pattern.compile("--(\\w+):(#[0-9a-f]{6})");
  private static final Pattern THEME =
      Pattern.compile(":root\\{(color-scheme:light dark;)?(--[^}]*)}");

  @ParameterizedTest
  @CsvSource({"640, 512", "1000, 800"})
  void onANarrowPageLettersOfTenPixelsKeepEight(int width, int least) {
    assertThat(new Picture("", width, 100, "line").bundle().data().get(MimeBundle.HTML))
        .contains("max-width:100%;height:auto;min-width:" + least + "px");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void textAndLinesStandOutFromWhatIsBehindThemInBothThemes(int theme) {
    String style = new Svg().picture(10, 10, "").svg();
    List<MatchResult> themes = THEME.matcher(style).results().toList();
    assertThat(themes).hasSize(2);
    Map<String, Color> colours =
        COLOUR
            .matcher(themes.get(theme).group(2))
            .results()
            .collect(Collectors.toMap(m -> m.group(1), m -> Color.decode(m.group(2))));
    assertThat(colours)
        .containsOnlyKeys(
            "card", "edge", "ink", "soft", "head", "ask", "give", "point", "bad", "seal", "hold");
    for (String behind : List.of("card", "head")) {
      for (String text : List.of("ink", "soft", "ask", "give", "point", "bad", "seal")) {
        assertThat(contrast(colours, text, behind))
            .as("%s on %s", text, behind)
            .isGreaterThanOrEqualTo(4.5);
      }
      assertThat(contrast(colours, "hold", behind))
          .as("lines on %s", behind)
          .isGreaterThanOrEqualTo(3);
    }
  }

  /** WCAG 2.2, contrast ratio. */
  private static double contrast(Map<String, Color> colours, String one, String other) {
    double a = luminance(Objects.requireNonNull(colours.get(one)));
    double b = luminance(Objects.requireNonNull(colours.get(other)));
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }

  private static double luminance(Color colour) {
    double[] linear =
        DoubleStream.of(colour.getRed(), colour.getGreen(), colour.getBlue())
            .map(c -> c / 255)
            .map(c -> c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4))
            .toArray();
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  }
}

package wirebook.kernel.java.assist;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import wirebook.spi.Html;

class JavadocTest {
  private static String html(String comment) {
    Html html = new Html();
    Javadoc.of(comment).writeTo(html);
    return html.toString();
  }

  @Test
  void tagsInBracesKeepWhatTheyHold() {
    assertThat(Javadoc.of("Gives a {@code Map<K, List<T>>}.").text())
        .isEqualTo("Gives a Map<K, List<T>>.");
    assertThat(Javadoc.of("As {@link java.lang.Character#digit(char, int)} says").text())
        .isEqualTo("As java.lang.Character.digit(char, int) says");
    assertThat(Javadoc.of("{@link #size() its size}, {@literal <b>}").text())
        .isEqualTo("its size, <b>");
    assertThat(Javadoc.of("{@return the size}").text()).isEqualTo("Returns the size.");
    assertThat(Javadoc.of("{@snippet lang=java : if (a) { b(); } }").text())
        .isEqualTo("if (a) { b(); }");
    assertThat(Javadoc.of("{@code never closed").text()).isEqualTo("{@code never closed");
  }

  @Test
  void blockTagsAreAList() {
    assertThat(
            Javadoc.of("Adds.\n@param <R> the sum's type\n@param a one\n  more\n@return the sum")
                .text())
        .isEqualTo(
            """
            Adds.

            Parameters
              <R>: the sum's type
              a: one
            more

            Returns
              the sum\
            """);
    assertThat(html("@throws IOException when {@code x < 0}"))
        .contains("<dt>Throws</dt><dd><code>IOException</code>: when <code>x &lt; 0</code></dd>");
  }

  @Test
  void severalParametersStandBelowEachOtherInJupyterLab() {
    assertThat(html("@param a one\n@param b two")).contains("<dl style=\"display: grid\">");
  }

  @Test
  void markupBecomesTextAndListsHaveDashes() {
    assertThat(Javadoc.of("<p>One &lt;two&gt; &#8212; three<ul><li>a</li><li>b</li></ul>").text())
        .isEqualTo("One <two> — three\n\n- a\n\n- b");
    assertThat(Javadoc.of("<pre>\n  a\n    b\n</pre>").text()).isEqualTo("a\n    b");
  }

  @Test
  void nothingButTheNamesOfHarmlessElementsIsTakenOver() {
    assertThat(html("<script>alert(1)</script><b onclick='x()'>bold<img src=x onerror=y>"))
        .isEqualTo("<div>alert(1)<b>bold</b></div>");
    assertThat(html("</div></dl>&lt;script&gt;")).isEqualTo("<div>&lt;script&gt;</div>");
    assertThat(html("a < b && c")).isEqualTo("<div>a &lt; b &amp;&amp; c</div>");
  }
}

package wirebook.render;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import wirebook.spi.MimeBundle;

class ViewsTest {
  private static String html(MimeBundle bundle) {
    return bundle.data().getOrDefault(MimeBundle.HTML, "");
  }

  @Test
  void jsonFoldsAndKeepsItsText() {
    String text = "{\"a\": [1, true, null, \"x\"], \"b\": {}}";
    MimeBundle bundle = JsonView.of(text).orElseThrow();
    assertThat(bundle.text()).isEqualTo(text);
    assertThat(html(bundle))
        .contains("<details open=\"open\">", "2 keys", "4 elements", ">&quot;a&quot;</span>: [")
        .contains(">1</span>,", ">true</span>,", ">null</span>,", ">&quot;x&quot;</span>");
  }

  @Test
  void whatIsLongStartsFolded() {
    assertThat(html(JsonView.of("{\"a\":[" + "1,".repeat(40) + "1]}").orElseThrow()))
        .contains("<details><summary");
  }

  @Test
  void jsonCannotBecomeMarkup() {
    assertThat(html(JsonView.of("{\"<img src=x>\": \"</span><script>\"}").orElseThrow()))
        .doesNotContain("<img", "<script>", "</span></span>");
  }

  @Test
  void whatIsNoJsonHasNoTree() {
    assertThat(JsonView.of("{\"a\": ")).isEmpty();
    assertThat(JsonView.of("{} {}")).isEmpty();
    assertThat(JsonView.of("plain words")).isEmpty();
    assertThat(JsonView.of("")).isEmpty();
    assertThat(JsonView.of("[".repeat(100_000))).isEmpty();
  }

  @Test
  void aPageIsShownWhereNoneOfItRunsAndNothingIsLoaded() {
    String html = html(PageView.of("<script>alert(1)</script><img src='http://x/'>\"'"));
    assertThat(html)
        .contains("sandbox=\"\"", "default-src &#39;none&#39;")
        .doesNotContain("<script", "<img");
  }

  @Test
  void aDrawingIsAnImage() {
    assertThat(html(PageView.svg("<svg onload='alert(1)'/>")))
        .startsWith("<img src=\"data:image/svg+xml;base64,")
        .doesNotContain("onload");
  }
}

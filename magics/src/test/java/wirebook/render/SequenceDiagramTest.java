package wirebook.render;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;
import wirebook.render.SequenceDiagram.Kind;
import wirebook.render.SequenceDiagram.Lane;
import wirebook.render.SequenceDiagram.Message;
import wirebook.spi.MimeBundle;

class SequenceDiagramTest {
  private static final String HOSTILE = "\"/><script>alert(1)</script>\u001b[31m\u0000";

  @Test
  void everyMessageIsAnArrowWithItsTextAndItsTime() throws Exception {
    Document drawing =
        parse(
            new SequenceDiagram(
                    List.of(new Lane("this host", "dig", ""), new Lane("root", "a", "198.41.0.4")),
                    List.of(
                        new Message(
                            0, 1, "com NS?", Optional.of(Duration.ZERO), Kind.QUESTION, true),
                        new Message(
                            1,
                            0,
                            "13 servers",
                            Optional.of(Duration.ofMillis(23)),
                            Kind.REFERRAL,
                            true)),
                    "one step")
                .picture());

    assertThat(texts(drawing))
        .contains("com NS?", "13 servers", "0 ms", "23 ms", "198.41.0.4", "it took");
    assertThat(drawing.getElementsByTagName("line").getLength()).isEqualTo(2 + 2);
  }

  @Test
  void twoPartiesStandApartAsFarAsTheirMessagesNeed() throws Exception {
    String words = "1 version: SSH-2.0-OpenSSH_9.6 Ubuntu";
    List<Lane> lanes = List.of(new Lane("Client", "", ""), new Lane("Server", "", ""));
    Message longOne = new Message(0, 1, words, Optional.empty(), Kind.QUESTION, true);
    Message shortOne = new Message(0, 1, "?", Optional.empty(), Kind.QUESTION, true);

    Picture wide = new SequenceDiagram(lanes, List.of(longOne), "").picture();
    assertThat(texts(parse(wide))).contains(words);
    assertThat(wide.width()).isLessThanOrEqualTo(640);
    assertThat(new SequenceDiagram(lanes, List.of(shortOne), "").picture().width())
        .isLessThan(wide.width());
  }

  @Test
  void whatIsTooLongForALineGoesOnInTheNext() throws Exception {
    String words = "host key, the server's half, and its signature over all that was said";
    List<Lane> lanes = List.of(new Lane("Client", "", ""), new Lane("Server", "", ""));
    Message message = new Message(0, 1, words, Optional.empty(), Kind.QUESTION, true);
    Picture one = new SequenceDiagram(lanes, List.of(message), "").picture();
    Picture two = new SequenceDiagram(lanes, List.of(message, message), "").picture();

    assertThat(String.join(" ", texts(parse(one)))).contains(words).doesNotContain("…");
    assertThat(two.height() - one.height()).isGreaterThan(36);
  }

  @Test
  void anUnansweredMessageEndsOnItsWay() throws Exception {
    List<Lane> lanes = List.of(new Lane("a", "", ""), new Lane("b", "", ""));
    String lost =
        new SequenceDiagram(
                lanes,
                List.of(new Message(0, 1, "?", Optional.empty(), Kind.QUESTION, false)),
                "lost")
            .picture()
            .svg();

    assertThat(lost).contains("arrow l-ask lost");
  }

  @Test
  void whatTheNetworkSaysCannotBecomeMarkup() throws Exception {
    Picture picture =
        new SequenceDiagram(
                List.of(new Lane(HOSTILE, HOSTILE, HOSTILE)),
                List.of(new Message(0, 0, HOSTILE, Optional.empty(), Kind.FAILURE, true)),
                HOSTILE)
            .picture();

    assertThat(parse(picture).getElementsByTagName("script").getLength()).isZero();
    assertThat(picture.bundle().data().get(MimeBundle.HTML)).doesNotContain("<script");
  }

  @Test
  void thePlainTextIsTheOneLine() {
    MimeBundle bundle =
        new SequenceDiagram(List.of(), List.of(), "nothing happened").picture().bundle();

    assertThat(bundle.text()).isEqualTo("nothing happened");
    assertThat(bundle.data().get(MimeBundle.HTML)).contains("alt=\"nothing happened\"");
  }

  private static Document parse(Picture picture) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(picture.svg())));
  }

  private static List<String> texts(Document drawing) {
    var nodes = drawing.getElementsByTagName("text");
    return java.util.stream.IntStream.range(0, nodes.getLength())
        .mapToObj(i -> nodes.item(i).getTextContent())
        .toList();
  }
}

package wirebook.render;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import wirebook.engine.dns.DnsMessage;
import wirebook.spi.MimeBundle;
import wirebook.trace.Bytes;

class DnsBytesTest {
  private static final Bytes WIRE =
      Bytes.of(
          HexFormat.of()
              .parseHex(
                  "1234818000010001000000000161076578616d706c650000010001"
                      + "0177c00e000100010000003c0004c0000201"));

  @Test
  void everyFieldHasItsPlaceItsBytesAndItsMeaning() {
    assertThat(DnsBytes.of(WIRE).text())
        .startsWith("Message, 45 bytes\nheader\n      0  12 34   ")
        .contains("\nquestion\n     12  01 61 07 65 78 61 6d 70 6c 65 00     name a.example.\n")
        .contains("\nanswer 1\n     27  01 77   ")
        .endsWith("     41  c0 00 02 01                          data: 192.0.2.1");
  }

  @Test
  void aMessageIsShownInDigsWordsAndThenByteByByte() {
    if (!(DnsMessage.parse(WIRE) instanceof DnsMessage.Parsed.Read read)) {
      throw new AssertionError();
    }
    MimeBundle bundle = DnsBytes.of(read.message());
    assertThat(bundle.text())
        .startsWith(";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 4660\n")
        .contains("\n\nMessage, 45 bytes\nheader\n      0  12 34   ");
    assertThat(String.valueOf(bundle.data().get(MimeBundle.HTML)))
        .startsWith("<pre>;; -&gt;&gt;HEADER")
        .contains("→ byte 14");
  }

  @Test
  void aPointerLinksToTheRowOfTheNameThatItLeadsInto() {
    String html = String.valueOf(DnsBytes.of(WIRE).data().get(MimeBundle.HTML));
    String row = html.replaceFirst("(?s).*<a href=\"#([^\"]+)\">→ byte 14</a>.*", "$1");
    assertThat(row).endsWith("-12");
    assertThat(html).contains("<tr id=\"" + row + "\">");
  }

  @Test
  void whatCannotBeReadIsShownAsBytesAndControlCharactersAreEscaped() {
    Bytes hostile =
        Bytes.of(
            HexFormat.of().parseHex("000181800001000000000000" + "041b5b334a00" + "00010001ff"));
    assertThat(DnsBytes.of(hostile).text()).contains("\\027[3J.").doesNotContain("\u001b");
    assertThat(DnsBytes.of(Bytes.of(new byte[5])).text()).contains("cannot be read");
  }
}

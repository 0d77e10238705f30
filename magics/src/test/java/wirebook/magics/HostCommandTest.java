package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import wirebook.internet.Internets;
import wirebook.magics.dns.HostCommand;

/** What BIND's host 9.18 prints of the same answers. */
class HostCommandTest {
  private final Internets internets = new Internets("lab");
  private final TestCells cells = new TestCells(internets, Path.of("").toAbsolutePath());

  @AfterEach
  void close() throws IOException {
    internets.close();
  }

  private String host(String words) throws InterruptedException {
    cells.run(new HostCommand(), "%host " + words);
    return cells.printed();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "8.8.8.8 | 8.8.8.8.in-addr.arpa domain name pointer dns.google.",
        "-t LOC google.com | google.com has no LOC record",
        "nosuchname-xyz.com | Host nosuchname-xyz.com not found: 3(NXDOMAIN)",
        "-sN 1 -c IN google.com | google.com has address 142.250.185.78",
        "a..b | host: 'a..b' is not a legal name (empty label)",
        "8.8.8 | Host 8.8.8 not found: 3(NXDOMAIN)",
        "-t foo google.com | host: invalid type: foo",
        "-c foo google.com | host: invalid class: foo",
        "-V | host 9.18.49-1~deb12u3-Debian",
        "google.com nosuch.invalid | host: couldn't get address for 'nosuch.invalid': not found",
        "-t CAA google.com | google.com has CAA record 0 issue \"pki.goog\"",
        "-t HTTPS google.com | google.com has HTTPS record 1 . alpn=\"h2,h3\"",
        "-t SOA google.com | google.com has SOA record ns1.google.com. dns-admin.google.com."
            + " 858213000 900 900 1800 60",
      })
  void oneRecordIsOneSentence(String words, String line) throws Exception {
    assertThat(host(words)).isEqualTo(line + "\n");
  }

  @Test
  void aNameHasItsAddressesAndItsMailHosts() throws Exception {
    assertThat(host("google.com"))
        .isEqualTo(
            """
            google.com has address 142.250.185.78
            google.com has IPv6 address 2a00:1450:4001:82a::200e
            google.com mail is handled by 10 smtp.google.com.
            """);
    assertThat(host("www.github.com"))
        .isEqualTo(
            """
            www.github.com is an alias for github.com.
            github.com has address 140.82.121.3
            github.com mail is handled by 1 aspmx.l.google.com.
            """);
  }

  @Test
  void whoRefusesIsAskedTwiceAndToldOfAsHostDoes() throws Exception {
    String udp = ";; communications error to 192.0.2.20#9: connection refused\n";
    String end = ";; no servers could be reached\n";
    assertThat(host("-p 9 google.com 192.0.2.20")).isEqualTo(udp + udp + end);
    assertThat(host("-R 2 -p 9 google.com 192.0.2.20")).isEqualTo(udp + udp + udp + end);
    String tcp =
        ";; Connection to 192.0.2.20#9(192.0.2.20) for google.com failed: connection refused.\n";
    assertThat(host("-l -p 9 google.com 192.0.2.20")).isEqualTo(tcp + end + tcp + end);
  }

  @Test
  void aServerThatWasNamedIsToldOfFirst() throws Exception {
    assertThat(host("-t A google.com 1.1.1.1"))
        .isEqualTo(
            """
            Using domain server:
            Name: 1.1.1.1
            Address: 1.1.1.1#53
            Aliases: \n
            google.com has address 142.250.185.78
            """);
  }

  @Test
  void aWholeMessageIsPrintedWhenAllIsWanted() throws Exception {
    assertThat(host("-a -t TXT class.example").replaceAll("id: [0-9]+", "id: 1"))
        .matches(
            """
            Trying "class.example"
            ;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1
            ;; flags: qr rd ra; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0

            ;; QUESTION SECTION:
            ;class.example.\t\t\tIN\tTXT

            ;; ANSWER SECTION:
            class.example.\t\t3600\tIN\tTXT\t"v=spf1 mx -all"

            Received 58 bytes from 198.51.100.53#53 in [0-9]+ ms
            """);
    assertThat(host("-v class.example")).containsPattern("(?s)IN\\tA\n.*IN\\tAAAA\n.*IN\\tMX\n");
    assertThat(host("-a nothing.class.example"))
        .contains("Host nothing.class.example not found: 3(NXDOMAIN)\nReceived ");
  }

  @Test
  void theServersOfAZoneAreComparedByTheirSoa() throws Exception {
    assertThat(host("-C class.example").lines().filter(l -> l.startsWith("\t")))
        .hasSize(4)
        .containsOnly(
            "\tclass.example has SOA record ns1.class.example. hostmaster.class.example."
                + " 2026010101 7200 3600 1209600 300");
    assertThat(host("-C class.example"))
        .contains("Nameserver 203.0.113.53:\n", "Nameserver 2001:db8:113::53:\n");
  }

  @Test
  void aZoneIsListedByATransfer() throws Exception {
    assertThat(host("-l class.example 203.0.113.53"))
        .startsWith("Using domain server:\nName: 203.0.113.53\n")
        .contains("\nclass.example name server ns1.class.example.\n")
        .contains("\nmail.class.example has address 203.0.113.25\n")
        .doesNotContain("SOA", "mail is handled");
    assertThat(host("-lt MX class.example 203.0.113.53"))
        .endsWith("Aliases: \n\nclass.example mail is handled by 10 mail.class.example.\n");
    assertThat(host("-l com a.gtld-servers.net")).endsWith("; Transfer failed.\n");
  }

  @Test
  void aLabelThatIsTooLongIsRefused() throws Exception {
    String label = "a".repeat(64);
    assertThat(host(label + ".com"))
        .isEqualTo("host: '" + label + ".com' is not a legal name (label too long)\n");
  }

  @Test
  void anUnknownOptionIsRefused() {
    assertThat(cells.complaint(new HostCommand(), "%host -z google.com").diagnostic().id())
        .isEqualTo("HOST001");
  }
}

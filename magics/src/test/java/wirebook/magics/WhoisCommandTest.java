package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import wirebook.engine.whois.WhoisLookup;
import wirebook.internet.Internets;
import wirebook.magics.dns.WhoisCommand;
import wirebook.magics.lab.ZoneCommand;

/** What Debian's whois prints, and whom it asks. */
class WhoisCommandTest {
  private final Internets internets = new Internets("lab");
  private final TestCells cells = new TestCells(internets, Path.of("").toAbsolutePath());

  @AfterEach
  void close() throws IOException {
    internets.close();
  }

  private WhoisLookup whois(String words) throws InterruptedException {
    return (WhoisLookup) cells.run(new WhoisCommand(), "%whois " + words);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "google.com      | domain google.com | whois.verisign-grs.com whois.markmonitor.com",
        "example.com.    | domain example.com | whois.verisign-grs.com whois.iana.org",
        "ns1.google.com  | ns1.google.com   | whois.verisign-grs.com",
        "wikipedia.org   | org | whois.iana.org whois.publicinterestregistry.org",
        "class.example   | example | whois.iana.org whois.nic.example",
        "com             | com | whois.iana.org whois.iana.org",
        "-I github.com   | github.com | whois.iana.org whois.verisign-grs.com",
        "8.8.8.8         | 8.8.8.8 | whois.iana.org whois.arin.net",
        "AS15169         | AS15169 | whois.iana.org whois.arin.net",
        "185.15.59.224   | 185.15.59.224 | whois.iana.org whois.ripe.net",
        "2001:4860::1    | 2001:4860::1 | whois.iana.org whois.arin.net",
        "-h whois.iana.org nl | nl | whois.iana.org",
      })
  void theRightServersAreAsked(String words, String first, String servers) throws Exception {
    WhoisLookup lookup = whois(words);

    assertThat(lookup.replies())
        .extracting(WhoisLookup.Reply::server)
        .containsExactly(servers.split(" "));
    assertThat(lookup.replies().getFirst().query()).isEqualTo(first);
    assertThat(lookup.exitCode()).isZero();
  }

  @Test
  void aRegistryTellsRegistrarDatesServersAndDnssec() throws Exception {
    WhoisLookup lookup = whois("example.com");

    assertThat(cells.printed())
        .startsWith("   Domain Name: EXAMPLE.COM\n   Registrar WHOIS Server: whois.iana.org\n")
        .contains("   Creation Date: 1995-08-14T04:00:00Z\n")
        .contains("   Name Server: A.IANA-SERVERS.NET\n   Name Server: B.IANA-SERVERS.NET\n")
        .contains("   DNSSEC: signedDelegation\n   DNSSEC DS Data: ")
        .contains("domain:       EXAMPLE.COM\n");
    assertThat(lookup.replies().getFirst().fields("name server")).hasSize(2);
    assertThat(lookup.field("organisation")).contains("Internet Assigned Numbers Authority");
  }

  @Test
  void aStudentsZoneIsRegisteredFromTheMomentItIsPublished() throws Exception {
    whois("shop.example");
    assertThat(cells.printed()).startsWith("Domain not found.\n");

    cells.run(
        new ZoneCommand(),
        "%%zone shop.example\n@ 300 SOA ns1 host 1 2 3 4 5\n@ NS ns1\nns1 A 203.0.113.77\n");
    WhoisLookup lookup = whois("shop.example");

    assertThat(lookup.field("Name Server")).contains("ns1.shop.example");
    assertThat(lookup.field("Creation Date").orElseThrow()).matches("20..-.*Z");
    assertThat(lookup.field("DNSSEC")).contains("unsigned");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "foo@example.com | 1 | No whois server is known for this kind of object.",
        "nosuchhandle    | 1 | No whois server is known for this kind of object.",
        "198.18.0.1      | 1 | Unknown AS number or IP network. Please upgrade this program.",
        "-h nosuch.example x.com | 2 | getaddrinfo(nosuch.example): Name or service not known",
        "-p 44 google.com        | 2 | connect: Connection refused",
      })
  void whatCannotBeAskedIsSaidAsTheToolSaysIt(String words, int exit, String line)
      throws Exception {
    WhoisLookup lookup = whois(words);

    assertThat(cells.printed().stripTrailing()).isEqualTo(line);
    assertThat(lookup.exitCode()).isEqualTo(exit);
  }

  @Test
  void legalNoticesAreHidden() throws Exception {
    whois("-H google.com");

    assertThat(cells.printed()).doesNotContain("TERMS OF USE").contains("Registrant Organization");
  }

  @Test
  void aNameThatTheLabLacksIsNotSaidToBeFree() throws Exception {
    whois("bbc.com");

    assertThat(cells.printed()).startsWith("No match for domain \"BBC.COM\".\n");
    assertThat(cells.shown()).singleElement().asString().contains("bbc.com is not in the lab");
  }

  @Test
  void aServerOfTheLabIsNotSaidToBeMissing() throws Exception {
    whois("-h whois.arin.net 8.8.8.8");

    assertThat(cells.printed()).contains("NetName:        GOGL\n");
    assertThat(cells.shown()).isEmpty();
  }

  @Test
  void aServerOnThisMachineIsReferredTo() throws Exception {
    try (ServerSocket registry = new ServerSocket(0, 0, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual()
          .start(
              () -> {
                try (Socket client = registry.accept()) {
                  InputStream in = client.getInputStream();
                  StringBuilder query = new StringBuilder();
                  for (int c = in.read(); c != '\n'; c = in.read()) {
                    query.append((char) c);
                  }
                  client
                      .getOutputStream()
                      .write(
                          ("you said " + query.toString().strip() + "\r\n\u001b[31mred\r\nend")
                              .getBytes(StandardCharsets.UTF_8));
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      whois("-h 127.0.0.1 -p " + registry.getLocalPort() + " bücher.example");
    }

    assertThat(cells.printed()).isEqualTo("you said xn--bcher-kva.example\n␛[31mred\nend\n");
  }
}

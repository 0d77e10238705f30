package wirebook.internet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Name;
import wirebook.engine.dns.delv.Delv;
import wirebook.engine.dns.dig.DigHost;
import wirebook.engine.dns.server.ZoneText;
import wirebook.internet.time.LabClock;
import wirebook.internet.zones.Damage;
import wirebook.net.RealNetwork;
import wirebook.peer.Peer;

/** The same words to BIND's delv and to ours, at the lab's resolver on a loopback port. */
@Peer(value = "delv", of = "bind9-dnsutils")
class DelvDifferentialIT {
  private final Lab lab =
      Internets.lab(
          LabClock.standing(Instant.now().truncatedTo(java.time.temporal.ChronoUnit.SECONDS)));
  @TempDir private Path folder;
  private int port;

  @BeforeEach
  void listen() throws Exception {
    port =
        lab.ports().listen().entrySet().stream()
            .filter(e -> lab.world().resolver().filter(e.getKey()::equals).isPresent())
            .findFirst()
            .orElseThrow()
            .getValue();
    String[] ds = lab.zones().trustAnchor().trim().split("\\s+");
    Files.writeString(
        folder.resolve("keys"),
        "trust-anchors { . static-ds %s %s %s \"%s\"; };\n".formatted(ds[4], ds[5], ds[6], ds[7]));
  }

  @AfterEach
  void close() throws Exception {
    lab.close();
  }

  private List<String> words(String line) {
    List<String> words =
        new ArrayList<>(List.of("@127.0.0.1", "-p", Integer.toString(port), "-a", "keys"));
    words.addAll(List.of(line.split(" ")));
    return words;
  }

  /** Asked again while it gives up, as it does after ten seconds on a busy machine. */
  private String theirs(String line) throws Exception {
    String said = asked(line);
    for (int i = 0; i < 5 && said.contains("timed out"); i++) {
      said = asked(line);
    }
    return said;
  }

  private String asked(String line) throws Exception {
    List<String> command = words(line);
    command.addFirst("delv");
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return Files.readString(err) + "----\n" + Files.readString(out);
  }

  private String ours(String line) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Delv.run(
        words(line),
        new DigHost(
            new RealNetwork(),
            InputStream.nullInputStream(),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            folder,
            Map.of()),
        lab.zones().trustAnchor());
    return err.toString(StandardCharsets.UTF_8) + "----\n" + out.toString(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "example.com",
        "google.com",
        "google.com AAAA",
        "example.com MX",
        "example.com TXT +short",
        "example.com +short",
        "nosuch.example.com",
        "nosuch.example.com +short",
        "example.com LOC",
        "www.iana.org",
        "www.iana.org +short",
        "www.github.com",
        "example.com DNSKEY",
        "example.com DNSKEY +multiline",
        "example.com DNSKEY +nocrypto +norrcomments",
        "com DS",
        ". SOA +multiline",
        ". NS",
        "nosuch-xyz.com",
        "google.com LOC",
        "nosuch.google.com",
        "foo.bar.nosuchtld",
        "-x 8.8.8.8",
        "-i example.com",
        "+noroot example.com",
        "example.com NS +notrust +nodnssec +nottl +noclass",
        "example.com SOA +noall",
        "class.example A +nottl",
        "www.class.example +split=16",
        "example.com +unknownformat",
        "wikipedia.de",
        "x..com",
        "+root=example example.com",
        "class.example +rtrace",
        "google.com +rtrace",
        "example.com +vtrace",
        "class.example CH TXT",
        "-x 300.1.1.1",
        "nosuch.tld",
        "nosuch.arpa",
        "com LOC",
        "-i www.github.com",
      })
  void itPrintsTheSame(String line) throws Exception {
    String theirs = theirs(line);
    assertThat(ours(line)).isEqualTo(theirs);
  }

  private void publish(String zone, boolean sign) throws Exception {
    ZoneText text = ZoneText.parse(zone, Name.fromString("mine.example."));
    lab.publish(((ZoneText.Good) text).zone(), sign);
  }

  /** The CNAME that a DNAME makes has no signature of its own (RFC 6672, 5.3.1). */
  @ParameterizedTest
  @CsvSource({
    "true, k.e.mine.example",
    "true, k.e.mine.example +vtrace",
    "true, k.e.mine.example +rtrace",
    "true, k.e.mine.example CNAME",
    "true, k.e.mine.example MX",
    "true, nosuch.e.mine.example",
    "true, a.k.e.mine.example",
    "true, e.mine.example DNAME",
    "true, -i k.e.mine.example",
    "true, k.e.mine.example +cd +short",
    "false, k.e.mine.example",
    "false, -i k.e.mine.example",
  })
  void belowADnameItPrintsTheSame(boolean sign, String line) throws Exception {
    publish(
        """
            @ 300 IN SOA ns1 h 5 7200 1800 1209600 300
            @ 300 IN NS ns1
            ns1 300 IN A 203.0.113.60
            e 300 IN DNAME v
            k.v 300 IN A 203.0.113.61
            """,
        sign);
    itPrintsTheSame(line);
  }

  @ParameterizedTest
  @CsvSource({
    "1 0 0 -, nosuch.mine.example",
    "1 0 5 aabb, nosuch.mine.example",
    "1 0 5 aabb, www.mine.example MX",
    "1 0 5 aabb, empty.mine.example",
    "1 0 5 aabb, any.wild.mine.example TXT",
    "1 0 5 aabb, any.wild.mine.example MX",
    "1 0 5 aabb, cut.mine.example DS",
    "1 0 5 aabb, mine.example NSEC3PARAM",
  })
  void aZoneWithParametersIsDeniedByHash(String parameters, String line) throws Exception {
    publish(
        """
            @ 300 IN SOA ns1 h 5 7200 1800 1209600 300
            @ 300 IN NS ns1
            @ 0 IN NSEC3PARAM %s
            ns1 300 IN A 203.0.113.60
            www 300 IN A 203.0.113.61
            a.empty 300 IN A 203.0.113.61
            *.wild 300 IN TXT "x"
            cut 300 IN NS ns1.cut
            ns1.cut 300 IN A 203.0.113.62
            """
            .formatted(parameters),
        /* sign= */ true);
    String theirs = theirs(line);
    assertThat(theirs).contains("fully validated").doesNotContain(" NSEC ");
    assertThat(ours(line)).isEqualTo(theirs);
  }

  @ParameterizedTest
  @CsvSource({
    "EXPIRED, example.com +cd",
    "EXPIRED, example.com +cd +vtrace",
    "EXPIRED, nosuch.example.com +cd",
    "EXPIRED, example.com",
    "EXPIRED, -i example.com +cd",
    "ROLLED, example.com +cd",
    "ROLLED, example.com +cd +vtrace",
    "ROLLED, nosuch.example.com +cd",
    "FORGED, example.com +cd",
    "FORGED, example.com MX +cd +vtrace",
    "FORGED, nosuch.example.com +cd",
    "UNSIGNED, example.com +cd",
    "UNSIGNED, -i example.com +cd",
  })
  void whatIsBogusIsRefusedInTheSameWords(Damage damage, String line) throws Exception {
    lab.zones().damage(Name.fromString("example.com."), damage);
    itPrintsTheSame(line);
  }
}

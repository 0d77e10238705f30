package wirebook.engine.dns.dig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.engine.dns.RecordType;
import wirebook.net.RealNetwork;
import wirebook.net.ToolExit;
import wirebook.trace.Bytes;

class DigParserTest {
  private final ByteArrayOutputStream text = new ByteArrayOutputStream();
  private final PrintStream stream = new PrintStream(text, true, StandardCharsets.UTF_8);
  private final DigHost host =
      new DigHost(
          new RealNetwork(), InputStream.nullInputStream(), stream, stream, Path.of(""), Map.of());

  private Session parse(String... words) {
    return parse(List.of(words));
  }

  private Session parse(List<String> words) {
    Session session = new Session("dig", new DigOutput(stream, stream), Bytes.utf8("12345678"));
    new DigParser(session, host, new Hosts(host.network())).parse(words);
    return session;
  }

  private Lookup only(String... words) {
    Session session = parse(words);
    assertThat(session.queue).hasSize(1);
    return session.queue.getFirst();
  }

  @Test
  void withoutANameTheRootsServersAreAskedFor() {
    Lookup lookup = only("@127.0.0.1");
    assertThat(lookup.text).isEqualTo(".");
    assertThat(lookup.type).isEqualTo(RecordType.NS);
  }

  @Test
  void aTypeMayStandBeforeOrBehindTheName() {
    assertThat(only("mx", "example.com").type).isEqualTo(RecordType.MX);
    assertThat(only("example.com", "mx").type).isEqualTo(RecordType.MX);
  }

  @Test
  void optionsBeforeTheFirstNameHoldForAllAndThoseBehindForTheirs() {
    Session session = parse("+tcp", "a.example", "+nocookie", "b.example", "+norecurse");
    Lookup a = session.queue.removeFirst();
    Lookup b = session.queue.removeFirst();
    assertThat(List.of(a.tcp, b.tcp)).containsExactly(true, true);
    assertThat(List.of(a.sendCookie, b.sendCookie)).containsExactly(false, true);
    assertThat(List.of(a.recurse, b.recurse)).containsExactly(true, false);
  }

  @Test
  void anAddressIsTurnedRound() {
    assertThat(only("-x", "192.0.2.1").text).isEqualTo("1.2.0.192.in-addr.arpa.");
    assertThat(only("-x", "192.0.2").text).isEqualTo("2.0.192.in-addr.arpa.");
    assertThat(only("-x", "2001:db8::1").text).endsWith("8.b.d.0.1.0.0.2.ip6.arpa");
  }

  @ParameterizedTest
  @ValueSource(strings = {"+shor", "+short"})
  void anOptionMayBeCutShortWhereItStaysPlain(String option) {
    assertThat(parse(option, "a.example").shortForm).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"+sho", "+shorts", "+SHORT", "+nosuch", "-Z", "+time", "+tls-ke"})
  void anythingElseIsAnInvalidOption(String option) {
    assertThatExceptionOfType(ToolExit.class)
        .isThrownBy(() -> parse(option, "a.example"))
        .satisfies(exit -> assertThat(exit.status()).isEqualTo(1));
    assertThat(text.toString(StandardCharsets.UTF_8)).contains("Invalid option: ", "Usage:  dig");
  }

  @Test
  void everyOptionIsFoundByItsOwnNames() {
    for (DigOption option : DigOption.values()) {
      for (String name : option.names()) {
        assertThat(DigOption.of(name)).as(name).isEqualTo(Optional.of(option));
      }
    }
  }

  /** One that changed nothing would be advertised and accepted, and do nothing. */
  @Test
  void everyOptionHasAnEffectOrIsSaidToHaveNone() throws IllegalAccessException {
    String usual = settings("").orElseThrow();
    for (DigOption option : DigOption.values()) {
      String name = option.names().getFirst();
      if (option.isObsolete()) {
        text.reset();
        assertThat(settings("+" + name)).as(name).hasValue(usual);
        assertThat(text.toString(StandardCharsets.UTF_8)).contains("+" + name + " option is ");
        continue;
      }
      List<Optional<String>> found = new ArrayList<>();
      for (String value : List.of("", "=/x", "=7", "=8:00", "=a.example", "=192.0.2.0/24")) {
        found.add(settings("+" + name + value));
        found.add(settings("+no" + name + value));
      }
      assertThat(found).as(name).anyMatch(s -> s.filter(now -> !now.equals(usual)).isPresent());
    }
  }

  /** All that is set with an option; empty when it is refused. */
  private Optional<String> settings(String option) throws IllegalAccessException {
    Session session;
    try {
      session = parse(option.isEmpty() ? List.of("a.") : List.of(option, "a."));
    } catch (ToolExit refused) {
      return Optional.empty();
    }
    session.queue.forEach(l -> l.banner = "");
    StringBuilder all = new StringBuilder();
    for (Object each : List.of(session, session.queue.getLast())) {
      for (Field field : each.getClass().getDeclaredFields()) {
        if (!List.of("queue", "output").contains(field.getName())) {
          all.append(field.getName()).append('=').append(field.get(each)).append('\n');
        }
      }
    }
    return Optional.of(all.toString());
  }

  @Test
  void aQueryCanBeSignedAsOfAnotherTime() {
    String[] words = {"-y", "hmac-sha256:k:AAAAAAAAAAAAAAAAAAAAAA==", "", "a.example"};
    words[2] = "+fuzztime=100";
    assertThat(signed(words)).contains(" 100 300 32 ");
    words[2] = "+fuzztime";
    assertThat(signed(words)).contains(" 1646972129 300 32 ");
  }

  private String signed(String... words) {
    Session session = parse(words);
    Lookup lookup = session.queue.getFirst();
    QuerySetUp setUp = new QuerySetUp(session, host.network().clock());
    return setUp.setUp(lookup).orElseThrow().query.message().tsig().orElseThrow().text();
  }

  @Test
  void aKeyFileOfOlderToolsIsReadByAnyOfItsNames(@TempDir Path folder) throws IOException {
    Files.writeString(
        folder.resolve("Ktkey.example.+163+00001.key"),
        "; made by hand\ntkey.example. IN KEY 512 3 163 AAECAwQFBgcICQoLDA0ODw==\n");
    for (String name : List.of("", ".key", ".private")) {
      Session session = parse("-k", folder.resolve("Ktkey.example.+163+00001") + name, "a.example");
      assertThat(session.key).as(name).isPresent();
      assertThat(session.key.orElseThrow().toString()).contains("tkey.example");
    }
  }

  @Test
  void aKeyPairIsRefusedInWordsAndNothingIsSentUnsigned(@TempDir Path folder) throws IOException {
    Files.writeString(
        folder.resolve("Khost.example.+013+00843.key"),
        "host.example. IN KEY 512 3 13 7nHsm/QuUQBEQRmvVeGC jAUrUzoqiicN2j==\n");
    assertThatExceptionOfType(ToolExit.class)
        .isThrownBy(
            () -> parse("-k", folder.resolve("Khost.example.+013+00843.key") + "", "a.example"));
    assertThat(text.toString(StandardCharsets.UTF_8)).contains("SIG(0), which is not supported");
  }
}

package wirebook.engine.dns.dig;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.net.RealNetwork;
import wirebook.peer.Peer;
import wirebook.peer.PeerPort;

/**
 * The same questions to BIND's own dig, as its version 9.18 prints: a name server with a record of
 * every type, and one that answers with what no name server should.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Peer(value = "dig", of = "bind9-dnsutils", version = "DiG 9.18", asked = "-v")
@Peer(value = "named", of = "bind9", version = "BIND 9.18", asked = "-v")
class DigDifferentialIT {
  private static final String CONFIGURATION =
      """
      options {
        directory "{directory}"; pid-file none; session-keyfile none;
        listen-on port {port} { 127.0.0.1; }; listen-on-v6 { none; };
        recursion no; empty-zones-enable no; dnssec-validation no; notify no;
        allow-transfer { any; }; check-names primary ignore; check-mx ignore;
        rrset-order { order none; }; answer-cookie no; server-id "ns-1";
      };
      controls { };
      zone "all.example" { type primary; file "all-types.zone"; check-integrity no; };
      """;

  private Path directory = Path.of("");
  private Optional<Process> named = Optional.empty();
  private Optional<Odd> odd = Optional.empty();
  private int port;

  @BeforeAll
  void startTheServers(@TempDir Path temporary) throws IOException {
    directory = temporary;
    try (InputStream zone = getClass().getResourceAsStream("all-types.zone")) {
      Files.copy(java.util.Objects.requireNonNull(zone), directory.resolve("all-types.zone"));
    }
    port = PeerPort.find();
    Path configuration = directory.resolve("named.conf");
    Files.writeString(
        configuration,
        CONFIGURATION
            .replace("{directory}", directory.toString())
            .replace("{port}", Integer.toString(port)));
    named =
        Optional.of(
            new ProcessBuilder("named", "-g", "-n", "1", "-c", configuration.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("named.log").toFile())
                .start());
    Awaitility.await()
        .until(() -> theirs("@127.0.0.1 all.example SOA +time=1 +tries=1").code() == 0);
    odd = Optional.of(new Odd());
  }

  @AfterAll
  void stopTheServers() {
    odd.ifPresent(Odd::close);
    named.ifPresent(
        process -> {
          process.destroy();
          process.onExit().orTimeout(10, TimeUnit.SECONDS).join();
        });
  }

  record Ran(String text, int code) {}

  private Optional<Ran> run(List<String> command) {
    try {
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().put("HOME", directory.toString());
      builder.environment().put("LC_ALL", "C.UTF-8");
      builder.environment().put("PATH", System.getenv("PATH") + ":/usr/sbin:/usr/local/sbin");
      Process process = builder.start();
      process.getOutputStream().close();
      byte[] text = process.getInputStream().readAllBytes();
      return Optional.of(new Ran(new String(text, StandardCharsets.UTF_8), process.waitFor()));
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  private List<String> words(String arguments, int serverPort) {
    List<String> words = new ArrayList<>(List.of("-p", Integer.toString(serverPort)));
    words.addAll(List.of(arguments.split(" ")));
    return words;
  }

  private Ran theirs(String arguments) {
    return theirs(arguments, port);
  }

  private Ran theirs(String arguments, int serverPort) {
    List<String> command = new ArrayList<>(List.of("dig"));
    command.addAll(words(arguments, serverPort));
    return run(command).orElseThrow();
  }

  private Ran ours(String arguments, int serverPort) throws InterruptedException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(text, true, StandardCharsets.UTF_8);
    DigHost host =
        new DigHost(
            new RealNetwork(),
            InputStream.nullInputStream(),
            stream,
            stream,
            directory,
            Map.of("HOME", directory.toString()));
    int code = Dig.dig(words(arguments, serverPort), host).exitCode();
    return new Ran(text.toString(StandardCharsets.UTF_8), code);
  }

  /** What differs from one run of dig to the next. */
  private static Ran normal(Ran ran) {
    return new Ran(
        ran.text()
            .replaceAll("(?m)^; <<>> .* <<>>", "; <<>> DiG <<>>")
            .replaceAll("\\bid: \\d+", "id: N")
            .replaceAll("(expected ID|got) \\d+", "$1 N")
            .replaceAll("COOKIE: [0-9a-f]+", "COOKIE: X")
            .replaceAll("Query time: \\d+", "Query time: N")
            .replaceAll("in \\d+ (ms|us)", "in N $1")
            .replaceAll("WHEN: .*", "WHEN: T")
            .replaceAll("_time: .*", "_time: T")
            .replaceAll("(hmac-sha256\\.) \\d+ 300 0 \\d+", "$1 T 300 0 N")
            .replaceAll("(?m)^[0-9a-f]{2} [0-9a-f]{2} ((?:[0-9a-f]{2} )+ +)..", "ID ID $1II"),
        ran.code());
  }

  private void same(String arguments, int serverPort) throws InterruptedException {
    assertThat(normal(ours(arguments, serverPort)))
        .isEqualTo(normal(theirs(arguments, serverPort)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "+noall +answer",
        "+multiline",
        "+short",
        "+unknownformat",
        "+yaml",
        "+nosplit",
        "+split=16",
        "+split=16 +multiline",
        "+nocrypto",
        "+nocrypto +multiline",
        "+rrcomments",
        "+multiline +norrcomments",
        "+ttlunits",
        "+nottl",
        "+noclass",
        "+nottl +noclass",
        "+expandaaaa",
        "+short +nosplit",
        "+multiline +unknownformat",
        "+onesoa +comments",
        "+qr",
        "+idnout",
        "+identify",
        "+short +identify",
      })
  void everyTypeIsShownAsDigShowsIt(String options) throws InterruptedException {
    same("@127.0.0.1 all.example AXFR " + options, port);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a.all.example",
        "a.all.example +tcp",
        "nosuch.all.example",
        "all.example SOA +multiline",
        "all.example ANY",
        "all.example IXFR=1",
        "aaaa.all.example AAAA +qr +yaml",
        "a.all.example +nsid +subnet=192.0.2.0/24 +padding=128 +qr",
        "a.all.example +edns=9",
        "a.all.example +noedns +aaflag +zflag +cdflag",
        "a.all.example +header-only +qr",
        "a.all.example +opcode=notify",
        "a.all.example +ednsopt=65001:0102 +ednsflags=0x10 +qr",
        "a.all.example ns1.all.example +short",
        "-x 192.0.2.1",
        "other.example",
        "cname.all.example MX +norecurse",
        "dname.all.example DNAME",
        "x.dname.all.example",
        "a..all.example",
        "+nosuch",
        "-Z",
        "a.all.example NOSUCH",
        "a.all.example -t nosuch",
        "+bufsize=x a.all.example",
        "+subnet=x a.all.example",
        "+ednsopt=zz a.all.example",
        "+retry a.all.example",
        "-c nosuch a.all.example",
        "\\027[31mred.all.example TXT",
        "-y hmac-sha256:k.example:c2VjcmV0LW9mLXNpeHRlZW4= a.all.example",
        "-y k.example:!!! a.all.example",
        "-k nosuch.key a.all.example",
      })
  void queriesAndComplaintsAreThoseOfDig(String arguments) throws InterruptedException {
    same("@127.0.0.1 " + arguments, port);
  }

  /** Every option there is, with and without "no" and a value. */
  static List<String> options() {
    List<String> options = new ArrayList<>();
    for (DigOption option : DigOption.values()) {
      // These ask the system's resolver, others than our server, or another port.
      if (option.names().getFirst().matches("trace|nssearch|dns64prefix|(http|tls).*|keepopen")) {
        continue;
      }
      for (String name : option.names()) {
        for (String form :
            List.of("+" + name, "+no" + name, "+" + name + "=1", "+" + name + "=x")) {
          options.add(form);
        }
      }
    }
    return options;
  }

  @ParameterizedTest
  @MethodSource("options")
  void everyOptionDoesWhatItDoesInDig(String option) throws InterruptedException {
    same("@127.0.0.1 +qr +time=2 +tries=1 " + option + " a.all.example", port);
  }

  @ParameterizedTest
  @ValueSource(strings = {"@", "@127.0.0.1 -m a.all.example", "@127.0.0.1 -p 0 a.all.example"})
  void whatIsOddOnTheCommandLineIsTakenAsDigTakesIt(String arguments) throws InterruptedException {
    same(arguments, port);
  }

  @Test
  void whatIsBeingDoneIsSaidInDigsOwnLines() throws InterruptedException {
    String arguments = "@127.0.0.1 -d a.all.example";
    List<String> theirs = theirs(arguments).text().lines().toList();
    List<String> debugging =
        ours(arguments, port).text().lines().takeWhile(l -> !l.isEmpty()).toList();
    assertThat(debugging)
        .contains("main parsing a.all.example", "recursive query", "sending a request")
        .allSatisfy(line -> assertThat(theirs).contains(line));
  }

  static List<String> oddReplies() {
    return List.copyOf(Odd.REPLIES.keySet());
  }

  @ParameterizedTest
  @MethodSource("oddReplies")
  void whatNoServerShouldAnswerIsShownAsDigShowsIt(String name) throws InterruptedException {
    int oddPort = odd.orElseThrow().socket.getLocalPort();
    for (String options : List.of("", " +nobesteffort", " +yaml", " +multiline")) {
      same("@127.0.0.1 " + name + " A +time=1 +tries=1" + options, oddPort);
    }
  }

  /** Answers a name with the reply that it stands for; {@code Q} is the question again. */
  private static final class Odd {
    private static final String A = "c00c 0001 0001 0000003c 0004 c0000201";
    static final Map<String, String> REPLIES =
        Map.ofEntries(
            Map.entry("empty", "8180 0001 0000 0000 0000 Q"),
            Map.entry("answer", "8180 0001 0001 0000 0000 Q" + A),
            Map.entry("trailing", "8180 0001 0001 0000 0000 Q" + A + "000102"),
            Map.entry("one-more", "8180 0001 0001 0000 0000 Q" + A + "00"),
            Map.entry(
                "no-question",
                "8180 0000 0001 0000 0000 01 61 00 0001 0001 0000003c 0004 c0000201"),
            Map.entry("not-a-response", "0100 0001 0000 0000 0000 Q"),
            Map.entry("other-opcode", "a180 0001 0000 0000 0000 Q"),
            Map.entry("reserved-bit", "81d0 0001 0000 0000 0000 Q"),
            Map.entry("rcode-11", "818b 0001 0000 0000 0000 Q"),
            Map.entry(
                "self-pointer", "8180 0001 0001 0000 0000 Q c0ff 0001 0001 00000000 0004 01020304"),
            Map.entry(
                "label-type", "8180 0001 0001 0000 0000 Q 80 0001 0001 00000000 0004 01020304"),
            Map.entry("cut-in-name", "8180 0001 0001 0000 0000 Q 0361"),
            Map.entry("cut-in-header", "8180 0001 0001 0000 0000 Q c00c 0001"),
            Map.entry(
                "cut-in-data", "8180 0001 0001 0000 0000 Q c00c 0001 0001 00000000 0004 0102"),
            Map.entry(
                "short-address", "8180 0001 0001 0000 0000 Q c00c 0001 0001 00000000 0003 010203"),
            Map.entry(
                "long-address",
                "8180 0001 0001 0000 0000 Q c00c 0001 0001 00000000 0005 0102030405"),
            Map.entry(
                "other-class", "8180 0001 0001 0000 0000 Q c00c 0001 0003 00000000 0004 01610000"),
            Map.entry(
                "unknown-class",
                "8180 0001 0001 0000 0000 Q c00c 0001 0009 00000000 0004 01020304"),
            Map.entry("too-many-announced", "8180 0001 0005 0000 0000 Q" + A),
            Map.entry("two-questions", "8180 0002 0000 0000 0000 Q 0162 00 0001 0001"),
            Map.entry("twice-the-question", "8180 0002 0000 0000 0000 Q Q"),
            Map.entry("type-zero", "8180 0001 0001 0000 0000 Q c00c 0000 0001 00000000 0000"),
            Map.entry("md", "8180 0001 0001 0000 0000 Q c00c 0003 0001 0000003c 0002 c00c"),
            Map.entry(
                "nxt", "8180 0001 0001 0000 0000 Q c00c 001e 0001 0000003c 0007 016100 62000002"),
            Map.entry(
                "nxt-bad", "8180 0001 0001 0000 0000 Q c00c 001e 0001 0000003c 0004 016100 80"),
            Map.entry("null-empty", "8180 0001 0001 0000 0000 Q c00c 000a 0001 0000003c 0000"),
            Map.entry("txt-empty", "8180 0001 0001 0000 0000 Q c00c 0010 0001 0000003c 0000"),
            Map.entry(
                "txt-overlong", "8180 0001 0001 0000 0000 Q c00c 0010 0001 0000003c 0002 0541"),
            Map.entry(
                "naptr-compressed",
                "8180 0001 0001 0000 0000 Q c00c 0023 0001 0000003c 0009 00010001 00 00 00 c00c"),
            Map.entry(
                "nsec3-owner",
                "8180 0001 0000 0001 0000 Q 0178 00 0032 0001 0000003c 001c 01000000 00 14"
                    + " 0000000000000000000000000000000000000000 0001 40"),
            Map.entry(
                "rrsig-zero",
                "8180 0001 0001 0000 0000 Q c00c 002e 0001 0000003c 0014 0000 0d 01 0000003c"
                    + " 69000000 69000000 0001 00 01"),
            Map.entry(
                "tsig-in-answer",
                "8180 0001 0001 0000 0000 Q 00 00fa 00ff 00000000 0011 00 000000000000 012c 0000"
                    + " 0000 0000 0000"),
            Map.entry(
                "tsig-at-end",
                "8180 0001 0000 0000 0001 Q 00 00fa 00ff 00000000 0011 00 000000000000 012c 0000"
                    + " 0000 0010 0000"),
            Map.entry(
                "two-opt",
                "8180 0001 0000 0000 0002 Q 00 0029 04d0 00000000 0000 00 0029 0200 00000000 0000"),
            Map.entry("opt-in-answer", "8180 0001 0001 0000 0000 Q 00 0029 04d0 00000000 0000"),
            Map.entry("badvers", "8180 0001 0000 0000 0001 Q 00 0029 04d0 01000000 0000"),
            Map.entry("badcookie", "8187 0001 0000 0000 0001 Q 00 0029 04d0 01000000 0000"),
            Map.entry("rcode-4095", "818f 0001 0000 0000 0001 Q 00 0029 04d0 ff008001 0000"),
            Map.entry("formerr-plain", "8181 0001 0000 0000 0000 Q"),
            Map.entry(
                "ede",
                "8182 0001 0000 0000 0001 Q 00 0029 04d0 00000000 000c 000f 0008 0016 c3a9 1b5b"
                    + " 0041"),
            Map.entry(
                "ede-not-utf8",
                "8182 0001 0000 0000 0001 Q 00 0029 04d0 00000000 0008 000f 0004 0016 ffff"),
            Map.entry(
                "ede-short", "8182 0001 0000 0000 0001 Q 00 0029 04d0 00000000 0005 000f 0001 16"),
            Map.entry(
                "keepalive",
                "8180 0001 0000 0000 0001 Q 00 0029 04d0 00000000 0006 000b 0002 012c"),
            Map.entry(
                "llq",
                "8180 0001 0000 0000 0001 Q 00 0029 04d0 00000000 0016 0001 0012 0001 0002 0003"
                    + " ffffffffffffffff 00000e10"),
            Map.entry(
                "subnet-bad",
                "8180 0001 0000 0000 0001 Q 00 0029 04d0 00000000 0009 0008 0005 0001 08 09 ff"),
            Map.entry(
                "option-overlong",
                "8180 0001 0000 0000 0001 Q 00 0029 04d0 00000000 0005 0003 0009 41"),
            Map.entry(
                "other-cookie",
                "8180 0001 0000 0000 0001 Q 00 0029 04d0 00000000 000c 000a 0008 0102030405060708"),
            Map.entry(
                "short-cookie",
                "8180 0001 0000 0000 0001 Q 00 0029 04d0 00000000 0005 000a 0001 01"));

    private final DatagramSocket socket;

    Odd() throws IOException {
      socket = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.1"));
      Thread.ofVirtual().start(this::serve);
    }

    private void serve() {
      try {
        while (true) {
          DatagramPacket packet = new DatagramPacket(new byte[4096], 4096);
          socket.receive(packet);
          byte[] query = packet.getData();
          String name = new String(query, 13, query[12], StandardCharsets.US_ASCII);
          HexFormat hex = HexFormat.of();
          String question = hex.formatHex(query, 12, 12 + query[12] + 6);
          String reply = REPLIES.getOrDefault(name, "8180 0000 0000 0000 0000");
          byte[] bytes =
              hex.parseHex(
                  hex.formatHex(query, 0, 2) + reply.replace(" ", "").replace("Q", question));
          socket.send(new DatagramPacket(bytes, bytes.length, packet.getSocketAddress()));
        }
      } catch (IOException e) {
        if (!socket.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }

    void close() {
      socket.close();
    }
  }
}

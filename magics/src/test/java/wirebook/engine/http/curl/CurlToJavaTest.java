package wirebook.engine.http.curl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.HttpTransfer;

/** The code is run, and what the server got is compared with what curl sends. */
@Tag("slow")
class CurlToJavaTest {
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

  @TempDir Path directory;

  /** In a process of its own: it ends with the threads that an HttpClient leaves behind. */
  private final JShell shell = JShell.create();

  @BeforeEach
  void imports() {
    for (String name :
        List.of("java.io", "java.net", "java.net.http", "java.nio.file", "java.time")) {
      shell.eval("import " + name + ".*;");
    }
  }

  @AfterEach
  void end() {
    shell.close();
  }

  private CurlToJava.Translation translated(Setting setting, String... words) {
    return CurlToJava.translate(
        setting.environment(), Arrays.stream(words).map(ByteText::fromText).toList());
  }

  private void run(String code) {
    String rest = code;
    while (!rest.isBlank()) {
      SourceCodeAnalysis.CompletionInfo next = shell.sourceCodeAnalysis().analyzeCompletion(rest);
      for (SnippetEvent event : shell.eval(next.source())) {
        assertThat(event.status()).as(next.source()).isNotEqualTo(Snippet.Status.REJECTED);
        assertThat(event.exception()).as(next.source()).isNull();
      }
      rest = next.remaining();
    }
  }

  /** A request as its first line, its headers in any order and case, and its body. */
  private static List<String> comparable(String request) {
    String[] parts = request.split("\r\n\r\n", 2);
    String[] lines = parts[0].split("\r\n");
    TreeSet<String> headers = new TreeSet<>();
    for (int i = 1; i < lines.length; i++) {
      headers.add(
          ByteText.lower(lines[i])
              .replaceAll("-{24}[a-z0-9]{22}", "BOUNDARY")
              .replaceFirst(": *", ": "));
    }
    return List.of(
        lines[0], headers.toString(), parts[1].replaceAll("-{24}[A-Za-z0-9]{22}", "BOUNDARY"));
  }

  @Test
  @Timeout(120)
  void anExchangeAsJavaSendsItAgain() throws Exception {
    Setting setting = new Setting(directory);
    try (ScriptedServer server = new ScriptedServer(OK, OK)) {
      String url = server.url("/a|b?q=1");
      HttpTransfer value =
          setting.curl("-q", "-sS", "-X", "PUT", "-H", "X: a\"b\\", "-d", "it's\n\"1\"", url);
      run(value.exchanges().getFirst().asJava());
      List<String> sent = server.requests();
      assertThat(comparable(sent.get(1)))
          .isEqualTo(comparable(sent.get(0).replace("/a|b", "/a%7Cb")));
    }
  }

  @Test
  @Timeout(120)
  void theCodeSendsWhatCurlSends() throws IOException, InterruptedException {
    Files.writeString(directory.resolve("file"), "in a file\n\"\u00fc\"\\");
    Files.write(directory.resolve("bytes"), new byte[] {0, (byte) 0xff, (byte) 0xfe, 10, 13});
    Files.writeString(directory.resolve("large"), "0123456789".repeat(9000));
    for (String options :
        List.of(
            "",
            "-d a=b -d c=d",
            "--json {\"a\":1}",
            "-X DELETE",
            "-G -d q=1",
            "-u user:secret",
            "-H X-A:b -A me -e http://there/ -b k=v",
            "-F n=v -F f=@file",
            "-T " + directory.resolve("file"),
            "--oauth2-bearer token -r 0-3",
            "--data-binary @bytes",
            "--data-binary @large",
            "-F f=@bytes;type=a/b -H Content-Type:multipart/x",
            "-H X-Empty; -H Accept: -G --data-urlencode q=a|b",
            "-x PROXY -U me:secret",
            "--url-query a=b -f")) {
      try (ScriptedServer server = new ScriptedServer(OK)) {
        String all =
            "-q -sS " + options.replace("PROXY", server.url("")) + " " + server.url("/p?x=y");
        String[] words = all.split(" +");
        Setting setting = new Setting(directory);
        setting.curl(words);
        CurlToJava.Translation translation = translated(setting, words);
        assertThat(translation.exitCode()).isZero();
        run(translation.code());
        assertThat(server.requests()).as(options).hasSize(2);
        assertThat(comparable(server.requests().get(1)))
            .as(options)
            .isEqualTo(comparable(server.requests().get(0)));
      }
    }
  }

  @Test
  void whatHasNoCounterpartIsSaid() {
    assertThat(
            translated(
                    new Setting(directory),
                    "--digest",
                    "-u",
                    "a:b",
                    "--retry",
                    "2",
                    "-H",
                    "Host: other",
                    "http://x/")
                .code())
        .contains("// --digest: java.net.http has no Digest authentication")
        .contains("// --retry was left out")
        .contains("// java.net.http sets Host itself");
  }

  @Test
  void noOptionThatChangesTheRequestIsLeftOutInSilence() {
    assertThat(
            translated(
                    new Setting(directory),
                    "--tls-max",
                    "1.2",
                    "-4",
                    "--no-alpn",
                    "-s",
                    "--path-as-is",
                    "--no-path-as-is",
                    "https://x/")
                .code()
                .lines()
                .filter(line -> line.endsWith("was left out")))
        .containsExactly(
            "// --tls-max was left out", "// -4 was left out", "// --alpn was left out");
  }

  @Test
  void aHostileHeaderStaysAStringOrAComment() {
    String code =
        translated(
                new Setting(directory),
                "-H",
                "Host: \n\"); System.exit(1); //",
                "-d",
                "\"); System.exit(1); //\n",
                "http://x/")
            .code();
    assertThat(code).contains("ofString(\"\\\"); System.exit(1); //\\n\")");
    assertThat(code.lines()).noneMatch(line -> line.startsWith("\"); System"));
  }

  @Test
  void aMistakeIsCurls() {
    Setting setting = new Setting(directory);
    assertThat(translated(setting, "--nope").exitCode()).isEqualTo(2);
    assertThat(setting.err()).startsWith("curl: option --nope: is unknown\n");
    assertThat(translated(setting).exitCode()).isEqualTo(2);
  }
}

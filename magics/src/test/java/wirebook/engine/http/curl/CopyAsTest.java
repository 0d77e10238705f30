package wirebook.engine.http.curl;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.engine.http.HttpExchange;

/** What an exchange says of itself is run, and must send the same bytes. */
class CopyAsTest {
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

  @TempDir Path directory;

  /** The words that a POSIX shell makes of it. */
  private static String[] words(String command) throws Exception {
    Process shell =
        new ProcessBuilder("sh", "-c", "curl() { printf '%s\\0' \"$@\"; }\n" + command).start();
    String words = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(shell.waitFor()).isZero();
    // Behind the last word is nothing.
    return words.substring(0, words.length() - 1).split("\0", -1);
  }

  private HttpExchange again(String path, String... options) throws Exception {
    try (ScriptedServer server = new ScriptedServer(OK, OK)) {
      String[] command = Arrays.copyOf(options, options.length + 2);
      command[options.length] = "-qsSg";
      command[options.length + 1] = server.url(path);
      HttpExchange exchange = new Setting(directory).curl(command).exchanges().getFirst();
      new Setting(directory).curl(words("curl -q -sS " + exchange.asCurl().substring(5)));
      List<String> sent = server.requests();
      assertThat(sent).hasSize(2);
      assertThat(sent.get(1)).isEqualTo(sent.get(0));
      return exchange;
    }
  }

  @Test
  void anExchangeAsACommandOfCurlSendsTheSameBytes() throws Exception {
    again("/");
    again("/[a]{b}'?q=a%20b&x", "-H", "X-Quote: it's \"$HOME\" `id` !!");
    again("/", "-d", "a=b&c='d'");
    again("/", "-H", "Content-Type: application/json", "--data-raw", "@{\"a\":\n \"ü\"}\n");
    again("/", "-X", "DELETE", "-H", "Accept:", "-H", "User-Agent:", "-H", "Empty;");
    again("/", "-X", "PUT", "-d", "");
    again("/", "-0", "-H", "Content-Type:", "-d", "x");
  }

  @Test
  void aLoginGoesAlongAndIsNotShownToOthers() throws Exception {
    HttpExchange exchange =
        again("/", "-H", "Authorization: Basic dXNlcjpzZWNyZXQ=", "-H", "Cookie: session=1");
    assertThat(exchange.asCurl()).contains("Authorization: Basic", "session=1");
    HttpExchange open = exchange.withoutSecrets();
    assertThat(open.asCurl() + open.asJava() + open.asHttp())
        .doesNotContain("Authorization", "dXNlcjpzZWNyZXQ", "session", "user:");
  }

  @Test
  void aBodyThatIsNoTextIsAFileAndThatIsSaid() throws Exception {
    Files.write(directory.resolve("bytes"), new byte[] {0, (byte) 0xff});
    try (ScriptedServer server = new ScriptedServer(OK)) {
      HttpExchange exchange =
          new Setting(directory)
              .curl("-q", "-sS", "--data-binary", "@bytes", server.url("/"))
              .exchanges()
              .getFirst();
      assertThat(exchange.asCurl())
          .startsWith("# body.bin is to hold the body: 2 bytes")
          .endsWith("--data-binary @body.bin\n");
      assertThat(exchange.asJava()).contains("ofFile(Path.of(\"body.bin\"))");
      assertThat(exchange.asHttp()).contains("\n< ./body.bin\n");
    }
  }
}

package wirebook.engine.socket.calls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import org.junit.jupiter.api.Test;
import wirebook.engine.socket.SocketName;
import wirebook.trace.Bytes;
import wirebook.trace.IpText;

class CallParserTest {
  private final SystemCalls calls = new SystemCalls();

  private CallParser.Wrong wrong(String... words) {
    return catchThrowableOfType(
        CallParser.Wrong.class, () -> CallParser.parse(calls, List.of(words)));
  }

  @Test
  void aWrongWordIsNamedWithItsPlace() {
    assertThat(wrong("sokcet").word()).isZero();
    assertThat(wrong("sokcet").fix()).startsWith("one of socket, bind");
    assertThat(wrong("epoll_wait", "3").fix()).startsWith("poll FD:POLLIN");
    assertThat(wrong("dup2", "3", "4").fix()).contains("the same descriptor");
    assertThat(wrong("socket", "AF_INET", "STREM").word()).isEqualTo(2);
    assertThat(wrong("socket", "AF_INET", "stream", "tcp", "more"))
        .hasMessageContaining("nothing more");
    assertThat(wrong("bind")).hasMessage("bind needs a descriptor");
    assertThat(wrong("bind", "x")).hasMessage("x is no descriptor");
  }

  @Test
  void escapesAreThoseOfC() {
    assertThat(CallParser.unescape("a\\r\\n\\x41\\101\\0\\\\\\q"))
        .isEqualTo(Bytes.utf8("a\r\nAA\0\\\\q"));
  }

  @Test
  void addressesHaveReasonsToBeWrong() {
    assertThatThrownBy(() -> SocketName.parse("127.0.0.1")).hasMessageContaining("no port");
    assertThatThrownBy(() -> SocketName.parse("127.0.0.1:65536")).hasMessageContaining("65535");
    assertThatThrownBy(() -> SocketName.parse("::1:80")).hasMessageContaining("brackets");
    assertThatThrownBy(() -> SocketName.parse("httpbin.org:80")).hasMessageContaining("no names");
    assertThatThrownBy(() -> SocketName.parse("1.2.3.256:80")).hasMessageContaining("no address");
    assertThatThrownBy(() -> SocketName.parse("@" + "x".repeat(200))).hasMessageContaining("107");
    assertThat(SocketName.parse("*:80")).hasToString("0.0.0.0:80");
    assertThat(SocketName.parse("[::ffff:1.2.3.4]:80")).hasToString("[::ffff:1.2.3.4]:80");
  }

  @Test
  void addressesSurviveTheSystemsLayout() {
    for (String text : List.of("127.0.0.1:80", "[fe80::1]:65535", "/tmp/a", "@b")) {
      SocketName name = SocketName.parse(text);
      assertThat(SocketName.decode(name.encode())).as(text).hasToString(text);
    }
  }

  @Test
  void ipv6TextIsThatOfInetNtop() {
    for (String text :
        List.of(
            "::",
            "::1",
            "1::",
            "fe80::1:0:0:1",
            "1:0:0:2::3",
            "::ffff:1.2.3.4",
            "2001:db8::1:0",
            "1:2:3:4:5:6:7:8",
            "0:1:2:3:4:5:6:7")) {
      assertThat(IpText.of(IpText.parse(text))).isEqualTo(text);
      assertThat(IpText.ofBind(IpText.parse(text))).isEqualTo(text);
    }
    assertThat(IpText.of(IpText.parse("::102:304"))).isEqualTo("::1.2.3.4");
    assertThat(IpText.of(IpText.parse("::2"))).isEqualTo("::2");
    assertThat(IpText.ofBind(IpText.parse("::2"))).isEqualTo("::0.0.0.2");
  }

  @Test
  void stringsAreEscapedAndCutAsStraceDoes() {
    assertThat(Strace.string(Bytes.utf8("hi\1\0012\0\"\\\r\t\u000b\f")))
        .isEqualTo("\"hi\\1\\0012\\0\\\"\\\\\\r\\t\\v\\f\"");
    assertThat(Strace.string(Bytes.utf8("x".repeat(33))))
        .isEqualTo("\"" + "x".repeat(32) + "\"...");
  }
}

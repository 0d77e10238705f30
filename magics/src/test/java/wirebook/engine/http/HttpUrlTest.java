package wirebook.engine.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import wirebook.engine.http.HttpUrl.BadUrl;
import wirebook.engine.http.HttpUrl.Flag;
import wirebook.engine.http.HttpUrl.Problem;

class HttpUrlTest {
  private static final Set<Flag> CURL = EnumSet.of(Flag.GUESS_SCHEME, Flag.ANY_SCHEME);

  private static HttpUrl url(String text) throws BadUrl {
    return HttpUrl.parse(text, CURL);
  }

  private static String resolved(String base, String relative) throws BadUrl {
    return url(base).resolve(relative, CURL).text();
  }

  private static Problem problem(String text) {
    return catchThrowableOfType(BadUrl.class, () -> url(text)).problem();
  }

  @Test
  void everyPartIsFound() throws BadUrl {
    HttpUrl url = url("https://me:secret@host.example:8443/a/b?q=1&r#end");
    assertThat(url.scheme()).isEqualTo("https");
    assertThat(url.user()).contains("me");
    assertThat(url.password()).contains("secret");
    assertThat(url.host()).isEqualTo("host.example");
    assertThat(url.port()).hasValue(8443);
    assertThat(url.path()).isEqualTo("/a/b");
    assertThat(url.query()).contains("q=1&r");
    assertThat(url.fragment()).contains("end");
    assertThat(url.requestPath()).isEqualTo("/a/b");
  }

  @Test
  void aMissingSchemeIsGuessedAsHttp() throws BadUrl {
    assertThat(url("host/x").scheme()).isEqualTo("http");
    assertThat(url("host/x").schemeGuessed()).isTrue();
    assertThat(url("localhost:8080/x").effectivePort()).isEqualTo(8080);
  }

  @Test
  void anAbsentPathIsASlash() throws BadUrl {
    assertThat(url("http://host").requestPath()).isEqualTo("/");
    assertThat(url("http://host?q").requestPath()).isEqualTo("/");
    assertThat(url("http://host?q").query()).contains("q");
  }

  @Test
  void bytesOutsideOfAsciiAreEscapedInARequest() throws BadUrl {
    assertThat(url(ByteText.fromText("http://host/é")).requestPath()).isEqualTo("/%C3%A9");
  }

  @Test
  void defaultPortsFollowTheScheme() throws BadUrl {
    assertThat(url("http://h").effectivePort()).isEqualTo(80);
    assertThat(url("https://h").effectivePort()).isEqualTo(443);
    assertThat(url("wss://h").effectivePort()).isEqualTo(443);
  }

  @Test
  void dotsInPathsAreRemovedUnlessThePathStaysAsItIs() throws BadUrl {
    assertThat(url("http://h/a/./b/../c").path()).isEqualTo("/a/c");
    assertThat(url("http://h/../../x").path()).isEqualTo("/x");
    assertThat(url("http://h/a/%2e%2E/c").path()).isEqualTo("/c");
    assertThat(HttpUrl.parse("http://h/a/../c", Flag.PATH_AS_IS).path()).isEqualTo("/a/../c");
  }

  @Test
  void oddNumbersOfAnIpv4AddressAreNormalised() throws BadUrl {
    assertThat(url("http://0x7f.1/").host()).isEqualTo("127.0.0.1");
    assertThat(url("http://2130706433/").host()).isEqualTo("127.0.0.1");
    assertThat(url("http://0177.0.0.01/").host()).isEqualTo("127.0.0.1");
    assertThat(url("http://256.1.1.1/").host()).isEqualTo("256.1.1.1");
  }

  @Test
  void anIpv6AddressKeepsItsBracketsAndLosesItsZone() throws BadUrl {
    HttpUrl url = url("http://[fe80::1%25eth0]:81/");
    assertThat(url.host()).isEqualTo("[fe80::1]");
    assertThat(url.hostName()).isEqualTo("fe80::1");
    assertThat(url.zone()).contains("eth0");
    assertThat(url.effectivePort()).isEqualTo(81);
  }

  @Test
  void whatIsWrongIsNamed() {
    assertThat(problem("http://h:99999/")).isEqualTo(Problem.BAD_PORT_NUMBER);
    assertThat(problem("http://h:8x/")).isEqualTo(Problem.BAD_PORT_NUMBER);
    assertThat(problem("http://")).isEqualTo(Problem.NO_HOST);
    assertThat(problem("http://[::1/")).isEqualTo(Problem.BAD_IPV6);
    assertThat(problem("http://a b/")).isEqualTo(Problem.MALFORMED_INPUT);
    assertThat(problem("http://h/\u0001")).isEqualTo(Problem.MALFORMED_INPUT);
    assertThat(problem("http:////h/")).isEqualTo(Problem.BAD_SLASHES);
  }

  @Test
  void anUnknownSchemeIsNoMistakeOfThePerson() {
    BadUrl bad =
        catchThrowableOfType(BadUrl.class, () -> HttpUrl.parse("foo://h/", Flag.GUESS_SCHEME));
    assertThat(bad.problem().code()).isEqualTo(CurlCode.UNSUPPORTED_PROTOCOL);
  }

  @Test
  void relativeLinksResolve() throws BadUrl {
    assertThat(resolved("http://h/a/b?q", "c")).isEqualTo("http://h/a/c");
    assertThat(resolved("http://h/a/b?q", "/c")).isEqualTo("http://h/c");
    assertThat(resolved("http://h/a/b?q", "../c")).isEqualTo("http://h/c");
    assertThat(resolved("http://h/a/b?q", "?r")).isEqualTo("http://h/a/b?r");
    assertThat(resolved("https://h/a", "//other/x")).isEqualTo("https://other/x");
    assertThat(resolved("http://h/a", "https://o/")).isEqualTo("https://o/");
    assertThat(resolved("http://h", "c")).isEqualTo("http://h/c");
  }

  @Test
  void theSameOriginIsSchemeHostAndPort() throws BadUrl {
    assertThat(url("http://h/").sameOrigin(url("http://H:80/x"))).isTrue();
    assertThat(url("http://h/").sameOrigin(url("https://h/"))).isFalse();
    assertThat(url("http://h/").sameOrigin(url("http://h:81/"))).isFalse();
  }

  @Test
  void theTextComesBackAsItWas() throws BadUrl {
    for (String text :
        new String[] {
          "http://h/", "http://u:p@h:81/a?b#c", "https://[::1]:8/x?", "http://h/?a=%20"
        }) {
      assertThat(url(text).text(false, true)).isEqualTo(text);
    }
  }
}

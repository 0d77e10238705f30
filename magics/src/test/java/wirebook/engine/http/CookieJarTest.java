package wirebook.engine.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CookieJarTest {
  private static final Instant START = Instant.parse("2030-01-01T00:00:00Z");

  private Instant now = START;
  private final List<String> notes = new ArrayList<>();
  private final CookieJar jar = new CookieJar(() -> now, notes::add);

  @BeforeEach
  void run() {
    jar.run();
  }

  private void set(String header) {
    jar.set(header, "www.host.example", "/dir/page", false);
  }

  private String sent(String host, String path) {
    return jar.header(host, path, false, "").orElse("");
  }

  @Test
  void aCookieGoesBackToItsHostOnly() {
    set("a=b; path=/");
    assertThat(sent("www.host.example", "/")).isEqualTo("a=b");
    assertThat(sent("host.example", "/")).isEmpty();
    assertThat(sent("x.www.host.example", "/")).isEmpty();
  }

  @Test
  void aDomainOpensACookieToSubdomains() {
    set("a=b; path=/; domain=.host.example");
    assertThat(sent("host.example", "/")).isEqualTo("a=b");
    assertThat(sent("deep.www.host.example", "/")).isEqualTo("a=b");
    assertThat(sent("badhost.example", "/")).isEmpty();
  }

  @Test
  void aForeignDomainIsRefused() {
    set("a=b; domain=other.example");
    set("c=d; domain=example");
    assertThat(jar.cookies()).isEmpty();
    assertThat(notes).isNotEmpty();
  }

  @Test
  void nobodySetsCookiesForAPublicSuffix() {
    jar.set("a=b; domain=co.uk", "www.shop.co.uk", "/", false);
    jar.set("c=d; domain=github.io", "me.github.io", "/", false);
    assertThat(jar.cookies()).isEmpty();
    assertThat(notes)
        .contains("cookie 'a' dropped, domain 'www.shop.co.uk' must not set cookies for 'co.uk'");
    jar.set("e=f; domain=shop.co.uk; path=/", "www.shop.co.uk", "/", false);
    assertThat(sent("shop.co.uk", "/")).isEqualTo("e=f");
  }

  @Test
  void withoutAPathTheRequestsFolderCounts() {
    set("a=b");
    assertThat(sent("www.host.example", "/dir/other")).isEqualTo("a=b");
    assertThat(sent("www.host.example", "/dir")).isEqualTo("a=b");
    assertThat(sent("www.host.example", "/directory")).isEmpty();
    assertThat(sent("www.host.example", "/")).isEmpty();
  }

  @Test
  void longerPathsAreSentFirst() {
    set("root=1; path=/");
    set("deep=2; path=/dir");
    assertThat(sent("www.host.example", "/dir/x")).isEqualTo("deep=2; root=1");
  }

  @Test
  void theSameNameReplaces() {
    set("a=1; path=/");
    set("a=2; path=/");
    assertThat(sent("www.host.example", "/")).isEqualTo("a=2");
  }

  @Test
  void maxAgeWinsOverExpiresAndZeroDeletes() {
    set("a=1; path=/; expires=Thu, 01 Jan 2099 00:00:00 GMT; max-age=10");
    assertThat(jar.cookies().getFirst().expires()).isEqualTo(START.getEpochSecond() + 10);
    now = START.plusSeconds(11);
    assertThat(sent("www.host.example", "/")).isEmpty();
    set("b=1; path=/");
    set("b=1; path=/; max-age=0");
    assertThat(sent("www.host.example", "/")).isEmpty();
  }

  @Test
  void aSecureCookieNeedsASecureOriginAndStaysSecret() {
    set("a=1; path=/; secure");
    assertThat(jar.cookies()).isEmpty();
    jar.set("a=1; path=/; secure", "www.host.example", "/", true);
    assertThat(sent("www.host.example", "/")).isEmpty();
    assertThat(jar.header("www.host.example", "/", true, "")).contains("a=1");
  }

  @Test
  void prefixesAreKept() {
    jar.set("__Host-a=1; secure; path=/; domain=host.example", "www.host.example", "/", true);
    jar.set("__Secure-b=1; path=/", "www.host.example", "/", true);
    assertThat(jar.cookies()).isEmpty();
    jar.set("__Host-a=1; secure; path=/", "www.host.example", "/", true);
    assertThat(jar.cookies()).hasSize(1);
  }

  @Test
  void anAddressHasNoSubdomains() {
    jar.set("a=1; path=/; domain=127.0.0.1", "127.0.0.1", "/", false);
    assertThat(sent("127.0.0.1", "/")).isEqualTo("a=1");
    assertThat(sent("1.127.0.0.1", "/")).isEmpty();
  }

  @Test
  void controlBytesAreRefused() {
    set("a=b\u0001c");
    assertThat(jar.cookies()).isEmpty();
  }

  @Test
  void theFileReadsBackAsItWasWritten() {
    set("a=b; path=/; domain=host.example; max-age=1000");
    set("session=; path=/; HttpOnly");
    CookieJar other = new CookieJar(() -> now, notes::add);
    other.load(jar.file(), false);
    assertThat(other.file().lines())
        .containsExactlyInAnyOrderElementsOf(jar.file().lines().toList());
    assertThat(jar.file())
        .contains("#HttpOnly_www.host.example\tFALSE\t/\tFALSE\t0\tsession\t\n")
        .contains(".host.example\tTRUE\t/\tFALSE\t1893457000\ta\tb\n");
  }

  @Test
  void sessionCookiesOfAFileCanBeForgotten() {
    CookieJar other = new CookieJar(() -> now, notes::add);
    other.load("h\tFALSE\t/\tFALSE\t0\ts\tv\nh\tFALSE\t/\tFALSE\t4000000000\tk\tv\n", true);
    assertThat(other.header("h", "/", false, "")).contains("k=v");
  }

  @Test
  void aFileMayHoldHeaderLines() {
    CookieJar other = new CookieJar(() -> now, notes::add);
    other.load("Set-Cookie: a=b; domain=h.example; path=/\n", false);
    assertThat(other.header("h.example", "/", false, "x=y")).contains("a=b; x=y");
  }
}

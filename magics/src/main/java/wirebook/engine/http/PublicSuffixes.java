package wirebook.engine.http;

import okhttp3.HttpUrl;

/**
 * The domains under which anybody can register, for which nobody may set cookies: the list of
 * publicsuffix.org, which OkHttp has. Loaded at the first question.
 */
final class PublicSuffixes {
  private PublicSuffixes() {}

  /** Whether {@code domain}, which is no address, is such a one. */
  static boolean contains(String domain) {
    String name = domain.endsWith(".") ? domain.substring(0, domain.length() - 1) : domain;
    HttpUrl url = HttpUrl.parse("http://" + name + "/");
    return url != null && url.topPrivateDomain() == null;
  }
}

package wirebook.engine.http.client;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.HttpUrl;
import wirebook.engine.http.HttpUrl.BadUrl;
import wirebook.engine.http.HttpUrl.Flag;
import wirebook.engine.http.client.CallOptions.Follow;

/** Goes on to another URL, or once more to the same one (RFC 9110, section 15.4). */
final class Redirects {
  private final CallState t;

  Redirects(CallState state) {
    t = state;
  }

  enum FollowType {
    REDIRECT,
    RETRY,
    FAKE
  }

  int followed;

  // ---- going on to another URL --------------------------------------------------------------

  /** Returns whether what was said to the old server is no business of the new one. */
  boolean follow(String newUrl, FollowType wanted) throws HttpFailure {
    FollowType type = wanted;
    boolean maximum = false;
    if (type != FollowType.FAKE) {
      t.requests++;
    }
    if (type == FollowType.REDIRECT) {
      if (t.config.maxRedirects != -1 && followed >= t.config.maxRedirects) {
        maximum = true;
        type = FollowType.FAKE;
      } else {
        followed++;
        if (t.config.autoReferer) {
          try {
            t.referer =
                Optional.of(
                    HttpUrl.parse(t.url, Flag.ANY_SCHEME)
                        .withoutFragment()
                        .withUser(Optional.empty(), Optional.empty())
                        .text());
          } catch (BadUrl e) {
            throw new HttpFailure(CurlCode.OUT_OF_MEMORY);
          }
        }
      }
    }
    Set<Flag> flags = EnumSet.of(Flag.ALLOW_SPACE);
    switch (type) {
      case FAKE -> flags = EnumSet.of(Flag.ANY_SCHEME);
      case REDIRECT -> flags.add(Flag.ENCODE);
      case RETRY -> {
        // The same again.
      }
    }
    if (type != FollowType.FAKE && t.config.pathAsIs) {
      flags.add(Flag.PATH_AS_IS);
    }
    String target = newUrl;
    boolean elsewhere = false;
    try {
      HttpUrl next = t.target.resolve(newUrl, flags);
      target = next.text();
      elsewhere = !next.sameOrigin(t.target);
    } catch (BadUrl e) {
      if (type != FollowType.FAKE) {
        throw new HttpFailure(
            e.problem().code(),
            "The redirect target URL could not be parsed: " + e.problem().words());
      }
    }
    if (type == FollowType.FAKE) {
      t.info.redirectUrl = target;
      if (maximum) {
        throw new HttpFailure(
            CurlCode.TOO_MANY_REDIRECTS,
            "Maximum (" + t.config.maxRedirects + ") redirects followed");
      }
      return false;
    }
    t.url = target;
    t.info("Issue another request to this URL: '" + t.url + "'");
    int code = t.exchange.code;
    if (type == FollowType.REDIRECT || type == FollowType.RETRY) {
      boolean post = t.req == RequestKind.POST || t.req == RequestKind.MIME;
      if ((code == 301 && post && !t.config.post301)
          || (code == 302 && post && !t.config.post302)
          || (code == 303 && !(post && t.config.post303))) {
        switchToGet(code);
      }
    }
    t.info.timeRedirect = t.micros();
    t.info.sizeDownload = 0;
    t.info.sizeDelivered = 0;
    t.info.sizeUpload = 0;
    return elsewhere;
  }

  private void switchToGet(int code) {
    boolean custom = t.config.customRequest != null;
    if ((custom || t.req != RequestKind.GET) && t.config.follow == Follow.OBEY_CODE) {
      t.info("Switch to GET because of " + code + " response");
      t.ignoreCustom = true;
    } else if (custom) {
      t.info("Stick to " + t.config.customRequest + " instead of GET");
    }
    if (t.req != RequestKind.HEAD) {
      t.req = RequestKind.GET;
    }
    t.uploading = false;
    t.upload = new Upload.None();
    t.uploadUsed = false;
  }
}

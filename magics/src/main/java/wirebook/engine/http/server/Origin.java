package wirebook.engine.http.server;

import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import wirebook.engine.http.HttpUrl;

/**
 * Where a request began, as far as the proxies on its way are believed.
 *
 * @param client the address of the last one before those who are believed
 * @param scheme {@code http} or {@code https}, as that one asked
 * @param host whom that one asked
 */
public record Origin(String client, String scheme, String host) {
  /**
   * Goes back from the connection itself, hop by hop, as long as the one who speaks is trusted:
   * what anyone else says of hops before could be made up (RFC 7239 §8.1).
   */
  static Origin of(Request request, Set<String> trusted) {
    InetAddress peer = request.remote().getAddress();
    Origin origin =
        new Origin(
            peer == null ? request.remote().getHostString() : HttpUrl.text(peer),
            request.secure() ? "https" : "http",
            request.host());
    List<Forwarded> hops = Forwarded.of(request.headers());
    for (Forwarded hop : hops.reversed()) {
      if (!trusted.contains(origin.client()) || hop.address().isEmpty()) {
        break;
      }
      origin =
          new Origin(
              hop.address().get(),
              hop.scheme().orElse(origin.scheme()),
              hop.host().orElse(origin.host()));
    }
    return origin;
  }
}

package wirebook.engine.http.curl.options;

import java.util.List;

/** What this curl is, and whose behaviour it has. */
public final class CurlVersion {
  /** The version of curl whose behaviour is followed. */
  public static final String NUMBER = "8.17.0";

  /** The protocols that are spoken. */
  public static final List<String> PROTOCOLS = List.of("file", "http", "https", "ws", "wss");

  public static final String LIBRARY = "libcurl/" + NUMBER + " JSSE zlib brotli zstd (wirebook)";
  public static final String AGENT = "curl/" + NUMBER;

  private CurlVersion() {}

  public static String text() {
    return "curl "
        + NUMBER
        + " (wirebook, Java "
        + Runtime.version().feature()
        + ") "
        + LIBRARY
        + "\nRelease-Date: 2025-11-05\nProtocols: "
        + String.join(" ", PROTOCOLS)
        + "\n"
        + "Features: AsynchDNS brotli HSTS HTTP2 HTTPS-proxy IDN IPv6 Largefile libz PSL"
        + " SSL threadsafe UnixSockets zstd\n";
  }
}

package wirebook.engine.http.server;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What ties the requests together that one of a client's led to, through balancers and replicas
 * (W3C Trace Context, level 1).
 *
 * @param traceId the same on the whole way, 32 hex digits
 * @param flags as the client set them; 01 says that someone records it
 */
record TraceContext(String traceId, String flags) {
  private static final Pattern PARENT =
      Pattern.compile("[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2}).*");

  /** The one that a request came with, or a new one where it has none that is valid (§3.2.2.3). */
  static TraceContext of(Request request) {
    Matcher parent = PARENT.matcher(request.header("traceparent").orElse(""));
    return parent.matches()
        ? new TraceContext(parent.group(1), parent.group(2))
        : new TraceContext(randomHex(32), "01");
  }

  /** The field for the next hop, with an id of its own for this one. */
  String next() {
    return "00-" + traceId + "-" + randomHex(16) + "-" + flags;
  }

  /** Not all zeros, which would be no id (§3.2.2.3). */
  static String randomHex(int digits) {
    HexFormat format = HexFormat.of();
    StringBuilder hex = new StringBuilder(digits);
    while (hex.length() < digits) {
      hex.append(format.toHexDigits(ThreadLocalRandom.current().nextLong() | 1));
    }
    return hex.substring(hex.length() - digits);
  }
}

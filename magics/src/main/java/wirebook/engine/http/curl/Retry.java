package wirebook.engine.http.curl;

import java.util.Set;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.client.CallOptions.Fail;
import wirebook.engine.http.curl.options.Console;
import wirebook.engine.http.curl.options.CurlConfig;
import wirebook.engine.http.curl.options.CurlConfig.Method;
import wirebook.net.NetworkClock;

/** Whether a transfer that failed is tried again, as {@code --retry} and its kin have it. */
final class Retry {
  private static final long FIRST = 1000;
  private static final long LONGEST = 600_000;

  /** The answers of servers that may have another one later. */
  private static final Set<Integer> PASSING = Set.of(408, 429, 500, 502, 503, 504, 522, 524);

  private Retry() {}

  /** How long to wait before another try in milliseconds, -1 for none. */
  static long wait(Console console, NetworkClock clock, PlannedTransfer per, CurlCode result) {
    CurlConfig c = per.config;
    String reason = "";
    if (result == CurlCode.OPERATION_TIMEDOUT
        || result == CurlCode.COULDNT_RESOLVE_HOST
        || result == CurlCode.COULDNT_RESOLVE_PROXY) {
      reason = ": timeout";
    } else if (c.retryRefused && result == CurlCode.COULDNT_CONNECT) {
      reason = ": connection refused";
    } else if (PASSING.contains(per.info.responseCode)
        && (result == CurlCode.OK
            || (c.fail != Fail.NO && result == CurlCode.HTTP_RETURNED_ERROR))) {
      reason = ": HTTP error";
    }
    boolean http = reason.equals(": HTTP error");
    if (result != CurlCode.OK && reason.isEmpty() && c.retryAll) {
      reason = "(retrying all errors)";
    }
    if (reason.isEmpty()) {
      return -1;
    }
    long sleep = 0;
    if (http && per.info.retryAfter > 0) {
      sleep = per.info.retryAfter * 1000;
      if (c.retryMaxTime > 0
          && (clock.nanoTime() - per.retryStart) / 1_000_000 + sleep > c.retryMaxTime) {
        console.warn(
            "The Retry-After: time would make this command line exceed the maximum allowed time"
                + " for retries.");
        return -1;
      }
    }
    if (sleep == 0 && c.retryDelay == 0) {
      per.retrySleep = Math.min(per.retrySleep == 0 ? FIRST : per.retrySleep * 2, LONGEST);
    }
    if (sleep == 0) {
      sleep = per.retrySleep;
    }
    console.warn(
        "Problem %s. Retrying in %s second%s. %s left."
            .formatted(
                reason,
                sleep / 1000 + (sleep % 1000 == 0 ? "" : String.format(".%03d", sleep % 1000)),
                sleep == 1000 ? "" : "s",
                per.retriesLeft + (per.retriesLeft > 1 ? " retries" : " retry")));
    per.retriesLeft--;
    per.info.retries++;
    Output out = per.output;
    boolean resumable =
        c.resume
            && c.resumeFromCurrent
            && c.resumeFrom >= 0
            && out.initial == c.resumeFrom
            && out.bytes > 0
            && out.toFile()
            && c.customRequest == null
            && per.upload == null
            && (c.method == Method.UNSPECIFIED || c.method == Method.GET)
            && result != CurlCode.WRITE_ERROR
            && result != CurlCode.RANGE_ERROR;
    boolean ranges =
        (per.info.responseCode == 206 && c.resumeFrom != 0)
            || (per.info.responseCode == 200
                && per.info.header("Accept-Ranges", -1).filter("bytes"::equals).isPresent());
    if (resumable && ranges) {
      console.note("Keeping " + out.bytes + " bytes");
      out.initial += out.bytes;
      out.bytes = 0;
      c.resumeFrom = out.initial;
    } else if (out.bytes > 0 && out.toFile()) {
      console.note("Throwing away " + out.bytes + " bytes");
      if (!out.truncate()) {
        console.error("Failed to truncate file");
        return -1;
      }
    }
    return sleep;
  }
}

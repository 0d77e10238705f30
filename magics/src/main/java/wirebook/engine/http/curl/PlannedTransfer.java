package wirebook.engine.http.curl;

import org.jspecify.annotations.Nullable;
import wirebook.engine.http.client.TransferInfo;
import wirebook.engine.http.curl.options.CurlConfig;

/** One transfer with its output and its retries. */
final class PlannedTransfer {
  final CurlConfig config;
  final TransferInfo info;
  final Output output;
  String url = "";
  @Nullable String upload;
  @Nullable String outFile;
  boolean skip;
  int retriesLeft;
  long retrySleep;
  long retryStart;

  /** When it is tried again in milliseconds, -1 for never. */
  long retryIn = -1;

  boolean configured;
  boolean first;

  PlannedTransfer(CurlConfig config, TransferInfo info, Output output) {
    this.config = config;
    this.info = info;
    this.output = output;
  }
}

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
  boolean configured;
  boolean first;

  PlannedTransfer(CurlConfig config, TransferInfo info, Output output) {
    this.config = config;
    this.info = info;
    this.output = output;
  }
}

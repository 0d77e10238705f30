package wirebook.engine.http.curl;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What {@code -w} can print about a transfer; times in microseconds from its start. */
final class TransferInfo {
  /** A header of a response; {@code request} counts the requests of the transfer. */
  record Header(String name, String value, int request) {}

  String url = "";
  @Nullable String effectiveUrl;
  int urlNumber;
  int transferId;
  long connectionId = -1;
  int responseCode;
  int connectCode;
  int httpVersion;
  @Nullable String contentType;
  @Nullable String method;
  @Nullable String redirectUrl;
  @Nullable String referer;
  @Nullable String scheme;
  String localIp = "";
  int localPort;
  String remoteIp = "";
  int remotePort;
  int connects;
  int headers;
  int redirects;
  int retries;
  boolean proxyUsed;
  long sizeDownload;
  long sizeDelivered;
  long sizeUpload;
  long sizeHeader;

  /** How many bytes are to come, and to go; -1 when nobody knows. */
  long expectedDownload = -1;

  long expectedUpload = -1;
  long sizeRequest;
  long timeNameLookup;
  long timeConnect;
  long timeAppConnect;
  long timePreTransfer;
  long timePostTransfer;
  long timeStartTransfer;
  long timeRedirect;
  long timeTotal;
  long timeQueue;
  int sslVerifyResult;
  int proxySslVerifyResult;
  String certs = "";
  int certCount;
  long fileTime = -1;
  long retryAfter;
  boolean conditionUnmet;
  String errorMessage = "";
  int exitCode;
  @Nullable String fileName;
  final List<Header> responseHeaders = new ArrayList<>();

  long speed(long bytes) {
    return timeTotal <= 0 ? bytes * 1_000_000 : bytes * 1_000_000 / timeTotal;
  }

  /** The value of a header of one request, -1 for the last. */
  Optional<String> header(String name, int request) {
    int wanted = request < 0 ? lastRequest() : request;
    return responseHeaders.stream()
        .filter(h -> h.request() == wanted && h.name().equalsIgnoreCase(name))
        .map(Header::value)
        .findFirst();
  }

  int lastRequest() {
    return responseHeaders.isEmpty() ? 0 : responseHeaders.getLast().request();
  }
}

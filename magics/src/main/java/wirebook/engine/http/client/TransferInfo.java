package wirebook.engine.http.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What {@code -w} can print about a transfer; times in microseconds from its start. */
public final class TransferInfo {
  /** A header of a response; {@code request} counts the requests of the transfer. */
  public record Header(String name, String value, int request) {}

  public String url = "";
  public @Nullable String effectiveUrl;
  public int urlNumber;
  public int transferId;
  public long connectionId = -1;
  public int responseCode;
  public int connectCode;
  public int httpVersion;
  public @Nullable String contentType;
  public @Nullable String method;
  public @Nullable String redirectUrl;
  public @Nullable String referer;
  public @Nullable String scheme;
  public String localIp = "";
  public int localPort;
  public String remoteIp = "";
  public int remotePort;
  public int connects;
  public int headers;
  public int redirects;
  public int retries;
  public boolean proxyUsed;
  public long sizeDownload;
  public long sizeDelivered;
  public long sizeUpload;
  public long sizeHeader;

  /** How many bytes are to come, and to go; -1 when nobody knows. */
  public long expectedDownload = -1;

  public long expectedUpload = -1;
  public long sizeRequest;
  public long timeNameLookup;
  public long timeConnect;
  public long timeAppConnect;
  public long timePreTransfer;
  public long timePostTransfer;
  public long timeStartTransfer;
  public long timeRedirect;
  public long timeTotal;
  public long timeQueue;
  public int sslVerifyResult;
  public int proxySslVerifyResult;
  public String certs = "";
  public int certCount;
  public long fileTime = -1;
  public long retryAfter;
  public boolean conditionUnmet;
  public String errorMessage = "";
  public int exitCode;
  public @Nullable String fileName;
  public final List<Header> responseHeaders = new ArrayList<>();

  /** Bytes a second. */
  public long speed(long bytes) {
    return timeTotal <= 0 ? bytes * 1_000_000 : bytes * 1_000_000 / timeTotal;
  }

  /** The value of a header of one request, -1 for the last. */
  public Optional<String> header(String name, int request) {
    int wanted = request < 0 ? lastRequest() : request;
    return responseHeaders.stream()
        .filter(h -> h.request() == wanted && h.name().equalsIgnoreCase(name))
        .map(Header::value)
        .findFirst();
  }

  /** The number of the last request that was answered, from 0. */
  public int lastRequest() {
    return responseHeaders.isEmpty() ? 0 : responseHeaders.getLast().request();
  }
}

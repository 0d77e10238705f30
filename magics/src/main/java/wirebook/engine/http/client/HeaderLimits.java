package wirebook.engine.http.client;

import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpFailure;

/** What a header line may be, how many there may be, and how much of them, in one call. */
final class HeaderLimits {
  private static final int MAX_HEADERS = 300 * 1024;
  private static final int MAX_HEADER_COUNT = 5000;

  private final TransferInfo info;
  private long total;
  private int count;

  HeaderLimits(TransferInfo info) {
    this.info = info;
  }

  void take(ExchangeState k, int length, boolean connect) throws HttpFailure {
    total += length;
    info.sizeHeader = total;
    k.allHeaderBytes += length;
    if (!connect) {
      k.headerBytes += length;
    }
    long bad = 0;
    long max = MAX_HEADERS;
    if (k.allHeaderBytes > MAX_HEADERS) {
      bad = k.allHeaderBytes;
    } else if (total > MAX_HEADERS * 20L) {
      bad = total;
      max *= 20;
    }
    if (bad > 0) {
      throw new HttpFailure(
          CurlCode.RECV_ERROR, "Too large response headers: " + bad + " > " + max);
    }
  }

  void count() throws HttpFailure {
    if (++count > MAX_HEADER_COUNT) {
      throw new HttpFailure(
          CurlCode.TOO_LARGE, "Too many response headers, " + MAX_HEADER_COUNT + " is max");
    }
  }

  static void verifyBytes(String line) throws HttpFailure {
    if (line.indexOf('\0') >= 0) {
      throw new HttpFailure(CurlCode.WEIRD_SERVER_REPLY, "Nul byte in header");
    }
    int cr = line.indexOf('\r');
    if (line.length() > 2 && cr >= 0 && cr < line.length() - 2) {
      throw new HttpFailure(CurlCode.WEIRD_SERVER_REPLY, "Carriage return found in header");
    }
  }

  static void verify(String line, int number) throws HttpFailure {
    verifyBytes(line);
    boolean folded = number > 2 && ByteText.isBlank(line.charAt(0));
    boolean end = line.charAt(0) == '\r' || line.charAt(0) == '\n';
    if (number >= 2 && !folded && !end && line.indexOf(':') < 0) {
      throw new HttpFailure(CurlCode.WEIRD_SERVER_REPLY, "Header without colon");
    }
  }
}

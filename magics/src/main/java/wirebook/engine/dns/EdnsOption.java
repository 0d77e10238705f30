package wirebook.engine.dns;

import wirebook.trace.Bytes;

/**
 * One option of an EDNS record (RFC 6891, 6.1.2).
 *
 * @param code from IANA's registry: 3 NSID, 8 CLIENT-SUBNET, 10 COOKIE, 15 extended error, …
 */
public record EdnsOption(int code, Bytes data) {
  public static final int LLQ = 1;
  public static final int NSID = 3;
  public static final int CLIENT_SUBNET = 8;
  public static final int EXPIRE = 9;
  public static final int COOKIE = 10;
  public static final int TCP_KEEPALIVE = 11;
  public static final int PADDING = 12;
  public static final int KEY_TAG = 14;
  public static final int EXTENDED_ERROR = 15;
  public static final int CLIENT_TAG = 16;
  public static final int SERVER_TAG = 17;
}

package wirebook.engine.dns;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
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

  /** Whether the data is of the option's form, as far as BIND looks. */
  boolean isWellFormed() {
    int length = data.length();
    return switch (code) {
      case EdnsOption.LLQ -> length == 18;
      case EdnsOption.CLIENT_SUBNET -> isClientSubnet(data);
      case EdnsOption.EXPIRE -> length == 0 || length == 4;
      case EdnsOption.COOKIE -> length == 8 || (length >= 16 && length <= 40);
      case EdnsOption.KEY_TAG -> length != 0 && length % 2 == 0;
      case EdnsOption.EXTENDED_ERROR ->
          length >= 2
              && isUtf8(data.slice(2, length))
              && !data.slice(2, length).hex().startsWith("efbbbf");
      case EdnsOption.CLIENT_TAG, EdnsOption.SERVER_TAG -> length == 2;
      default -> true;
    };
  }

  /** RFC 7871, 6. */
  private static boolean isClientSubnet(Bytes data) {
    if (data.length() < 4) {
      return false;
    }
    int family = data.at(0) << 8 | data.at(1);
    int longest = family == 0 ? 0 : family == 1 ? 32 : family == 2 ? 128 : -1;
    int source = data.at(2);
    if (source > longest || data.at(3) > longest) {
      return false;
    }
    int octets = (source + 7) / 8;
    if (data.length() != octets + 4) {
      return false;
    }
    return source % 8 == 0 || (data.at(3 + octets) & 0xff >> source % 8) == 0;
  }

  static boolean isUtf8(Bytes data) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(data.toArray()));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}

package wirebook.engine.socket.icmp;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/** What came of an echo request, or of another packet whose time to live was counted. */
public sealed interface Echo {
  /** How long it took until somebody said something. */
  Duration after();

  /**
   * The host itself answered.
   *
   * @param ttl the answer's, as it arrived
   * @param left the time to live that the packet itself arrived with
   */
  record Reply(InetAddress by, int ttl, int left, Duration after) implements Echo {}

  /**
   * A router on the way sent it back (RFC 792, RFC 4443).
   *
   * @param mtu of the next link, for what is too large; else zero
   * @param ttl of what the router says, as it arrived
   * @param left the time to live that the packet had when it was sent back
   */
  record Returned(InetAddress by, Why why, int mtu, int ttl, int left, Duration after)
      implements Echo {}

  /** Nobody said anything. */
  record Silence(Duration after) implements Echo {}

  /** The sender's own kernel did not send it. */
  record Refused(String error, int mtu, Duration after) implements Echo {}

  /** Why a router sends a packet back. */
  enum Why {
    TIME_EXCEEDED(11, 0, 3, 0, 113),
    NET_UNREACHABLE(3, 0, 1, 0, 101),
    HOST_UNREACHABLE(3, 1, 1, 3, 113),
    PROTOCOL_UNREACHABLE(3, 2, 4, 1, 92),
    PORT_UNREACHABLE(3, 3, 1, 4, 111),
    NET_PROHIBITED(3, 9, 1, 5, 101),
    HOST_PROHIBITED(3, 10, 1, 6, 113),
    PROHIBITED(3, 13, 1, 1, 113),
    TOO_LARGE(3, 4, 2, 0, 90);

    private final int type;
    private final int code;
    private final int type6;
    private final int code6;
    private final int errno;

    Why(int type, int code, int type6, int code6, int errno) {
      this.type = type;
      this.code = code;
      this.type6 = type6;
      this.code6 = code6;
      this.errno = errno;
    }

    static Optional<Why> of(int type, int code, boolean six) {
      return Stream.of(values()).filter(w -> w.type(six) == type && w.code(six) == code).findAny();
    }

    public int type(boolean six) {
      return six ? type6 : type;
    }

    public int code(boolean six) {
      return six ? code6 : code;
    }

    /** The error of a socket that hears of it (ip(7), the kernel's icmp_err_convert). */
    public int errno() {
      return errno;
    }
  }
}

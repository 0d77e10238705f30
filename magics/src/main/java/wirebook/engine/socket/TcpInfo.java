package wirebook.engine.socket;

import java.time.Duration;
import wirebook.trace.Bytes;

/** What the system knows of one TCP connection: {@code struct tcp_info}, any length of it. */
public record TcpInfo(Bytes raw) {
  private static final int SIZE = 232;

  public TcpInfo {
    if (raw.length() < SIZE) {
      raw = raw.plus(Bytes.of(new byte[SIZE - raw.length()]));
    }
  }

  public int uint8(int at) {
    return raw.at(at);
  }

  public long uint32(int at) {
    return Numbers.uint32(raw, at);
  }

  public long uint64(int at) {
    return Numbers.int64(raw, at);
  }

  public SocketState state() {
    return SocketState.of(uint8(0));
  }

  /** The smoothed round-trip time (RFC 6298). */
  public Duration roundTrip() {
    return Duration.ofNanos(uint32(68) * 1000);
  }

  /** The retransmission time-out (RFC 6298). */
  public Duration retransmissionTimeout() {
    return Duration.ofNanos(uint32(8) * 1000);
  }

  /** The congestion window, in segments. */
  public long congestionWindow() {
    return uint32(80);
  }

  /** The largest segment sent, in bytes. */
  public long maximumSegmentSize() {
    return uint32(16);
  }

  /** Segments sent again, since the start. */
  public long retransmits() {
    return uint32(100);
  }

  public long bytesSent() {
    return uint64(200);
  }

  public long bytesReceived() {
    return uint64(128);
  }
}

package wirebook.engine.socket;

/** The states of a TCP connection (RFC 9293, 3.3.2) and of other sockets, as Linux numbers them. */
public enum SocketState {
  ESTABLISHED(1, "ESTAB", "established"),
  SYN_SENT(2, "SYN-SENT", "syn-sent"),
  SYN_RECEIVED(3, "SYN-RECV", "syn-recv"),
  FIN_WAIT_1(4, "FIN-WAIT-1", "fin-wait-1"),
  FIN_WAIT_2(5, "FIN-WAIT-2", "fin-wait-2"),
  TIME_WAIT(6, "TIME-WAIT", "time-wait"),
  CLOSED(7, "UNCONN", "unconnected"),
  CLOSE_WAIT(8, "CLOSE-WAIT", "close-wait"),
  LAST_ACK(9, "LAST-ACK", "last-ack"),
  LISTEN(10, "LISTEN", "listening"),
  CLOSING(11, "CLOSING", "closing"),
  /** A request that its listener has not yet made a socket of; shown as SYN-RECV. */
  NEW_SYN_RECEIVED(12, "SYN-RECV", "");

  private final int number;
  private final String shown;
  private final String filter;

  SocketState(int number, String shown, String filter) {
    this.number = number;
    this.shown = shown;
    this.filter = filter;
  }

  /** As ss prints it. */
  public String shown() {
    return shown;
  }

  /** As ss's state filter names it. */
  public String filter() {
    return filter;
  }

  public int bit() {
    return 1 << number;
  }

  /** The state of the kernel's number; CLOSED for one that is unknown. */
  public static SocketState of(int number) {
    for (SocketState state : values()) {
      if (state.number == number) {
        return state;
      }
    }
    return CLOSED;
  }
}

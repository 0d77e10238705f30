package wirebook.engine.socket.ip;

/**
 * The options before ip's object.
 *
 * @param family as socket(2) numbers it, zero for any
 * @param statistics how often {@code -s} was given
 */
record IpOptions(
    int family,
    int statistics,
    boolean details,
    boolean brief,
    boolean oneLine,
    boolean json,
    boolean pretty,
    boolean color,
    boolean human,
    boolean iec,
    boolean numeric,
    boolean resolve) {
  static final int INET = 2;
  static final int BRIDGE = 7;
  static final int INET6 = 10;
  static final int PACKET = 17;
  static final int MPLS = 28;
}

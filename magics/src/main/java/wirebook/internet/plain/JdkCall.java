package wirebook.internet.plain;

import java.util.List;

/**
 * What {@link JdkSockets} and {@link JdkWaysOut} have the JDK tell; the arguments of each are given
 * as Java types.
 */
enum JdkCall {
  /** InetSocketAddress to connect a stream to, FileDescriptor; returns an address. */
  CONNECT,
  /** InetSocketAddress to fix as a datagram socket's peer, FileDescriptor; returns an address. */
  CONNECT_DATAGRAM,
  /** InetSocketAddress to send a datagram to, FileDescriptor; returns an address. */
  SEND_TO,
  /** InetSocketAddress that a datagram came from, FileDescriptor; returns an address. */
  SOURCE,
  /** InetSocketAddress to bind to, FileDescriptor; returns an address. */
  BIND,
  /** InetSocketAddress that a socket has, FileDescriptor; returns an address. */
  LOCAL,
  /** InetSocketAddress of who connected, FileDescriptor accepted; returns an address. */
  ACCEPTED,
  /** FileDescriptor, long address of the bytes, long count: they came; -1 for the end. */
  READ,
  /** FileDescriptor, long address of the list of buffers, long count. */
  READ_VECTOR,
  /** FileDescriptor, long address of the bytes, long count: they are about to leave. */
  WRITE,
  /** FileDescriptor, long address of the list of buffers, long number of buffers. */
  WRITE_VECTOR,
  /** FileDescriptor, long zero, long count: so many left. */
  WROTE,
  /** FileDescriptor, long zero, long zero: reading failed. */
  READ_FAILED,
  /** As READ, of a connected datagram socket. */
  READ_DATAGRAM,
  READ_DATAGRAM_VECTOR,
  WRITE_DATAGRAM,
  WRITE_DATAGRAM_VECTOR,
  /** As READ_FAILED: the peer's system says that nothing listens there. */
  READ_DATAGRAM_FAILED,
  /** FileDescriptor, ByteBuffer: what is left of it is about to be sent; SEND_TO follows. */
  SEND,
  /** FileDescriptor, ByteBuffer that it is in, int position, int count. */
  RECEIVED,
  /** FileDescriptor, long zero, long zero: its connection is on its way, or stands. */
  CONNECTING,
  /** FileDescriptor, long 1 when it stands and 0 when not, long zero. */
  CONNECTED,
  /** IOException, SocketAddress: a stream could not be connected. */
  CONNECT_FAILED,
  /**
   * Nothing, long the milliseconds that the caller waits for a connection, zero for as long as the
   * system, less than zero when it does not wait; long zero.
   */
  PATIENCE,
  /** FileDescriptor: a read with a time-out begins. Returns whether it is to wait first. */
  READS,
  /**
   * FileDescriptor, Long nanoseconds: such a read has waited, and will look now. Returns a
   * SocketTimeoutException when what is there comes later than that after its beginning.
   */
  WAITED,
  /** FileDescriptor: is its connection there? Returns an IOException when it will not be. */
  POLLED,
  /** Selector, Long the milliseconds that it waits: returns how long it is to wait. */
  SELECT,
  /** Selector, Integer how many are ready: returns whether it is to look again. */
  SELECTED,
  /** Returns by how many nanoseconds HttpClient's clock is ahead of the machine's. */
  AHEAD,
  /** As CLOSE, a moment before, when what is left to send and a FIN leave. */
  CLOSING,
  /** FileDescriptor, long how (shutdown(2)), long zero. */
  SHUTDOWN,
  /** FileDescriptor, long zero, long zero. */
  CLOSE,
  /**
   * Integer how to name an interface to the system, Boolean whether that is by its index, as IPv6
   * has it, and not by an address: a group of multicast is joined or left there. Returns the
   * interface, in the same form, or an IOException.
   */
  GROUP,
  /** InetAddress, Integer milliseconds. Returns whether it answers: 1, 0, or -1 to go on. */
  REACHABLE,
  /** String file of a native library to load. Returns a String why it is not to be. */
  LIBRARY,
  /** String name of a native function to find. Returns a String why it is not to be. */
  SYMBOL,
  /** An SCTP socket is to be made. Returns an IOException when not. */
  SCTP,
  /** Integer status with which the process is to end. Returns an Error to throw instead. */
  EXIT;

  private static final List<JdkCall> ALL = List.of(values());

  /** How the rewritten code names it. */
  int number() {
    return ALL.indexOf(this);
  }

  static JdkCall of(int number) {
    return ALL.get(number);
  }
}

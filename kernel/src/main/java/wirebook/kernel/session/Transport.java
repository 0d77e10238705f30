package wirebook.kernel.session;

import wirebook.kernel.protocol.Message;

/**
 * How messages reach front ends. Safe for several threads; what one thread sends keeps its order.
 */
public interface Transport {
  /** The sockets that carry messages. */
  enum Channel {
    SHELL,
    CONTROL,
    STDIN,
    IOPUB
  }

  /** Sends a message, without waiting; one for a front end that is gone is dropped. */
  void send(Channel channel, Message message);

  /**
   * Waits while front ends are behind with reading iopub, so that a cell which prints fast does not
   * fill the memory. One that does not read at all is not waited for.
   */
  void awaitRoom() throws InterruptedException;
}

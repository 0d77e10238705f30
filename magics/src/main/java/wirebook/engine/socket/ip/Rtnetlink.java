package wirebook.engine.socket.ip;

import java.io.IOException;
import java.util.List;
import wirebook.engine.socket.ss.Netlink;
import wirebook.trace.Bytes;

/**
 * Who keeps interfaces and routes, and answers rtnetlink(7): this machine's kernel, or a host of
 * the lab.
 */
public interface Rtnetlink {
  int NEW_LINK = 16;
  int GET_LINK = 18;
  int NEW_ADDRESS = 20;
  int DELETE_ADDRESS = 21;
  int GET_ADDRESS = 22;
  int NEW_ROUTE = 24;
  int DELETE_ROUTE = 25;
  int GET_ROUTE = 26;
  int GET_NEIGHBOUR = 30;
  int NEW_RULE = 32;
  int DELETE_RULE = 33;
  int GET_RULE = 34;
  int GET_NAMESPACE_ID = 90;
  int GET_NEXTHOP = 106;

  /** netlink(7): do not replace, replace, create, put behind. */
  int REPLACE = 0x100;

  int EXCLUSIVE = 0x200;
  int CREATE = 0x400;
  int APPEND = 0x800;

  /**
   * All objects of a kind, as messages without their header.
   *
   * @throws Netlink.Refused with its reason
   */
  List<Bytes> dump(int type, Bytes request) throws IOException;

  /** One object, as a message without its header. */
  Bytes get(int type, Bytes request) throws IOException;

  /** Changes something. */
  void change(int type, int flags, Bytes request) throws IOException;

  /** Forgets what ICMP told of ways: their MTU (RFC 1191). */
  default void forgetPaths() throws IOException {
    // This machine's are its own.
  }

  /** Names of tables, protocols and so on that the host's owner gave; else the usual ones. */
  default IpNames names() {
    return IpNames.ofThisMachine();
  }

  /** Whether it is this machine's, of which files tell more. */
  default boolean isThisMachine() {
    return true;
  }

  /** Why nothing may be changed here; empty when it may. */
  default String closed() {
    return "%ip only shows what this machine has: it changes nothing on it";
  }

  /** The kernel of this machine. */
  static Rtnetlink system() {
    return new Rtnetlink() {
      @Override
      public List<Bytes> dump(int type, Bytes request) throws IOException {
        return Netlink.dump(Netlink.ROUTE, type, request).stream()
            .map(Netlink.Message::payload)
            .toList();
      }

      @Override
      public Bytes get(int type, Bytes request) throws IOException {
        return Netlink.get(Netlink.ROUTE, type, request).stream()
            .map(Netlink.Message::payload)
            .findFirst()
            .orElseThrow(() -> new IOException("the kernel named nothing"));
      }

      @Override
      public void change(int type, int flags, Bytes request) throws IOException {
        throw new IOException(closed());
      }
    };
  }
}

package wirebook.engine.socket.calls;

import wirebook.engine.socket.Names;
import wirebook.engine.socket.Platform;

/**
 * An open socket as the system numbers it. The number may be given out anew once it is closed; this
 * object stands for the one socket only.
 */
public final class Descriptor {
  private final int number;
  private final int family;
  private final int type;

  Descriptor(int number, int family, int type) {
    this.number = number;
    this.family = family;
    this.type = type;
  }

  public int number() {
    return number;
  }

  int family() {
    return family;
  }

  int type() {
    return type;
  }

  boolean isInternet() {
    return family != Names.FAMILIES.get("AF_UNIX");
  }

  /** The size of the structure that holds an address of this family. */
  int addressSize() {
    return !isInternet()
        ? (Platform.CURRENT == Platform.MAC ? 106 : 110)
        : family == Names.FAMILIES.get("AF_INET6") ? 28 : 16;
  }

  /** The number, for use in the next cell. */
  @Override
  public String toString() {
    return Integer.toString(number);
  }
}

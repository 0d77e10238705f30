package wirebook.internet.plain;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;

/**
 * Multicast while the lab is in use: groups are joined, and datagrams to them sent, on the loopback
 * interface alone, so that programs that do so on one machine work, and nobody else hears of it.
 */
final class Multicast {
  private static final int LOOPBACK = 127 << 24 | 1;

  private final MethodHandle interface4;
  private final MethodHandle interface6;
  private final MethodHandle use4;
  private final MethodHandle use6;

  Multicast(MethodHandles.Lookup lookup) throws ReflectiveOperationException {
    interface4 = handle(lookup, "getInterface4", FileDescriptor.class);
    interface6 = handle(lookup, "getInterface6", FileDescriptor.class);
    use4 = handle(lookup, "setInterface4", FileDescriptor.class, int.class);
    use6 = handle(lookup, "setInterface6", FileDescriptor.class, int.class);
  }

  private static MethodHandle handle(
      MethodHandles.Lookup lookup, String name, Class<?>... parameters)
      throws ReflectiveOperationException {
    Method method = Class.forName("sun.nio.ch.Net").getDeclaredMethod(name, parameters);
    method.setAccessible(true);
    return lookup.unreflect(method);
  }

  /** The interface on which to join or leave a group in place of the one that was asked for. */
  int group(int asked, boolean byIndex) throws IOException {
    if (PlainJava.inUse().isEmpty()) {
      return asked;
    }
    return byIndex ? loopbackIndex() : LOOPBACK;
  }

  /** From now on what the socket sends to groups of this kind goes to loopback. */
  void stay(FileDescriptor fd, InetAddress group) throws IOException {
    try {
      if (group instanceof Inet4Address) {
        if (((int) interface4.invoke(fd)) >>> 24 != LOOPBACK >>> 24) {
          use4.invoke(fd, LOOPBACK);
        }
      } else if ((int) interface6.invoke(fd) != loopbackIndex()) {
        use6.invoke(fd, loopbackIndex());
      }
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IOException(e);
    }
  }

  private static int loopbackIndex() throws SocketException {
    NetworkInterface loopback =
        NetworkInterface.networkInterfaces()
            .filter(Multicast::isLoopback)
            .findFirst()
            .orElseThrow(() -> new SocketException("there is no loopback interface"));
    return loopback.getIndex();
  }

  private static boolean isLoopback(NetworkInterface each) {
    try {
      return each.isLoopback();
    } catch (SocketException e) {
      return false;
    }
  }
}

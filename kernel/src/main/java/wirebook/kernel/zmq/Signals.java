package wirebook.kernel.zmq;

import java.lang.reflect.Proxy;

/**
 * The signals that this process is sent. Java's only way to them is {@code sun.misc.Signal} of the
 * module {@code jdk.unsupported}; javac's warning about it cannot be suppressed, so it is used by
 * name.
 */
public final class Signals {
  private Signals() {}

  /** Does {@code action} at each SIGINT, which no longer ends the process. */
  public static void onInterrupt(Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object handles =
          Proxy.newProxyInstance(
              handler.getClassLoader(),
              new Class<?>[] {handler},
              (proxy, method, arguments) -> {
                if (method.getName().equals("handle")) {
                  action.run();
                }
                return null;
              });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance("INT"), handles);
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      // A Java without the module, or one that keeps the signal to itself (-Xrs): a message still
      // interrupts.
    }
  }
}

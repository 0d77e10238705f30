package wirebook.internet.plain;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Puts {@link JdkSockets} into the JDK's classes, for the rest of this process's life. */
final class Weaving {
  private Weaving() {}

  /**
   * @param redefiner which must be able to redefine classes of {@code java.base}, whose package
   *     {@code sun.nio.ch} is open to this class
   * @throws IllegalStateException when this JDK's code has another shape
   */
  static void weave(PlainJava.Redefiner redefiner) throws Exception {
    Class<?> net = Class.forName("sun.nio.ch.Net");
    Map<Class<?>, byte[]> woven = new LinkedHashMap<>();
    for (Map.Entry<String, byte[]> each : woven().entrySet()) {
      woven.put(find(each.getKey()), each.getValue());
    }
    Class<?> detour =
        MethodHandles.privateLookupIn(net, MethodHandles.lookup())
            .defineClass(JdkSockets.detour(JdkWaysOut::detours));
    Function<Object[], @Nullable Object> told = new SocketWatch()::told;
    detour.getField(JdkSockets.FUNCTION_FIELD).set(null, told);
    Method open = detour.getMethod(JdkSockets.OPEN, Module.class);
    for (Class<?> each : woven.keySet()) {
      if (!each.getModule().equals(net.getModule())) {
        open.invoke(null, each.getModule());
      }
    }
    redefiner.redefine(woven);
  }

  private static Class<?> find(String name) {
    try {
      return Class.forName(name, false, ClassLoader.getPlatformClassLoader());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException("this JDK has no " + name, e);
    }
  }

  /** The rewritten classes, by name. */
  static Map<String, byte[]> woven() throws IOException {
    Map<String, byte[]> woven = new LinkedHashMap<>();
    Map<String, Function<byte[], byte[]>> rewriters = JdkSockets.rewriters();
    rewriters.putAll(JdkWaysOut.rewriters());
    for (Map.Entry<String, Function<byte[], byte[]>> each : rewriters.entrySet()) {
      String file = each.getKey().replace('.', '/') + ".class";
      try (InputStream in = find(each.getKey()).getModule().getResourceAsStream(file)) {
        if (in == null) {
          throw new IllegalStateException("this JDK has no " + each.getKey());
        }
        woven.put(each.getKey(), each.getValue().apply(in.readAllBytes()));
      }
    }
    return woven;
  }
}

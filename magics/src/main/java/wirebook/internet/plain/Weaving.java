package wirebook.internet.plain;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
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
      woven.put(Class.forName(each.getKey()), each.getValue());
    }
    Class<?> detour =
        MethodHandles.privateLookupIn(net, MethodHandles.lookup()).defineClass(JdkSockets.detour());
    Function<Object[], @Nullable Object> told = new SocketWatch()::told;
    detour.getField(JdkSockets.FUNCTION_FIELD).set(null, told);
    redefiner.redefine(woven);
  }

  /** The rewritten classes, by name. */
  static Map<String, byte[]> woven() throws IOException {
    Map<String, byte[]> woven = new LinkedHashMap<>();
    for (Map.Entry<String, Function<byte[], byte[]>> each : JdkSockets.rewriters().entrySet()) {
      String file = each.getKey().replace('.', '/') + ".class";
      try (InputStream in = Object.class.getModule().getResourceAsStream(file)) {
        if (in == null) {
          throw new IllegalStateException("this JDK has no " + each.getKey());
        }
        woven.put(each.getKey(), each.getValue().apply(in.readAllBytes()));
      }
    }
    return woven;
  }
}

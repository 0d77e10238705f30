package wirebook.internet.plain;

import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.invoke.MethodHandles;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Puts {@link JdkSockets} into the JDK's classes, for the rest of this process's life. */
final class Weaving {
  private Weaving() {}

  /**
   * @throws IllegalStateException when this JDK's code has another shape
   */
  static void weave(Instrumentation instrumentation) throws Exception {
    Class<?> net = Class.forName("sun.nio.ch.Net");
    instrumentation.redefineModule(
        Object.class.getModule(),
        Set.of(),
        Map.of(),
        Map.of("sun.nio.ch", Set.of(Weaving.class.getModule())),
        Set.of(),
        Map.of());
    Class<?> detour =
        MethodHandles.privateLookupIn(net, MethodHandles.lookup()).defineClass(JdkSockets.detour());
    Function<Object[], @Nullable Object> told = new SocketWatch()::told;
    detour.getField(JdkSockets.FUNCTION_FIELD).set(null, told);
    Map<String, Function<byte[], byte[]>> rewriters = JdkSockets.rewriters();
    List<Class<?>> classes = new ArrayList<>();
    for (String name : rewriters.keySet()) {
      classes.add(Class.forName(name));
    }
    List<Throwable> failed = new ArrayList<>();
    ClassFileTransformer weaver =
        new ClassFileTransformer() {
          @Override
          public byte @Nullable [] transform(
              @Nullable ClassLoader loader,
              String name,
              @Nullable Class<?> type,
              @Nullable ProtectionDomain domain,
              byte[] original) {
            Function<byte[], byte[]> rewriter =
                type == null || !classes.contains(type) ? null : rewriters.get(type.getName());
            if (rewriter == null) {
              return null;
            }
            try {
              return rewriter.apply(original);
            } catch (RuntimeException e) {
              failed.add(e);
              return null;
            }
          }
        };
    instrumentation.addTransformer(weaver, true);
    try {
      instrumentation.retransformClasses(classes.toArray(Class<?>[]::new));
    } finally {
      instrumentation.removeTransformer(weaver);
    }
    if (!failed.isEmpty()) {
      throw new IllegalStateException(failed.getFirst().getMessage(), failed.getFirst());
    }
  }
}

package wirebook.kernel.worker;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Two things that a virtual machine only does for agents: throwing into another thread, and giving
 * a loaded class new bodies. Called over the JVM Tool Interface of the own process when the first
 * of them is wanted. An agent named at the start would cost each start its time, and the AOT cache
 * its use, for what few sessions need.
 *
 * <p>Source: JVM Tool Interface 21.0; numbers of functions are its own, those of the Java Native
 * Interface are table positions.
 */
public final class Jvmti {
  private static final int JVMTI_VERSION = 0x30150000;
  private static final int JNI_VERSION = 0x00150000;
  private static final int OK = 0;

  private static final int SUSPEND_THREAD = 5;
  private static final int RESUME_THREAD = 6;
  private static final int STOP_THREAD = 7;
  private static final int REDEFINE_CLASSES = 87;
  private static final int ADD_CAPABILITIES = 142;

  private static final int JNI_GET_VERSION = 4;
  private static final int JNI_FIND_CLASS = 6;
  private static final int JNI_NEW_GLOBAL_REF = 21;
  private static final int JNI_DELETE_GLOBAL_REF = 22;
  private static final int JNI_GET_METHOD_ID = 33;
  private static final int JNI_CALL_OBJECT_METHOD = 34;
  private static final int JNI_GET_STATIC_METHOD_ID = 113;
  private static final int JNI_CALL_STATIC_OBJECT_METHOD_A = 116;
  private static final int JNI_GET_STATIC_FIELD_ID = 144;
  private static final int JNI_GET_STATIC_OBJECT_FIELD = 145;
  private static final int JNI_NEW_STRING_UTF = 167;

  private static final int VM_GET_ENV = 6;

  /** More than {@code java.lang.invoke.MethodHandle.CUSTOMIZE_THRESHOLD}, 127. */
  private static final int CALLS_UNTIL_A_HANDLE_IS_ITSELF = 300;

  private static final long CAN_REDEFINE_CLASSES = 1L << 9;
  private static final long CAN_SIGNAL_THREAD = 1L << 10;
  private static final long CAN_SUSPEND = 1L << 20;

  /** From {@code can_support_virtual_threads}, the 45th, in the second word. */
  private static final long CAN_SUPPORT_VIRTUAL_THREADS = 1L << 44;

  private static final AddressLayout ADDRESS = ValueLayout.ADDRESS;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  /** Where an object waits to be fetched from the other side; see {@link #reference}. */
  @SuppressWarnings("UnusedVariable")
  private static volatile @Nullable Object handed;

  private static Optional<Jvmti> instance = Optional.empty();

  private final MethodHandle function;

  /** All of it. Made once, as making it calls a native method; see {@link #reference}. */
  @SuppressWarnings("restricted")
  private final MemorySegment memory = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private final long vm;
  private final long jvmti;

  @SuppressWarnings("restricted")
  private Jvmti() {
    Path library =
        Path.of(System.getProperty("java.home"), "lib", "server", System.mapLibraryName("jvm"));
    Linker linker = Linker.nativeLinker();
    // All parameters are pointers or fit into one, so one shape calls every function.
    function = linker.downcallHandle(FunctionDescriptor.of(LONG, LONG, LONG, LONG, LONG));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment created =
          SymbolLookup.libraryLookup(library, Arena.global())
              .find("JNI_GetCreatedJavaVMs")
              .orElseThrow(() -> new UnsupportedOperationException("no JNI_GetCreatedJavaVMs"));
      MemorySegment out = arena.allocate(ADDRESS, 1);
      MemorySegment count = arena.allocate(LONG);
      check(call(created.address(), out.address(), 1, count.address(), 0));
      vm = out.get(LONG, 0);
      check(call(method(vm, VM_GET_ENV), vm, out.address(), JVMTI_VERSION, 0));
      jvmti = out.get(LONG, 0);
      MemorySegment capabilities = arena.allocate(MemoryLayout.sequenceLayout(2, LONG));
      capabilities.set(
          LONG,
          0,
          CAN_REDEFINE_CLASSES | CAN_SIGNAL_THREAD | CAN_SUSPEND | CAN_SUPPORT_VIRTUAL_THREADS);
      check(tool(ADD_CAPABILITIES, capabilities.address(), 0, 0));
      // After so many calls a method handle makes itself anew, in Java that calls native methods.
      // In the middle of reference() that would free what it holds, and the next call would crash.
      for (int i = 0; i < CALLS_UNTIL_A_HANDLE_IS_ITSELF; i++) {
        check(call(method(vm, VM_GET_ENV), vm, out.address(), JNI_VERSION, 0));
      }
    }
  }

  /**
   * The one of this process.
   *
   * @throws UnsupportedOperationException where the virtual machine has none of this
   */
  public static synchronized Jvmti get() {
    if (instance.isEmpty()) {
      instance = Optional.of(new Jvmti());
    }
    return instance.get();
  }

  /**
   * Whether something thrown in a thread with this stack would stay for good: a class of the JDK or
   * of ours whose initialisation fails cannot be used any more, and neither can a place that calls
   * a lambda which could not be linked. A student's class whose initialisation does not end is
   * stopped.
   */
  public static boolean isLinking(StackTraceElement[] stack) {
    return Arrays.stream(stack)
        .anyMatch(
            frame ->
                (frame.getMethodName().equals("<clinit>")
                        && (frame.getModuleName() != null
                            || "app".equals(frame.getClassLoaderName())))
                    || frame.getClassName().equals("java.lang.invoke.MethodHandleNatives"));
  }

  /**
   * Throws {@code thrown} in {@code thread}, at the next place where it can be thrown, unless that
   * would spoil what the thread is at. It does not run on between the look and the throw.
   *
   * @return whether it was thrown
   */
  public synchronized boolean stop(
      Thread thread, Throwable thrown, Predicate<StackTraceElement[]> spoils) {
    // Twice, so that the second look loads nothing: nobody may wait for a thread that is suspended.
    if (spoils.test(thread.getStackTrace())) {
      return false;
    }
    long env = environment();
    long target = reference(env, thread);
    long exception = reference(env, thrown);
    try {
      check(tool(SUSPEND_THREAD, target, 0, 0));
      try {
        boolean may = !spoils.test(thread.getStackTrace());
        if (may) {
          check(tool(STOP_THREAD, target, exception, 0));
        }
        return may;
      } finally {
        check(tool(RESUME_THREAD, target, 0, 0));
      }
    } finally {
      release(env, target);
      release(env, exception);
    }
  }

  /**
   * Gives classes new bodies.
   *
   * @throws UnsupportedOperationException when they differ in more than bodies
   */
  public synchronized void redefine(Map<Class<?>, byte[]> classes) {
    long env = environment();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment definitions = arena.allocate(24L * classes.size(), 8);
      long[] references = new long[classes.size()];
      try {
        int i = 0;
        for (Map.Entry<Class<?>, byte[]> entry : classes.entrySet()) {
          byte[] bytes = entry.getValue();
          references[i] = reference(env, entry.getKey());
          definitions.set(LONG, 24L * i, references[i]);
          definitions.set(ValueLayout.JAVA_INT, 24L * i + 8, bytes.length);
          definitions.set(
              LONG, 24L * i + 16, arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes).address());
          i++;
        }
        check(tool(REDEFINE_CLASSES, classes.size(), definitions.address(), 0));
      } finally {
        for (long reference : references) {
          release(env, reference);
        }
      }
    }
  }

  /** The JNI environment of the calling thread, which must not be virtual. */
  private long environment() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(ADDRESS);
      check(call(method(vm, VM_GET_ENV), vm, out.address(), JNI_VERSION, 0));
      return out.get(LONG, 0);
    }
  }

  /**
   * A global reference to {@code object}. Between two calls here no native method may run in this
   * thread, as its return would free the local references of the call before; and while Java is
   * interpreted, each access to memory is one. So all that is read or written is so before the
   * first call.
   */
  private long reference(long env, Object object) {
    try (Arena arena = Arena.ofConfined()) {
      long loaderName = utf8(arena, "java/lang/ClassLoader");
      long systemName = utf8(arena, "getSystemClassLoader");
      long systemType = utf8(arena, "()Ljava/lang/ClassLoader;");
      long loadName = utf8(arena, "loadClass");
      long loadType = utf8(arena, "(Ljava/lang/String;)Ljava/lang/Class;");
      long thisName = utf8(arena, Jvmti.class.getName());
      long fieldName = utf8(arena, "handed");
      long fieldType = utf8(arena, "Ljava/lang/Object;");
      long findClass = method(env, JNI_FIND_CLASS);
      long getStaticMethod = method(env, JNI_GET_STATIC_METHOD_ID);
      long getMethod = method(env, JNI_GET_METHOD_ID);
      long callStatic = method(env, JNI_CALL_STATIC_OBJECT_METHOD_A);
      long newString = method(env, JNI_NEW_STRING_UTF);
      long callMethod = method(env, JNI_CALL_OBJECT_METHOD);
      long getStaticField = method(env, JNI_GET_STATIC_FIELD_ID);
      long readStaticField = method(env, JNI_GET_STATIC_OBJECT_FIELD);
      long newReference = method(env, JNI_NEW_GLOBAL_REF);
      handed = object;
      call(method(env, JNI_GET_VERSION), env, 0, 0, 0);
      long loaderClass = call(findClass, env, loaderName, 0, 0);
      long system = call(getStaticMethod, env, loaderClass, systemName, systemType);
      long load = call(getMethod, env, loaderClass, loadName, loadType);
      long loader = call(callStatic, env, loaderClass, system, 0);
      long name = call(newString, env, thisName, 0, 0);
      long own = call(callMethod, env, loader, load, name);
      long field = call(getStaticField, env, own, fieldName, fieldType);
      long local = call(readStaticField, env, own, field, 0);
      return call(newReference, env, local, 0, 0);
    } finally {
      handed = null;
    }
  }

  private void release(long env, long reference) {
    if (reference != 0) {
      call(method(env, JNI_DELETE_GLOBAL_REF), env, reference, 0, 0);
    }
  }

  private static long utf8(Arena arena, String text) {
    return arena.allocateFrom(text).address();
  }

  private long tool(int number, long a, long b, long c) {
    return call(method(jvmti, number - 1), jvmti, a, b, c);
  }

  /** The function at a position of the table that an interface begins with. */
  private long method(long object, int position) {
    return memory.get(LONG, memory.get(LONG, object) + 8L * position);
  }

  private long call(long address, long a, long b, long c, long d) {
    try {
      return (long) function.invokeExact(MemorySegment.ofAddress(address), a, b, c, d);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static void check(long status) {
    if ((int) status != OK) {
      throw new UnsupportedOperationException(
          "the virtual machine refuses: JVMTI error " + (int) status);
    }
  }
}

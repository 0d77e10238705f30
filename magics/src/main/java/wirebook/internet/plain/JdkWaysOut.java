package wirebook.internet.plain;

import static java.lang.classfile.ClassFile.ACC_PUBLIC;
import static java.lang.classfile.ClassFile.ACC_STATIC;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Opcode;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The JDK's ways to the network, and to native code that may take one, that go by its sockets: the
 * echo request of {@code InetAddress.isReachable}, the membership reports of multicast, SCTP, and
 * libraries and functions for JNI and {@code java.lang.foreign}. And the way out of the process, as
 * what answers requests is a program of its own.
 */
final class JdkWaysOut {
  private static final String LOADER = "jdk.internal.loader.";
  private static final String SCTP_NET = JdkSockets.PACKAGE + "sctp.SctpNet";
  private static final ClassDesc STRING = ConstantDescs.CD_String;
  private static final ClassDesc UNLINKED = JdkSockets.desc(UnsatisfiedLinkError.class);
  private static final MethodTypeDesc REACHABLE =
      MethodTypeDesc.of(JdkSockets.INT, JdkSockets.ADDRESS, JdkSockets.INT);
  private static final MethodTypeDesc NATIVE =
      MethodTypeDesc.of(JdkSockets.VOID, JdkSockets.INT, STRING);
  private static final ClassDesc ERROR = JdkSockets.desc(Error.class);
  private static final MethodTypeDesc EXIT = MethodTypeDesc.of(JdkSockets.VOID, JdkSockets.INT);
  private static final MethodTypeDesc SCTP = MethodTypeDesc.of(JdkSockets.VOID);

  private JdkWaysOut() {}

  static Map<String, Function<byte[], byte[]>> rewriters() {
    Map<String, Function<byte[], byte[]>> all = new LinkedHashMap<>();
    all.put("java.net.Inet4AddressImpl", JdkWaysOut::reachable);
    all.put("java.net.Inet6AddressImpl", JdkWaysOut::reachable);
    all.put(
        LOADER + "NativeLibraries",
        b -> asking(b, JdkCall.LIBRARY, "loadLibrary", /* parameters= */ 3, 2));
    all.put(
        LOADER + "NativeLibraries$NativeLibraryImpl", b -> asking(b, JdkCall.SYMBOL, "find", 1, 1));
    all.put(LOADER + "RawNativeLibraries", b -> asking(b, JdkCall.LIBRARY, "load", STRING, 1));
    all.put(
        LOADER + "RawNativeLibraries$RawNativeLibraryImpl",
        b -> asking(b, JdkCall.SYMBOL, "find", 1, 1));
    all.put("java.lang.Runtime", JdkWaysOut::exit);
    // Its module is one that a small run-time image may lack.
    if (ModuleLayer.boot().findModule("jdk.sctp").isPresent()) {
      all.put(SCTP_NET, JdkWaysOut::sctp);
    }
    return all;
  }

  /** What the rewritten code calls. */
  static ClassBuilder detours(ClassBuilder type) {
    return type.withMethodBody(
            "group",
            JdkSockets.GROUP,
            ACC_PUBLIC | ACC_STATIC,
            code -> {
              failing(
                  JdkSockets.told(
                      code,
                      JdkCall.GROUP,
                      c -> JdkSockets.number(c, 0),
                      c -> JdkSockets.number(c, 1)));
              JdkSockets.unboxed(code, JdkSockets.INT).ireturn();
            })
        .withMethodBody(
            "reachable",
            REACHABLE,
            ACC_PUBLIC | ACC_STATIC,
            code -> {
              failing(
                  JdkSockets.told(
                      code, JdkCall.REACHABLE, c -> c.aload(0), c -> JdkSockets.number(c, 1)));
              JdkSockets.unboxed(code, JdkSockets.INT).ireturn();
            })
        .withMethodBody(
            "nativeCode",
            NATIVE,
            ACC_PUBLIC | ACC_STATIC,
            code -> {
              JdkSockets.told(code, c -> JdkSockets.number(c, 0), c -> c.aload(1))
                  .checkcast(STRING)
                  .astore(2)
                  .aload(2)
                  .ifThen(
                      Opcode.IFNONNULL,
                      refused ->
                          refused
                              .new_(UNLINKED)
                              .dup()
                              .aload(2)
                              .invokespecial(
                                  UNLINKED,
                                  ConstantDescs.INIT_NAME,
                                  MethodTypeDesc.of(JdkSockets.VOID, STRING))
                              .athrow())
                  .return_();
            })
        .withMethodBody(
            "exit",
            EXIT,
            ACC_PUBLIC | ACC_STATIC,
            code -> {
              JdkSockets.told(code, JdkCall.EXIT, c -> JdkSockets.number(c, 0))
                  .dup()
                  .instanceOf(ERROR)
                  .ifThen(instead -> instead.checkcast(ERROR).athrow())
                  .pop()
                  .return_();
            })
        .withMethodBody(
            "sctp",
            SCTP,
            ACC_PUBLIC | ACC_STATIC,
            code -> JdkSockets.thrown(JdkSockets.told(code, JdkCall.SCTP)));
  }

  private static void failing(CodeBuilder code) {
    code.dup()
        .instanceOf(JdkSockets.IO_EXCEPTION)
        .ifThen(failed -> failed.checkcast(JdkSockets.IO_EXCEPTION).athrow());
  }

  private static byte[] reachable(byte[] original) {
    return JdkSockets.rewritten(
        original,
        1,
        (method, found) ->
            method.methodName().equalsString("isReachable")
                ? JdkSockets.before(
                    code ->
                        code.aload(1)
                            .iload(2)
                            .invokestatic(JdkSockets.DETOUR, "reachable", REACHABLE)
                            .dup()
                            .ifThenElse(Opcode.IFGE, CodeBuilder::ireturn, CodeBuilder::pop),
                    found)
                : null);
  }

  private static byte[] exit(byte[] original) {
    return JdkSockets.rewritten(
        original,
        1,
        (method, found) ->
            JdkSockets.is(method, "exit", EXIT)
                ? JdkSockets.before(
                    code -> code.iload(1).invokestatic(JdkSockets.DETOUR, "exit", EXIT), found)
                : null);
  }

  private static byte[] sctp(byte[] original) {
    return JdkSockets.rewritten(
        original,
        1,
        (method, found) ->
            method.methodName().equalsString("socket")
                ? JdkSockets.before(
                    code -> code.invokestatic(JdkSockets.DETOUR, "sctp", SCTP), found)
                : null);
  }

  /** A method with so many parameters asks before it begins; the name is in a local variable. */
  private static byte[] asking(
      byte[] original, JdkCall call, String name, int parameters, int slot) {
    return asking(original, call, name, type -> type.parameterCount() == parameters, slot);
  }

  private static byte[] asking(
      byte[] original, JdkCall call, String name, ClassDesc parameter, int slot) {
    return asking(
        original,
        call,
        name,
        type -> type.parameterCount() == 1 && type.parameterType(0).equals(parameter),
        slot);
  }

  private static byte[] asking(
      byte[] original,
      JdkCall call,
      String name,
      java.util.function.Predicate<MethodTypeDesc> shape,
      int slot) {
    Consumer<CodeBuilder> ask =
        code ->
            code.loadConstant(call.number())
                .aload(slot)
                .invokestatic(JdkSockets.DETOUR, "nativeCode", NATIVE);
    return JdkSockets.rewritten(
        original,
        1,
        (method, found) ->
            method.methodName().equalsString(name) && shape.test(method.methodTypeSymbol())
                ? JdkSockets.before(ask, found)
                : null);
  }
}

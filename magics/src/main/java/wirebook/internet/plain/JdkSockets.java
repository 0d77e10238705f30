package wirebook.internet.plain;

import static java.lang.classfile.ClassFile.ACC_PUBLIC;
import static java.lang.classfile.ClassFile.ACC_STATIC;
import static java.lang.classfile.ClassFile.ACC_VOLATILE;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.invoke.MethodHandles;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The places inside the JDK's socket code where an address goes to the system or comes from it:
 * {@code sun.nio.ch.Net.connect} and {@code bind}, which all sockets and channels share, and in
 * {@code DatagramChannelImpl} the sending of a datagram and the sender of one received. Each asks a
 * function first, which is kept in a class added to their package: it returns the address to go on
 * with, or an exception to throw.
 */
final class JdkSockets {
  static final int STREAM = 0;
  static final int DATAGRAM = 1;
  static final int SOURCE = 2;
  static final int LOCAL = 3;

  private static final ClassDesc NET = ClassDesc.of("sun.nio.ch.Net");
  private static final ClassDesc DETOUR = ClassDesc.of("sun.nio.ch.WirebookDetour");
  private static final ClassDesc FUNCTION = BiFunction.class.describeConstable().orElseThrow();
  private static final ClassDesc SOCKET_ADDRESS =
      InetSocketAddress.class.describeConstable().orElseThrow();
  private static final ClassDesc IO_EXCEPTION = IOException.class.describeConstable().orElseThrow();
  private static final ClassDesc ADDRESS = InetAddress.class.describeConstable().orElseThrow();
  private static final MethodTypeDesc TURN =
      MethodTypeDesc.of(SOCKET_ADDRESS, SOCKET_ADDRESS, ConstantDescs.CD_int);
  private static final MethodTypeDesc CONNECT =
      MethodTypeDesc.of(
          ConstantDescs.CD_int,
          ProtocolFamily.class.describeConstable().orElseThrow(),
          FileDescriptor.class.describeConstable().orElseThrow(),
          ADDRESS,
          ConstantDescs.CD_int);
  private static final MethodTypeDesc BIND = CONNECT.changeReturnType(ConstantDescs.CD_void);
  private static final String CONNECT_DATAGRAM = "connectDatagram";
  private static final int PLACES_IN_NET = 2;
  private static final int PLACES_IN_DATAGRAM_CHANNEL = 3;

  private JdkSockets() {}

  /**
   * Rewrites the two classes for the rest of this process's life.
   *
   * @throws IllegalStateException when this JDK's code has another shape
   */
  static void rewrite(
      Instrumentation instrumentation, BiFunction<Integer, InetSocketAddress, Object> turn)
      throws Exception {
    Class<?> net = Class.forName("sun.nio.ch.Net");
    Class<?> datagramChannel = Class.forName("sun.nio.ch.DatagramChannelImpl");
    instrumentation.redefineModule(
        Object.class.getModule(),
        Set.of(),
        Map.of(),
        Map.of("sun.nio.ch", Set.of(JdkSockets.class.getModule())),
        Set.of(),
        Map.of());
    Class<?> detour =
        MethodHandles.privateLookupIn(net, MethodHandles.lookup()).defineClass(detour());
    detour.getField("turn").set(null, turn);
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
            try {
              return type == net
                  ? net(original)
                  : type == datagramChannel ? datagramChannel(original) : null;
            } catch (RuntimeException e) {
              failed.add(e);
              return null;
            }
          }
        };
    instrumentation.addTransformer(weaver, true);
    try {
      instrumentation.retransformClasses(net, datagramChannel);
    } finally {
      instrumentation.removeTransformer(weaver);
    }
    if (!failed.isEmpty()) {
      throw new IllegalStateException(failed.getFirst().getMessage(), failed.getFirst());
    }
  }

  /** A class with the function, and with the calls that the rewritten code makes. */
  private static byte[] detour() {
    return ClassFile.of()
        .build(
            DETOUR,
            type ->
                type.withFlags(ACC_PUBLIC)
                    .withField("turn", FUNCTION, ACC_PUBLIC | ACC_STATIC | ACC_VOLATILE)
                    .withMethodBody(
                        "turn",
                        TURN,
                        ACC_STATIC,
                        code ->
                            code.getstatic(DETOUR, "turn", FUNCTION)
                                .iload(1)
                                .invokestatic(
                                    ConstantDescs.CD_Integer,
                                    "valueOf",
                                    MethodTypeDesc.of(
                                        ConstantDescs.CD_Integer, ConstantDescs.CD_int))
                                .aload(0)
                                .invokeinterface(
                                    FUNCTION,
                                    "apply",
                                    MethodTypeDesc.of(
                                        ConstantDescs.CD_Object,
                                        ConstantDescs.CD_Object,
                                        ConstantDescs.CD_Object))
                                .dup()
                                .instanceOf(IO_EXCEPTION)
                                .ifThen(failed -> failed.checkcast(IO_EXCEPTION).athrow())
                                .checkcast(SOCKET_ADDRESS)
                                .areturn())
                    .withMethodBody(
                        CONNECT_DATAGRAM,
                        CONNECT,
                        ACC_STATIC,
                        code -> {
                          turnParameters(code, DATAGRAM);
                          code.aload(0)
                              .aload(1)
                              .aload(2)
                              .iload(3)
                              .invokestatic(NET, "connect", CONNECT)
                              .ireturn();
                        }));
  }

  /** In a method of the shape of connect, turns the address and the port that were passed. */
  private static void turnParameters(CodeBuilder code, int kind) {
    code.new_(SOCKET_ADDRESS)
        .dup()
        .aload(2)
        .iload(3)
        .invokespecial(
            SOCKET_ADDRESS,
            ConstantDescs.INIT_NAME,
            MethodTypeDesc.of(ConstantDescs.CD_void, ADDRESS, ConstantDescs.CD_int))
        .loadConstant(kind)
        .invokestatic(DETOUR, "turn", TURN)
        .dup()
        .invokevirtual(SOCKET_ADDRESS, "getAddress", MethodTypeDesc.of(ADDRESS))
        .astore(2)
        .invokevirtual(SOCKET_ADDRESS, "getPort", MethodTypeDesc.of(ConstantDescs.CD_int))
        .istore(3);
  }

  static byte[] net(byte[] original) {
    return rewritten(
        original,
        PLACES_IN_NET,
        (method, found) ->
            is(method, "connect", CONNECT)
                ? before(code -> turnParameters(code, STREAM), found)
                : is(method, "bind", BIND)
                    ? before(code -> turnParameters(code, LOCAL), found)
                    : null);
  }

  static byte[] datagramChannel(byte[] original) {
    return rewritten(
        original,
        PLACES_IN_DATAGRAM_CHANNEL,
        (method, found) ->
            switch (method.methodName().stringValue()) {
              case "connect" ->
                  (code, element) -> {
                    if (element instanceof InvokeInstruction call
                        && call.owner().asSymbol().equals(NET)
                        && call.name().equalsString("connect")
                        && call.typeSymbol().equals(CONNECT)) {
                      found.add(method);
                      code.invokestatic(DETOUR, CONNECT_DATAGRAM, CONNECT);
                    } else {
                      code.with(element);
                    }
                  };
              case "sendFromNativeBuffer" ->
                  before(
                      code ->
                          code.aload(3)
                              .loadConstant(DATAGRAM)
                              .invokestatic(DETOUR, "turn", TURN)
                              .astore(3),
                      found);
              case "sourceSocketAddress" ->
                  (code, element) -> {
                    if (element instanceof ReturnInstruction) {
                      if (!found.contains(method)) {
                        found.add(method);
                      }
                      code.loadConstant(SOURCE).invokestatic(DETOUR, "turn", TURN);
                    }
                    code.with(element);
                  };
              default -> null;
            });
  }

  private interface Weaver {
    @Nullable CodeTransform of(MethodModel method, List<Object> found);
  }

  private static byte[] rewritten(byte[] original, int places, Weaver weaver) {
    List<Object> found = new ArrayList<>();
    ClassTransform transform =
        (type, element) -> {
          CodeTransform change =
              element instanceof MethodModel method && method.code().isPresent()
                  ? weaver.of(method, found)
                  : null;
          if (element instanceof MethodModel method && change != null) {
            type.transformMethod(
                method,
                (builder, part) -> {
                  if (part instanceof java.lang.classfile.CodeModel code) {
                    builder.transformCode(code, change);
                  } else {
                    builder.with(part);
                  }
                });
          } else {
            type.with(element);
          }
        };
    ClassFile files = ClassFile.of();
    byte[] changed = files.transformClass(files.parse(original), transform);
    if (found.size() != places) {
      throw new IllegalStateException("this JDK's socket code has another shape than JDK 25's");
    }
    return changed;
  }

  private static CodeTransform before(
      java.util.function.Consumer<CodeBuilder> first, List<Object> found) {
    found.add(first);
    return new CodeTransform() {
      @Override
      public void atStart(CodeBuilder code) {
        first.accept(code);
      }

      @Override
      public void accept(CodeBuilder code, CodeElement element) {
        code.with(element);
      }
    };
  }

  private static boolean is(MethodModel method, String name, MethodTypeDesc type) {
    return method.methodName().equalsString(name) && method.methodTypeSymbol().equals(type);
  }
}

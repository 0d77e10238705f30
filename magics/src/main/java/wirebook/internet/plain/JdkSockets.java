// Above 500 lines: one list of the JDK's methods that are rewritten, each with its replacement.
package wirebook.internet.plain;

import static java.lang.classfile.ClassFile.ACC_PUBLIC;
import static java.lang.classfile.ClassFile.ACC_STATIC;
import static java.lang.classfile.ClassFile.ACC_VOLATILE;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The places inside the JDK's socket code that all sockets and channels share: where an address
 * goes to the system or comes from it ({@code sun.nio.ch.Net.connect} and {@code bind}, the sending
 * and receiving of datagrams), where bytes do ({@code SocketDispatcher}, {@code
 * DatagramDispatcher}), where a connection begins and ends, and where one waits for that: a
 * selector, and the clock of {@code HttpClient}. Each of them tells a function, which is kept in a
 * class added to their package. Asked for an address, it returns the one to go on with, or an
 * exception to throw. Long, as each place is rewritten in a way of its own.
 */
final class JdkSockets {
  static final String PACKAGE = "sun.nio.ch.";
  private static final ClassDesc NET = ClassDesc.of(PACKAGE + "Net");
  static final ClassDesc DETOUR = ClassDesc.of(PACKAGE + "WirebookDetour");
  private static final ClassDesc SOCKET = ClassDesc.of(PACKAGE + "NioSocketImpl");

  /** {@code sun.nio.ch.IOStatus.UNAVAILABLE}. */
  private static final int UNAVAILABLE = -2;

  private static final ClassDesc CHANNEL = ClassDesc.of(PACKAGE + "DatagramChannelImpl");
  private static final ClassDesc STREAM_CHANNEL = ClassDesc.of(PACKAGE + "SocketChannelImpl");
  private static final ClassDesc ASYNCHRONOUS_CHANNEL =
      ClassDesc.of(PACKAGE + "UnixAsynchronousSocketChannelImpl");
  private static final ClassDesc FUNCTION = desc(Function.class);
  private static final ClassDesc SOCKET_ADDRESS = desc(InetSocketAddress.class);
  static final ClassDesc IO_EXCEPTION = desc(IOException.class);
  static final ClassDesc ADDRESS = desc(InetAddress.class);
  static final ClassDesc DESCRIPTOR = desc(FileDescriptor.class);
  private static final ClassDesc BUFFER = desc(ByteBuffer.class);
  static final ClassDesc VOID = ConstantDescs.CD_void;
  static final ClassDesc INT = ConstantDescs.CD_int;
  private static final ClassDesc LONG = ConstantDescs.CD_long;

  private static final MethodTypeDesc TURN =
      MethodTypeDesc.of(SOCKET_ADDRESS, SOCKET_ADDRESS, INT, DESCRIPTOR);
  private static final MethodTypeDesc TELL = MethodTypeDesc.of(VOID, INT, DESCRIPTOR, LONG, LONG);
  private static final MethodTypeDesc TELL_BUFFER =
      MethodTypeDesc.of(VOID, INT, DESCRIPTOR, BUFFER, INT, INT);
  private static final MethodTypeDesc TELL_FAILURE =
      MethodTypeDesc.of(VOID, IO_EXCEPTION, desc(SocketAddress.class));
  private static final MethodTypeDesc SHUTDOWN = MethodTypeDesc.of(VOID, DESCRIPTOR, INT);
  private static final MethodTypeDesc CONNECT =
      MethodTypeDesc.of(INT, desc(ProtocolFamily.class), DESCRIPTOR, ADDRESS, INT);
  private static final MethodTypeDesc BIND = CONNECT.changeReturnType(VOID);
  private static final MethodTypeDesc ONE = MethodTypeDesc.of(INT, DESCRIPTOR, LONG, INT);
  private static final MethodTypeDesc SEVERAL = MethodTypeDesc.of(LONG, DESCRIPTOR, LONG, INT);
  private static final MethodTypeDesc ACCEPT =
      MethodTypeDesc.of(INT, DESCRIPTOR, DESCRIPTOR, SOCKET_ADDRESS.arrayType());
  private static final String CONNECT_DATAGRAM = "connectDatagram";
  private static final ClassDesc SELECTOR = ClassDesc.of(PACKAGE + "SelectorImpl");
  private static final MethodTypeDesc DO_SELECT =
      MethodTypeDesc.of(INT, desc(Consumer.class), LONG);
  private static final MethodTypeDesc SELECT =
      MethodTypeDesc.of(INT, SELECTOR, desc(Consumer.class), LONG);
  static final MethodTypeDesc GROUP = MethodTypeDesc.of(INT, INT, INT);
  private static final MethodTypeDesc POLLED = MethodTypeDesc.of(VOID, DESCRIPTOR);
  private static final MethodTypeDesc READS =
      MethodTypeDesc.of(ConstantDescs.CD_boolean, DESCRIPTOR);
  private static final MethodTypeDesc WAITED = MethodTypeDesc.of(VOID, DESCRIPTOR, LONG);
  private static final MethodTypeDesc AHEAD = MethodTypeDesc.of(LONG);
  private static final ClassDesc MODULE = desc(Module.class);
  private static final String HTTP_CLIENT = "jdk.internal.net.http.common.";

  private JdkSockets() {}

  static ClassDesc desc(Class<?> type) {
    return type.describeConstable().orElseThrow();
  }

  /** The classes to rewrite, and how. */
  static Map<String, Function<byte[], byte[]>> rewriters() {
    Map<String, Function<byte[], byte[]>> all = new LinkedHashMap<>();
    all.put(PACKAGE + "Net", JdkSockets::net);
    all.put(PACKAGE + "DatagramChannelImpl", JdkSockets::datagramChannel);
    all.put(PACKAGE + "SocketDispatcher", b -> dispatcher(b, "SocketDispatcher", JdkCall.READ));
    all.put(
        PACKAGE + "DatagramDispatcher",
        b -> dispatcher(b, "DatagramDispatcher", JdkCall.READ_DATAGRAM));
    all.put(PACKAGE + "UnixDispatcher", JdkSockets::unixDispatcher);
    all.put(PACKAGE + "NioSocketImpl", JdkSockets::socketImpl);
    all.put(PACKAGE + "SocketChannelImpl", JdkSockets::socketChannel);
    all.put(PACKAGE + "UnixAsynchronousSocketChannelImpl", JdkSockets::asynchronousChannel);
    all.put(PACKAGE + "ServerSocketChannelImpl", b -> rewritten(b, 1, JdkSockets::accepts));
    all.put(
        PACKAGE + "UnixAsynchronousServerSocketChannelImpl",
        b -> rewritten(b, 2, JdkSockets::accepts));
    all.put(PACKAGE + "SelectorImpl", JdkSockets::selector);
    all.put(HTTP_CLIENT + "TimeSource", JdkSockets::timeSource);
    return all;
  }

  /** A class with the function, in a field of this name, and with the calls of it. */
  static final String FUNCTION_FIELD = "told";

  /** Its method that lets another module call it. */
  static final String OPEN = "open";

  /**
   * @param more methods of it
   */
  static byte[] detour(UnaryOperator<ClassBuilder> more) {
    return ClassFile.of()
        .build(
            DETOUR,
            type ->
                more.apply(type)
                    .withFlags(ACC_PUBLIC)
                    .withField(FUNCTION_FIELD, FUNCTION, ACC_PUBLIC | ACC_STATIC | ACC_VOLATILE)
                    .withMethodBody(
                        "turn",
                        TURN,
                        ACC_STATIC,
                        code -> {
                          told(code, c -> number(c, 1), c -> c.aload(0), c -> c.aload(2))
                              .dup()
                              .instanceOf(IO_EXCEPTION)
                              .ifThen(failed -> failed.checkcast(IO_EXCEPTION).athrow())
                              .checkcast(SOCKET_ADDRESS)
                              .areturn();
                        })
                    .withMethodBody(
                        "tell",
                        TELL,
                        ACC_STATIC,
                        code -> {
                          told(
                                  code,
                                  c -> number(c, 0),
                                  c -> c.aload(1),
                                  c -> longer(c, 2),
                                  c -> longer(c, 4))
                              .pop()
                              .return_();
                        })
                    .withMethodBody(
                        "ask",
                        TELL,
                        ACC_STATIC,
                        code -> {
                          thrown(
                              told(
                                  code,
                                  c -> number(c, 0),
                                  c -> c.aload(1),
                                  c -> longer(c, 2),
                                  c -> longer(c, 4)));
                        })
                    .withMethodBody(
                        "tellBuffer",
                        TELL_BUFFER,
                        ACC_STATIC,
                        code -> {
                          told(
                                  code,
                                  c -> number(c, 0),
                                  c -> c.aload(1),
                                  c -> c.aload(2),
                                  c -> number(c, 3),
                                  c -> number(c, 4))
                              .pop()
                              .return_();
                        })
                    .withMethodBody(
                        "tellFailure",
                        TELL_FAILURE,
                        ACC_STATIC,
                        code -> {
                          told(code, JdkCall.CONNECT_FAILED, c -> c.aload(0), c -> c.aload(1))
                              .pop()
                              .return_();
                        })
                    .withMethodBody(
                        "shutdown", SHUTDOWN, ACC_STATIC, code -> shutdown(code, JdkCall.SHUTDOWN))
                    .withMethodBody(
                        "closing", SHUTDOWN, ACC_STATIC, code -> shutdown(code, JdkCall.CLOSING))
                    .withMethodBody("accept", ACCEPT, ACC_STATIC, JdkSockets::accept)
                    .withMethodBody(
                        "polled",
                        POLLED,
                        ACC_STATIC,
                        code -> thrown(told(code, JdkCall.POLLED, c -> c.aload(0))))
                    .withMethodBody(
                        "reads",
                        READS,
                        ACC_STATIC,
                        code -> {
                          unboxed(
                                  told(code, JdkCall.READS, c -> c.aload(0)),
                                  ConstantDescs.CD_boolean)
                              .ireturn();
                        })
                    .withMethodBody(
                        "waited",
                        WAITED,
                        ACC_STATIC,
                        code -> {
                          thrown(told(code, JdkCall.WAITED, c -> c.aload(0), c -> longer(c, 1)));
                        })
                    .withMethodBody("select", SELECT, ACC_STATIC, JdkSockets::select)
                    .withMethodBody(
                        "ahead",
                        AHEAD,
                        ACC_PUBLIC | ACC_STATIC,
                        code -> {
                          unboxed(told(code, JdkCall.AHEAD), LONG).lreturn();
                        })
                    .withMethodBody(
                        OPEN,
                        MethodTypeDesc.of(VOID, MODULE),
                        ACC_PUBLIC | ACC_STATIC,
                        code ->
                            code.loadConstant(DETOUR)
                                .invokevirtual(
                                    desc(Class.class), "getModule", MethodTypeDesc.of(MODULE))
                                .loadConstant(DETOUR.packageName())
                                .aload(0)
                                .invokevirtual(
                                    MODULE,
                                    "addExports",
                                    MethodTypeDesc.of(MODULE, desc(String.class), MODULE))
                                .pop()
                                .return_())
                    .withMethodBody(
                        CONNECT_DATAGRAM,
                        CONNECT,
                        ACC_STATIC,
                        code -> {
                          turnParameters(code, JdkCall.CONNECT_DATAGRAM);
                          code.aload(0)
                              .aload(1)
                              .aload(2)
                              .iload(3)
                              .invokestatic(NET, "connect", CONNECT)
                              .ireturn();
                        }));
  }

  private static void shutdown(CodeBuilder code, JdkCall call) {
    tell(code, call, 0, c -> c.iload(1).i2l(), CodeBuilder::lconst_0)
        .aload(0)
        .iload(1)
        .invokestatic(NET, "shutdown", SHUTDOWN)
        .return_();
  }

  /** The address that the system gives becomes that of who connected. */
  private static void accept(CodeBuilder code) {
    code.aload(0).aload(1).aload(2).invokestatic(NET, "accept", ACCEPT).istore(3);
    code.iload(3)
        .ifThen(
            Opcode.IFGT,
            came ->
                came.aload(2)
                    .iconst_0()
                    .aload(2)
                    .iconst_0()
                    .aaload()
                    .loadConstant(JdkCall.ACCEPTED.number())
                    .aload(1)
                    .invokestatic(DETOUR, "turn", TURN)
                    .aastore());
    code.iload(3).ireturn();
  }

  private static @Nullable CodeTransform accepts(MethodModel method, List<Object> found) {
    return (code, element) -> {
      if (calls(element, NET, "accept")) {
        found.add(method);
        code.invokestatic(DETOUR, "accept", ACCEPT);
      } else {
        code.with(element);
      }
    };
  }

  /** Throws the exception on the stack, if it is one. */
  static void thrown(CodeBuilder code) {
    code.dup()
        .instanceOf(IO_EXCEPTION)
        .ifThen(failed -> failed.checkcast(IO_EXCEPTION).athrow())
        .pop()
        .return_();
  }

  /** Looks for as long as it is told to, and once more, without waiting, if it is told to. */
  private static void select(CodeBuilder code) {
    unboxed(told(code, JdkCall.SELECT, c -> c.aload(0), c -> longer(c, 2)), LONG).lstore(4);
    code.aload(0).aload(1).lload(4).invokevirtual(SELECTOR, "doSelect", DO_SELECT).istore(6);
    unboxed(
            told(code, JdkCall.SELECTED, c -> c.aload(0), c -> number(c, 6)),
            ConstantDescs.CD_boolean)
        .ifThen(
            again ->
                again
                    .aload(0)
                    .aload(1)
                    .lconst_0()
                    .invokevirtual(SELECTOR, "doSelect", DO_SELECT)
                    .istore(6));
    code.iload(6).ireturn();
  }

  /** The number or truth in the object on the stack. */
  static CodeBuilder unboxed(CodeBuilder code, ClassDesc type) {
    ClassDesc box =
        type.equals(LONG)
            ? ConstantDescs.CD_Long
            : type.equals(INT) ? ConstantDescs.CD_Integer : ConstantDescs.CD_Boolean;
    return code.checkcast(box)
        .invokevirtual(box, type.displayName() + "Value", MethodTypeDesc.of(type));
  }

  /** Tells of a call and its arguments, an object each; what it returns is on the stack. */
  @SafeVarargs
  static CodeBuilder told(
      CodeBuilder code, Consumer<CodeBuilder> call, Consumer<CodeBuilder>... arguments) {
    code.getstatic(DETOUR, FUNCTION_FIELD, FUNCTION)
        .loadConstant(arguments.length + 1)
        .anewarray(ConstantDescs.CD_Object);
    object(code, 0, call);
    for (int i = 0; i < arguments.length; i++) {
      object(code, i + 1, arguments[i]);
    }
    return code.invokeinterface(
        FUNCTION, "apply", MethodTypeDesc.of(ConstantDescs.CD_Object, ConstantDescs.CD_Object));
  }

  @SafeVarargs
  static CodeBuilder told(CodeBuilder code, JdkCall call, Consumer<CodeBuilder>... arguments) {
    return told(
        code, c -> boxed(c.loadConstant(call.number()), ConstantDescs.CD_Integer, INT), arguments);
  }

  private static void object(CodeBuilder code, int index, Consumer<CodeBuilder> value) {
    code.dup().loadConstant(index);
    value.accept(code);
    code.aastore();
  }

  static void number(CodeBuilder code, int slot) {
    boxed(code.iload(slot), ConstantDescs.CD_Integer, INT);
  }

  private static void longer(CodeBuilder code, int slot) {
    boxed(code.lload(slot), ConstantDescs.CD_Long, LONG);
  }

  private static void boxed(CodeBuilder code, ClassDesc box, ClassDesc type) {
    code.invokestatic(box, "valueOf", MethodTypeDesc.of(box, type));
  }

  /** Tells of the descriptor in a local variable, and of two numbers. */
  private static CodeBuilder tell(
      CodeBuilder code,
      JdkCall call,
      int descriptor,
      Consumer<CodeBuilder> one,
      Consumer<CodeBuilder> two) {
    return tell(code, call, c -> c.aload(descriptor), one, two);
  }

  private static CodeBuilder tell(
      CodeBuilder code,
      JdkCall call,
      Consumer<CodeBuilder> descriptor,
      Consumer<CodeBuilder> one,
      Consumer<CodeBuilder> two) {
    code.loadConstant(call.number());
    List.of(descriptor, one, two).forEach(each -> each.accept(code));
    return code.invokestatic(DETOUR, "tell", TELL);
  }

  /** In a method of the shape of connect, turns the address and the port that were passed. */
  private static void turnParameters(CodeBuilder code, JdkCall call) {
    code.new_(SOCKET_ADDRESS)
        .dup()
        .aload(2)
        .iload(3)
        .invokespecial(
            SOCKET_ADDRESS, ConstantDescs.INIT_NAME, MethodTypeDesc.of(VOID, ADDRESS, INT))
        .loadConstant(call.number())
        .aload(1)
        .invokestatic(DETOUR, "turn", TURN)
        .dup()
        .invokevirtual(SOCKET_ADDRESS, "getAddress", MethodTypeDesc.of(ADDRESS))
        .astore(2)
        .invokevirtual(SOCKET_ADDRESS, "getPort", MethodTypeDesc.of(INT))
        .istore(3);
  }

  private static byte[] net(byte[] original) {
    return rewritten(
        original,
        8,
        (method, found) ->
            switch (method.methodName().stringValue()) {
              case "join4", "drop4" -> before(code -> group(code, /* byIndex= */ false), found);
              case "join6", "drop6" -> before(code -> group(code, /* byIndex= */ true), found);
              case "connect" ->
                  is(method, "connect", CONNECT)
                      ? around(
                          code -> turnParameters(code, JdkCall.CONNECT),
                          code ->
                              tell(
                                  code,
                                  JdkCall.CONNECTING,
                                  1,
                                  c -> c.lconst_0(),
                                  c -> c.lconst_0()),
                          found)
                      : null;
              case "bind" ->
                  is(method, "bind", BIND)
                      ? before(code -> turnParameters(code, JdkCall.BIND), found)
                      : null;
              case "pollConnectNow" ->
                  before(code -> code.aload(0).invokestatic(DETOUR, "polled", POLLED), found);
              case "localAddress" ->
                  after(
                      code ->
                          code.loadConstant(JdkCall.LOCAL.number())
                              .aload(0)
                              .invokestatic(DETOUR, "turn", TURN),
                      found);
              default -> null;
            });
  }

  /** In {@code join4} and its kin: descriptor, group, interface, source. */
  private static void group(CodeBuilder code, boolean byIndex) {
    code.iload(2).loadConstant(byIndex ? 1 : 0).invokestatic(DETOUR, "group", GROUP).istore(2);
  }

  private static byte[] datagramChannel(byte[] original) {
    return rewritten(
        original,
        4,
        (method, found) ->
            switch (method.methodName().stringValue()) {
              case "connect" -> instead(NET, "connect", CONNECT_DATAGRAM, CONNECT, found);
              case "sendFromNativeBuffer" ->
                  around(
                      code -> {
                        code.loadConstant(JdkCall.SEND.number())
                            .aload(1)
                            .aload(2)
                            .iconst_0()
                            .iconst_0()
                            .invokestatic(DETOUR, "tellBuffer", TELL_BUFFER)
                            .aload(3)
                            .loadConstant(JdkCall.SEND_TO.number())
                            .aload(1)
                            .invokestatic(DETOUR, "turn", TURN)
                            .astore(3);
                      },
                      code -> {
                        code.dup().istore(4);
                        tell(code, JdkCall.WROTE, 1, CodeBuilder::lconst_0, c -> c.iload(4).i2l());
                      },
                      found);
              case "receiveIntoNativeBuffer" ->
                  after(
                      code ->
                          code.dup()
                              .istore(2)
                              .loadConstant(JdkCall.RECEIVED.number())
                              .aload(0)
                              .getfield(CHANNEL, "fd", DESCRIPTOR)
                              .aload(1)
                              .iload(3)
                              .iload(2)
                              .invokestatic(DETOUR, "tellBuffer", TELL_BUFFER),
                      found);
              case "sourceSocketAddress" ->
                  after(
                      code ->
                          code.loadConstant(JdkCall.SOURCE.number())
                              .aload(0)
                              .getfield(CHANNEL, "fd", DESCRIPTOR)
                              .invokestatic(DETOUR, "turn", TURN),
                      found);
              default -> null;
            });
  }

  /** Gives read, write and their kin bodies that tell before or after they call the system. */
  private static byte[] dispatcher(byte[] original, String name, JdkCall read) {
    ClassDesc type = ClassDesc.of(PACKAGE + name);
    List<String> found = new ArrayList<>();
    ClassTransform transform =
        (builder, element) -> {
          if (!(element instanceof MethodModel method)
              || !List.of("read", "readv", "write", "writev")
                  .contains(method.methodName().stringValue())
              || method.code().isEmpty()) {
            builder.with(element);
            return;
          }
          String called = method.methodName().stringValue();
          MethodTypeDesc shape = method.methodTypeSymbol();
          boolean vector = called.endsWith("v");
          if (!shape.equals(vector ? SEVERAL : ONE)) {
            return;
          }
          found.add(called);
          // The calls of each dispatcher stand in the same order.
          int first = read.number() + (vector ? 1 : 0);
          builder.withMethodBody(
              called,
              shape,
              method.flags().flagsMask(),
              code -> {
                if (called.startsWith("read")) {
                  read(code, type, called, shape, JdkCall.of(first), read);
                } else {
                  write(code, type, called, shape, JdkCall.of(first + 2));
                }
              });
        };
    ClassFile files = ClassFile.of();
    byte[] changed = files.transformClass(files.parse(original), transform);
    return checked(changed, found.size(), 4);
  }

  private static void read(
      CodeBuilder code,
      ClassDesc type,
      String name,
      MethodTypeDesc shape,
      JdkCall call,
      JdkCall family) {
    boolean wide = shape.returnType().equals(LONG);
    JdkCall failed = family == JdkCall.READ ? JdkCall.READ_FAILED : JdkCall.READ_DATAGRAM_FAILED;
    code.trying(
        body -> {
          system(body, type, name, shape);
          if (wide) {
            body.lstore(5);
          } else {
            body.i2l().lstore(5);
          }
        },
        handler ->
            handler.catching(
                IO_EXCEPTION,
                thrown -> {
                  thrown.astore(7);
                  tell(thrown, failed, 1, CodeBuilder::lconst_0, CodeBuilder::lconst_0)
                      .aload(7)
                      .athrow();
                }));
    tell(code, call, 1, c -> c.lload(2), c -> c.lload(5));
    code.lload(5);
    if (wide) {
      code.lreturn();
    } else {
      code.l2i().ireturn();
    }
  }

  private static void write(
      CodeBuilder code, ClassDesc type, String name, MethodTypeDesc shape, JdkCall call) {
    code.loadConstant(call.number())
        .aload(1)
        .lload(2)
        .iload(4)
        .i2l()
        .invokestatic(DETOUR, "ask", TELL);
    system(code, type, name, shape);
    if (shape.returnType().equals(LONG)) {
      code.lstore(5);
      tell(code, JdkCall.WROTE, 1, CodeBuilder::lconst_0, c -> c.lload(5)).lload(5).lreturn();
    } else {
      code.istore(5);
      tell(code, JdkCall.WROTE, 1, CodeBuilder::lconst_0, c -> c.iload(5).i2l()).iload(5).ireturn();
    }
  }

  private static void system(CodeBuilder code, ClassDesc type, String name, MethodTypeDesc shape) {
    code.aload(1).lload(2).iload(4).invokestatic(type, name + "0", shape);
  }

  private static byte[] unixDispatcher(byte[] original) {
    return rewritten(
        original,
        1,
        (method, found) ->
            is(method, "close", MethodTypeDesc.of(VOID, DESCRIPTOR))
                ? before(
                    code ->
                        tell(code, JdkCall.CLOSE, 1, CodeBuilder::lconst_0, CodeBuilder::lconst_0),
                    found)
                : null);
  }

  private static byte[] socketImpl(byte[] original) {
    return rewritten(
        original,
        12,
        (method, found) ->
            switch (method.methodName().stringValue()) {
              case "endConnect" ->
                  before(
                      code ->
                          tell(
                              code,
                              JdkCall.CONNECTED,
                              1,
                              c -> c.iload(2).i2l(),
                              CodeBuilder::lconst_0),
                      found);
              case "connect" ->
                  method.methodTypeSymbol().parameterList().equals(CONNECT_SOCKET)
                      ? connectSocket(found)
                      : null;
              case "timedRead" -> timedRead(found);
              case "accept", "timedAccept" -> accepts(method, found);
              case "shutdownInput", "shutdownOutput" -> shutdowns("shutdown", found);
              case "close" -> shutdowns("closing", found);
              default -> null;
            });
  }

  /**
   * It tries, and while that is in vain, waits and tries again. In the lab it waits first: only
   * when something has come is it known when it arrives.
   */
  private static CodeTransform timedRead(List<Object> found) {
    List<Object> tries = new ArrayList<>();
    return (code, element) -> {
      if (!calls(element, SOCKET, "tryRead")) {
        code.with(element);
        return;
      }
      found.add(element);
      tries.add(element);
      if (tries.size() == 1) {
        code.aload(1)
            .invokestatic(DETOUR, "reads", READS)
            .ifThenElse(
                inLab -> inLab.pop2().pop2().pop().loadConstant(UNAVAILABLE),
                elsewhere -> elsewhere.with(element));
      } else {
        code.aload(1).lload(5).invokestatic(DETOUR, "waited", WAITED).with(element);
      }
    };
  }

  private static final List<ClassDesc> CONNECT_SOCKET = List.of(desc(SocketAddress.class), INT);

  private static CodeTransform connectSocket(List<Object> found) {
    found.add("patience");
    return new CodeTransform() {
      @Override
      public void atStart(CodeBuilder code) {
        patience(code, c -> c.iload(2).i2l());
      }

      @Override
      public void accept(CodeBuilder code, CodeElement element) {
        if (element instanceof InvokeInstruction call
            && call.opcode() == Opcode.INVOKESTATIC
            && call.name().equalsString("ioException")) {
          found.add("failure");
          code.dup2().invokestatic(DETOUR, "tellFailure", TELL_FAILURE);
        }
        code.with(element);
      }
    };
  }

  /** The calls of shutdown(2) go through the method of that name. */
  private static CodeTransform shutdowns(String detour, List<Object> found) {
    return instead(NET, "shutdown", detour, SHUTDOWN, found);
  }

  /** The calls of a method become calls of the detour's. */
  private static CodeTransform instead(
      ClassDesc owner, String name, String detour, MethodTypeDesc shape, List<Object> found) {
    return (code, element) -> {
      if (calls(element, owner, name)) {
        found.add(element);
        code.invokestatic(DETOUR, detour, shape);
      } else {
        code.with(element);
      }
    };
  }

  private static byte[] socketChannel(byte[] original) {
    return rewritten(
        original,
        8,
        (method, found) ->
            switch (method.methodName().stringValue()) {
              case "connect" ->
                  before(
                      code ->
                          patience(
                              code,
                              c ->
                                  c.aload(0)
                                      .invokevirtual(
                                          STREAM_CHANNEL,
                                          "isBlocking",
                                          MethodTypeDesc.of(ConstantDescs.CD_boolean))
                                      .iconst_1()
                                      .isub()
                                      .i2l()),
                      found);
              case "blockingConnect" ->
                  before(
                      code ->
                          patience(code, c -> c.lload(2).loadConstant(NANOS_A_MILLISECOND).ldiv()),
                      found);
              case "implCloseBlockingMode", "implCloseNonBlockingMode" ->
                  shutdowns("closing", found);
              case "endConnect", "endFinishConnect" ->
                  before(
                      code ->
                          tell(
                              code,
                              JdkCall.CONNECTED,
                              c -> c.aload(0).getfield(STREAM_CHANNEL, "fd", DESCRIPTOR),
                              c -> c.iload(2).i2l(),
                              CodeBuilder::lconst_0),
                      found);
              case "shutdownInput", "shutdownOutput" -> shutdowns("shutdown", found);
              default -> null;
            });
  }

  private static final long NANOS_A_MILLISECOND = 1_000_000;

  /** Tells for how long the caller waits for a connection. */
  private static void patience(CodeBuilder code, Consumer<CodeBuilder> millis) {
    tell(code, JdkCall.PATIENCE, CodeBuilder::aconst_null, millis, CodeBuilder::lconst_0);
  }

  /** Its connecting says nothing of a time: it waits for as long as the system. */
  private static byte[] asynchronousChannel(byte[] original) {
    return rewritten(
        original,
        2,
        (method, found) ->
            switch (method.methodName().stringValue()) {
              case "implConnect" -> before(code -> patience(code, CodeBuilder::lconst_0), found);
              case "setConnected" ->
                  after(
                      code ->
                          tell(
                              code,
                              JdkCall.CONNECTED,
                              c -> c.aload(0).getfield(ASYNCHRONOUS_CHANNEL, "fd", DESCRIPTOR),
                              CodeBuilder::lconst_1,
                              CodeBuilder::lconst_0),
                      found);
              default -> null;
            });
  }

  private static byte[] selector(byte[] original) {
    return rewritten(
        original,
        1,
        (method, found) ->
            method.methodName().equalsString("lockAndDoSelect")
                ? instead(SELECTOR, "doSelect", "select", SELECT, found)
                : null);
  }

  /** The clock of HttpClient's time-outs. */
  private static byte[] timeSource(byte[] original) {
    ClassDesc deadline = ClassDesc.of(HTTP_CLIENT + "Deadline");
    return rewritten(
        original,
        1,
        (method, found) ->
            is(method, "instant", MethodTypeDesc.of(deadline))
                ? after(
                    code ->
                        code.invokestatic(DETOUR, "ahead", AHEAD)
                            .invokevirtual(
                                deadline, "plusNanos", MethodTypeDesc.of(deadline, LONG)),
                    found)
                : null);
  }

  private static boolean calls(CodeElement element, ClassDesc owner, String name) {
    return element instanceof InvokeInstruction call
        && call.owner().asSymbol().equals(owner)
        && call.name().equalsString(name);
  }

  interface Weaver {
    @Nullable CodeTransform of(MethodModel method, List<Object> found);
  }

  static byte[] rewritten(byte[] original, int places, Weaver weaver) {
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
                  if (part instanceof CodeModel code) {
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
    return checked(files.transformClass(files.parse(original), transform), found.size(), places);
  }

  private static byte[] checked(byte[] changed, int found, int wanted) {
    if (found != wanted) {
      throw new IllegalStateException(
          "this JDK's socket code has another shape than JDK 25's (%d places of %d)"
              .formatted(found, wanted));
    }
    return changed;
  }

  static CodeTransform before(Consumer<CodeBuilder> first, List<Object> found) {
    return around(first, code -> {}, found);
  }

  private static CodeTransform after(Consumer<CodeBuilder> last, List<Object> found) {
    return around(code -> {}, last, found);
  }

  /** Code at the start, and before each return, where the result is on the stack. */
  private static CodeTransform around(
      Consumer<CodeBuilder> first, Consumer<CodeBuilder> last, List<Object> found) {
    found.add(first);
    return new CodeTransform() {
      @Override
      public void atStart(CodeBuilder code) {
        first.accept(code);
      }

      @Override
      public void accept(CodeBuilder code, CodeElement element) {
        if (element instanceof ReturnInstruction) {
          last.accept(code);
        }
        code.with(element);
      }
    };
  }

  static boolean is(MethodModel method, String name, MethodTypeDesc type) {
    return method.methodName().equalsString(name) && method.methodTypeSymbol().equals(type);
  }
}

package wirebook.kernel.zmq;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import wirebook.codec.Json;
import wirebook.kernel.protocol.ConnectionInfo;
import wirebook.kernel.protocol.Message;
import wirebook.kernel.protocol.WireFormat;
import wirebook.kernel.protocol.WireFormat.Decoded;
import wirebook.kernel.session.History;
import wirebook.kernel.session.Interpreter;
import wirebook.trace.Bytes;

/**
 * Makes the AOT caches (JEPs 483, 514, 515) that let the kernel and its worker start fast, by
 * running a short real session. A cache holds for one jar at one path and one JDK, and for the
 * flags it was made with; where it does not fit, the JVM starts without it.
 *
 * <p>A kernel then starts with the same flags and class path, and with {@link #useFlags}.
 */
public final class Training {
  private static final String KERNEL_CACHE = "wirebook.kernel.aot";
  private static final String WORKER_CACHE = "wirebook.worker.aot";
  private static final List<String> CACHES = List.of(KERNEL_CACHE, WORKER_CACHE);
  private static final String STAMP = "wirebook.aot.stamp";
  private static final Duration LONGEST = Duration.ofMinutes(3);

  /**
   * What people do first, in the lab, which needs no network. The last cell ends the worker as it
   * would end itself, so it can write.
   */
  private static final List<String> CELLS =
      List.of(
          "1+1",
          "System.out.println(\"hello\");",
          "int twice(int x) { return x * 2; }\ntwice(21)",
          "class Point { int x; int y; }\nvar p = new Point(); p.x = 3; p.x",
          "class Point { int x; int y; int z; }",
          "record Pair(String a, int b) {}\nimport java.util.stream.*;\n"
              + "Stream.of(1, 2, 3).map(i -> new Pair(\"n\" + i, i)).toList()",
          "for (int i = 0; i < 1000; i++) { System.out.println(\"line \" + i); }",
          "String s = \"a\"; s.toUpperCase()",
          "undefined + 1",
          "int[] a = {1}; a[3]",
          "display(\"x\")",
          "%magics",
          "%internet lab",
          "%dig google.com",
          "%dig +trace google.com",
          "%curl -v http://httpbin.org/get",
          "Thread t = Thread.ofVirtual().start(() -> System.out.println(\"thread\")); t.join();",
          "wirebook.internet.plain.PlainJava.rehearse();",
          "System.exit(0);");

  /** The exit code of a session in which not even the first cell ran, and how its reason begins. */
  private static final int NO_CELL_RUNS = 3;

  private static final String NO_CELL = "no cell runs here: ";

  private Training() {}

  /** Here no cell runs at all. */
  public static final class CannotRun extends Exception {
    private static final long serialVersionUID = 1L;

    CannotRun(String why) {
      super(why);
    }
  }

  /** Whether there are caches in {@code directory} that a kernel would be started with. */
  public static boolean fits(Path java, List<String> flags, Path jar, Path directory)
      throws IOException {
    Path stampFile = directory.resolve(STAMP);
    return Files.exists(stampFile) && Files.readString(stampFile).equals(stamp(java, flags, jar));
  }

  /** Flags of a JVM that runs a kernel with the caches in {@code directory}. */
  public static List<String> useFlags(Path directory) {
    return List.of(
        "-XX:AOTCache=" + directory.resolve(KERNEL_CACHE),
        "-D" + WORKER_CACHE + "=" + directory.resolve(WORKER_CACHE),
        // A cache that does not fit, or is not there, is no news for the front end's log.
        "-Xlog:disable");
  }

  /**
   * Makes both caches in {@code directory}, which takes some seconds, unless those that are there
   * fit.
   *
   * @param java the launcher that will start the kernel
   * @param flags what it will be started with besides {@link #useFlags}
   * @param jar the jar it will be started from, where it is: the class path
   * @param mainClass of the jar, with the argument {@code kernel} of a kernel
   * @return the complaint, when there are no caches after this; a kernel starts all the same
   * @throws CannotRun when it would start, and run no cell
   */
  public static Optional<String> makeCaches(
      Path java, List<String> flags, Path jar, String mainClass, Path directory)
      throws InterruptedException, CannotRun {
    try {
      if (fits(java, flags, jar, directory)) {
        return Optional.empty();
      }
      Path stampFile = directory.resolve(STAMP);
      Files.deleteIfExists(stampFile);
      // A JVM takes a cache although its jar has changed, and with it the old jar's classes.
      for (String cache : CACHES) {
        Files.deleteIfExists(directory.resolve(cache));
      }
      Path fresh = Files.createTempDirectory(directory, ".aot");
      try {
        Optional<String> complaint = train(java, flags, jar, mainClass, fresh);
        if (complaint.isEmpty()) {
          for (String cache : CACHES) {
            Path made = fresh.resolve(cache);
            readableByAll(made);
            Files.move(made, directory.resolve(cache), StandardCopyOption.REPLACE_EXISTING);
          }
          Files.writeString(stampFile, stamp(java, flags, jar));
          readableByAll(stampFile);
        }
        return complaint;
      } finally {
        delete(fresh);
      }
    } catch (IOException e) {
      return Optional.of(e.toString());
    }
  }

  /** Whoever made it has perhaps a mask that lets nobody else read; a kernelspec may be shared. */
  public static void readableByAll(Path file) throws IOException {
    if (Files.getFileStore(file).supportsFileAttributeView("posix")) {
      Files.setPosixFilePermissions(
          file,
          PosixFilePermissions.fromString(Files.isDirectory(file) ? "rwxr-xr-x" : "rw-r--r--"));
    }
  }

  /** What the caches depend on: another of it, and they are made anew. */
  private static String stamp(Path java, List<String> flags, Path jar) throws IOException {
    Path modules = java.toRealPath().resolveSibling("../lib/modules").normalize();
    return String.join("\n", flags) + "\n" + state(jar) + "\n" + state(modules) + "\n";
  }

  private static String state(Path file) throws IOException {
    return file + " " + Files.size(file) + " " + Files.getLastModifiedTime(file);
  }

  private static Optional<String> train(
      Path java, List<String> flags, Path jar, String mainClass, Path directory)
      throws IOException, InterruptedException, CannotRun {
    List<String> command = new ArrayList<>();
    command.add(java.toString());
    command.addAll(flags);
    command.add("-XX:AOTCacheOutput=" + directory.resolve(KERNEL_CACHE));
    command.add("-D" + WORKER_CACHE + ".output=" + directory.resolve(WORKER_CACHE));
    command.addAll(List.of("-Xlog:disable", "-cp", jar.toString(), mainClass, "kernel", "--train"));
    Path log = directory.resolve("log");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put("JPY_PARENT_PID", String.valueOf(ProcessHandle.current().pid()));
    Process process = builder.start();
    try {
      if (!process.waitFor(LONGEST.toMillis(), TimeUnit.MILLISECONDS)) {
        return Optional.of("the training session took longer than " + LONGEST.toMinutes() + " min");
      }
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    String said = Files.readString(log).strip();
    if (process.exitValue() == NO_CELL_RUNS) {
      throw new CannotRun(said.substring(Math.max(0, said.indexOf(NO_CELL))));
    }
    for (String cache : CACHES) {
      if (!Files.exists(directory.resolve(cache))) {
        return Optional.of("the training session made no " + cache + ": " + said);
      }
    }
    return Optional.empty();
  }

  private static void delete(Path directory) throws IOException {
    try (var left = Files.list(directory)) {
      for (Path file : left.toList()) {
        Files.deleteIfExists(file);
      }
    }
    Files.deleteIfExists(directory);
  }

  /**
   * The session, in the JVM that is being trained. Does not return: the JVM writes its cache when
   * it ends.
   */
  public static void run(Callable<? extends Interpreter> makeInterpreter) {
    int exitCode = 0;
    try {
      Path folder = Files.createTempDirectory("wirebook");
      try {
        runIn(folder, makeInterpreter);
      } finally {
        delete(folder);
      }
    } catch (CannotRun e) {
      System.err.println(e.getMessage());
      // Without a cache, which is made at an orderly end.
      Runtime.getRuntime().halt(NO_CELL_RUNS);
    } catch (IOException e) {
      System.err.println("wirebook: " + e.getMessage());
      exitCode = 1;
    }
    System.exit(exitCode);
  }

  private static void runIn(Path folder, Callable<? extends Interpreter> makeInterpreter)
      throws IOException, CannotRun {
    CompletableFuture<Interpreter> interpreter = KernelProcess.begin(makeInterpreter);
    Json.Obj ports =
        Json.object(
            "shell_port", 0, "iopub_port", 0, "stdin_port", 0, "control_port", 0, "hb_port", 0);
    Json.Obj written =
        ports
            .with("transport", Json.of("tcp"))
            .with("ip", Json.of("127.0.0.1"))
            .with("signature_scheme", Json.of("hmac-sha256"))
            .with("key", Json.of("training"));
    ConnectionInfo connection =
        ConnectionInfo.read(Files.writeString(folder.resolve("connection"), written.write()));
    History history = History.in(folder.resolve("history"), "training");
    try (KernelProcess kernel = new KernelProcess(connection, interpreter, history);
        Peer shell = new Peer(kernel, "DEALER", kernel.shell());
        Peer iopub = new Peer(kernel, "SUB", kernel.iopub());
        Peer heart = new Peer(kernel, "REQ", kernel.heartbeat())) {
      kernel.attend();
      iopub.send(List.of(Bytes.of(new byte[] {1})));
      heart.send(List.of(Bytes.EMPTY, Bytes.utf8("ping")));
      heart.receive();
      Thread.ofPlatform().daemon().start(iopub::drain);
      shell.ask("kernel_info_request", Json.Obj.EMPTY);
      shell.ask("is_complete_request", Json.object("code", "for (;;) {"));
      shell.ask("complete_request", Json.object("code", "\"a\".toUp", "cursor_pos", 8));
      shell.ask("inspect_request", Json.object("code", "Math.max(", "cursor_pos", 9));
      shell.ask("comm_info_request", Json.Obj.EMPTY);
      for (String cell : CELLS) {
        Json.Obj reply =
            shell.ask(
                "execute_request",
                Json.object("code", cell, "stop_on_error", false, "silent", false));
        if (cell.equals(CELLS.getFirst()) && !reply.text("status").equals(Optional.of("ok"))) {
          throw new CannotRun(NO_CELL + reply.text("evalue").orElse(""));
        }
      }
      shell.ask("history_request", Json.object("hist_access_type", "tail", "n", 3));
    }
  }

  /** A front end's socket. */
  private static final class Peer implements AutoCloseable {
    private final SocketChannel channel;
    private final Zmtp.Reader reader = new Zmtp.Reader();
    private final WireFormat format;
    private int count;

    Peer(KernelProcess kernel, String type, SocketAddress address) throws IOException {
      format = kernel.format();
      channel = SocketChannel.open(address);
      channel.write(Zmtp.greeting());
      channel.write(Zmtp.ready(type));
      reader.ready();
    }

    void send(List<Bytes> frames) throws IOException {
      ByteBuffer bytes = Zmtp.message(frames);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }

    List<Bytes> receive() throws IOException {
      ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
      while (true) {
        for (var item = reader.next(); item.isPresent(); item = reader.next()) {
          if (item.get() instanceof Zmtp.Item.Multipart(List<Bytes> frames)) {
            return frames;
          }
        }
        if (channel.read(buffer.clear()) < 0) {
          throw new IOException("the kernel has hung up");
        }
        reader.feed(buffer.flip());
      }
    }

    Json.Obj ask(String type, Json.Obj content) throws IOException {
      Message request =
          new Message(
              List.of(),
              new Message.Header(
                  Json.object(
                      "msg_id", "training-" + ++count, "session", "training", "msg_type", type)),
              Json.Obj.EMPTY,
              Json.Obj.EMPTY,
              content,
              List.of());
      send(format.encode(request));
      return switch (format.decode(receive())) {
        case Decoded.Valid(Message reply) -> reply.content();
        case Decoded.Refused(String reason) -> throw new IOException(reason);
      };
    }

    void drain() {
      try {
        while (true) {
          receive();
        }
      } catch (IOException e) {
        // The session is over.
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}

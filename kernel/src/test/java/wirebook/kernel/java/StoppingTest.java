package wirebook.kernel.java;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.kernel.session.Interpreter.CellRequest;
import wirebook.kernel.session.Interpreter.Outcome;
import wirebook.kernel.session.Interpreter.Outcome.Failed;

@Tag("slow")
class StoppingTest {
  private static final String SLEPT = "try { Thread.sleep(60000); } catch (Throwable e) { } ";

  private static TestCells cells;

  @BeforeAll
  static void start() {
    cells = new TestCells(Map.of("WIREBOOK_INTERNET", "real"));
  }

  @AfterAll
  static void stop() {
    cells.close();
  }

  /** How the cell ends when it is stopped as soon as it says that it runs. */
  private static Outcome stopped(String code) throws Exception {
    return stopped("System.out.println(\"runs\");\n" + code, new TestCells.Recorded());
  }

  private static Outcome stopped(String code, TestCells.Recorded output) throws Exception {
    CompletableFuture<Outcome> outcome =
        CompletableFuture.supplyAsync(() -> cells.run(code, output));
    // Nothing tells when a thread is blocked in the operating system; a stop that comes earlier has
    // to do as well.
    await().pollDelay(Duration.ofMillis(200)).until(() -> output.out().contains("runs"));
    cells.interpreter.interrupt();
    return outcome.get(30, TimeUnit.SECONDS);
  }

  @Test
  void aProgramOfAnEnvironmentThatIsStoppedDoesNotSayByWhat() throws Exception {
    cells.out("%javaenv alone");
    TestCells.Recorded output = new TestCells.Recorded();
    Outcome outcome =
        stopped(
            "%%javaenv alone run\nvoid main() { IO.println(\"runs\"); while (true) { } }", output);
    assertThat(outcome).isInstanceOf(Failed.class);
    assertThat(((Failed) outcome).name()).isEqualTo("Interrupted");
    assertThat(output.err()).isEmpty();
  }

  @Test
  void aSocketThatAStopClosesIsSpokenOf() throws Exception {
    cells.run("var own = new ServerSocket(0);", new TestCells.Recorded());
    TestCells.Recorded output = new TestCells.Recorded();
    stopped("{ System.out.println(\"runs\"); own.accept(); }", output);
    assertThat(output.err()).contains("was closed by the stop");
  }

  @ParameterizedTest
  @ValueSource(strings = {"while (true) { }", "%socket accept -1", "%%time\nThread.sleep(60000);"})
  void aCellThatIsToBeStoppedBeforeItRunsDoesNotRun(String code) {
    Outcome outcome =
        cells.interpreter.execute(
            new CellRequest(code, 1, false, true, () -> true), new TestCells.Recorded());
    assertThat(outcome).isInstanceOf(Failed.class);
    assertThat(((Failed) outcome).name()).isEqualTo("Interrupted");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "while (true) { }",
        "var spin = new java.util.concurrent.atomic.AtomicLong(); while (true) {"
            + " spin.incrementAndGet(); }",
        "void forever() { int i = 0; for (;;) { i++; } }\nforever();",
        "int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }\nfib(90)",
        "Thread.sleep(120000);",
        "new ServerSocket(0).accept();",
        "var lsn = new ServerSocket(0); var cl = new Socket(\"127.0.0.1\", lsn.getLocalPort());"
            + " cl.getInputStream().read();",
        "new DatagramSocket(0).receive(new DatagramPacket(new byte[9], 9));",
        "Object mon = new Object(); synchronized (mon) { mon.wait(); }",
        "while (true) { try { Thread.sleep(50); } catch (InterruptedException e) { } }",
        "while (true) { try { Thread.sleep(50); } catch (Throwable e) { } }",
        "new Scanner(System.in).nextLine()",
        "readLine(\"Name? \")",
        "new Object() { public String toString() { try { Thread.sleep(99999); } catch"
            + " (InterruptedException e) { } return \"swallowed\"; } }",
        "throw new RuntimeException() { public StackTraceElement[] getStackTrace() { while (true) {"
            + " } } };",
        "var endless = new Object() { public String toString() { while (true) { } } };\n%who",
        "LongStream.range(0, Long.MAX_VALUE).sum()",
        "LongStream.range(0, Long.MAX_VALUE).parallel().sum();",
        "Stream.iterate(1, x -> x + 1).parallel().mapToInt(x -> x).max();",
        "new java.math.BigInteger(\"7\").pow(200_000_000);",
        "class Slow { Slow() { while (true) { } } }\nnew Slow();",
        "record Bounded(int a) { Bounded { while (a >= 0) { a = 1; } } }\nnew Bounded(1);",
        "try { while (true) { } } finally { while (true) { } }",
        "Collections.sort(new ArrayList<>(List.of(2, 1)), (x, y) -> { while (true) {"
            + " Thread.onSpinWait(); } });",
        "var hog = new ArrayList<byte[]>(); while (true) { try { hog.add(new byte[100_000]); }"
            + " catch (OutOfMemoryError e) { hog.subList(0, 3).clear(); } }",
        "new ProcessBuilder(\"sleep\", \"60\").start().waitFor();",
        "new Thread(() -> { try { new ServerSocket(0).accept(); } catch (IOException e) { }"
            + " }).start();\n"
            + "Thread.sleep(100000);",
        "new Thread(() -> { "
            + (SLEPT + SLEPT + SLEPT + SLEPT)
            + " try { new ServerSocket(0).accept(); } catch (IOException e) { }"
            + " }).start();\nThread.sleep(100000);",
        "try (var ex = Executors.newFixedThreadPool(2)) { ex.submit(() -> new"
            + " ServerSocket(0).accept()); }",
        "var ls = new ServerSocket(0); var so = new Socket(\"127.0.0.1\", ls.getLocalPort());\n"
            + "try (var ex = Executors.newFixedThreadPool(1)) { ex.submit(() ->"
            + " so.getInputStream().read()); }",
        "try (var ex = Executors.newFixedThreadPool(1)) { ex.submit(() -> { new"
            + " DatagramSocket(0).receive(new DatagramPacket(new byte[9], 9)); return 1; }); }",
        "try (var ex = Executors.newFixedThreadPool(1)) { ex.submit(() ->"
            + " java.nio.channels.ServerSocketChannel.open().bind(null).accept()); }",
        "var f = CompletableFuture.supplyAsync(() -> { try { return new ServerSocket(0).accept(); }"
            + " catch (IOException e) { return null; } }); f.join()",
        "var quiet = new ServerSocket(0);\n%curl http://127.0.0.1:${quiet.getLocalPort()}/",
        "var deaf = new DatagramSocket(0);\n"
            + "%dig @127.0.0.1 -p ${deaf.getLocalPort()} example.org +time=60",
        "try (var ex = Executors.newVirtualThreadPerTaskExecutor()) { ex.submit(() -> {"
            + " Thread.sleep(100000); return 1; }); }",
      })
  void aStoppedCellEndsAndTheVariablesStay(String code) throws Exception {
    cells.out("int kept = 41;");
    assertThat(stopped(code)).isInstanceOf(Failed.class);
    assertThat(cells.value("kept + 1")).contains("42");
    await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(
            () ->
                assertThat(
                        cells.value(
                            "Thread.getAllStackTraces().entrySet().stream().filter(e -> e.getKey()"
                                + " != Thread.currentThread() &&"
                                + " Arrays.stream(e.getValue()).anyMatch(f ->"
                                + " f.getClassName().startsWith(\"REPL.$JShell$\"))).count()"))
                    .contains("0"));
  }

  /** What no exception reaches is left behind, and its cell ends all the same. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "var held = new CountDownLatch(1); var go = new CountDownLatch(1);\n"
            + "Object a = new Object(), b = new Object();\n"
            + "new Thread(() -> { synchronized (b) { held.countDown(); try { go.await(); } catch"
            + " (InterruptedException e) { } synchronized (a) { } } }).start();\n"
            + "synchronized (a) { held.await(); go.countDown(); Thread.sleep(50); synchronized (b)"
            + " { } }",
        "var one = new java.util.concurrent.locks.ReentrantLock();\n"
            + "Thread.ofPlatform().start(() -> { one.lock(); }).join();\none.lock();",
        "import java.lang.foreign.*;\n"
            + "var linker = Linker.nativeLinker();\n"
            + "var sleep = linker.downcallHandle(linker.defaultLookup().find(\"sleep\").get(),"
            + " FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));\n"
            + "int left = (int) sleep.invokeExact(60);",
        "new CompletableFuture<String>().join();",
        "new java.util.concurrent.Semaphore(0).acquireUninterruptibly();",
        "new ProcessBuilder(\"sleep\", \"60\").start().getInputStream().read();",
      })
  void theVariablesOutliveAThreadThatCannotBeStopped(String code) throws Exception {
    cells.out("int kept = 41;");
    assertThat(stopped(code)).isInstanceOf(Failed.class);
    assertThat(cells.value("kept + 1")).contains("42");
    assertThat(cells.out("System.out.println(\"on\");")).isEqualTo("on\n");
  }

  /** There an interrupt does not return before the lock is had. */
  @Test
  void theVariablesOutliveAThreadThatWaitsForAnotherProcesssFile(@TempDir Path folder)
      throws Exception {
    Path file = folder.resolve("locked");
    try (FileChannel channel = FileChannel.open(file, CREATE, WRITE);
        FileLock lock = channel.lock()) {
      assertThat(lock.isValid()).isTrue();
      cells.out("int kept = 41;");
      assertThat(
              stopped(
                  "java.nio.channels.FileChannel.open(Path.of(\""
                      + file
                      + "\"), java.nio.file.StandardOpenOption.WRITE).lock();"))
          .isInstanceOf(Failed.class);
      assertThat(cells.value("kept + 1")).contains("42");
    }
  }

  @Test
  void manyThreadsStuckInNativeCodeLeaveRoomForTheNextCell() throws Exception {
    cells.out(
        "int kept = 41; import java.lang.foreign.*; var lnk = Linker.nativeLinker();\n"
            + "var pause = lnk.downcallHandle(lnk.defaultLookup().find(\"pause\").get(),"
            + " FunctionDescriptor.of(ValueLayout.JAVA_INT));");
    for (int i = 0; i < 6; i++) {
      assertThat(stopped("int ever" + i + " = (int) pause.invokeExact();"))
          .isInstanceOf(Failed.class);
    }
    assertThat(cells.value("kept + 1")).contains("42");
  }

  @Test
  void whatIsLeftOfAStoppedCellIsNotRun() throws Exception {
    cells.out("int after = 0;");
    stopped("Thread.sleep(120000);\nafter = 1;");
    assertThat(cells.value("after")).contains("0");
  }

  @Test
  void aStopBetweenCellsDoesNothing() {
    cells.interpreter.interrupt();
    assertThat(cells.value("20 + 22")).contains("42");
  }
}

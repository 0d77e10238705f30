package wirebook.kernel.java;

import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import wirebook.kernel.java.settings.PeerSettings;
import wirebook.kernel.worker.handle.CrashReports;

/** How the worker's JVM is started. */
final class WorkerOptions {
  /** The file of the worker's AOT cache (JEP 514), used when it is there. */
  static final String AOT_CACHE = "wirebook.worker.aot";

  /**
   * More carriers than processors: a cell that computes keeps one, and servers and magics go on
   * beside it, also on one processor.
   */
  private static final int LEAST_CARRIERS = 4;

  /**
   * A loop that keeps all it makes ends in an error within seconds with so much, and within minutes
   * with the quarter of a large machine's memory, most of it spent on collecting garbage. On a
   * small machine, or in a container, it is the quarter of that.
   */
  private static final long LARGEST_HEAP = 2L << 30;

  private WorkerOptions() {}

  static List<String> ofThisMachine(PeerSettings settings) {
    List<String> options = new ArrayList<>();
    // A later JDK may have retired one of them, and no cell would run.
    options.add("-XX:+IgnoreUnrecognizedVMOptions");
    options.add("-XX:+UseSerialGC");
    // As other collectors have it: else a counted loop goes on for seconds before it can be
    // stopped.
    options.add("-XX:+UseCountedLoopSafepoints");
    options.add("-XX:LoopStripMiningIter=1000");
    // The optimizing compiler comes ten times later than by default, when a loop has run for
    // milliseconds: on two cores it took a third of the time of the lab's first look-ups.
    options.add("-XX:Tier4InvocationThreshold=50000");
    options.add("-XX:Tier4MinInvocationThreshold=6000");
    options.add("-XX:Tier4CompileThreshold=150000");
    options.add("-XX:Tier4BackEdgeThreshold=400000");
    // What cells leave behind is collected before it fills a 64th of the machine's memory; what the
    // compilers used goes back to the system. A million strings a cell take no longer with it, nor
    // with little room at rest, which is 4 to 8 MB a kernel: the heap grows without a collection.
    options.add("-Xms14m");
    options.add("-XX:NewSize=8m");
    options.add("-XX:MinHeapFreeRatio=10");
    options.add("-XX:MaxHeapFreeRatio=20");
    options.add("-XX:-ShrinkHeapInSteps");
    options.add("-XX:ErgoHeapSizeLimit=" + LARGEST_HEAP);
    options.add("-XX:TrimNativeHeapInterval=1000");
    options.add("-XX:+DisplayVMOutputToStderr");
    options.add("-XX:-OmitStackTraceInFastThrow");
    options.add("-XX:-CreateCoredumpOnCrash");
    options.add(CrashReports.option());
    options.add(
        "-Djdk.virtualThreadScheduler.parallelism="
            + Math.max(LEAST_CARRIERS, Runtime.getRuntime().availableProcessors()));
    options.add("-Dfile.encoding=UTF-8");
    // Else the first channel has all jars searched for one, a quarter of the worker's start.
    options.add(
        "-Djava.nio.channels.spi.SelectorProvider="
            + SelectorProvider.provider().getClass().getName());
    // The lab takes plain Java's sockets in by rewriting them when that is wanted.
    options.add("--add-opens=java.base/sun.nio.ch=ALL-UNNAMED");
    options.add("--enable-native-access=ALL-UNNAMED");
    options.add("--add-exports=java.base/jdk.internal.vm=ALL-UNNAMED");
    Optional.ofNullable(System.getProperty(AOT_CACHE))
        .filter(file -> Files.isReadable(Path.of(file)))
        .ifPresent(file -> options.addAll(cache("-XX:AOTCache=" + file)));
    Optional.ofNullable(System.getProperty(AOT_CACHE + ".output"))
        .filter(file -> !Files.exists(Path.of(file)))
        .ifPresent(file -> options.addAll(cache("-XX:AOTCacheOutput=" + file)));
    options.add("-Xlog:disable");
    if (settings.compilerOptions().contains(PeerSettings.PREVIEW)) {
      options.add(PeerSettings.PREVIEW);
    }
    options.addAll(settings.workerOptions());
    return options;
  }

  /**
   * Mapped where it was made for, so that its pages stay as they are in the file. What the training
   * session has used much is not compiled at once, which would take time from the first cell.
   */
  private static List<String> cache(String option) {
    return List.of(
        option,
        "-XX:+UnlockDiagnosticVMOptions",
        "-XX:ArchiveRelocationMode=0",
        "-XX:-AOTReplayTraining");
  }
}

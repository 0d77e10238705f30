package wirebook.kernel.cli;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.channels.spi.SelectorProvider;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import wirebook.codec.Json;
import wirebook.codec.JsonStyle;
import wirebook.kernel.zmq.Training;

/**
 * A Jupyter kernelspec: the directory that tells a front end how to start this kernel. It has a
 * copy of the jar, so that a build does not change the file under a running kernel.
 *
 * @param java the Java launcher that the kernel is started with
 * @param jar the jar that is copied
 */
record KernelSpec(Path java, Path jar) {
  static final String NAME = "wirebook";
  static final String DISPLAY_NAME = "Wirebook (Java 25)";

  /**
   * For a process that must start fast and stay small, and mostly waits. The heap is bounded, for
   * the collector takes all that it may have before it looks at what was promoted (3 GB after 1 600
   * cells with a mistake); {@link wirebook.kernel.session.IdleHeap} has it give back at once what
   * is free. The young generation is small because its pages stay. Methods are compiled early, by
   * the quick compiler alone: at the usual threshold a small cell takes an eighth longer, at half
   * of this one the first result comes 5 ms later; it rises at once when many wait. None is
   * compiled because the training session was long: that costs a start more than it gains. The
   * cache is mapped where it was made for: moved elsewhere, each of its pages is written to, which
   * takes a start 10 ms and 15 MB.
   *
   * <p>Few things of the start look into the jar, whose index takes 8 ms to read: the class is
   * named instead of {@code -jar}, with what the jar's manifest says besides, and so is the
   * provider of selectors, which is looked for in all jars otherwise. Reflection, of which there is
   * little, makes no classes for what it calls once.
   */
  static final List<String> JAVA_FLAGS =
      List.of(
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-XX:-UsePerfData",
          "-Xms24m",
          "-XX:ErgoHeapSizeLimit=384m",
          "-XX:NewSize=8m",
          "-XX:MaxNewSize=8m",
          "-XX:MinHeapFreeRatio=10",
          "-XX:MaxHeapFreeRatio=20",
          "-XX:-ShrinkHeapInSteps",
          "-XX:TrimNativeHeapInterval=1000",
          "-XX:+IgnoreUnrecognizedVMOptions",
          "-XX:+UnlockDiagnosticVMOptions",
          "-XX:-AOTReplayTraining",
          "-XX:ArchiveRelocationMode=0",
          "-XX:CompileThresholdScaling=0.6",
          "-XX:Tier3LoadFeedback=1",
          "-Djava.nio.channels.spi.SelectorProvider="
              + SelectorProvider.provider().getClass().getName(),
          "-Djdk.reflect.useNativeAccessorOnly=true",
          "--add-opens=jdk.jshell/jdk.jshell=ALL-UNNAMED",
          "--add-opens=jdk.compiler/com.sun.tools.javac.api=ALL-UNNAMED",
          "--add-opens=jdk.compiler/com.sun.tools.javac.code=ALL-UNNAMED",
          "--enable-native-access=ALL-UNNAMED");

  static final String JAR = "wirebook.jar";
  private static final List<String> LOGOS =
      List.of("logo-svg.svg", "logo-64x64.png", "logo-32x32.png");

  /** Jupyter takes others, too, but looks for them in small letters. */
  static boolean isName(String name) {
    return name.matches("[a-z0-9][a-z0-9._-]*");
  }

  /** For the Java that runs this. */
  static KernelSpec here(Path jar) {
    return new KernelSpec(Path.of(System.getProperty("java.home"), "bin", "java"), jar);
  }

  /** The jar that this was started from; empty when the classes lie in a directory. */
  static Optional<Path> ownJar() {
    CodeSource source = KernelSpec.class.getProtectionDomain().getCodeSource();
    if (source == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(Path.of(source.getLocation().toURI())).filter(Files::isRegularFile);
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }

  /** The text of {@code kernel.json} for a kernel in {@code directory}. */
  String json(Path directory) {
    List<String> argv = new ArrayList<>(List.of(java.toString()));
    argv.addAll(JAVA_FLAGS);
    argv.addAll(Training.useFlags(directory));
    argv.addAll(
        List.of(
            "-cp",
            directory.resolve(JAR).toString(),
            Main.class.getName(),
            "kernel",
            "{connection_file}"));
    return Json.object(
                "argv",
                Json.texts(argv),
                "display_name",
                DISPLAY_NAME,
                "language",
                "java",
                "interrupt_mode",
                "message",
                "metadata",
                Json.object("debugger", false))
            .write(JsonStyle.INDENTED)
        + "\n";
  }

  /**
   * Writes the directory. Each file is replaced as a whole, and none that is right already, so this
   * may run while kernels run from it, and twice at a time.
   *
   * @throws FileAlreadyExistsException when another kernel is there
   */
  void install(Path directory) throws IOException {
    if (Files.exists(directory.resolve("kernel.json")) && !Files.exists(directory.resolve(JAR))) {
      throw new FileAlreadyExistsException(directory.toString(), null, "another kernel is there");
    }
    createForAll(directory);
    try (InputStream content = Files.newInputStream(jar)) {
      if (!sameContent(directory.resolve(JAR), jar)) {
        replace(directory.resolve(JAR), content);
      }
    }
    for (String logo : LOGOS) {
      try (InputStream content = KernelSpec.class.getResourceAsStream(logo)) {
        if (content == null) {
          throw new IllegalStateException("not in the jar: " + logo);
        }
        replace(directory.resolve(logo), content);
      }
    }
    // Last, because a front end that sees it takes the kernel for installed.
    replace(
        directory.resolve("kernel.json"),
        new ByteArrayInputStream(json(directory).getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * Makes the caches with which the installed kernel starts fast, unless they are there.
   *
   * @return why there are none, when there are none
   * @throws Training.CannotRun when no cell runs in the installed kernel
   */
  Optional<String> train(Path directory) throws InterruptedException, Training.CannotRun {
    return Training.makeCaches(
        java, JAVA_FLAGS, directory.resolve(JAR), Main.class.getName(), directory);
  }

  /** Whether those that are there are of this Java, these flags and this jar. */
  boolean trained(Path directory) throws IOException {
    return Training.fits(java, JAVA_FLAGS, directory.resolve(JAR), directory);
  }

  static boolean sameContent(Path one, Path other) throws IOException {
    return Files.isRegularFile(one) && Files.mismatch(one, other) == -1;
  }

  private static void replace(Path file, InputStream content) throws IOException {
    Path fresh = Files.createTempFile(file.getParent(), ".new-", null);
    try {
      Files.copy(content, fresh, StandardCopyOption.REPLACE_EXISTING);
      Training.readableByAll(fresh);
      try {
        Files.move(
            fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } catch (AtomicMoveNotSupportedException e) {
        Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING);
      }
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  /** Folders that are there keep their permissions. */
  private static void createForAll(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    Path parent = directory.getParent();
    if (parent != null) {
      createForAll(parent);
    }
    Files.createDirectory(directory);
    Training.readableByAll(directory);
  }
}

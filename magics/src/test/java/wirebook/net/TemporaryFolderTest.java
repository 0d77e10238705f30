package wirebook.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemporaryFolderTest {
  @TempDir Path parent;

  @BeforeEach
  void theSystemSaysWhoseAFileIs() {
    assumeTrue(Files.exists(Path.of("/proc/self")), "/proc says who this process's user is");
  }

  private Path folder(String name) throws IOException {
    Path folder = Files.createDirectory(parent.resolve(name));
    Files.writeString(Files.createDirectory(folder.resolve("uploads")).resolve("a.png"), "a");
    return folder;
  }

  @Test
  void whatAKilledProcessLeftIsTakenAway() throws IOException {
    Path left = folder("wirebook1");
    Files.createFile(left.resolve("owner"));
    TemporaryFolder.sweep(parent);
    assertThat(left).doesNotExist();
  }

  @Test
  void whatAProcessHoldsStays() throws IOException {
    Path held = folder("wirebook1");
    try (FileChannel owner =
        FileChannel.open(
            held.resolve("owner"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      owner.lock();
      TemporaryFolder.sweep(parent);
    }
    assertThat(held.resolve("uploads/a.png")).exists();
  }

  @Test
  void whatHasNoOwnerOrAnotherNameStays() throws IOException {
    Path starting = folder("wirebook1");
    Path other = folder("somebody");
    Files.createFile(other.resolve("owner"));
    TemporaryFolder.sweep(parent);
    assertThat(starting).exists();
    assertThat(other).exists();
  }

  @Test
  void theSocketOfAStartThatWasKilledIsTakenAwayAnHourLater() throws IOException {
    Path old = Files.createDirectory(parent.resolve("wirebook1"));
    Path fresh = Files.createDirectory(parent.resolve("wirebook2"));
    Path more = folder("wirebook3");
    for (Path folder : List.of(old, fresh, more)) {
      try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
        server.bind(UnixDomainSocketAddress.of(folder.resolve("worker")));
      }
    }
    FileTime longAgo = FileTime.from(Instant.now().minus(Duration.ofMinutes(61)));
    Files.setLastModifiedTime(old, longAgo);
    Files.setLastModifiedTime(more, longAgo);
    TemporaryFolder.sweep(parent);
    assertThat(old).doesNotExist();
    assertThat(fresh.resolve("worker")).exists();
    assertThat(more.resolve("uploads/a.png")).exists();
  }

  @Test
  void linksAreNotFollowed() throws IOException {
    Path elsewhere = folder("elsewhere");
    Files.createFile(elsewhere.resolve("owner"));
    Files.createSymbolicLink(parent.resolve("wirebook1"), elsewhere);
    Path left = folder("wirebook2");
    Files.createSymbolicLink(left.resolve("owner"), elsewhere.resolve("owner"));
    TemporaryFolder.sweep(parent);
    assertThat(elsewhere.resolve("uploads/a.png")).exists();
    assertThat(left).exists();
  }

  /** Another process that sweeps. */
  static final class Sweeper {
    public static void main(String[] arguments) {
      TemporaryFolder.sweep(Path.of(System.getProperty("java.io.tmpdir")));
    }
  }

  @Test
  void aLivingProcessesFolderStaysAlsoAfterGarbageHasBeenCollected() throws Exception {
    // Nothing here may open the locked file: this process's locks would end when it is closed.
    Path own = TemporaryFolder.get();
    System.gc();
    TemporaryFolder.sweep(Path.of(System.getProperty("java.io.tmpdir")));
    Process sweeper =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Sweeper.class.getName())
            .inheritIO()
            .start();
    assertThat(sweeper.waitFor()).isZero();
    assertThat(own).exists();
  }
}

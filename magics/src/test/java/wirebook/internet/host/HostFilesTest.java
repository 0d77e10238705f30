package wirebook.internet.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;

/** A host's disk. */
class HostFilesTest {
  private final HostFiles files = new HostFiles("host", "ada", 100_000);

  private void write(String name, int bytes) throws IOException {
    Path file = files.home().resolve(name);
    try (SeekableByteChannel to =
        files.limited(
            Files.newByteChannel(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE))) {
      to.write(ByteBuffer.allocate(bytes));
    }
  }

  @Test
  void aFullDiskTakesNoMoreUntilSomethingIsDeleted() throws Exception {
    write("one", 60_000);
    assertThatThrownBy(() -> write("two", 60_000)).hasMessage("No space left on device");
    Files.delete(files.home().resolve("one"));
    write("three", 60_000);
    assertThat(files.used()).isBetween(60_000L, 61_000L);
  }

  @Test
  void whatIsWrittenAgainTakesNoMoreRoom() throws Exception {
    for (int i = 0; i < 10; i++) {
      write("same", 50_000);
    }
    assertThat(files.used()).isLessThan(51_000);
  }

  @Test
  void aFileThatIsTooLargeIsRefusedAndNothingBreaks() throws Exception {
    HostFiles large = new HostFiles("host", "ada", 100 << 20);
    try (SeekableByteChannel to =
        large.limited(
            Files.newByteChannel(
                large.home().resolve("f"), StandardOpenOption.CREATE, StandardOpenOption.WRITE))) {
      for (int i = 0; i < 15; i++) {
        to.write(ByteBuffer.allocate(1 << 20));
      }
      assertThatThrownBy(() -> to.write(ByteBuffer.allocate(1)))
          .hasMessage("File too large: a file has at most 15 MiB here");
    }
  }

  @Test
  void aDiskThatNobodyHasAnyMoreIsGone() throws Exception {
    WeakReference<FileSystem> files = new WeakReference<>(used().getFileSystem());
    for (int i = 0; i < 50 && files.get() != null; i++) {
      System.gc();
      Thread.sleep(20);
    }
    assertThat(files.get()).isNull();
  }

  private static Path used() throws IOException {
    Path home = new HostFiles("host", "ada", 100).home();
    return Files.writeString(home.resolve("notes"), "text");
  }
}

package wirebook.kernel.worker.handle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkerFoldersTest {
  @TempDir private Path folder;

  @Test
  void whereNothingCanBeMadeTheNextPlaceIsTried() throws IOException {
    Path noFolder = Files.writeString(folder.resolve("file"), "");
    Path tooLong = Files.createDirectories(folder.resolve("x".repeat(100)));
    Path good = Path.of("/tmp");
    WorkerFolders.Waiting place =
        WorkerFolders.bind(new LinkedHashSet<>(List.of(noFolder, tooLong, good)));
    place.server().close();
    Files.delete(place.socket());
    Files.delete(place.folder());
    assertThat(place.parent()).isEqualTo(good);
    assertThat(tooLong).isEmptyDirectory();
  }

  @Test
  void whereNoneIsGoodEachIsNamedWithItsReason() {
    Path missing = folder.resolve("missing");
    assertThatThrownBy(() -> WorkerFolders.bind(new LinkedHashSet<>(List.of(missing))))
        .hasMessageContaining(missing + " (")
        .hasMessageContaining("TMPDIR");
  }

  @Test
  void aFolderThatIsGoneIsReplacedByTheHomeFolderOrTheRoot() {
    Path gone = folder.resolve("gone");
    assertThat(WorkerFolders.existing(folder, Map.of())).isEqualTo(folder);
    assertThat(WorkerFolders.existing(gone, Map.of("HOME", folder.toString()))).isEqualTo(folder);
    assertThat(WorkerFolders.existing(gone, Map.of("HOME", gone.toString())))
        .isEqualTo(Path.of("/"));
  }

  @Test
  void fiveReportsOfCrashesAreKeptForAWeek() throws IOException {
    Instant now = Instant.parse("2026-01-20T00:00:00Z");
    for (int days = 0; days < 10; days++) {
      Path report = Files.writeString(folder.resolve("wirebook-crash-" + days + ".log"), "");
      Files.setLastModifiedTime(report, FileTime.from(now.minus(Duration.ofDays(2L * days))));
    }
    Files.writeString(folder.resolve("other.log"), "");
    CrashReports.sweep(folder, now);
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "wirebook-crash-0.log",
              "wirebook-crash-1.log",
              "wirebook-crash-2.log",
              "wirebook-crash-3.log",
              "other.log");
    }
  }
}

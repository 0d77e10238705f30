package wirebook.magics.venv;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotTest {
  @TempDir private Path prefix = Path.of("");

  @BeforeEach
  void make() throws IOException {
    for (String folder : List.of("bin", "lib/flask")) {
      Files.createDirectories(prefix.resolve(folder));
    }
    Files.writeString(prefix.resolve("lib/flask/app.py"), "old");
  }

  /** The files below the prefix. */
  private List<String> files() throws IOException {
    try (Stream<Path> all = Files.walk(prefix)) {
      return all.filter(Files::isRegularFile)
          .map(file -> prefix.relativize(file).toString())
          .toList();
    }
  }

  @Test
  void whatWasThereComesBackAndWhatCameMeanwhileGoes() throws IOException {
    Snapshot before = Snapshot.take(prefix);
    Files.move(prefix.resolve("lib/flask"), prefix.resolve("lib/~lask"));
    Files.writeString(prefix.resolve("lib/half.py"), "new");
    before.restore();
    assertThat(files()).containsExactly("lib/flask/app.py");
  }

  @Test
  void itComesBackAlsoWhenWhatCameMeanwhileCannotBeDeleted() throws IOException {
    Snapshot before = Snapshot.take(prefix);
    Path stays = Files.createDirectory(prefix.resolve("lib/stays"));
    Files.writeString(stays.resolve("file"), "");
    Files.setPosixFilePermissions(stays, PosixFilePermissions.fromString("r-x------"));
    before.restore();
    assertThat(prefix.resolve("lib/flask/app.py")).hasContent("old");
    assertThat(prefix.resolve("lib/stays")).doesNotExist();
    try (Stream<Path> all = Files.walk(prefix)) {
      for (Path folder : all.filter(Files::isDirectory).toList()) {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
      }
    }
    Snapshot.repair(prefix);
    assertThat(files()).as("a later look deletes it").containsExactly("lib/flask/app.py");
  }

  @Test
  void aRestorationThatWasStoppedAfterAnyStepIsEnded() throws IOException {
    Snapshot.take(prefix);
    Files.createDirectory(prefix.resolve(".before/lib1"));
    Files.move(prefix.resolve("lib"), prefix.resolve(".before/lib1/lib"));
    Snapshot.repair(prefix);
    assertThat(files()).containsExactly("lib/flask/app.py");
  }
}

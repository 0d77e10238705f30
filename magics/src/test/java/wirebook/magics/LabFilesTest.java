package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.engine.ssh.files.FileTransfers;
import wirebook.internet.Internets;
import wirebook.magics.ssh.Scp;
import wirebook.magics.ssh.Sftp;

/** Files that go to the lab's hosts and come back. */
@Tag("slow")
class LabFilesTest {
  private final Internets internets = new Internets("lab");
  @TempDir private Path folder;
  private TestCells cells = new TestCells(internets, Path.of(""));

  @BeforeEach
  void sitInAFolder() {
    cells = new TestCells(internets, folder);
  }

  @AfterEach
  void close() throws Exception {
    internets.close();
  }

  private FileTransfers scp(String words) throws InterruptedException {
    return (FileTransfers) cells.run(new Scp(), "scp " + words);
  }

  @Test
  void aFolderGoesThereAndComesBackWhole() throws Exception {
    Files.createDirectories(folder.resolve("notes/deep"));
    Files.writeString(folder.resolve("notes/one"), "1\n");
    Files.write(folder.resolve("notes/deep/many"), new byte[300_000]);
    Set<PosixFilePermission> mode = PosixFilePermissions.fromString("rwx------");
    for (String each : List.of("notes/one", "notes/deep")) {
      Files.setPosixFilePermissions(folder.resolve(each), mode);
    }
    assertThat(scp("-r notes student@neighbour:kept").exitCode()).isZero();
    assertThat(cells.printed()).contains("many", "100%", " 293KB");
    FileTransfers back = scp("-q -r student@neighbour:kept back");
    assertThat(back.files()).extracting(f -> f.bytes()).containsExactlyInAnyOrder(2L, 300_000L);
    assertThat(folder.resolve("back/one")).hasContent("1\n");
    assertThat(Files.getPosixFilePermissions(folder.resolve("back/one"))).isEqualTo(mode);
    assertThat(Files.getPosixFilePermissions(folder.resolve("back/deep"))).isEqualTo(mode);
    assertThat(folder.resolve("back/deep/many")).hasSize(300_000);
  }

  @Test
  void whatIsNotThereIsSaidAsOpenSshSaysIt() throws Exception {
    Files.writeString(folder.resolve("a"), "a");
    assertThat(scp("nope student@neighbour:").exitCode()).isEqualTo(255);
    assertThat(cells.printed()).isEqualTo("scp: stat local \"nope\": No such file or directory\n");
    assertThat(scp("student@neighbour:nope .").exitCode()).isEqualTo(1);
    assertThat(cells.printed()).endsWith("scp: nope: No such file or directory\n");
    assertThat(scp("a student@neighbour:/none/x").exitCode()).isEqualTo(1);
    assertThat(cells.printed())
        .isEqualTo(
            """
            scp: dest open "/none/x": No such file or directory
            scp: failed to upload file a to /none/x
            """);
    assertThat(scp("student@neighbour:.ssh there").exitCode()).isEqualTo(1);
    assertThat(cells.printed()).isEqualTo("scp: download .ssh/: not a regular file\n");
  }

  @Test
  void moreThanOneWindowGoesBothWays() throws Exception {
    Files.write(folder.resolve("large"), new byte[9 << 20]);
    assertThat(scp("-q large student@neighbour:large").exitCode()).isZero();
    assertThat(scp("-q student@neighbour:large back").exitCode()).isZero();
    assertThat(folder.resolve("back")).hasSize(9 << 20);
    Files.write(folder.resolve("larger"), new byte[17 << 20]);
    assertThat(scp("-q larger student@neighbour:").exitCode()).isEqualTo(1);
    assertThat(cells.printed())
        .contains("scp: write remote \"larger\": Failure\n", "scp: failed to upload file larger");
  }

  @Test
  void sftpDoesWhatItIsToldLineByLine() throws Exception {
    Files.writeString(folder.resolve("a"), "text\n");
    cells.run(
        new Sftp(),
        "%%sftp student@neighbour\npwd\nput a b\nmkdir d\nrename b d/c\nls\nls nope\nls -l d\nget d/c e\n");
    assertThat(cells.printed())
        .contains(
            "Connected to neighbour.\n",
            "Remote working directory: /home/student\n",
            "sftp> ls\nd  \n",
            "Can't ls: \"/home/student/nope\" not found\n")
        .containsPattern("student +student +5 .* d/c\n");
    assertThat(folder.resolve("e")).hasContent("text\n");
    Files.writeString(folder.resolve("batch"), "ls nope\nput a never\n");
    FileTransfers batch = (FileTransfers) cells.run(new Sftp(), "sftp -b batch student@neighbour");
    assertThat(batch.exitCode()).isEqualTo(1);
    assertThat(batch.files()).isEmpty();
  }

  @Test
  void sftpRunsCommandsOfThisMachineInItsLocalFolder() throws Exception {
    Files.createDirectory(folder.resolve("sub"));
    cells.run(
        new Sftp(),
        "%%sftp student@neighbour\nlcd sub\n!echo hi > made\n! cat made\n!exit 3\n!\npwd\n");
    assertThat(cells.printed())
        .contains("sftp> ! cat made\nhi\n", "Shell exited with status 3\n", "!COMMAND runs one")
        .endsWith("Remote working directory: /home/student\n");
    assertThat(folder.resolve("sub/made")).hasContent("hi\n");
  }

  @Test
  void sftpGivesFilesToOthersByNumberAlone() throws Exception {
    Files.writeString(folder.resolve("a"), "text\n");
    cells.run(
        new Sftp(),
        "%%sftp student@neighbour\nput a b\nchown root b\nchown\nchgrp 7 none\ndf -h\n");
    assertThat(cells.printed())
        .contains(
            "sftp> chown root b\nYou must supply a numeric argument to the chown command.\n",
            "sftp> chown\nYou must supply a numeric argument to the chown command.\n",
            "sftp> df -h\nServer does not support statvfs@openssh.com extension\n");
  }

  @Test
  void aPatternThatFitsNothingEndsNoSession() throws Exception {
    Files.writeString(folder.resolve("a"), "text\n");
    FileTransfers sftp =
        (FileTransfers)
            cells.run(new Sftp(), "%%sftp student@neighbour\nget b[\nput b[\nput none/*\nput a\n");
    assertThat(sftp.exitCode()).isZero();
    assertThat(sftp.files()).extracting(f -> f.local()).hasSize(1);
    assertThat(cells.printed())
        .contains(
            "File \"/home/student/b[\" not found.\n",
            "stat b[: No such file or directory\n",
            "stat none/*: No such file or directory\n");
    assertThat(scp("student@neighbour:b[ .").exitCode()).isEqualTo(1);
    assertThat(cells.printed()).isEqualTo("scp: b[: No such file or directory\n");
  }

  @Test
  void optionsMayStandBehindTheFiles() throws Exception {
    Files.writeString(folder.resolve("-r"), "text\n");
    assertThat(scp("-q -- -r student@neighbour:kept").exitCode()).isZero();
    assertThat(scp("student@neighbour:kept back -q").exitCode()).isZero();
    assertThat(cells.printed()).isEmpty();
    assertThat(folder.resolve("back")).hasContent("text\n");
    assertThat(scp("-z a b").exitCode()).isEqualTo(1);
    assertThat(cells.printed()).startsWith("scp: unknown option -- z\nusage: scp ");
  }
}

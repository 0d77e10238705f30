package wirebook.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** "Add a magic", done as it is written. */
class AddMagicIT {
  private static final Path TOP = Path.of("..").toAbsolutePath().normalize();

  /** What stands between the first line {@code fence} behind {@code heading} and its end. */
  private static String block(Path file, String heading, String fence) throws IOException {
    String text = Files.readString(file);
    int begin = text.indexOf(fence, text.indexOf(heading)) + fence.length();
    return text.substring(begin, text.indexOf("```", begin));
  }

  /** The jar that the build makes of {@code spi}, {@code net} and {@code trace}. */
  private static Path spi() throws IOException {
    try (Stream<Path> files = Files.list(TOP.resolve("magics/target"))) {
      return files.filter(file -> file.toString().endsWith("-spi.jar")).findFirst().orElseThrow();
    }
  }

  @Test
  void theClassOfTheReadmeIsCompiledAgainstTheSpiAlone(@TempDir Path out) throws Exception {
    Files.writeString(
        out.resolve("Shout.java"), block(TOP.resolve("README.md"), "## Add a magic", "```java\n"));
    Peers.plain(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "javac").toString(),
            "-Xlint:all",
            "-Werror",
            "-cp",
            spi().toString(),
            "-d",
            out.toString(),
            out.resolve("Shout.java").toString()));
    assertThat(out.resolve("my/magics/Shout.class")).exists();
  }

  @Test
  void theClassOfTheReadmeIsAMagicAfterTheLinesOfItsInstructions(@TempDir Path checkout)
      throws Exception {
    Files.createDirectories(checkout.resolve(".lab"));
    Files.createSymbolicLink(checkout.resolve(".lab/wirebook.jar"), Peers.jar());
    Files.createSymbolicLink(checkout.resolve("binder"), TOP.resolve("binder"));
    Files.writeString(
        checkout.resolve("Shout.java"),
        block(TOP.resolve("README.md"), "## Add a magic", "```java\n"));
    String lines = block(TOP.resolve("magics/README.md"), "## Add a magic", "```sh\n");

    String java = System.getProperty("java.home");
    String printed =
        Peers.plain(
            List.of(
                "bash",
                "-ec",
                "export JAVA_HOME='"
                    + java
                    + "' PATH='"
                    + java
                    + "/bin':$PATH; cd '"
                    + checkout
                    + "'\n"
                    + lines));

    assertThat(printed).isEqualToIgnoringNewLines("HELLO");
    Files.writeString(
        checkout.resolve("shout.ipynb"),
        """
        {"cells": [{"cell_type": "code", "id": "a", "metadata": {}, "execution_count": null, "outputs": [],
          "source": "%jars shout.jar"},
         {"cell_type": "code", "id": "b", "metadata": {}, "execution_count": null, "outputs": [],
          "source": "String loud = %shout hello\\nif (!loud.equals(\\"HELLO\\")) throw new AssertionError(loud);"}],
         "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        """);
    Peers.plain(Peers.wirebook("run", checkout.resolve("shout.ipynb").toString()));
  }
}

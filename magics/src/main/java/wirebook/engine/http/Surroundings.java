package wirebook.engine.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Where the names of files and of environment variables that options have mean something. */
public interface Surroundings {
  /**
   * The place that a file name means.
   *
   * @param name byte text
   * @throws InvalidPathException when the system can have no such name
   */
  Path path(String name);

  /** An environment variable as byte text; empty when it is not set, or set to nothing. */
  String variable(String name);

  /** A whole file as byte text. */
  default String read(String name) throws IOException {
    try (InputStream in = Files.newInputStream(path(name))) {
      return ByteText.of(in.readAllBytes());
    } catch (InvalidPathException e) {
      throw new NoSuchFileException(name);
    }
  }
}

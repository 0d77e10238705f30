package wirebook.engine.ssh.config;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** What the system says of a file that failed, in its own words. */
public final class SystemWords {
  private SystemWords() {}

  public static String of(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> "No such file or directory";
      case AccessDeniedException _ -> "Permission denied";
      case FileAlreadyExistsException _ -> "File exists";
      case NotDirectoryException _ -> "Not a directory";
      // Its message is the file's name.
      case FileSystemException f when f.getReason() == null -> "Input/output error";
      case FileSystemException f -> f.getReason();
      default -> e.getMessage() == null ? "Input/output error" : e.getMessage();
    };
  }
}

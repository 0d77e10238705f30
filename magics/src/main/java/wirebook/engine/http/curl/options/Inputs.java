package wirebook.engine.http.curl.options;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import wirebook.engine.http.ByteText;

/** Reads the files that options name, as byte text. */
public final class Inputs {
  private static final int MAX = 1 << 30;

  private Inputs() {}

  /** A whole file; {@code -} is standard input. */
  public static String read(CurlEnvironment environment, String name) throws IOException {
    if (name.equals("-")) {
      return ByteText.of(environment.stdin().readAllBytes());
    }
    return read(place(environment, name));
  }

  public static Path place(CurlEnvironment environment, String name) throws IOException {
    try {
      return environment.path(name);
    } catch (InvalidPathException e) {
      throw new NoSuchFileException(name);
    }
  }

  public static String read(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      throw new FileSystemException(path.toString(), null, "Is a directory");
    }
    try (InputStream in = Files.newInputStream(path)) {
      return ByteText.of(in.readNBytes(MAX));
    }
  }

  /** The bytes from {@code from} to {@code to}, both included, as far as they are there. */
  static String range(CurlEnvironment environment, String name, long from, long to)
      throws IOException {
    if (name.equals("-")) {
      String all = read(environment, name);
      int start = (int) Math.min(from, all.length());
      return all.substring(start, (int) Math.min(all.length(), to == Long.MAX_VALUE ? to : to + 1));
    }
    try (SeekableByteChannel channel = Files.newByteChannel(place(environment, name))) {
      channel.position(from);
      try (InputStream in = java.nio.channels.Channels.newInputStream(channel)) {
        long length = to - from >= MAX ? MAX : to - from + 1;
        return ByteText.of(in.readNBytes((int) length));
      }
    }
  }

  /** Without the CR, LF and NUL that {@code -d @file} drops. */
  public static String withoutLineEnds(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '\r' && c != '\n' && c != 0) {
        out.append(c);
      }
    }
    return out.toString();
  }

  /** Lines that are neither blank nor a comment, without their LF. */
  static List<String> lines(String content) {
    List<String> lines = new ArrayList<>();
    for (String line : content.split("\n", -1)) {
      int start = ByteText.skipBlanks(line, 0);
      if (start < line.length() && line.charAt(start) != '#') {
        lines.add(line);
      }
    }
    return lines;
  }

  /** What the system says about a failure, in its own words. */
  public static String why(Exception e) {
    return switch (e) {
      case NoSuchFileException n -> "No such file or directory";
      case AccessDeniedException a -> "Permission denied";
      case FileAlreadyExistsException f -> "File exists";
      case FileSystemException f -> f.getReason() == null ? "Input/output error" : f.getReason();
      case InvalidPathException i -> "No such file or directory";
      default -> e.getMessage() == null ? "Input/output error" : e.getMessage();
    };
  }
}

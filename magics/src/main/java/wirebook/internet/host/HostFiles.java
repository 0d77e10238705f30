package wirebook.internet.host;

import com.github.marschall.memoryfilesystem.MemoryFileSystemBuilder;
import com.github.marschall.memoryfilesystem.MemoryFileSystemProvider;
import com.github.marschall.memoryfilesystem.StringTransformers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The files that one user of a host has: in memory, and no more than its disk holds. */
public final class HostFiles {
  private static final String ROOT = "root";
  private static final long LARGEST_DISK = 160L << 20;

  /** The file system cannot hold 16 MiB in one file, and breaks there. */
  private static final long LARGEST_FILE = 15L << 20;

  private static final String TOO_LARGE =
      "File too large: a file has at most " + (LARGEST_FILE >> 20) + " MiB here";

  private final Path home;
  private final long size;
  private Set<String> atFirst = Set.of();
  private final AtomicLong used = new AtomicLong();

  public HostFiles(String host, String user) {
    this(host, user, Math.min(LARGEST_DISK, Runtime.getRuntime().maxMemory() / 4));
  }

  /**
   * @param size in bytes
   */
  HostFiles(String host, String user, long size) {
    this.size = size;
    try {
      // A provider keeps its file systems; one of its own goes with them.
      FileSystem files =
          new MemoryFileSystemProvider()
              .newFileSystem(
                  URI.create("memory:disk"),
                  // newLinux() is used by whoever runs this machine's Java.
                  MemoryFileSystemBuilder.newEmpty()
                      .addRoot("/")
                      .setSeparator("/")
                      .addForbiddenCharacter('\0')
                      .addFileAttributeView(PosixFileAttributeView.class)
                      .setStoreTransformer(StringTransformers.IDENTIY)
                      .addUser(user)
                      .addGroup(user)
                      .addUser(ROOT)
                      .addGroup(ROOT)
                      .setUmask(PosixFilePermissions.fromString("----w--w-"))
                      .setCurrentWorkingDirectory("/home/" + user)
                      .buildEnvironment());
      home = files.getPath("/home/" + user);
      Files.createDirectories(home);
      Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
      Files.createDirectories(files.getPath("/etc"));
      Files.createDirectories(files.getPath("/tmp"));
      Files.writeString(files.getPath("/etc/hostname"), host + "\n");
      Files.writeString(
          files.getPath("/etc/passwd"),
          "root:x:0:0:root:/root:/bin/bash\n"
              + user
              + ":x:1000:1000::/home/"
              + user
              + ":/bin/bash\n");
      for (String each : List.of("/etc/hostname", "/etc/passwd")) {
        own(files.getPath(each), "rw-r--r--");
      }
      own(files.getPath("/tmp"), "rwxrwxrwx");
      for (String each : List.of("/etc", "/home", "/")) {
        own(files.getPath(each), "rwxr-xr-x");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Gives a file to root. */
  private static void own(Path file, String modes) throws IOException {
    UserPrincipalLookupService users = file.getFileSystem().getUserPrincipalLookupService();
    PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
    view.setPermissions(PosixFilePermissions.fromString(modes));
    view.setGroup(users.lookupPrincipalByGroupName(ROOT));
    view.setOwner(users.lookupPrincipalByName(ROOT));
  }

  public Path home() {
    return home;
  }

  /** What is there now is what was there at first. */
  void asAtFirst() {
    atFirst = state(home);
  }

  boolean hasChanged() {
    return !state(home).equals(atFirst);
  }

  /** The files in a folder, with what changes when they do. */
  static Set<String> state(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile)
          .map(file -> folder.relativize(file) + " " + size(file) + " " + modified(file))
          .collect(Collectors.toSet());
    } catch (IOException | UncheckedIOException e) {
      return Set.of();
    }
  }

  private static String modified(Path file) {
    try {
      return Files.getLastModifiedTime(file).toString();
    } catch (IOException e) {
      return "";
    }
  }

  /** Bytes that it holds. */
  public long size() {
    return size;
  }

  /** Bytes in its files. */
  public long used() throws IOException {
    long sum = 0;
    for (Path root : home.getFileSystem().getRootDirectories()) {
      try (Stream<Path> all = Files.walk(root)) {
        sum += all.filter(Files::isRegularFile).mapToLong(HostFiles::size).sum();
      }
    }
    return sum;
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      return 0;
    }
  }

  /** The same file, which does not grow when the disk is full. */
  public SeekableByteChannel limited(SeekableByteChannel file) {
    return new Limited(file);
  }

  /** There is no room for what is written. */
  static final class Full extends IOException {
    private static final long serialVersionUID = 1;

    Full(String words) {
      super(words);
    }
  }

  private final class Limited implements SeekableByteChannel {
    private final SeekableByteChannel file;

    Limited(SeekableByteChannel file) {
      this.file = file;
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
      if (file.position() + bytes.remaining() > LARGEST_FILE) {
        throw new Full(TOO_LARGE);
      }
      long more = Math.max(0, file.position() + bytes.remaining() - file.size());
      if (used.addAndGet(more) > size) {
        // Files that are gone still count until they are looked for.
        used.set(used() + more);
        if (used.get() > size) {
          used.addAndGet(-more);
          throw new Full("No space left on device");
        }
      }
      return file.write(bytes);
    }

    @Override
    public int read(ByteBuffer bytes) throws IOException {
      return file.read(bytes);
    }

    @Override
    public long position() throws IOException {
      return file.position();
    }

    @Override
    public SeekableByteChannel position(long position) throws IOException {
      if (position > Math.min(size, LARGEST_FILE)) {
        throw new Full(TOO_LARGE);
      }
      file.position(position);
      return this;
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public SeekableByteChannel truncate(long length) throws IOException {
      file.truncate(length);
      return this;
    }

    @Override
    public boolean isOpen() {
      return file.isOpen();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}

package wirebook.engine.ssh.files;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.PatternSyntaxException;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.client.SftpClient.Attributes;
import org.apache.sshd.sftp.client.SftpClient.DirEntry;
import org.apache.sshd.sftp.client.SftpClient.OpenMode;
import org.apache.sshd.sftp.client.SftpClientFactory;
import org.apache.sshd.sftp.client.SftpVersionSelector;
import org.apache.sshd.sftp.client.impl.SftpOutputStreamAsync;
import org.apache.sshd.sftp.common.SftpConstants;
import org.apache.sshd.sftp.common.SftpException;
import org.apache.sshd.sftp.common.SftpHelper;
import wirebook.engine.ssh.config.SystemWords;
import wirebook.net.NetworkClock;

/** Copies files between this machine and a host, and says what OpenSSH's programs say. */
final class Copying {
  private static final int PIECE = 32 * 1024;
  private static final int VERSION = 3;
  private static final int DEEPEST = 64;
  private static final int UMASK = 022;

  /** Says something and gives the file up, or all of them. */
  static final class Failed extends Exception {
    private static final long serialVersionUID = 1;

    private final String words;

    Failed(String words) {
      super(words, null, false, false);
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  private final SftpClient client;
  private final NetworkClock clock;
  private final boolean preserve;
  private final long limit;
  private final ProgressMeter meter;
  private final List<FileTransfers.Transferred> done = new ArrayList<>();
  private int umask;
  private Consumer<String> folders = line -> {};

  /**
   * @param preserve times and modes ({@code -p})
   * @param limit bits a second ({@code -l}); 0 for none
   * @param meter tells of each file
   */
  Copying(
      SftpClient client, NetworkClock clock, boolean preserve, long limit, ProgressMeter meter) {
    this.client = client;
    this.clock = clock;
    this.preserve = preserve;
    this.limit = limit;
    this.meter = meter;
  }

  /** Speaks the version that OpenSSH speaks. */
  static SftpClient client(ClientSession session) throws IOException {
    return SftpClientFactory.instance()
        .createSftpClient(session, SftpVersionSelector.fixedVersionSelector(VERSION));
  }

  ProgressMeter meter() {
    return meter;
  }

  /** What is made here has no more than this leaves. */
  void umask(int mask) {
    umask = mask;
  }

  /** Takes a word on each folder that is gone into. */
  void tellFolders(Consumer<String> told) {
    folders = told;
  }

  List<FileTransfers.Transferred> done() {
    return done;
  }

  /** A status of the protocol in OpenSSH's words. */
  static String words(IOException e) {
    if (!(e instanceof SftpException sftp)) {
      return "Connection closed";
    }
    return switch (sftp.getStatus()) {
      case SftpConstants.SSH_FX_NO_SUCH_FILE -> "No such file or directory";
      case SftpConstants.SSH_FX_PERMISSION_DENIED -> "Permission denied";
      case SftpConstants.SSH_FX_BAD_MESSAGE -> "Bad message";
      case SftpConstants.SSH_FX_OP_UNSUPPORTED -> "Operation unsupported";
      default -> "Failure";
    };
  }

  /** A request of the protocol. */
  interface Request {
    void send() throws IOException;
  }

  static void ask(String what, Request request) throws IOException, Failed {
    try {
      request.send();
    } catch (SftpException e) {
      throw new Failed(what + ": " + words(e));
    }
  }

  Optional<Attributes> stat(String path) throws IOException {
    try {
      return Optional.of(client.stat(path));
    } catch (SftpException e) {
      return Optional.empty();
    }
  }

  /** Whether there is something, and be it a link that leads nowhere. */
  boolean exists(String path) throws IOException {
    try {
      return client.lstat(path) != null;
    } catch (SftpException e) {
      return false;
    }
  }

  boolean isFolder(String path) throws IOException {
    return stat(path).filter(Attributes::isDirectory).isPresent();
  }

  static String join(String folder, String name) {
    return folder.isEmpty() ? name : folder.endsWith("/") ? folder + name : folder + "/" + name;
  }

  static String last(String path) {
    String plain = path.length() > 1 ? path.replaceFirst("/+$", "") : path;
    return plain.substring(plain.lastIndexOf('/') + 1);
  }

  /** The paths that a pattern stands for; itself when it is none, nothing when none fits. */
  List<String> names(String pattern) throws IOException {
    if (!pattern.matches(".*[*?\\[].*") || stat(pattern).isPresent()) {
      return List.of(pattern);
    }
    int slash = pattern.lastIndexOf('/');
    String folder = pattern.substring(0, slash + 1);
    PathMatcher fits;
    try {
      fits = FileSystems.getDefault().getPathMatcher("glob:" + pattern.substring(slash + 1));
    } catch (PatternSyntaxException e) {
      return List.of();
    }
    List<String> found = new ArrayList<>();
    try {
      for (DirEntry entry : client.readDir(folder.isEmpty() ? "." : folder)) {
        String name = entry.getFilename();
        if (!name.startsWith(".") && isName(name) && fits.matches(Path.of(name))) {
          found.add(folder + name);
        }
      }
    } catch (SftpException e) {
      return List.of();
    }
    found.sort(null);
    return found;
  }

  /** A name of a server's that is no way out of the folder it is to be in. */
  private static boolean isName(String name) {
    return !name.isEmpty()
        && !name.equals(".")
        && !name.equals("..")
        && name.indexOf('/') < 0
        && name.indexOf('\0') < 0;
  }

  // To the host.

  void upload(Path from, String to) throws Failed, IOException {
    upload(from, to, false);
  }

  /**
   * @param resume goes on where the file there ends
   */
  void upload(Path from, String to, boolean resume) throws Failed, IOException {
    boolean made = stat(to).isEmpty();
    long size = Files.size(from);
    long start = clock.nanoTime();
    InputStream in;
    try {
      in = Files.newInputStream(from);
    } catch (IOException e) {
      throw new Failed("open local \"" + from + "\": " + SystemWords.of(e));
    }
    try (in) {
      OutputStream out;
      long there = resume ? resumed(from, size, to) : 0;
      in.skipNBytes(there);
      try {
        out =
            client.write(
                to,
                PIECE,
                resume
                    ? EnumSet.of(OpenMode.Write)
                    : EnumSet.of(OpenMode.Write, OpenMode.Create, OpenMode.Truncate));
        if (out instanceof SftpOutputStreamAsync remote) {
          remote.setOffset(there);
        }
      } catch (SftpException e) {
        throw new Failed("dest open \"" + to + "\": " + words(e));
      }
      try (out) {
        copy(in, out, start);
      } catch (InterruptedIOException e) {
        throw e;
      } catch (IOException e) {
        throw new Failed("write remote \"" + to + "\": " + words(e));
      }
    }
    if (preserve || made) {
      Attributes attributes = new Attributes();
      attributes.setPermissions(modeThere(from));
      if (preserve) {
        attributes.modifyTime(Files.getLastModifiedTime(from));
        attributes.accessTime(Files.getLastModifiedTime(from));
      }
      try {
        client.setStat(to, attributes);
      } catch (SftpException e) {
        throw new Failed("remote setstat \"" + to + "\": " + words(e));
      }
    }
    finished(true, from.toString(), to, size, start);
  }

  /** Where an upload goes on. */
  private long resumed(Path from, long size, String to) throws Failed, IOException {
    Optional<Attributes> remote = stat(to);
    if (remote.isEmpty()) {
      throw new Failed("stat remote: No such file or directory");
    }
    if (remote.get().getSize() >= size) {
      throw new Failed("resume \"" + from + "\": destination file same size or larger");
    }
    return remote.get().getSize();
  }

  void uploadFolder(Path from, String to, int depth) throws Failed, IOException {
    if (depth > DEEPEST) {
      throw new Failed("Maximum directory depth exceeded: " + DEEPEST + " levels");
    }
    folders.accept("Entering " + from + (depth == 0 ? "/" : ""));
    if (!isFolder(to)) {
      try {
        client.mkdir(to);
        Attributes attributes = new Attributes();
        attributes.setPermissions(modeThere(from) | SftpConstants.S_IWUSR | SftpConstants.S_IXUSR);
        client.setStat(to, attributes);
      } catch (SftpException e) {
        throw new Failed("remote mkdir \"" + to + "\": " + words(e));
      }
    }
    List<Path> entries = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(from)) {
      found.forEach(entries::add);
    }
    entries.sort(null);
    for (Path each : entries) {
      String target = join(to, String.valueOf(each.getFileName()));
      if (Files.isDirectory(each)) {
        uploadFolder(each, target, depth + 1);
      } else if (Files.isRegularFile(each)) {
        upload(each, target);
      }
    }
  }

  /** What is new there has what the usual umask leaves; MINA cannot open with modes. */
  private int modeThere(Path file) throws IOException {
    return preserve ? mode(file) : mode(file) & ~UMASK;
  }

  private static int mode(Path file) throws IOException {
    return file.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? SftpHelper.attributesToPermissions(
            false, false, false, Files.getPosixFilePermissions(file))
        : 0644;
  }

  // To here.

  void download(String from, Path to) throws Failed, IOException {
    download(from, to, false);
  }

  /**
   * @param resume goes on where the file here ends
   * @return whether anything was missing
   */
  boolean download(String from, Path to, boolean resume) throws Failed, IOException {
    Attributes attributes;
    try {
      attributes = client.stat(from);
    } catch (SftpException e) {
      throw new Failed(from + ": " + words(e));
    }
    if (!attributes.isRegularFile()) {
      throw new Failed(
          "download " + from + (from.endsWith("/") ? "" : "/") + ": not a regular file");
    }
    long start = clock.nanoTime();
    long here = resume && Files.exists(to) ? Files.size(to) : 0;
    if (here > attributes.getSize()) {
      throw new Failed(
          "Unable to resume download of \"" + to + "\": local file is larger than remote");
    }
    InputStream in;
    try {
      in = client.read(from, PIECE);
    } catch (SftpException e) {
      throw new Failed("open \"" + from + "\": " + words(e));
    }
    long size;
    try (in) {
      OutputStream out;
      try {
        out =
            Channels.newOutputStream(
                Files.newByteChannel(
                    to,
                    Set.of(
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        resume ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING),
                    made(to, attributes.getPermissions())));
      } catch (IOException e) {
        throw new Failed("open local \"" + to + "\": " + SystemWords.of(e));
      }
      in.skipNBytes(here);
      size = copyHere(in, out, from, to, start);
    }
    if (preserve) {
      Files.setLastModifiedTime(to, FileTime.from(attributes.getModifyTime().toInstant()));
      modes(to, attributes.getPermissions());
    }
    finished(false, to.toString(), from, size, start);
    return size > 0;
  }

  /** Which side failed is told apart. */
  private long copyHere(InputStream in, OutputStream out, String from, Path to, long start)
      throws Failed, IOException {
    byte[] piece = new byte[PIECE];
    long size = 0;
    try (out) {
      while (true) {
        int n;
        try {
          n = in.read(piece);
        } catch (InterruptedIOException e) {
          throw e;
        } catch (IOException e) {
          throw new Failed("read remote \"" + from + "\": " + words(e));
        }
        if (n < 0) {
          return size;
        }
        size += n;
        try {
          out.write(piece, 0, n);
        } catch (IOException e) {
          throw new Failed("write local \"" + to + "\": " + SystemWords.of(e));
        }
        pace(size, start);
      }
    }
  }

  void downloadFolder(String from, Path to, int depth) throws Failed, IOException {
    if (depth > DEEPEST) {
      throw new Failed("Maximum directory depth exceeded: " + DEEPEST + " levels");
    }
    folders.accept("Retrieving " + from);
    if (!Files.isDirectory(to)) {
      try {
        int mode = stat(from).map(Attributes::getPermissions).orElse(0777);
        Files.createDirectory(to, made(to, mode | SftpConstants.S_IXUSR));
      } catch (IOException e) {
        throw new Failed("mkdir " + to + ": " + SystemWords.of(e));
      }
    }
    List<DirEntry> entries = new ArrayList<>();
    try {
      client.readDir(from).forEach(entries::add);
    } catch (SftpException e) {
      throw new Failed("remote readdir \"" + from + "\": " + words(e));
    }
    entries.sort((a, b) -> a.getFilename().compareTo(b.getFilename()));
    for (DirEntry each : entries) {
      String name = each.getFilename();
      if (!isName(name)) {
        continue;
      }
      if (each.getAttributes().isDirectory()) {
        downloadFolder(join(from, name), to.resolve(name), depth + 1);
      } else if (!isFolder(join(from, name))) {
        // A link to a folder could lead round and round.
        download(join(from, name), to.resolve(name));
      }
    }
  }

  /** What is made here has the mode that it has there, as far as the umask allows. */
  private FileAttribute<?>[] made(Path file, int mode) {
    return file.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(
              SftpHelper.permissionsToAttributes((mode | SftpConstants.S_IWUSR) & ~umask))
        }
        : new FileAttribute<?>[0];
  }

  private static void modes(Path file, int mode) throws IOException {
    if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.setPosixFilePermissions(file, SftpHelper.permissionsToAttributes(mode));
    }
  }

  private void copy(InputStream in, OutputStream out, long start) throws IOException {
    byte[] piece = new byte[PIECE];
    long size = 0;
    for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
      if (Thread.interrupted()) {
        throw new InterruptedIOException();
      }
      out.write(piece, 0, n);
      size += n;
      pace(size, start);
    }
  }

  /** Waits until so many bytes may have passed since then. */
  private void pace(long size, long start) throws InterruptedIOException {
    if (limit > 0) {
      long due = start + Math.round(size * 8e9 / limit);
      try {
        clock.sleep(Duration.ofNanos(Math.max(0, due - clock.nanoTime())));
      } catch (InterruptedException e) {
        throw new InterruptedIOException();
      }
    }
  }

  private void finished(boolean upload, String local, String remote, long size, long start)
      throws IOException {
    done.add(new FileTransfers.Transferred(upload, local, remote, size));
    meter.finished(last(upload ? local : remote), size, clock.nanoTime() - start);
  }
}

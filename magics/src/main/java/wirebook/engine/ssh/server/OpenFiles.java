package wirebook.engine.ssh.server;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.Set;

/** A file system that stays when a session closes it, as MINA does with what it was given. */
final class OpenFiles extends FileSystem {
  private final FileSystem files;

  OpenFiles(FileSystem files) {
    this.files = files;
  }

  @Override
  public FileSystemProvider provider() {
    return files.provider();
  }

  @Override
  public void close() {
    // The host's, for the next session.
  }

  @Override
  public boolean isOpen() {
    return files.isOpen();
  }

  @Override
  public boolean isReadOnly() {
    return files.isReadOnly();
  }

  @Override
  public String getSeparator() {
    return files.getSeparator();
  }

  @Override
  public Iterable<Path> getRootDirectories() {
    return files.getRootDirectories();
  }

  @Override
  public Iterable<FileStore> getFileStores() {
    return files.getFileStores();
  }

  @Override
  public Set<String> supportedFileAttributeViews() {
    return files.supportedFileAttributeViews();
  }

  @Override
  public Path getPath(String first, String... more) {
    return files.getPath(first, more);
  }

  @Override
  public PathMatcher getPathMatcher(String pattern) {
    return files.getPathMatcher(pattern);
  }

  @Override
  public UserPrincipalLookupService getUserPrincipalLookupService() {
    return files.getUserPrincipalLookupService();
  }

  @Override
  public WatchService newWatchService() throws IOException {
    return files.newWatchService();
  }
}

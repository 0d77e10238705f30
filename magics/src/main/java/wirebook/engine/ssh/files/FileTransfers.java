package wirebook.engine.ssh.files;

import java.util.List;

/**
 * What scp or sftp did.
 *
 * @param exitCode as OpenSSH's
 * @param files those that arrived whole, in order
 */
public record FileTransfers(int exitCode, List<Transferred> files) {
  public FileTransfers {
    files = List.copyOf(files);
  }

  /**
   * @param upload whether it went to the other host
   * @param bytes its size
   */
  public record Transferred(boolean upload, String local, String remote, long bytes) {}

  @Override
  public String toString() {
    long bytes = files.stream().mapToLong(Transferred::bytes).sum();
    return files.size()
        + (files.size() == 1 ? " file, " : " files, ")
        + bytes
        + " bytes, exit status "
        + exitCode;
  }
}

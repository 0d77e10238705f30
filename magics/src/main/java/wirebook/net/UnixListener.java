package wirebook.net;

import java.io.Closeable;
import java.io.IOException;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Listens on a Unix-domain socket, which only its owner may connect to. */
public final class UnixListener implements Closeable {
  private final ServerSocketChannel channel;
  private final Path path;

  private UnixListener(ServerSocketChannel channel, Path path) {
    this.channel = channel;
    this.path = path;
  }

  /** Makes the socket at a place of the file system, where nothing may be yet. */
  public static UnixListener listen(Path path) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.bind(UnixDomainSocketAddress.of(path));
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
      return new UnixListener(channel, path);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  public Socket accept() throws IOException {
    return UnixSocket.of(channel.accept());
  }

  /** Ends listening, and removes the socket. */
  @Override
  public void close() throws IOException {
    channel.close();
    Files.deleteIfExists(path);
  }
}

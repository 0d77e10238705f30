package wirebook.net;

import java.io.Closeable;
import java.io.IOException;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import jdk.net.ExtendedSocketOptions;

/** Listens on a Unix-domain socket, which only its owner may connect to. */
public final class UnixListener implements Closeable {
  private final ServerSocketChannel channel;
  private final Path path;
  private final UserPrincipal owner;

  private UnixListener(ServerSocketChannel channel, Path path, UserPrincipal owner) {
    this.channel = channel;
    this.path = path;
    this.owner = owner;
  }

  /** Makes the socket at a place of the file system, where nothing may be yet. */
  public static UnixListener listen(Path path) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.bind(UnixDomainSocketAddress.of(path));
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
      return new UnixListener(channel, path, Files.getOwner(path));
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** The next connection; one of another user, who got past the socket's mode, is closed. */
  public Socket accept() throws IOException {
    while (true) {
      SocketChannel peer = channel.accept();
      if (isOwners(peer)) {
        return UnixSocket.of(peer);
      }
      peer.close();
    }
  }

  private boolean isOwners(SocketChannel peer) {
    try {
      return peer.getOption(ExtendedSocketOptions.SO_PEERCRED).user().equals(owner);
    } catch (UnsupportedOperationException e) {
      // Such a system has the mode alone.
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Ends listening, and removes the socket. */
  @Override
  public void close() throws IOException {
    channel.close();
    Files.deleteIfExists(path);
  }
}

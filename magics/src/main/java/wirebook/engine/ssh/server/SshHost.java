package wirebook.engine.ssh.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import wirebook.engine.ssh.key.PublicKeyBlob;
import wirebook.engine.ssh.transport.IncomingChannel;
import wirebook.engine.ssh.transport.NetworkIo;
import wirebook.net.Network;

/** The machine that an SSH server stands on. */
public interface SshHost {
  /** How it is reached, and what it reaches itself. */
  Network network();

  /**
   * A connection for a client ({@code -L}, {@code -W}); names are looked up on the host's network.
   *
   * @throws IncomingChannel.Prohibited when it may not lead there
   */
  default Socket forward(InetSocketAddress target) throws IOException {
    return NetworkIo.connect(network(), target);
  }

  List<KeyPair> hostKeys();

  /** The account of a user; none of this name may log in otherwise. */
  Optional<Account> account(String user);

  /** What is written behind {@code SSH-2.0-}. */
  default String identification() {
    return "OpenSSH_9.2p1 Wirebook";
  }

  /** The ends of a connection as they are known to this host, from those of its socket. */
  default Ends ends(InetSocketAddress local, InetSocketAddress remote) {
    return new Ends(local, remote);
  }

  /** A line of the server's log. */
  void log(SshLogin entry);

  record Ends(InetSocketAddress local, InetSocketAddress remote) {}

  /** A user of the host. */
  interface Account {
    String user();

    /** On the host's own file system, which need not be the machine's. */
    Path home();

    /** Whether this is the password; an account without one never says so. */
    boolean password(String given);

    /** Why a key does not open it; empty when it does. */
    default Optional<String> refuses(PublicKeyBlob key) {
      return AuthorizedKeys.refuses(home(), key);
    }

    /** Where a file is written, with the account's limits. */
    SeekableByteChannel limited(SeekableByteChannel file);

    /**
     * Runs a command, or a shell that reads its commands from {@code session.in}.
     *
     * @return the exit status
     * @throws InterruptedException when the client is gone
     */
    int run(Session session) throws InterruptedException;
  }

  /**
   * One use of an account.
   *
   * @param command none for a shell
   * @param terminal whether a person sits at it
   * @param ends of the connection
   */
  record Session(
      Optional<String> command,
      InputStream in,
      OutputStream out,
      OutputStream err,
      Map<String, String> environment,
      boolean terminal,
      Ends ends) {}
}

package wirebook.engine.ssh.files;

import java.io.IOException;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.sftp.client.RawSftpClient;
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.client.SftpClient.CloseableHandle;
import org.apache.sshd.sftp.client.SftpClient.OpenMode;
import org.apache.sshd.sftp.client.extensions.CopyDataExtension;
import org.apache.sshd.sftp.client.extensions.helpers.AbstractSftpClientExtension;
import org.apache.sshd.sftp.common.SftpException;

/**
 * A request that version 3 of the protocol does not have, and servers name when they begin: section
 * 4 of OpenSSH's PROTOCOL, and {@code copy-data} of draft-ietf-secsh-filexfer-extensions-00.
 */
final class Extension extends AbstractSftpClientExtension {
  private static final int ROOM = 1024;

  private Extension(String name, SftpClient client, boolean supported) {
    super(name, client, (RawSftpClient) client, supported);
  }

  private static Extension named(String name, SftpClient client) {
    return new Extension(name, client, client.getServerExtensions().containsKey(name));
  }

  private void ask(String what, Consumer<Buffer> request) throws IOException, Copying.Failed {
    if (!isSupported()) {
      throw new Copying.Failed("Server does not support " + getName() + " extension");
    }
    Buffer buffer = getCommandBuffer(ROOM);
    request.accept(buffer);
    Copying.ask(what, () -> sendAndCheckExtendedCommandStatus(buffer));
  }

  private static void paths(Buffer buffer, String from, String to) {
    buffer.putString(from);
    buffer.putString(to);
  }

  /** A second name for a file. */
  static void link(SftpClient client, String from, String to) throws IOException, Copying.Failed {
    named("hardlink@openssh.com", client)
        .ask("remote link \"" + from + "\" to \"" + to + "\"", b -> paths(b, from, to));
  }

  /** Over what is there, where the server can. */
  static void rename(SftpClient client, String from, String to) throws IOException, Copying.Failed {
    String what = "remote rename \"" + from + "\" to \"" + to + "\"";
    Extension posix = named("posix-rename@openssh.com", client);
    if (posix.isSupported()) {
      posix.ask(what, b -> paths(b, from, to));
    } else {
      Copying.ask(what, () -> client.rename(from, to));
    }
  }

  /** Copies a file within the host. */
  static void copy(SftpClient client, String from, String to) throws IOException, Copying.Failed {
    CopyDataExtension listed = client.getExtension(CopyDataExtension.class);
    String name = "copy-data";
    Extension copy =
        listed != null && listed.isSupported()
            ? new Extension(name, client, true)
            : named(name, client);
    try (CloseableHandle in = open(client, from, EnumSet.of(OpenMode.Read));
        CloseableHandle out =
            open(client, to, EnumSet.of(OpenMode.Write, OpenMode.Create, OpenMode.Truncate))) {
      copy.ask(
          "Couldn't copy file \"" + from + "\" to \"" + to + "\"",
          b -> {
            b.putBytes(in.getIdentifier());
            b.putLong(0);
            // To its end.
            b.putLong(0);
            b.putBytes(out.getIdentifier());
            b.putLong(0);
          });
    }
  }

  private static CloseableHandle open(SftpClient client, String path, Set<OpenMode> modes)
      throws IOException, Copying.Failed {
    try {
      return client.open(path, modes);
    } catch (SftpException e) {
      throw new Copying.Failed("remote open(\"" + path + "\"): " + Copying.words(e));
    }
  }
}

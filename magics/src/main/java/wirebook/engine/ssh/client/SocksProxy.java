package wirebook.engine.ssh.client;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import wirebook.engine.ssh.config.Forward.End;
import wirebook.engine.ssh.config.SshPlanner;

/** What a client says to a SOCKS proxy of version 4, 4A or 5 (RFC 1928). */
final class SocksProxy {
  private static final int LONGEST = 255;

  private SocksProxy() {}

  /** Reads where it wants to go; with version 4 the answer is sent at once, too. */
  static End target(InputStream from, OutputStream to) throws IOException {
    DataInputStream in = new DataInputStream(from);
    int version = in.readUnsignedByte();
    return switch (version) {
      case 4 -> four(in, to);
      case 5 -> five(in, to);
      default -> throw new IOException("no SOCKS client: its first byte is " + version);
    };
  }

  private static End four(DataInputStream in, OutputStream to) throws IOException {
    if (in.readUnsignedByte() != 1) {
      throw new IOException("SOCKS: only CONNECT is known");
    }
    int port = in.readUnsignedShort();
    byte[] address = in.readNBytes(4);
    text(in);
    boolean named = address[0] == 0 && address[1] == 0 && address[2] == 0 && address[3] != 0;
    String host = named ? text(in) : InetAddress.getByAddress(address).getHostAddress();
    to.write(new byte[] {0, 90, 0, 0, 0, 0, 0, 0});
    to.flush();
    return new End.Tcp(Optional.of(host), port);
  }

  private static String text(DataInputStream in) throws IOException {
    StringBuilder text = new StringBuilder();
    for (int c = in.readUnsignedByte(); c != 0; c = in.readUnsignedByte()) {
      if (text.length() >= LONGEST) {
        throw new IOException("SOCKS: a name is too long");
      }
      text.append((char) c);
    }
    return text.toString();
  }

  private static End five(DataInputStream in, OutputStream to) throws IOException {
    in.readNBytes(in.readUnsignedByte());
    to.write(new byte[] {5, 0});
    to.flush();
    in.readUnsignedByte();
    if (in.readUnsignedByte() != 1) {
      throw new IOException("SOCKS: only CONNECT is known");
    }
    in.readUnsignedByte();
    String host =
        switch (in.readUnsignedByte()) {
          case 1 -> InetAddress.getByAddress(in.readNBytes(4)).getHostAddress();
          case 3 -> new String(in.readNBytes(in.readUnsignedByte()), StandardCharsets.UTF_8);
          case 4 -> SshPlanner.compact(InetAddress.getByAddress(in.readNBytes(16)));
          default -> throw new IOException("SOCKS: an unknown kind of address");
        };
    int port = in.readUnsignedShort();
    to.write(new byte[] {5, 0, 0, 1, 0, 0, 0, 0, 0, 0});
    to.flush();
    return new End.Tcp(Optional.of(host), port);
  }
}

package wirebook.engine.ssh.key;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.BufferException;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import wirebook.net.UnixSocket;
import wirebook.trace.Bytes;

/** The program that keeps a user's keys and signs with them (draft-ietf-sshm-ssh-agent). */
public final class Agent implements Closeable {
  private static final int LARGEST = 256 * 1024;
  private static final int MOST_KEYS = 2048;
  private static final byte FAILURE = 5;
  private static final byte REQUEST_IDENTITIES = 11;
  private static final byte IDENTITIES = 12;
  private static final byte SIGN = 13;
  private static final byte SIGNATURE = 14;
  private static final byte SUCCESS = 6;
  private static final byte EXTENSION = 27;

  /** A key that the agent has. */
  public record Held(PublicKeyBlob key, String comment) {}

  private final Socket socket;

  private Agent(Socket socket) {
    this.socket = socket;
  }

  /** Connects to the agent at a place of the file system. */
  public static Agent connect(Path path) throws IOException {
    return new Agent(UnixSocket.connect(path));
  }

  /**
   * Tells the agent which host this connection leads to, so that it can refuse keys meant for
   * others.
   *
   * @return whether it knows what that means
   */
  public boolean bind(PublicKeyBlob hostKey, Bytes session, Bytes signature, boolean forwarding)
      throws IOException {
    Buffer request = request(EXTENSION);
    request.putString("session-bind@openssh.com");
    request.putBytes(hostKey.bytes().toArray());
    request.putBytes(session.toArray());
    request.putBytes(signature.toArray());
    request.putBoolean(forwarding);
    return ask(request).getByte() == SUCCESS;
  }

  /** For others, who speak to it from now on. */
  public Socket socket() {
    return socket;
  }

  /** Its keys, in its order. */
  public List<Held> keys() throws IOException {
    Buffer answer = ask(request(REQUEST_IDENTITIES));
    if (answer.getByte() != IDENTITIES) {
      throw new IOException("agent refused operation");
    }
    int count = answer.available() < Integer.BYTES ? -1 : answer.getInt();
    if (count < 0 || count > MOST_KEYS) {
      throw new IOException("invalid format");
    }
    List<Held> keys = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        Bytes blob = Bytes.of(answer.getBytes());
        String comment = answer.getString(StandardCharsets.UTF_8);
        PublicKeyBlob.of(blob).ifPresent(key -> keys.add(new Held(key, comment)));
      }
    } catch (BufferException e) {
      throw new IOException("incomplete message", e);
    }
    return keys;
  }

  /** The signature over {@code data}, its algorithm's name in front. */
  public Bytes sign(PublicKeyBlob key, Bytes data, String algorithm) throws IOException {
    Buffer request = request(SIGN);
    request.putBytes(key.bytes().toArray());
    request.putBytes(data.toArray());
    request.putInt(
        algorithm.startsWith("rsa-sha2-256") ? 2 : algorithm.startsWith("rsa-sha2-512") ? 4 : 0);
    Buffer answer = ask(request);
    byte kind = answer.getByte();
    if (kind != SIGNATURE) {
      throw new IOException(
          kind == FAILURE ? "agent refused operation" : "communication with agent failed");
    }
    try {
      return Bytes.of(answer.getBytes());
    } catch (BufferException e) {
      throw new IOException("incomplete message", e);
    }
  }

  private static Buffer request(byte kind) {
    Buffer request = new ByteArrayBuffer();
    request.putInt(0);
    request.putByte(kind);
    return request;
  }

  private Buffer ask(Buffer request) throws IOException {
    int end = request.wpos();
    request.wpos(0);
    request.putInt(end - 4);
    request.wpos(end);
    socket.getOutputStream().write(request.getCompactData());
    socket.getOutputStream().flush();
    try {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      int length = in.readInt();
      if (length <= 0 || length > LARGEST) {
        throw new IOException("invalid format");
      }
      byte[] answer = new byte[length];
      in.readFully(answer);
      return new ByteArrayBuffer(answer);
    } catch (EOFException e) {
      throw new IOException("communication with agent failed", e);
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}

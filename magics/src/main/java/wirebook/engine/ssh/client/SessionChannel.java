package wirebook.engine.ssh.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.sshd.client.channel.ChannelSession;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.core.CoreModuleProperties;

/** The channel of a remote command, shell or subsystem (RFC 4254, section 6). */
final class SessionChannel extends ChannelSession {
  private static final Duration LONG = Duration.ofDays(3650);

  /**
   * What is asked of the server, in this order.
   *
   * @param kind {@code exec}, {@code shell} or {@code subsystem}
   * @param tty whether a terminal is wanted
   */
  record Wish(
      String kind,
      String argument,
      boolean tty,
      String terminal,
      int columns,
      int rows,
      boolean agent,
      Map<String, String> variables) {}

  private final Wish wish;
  private final CompletableFuture<Boolean> started = new CompletableFuture<>();

  SessionChannel(Wish wish) {
    this.wish = wish;
  }

  /** Whether the server began it. */
  CompletableFuture<Boolean> started() {
    return started;
  }

  private Buffer request(String kind, boolean reply) {
    Buffer buffer = getSession().createBuffer(SshConstants.SSH_MSG_CHANNEL_REQUEST);
    buffer.putUInt(getRecipient());
    buffer.putString(kind);
    buffer.putBoolean(reply);
    return buffer;
  }

  @Override
  protected void doOpen() throws IOException {
    CoreModuleProperties.WAIT_FOR_SPACE_TIMEOUT.set(getSession(), LONG);
    if (wish.agent) {
      writePacket(request("auth-agent-req@openssh.com", false));
    }
    if (wish.tty) {
      Buffer pty = request("pty-req", false);
      pty.putString(wish.terminal);
      pty.putInt(wish.columns);
      pty.putInt(wish.rows);
      pty.putInt(0);
      pty.putInt(0);
      Buffer modes = new ByteArrayBuffer();
      modes.putByte((byte) 0);
      pty.putBytes(modes.getCompactData());
      writePacket(pty);
    }
    for (Map.Entry<String, String> variable : wish.variables.entrySet()) {
      Buffer env = request("env", false);
      env.putString(variable.getKey());
      env.putString(variable.getValue());
      writePacket(env);
    }
    Buffer start = request(wish.kind, true);
    if (!wish.kind.equals("shell")) {
      start.putString(wish.argument, StandardCharsets.UTF_8);
    }
    writePacket(start);
    super.doOpen();
  }

  @Override
  public void handleSuccess() {
    started.complete(true);
  }

  @Override
  public void handleFailure() {
    started.complete(false);
  }
}

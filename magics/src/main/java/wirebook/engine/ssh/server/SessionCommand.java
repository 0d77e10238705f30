package wirebook.engine.ssh.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.sshd.common.channel.PtyMode;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;

/** A session's command in the shape that MINA wants; it runs on a virtual thread. */
final class SessionCommand implements Command {
  private static final int KILLED = 130;
  private static final int BROKEN = 126;

  private final SshHost.Account account;
  private final Optional<String> command;
  private final SshHost.Ends ends;
  private InputStream in = InputStream.nullInputStream();
  private OutputStream out = OutputStream.nullOutputStream();
  private OutputStream err = OutputStream.nullOutputStream();
  private ExitCallback exit = (code, message, immediately) -> {};
  private Optional<Thread> running = Optional.empty();

  SessionCommand(SshHost.Account account, Optional<String> command, SshHost.Ends ends) {
    this.account = account;
    this.command = command;
    this.ends = ends;
  }

  @Override
  public void setInputStream(InputStream stream) {
    in = stream;
  }

  @Override
  public void setOutputStream(OutputStream stream) {
    out = stream;
  }

  @Override
  public void setErrorStream(OutputStream stream) {
    err = stream;
  }

  @Override
  public void setExitCallback(ExitCallback callback) {
    exit = callback;
  }

  @Override
  public void start(ChannelSession channel, Environment given) {
    Map<String, String> environment = new TreeMap<>(given.getEnv());
    boolean terminal =
        environment.containsKey(Environment.ENV_TERM) || !given.getPtyModes().isEmpty();
    boolean echo = terminal && given.getPtyModes().getOrDefault(PtyMode.ECHO, 1) != 0;
    OutputStream shown = terminal ? new LineDiscipline.Output(out) : out;
    SshHost.Session session =
        new SshHost.Session(
            command,
            terminal
                ? new LineDiscipline.Input(in, echo ? shown : OutputStream.nullOutputStream())
                : in,
            shown,
            terminal ? shown : err,
            environment,
            terminal,
            ends);
    running = Optional.of(Thread.ofVirtual().name("ssh-command").start(() -> run(session)));
  }

  /** The client hears of the end in every case: it would wait for it for ever. */
  private void run(SshHost.Session session) {
    int status = BROKEN;
    try {
      status = account.run(session);
    } catch (InterruptedException e) {
      status = KILLED;
    } finally {
      try {
        out.flush();
        err.flush();
      } catch (IOException e) {
        // The client is gone.
      }
      exit.onExit(status, "", false);
    }
  }

  @Override
  public void destroy(ChannelSession channel) {
    running.ifPresent(Thread::interrupt);
  }
}

package wirebook.engine.ssh.config;

/** The command cannot go on: what OpenSSH says last before it exits with 255. */
public final class SshFatal extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final SshLog.Level level;

  /** What {@code fatal()} prints. */
  public SshFatal(String message) {
    this(SshLog.Level.FATAL, message);
  }

  /** At another level, or nothing more to say when the message is empty. */
  public SshFatal(SshLog.Level level, String message) {
    super(message, null, false, false);
    this.level = level;
  }

  public SshLog.Level level() {
    return level;
  }

  /** The text, never null. */
  public String words() {
    String message = getMessage();
    return message == null ? "" : message;
  }
}

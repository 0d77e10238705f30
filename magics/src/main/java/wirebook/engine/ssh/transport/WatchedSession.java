package wirebook.engine.ssh.transport;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.sshd.client.ClientFactoryManager;
import org.apache.sshd.client.session.ClientSessionImpl;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.config.keys.OpenSshCertificate;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.io.IoWriteFuture;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.jspecify.annotations.Nullable;
import wirebook.engine.ssh.config.SshLog;
import wirebook.engine.ssh.key.PublicKeyBlob;

/** MINA's session, which tells what happens in it. */
final class WatchedSession extends ClientSessionImpl {
  private final Consumer<LinkEvent> events;
  private final MessageWatch watch;
  private final Object lock;
  private final List<Consumer<Throwable>> atEnd;
  private final List<SshLog.Line> exchange;
  private @Nullable Throwable end;
  private boolean accepted;
  private @Nullable PublicKeyBlob firstKey;

  WatchedSession(
      ClientFactoryManager client,
      IoSession ioSession,
      Consumer<LinkEvent> events,
      MessageWatch watch)
      throws Exception {
    // MINA tells of the session before it is made.
    this.events = events;
    this.watch = watch;
    this.lock = new Object();
    this.atEnd = new ArrayList<>();
    this.exchange = new ArrayList<>();
    super(client, ioSession);
  }

  /** The key exchange has more steps than the usual two. */
  void exchanging(SshLog.Level level, String text) {
    synchronized (lock) {
      exchange.add(new SshLog.Line(level, text));
    }
  }

  /** What was said of those steps, once. */
  List<SshLog.Line> exchanged() {
    synchronized (lock) {
      List<SshLog.Line> said = List.copyOf(exchange);
      exchange.clear();
      return said;
    }
  }

  @Override
  protected void doHandleMessage(Buffer buffer) throws Exception {
    watch.message(false, buffer.rawByte(buffer.rpos()) & 0xff, buffer.available(), buffer);
    super.doHandleMessage(buffer);
  }

  @Override
  protected Buffer preProcessEncodeBuffer(int number, Buffer buffer) throws IOException {
    watch.message(true, number, buffer.available(), buffer);
    return super.preProcessEncodeBuffer(number, buffer);
  }

  @Override
  protected void checkKeys() throws IOException {
    if (getServerKey() instanceof OpenSshCertificate certificate) {
      try {
        Suite.checkSignature(this, certificate);
      } catch (Exception e) {
        throw new SshException(
            SshConstants.SSH2_DISCONNECT_KEY_EXCHANGE_FAILED, "incorrect signature", e);
      }
    }
    PublicKeyBlob key = PublicKeyBlob.of(getServerKey());
    if (firstKey != null) {
      if (firstKey.equals(key)) {
        return;
      }
      throw new SshException(
          SshConstants.SSH2_DISCONNECT_HOST_KEY_NOT_VERIFIABLE,
          "another host key in a later key exchange");
    }
    firstKey = key;
    CompletableFuture<Boolean> verdict = new CompletableFuture<>();
    events.accept(new LinkEvent.HostKey(verdict));
    if (!verdict.join()) {
      throw new SshException(
          SshConstants.SSH2_DISCONNECT_HOST_KEY_NOT_VERIFIABLE, "Host key verification failed.");
    }
  }

  /** A server takes the beginning of another exchange in the middle of a login for a fault. */
  @Override
  protected boolean isRekeyRequired() {
    return isAuthenticated() && super.isRekeyRequired();
  }

  /** Who waits for another message would wait for ever. */
  @Override
  protected IoWriteFuture notImplemented(int number, Buffer buffer) throws Exception {
    if (!isAuthenticated()) {
      throw unexpected(number);
    }
    return super.notImplemented(number, buffer);
  }

  private static SshException unexpected(int number) {
    return new SshException(
        SshConstants.SSH2_DISCONNECT_PROTOCOL_ERROR, "unexpected message of type " + number);
  }

  /** A message of the authentication service, which must be there: nobody is let in before. */
  void authentication(int number, Buffer body) throws IOException {
    if (!accepted) {
      throw unexpected(number);
    }
    if (number == SshConstants.SSH_MSG_USERAUTH_SUCCESS) {
      // At once: what follows is for the next service.
      setAuthenticated();
      switchToNextService();
    }
    events.accept(new LinkEvent.Message(number, new ByteArrayBuffer(body.getCompactData(), true)));
  }

  @Override
  protected void handleServiceAccept(String name, Buffer buffer) throws Exception {
    super.handleServiceAccept(name, buffer);
    accepted = true;
    events.accept(new LinkEvent.Accepted());
  }

  @Override
  protected void signalAuthFailure(@Nullable Throwable reason) {
    Throwable why = reason == null ? new IOException("Session is being closed") : reason;
    List<Consumer<Throwable>> actions;
    synchronized (lock) {
      if (end != null) {
        return;
      }
      end = why;
      actions = List.copyOf(atEnd);
    }
    events.accept(new LinkEvent.Ended(why));
    actions.forEach(action -> action.accept(why));
  }

  Optional<Throwable> endReason() {
    synchronized (lock) {
      return Optional.ofNullable(end);
    }
  }

  void whenEnded(Consumer<Throwable> action) {
    Throwable had;
    synchronized (lock) {
      had = end;
      if (had == null) {
        atEnd.add(action);
      }
    }
    if (had != null) {
      action.accept(had);
    }
  }
}

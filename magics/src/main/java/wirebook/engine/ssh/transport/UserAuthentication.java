package wirebook.engine.ssh.transport;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.sshd.common.Service;
import org.apache.sshd.common.ServiceFactory;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.closeable.AbstractCloseable;

/** Hands the messages of user authentication (RFC 4252) to the connection's owner. */
final class UserAuthentication extends AbstractCloseable implements Service {
  private final WatchedSession session;
  private final Map<String, Object> properties = new ConcurrentHashMap<>();

  private UserAuthentication(WatchedSession session) {
    this.session = session;
  }

  @Override
  public Session getSession() {
    return session;
  }

  @Override
  public void start() {
    // The owner begins.
  }

  @Override
  public Map<String, Object> getProperties() {
    return properties;
  }

  @Override
  public void process(int number, Buffer buffer) throws Exception {
    session.authentication(number, buffer);
  }

  /** Makes one a session. */
  static final class Factory implements ServiceFactory {
    @Override
    public String getName() {
      return "ssh-userauth";
    }

    @Override
    public Service create(Session session) throws IOException {
      return new UserAuthentication((WatchedSession) session);
    }
  }
}

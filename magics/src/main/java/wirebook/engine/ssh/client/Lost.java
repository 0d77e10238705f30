package wirebook.engine.ssh.client;

import java.io.IOException;

/** The connection ended where it was still needed. */
final class Lost extends IOException {
  private static final long serialVersionUID = 1;

  Lost(Throwable reason) {
    super(reason.getMessage(), reason);
  }
}

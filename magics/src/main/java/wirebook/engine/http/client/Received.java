package wirebook.engine.http.client;

import java.io.IOException;
import wirebook.trace.Bytes;

/** What reading from a connection gave. */
sealed interface Received {
  record Data(Bytes bytes) implements Received {}

  record End() implements Received {}

  record Broken(IOException why) implements Received {}

  /** Nothing came while the transfer had {@link Connection#patience}. */
  record Late() implements Received {}
}

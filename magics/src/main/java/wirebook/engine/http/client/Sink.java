package wirebook.engine.http.client;

import java.util.Optional;
import wirebook.engine.http.HttpFailure;

/** Gets what the server sends. */
public interface Sink {
  /** Keeps nothing beside what {@link HttpClient#exchanges} keeps. */
  Sink NONE = new Sink() {};

  /** A header line of any response, also of a proxy's. */
  default void header(String line, int responseCode) throws HttpFailure {}

  default void body(byte[] bytes, int offset, int length) throws HttpFailure {}

  /** Whether the body goes to a file, where who wants it finds it. */
  default boolean toFile() {
    return false;
  }

  /**
   * Called often while bytes move.
   *
   * @param download how many bytes are to come, -1 when nobody knows
   * @param upload how many bytes are to go, -1 when nobody knows
   */
  default void moving(long download, long upload) {}

  /** Called now and then while bytes move. */
  default void progress(long received, Optional<Long> total, long sent) {}
}

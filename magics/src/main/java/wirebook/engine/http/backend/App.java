package wirebook.engine.http.backend;

/**
 * A version of an application, of which instances can be started.
 *
 * @param version counted from 1
 * @param words what it is
 */
public record App(int version, String words, Start start) {
  /** Starts an instance. */
  @FunctionalInterface
  public interface Start {
    /**
     * @param replica its name
     * @throws Exception when it cannot be started
     */
    Instance start(String replica) throws Exception;
  }

  Instance start(String replica) throws Exception {
    return start.start(replica);
  }
}

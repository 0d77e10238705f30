package wirebook.engine.http.server;

/** Is told what happens at a server, on the thread on which it happens: it must not block. */
@FunctionalInterface
public interface Watcher {
  /** An exchange is over. */
  void exchange(Exchange exchange);

  default void event(ConnectionEvent event) {}
}

package wirebook.engine.http.server;

/**
 * What answers requests. Called on a virtual thread of its own for each request, so it may block;
 * an exception becomes status 500, an {@link HttpError} the status it names.
 */
@FunctionalInterface
public interface Endpoint extends Handlers.Handler {
  @Override
  Response handle(Request request) throws Exception;
}

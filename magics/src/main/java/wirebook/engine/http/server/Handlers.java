package wirebook.engine.http.server;

import java.io.File;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import wirebook.net.ProgramExit;
import wirebook.trace.Bytes;

/**
 * Routes written in Java, briefly: the lines of a {@code %%serve} cell become the body of {@link
 * #routes}, so that they see the methods here and the notebook's own names.
 *
 * <p>What a handler returns becomes the response: a {@link Response} as it is, text as text or,
 * when it begins with {@code <}, as HTML, {@link Bytes}, a {@code byte[]} or an {@code InputStream}
 * as they are, a {@code Path} as the file that is there, nothing as 204, an empty {@code Optional}
 * as 404, and anything else as JSON: maps, lists, arrays, streams, numbers, records by their
 * components and objects of a cell's classes by their fields. What it throws is 500, and the
 * notebook is told where.
 */
public abstract class Handlers {
  /** Of the cell that runs on this thread, as several may run at once. */
  private static final ThreadLocal<Optional<Handlers>> NEXT =
      ThreadLocal.withInitial(Optional::empty);

  private static final ThreadLocal<Optional<Supplier<Handlers>>> EACH =
      ThreadLocal.withInitial(Optional::empty);

  private final Routes routes = new Routes();
  private String replica = "";

  /** Answers a request with a value. */
  @FunctionalInterface
  public interface Handler {
    @Nullable Object handle(Request request) throws Exception;
  }

  /** Adds the routes. */
  protected abstract void routes() throws Exception;

  /** Keeps handlers for the {@code %%serve} that is about to run. */
  public static void next(Handlers handlers) throws Exception {
    handlers.routes();
    NEXT.set(Optional.of(handlers));
  }

  /** Keeps what makes the handlers of each instance for the {@code %%backend} about to run. */
  public static void each(Supplier<Handlers> maker) {
    EACH.set(Optional.of(maker));
  }

  /** What was kept by {@link #each}, once. */
  public static Optional<Supplier<Handlers>> takeEach() {
    Optional<Supplier<Handlers>> maker = EACH.get();
    EACH.remove();
    return maker;
  }

  /** Adds the routes, as those of this instance. */
  public void begin(String name) throws Exception {
    replica = name;
    ProgramExit.program(
        () -> {
          routes();
          return true;
        });
  }

  /** The name of the instance that answers: {@code shop#1}; empty where there is only one. */
  protected final String replica() {
    return replica;
  }

  /** Ends this instance of a backend, as {@code System.exit} ends a program. */
  @SuppressWarnings("DoNotCallSuggester") // That it always throws is what it is for.
  protected final Object exit(int status) {
    throw new ProgramExit(status);
  }

  /** Handlers of which one answers all requests, whatever their method and path. */
  public static Handlers all(Handler handler) {
    return new Handlers() {
      @Override
      protected void routes() {}

      @Override
      public Endpoint endpoint() {
        return Handlers.endpoint(handler);
      }

      @Override
      public List<String> paths() {
        return List.of("all paths");
      }
    };
  }

  /** What answers, once the routes have been added. */
  public Endpoint endpoint() {
    return routes;
  }

  /** What answers, with {@code others} where there is no route for the path. */
  public Endpoint orElse(Endpoint others) {
    return request -> routes.leads(request) ? routes.handle(request) : others.handle(request);
  }

  /** The methods and templates of the routes. */
  public List<String> paths() {
    return routes.list();
  }

  /** Adds a handler for several methods, with blanks between, or for one that has no name here. */
  protected final void route(String methods, String template, Handler handler) {
    routes.add(methods, template, endpoint(handler));
  }

  /** The handlers that were kept, once. */
  public static Optional<Handlers> take() {
    Optional<Handlers> handlers = NEXT.get();
    NEXT.remove();
    return handlers;
  }

  protected final void get(String template, Handler handler) {
    routes.get(template, endpoint(handler));
  }

  protected final void post(String template, Handler handler) {
    routes.post(template, endpoint(handler));
  }

  protected final void put(String template, Handler handler) {
    routes.put(template, endpoint(handler));
  }

  protected final void patch(String template, Handler handler) {
    routes.patch(template, endpoint(handler));
  }

  protected final void delete(String template, Handler handler) {
    routes.delete(template, endpoint(handler));
  }

  /**
   * Messages in both directions, for clients that ask for a WebSocket.
   *
   * @param protocols that the handler speaks, as for {@link Response#webSocket}
   */
  protected final void websocket(String template, WebSocket.Handler handler, String... protocols) {
    routes.get(template, request -> Response.webSocket(handler, protocols));
  }

  /** Events, one after the other, as {@code EventSource} in a browser reads them. */
  protected final Response events(EventStream.Writer writer) {
    return Response.events(writer);
  }

  protected final Response text(String text) {
    return Response.text(text);
  }

  protected final Response html(String html) {
    return Response.html(html);
  }

  protected final Response json(Object value) {
    return Response.json(value);
  }

  /** The file, of the type that its name tells; 404 when there is none. */
  protected final Response file(Path path) {
    return Response.file(path);
  }

  /** Content written piece by piece; each flush goes out at once. */
  protected final Response stream(String contentType, Response.Writer writer) {
    return Response.stream(contentType, writer);
  }

  protected final Response status(int status) {
    return Response.status(status);
  }

  protected final Response redirect(String location) {
    return Response.redirect(location);
  }

  private static Endpoint endpoint(Handler handler) {
    return request -> ProgramExit.program(() -> response(handler.handle(request)));
  }

  static Response response(@Nullable Object value) {
    return switch (value) {
      case null -> Response.status(204);
      case Response response -> response;
      case Bytes bytes -> Response.of(MediaTypes.OCTETS, bytes);
      case byte[] bytes -> Response.of(MediaTypes.OCTETS, Bytes.of(bytes));
      case InputStream in ->
          Response.stream(
              MediaTypes.OCTETS,
              out -> {
                try (in) {
                  in.transferTo(out);
                }
              });
      case Path path -> Response.file(path);
      case File file -> Response.file(file.toPath());
      case String text when text.stripLeading().startsWith("<") -> Response.html(text);
      case CharSequence text -> Response.text(text.toString());
      case Optional<?> optional when optional.isPresent() -> response(optional.get());
      case Optional<?> none -> throw new HttpError(404, "there is no such thing");
      default -> Response.json(value);
    };
  }
}

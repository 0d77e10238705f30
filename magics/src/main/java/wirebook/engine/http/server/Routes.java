package wirebook.engine.http.server;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.Set;
import wirebook.trace.Bytes;

/**
 * Methods and path templates with the endpoint of each. {@code {name}} stands for one part of the
 * path, {@code {name:int}} for one of digits only, {@code {name:path}} for all the rest. Of several
 * that fit the one with more literal parts wins. {@code HEAD} goes where {@code GET} goes, {@code
 * OPTIONS} tells the methods (RFC 9110 §9.3), a known path with another method is 405 with {@code
 * Allow} (§15.5.6), anything else 404.
 */
public final class Routes implements Endpoint {
  private final List<Route> routes = new ArrayList<>();

  private record Route(
      Set<String> methods, String template, List<Piece> pieces, int literals, Endpoint endpoint) {
    boolean serves(String method) {
      return methods.contains(method) || (method.equals("HEAD") && methods.contains("GET"));
    }
  }

  private sealed interface Piece {
    record Literal(String text) implements Piece {}

    record One(String name, boolean digits) implements Piece {}

    record Rest(String name) implements Piece {}
  }

  public Routes get(String template, Endpoint endpoint) {
    return add("GET", template, endpoint);
  }

  public Routes post(String template, Endpoint endpoint) {
    return add("POST", template, endpoint);
  }

  public Routes put(String template, Endpoint endpoint) {
    return add("PUT", template, endpoint);
  }

  public Routes patch(String template, Endpoint endpoint) {
    return add("PATCH", template, endpoint);
  }

  public Routes delete(String template, Endpoint endpoint) {
    return add("DELETE", template, endpoint);
  }

  /**
   * @param methods one or several, with a space between
   * @throws IllegalArgumentException when the template does not begin with a slash, a part follows
   *     {@code {name:path}}, or the method has a handler there already
   */
  public Routes add(String methods, String template, Endpoint endpoint) {
    if (!template.startsWith("/")) {
      throw new IllegalArgumentException("a path begins with /, not: " + template);
    }
    List<Piece> pieces = new ArrayList<>();
    for (String part : template.substring(1).split("/", -1)) {
      if (!pieces.isEmpty() && pieces.getLast() instanceof Piece.Rest) {
        throw new IllegalArgumentException("nothing can follow {name:path}: " + template);
      }
      pieces.add(piece(part));
    }
    Set<String> served = Set.of(methods.split(" "));
    for (Route other : routes) {
      if (other.pieces().equals(pieces)) {
        served.stream()
            .filter(other.methods()::contains)
            .findFirst()
            .ifPresent(
                method -> {
                  throw new IllegalArgumentException(
                      method + " " + other.template() + " has a handler already");
                });
      }
    }
    int literals = (int) pieces.stream().filter(Piece.Literal.class::isInstance).count();
    routes.add(new Route(served, template, List.copyOf(pieces), literals, endpoint));
    return this;
  }

  private static Piece piece(String part) {
    if (!part.startsWith("{") || !part.endsWith("}")) {
      return new Piece.Literal(part);
    }
    String name = part.substring(1, part.length() - 1);
    int colon = name.indexOf(':');
    String kind = colon < 0 ? "" : name.substring(colon + 1);
    String bare = colon < 0 ? name : name.substring(0, colon);
    return switch (kind) {
      case "" -> new Piece.One(bare, false);
      case "int" -> new Piece.One(bare, true);
      case "path" -> new Piece.Rest(bare);
      default ->
          throw new IllegalArgumentException(
              "{" + bare + ":" + kind + "}: a part is {name}, {name:int} or {name:path}");
    };
  }

  /** The templates and their methods, in the order in which they were added. */
  public List<String> list() {
    return routes.stream()
        .map(r -> String.join(" ", r.methods().stream().sorted().toList()) + " " + r.template())
        .toList();
  }

  /** Whether there is a route for the request, or for its path when it is none for reading. */
  boolean leads(Request request) {
    List<String> path = parts(request.path());
    boolean reads = request.method().equals("GET") || request.method().equals("HEAD");
    return routes.stream()
        .filter(route -> !reads || route.serves(request.method()))
        .anyMatch(route -> match(route, path).isPresent());
  }

  @Override
  public Response handle(Request request) throws Exception {
    if (request.target().equals("*")) {
      // OPTIONS * asks about the server as a whole (RFC 9110 §9.3.7).
      return Response.status(204).with("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    }
    List<String> path = parts(request.path());
    String method = request.method();
    List<Route> others = new ArrayList<>(0);
    Optional<Route> best = Optional.empty();
    for (Route route : routes) {
      if (match(route, path).isPresent()) {
        if (!route.serves(method)) {
          others.add(route);
        } else if (best.isEmpty() || route.literals() > best.get().literals()) {
          best = Optional.of(route);
        }
      }
    }
    if (best.isPresent()) {
      Map<String, String> parameters = match(best.get(), path).orElseThrow();
      return best.get().endpoint().handle(request.withPathParameters(parameters));
    }
    SequencedSet<String> allowed = new LinkedHashSet<>();
    others.forEach(route -> allowed.addAll(route.methods().stream().sorted().toList()));
    if (allowed.isEmpty()) {
      throw new HttpError(404, "nothing is at " + request.path());
    }
    if (allowed.contains("GET")) {
      allowed.add("HEAD");
    }
    allowed.add("OPTIONS");
    String allow = String.join(", ", allowed);
    if (method.equals("OPTIONS")) {
      return Response.of("text/html; charset=utf-8", Bytes.EMPTY).with("Allow", allow);
    }
    return ErrorPage.of(request, 405, method + " is not allowed here; allowed are " + allow)
        .with("Allow", allow);
  }

  private static List<String> parts(String path) {
    List<String> parts = new ArrayList<>(4);
    int from = path.startsWith("/") ? 1 : 0;
    for (int slash = path.indexOf('/', from); slash >= 0; slash = path.indexOf('/', from)) {
      parts.add(Parameters.decode(path.substring(from, slash)));
      from = slash + 1;
    }
    parts.add(Parameters.decode(path.substring(from)));
    return parts;
  }

  private static Optional<Map<String, String>> match(Route route, List<String> path) {
    List<Piece> pieces = route.pieces();
    boolean rest = pieces.getLast() instanceof Piece.Rest;
    if (rest ? path.size() < pieces.size() : path.size() != pieces.size()) {
      return Optional.empty();
    }
    Map<String, String> found = new HashMap<>();
    for (int i = 0; i < pieces.size(); i++) {
      String part = path.get(i);
      boolean fits =
          switch (pieces.get(i)) {
            case Piece.Literal literal -> literal.text().equals(part);
            case Piece.One one -> {
              found.put(one.name(), part);
              yield !part.isEmpty()
                  && (!one.digits() || part.chars().allMatch(c -> c >= '0' && c <= '9'));
            }
            case Piece.Rest all -> {
              String text = String.join("/", path.subList(i, path.size()));
              found.put(all.name(), text);
              yield !text.isEmpty();
            }
          };
      if (!fits) {
        return Optional.empty();
      }
    }
    return Optional.of(found);
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%d routes", routes.size());
  }
}

package wirebook.engine.http.server;

/**
 * Lets pages of all other servers read what {@code inside} answers, without cookies (Fetch Standard
 * §3.2); what a response says itself stays.
 */
public record Cors(Endpoint inside) implements Endpoint {
  private static final String ALLOWED = "Access-Control-Allow-Origin";

  @Override
  public Response handle(Request request) throws Exception {
    if (request.header("Origin").isEmpty()) {
      return inside.handle(request);
    }
    boolean preflight =
        request.method().equals("OPTIONS")
            && request.header("Access-Control-Request-Method").isPresent();
    if (!preflight) {
      Response response = inside.handle(request);
      return response.headers().has(ALLOWED)
          ? response
          : response.with(ALLOWED, "*").plus("Access-Control-Expose-Headers", "*");
    }
    Response leave =
        Response.status(204)
            .with(ALLOWED, "*")
            .with(
                "Access-Control-Allow-Methods",
                request.header("Access-Control-Request-Method").orElse("*"))
            .with("Access-Control-Max-Age", "600");
    // The star would not stand for Authorization.
    for (String name : request.headers().all("Access-Control-Request-Headers")) {
      leave = leave.plus("Access-Control-Allow-Headers", name);
    }
    return request.header("Access-Control-Request-Private-Network").isPresent()
        ? leave.with("Access-Control-Allow-Private-Network", "true")
        : leave;
  }
}

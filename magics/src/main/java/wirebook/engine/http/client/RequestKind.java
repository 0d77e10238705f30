package wirebook.engine.http.client;

/** What kind of request it is: it says which method is used, and whether a body goes along. */
public enum RequestKind {
  GET,
  HEAD,
  POST,
  /** A form in parts, with POST. */
  MIME,
  PUT;

  String method() {
    return this == MIME ? POST.name() : name();
  }
}

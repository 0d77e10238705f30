package wirebook.engine.http.client;

/**
 * What is asked for.
 *
 * @param url byte text; a scheme may be missing
 * @param contentType of a form in parts, empty for other bodies
 */
public record CallRequest(String url, RequestKind kind, Upload body, String contentType) {}

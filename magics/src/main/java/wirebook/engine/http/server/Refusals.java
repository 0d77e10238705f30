package wirebook.engine.http.server;

import java.util.Optional;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import wirebook.trace.Bytes;

/** What Jetty refuses before an endpoint sees it, in our words. */
final class Refusals extends ErrorHandler {
  @Override
  public boolean handle(
      org.eclipse.jetty.server.Request request,
      org.eclipse.jetty.server.Response response,
      Callback callback) {
    // Jetty means the preface of HTTP/2 in a place where it may not stand.
    int status = response.getStatus() == 426 ? 505 : response.getStatus();
    response.setStatus(status);
    if (status == 400 && resetStream(request)) {
      callback.succeeded();
      return true;
    }
    String reason = "the request could not be answered";
    if (request.getAttribute(ERROR_EXCEPTION) instanceof Throwable cause) {
      reason = words(status, cause);
    } else if (request.getAttribute(ERROR_MESSAGE) instanceof String message) {
      reason = message;
    }
    Response page =
        ErrorPage.of(
            Optional.ofNullable(request.getHeaders().get(HttpHeader.ACCEPT)), status, reason);
    response.getHeaders().put(ResponseSender.SERVER);
    if (request.getConnectionMetaData().getHttpVersion().getVersion() < 20) {
      // What follows a malformed request could be anything.
      response.getHeaders().put(ResponseSender.CLOSE);
    }
    page.headers().fields().forEach(f -> response.getHeaders().put(f.name(), f.value()));
    Bytes text =
        page.content() instanceof Response.Content.Whole whole ? whole.bytes() : Bytes.EMPTY;
    response.write(true, text.buffer(), callback);
    return true;
  }

  /** A malformed HTTP/2 request is a stream error (RFC 9113 §8.1.1). */
  private static boolean resetStream(org.eclipse.jetty.server.Request request) {
    if (request.getConnectionMetaData().getConnection() instanceof HTTP2Connection connection
        && request.getId().matches("[0-9]{1,9}")) {
      int id = Integer.parseInt(request.getId());
      Stream stream = connection.getSession().getStream(id);
      if (stream != null) {
        stream.reset(new ResetFrame(id, ErrorCode.PROTOCOL_ERROR.code), Callback.NOOP);
        return true;
      }
    }
    return false;
  }

  private static String words(int status, Throwable cause) {
    String reason = cause instanceof HttpException http ? http.getReason() : cause.toString();
    return switch (status) {
      case 414 -> "the request target is longer than this server takes";
      case 417 -> "the only expectation that can be met is 100-continue";
      case 431 ->
          "the header section is longer than the "
              + JettyListener.LONGEST_HEADER_SECTION
              + " bytes that this server takes";
      case 505 -> "this port speaks HTTP/1.0 and HTTP/1.1, and HTTP/2 behind its preface";
      default ->
          reason == null || reason.equals("Bad Request") ? "the request is malformed" : reason;
    };
  }
}

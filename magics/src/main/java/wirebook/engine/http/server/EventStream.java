package wirebook.engine.http.server;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Server-sent events, one after the other, as the HTML standard has them (§9.2). Each goes out at
 * once.
 */
public final class EventStream {
  private final OutputStream out;

  EventStream(OutputStream out) {
    this.out = out;
  }

  /** Sends events until it returns. */
  @FunctionalInterface
  public interface Writer {
    void write(EventStream events) throws IOException, InterruptedException;
  }

  /**
   * Sends an event that has nothing but data.
   *
   * @throws IOException when the client is gone
   */
  public void send(Object data) throws IOException {
    write("", data);
  }

  /**
   * Sends an event of a type.
   *
   * @throws IOException when the client is gone
   */
  public void send(String type, Object data) throws IOException {
    write(line("event", type), data);
  }

  /**
   * Sends an event that a client knows again: when it comes back after a broken connection, it says
   * in Last-Event-ID which was the last that it had.
   *
   * @throws IOException when the client is gone
   */
  public void send(Object id, String type, Object data) throws IOException {
    write(line("id", String.valueOf(id)) + line("event", type), data);
  }

  private static String line(String field, String value) {
    if (value.indexOf('\n') >= 0 || value.indexOf('\r') >= 0) {
      throw new IllegalArgumentException("what stands behind " + field + ": is one line");
    }
    return field + ": " + value + "\n";
  }

  /** A text as it is; what JSON has an object or an array for as such, as an answer would be. */
  private static String text(Object data) {
    if (!(data instanceof CharSequence)) {
      String json = JsonForm.oneLine(data);
      if (json.startsWith("{") || json.startsWith("[")) {
        return json;
      }
    }
    return String.valueOf(data);
  }

  private void write(String head, Object data) throws IOException {
    StringBuilder text = new StringBuilder(head);
    for (String line : text(data).split("\r\n|\r|\n", -1)) {
      text.append("data: ").append(line).append('\n');
    }
    out.write(text.append('\n').toString().getBytes(StandardCharsets.UTF_8));
    out.flush();
  }
}

package wirebook.engine.socket.nc;

import java.util.stream.Collectors;
import wirebook.trace.Bytes;
import wirebook.trace.Event;
import wirebook.trace.Trace;

/** What was said in both directions, in its order. */
public record Conversation(Trace trace) {
  public Bytes sent() {
    return trace.of(Event.Sent.class).map(Event.Sent::bytes).reduce(Bytes.EMPTY, Bytes::plus);
  }

  public Bytes received() {
    return trace
        .of(Event.Received.class)
        .map(Event.Received::bytes)
        .reduce(Bytes.EMPTY, Bytes::plus);
  }

  /** What was received, read as UTF-8. */
  public String text() {
    return received().text();
  }

  /** Each message in hex, {@code >} for what was sent and {@code <} for what was received. */
  public String hexdump() {
    return trace.events().stream()
        .map(
            e ->
                switch (e) {
                  case Event.Sent sent -> marked("> ", sent.bytes());
                  case Event.Received received -> marked("< ", received.bytes());
                  case Event.Looked _,
                      Event.Connecting _,
                      Event.Connected _,
                      Event.Secured _,
                      Event.Closed _,
                      Event.Failed _,
                      Event.Note _ ->
                      "";
                })
        .collect(Collectors.joining());
  }

  private static String marked(String mark, Bytes bytes) {
    return bytes.hexdump().lines().map(l -> mark + l + "\n").collect(Collectors.joining());
  }

  @Override
  public String toString() {
    return text();
  }
}

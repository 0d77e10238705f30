package wirebook.trace;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** All events of one call, in the order in which they happened. */
public record Trace(List<Event> events) {
  public static final Trace EMPTY = new Trace(List.of());

  public Trace {
    events = List.copyOf(events);
  }

  /** The events of one kind. */
  public <E extends Event> Stream<E> of(Class<E> kind) {
    return events.stream().filter(kind::isInstance).map(kind::cast);
  }

  /** Everything sent, or received, on one channel, joined. */
  public Bytes sent(int channel) {
    return of(Event.Sent.class)
        .filter(e -> e.channel() == channel)
        .map(Event.Sent::bytes)
        .reduce(Bytes.EMPTY, Bytes::plus);
  }

  public Bytes received(int channel) {
    return of(Event.Received.class)
        .filter(e -> e.channel() == channel)
        .map(Event.Received::bytes)
        .reduce(Bytes.EMPTY, Bytes::plus);
  }

  public List<Failure> failures() {
    return of(Event.Failed.class).map(Event.Failed::failure).toList();
  }

  /** From the first event to the last. */
  public Duration duration() {
    return events.isEmpty()
        ? Duration.ZERO
        : Duration.between(events.getFirst().at(), events.getLast().at());
  }
}

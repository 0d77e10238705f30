package wirebook.trace;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** All events of one call, in the order in which they happened. */
public record Trace(List<Event> events) {
  /** What an event takes beside its bytes, about. */
  private static final long OF_AN_EVENT = 160;

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

  /** About how many bytes of memory it takes. */
  public long weight() {
    long weight = 0;
    for (Event event : events) {
      weight += OF_AN_EVENT;
      if (event instanceof Event.Sent sent) {
        weight += sent.bytes().length();
      } else if (event instanceof Event.Received received) {
        weight += received.bytes().length();
      }
    }
    return weight;
  }

  /** This without the bytes that were sent and received, which it says. */
  public Trace lightened() {
    List<Event> rest = new ArrayList<>();
    for (Event event : events) {
      if (!(event instanceof Event.Sent || event instanceof Event.Received)) {
        rest.add(event);
      }
    }
    if (rest.size() < events.size()) {
      rest.add(new Event.Note(events.getLast().at(), "What was sent and received made room."));
    }
    return new Trace(rest);
  }

  /** From the first event to the last. */
  public Duration duration() {
    return events.isEmpty()
        ? Duration.ZERO
        : Duration.between(events.getFirst().at(), events.getLast().at());
  }
}

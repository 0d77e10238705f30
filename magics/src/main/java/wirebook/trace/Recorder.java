package wirebook.trace;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** Where an engine writes its trace; safe for use by several threads. */
public final class Recorder {
  private final InstantSource clock;
  private final List<Event> events = new ArrayList<>();
  private int channels;

  public Recorder(InstantSource clock) {
    this.clock = clock;
  }

  /** The number for a new socket or connection. */
  public synchronized int newChannel() {
    return ++channels;
  }

  public synchronized void add(Event event) {
    events.add(event);
  }

  public void looked(String name, List<InetAddress> addresses, String source) {
    add(new Event.Looked(clock.instant(), name, List.copyOf(addresses), source));
  }

  public void connecting(int channel, Event.Transport transport, InetSocketAddress remote) {
    add(new Event.Connecting(clock.instant(), channel, transport, remote));
  }

  public void connected(
      int channel, Event.Transport transport, InetSocketAddress local, InetSocketAddress remote) {
    add(new Event.Connected(clock.instant(), channel, transport, local, remote));
  }

  public void secured(int channel, String protocol, String cipher, String peer) {
    add(new Event.Secured(clock.instant(), channel, protocol, cipher, peer));
  }

  public void sent(int channel, InetSocketAddress to, Bytes bytes) {
    add(new Event.Sent(clock.instant(), channel, to, bytes));
  }

  public void received(int channel, InetSocketAddress from, Bytes bytes) {
    add(new Event.Received(clock.instant(), channel, from, bytes));
  }

  public void closed(int channel, boolean byPeer) {
    add(new Event.Closed(clock.instant(), channel, byPeer));
  }

  public void failed(int channel, Failure failure) {
    add(new Event.Failed(clock.instant(), channel, failure));
  }

  public void note(String text) {
    add(new Event.Note(clock.instant(), text));
  }

  /** What was recorded so far. */
  public synchronized Trace trace() {
    return new Trace(events);
  }
}

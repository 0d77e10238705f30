package wirebook.internet.time;

import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import wirebook.trace.Bytes;

/**
 * Who waits for what in the lab, and when it comes. The datagrams themselves travel over loopback
 * sockets where one end is a socket; this keeps the lab time at which each arrives, and lets time
 * jump: when no datagram is between two sockets and no server is at work, nothing can happen before
 * the earliest event that somebody waits for (an arrival, or the end of his patience), so that
 * event happens now.
 */
public final class Fabric {
  /** After this much wall time a datagram that did not come out of its socket is given up. */
  private static final long LOST_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** No server of the lab is at work on one question for longer than this of wall time. */
  private static final long LONGEST_WORK = TimeUnit.SECONDS.toNanos(60);

  private static final Duration FOREVER = Duration.ofDays(365);

  /** How long somebody who was just woken may take to send again before others are woken. */
  private static final long TURN_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final LabClock clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Flow, Deque<Flight>> flights = new HashMap<>();
  private final List<Mailbox.Waiter> waiters = new ArrayList<>();
  private int busy;
  private @Nullable Mailbox turn;
  private long turnEnds;

  public Fabric(LabClock clock) {
    this.clock = clock;
  }

  /** The real ports at both ends. */
  private record Flow(int from, int to) {}

  /**
   * A datagram between two sockets.
   *
   * @param from the sender's address in the lab
   * @param arrival lab nanoseconds
   */
  public record Flight(Bytes payload, InetSocketAddress from, long arrival, long launchedWall) {}

  /** What a mailbox holds: a datagram, or the news that its peer refuses. */
  public sealed interface Arrival {
    long at();

    record Came(InetSocketAddress from, Bytes payload, long at) implements Arrival {}

    record Refused(long at) implements Arrival {}

    /** A router on the way said that it goes no further. */
    record Returned(long at, SocketException error) implements Arrival {}
  }

  /** Takes what arrives. */
  public interface Receiver {
    /**
     * @param at lab nanoseconds
     */
    void came(InetSocketAddress from, Bytes payload, long at);
  }

  /** Call before the datagram is given to the real socket. */
  public void launch(
      int fromPort, int toPort, Bytes payload, InetSocketAddress from, long arrival) {
    lock.lock();
    try {
      busy++;
      flights
          .computeIfAbsent(new Flow(fromPort, toPort), _ -> new ArrayDeque<>())
          .add(new Flight(payload, from, arrival, System.nanoTime()));
    } finally {
      lock.unlock();
    }
  }

  /**
   * A real socket got a datagram. If it is one of ours, the receiver is now at work on it and has
   * to say {@link #done}; if not, it came from outside of the lab.
   */
  public Optional<Flight> land(int fromPort, int toPort, Bytes payload) {
    lock.lock();
    try {
      Deque<Flight> flow = flights.get(new Flow(fromPort, toPort));
      if (flow == null) {
        return Optional.empty();
      }
      Optional<Flight> flight = flow.stream().filter(f -> f.payload.equals(payload)).findFirst();
      flight.ifPresent(flow::removeFirstOccurrence);
      if (flow.isEmpty()) {
        flights.remove(new Flow(fromPort, toPort));
      }
      return flight;
    } finally {
      lock.unlock();
    }
  }

  /** Somebody begins work that others may be waiting for. */
  public void begin() {
    lock.lock();
    try {
      busy++;
    } finally {
      lock.unlock();
    }
  }

  /** Work begun by {@link #begin} or {@link #land} is over. */
  public void done() {
    lock.lock();
    try {
      busy--;
      settle();
    } finally {
      lock.unlock();
    }
  }

  private void settle() {
    if (busy > 0 || waiters.isEmpty()) {
      return;
    }
    if (turn != null && System.nanoTime() - turnEnds < 0) {
      return;
    }
    turn = null;
    Mailbox.Waiter first = waiters.getFirst();
    for (Mailbox.Waiter waiter : waiters) {
      if (waiter.next() < first.next()) {
        first = waiter;
      }
    }
    if (first.next() == Long.MAX_VALUE) {
      return;
    }
    waiters.remove(first);
    first.woken = true;
    if (first.atWork) {
      busy++;
    } else if (!waiters.isEmpty()) {
      turn = first.mailbox();
      turnEnds = System.nanoTime() + TURN_NANOS;
      waiters.forEach(w -> w.condition.signal());
    }
    first.condition.signal();
  }

  private void giveUpLost() {
    long now = System.nanoTime();
    for (Deque<Flight> flow : flights.values()) {
      while (!flow.isEmpty() && now - flow.getFirst().launchedWall > LOST_NANOS) {
        flow.removeFirst();
        busy--;
      }
    }
  }

  /** What one socket has received, in the order of arrival. */
  public final class Mailbox {
    private static final int CAPACITY = 1024;

    private final PriorityQueue<Arrival> arrivals =
        new PriorityQueue<>(Comparator.comparingLong(Arrival::at));
    private boolean closed;
    private boolean real;

    private final class Waiter {
      private final Condition condition = lock.newCondition();
      private final long deadline;
      private final boolean atWork =
          LabClock.CURRENT.isBound() && LabClock.CURRENT.get().isAwaited();
      private boolean woken;

      Waiter(long deadline) {
        this.deadline = deadline;
      }

      Mailbox mailbox() {
        return Mailbox.this;
      }

      long next() {
        Arrival head = arrivals.peek();
        if (closed) {
          return Long.MIN_VALUE;
        }
        return head == null ? (real ? Long.MAX_VALUE : deadline) : Math.min(head.at(), deadline);
      }
    }

    /** From now on datagrams may come from the real machine, so that waiting takes real time. */
    public void expectReal() {
      lock.lock();
      try {
        real = true;
      } finally {
        lock.unlock();
      }
    }

    /** Adds what arrives; more than a socket's buffer holds is dropped, as the system does. */
    public void put(Arrival arrival) {
      lock.lock();
      try {
        if (arrivals.size() < CAPACITY) {
          arrivals.add(arrival);
        }
        settle();
      } finally {
        lock.unlock();
      }
    }

    public void close() {
      lock.lock();
      try {
        closed = true;
        if (turn == this) {
          turn = null;
        }
        waiters.forEach(w -> w.condition.signal());
        settle();
      } finally {
        lock.unlock();
      }
    }

    /**
     * Waits, in lab time, for the next arrival; empty when {@code timeout} passed first. The clock
     * is then at the time of what happened.
     */
    public Optional<Arrival> take(Duration timeout) throws SocketException, InterruptedException {
      long now = clock.nanoTime();
      // Who waits for ever does not make that pass.
      boolean ends = timeout.compareTo(FOREVER) < 0;
      long patience = ends ? timeout.toNanos() : Long.MAX_VALUE / 4;
      Waiter waiter = new Waiter(ends ? now + patience : Long.MAX_VALUE);
      lock.lockInterruptibly();
      try {
        if (turn == this) {
          turn = null;
        }
        if (waiter.atWork) {
          busy--;
        }
        waiters.add(waiter);
        boolean paused = !real && ends;
        if (paused) {
          clock.pause();
        }
        try {
          settle();
          long wallEnd = System.nanoTime() + (paused ? LONGEST_WORK : patience);
          while (!waiter.woken && !closed) {
            long left = wallEnd - System.nanoTime();
            if (left <= 0) {
              break;
            }
            waiter.condition.awaitNanos(
                Math.min(
                    left, turn == null ? LOST_NANOS : Math.max(1, turnEnds - System.nanoTime())));
            if (!waiter.woken) {
              giveUpLost();
              settle();
            }
          }
        } finally {
          if (paused) {
            clock.resume();
          }
          if (!waiter.woken) {
            waiters.remove(waiter);
            if (waiter.atWork) {
              busy++;
            }
          }
        }
        if (closed) {
          throw new SocketException("Socket closed");
        }
        Arrival head = arrivals.peek();
        if (head != null && head.at() <= Math.max(waiter.deadline, clock.nanoTime())) {
          arrivals.remove();
          clock.moveTo(head.at());
          return Optional.of(head);
        }
        clock.moveTo(waiter.deadline);
        return Optional.empty();
      } finally {
        lock.unlock();
      }
    }
  }
}

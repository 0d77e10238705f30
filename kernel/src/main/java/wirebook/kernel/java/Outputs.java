package wirebook.kernel.java;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import wirebook.kernel.session.CellOutput;
import wirebook.kernel.session.CellOutput.Stream;
import wirebook.kernel.worker.handle.Worker;
import wirebook.kernel.worker.wire.WorkerMessage;
import wirebook.spi.MimeBundle;
import wirebook.trace.Bytes;

/** Brings what comes from the worker to the cells it belongs to, also after they have ended. */
final class Outputs implements Worker.Events {
  /** Says what is told of a thread that ended in an exception. */
  interface ThreadFailures {
    void failed(int cell, String thread, WorkerMessage.Thrown thrown);
  }

  /** Does what Java in a cell asks for; returns at once. */
  interface Calls {
    void called(Worker worker, WorkerMessage.CallMagic call);

    void evaluate(Worker worker, WorkerMessage.Evaluate request);
  }

  private static final class Sink {
    final CellOutput output;
    final Map<Stream, Decoder> decoders = new EnumMap<>(Stream.class);

    /** The thread that waits for a person's answer. */
    Optional<Thread> asking = Optional.empty();

    Sink(CellOutput output) {
      this.output = output;
    }
  }

  private final Map<Integer, Sink> sinks = new ConcurrentHashMap<>();
  private final ThreadFailures threadFailures;
  private final Calls calls;
  private final UnaryOperator<String> readable;
  private volatile int latest;
  final CommBridge comms;

  /**
   * @param readable puts the students' names and places into text
   */
  Outputs(
      ThreadFailures threadFailures,
      Calls calls,
      CommBridge.Telling telling,
      UnaryOperator<String> readable) {
    comms = new CommBridge(telling);
    this.calls = calls;
    this.threadFailures = threadFailures;
    this.readable = readable;
  }

  /** A cell begins. */
  void open(int cell, CellOutput output) {
    sinks.put(cell, new Sink(output));
    latest = cell;
  }

  /** A cell that never ran in a worker is forgotten at once; the others when the worker says so. */
  void forget(int cell) {
    sinks.remove(cell);
  }

  /** Ends the question that the cell waits for, if there is one. */
  void stopAsking(int cell) {
    Sink sink = sinks.get(cell);
    if (sink != null) {
      synchronized (sink) {
        sink.asking.ifPresent(Thread::interrupt);
      }
    }
  }

  void print(int cell, Stream stream, String text) {
    Sink sink = sinks.get(cell);
    if (sink != null && !text.isEmpty()) {
      sink.output.stream(stream, readable.apply(text));
    }
  }

  @Override
  public void stray(Stream stream, String text) {
    print(latest, stream, text);
  }

  @Override
  public void received(Worker worker, WorkerMessage.ToKernel message) {
    switch (message) {
      case WorkerMessage.Finished finished ->
          throw new IllegalStateException("an answer without a question: " + finished);
      case WorkerMessage.Output(int cell, Stream stream, Bytes bytes) -> {
        Sink sink = sinks.get(cell);
        if (sink != null) {
          print(
              cell,
              stream,
              sink.decoders.computeIfAbsent(stream, s -> new Decoder()).decode(bytes));
        }
      }
      case WorkerMessage.Shown(int cell, var bundle, String id) ->
          sink(cell).ifPresent(sink -> sink.output.display(readable(bundle), Optional.of(id)));
      case WorkerMessage.Updated(int cell, var bundle, String id) ->
          sink(cell).ifPresent(sink -> sink.output.updateDisplay(readable(bundle), id));
      case WorkerMessage.Cleared(int cell, boolean atNext) ->
          sink(cell).ifPresent(sink -> sink.output.clear(atNext));
      case WorkerMessage.Ask ask -> sink(ask.cell()).ifPresent(sink -> ask(worker, sink, ask));
      case WorkerMessage.ThreadFailed(int cell, String thread, var thrown) ->
          threadFailures.failed(cell, thread, thrown);
      case WorkerMessage.VariablesReset(int cell, var names) ->
          print(
              cell,
              Stream.STDERR,
              "these variables lost their values, as their type is another one now: "
                  + String.join(", ", names)
                  + "\n");
      case WorkerMessage.CommSent sent ->
          sink(sent.cell()).ifPresent(sink -> comms.sent(sink.output, sent));
      case WorkerMessage.CallMagic call -> calls.called(worker, call);
      case WorkerMessage.Evaluate request -> calls.evaluate(worker, request);
      case WorkerMessage.CellGone(int cell) -> forget(cell);
    }
  }

  MimeBundle readable(MimeBundle bundle) {
    String text = readable.apply(bundle.text());
    return text.equals(bundle.text()) ? bundle : bundle.with(MimeBundle.TEXT, text);
  }

  private Optional<Sink> sink(int cell) {
    return Optional.ofNullable(sinks.get(cell));
  }

  private static void ask(Worker worker, Sink sink, WorkerMessage.Ask ask) {
    synchronized (sink) {
      sink.asking =
          Optional.of(
              Thread.ofVirtual()
                  .start(
                      () -> {
                        Optional<String> answer = Optional.empty();
                        try {
                          answer = sink.output.ask(ask.prompt(), ask.password());
                        } catch (InterruptedException e) {
                          // The cell was stopped; the worker stops waiting by itself.
                        } finally {
                          synchronized (sink) {
                            sink.asking = Optional.empty();
                          }
                        }
                        try {
                          worker.send(new WorkerMessage.Answer(ask.ticket(), answer));
                        } catch (Worker.Died e) {
                          // Nobody waits for the answer any more.
                        }
                      }));
    }
  }

  /** UTF-8 that arrives in pieces, which may end within a character. */
  private static final class Decoder {
    private final CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private byte[] left = new byte[0];

    String decode(Bytes more) {
      ByteBuffer in = ByteBuffer.allocate(left.length + more.length());
      in.put(left).put(more.buffer()).flip();
      CharBuffer out = CharBuffer.allocate(in.remaining());
      decoder.decode(in, out, false);
      left = new byte[in.remaining()];
      in.get(left);
      return out.flip().toString();
    }
  }
}

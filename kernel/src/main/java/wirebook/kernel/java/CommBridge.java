package wirebook.kernel.java;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import wirebook.codec.Json;
import wirebook.kernel.session.CellOutput;
import wirebook.kernel.session.Comms;
import wirebook.kernel.worker.wire.WorkerMessage;
import wirebook.kernel.worker.wire.WorkerMessage.CommStep;
import wirebook.trace.Bytes;

/** Brings what cells and the front end say to each other in comms from one to the other. */
final class CommBridge {
  /** Has what listens in the worker told, as a cell is run. */
  interface Telling {
    /**
     * Returns whether it came to its end.
     *
     * @param output where it prints to, and what it says is a part of
     */
    boolean tell(CellOutput output, Told told);
  }

  /** A message to the worker which still lacks what a run gives it. */
  interface Told {
    WorkerMessage.ToWorker message(long ticket, int cell);
  }

  private final CompletableFuture<Comms> comms = new CompletableFuture<>();
  private final Telling telling;

  CommBridge(Telling telling) {
    this.telling = telling;
  }

  void connect(Comms ofSession) {
    comms.complete(ofSession);
  }

  /** The worker is gone, and with it all that listened. */
  void ended(CellOutput output) {
    comms.thenAccept(all -> all.end(output));
  }

  /** A cell did something; without a front end nobody is told. */
  void sent(CellOutput output, WorkerMessage.CommSent message) {
    comms.thenAccept(all -> act(output, message, all));
  }

  private void act(CellOutput output, WorkerMessage.CommSent message, Comms all) {
    Comms.Comm comm = new Comms.Comm(message.id(), message.target());
    switch (message.step()) {
      case TARGET -> all.register(message.target(), opened -> new Listener(output, opened));
      case OPEN ->
          all.open(
              output,
              comm,
              data(message.metadata()),
              data(message.json()),
              message.buffers(),
              new Listener(output, comm));
      case MESSAGE -> comm.send(output, data(message.json()), message.buffers());
      case CLOSE -> all.close(output, message.id());
    }
  }

  private static Json.Obj data(String json) {
    try {
      return Json.parse(json) instanceof Json.Obj object ? object : Json.Obj.EMPTY;
    } catch (Json.Malformed e) {
      throw new IllegalStateException("the worker sent what is no JSON: " + json, e);
    }
  }

  /** Prints to the cell that began to listen. */
  private final class Listener implements Comms.Listener {
    private final CellOutput output;
    private final Comms.Comm comm;

    Listener(CellOutput output, Comms.Comm comm) {
      this.output = output;
      this.comm = comm;
    }

    @Override
    public boolean opened(Comms.Request request) {
      return tell(CommStep.OPEN, request);
    }

    @Override
    public void message(Comms.Request request) {
      tell(CommStep.MESSAGE, request);
    }

    @Override
    public void closed(Comms.Request request) {
      tell(CommStep.CLOSE, request);
    }

    private boolean tell(CommStep step, Comms.Request request) {
      String json = request.data().write();
      List<Bytes> buffers = request.buffers();
      return telling.tell(
          request.answering(output),
          (ticket, cell) ->
              new WorkerMessage.CommReceived(
                  ticket, cell, step, comm.id(), comm.target(), json, buffers));
    }
  }
}

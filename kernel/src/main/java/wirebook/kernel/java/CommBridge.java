package wirebook.kernel.java;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import wirebook.kernel.protocol.Json;
import wirebook.kernel.session.Comms;
import wirebook.kernel.worker.Message;
import wirebook.kernel.worker.Message.CommStep;
import wirebook.kernel.worker.Worker;
import wirebook.trace.Bytes;

/** Brings what cells and the front end say to each other in comms from one to the other. */
final class CommBridge {
  private final CompletableFuture<Comms> comms = new CompletableFuture<>();
  private final Map<String, Comms.Comm> open = new ConcurrentHashMap<>();

  void connect(Comms ofSession) {
    comms.complete(ofSession);
  }

  /** A cell did something; without a front end nobody is told. */
  void sent(Worker worker, Message.CommSent message) {
    comms.thenAccept(all -> act(worker, message, all));
  }

  private void act(Worker worker, Message.CommSent message, Comms all) {
    Json.Obj data = data(message.json());
    switch (message.step()) {
      case TARGET ->
          all.register(
              message.target(),
              (comm, opened, buffers) -> {
                open.put(comm.id(), comm);
                tell(worker, CommStep.OPEN, comm.id(), message.target(), opened, buffers);
                return new Listener(worker, comm.id(), message.target());
              });
      case OPEN ->
          open.put(
              message.id(),
              all.open(
                  message.id(),
                  message.target(),
                  data,
                  new Listener(worker, message.id(), message.target())));
      case MESSAGE -> {
        Comms.Comm comm = open.get(message.id());
        if (comm != null) {
          comm.send(data, message.buffers());
        }
      }
      case CLOSE -> {
        Comms.Comm comm = open.remove(message.id());
        if (comm != null) {
          comm.close(data);
        }
      }
    }
  }

  private static Json.Obj data(String json) {
    try {
      return Json.parse(json) instanceof Json.Obj object ? object : Json.Obj.EMPTY;
    } catch (Json.Malformed e) {
      throw new IllegalStateException("the worker sent what is no JSON: " + json, e);
    }
  }

  private final class Listener implements Comms.Listener {
    private final Worker worker;
    private final String id;
    private final String target;

    Listener(Worker worker, String id, String target) {
      this.worker = worker;
      this.id = id;
      this.target = target;
    }

    @Override
    public void message(Json.Obj data, List<Bytes> buffers) {
      tell(worker, CommStep.MESSAGE, id, target, data, buffers);
    }

    @Override
    public void closed(Json.Obj data) {
      open.remove(id);
      tell(worker, CommStep.CLOSE, id, target, data, List.of());
    }
  }

  /** Returns when the cell's listener has been told. */
  private static void tell(
      Worker worker, CommStep step, String id, String target, Json.Obj data, List<Bytes> buffers) {
    try {
      worker.request(
          ticket -> new Message.CommReceived(ticket, step, id, target, data.write(), buffers));
    } catch (Worker.Died e) {
      // With the worker its listeners are gone.
    }
  }
}

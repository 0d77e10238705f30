package wirebook.kernel.session;

import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import wirebook.codec.Json;
import wirebook.kernel.protocol.Message;
import wirebook.kernel.session.Transport.Channel;

/** Asks the person at the front end that sent a cell. One question at a time. */
final class Stdin {
  private sealed interface Answer {
    record Given(String value) implements Answer {}

    record Cancelled() implements Answer {}
  }

  private record Question(String id, Message request, BlockingQueue<Answer> answer) {}

  private final Publisher publisher;
  private final ReentrantLock asking = new ReentrantLock(true);
  private final AtomicReference<@Nullable Question> pending = new AtomicReference<>();

  Stdin(Publisher publisher) {
    this.publisher = publisher;
  }

  /**
   * Asks and waits.
   *
   * @throws InterruptedException when the cell was stopped meanwhile
   */
  Optional<String> ask(Message request, String prompt, boolean password)
      throws InterruptedException {
    asking.lockInterruptibly();
    try {
      BlockingQueue<Answer> answer = new ArrayBlockingQueue<>(1);
      Message question =
          publisher.to(
              request.identities(),
              request.header().json(),
              "input_request",
              Json.object("prompt", prompt, "password", password));
      // Known before it is sent, so that no answer can be too early.
      pending.set(new Question(question.header().id(), request, answer));
      publisher.send(Channel.STDIN, question);
      return switch (answer.take()) {
        case Answer.Given(String value) -> Optional.of(value);
        case Answer.Cancelled c ->
            throw new InterruptedException("stopped while waiting for input");
      };
    } finally {
      pending.set(null);
      asking.unlock();
    }
  }

  /**
   * Takes an {@code input_reply}. Some front ends name no parent; one that names another question's
   * is late and counts for nothing.
   */
  void answered(Message reply) {
    Question question = pending.get();
    if (question == null || !question.request.identities().equals(reply.identities())) {
      return;
    }
    Optional<String> parent = reply.parent().text("msg_id");
    if (parent.isEmpty() || parent.get().equals(question.id)) {
      question.answer.offer(new Answer.Given(reply.content().text("value").orElse("")));
    }
  }

  /** The cell that asks is being stopped. */
  void cancel() {
    Question question = pending.get();
    if (question != null) {
      question.answer.offer(new Answer.Cancelled());
    }
  }
}

package wirebook.kernel.worker.wire;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import wirebook.kernel.session.CellOutput.Stream;
import wirebook.spi.Diagnostic;
import wirebook.spi.MimeBundle;
import wirebook.spi.Word;
import wirebook.trace.Bytes;

/**
 * What the kernel process and the worker process tell each other. A request has a {@code ticket},
 * which its answer repeats; {@code cell} numbers the execution whose output a message belongs to.
 */
public sealed interface WorkerMessage {
  /** From the kernel to the worker. */
  sealed interface ToWorker extends WorkerMessage {}

  /** From the worker to the kernel. */
  sealed interface ToKernel extends WorkerMessage {}

  /**
   * A compiled class.
   *
   * @param woven whether it can run for long, so that stop checks must be put into it
   */
  record ClassFile(String name, Bytes bytes, boolean woven) {}

  /** Defines classes. What goes wrong is told when one of them is used. */
  record Load(int cell, List<ClassFile> classes) implements ToWorker {
    public Load {
      classes = List.copyOf(classes);
    }
  }

  /** Is answered when what was sent before it has been taken in. */
  record Await(long ticket) implements ToWorker {}

  /** Gives loaded classes new bodies, so that their variables and instances stay. */
  record Redefine(long ticket, List<ClassFile> classes) implements ToWorker {
    public Redefine {
      classes = List.copyOf(classes);
    }
  }

  /** The text of a cell, which {@code In} keeps under its number. */
  record Remember(int number, String text) implements ToWorker {}

  /**
   * From here on the cell's code runs on a thread of its own, beside that of other cells; as long
   * as none of these messages names the cell, it is the main one.
   *
   * @param lane the number of the thread, from 1
   */
  record Enter(int cell, int lane) implements ToWorker {}

  /** Calls a static method without parameters on the cell's thread. */
  record Invoke(long ticket, int cell, String className, String method) implements ToWorker {}

  /**
   * Renders what the last {@link Invoke} or {@link RunMagic} returned.
   *
   * @param number under which {@code Out} keeps it; 0 keeps it nowhere
   * @param picture whether it is wanted only when it is one
   */
  record ShowResult(long ticket, int cell, int number, boolean picture) implements ToWorker {}

  /** Renders a variable's value as plain text. */
  record ReadVariable(long ticket, int cell, String className, String variable)
      implements ToWorker {}

  /**
   * Runs a magic found through the service loader.
   *
   * @param variables see {@link wirebook.spi.MagicCall#variables}
   */
  record RunMagic(
      long ticket,
      int cell,
      String name,
      List<Word> words,
      Optional<Word> body,
      Map<String, String> variables)
      implements ToWorker {
    public RunMagic {
      words = List.copyOf(words);
      variables = Map.copyOf(variables);
    }

    public RunMagic(long ticket, int cell, String name, List<Word> words, Optional<Word> body) {
      this(ticket, cell, name, words, body, Map.of());
    }
  }

  /** Adds jars and folders of classes, with the system's separator between them. */
  record AddToClassPath(String paths) implements ToWorker {}

  /** The person's answer to {@link Ask}; empty when there is none. */
  record Answer(long ticket, Optional<String> text) implements ToWorker {}

  /** What the front end did in a comm; what listens is run as a cell. */
  record CommReceived(
      long ticket,
      int cell,
      CommStep step,
      String id,
      String target,
      String json,
      List<Bytes> buffers)
      implements ToWorker {
    public CommReceived {
      buffers = List.copyOf(buffers);
    }
  }

  /**
   * How a {@link CallMagic} ended: what it gave, or why it failed.
   *
   * @param failure empty when it did not fail
   * @param values empty for what gives none
   */
  record Called(long ticket, Optional<String> failure, Optional<List<String>> values)
      implements ToWorker {
    public Called {
      values = values.map(List::copyOf);
    }
  }

  /** Climbs the stop ladder for the cell, as far as that is possible from inside. */
  record Stop(int cell) implements ToWorker {}

  /** Ends the process. */
  record Quit() implements ToWorker {}

  /** The answer to a request. */
  record Finished(long ticket, Ending ending) implements ToKernel {}

  record Output(int cell, Stream stream, Bytes bytes) implements ToKernel {}

  record Shown(int cell, MimeBundle bundle, String displayId) implements ToKernel {}

  record Updated(int cell, MimeBundle bundle, String displayId) implements ToKernel {}

  record Cleared(int cell, boolean atNext) implements ToKernel {}

  record Ask(long ticket, int cell, String prompt, boolean password) implements ToKernel {}

  /** Java in a cell calls one of the magics that the kernel runs itself. */
  record CallMagic(
      long ticket, int cell, String name, List<String> arguments, Optional<String> body)
      implements ToKernel {
    public CallMagic {
      arguments = List.copyOf(arguments);
    }
  }

  /**
   * Java code in the cell wants the value of other code. It is answered by {@link Called}, with the
   * number of the cell that has the value, if there is one.
   */
  record Evaluate(long ticket, int cell, String code) implements ToKernel {}

  /** A thread of the cell ended in an exception. */
  record ThreadFailed(int cell, String thread, Thrown thrown) implements ToKernel {}

  /** Variables that could not keep their values, because their type is another class now. */
  record VariablesReset(int cell, List<String> names) implements ToKernel {
    public VariablesReset {
      names = List.copyOf(names);
    }
  }

  /** No thread can write to the cell any more. */
  record CellGone(int cell) implements ToKernel {}

  /**
   * What a cell does in a comm.
   *
   * @param json an object
   */
  record CommSent(
      int cell,
      CommStep step,
      String id,
      String target,
      String metadata,
      String json,
      List<Bytes> buffers)
      implements ToKernel {
    public CommSent {
      buffers = List.copyOf(buffers);
    }
  }

  /** A step of a conversation. */
  enum CommStep {
    /** Conversations for the target may begin. */
    TARGET,
    OPEN,
    MESSAGE,
    CLOSE
  }

  /** How a request ended. */
  sealed interface Ending {
    /** It ran to its end. */
    record Returned() implements Ending {}

    /** The value as people see it; empty for null. */
    record Rendered(Optional<MimeBundle> bundle) implements Ending {}

    /**
     * The magic ended.
     *
     * @param type that of a variable for its value, when it has one
     * @param lab what of the lab is no longer as it was at first
     */
    record MagicDone(Optional<String> type, int exitCode, List<String> lab) implements Ending {
      public MagicDone {
        lab = List.copyOf(lab);
      }
    }

    /** The magic was called wrongly. */
    record MagicWrong(Diagnostic diagnostic) implements Ending {}

    record Threw(Thrown thrown) implements Ending {}

    /** A method was called that JShell could not compile yet. */
    record Unresolved(int snippet, List<StackTraceElement> frames) implements Ending {
      public Unresolved {
        frames = List.copyOf(frames);
      }
    }

    /** The cell was stopped. */
    record Stopped() implements Ending {}

    /** The worker cannot do it, for this reason. */
    record Refused(String reason) implements Ending {}
  }

  /**
   * A throwable, as far as it is shown.
   *
   * @param more how many others it suppressed
   */
  record Thrown(
      String type,
      Optional<String> message,
      List<StackTraceElement> frames,
      Optional<Thrown> cause,
      List<Thrown> suppressed,
      int more) {
    public Thrown {
      frames = List.copyOf(frames);
      suppressed = List.copyOf(suppressed);
    }
  }
}

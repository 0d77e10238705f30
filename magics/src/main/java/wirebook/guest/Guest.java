package wirebook.guest;

import java.io.InputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import wirebook.internet.Internets;
import wirebook.net.Networks;
import wirebook.spi.Diagnostic;
import wirebook.spi.Display;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicException;
import wirebook.spi.MagicSpec;
import wirebook.spi.MimeBundle;
import wirebook.spi.Services;
import wirebook.spi.Span;
import wirebook.spi.Word;

/**
 * Runs magics in another kernel: what they print goes to the standard streams as the kernel has set
 * them, and what they show to its displays. One network and one set of services for all calls, as
 * in a kernel of our own.
 */
final class Guest {
  private static final String INTERNET_VARIABLE = "WIREBOOK_INTERNET";

  private final GuestHost host;
  private final Networks networks = new Internets(internet());
  private final Services services = new Services();

  Guest(GuestHost host) {
    this.host = host;
  }

  private static String internet() {
    return "real".equals(System.getenv(INTERNET_VARIABLE)) ? "real" : "lab";
  }

  /** The magics in the jars that this class comes from. */
  static List<Magic> magics() {
    return ServiceLoader.load(Magic.class, Guest.class.getClassLoader()).stream()
        .map(ServiceLoader.Provider::get)
        .toList();
  }

  /**
   * Runs the magic.
   *
   * @return its value, or null when it has none
   * @throws IllegalArgumentException when the call is wrong
   */
  @Nullable Object run(Magic magic, List<String> arguments, Optional<String> body)
      throws Exception {
    MagicSpec spec = magic.spec();
    if (body.isEmpty() && spec.body() == MagicSpec.Body.REQUIRED) {
      throw new IllegalArgumentException(
          "%" + spec.name() + " needs lines below it: %%" + spec.name());
    }
    if (body.isPresent() && spec.java().isPresent()) {
      MagicSpec.JavaBody around = spec.java().get();
      host.evaluate(around.before() + body.get() + around.after());
    }
    List<Word> words = arguments.stream().map(text -> new Word(text, Span.NONE)).toList();
    Call call = new Call(words, body, System.out, System.err, System.in, host, networks, services);
    // As the contract of Magic#run says; there an interrupt also ends what blocks on the network.
    FutureTask<Optional<Object>> task = new FutureTask<>(() -> magic.run(call).value());
    Thread thread = Thread.ofVirtual().name(spec.name()).start(task);
    try {
      return task.get().orElse(null);
    } catch (InterruptedException e) {
      thread.interrupt();
      throw e;
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case MagicException wrong -> throw new IllegalArgumentException(words(wrong.diagnostic()));
        case Exception failed -> throw failed;
        case Error error -> throw error;
        case null, default -> throw e;
      }
    } finally {
      call.flush();
    }
  }

  private static String words(Diagnostic diagnostic) {
    return diagnostic.message()
        + (diagnostic.fix().isEmpty() ? "" : "; instead: " + diagnostic.fix())
        + " ["
        + diagnostic.id()
        + "]";
  }

  private record Call(
      List<Word> words,
      Optional<String> body,
      PrintStream out,
      PrintStream err,
      InputStream in,
      GuestHost host,
      Networks networks,
      Services services)
      implements MagicCall, Display {
    void flush() {
      out.flush();
      err.flush();
    }

    @Override
    public Display display() {
      return this;
    }

    @Override
    public String show(MimeBundle bundle) {
      flush();
      String id = UUID.randomUUID().toString();
      host.show(bundle.data(), id);
      return id;
    }

    @Override
    public void update(String id, MimeBundle bundle) {
      flush();
      host.update(bundle.data(), id);
    }

    /** Neither IJava nor JJava can take a cell's output back. */
    @Override
    public void clear(boolean wait) {}

    @Override
    public boolean inCell() {
      return true;
    }
  }
}

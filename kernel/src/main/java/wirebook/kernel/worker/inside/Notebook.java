package wirebook.kernel.worker.inside;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;
import wirebook.engine.http.HttpTransfer;
import wirebook.engine.http.okhttp.JavaClient;
import wirebook.engine.http.server.Handlers;
import wirebook.engine.http.server.HttpServer;
import wirebook.kernel.session.ValueCap;
import wirebook.kernel.worker.wire.WorkerMessage;
import wirebook.net.Networks;
import wirebook.spi.MimeBundle;

/**
 * What every cell can call without an import: showing values, replacing what was shown, earlier
 * results.
 */
public final class Notebook {
  /** The results of earlier cells by their number: {@code Out[3]}; null where there was none. */
  public static volatile @Nullable Object[] Out = new Object[64];

  /** The texts of earlier cells by their number: {@code In[3]}. */
  public static volatile @Nullable String[] In = new String[64];

  private static volatile Optional<Throwable> exception = Optional.empty();

  /** Another one in each worker, so that ids in one notebook stay apart. */
  private static final String ID_START =
      "wirebook-" + Long.toString(System.currentTimeMillis(), 36) + "-";

  private static final AtomicInteger SHOWN = new AtomicInteger();

  private static volatile Magics magics =
      (name, arguments, body) -> {
        throw new IllegalStateException("magics run in a worker only");
      };

  private static volatile Evaluator evaluator =
      code -> {
        throw new IllegalStateException("code is evaluated in a worker only");
      };

  private static volatile Supplier<Networks> networks =
      () -> {
        throw new IllegalStateException("there is a network in a worker only");
      };

  private static volatile Supplier<CellStreams.In> in =
      () -> {
        throw new IllegalStateException("there is an input in a worker only");
      };

  private Notebook() {}

  /**
   * The result of cell {@code number}, as the type that is wanted: {@code String s = out(3)}.
   *
   * @throws NoSuchElementException when that cell had none
   */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  public static <T> T out(int number) {
    Object[] all = Out;
    Object value = number >= 0 && number < all.length ? all[number] : null;
    if (value == null) {
      throw new NoSuchElementException("cell " + number + " gave no result");
    }
    return (T) value;
  }

  /**
   * The exception that a cell ended in last.
   *
   * @throws NoSuchElementException when there was none
   */
  public static Throwable lastException() {
    return exception.orElseThrow(
        () -> new NoSuchElementException("no cell has ended in an exception yet"));
  }

  /** Shows {@code value} below what the cell has printed, and returns the id to replace it by. */
  public static String display(@Nullable Object value) {
    return show(Values.render(value));
  }

  /**
   * Shows {@code value} as the given MIME types only, the text of the value being their content.
   */
  public static String display(@Nullable Object value, String... types) {
    return show(Values.render(value, List.of(types)));
  }

  /** The representations of {@code value}, by MIME type. */
  public static MimeBundle render(@Nullable Object value, String... types) {
    return types.length == 0 ? Values.render(value) : Values.render(value, List.of(types));
  }

  /** Replaces what {@link #display} showed under {@code id}. */
  public static void updateDisplay(String id, @Nullable Object value) {
    update(Objects.requireNonNull(id, "the id that display gave"), Values.render(value));
  }

  /** Replaces what was shown under {@code id} by {@code value} as the given MIME types. */
  public static void updateDisplay(String id, @Nullable Object value, String... types) {
    update(
        Objects.requireNonNull(id, "the id that display gave"),
        Values.render(value, List.of(types)));
  }

  /** Removes what the cell has shown and printed so far. */
  public static void clearOutput() {
    clearOutput(false);
  }

  /** As {@link #clearOutput()}; with {@code wait}, not before the next output comes. */
  public static void clearOutput(boolean wait) {
    CellStreams.flush();
    Cell cell = Cell.current();
    cell.send(new WorkerMessage.Cleared(cell.id(), wait));
  }

  /**
   * Runs a magic from Java: {@code lineMagic("dig", List.of("+short", "google.com"))}.
   *
   * @return its value as the type that is wanted, or null when it has none
   */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  public static <T> @Nullable T lineMagic(String name, List<String> arguments) {
    return (T) called(name, arguments, Optional.empty());
  }

  /** Runs a magic from Java, with lines below it. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  public static <T> @Nullable T cellMagic(String name, List<String> arguments, String body) {
    return (T) called(name, arguments, Optional.of(body));
  }

  private static @Nullable Object called(
      String name, List<String> arguments, Optional<String> body) {
    try {
      return magics.run(name, arguments, body).orElse(null);
    } catch (InterruptedException e) {
      throw asItIs(e);
    }
  }

  /**
   * Evaluates what could stand in a cell, magics as well, in the scope of all cells: {@code (int)
   * eval("1 + 2") + 3}. It runs on another thread, and what it prints belongs to this cell. It
   * throws what the code throws.
   *
   * @return the value of the last expression or magic, null when there is none
   * @throws IllegalArgumentException when the code cannot be compiled
   */
  public static @Nullable Object eval(String code) {
    try {
      return evaluator.evaluate(code);
    } catch (Throwable e) {
      throw asItIs(e);
    }
  }

  /** Throws it without wrapping; lambdas in cells need not declare it. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Throwable> RuntimeException asItIs(Throwable thrown) throws E {
    throw (E) thrown;
  }

  /** What IJava's and JJava's notebooks ask of their kernel. */
  public static KernelHandle kernel() {
    return KernelHandle.INSTANCE;
  }

  /** As {@link #kernel()}, under the name that it has in IJava. */
  public static KernelHandle getKernelInstance() {
    return kernel();
  }

  /**
   * Starts an HTTP server, as {@code %serve} does, of which {@code handler} answers all requests:
   * {@code serve(8080, request -> "Hello, " + request.query("name").orElse("you"))}.
   *
   * @param port 0 takes a free one
   * @param handler gives a value that becomes the response, as in {@code %%serve}; an {@code
   *     Endpoint}, so also {@code Routes}, is one
   */
  public static HttpServer serve(int port, Handlers.Handler handler) throws Exception {
    return serve(handler, List.of(String.valueOf(port)));
  }

  /** The same under a name: another server of this name takes its place, others do not. */
  public static HttpServer serve(int port, String name, Handlers.Handler handler) throws Exception {
    return serve(handler, List.of(String.valueOf(port), "--name", name));
  }

  private static HttpServer serve(Handlers.Handler handler, List<String> words) throws Exception {
    Handlers.next(Handlers.all(handler));
    HttpServer server = cellMagic("serve", words, "");
    if (server == null) {
      throw new IllegalStateException("the server did not start");
    }
    return server;
  }

  /**
   * The OkHttp client of this notebook. It uses the network in use, and {@link #httpTraffic} has
   * all that it did: {@code http().newCall(new Request.Builder().url(url).build()).execute()}.
   */
  public static OkHttpClient http() {
    return HttpHolder.CLIENT.client();
  }

  /** What {@link #http} sent and received so far, as the value and the picture of {@code %curl}. */
  public static HttpTransfer httpTraffic() {
    return HttpHolder.CLIENT.traffic();
  }

  /** Made when a cell asks, so that OkHttp is not loaded before. */
  private static final class HttpHolder {
    private static final JavaClient CLIENT = new JavaClient(() -> networks.get().current());
  }

  /** As {@code System.out.printf}; IJava's notebooks call it. */
  @SuppressWarnings("AnnotateFormatMethod")
  public static void printf(String format, @Nullable Object... arguments) {
    System.out.printf(format, arguments);
  }

  /**
   * Asks the person at the front end, as {@link java.io.Console#readLine} does.
   *
   * @return the answer without a line end, or null when nobody can be asked
   */
  public static @Nullable String readLine(String prompt) {
    return ask(prompt, false).orElse(null);
  }

  /** The same without a prompt. */
  public static @Nullable String readLine() {
    return readLine("");
  }

  /**
   * Asks for what nobody is to see, as {@link java.io.Console#readPassword} does.
   *
   * @return the answer, or null when nobody can be asked
   */
  public static char @Nullable [] readPassword(String prompt) {
    return ask(prompt, true).map(String::toCharArray).orElse(null);
  }

  private static Optional<String> ask(String prompt, boolean password) {
    try {
      return in.get().ask(prompt, password);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** For magics: an interrupt while waiting is one. */
  static Optional<String> asked(String prompt, boolean password) throws InterruptedException {
    try {
      return ask(prompt, password);
    } catch (UncheckedIOException e) {
      if (Thread.interrupted()) {
        throw (InterruptedException) new InterruptedException().initCause(e);
      }
      throw e;
    }
  }

  /** Begins a conversation with what the front end has registered for {@code target}. */
  public static Comm openComm(String target, Map<String, ?> data) {
    return Comm.open(target, data);
  }

  /**
   * As {@link #openComm(String, Map)}, with the message's metadata, in which widgets look for the
   * version of their protocol, and bytes beside the data.
   */
  public static Comm openComm(
      String target, Map<String, ?> data, Map<String, ?> metadata, byte[]... buffers) {
    return Comm.open(target, data, metadata, buffers);
  }

  /** From now on {@code handler} is told when the front end begins one for {@code target}. */
  public static void onComm(String target, Comm.Target handler) {
    Comm.on(target, handler);
  }

  static synchronized void result(int number, Object value) {
    Out = withRoom(Out, number);
    Out[number] = value;
  }

  static synchronized void text(int number, String text) {
    In = withRoom(In, number);
    In[number] = text;
  }

  private static <T> T[] withRoom(T[] all, int index) {
    return index < all.length ? all : Arrays.copyOf(all, 2 * index);
  }

  /** Runs magics on the calling thread. */
  interface Magics {
    Optional<Object> run(String name, List<String> arguments, Optional<String> body)
        throws InterruptedException;
  }

  /** Has code evaluated. */
  interface Evaluator {
    @Nullable Object evaluate(String code) throws Throwable;
  }

  static void evaluator(Evaluator one) {
    evaluator = one;
  }

  static void networks(Networks inUse) {
    networks = () -> inUse;
  }

  static void input(CellStreams.In ofCells) {
    in = () -> ofCells;
  }

  static void magics(Magics runner) {
    magics = runner;
  }

  /**
   * What the magic before gave, for the assignment that follows it. Not for use in cells: {@code
   * var x = %magic} calls it.
   */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  public static <T> T magicValue() {
    return (T)
        Cell.current()
            .magicValue()
            .orElseThrow(() -> new NoSuchElementException("the magic gave no value"));
  }

  /** As {@link #magicValue}, for one of several assignments. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  public static <T> T magicResult() {
    Optional<Object> value = Cell.current().magicValue();
    Cell.current().magicValue(value);
    return (T) value.orElseThrow(() -> new NoSuchElementException("the magic gave no value"));
  }

  static void lastException(Throwable thrown) {
    exception = Optional.of(thrown);
  }

  static String show(MimeBundle bundle) {
    CellStreams.flush();
    String id = ID_START + SHOWN.incrementAndGet();
    Cell cell = Cell.current();
    cell.send(new WorkerMessage.Shown(cell.id(), ValueCap.within(bundle), id));
    return id;
  }

  static void update(String id, MimeBundle bundle) {
    CellStreams.flush();
    Cell cell = Cell.current();
    cell.send(new WorkerMessage.Updated(cell.id(), ValueCap.within(bundle), id));
  }
}
